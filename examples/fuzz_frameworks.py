"""Differential fuzzing: random circuits, differentiated by a framework and by exact arithmetic.

A circuit is drawn as a tape, exported to the framework in its own functions, and to mpmath, where
differences at 1,600 bits give the true slope on both sides of the point.  A finding is kept when
the framework's derivative is nan, infinite or wrong in its sixth digit while gatenet, in the same
64 bits, has nine digits right (so the circuit is not to blame), or when, on a kink, it does not lie
between the two slopes.  hypothesis shrinks each kind of finding to its smallest circuit.

Run without arguments it checks gatenet itself.  Name the frameworks that are to be fuzzed:
`python examples/fuzz_frameworks.py torch jax`; docs/testing.md shows what that finds.

Prints:

    gatenet
      nan where there is a slope: nothing found
      infinite where the slope is finite: nothing found
      digits lost: nothing found
      outside both slopes of a kink: nothing found
    torch: skipped (not asked for: python examples/fuzz_frameworks.py torch)
    jax: skipped (not asked for: python examples/fuzz_frameworks.py jax)
"""

import math
import sys
import warnings
from importlib.util import find_spec
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import find as smallest
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from gatenet import gradients
from gatenet.testing import as_function, tapes

try:
    from mpmath import mp, mpf
except ModuleNotFoundError:
    sys.exit("this example needs mpmath for its exact slopes: pip install mpmath")

FRAMEWORKS = ("torch", "jax")
#: Gates that a framework has a function of its own for, of the same meaning.
NATIVE = {
    "torch": ["sigmoid", "relu", "softplus", "silu", "mish", "elu", "hypot"],
    "jax": ["sigmoid", "relu", "softplus", "silu", "elu", "log_sigmoid", "hypot"],
}
#: What circuits are drawn from besides: one primitive function in every framework.
PRIMITIVE = ["add", "multiply", "negate", "divide", "absolute", "sqrt", "exp", "log", "tanh",
             "maximum", "minimum", "atan2", "erf"]  # fmt: skip
KINDS = {
    "nan": "nan where there is a slope",
    "infinite": "infinite where the slope is finite",
    "digits": "digits lost",
    "kink": "outside both slopes of a kink",
}
#: Leaves: where functions kink, saturate and overflow, both signs.
SPECIAL = [0.0, 1.0, 2.0, 0.5, 3.0, 8.0, 20.0, 37.0, 200.0, 710.0, 745.0, 1e-8, 1e-160, 1e160]


def slopes(f, point, k):
    """The slope of f in leaf k from the left and from the right; None where one is missing."""
    found = []
    with mp.workprec(1600):
        middle = f(*point)
        for sign in (-1, 1):
            steps = []
            for power in (300, 301):
                h = sign * (abs(mpf(point[k])) or 1) * mpf(2) ** -power
                moved = [mpf(x) + h if j == k else x for j, x in enumerate(point)]
                steps.append((f(*moved) - middle) / h)
            best = 2 * steps[1] - steps[0]  # the error of order h falls out
            if not isinstance(best, mpf) or not mp.isfinite(best):
                return None
            if abs(steps[1] - steps[0]) > abs(steps[1]) * mpf(10) ** -20:
                return None  # a jump, or a root: steeper the closer one looks
            found.append(best)
    return found


def agree(a, b, digits):
    """Whether two numbers are finite and have so many digits in common."""
    return math.isfinite(a) and abs(a - b) <= abs(b) * mpf(10) ** -digits


def kind(theirs, ours, left, right):
    """What kind of finding a derivative is, or None."""
    if max(abs(left), abs(right)) > 1e200 or 0 < min(abs(left), abs(right)) < 1e-200:
        return None  # at the ends of float64 everybody rounds
    if abs(left - right) > abs(right) * mpf(10) ** -30:
        if math.isnan(theirs):
            return "nan"
        low, high = sorted((left, right))
        return None if low - 1e-6 <= theirs <= high + 1e-6 else "kink"
    if not agree(ours, right, 9):
        return None
    if math.isnan(theirs):
        return "nan"
    if math.isinf(theirs):
        return "infinite"
    return None if right == 0 or agree(theirs, right, 6) else "digits"  # 0 has no digits to lose


def finding(tape, framework):
    """The first finding about a tape: its kind, the leaf, what the framework says, the slopes."""
    leaves = list(tape.leaves)
    units = tape.units()
    ours = theirs = gradients([units[-1]], [1.0], units[: len(leaves)])
    if framework != "gatenet":
        theirs = as_function(tape, framework, native=NATIVE[framework]).gradients(*leaves)
    exact = as_function(tape, "mpmath")
    for k in range(len(leaves)):
        if framework != "gatenet" and agree(theirs[k], ours[k], 6):
            continue  # exact arithmetic is slow: it is asked where there is something to judge
        try:
            both = slopes(exact, leaves, k)
        except (ArithmeticError, ValueError, TypeError, AttributeError):
            continue  # the textbook has no real value there
        found = both and kind(theirs[k], ours[k], *both)
        if found:
            return found, k, theirs[k], both
    return None


def fuzz(framework, tries):
    """Print the smallest circuit of each kind that so many random circuits bring up."""
    if framework == "gatenet":
        drawn = tapes(smooth=True, domain_safe=True, max_gates=3, inputs=(1, 2))
    else:
        values = st.sampled_from(SPECIAL + [-x for x in SPECIAL[1:]])
        gates = [*PRIMITIVE, *NATIVE[framework]]
        drawn = tapes(gates, max_gates=3, inputs=(1, 2), constants=False, values=values)
    found = {}

    def something_new(tape):
        """Whether a tape is a finding of a kind not found yet: of the first such kind alone."""
        what = finding(tape, framework)
        if what is None or what[0] in found:
            return False
        return what[0] == wanted.setdefault("kind", what[0])

    while len(found) < len(KINDS):
        wanted = {}
        rules = settings(
            max_examples=tries, derandomize=True, database=None, deadline=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        try:
            tape = smallest(drawn, something_new, settings=rules, random=Random(len(found)))
        except NoSuchExample:
            break
        found[wanted["kind"]] = tape
    print(framework)
    for name, said in KINDS.items():
        if name not in found:
            print(f"  {said}: nothing found")
            continue
        _, k, theirs, (left, right) = finding(found[name], framework)
        true = mp.nstr(right, 6)
        if abs(left - right) > abs(right) * mpf(10) ** -30:
            true = f"{mp.nstr(left, 4)} on the left, {mp.nstr(right, 4)} on the right"
        print(f"  {said}: {found[name]}")
        print(f"    d/dx{k} is {true}; {framework} says {theirs:.6g}")


fuzz("gatenet", 150)
for framework in FRAMEWORKS:
    if framework not in sys.argv[1:]:
        print(
            f"{framework}: skipped (not asked for: python examples/fuzz_frameworks.py {framework})"
        )
    elif find_spec(framework) is None:
        print(f"{framework}: skipped (not installed)")
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fuzz(framework, 300)
