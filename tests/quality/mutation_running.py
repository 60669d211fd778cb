"""Running mutants: a pytest plugin that forks once for every mutant after all is imported.

The tests of a group are collected once. Then, in a forked child for each mutant, the changed
function is put in the place of the old one, or a family of gates is declared anew, and the tests
that reached it are run, quickest first, up to the first failure. Nothing a mutant breaks outlives
its child. What is read only when a module is imported cannot be changed that way, and what a
function made while all was imported stays as it was made: such mutants are left as "import" for
`mutation_importing`.

The job comes as JSON in the file that $GATENET_MUTATION names; the answers go beside it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import sys
import time
import traceback
from collections import defaultdict
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

CO_OPTIMIZED = 1

# Few examples, the same for every mutant; tests/conftest.py loads the profile by its name.
settings.register_profile(
    "mutation", max_examples=15, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


#: The code of every function that ran before the first test: what it made is there already.
EARLY: set[CodeType] = set()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Note which functions run while modules are imported and tests collected."""
    if os.environ.get("GATENET_MUTATION"):
        sys.setprofile(lambda frame, event, _: EARLY.add(frame.f_code))


def pytest_runtestloop(session: Any) -> bool | None:
    """Take the place of the loop over tests."""
    sys.setprofile(None)
    job_file = os.environ.get("GATENET_MUTATION")
    if not job_file:
        return None
    path = Path(job_file)
    job = json.loads(path.read_text(encoding="utf-8"))
    if session.testsfailed or not session.items:
        raise pytest.UsageError("nothing was collected: the mutants cannot be tested")
    baseline = forked(partial(_baseline, session, job["modules"]), 600)
    if not isinstance(baseline, dict) or baseline["failed"]:
        failed = baseline["failed"] if isinstance(baseline, dict) else baseline
        raise pytest.UsageError(f"the tests fail before anything is changed: {failed}")
    for name, file in job["modules"].items():
        if name.startswith("gates."):
            same = {"module": name, "scope": "module", "source": Path(file).read_text("utf-8")}
            if _tried(session, job, same, baseline) != "survived":
                raise pytest.UsageError(f"{name} declared anew, and unchanged, fails its tests")
    with path.with_suffix(".out").open("a", encoding="utf-8") as out:
        for number, mutant in enumerate(job["mutants"]):
            verdict = _tried(session, job, mutant, baseline)
            out.write(json.dumps({"number": number, "verdict": verdict}) + "\n")
            out.flush()
    return True


def forked(action: Any, seconds: float, space: int = 3 << 30) -> Any:
    """Run an action in a child with limits on its time and memory; give its answer.

    None when it died of the limits, and a text that begins with "broke" for an exception.
    """
    sys.stdout.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            _limit(seconds, space)
            quiet = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(quiet, stream)
            try:
                answer = action()
            except Exception:
                answer = "broke: " + traceback.format_exc()[-2000:]
            with os.fdopen(writing, "w") as pipe:
                json.dump(answer, pipe)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def _limit(seconds: float, space: int) -> None:
    soon = int(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soon, soon + 1))
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + space
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _baseline(session: Any, modules: dict[str, str]) -> dict[str, Any]:
    """Run every test once: its seconds of CPU, and which functions of the modules it reaches."""
    files = {
        str(Path(file).resolve()): name
        for name, file in modules.items()
        if not name.startswith("gates.")
    }
    reached: dict[str, set[int]] = defaultdict(set)
    seconds: list[float] = []
    failed: list[str] = []
    codes: set[CodeType] = set()

    def profile(frame: Any, event: str, _: Any) -> None:
        if event == "call":
            codes.add(frame.f_code)

    for k, item in enumerate(session.items):
        codes.clear()
        start = time.process_time()
        if files:
            sys.setprofile(profile)
        passed = _passes(session, item)
        sys.setprofile(None)
        seconds.append(time.process_time() - start)
        if not passed:
            failed.append(item.nodeid)
        for code in codes:
            if code.co_filename in files:
                reached[f"{files[code.co_filename]}:{_top(code)}"].add(k)
    return {
        "failed": failed,
        "seconds": seconds,
        "reached": {name: sorted(numbers) for name, numbers in reached.items()},
    }


def _top(code: CodeType) -> str:
    return code.co_qualname.split(".<locals>")[0]


def _passes(session: Any, item: Any) -> bool:
    before = session.testsfailed
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    return bool(session.testsfailed == before)


