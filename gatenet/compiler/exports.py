"""Exports: the methods of programs and compiled circuits that write them for elsewhere.

Each hands on to the room `exporting`, which is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatenet.compiler.compiled import Compiled
    from gatenet.compiler.program import Program


class Exports:
    """What can be printed; the options are those of the function in `gatenet.exporting`."""

    def to_c(
        self,
        name: str = "f",
        *,
        parameters: Iterable[float] | None = None,
        gradients: bool = True,
        main: bool = False,
        loops: bool | None = None,
    ) -> str:
        """Print C99 that stands alone: see `gatenet.exporting.c_source`.

        `name` is the function's; the text is given back, to be written to a file.
        """
        from gatenet.exporting import c_source

        given: Any = {"parameters": parameters, "gradients": gradients, "main": main}
        return c_source(self, name, loops=loops, **given)

    def to_c_header(self, name: str = "f", *, gradients: bool = True) -> str:
        """Print the header of that function, for C and C++: see `gatenet.exporting.c_header`."""
        from gatenet.exporting import c_header

        return c_header(self, name, gradients=gradients)

    def to_python(
        self,
        name: str = "f",
        *,
        parameters: Iterable[float] | None = None,
        gradients: bool = True,
    ) -> str:
        """Print Python that needs `math` alone: see `gatenet.exporting.python_source`."""
        from gatenet.exporting import python_source

        return python_source(self, name, parameters=parameters, gradients=gradients)

    def to_numpy(
        self,
        name: str = "f",
        *,
        parameters: Iterable[float] | None = None,
        gradients: bool = True,
        loops: bool | None = None,
    ) -> str:
        """Print Python that needs NumPy alone: see `gatenet.exporting.numpy_source`."""
        from gatenet.exporting import numpy_source

        given: Any = {"parameters": parameters, "gradients": gradients}
        return numpy_source(self, name, loops=loops, **given)

    def to_onnx(
        self,
        path: str | PathLike[str],
        *,
        parameters: Iterable[float] | None = None,
        matrices: bool = True,
    ) -> None:
        """Write the values as an ONNX file: see `gatenet.exporting.save_onnx`."""
        from gatenet.exporting import save_onnx

        save_onnx(self, path, parameters=parameters, matrices=matrices)


class ProgramExports(Exports):
    """What a program has besides: its file and its picture."""

    def save(self, path: str | PathLike[str]) -> None:
        """Write this program to a file: see `gatenet.exporting.save_program`."""
        from gatenet.exporting import save_program

        save_program(self, path)

    @staticmethod
    def load(path: str | PathLike[str]) -> Program:
        """Read a program from a file: see `gatenet.exporting.load_program`."""
        from gatenet.exporting import load_program

        return load_program(path)

    def draw(self, path: str | PathLike[str] | None = None, **options: Any) -> Any:
        """Draw the operations and save the picture where a path is given: see `viz.draw`."""
        from gatenet.viz import draw

        return draw(self, path, **options)  # type: ignore[arg-type]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from gatenet.viz import bundle

        return bundle(self, include, exclude)


class CompiledExports(Exports):
    """What a compiled circuit has besides: its file, and it as a function of other frameworks."""

    def to_jax(self, **options: Any) -> Any:
        """The circuit as a function of JAX's arrays: see `gatenet.exporting.to_jax`.

        Its arguments are in the order of `inputs` and of `shared`.
        """
        from gatenet.exporting import to_jax

        return to_jax(self, **options)

    def to_torch(self, **options: Any) -> Any:
        """The circuit as a PyTorch module: see `gatenet.exporting.to_torch`."""
        from gatenet.exporting import to_torch

        return to_torch(self, **options)

    def save(self, path: str | PathLike[str]) -> None:
        """Write this to a file, parameters included: see `gatenet.exporting.save_compiled`.

        The file holds values and gradients, and not the circuit: what needs that, `jacobian` and
        `hvp`, is not in it.
        """
        from gatenet.exporting import save_compiled

        save_compiled(self, path)

    @staticmethod
    def load(path: str | PathLike[str], *, backend: str = "auto") -> Compiled:
        """Read a compiled circuit from a file: see `gatenet.exporting.load_compiled`.

        Raises FormatError for a file that holds none, OSError as `open` does (a FileNotFoundError
        that names the file), like `gatenet.io.load`.
        """
        from gatenet.exporting import load_compiled

        return load_compiled(path, backend=backend)
