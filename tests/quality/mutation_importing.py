"""Running mutants of what is read at import: a fresh import of gatenet for every one.

One process imports pytest, hypothesis and the oracles, but nothing of gatenet; each mutant is a
fork of it in which the changed source is what `import gatenet` finds. Slower than
`mutation_running` and the same for every line of a module.

The job comes as JSON in the file that $GATENET_MUTATION names; the answers go beside it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest
from mutation_running import forked


class _Changed(SourceFileLoader):
    """Loads a module from the mutant's source."""

    def __init__(self, name: str, file: str, source: str) -> None:
        super().__init__(name, file)
        self.changed = source

    def get_code(self, fullname: str) -> Any:
        return compile(self.changed, self.path, "exec", dont_inherit=True)


class _Finder:
    """Finds the one module that is changed; everything else is found as ever."""

    def __init__(self, name: str, file: str, source: str) -> None:
        self.name, self.file, self.source = name, file, source

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != self.name:
            return None
        loader = _Changed(name, self.file, self.source)
        inside = [str(Path(self.file).parent)] if self.file.endswith("__init__.py") else None
        return importlib.util.spec_from_file_location(
            name, self.file, loader=loader, submodule_search_locations=inside
        )


def judged(job: Any, mutant: Any) -> str:
    """Import with the changed module, run the tests up to the first failure."""
    if mutant is not None:
        name = f"gatenet.{mutant['module']}".removesuffix(".__init__")
        file = str(Path(job["modules"][mutant["module"]]).resolve())
        sys.meta_path.insert(0, _Finder(name, file, mutant["source"]))
    tests = job["tests"] if mutant is None else mutant.get("tests") or job["tests"]
    quiet = ["-x", "-q", "-s", "-p", "no:cacheprovider"]
    # hypothesis is here before pytest could rewrite its assertions, which are not in question
    quiet += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    code = pytest.main([*quiet, *tests])
    return "survived" if code == 0 else "killed"


def main() -> int:
    """Try the mutants of a job; first none at all, which must pass."""
    import flint  # noqa: F401
    import hypothesis.strategies  # noqa: F401
    import mpmath  # noqa: F401
    import numpy  # noqa: F401

    path = Path(os.environ["GATENET_MUTATION"])
    job = json.loads(path.read_text(encoding="utf-8"))
    if "gatenet" in sys.modules:
        raise SystemExit("gatenet is imported already: no mutant would be seen")
    answer = forked(partial(judged, job, None), 600)
    if answer != "survived":
        raise SystemExit(f"the tests fail before anything is changed: {job['tests']}: {answer}")
    with path.with_suffix(".out").open("a", encoding="utf-8") as out:
        for number, mutant in enumerate(job["mutants"]):
            answer = forked(partial(judged, job, mutant), job["seconds"])
            verdict = "survived" if answer == "survived" else "killed"
            out.write(json.dumps({"number": number, "verdict": verdict}) + "\n")
            out.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
