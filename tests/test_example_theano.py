"""The figures of Theano's tutorial, looked for in what our example of it prints."""

import runpy
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "theano_tutorial.py"

#: What the tutorial prints, program by program.
FIGURES = {
    "logistic function": "0.50000000 0.73105858 0.26894142 0.11920292",
    "its gradient": "0.25000000 0.19661193 0.19661193 0.10499359",
    "default values": "34, 35; by name: 68, 70, 33, 34, 33",
    "accumulator": "0 1 301, set to -1, then 2",
    "copied over new state": "100, the old state is still 2",
    "gradient of x ** 2 at 4": "8",
    "Jacobian": "[[8.0, 0.0], [0.0, 8.0]]",
    "Hessian": "[[2.0, 0.0], [0.0, 2.0]]",
    "R-operator": "[2.0, 2.0]",
    "L-operator": "[[0.0, 0.0], [2.0, 2.0]]",
    "Hessian times a vector": "[4.0, 4.0] [4.0, 4.0]",
    "scan, recurrence": "-0.99505475 0.96471973 0.99998585 0.99998771 1.00000000",
}


@pytest.fixture(scope="module")
def printed():
    """Run the example once; give its lines by what stands before the colon."""
    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        runpy.run_path(str(EXAMPLE), run_name="__main__")
    return dict(line.split(": ", 1) for line in out.getvalue().splitlines())


@pytest.mark.parametrize("program", FIGURES)
def test_theano_tutorial(printed, program):
    """Each program prints the tutorial's own figures."""
    assert printed[program] == FIGURES[program]