def _tried(session: Any, job: Any, mutant: Any, baseline: Any) -> str:
    """Test one mutant: killed, survived, untested (no test reaches it), or import.

    One that changes a function which ran early is killed here or left as import: that no test
    fails says nothing while what the unchanged function made is still in use.
    """
    module = importlib.import_module(f"gatenet.{mutant['module']}")
    file, otherwise = str(module.__file__), ""
    if mutant["module"].startswith("gates."):
        chosen = _of_gates(session, module, mutant["scope"])
        action = partial(_with_family, module, mutant["source"], file)
    else:
        found = _replaced(Path(file).read_text(encoding="utf-8"), mutant["source"], file)
        if found is None:
            return "import"
        tops = {_top(code) for _, code in found}
        if any(code.co_filename == file and _top(code) in tops for code in EARLY):
            otherwise = "import"
        names = {f"{mutant['module']}:{top}" for top in tops}
        chosen = sorted({k for name in names for k in baseline["reached"].get(name, ())})
        if not chosen:
            return otherwise or "untested"
        action = partial(_with_functions, file, found)
    chosen.sort(key=baseline["seconds"].__getitem__)
    estimate = sum(baseline["seconds"][k] for k in chosen)
    verdict = forked(partial(_judged, session, chosen, action), 10 + 2 * estimate)
    if verdict == "survived":
        return otherwise or verdict
    return verdict if verdict == "import" else "killed"


def _judged(session: Any, chosen: list[int], action: Any) -> str:
    try:
        if not action():
            return "import"
    except Exception:
        return "killed"
    for k in chosen:
        if not _passes(session, session.items[k]):
            return "killed"
    return "survived"


def _of_gates(session: Any, module: Any, scope: str) -> list[int]:
    """The tests of one gate, by the name in brackets; of its whole family for a helper."""
    from gatenet.declaration import registry

    name = scope.split(".")[0]
    known = registry()
    names = [name] if name in known else [n for n in known if hasattr(module, n)
                                          and known[n].__module__ == module.__name__]  # fmt: skip
    marks = {f"[{n}]" for n in names} | {f"[{n}-" for n in names}
    others = {f"[{n}]" for n in known} - marks
    return [
        k for k, item in enumerate(session.items)
        if any(mark in item.nodeid for mark in marks)
        or not any(mark in item.nodeid for mark in others)
    ]  # fmt: skip


def _replaced(old: str, new: str, file: str) -> list[tuple[CodeType, CodeType]] | None:
    """The functions whose code differs, old and new; None where the module's own code does."""
    found: list[tuple[CodeType, CodeType]] = []
    stack = [(compile(old, file, "exec"), compile(new, file, "exec"))]
    while stack:
        a, b = stack.pop()
        if not _alike(a, b):
            return None
        for one, other in zip(_inner(a), _inner(b), strict=True):
            if _same(one, other):
                continue
            if one.co_name.startswith("<"):
                return None  # a lambda or a comprehension outside functions: long gone
            if one.co_flags & CO_OPTIMIZED:
                found.append((one, other))
            else:
                stack.append((one, other))
    return found


def _inner(code: CodeType) -> list[CodeType]:
    return [const for const in code.co_consts if isinstance(const, CodeType)]


def _alike(a: CodeType, b: CodeType) -> bool:
    """Whether two code objects are the same but for the functions defined in them."""
    plain = [repr(c) for c in a.co_consts if not isinstance(c, CodeType)]
    other = [repr(c) for c in b.co_consts if not isinstance(c, CodeType)]
    return (
        plain == other and a.co_code == b.co_code and a.co_names == b.co_names
        and a.co_varnames == b.co_varnames and len(_inner(a)) == len(_inner(b))
    )  # fmt: skip


def _same(a: CodeType, b: CodeType) -> bool:
    return _alike(a, b) and all(map(_same, _inner(a), _inner(b)))


def _with_functions(file: str, found: list[tuple[CodeType, CodeType]]) -> bool:
    """Give every living function of the old code the new code; False where none is alive."""
    places = {(old.co_qualname, old.co_firstlineno): new for old, new in found}
    done = 0
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename == file:
            new = places.get((thing.__code__.co_qualname, thing.__code__.co_firstlineno))
            if new is not None and new.co_freevars == thing.__code__.co_freevars:
                thing.__code__ = new
                done += 1
    return done > 0


def _with_family(module: Any, source: str, file: str) -> bool:
    """Declare the gates of a family anew and put what comes out into the old gates."""
    from gatenet import formula
    from gatenet.declaration import _REGISTRY, registry
    from gatenet.record import _bound

    operators = dict(formula.OPERATORS)
    old = dict(registry())
    space = {"__name__": module.__name__, "__file__": file, "__package__": module.__package__}
    exec(compile(source, file, "exec"), space)
    for name, gate in list(registry().items()):
        if gate is old.get(name):
            for made in ("value_kernel", "partials_kernel"):
                gate.__dict__.pop(made, None)
            gate.made.clear()
            continue
        before = old[name]
        before.__dict__.clear()
        before.__dict__.update(gate.__dict__)
        before.base = before
    for name, value in space.items():
        if isinstance(value, FunctionType):
            setattr(module, name, value)
    _bound.cache_clear()
    _REGISTRY.update(old)
    formula.OPERATORS.update(operators)
    return True


def pytest_internalerror(excrepr: Any, excinfo: Any) -> None:
    """Show what broke the run itself."""
    traceback.print_exception(excinfo.value)
