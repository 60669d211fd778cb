"""Who may import whom: the rooms from the ground up, and nothing from outside in the core."""

import ast
import subprocess
import sys

import pytest
from reading import ROOT, imports, module_name, sources, tree

#: The rooms from the ground up: a module imports only from rooms listed before its own.
ROOMS = [
    "_version", "_native", "errors", "texts", "ieee", "formula", "flattening", "printing", "domain",
    "real", "primitives", "placed", "calculation", "cprinting", "record", "declaration", "gates",
    "methods", "storage", "modes", "unit", "walk", "copying", "kernels", "eager", "listing",
    "circuit", "sweep", "trees", "explaining", "stepper", "transforms", "blocks", "tracing",
    "strictjson", "encoding", "decodedrows", "decoding", "source", "io", "checking", "compiler",
    "exporting", "cluster", "randomness", "tabular", "nn", "losses", "optim", "datasets",
    "training", "ensembles", "ann_mlp", "sklearn", "micrograd", "testing", "repl", "demo", "cli",
    "__main__",
]  # fmt: skip
#: Imports that wait inside a function because they go to a later room, each with its reason.
LAZY = {
    ("unit", "sweep"),  # Unit.backward
    ("unit", "copying"),  # copy and pickle
    ("unit", "viz"),  # the display hook of notebooks
    ("circuit", "sweep"),  # Circuit.backward
    ("circuit", "compiler"),  # Circuit.compile
    ("compiler", "cluster"),  # Compiled.map_batches
    ("listing", "exporting"),  # Circuit.to_latex, Circuit.to_sympy
    ("exporting", "testing"),  # the printers of other frameworks
    ("circuit", "viz"),  # the display hook of notebooks
    ("compiler", "viz"),  # the picture of a program
    ("compiler", "exporting"),  # to_c, to_onnx, save ... of programs
    ("stepper", "viz"),  # the display hook of notebooks
    ("explaining", "viz"),  # the display hook of notebooks
    ("checking", "viz"),  # the picture of a report
    ("nn", "viz"),  # the display hook of notebooks
    ("repl", "viz"),  # the command `draw`
    ("testing", "viz"),  # the picture of a failing circuit
    ("training", "viz"),  # the curves of a history
    ("demo", "viz"),  # the pictures of the demo
    ("cli", "viz"),  # the plots of `train`, the command `draw`
}
#: Packages that a room may import inside a function, where they are installed.
OPTIONAL = {
    "gatenet.checking.precise": {"flint", "mpmath"},
    "gatenet.compiler": {"numpy"},
    "gatenet.cluster": {"dask", "distributed", "numpy", "pyarrow"},
    "gatenet.exporting": {"jax", "numpy", "onnx", "sympy", "torch"},
    "gatenet.repl.screen": {"rich"},
    "gatenet.training": {"tqdm"},
    "gatenet.repl.magic": {"IPython"},
    "viz.charts": {"matplotlib", "numpy"},
    "viz": {"graphviz", "pygraphviz"},
}
#: The rooms that are made for packages from outside.
OUTSIDE = {
    "gatenet.testing": {"hypothesis", "pytest", "_pytest"},
    "gatenet.sklearn": {"numpy", "sklearn"},
}
MODULES = {module_name(path): path for path in sources("gatenet")}


def targets(path):
    """The modules of gatenet that a file imports: (module, lazy, line)."""
    found = []
    for module, name, lazy, line in imports(path):
        if module.split(".")[0] != "gatenet":
            continue
        whole = f"{module}.{name}"
        found.append((whole if whole in MODULES else module, lazy, line))
    return found


def room(module):
    """The room of a module: gatenet.nn.layers is in nn."""
    return module.split(".")[1] if "." in module else "__init__"


def test_every_room_is_listed():
    """A new module is given its place in the order before it can be imported."""
    found = {room(module) for module in MODULES} - {"__init__", "viz"}

    assert found - set(ROOMS) == set()
    assert len(ROOMS) == len(set(ROOMS))


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"gatenet", "gatenet.viz"}))
def test_a_module_imports_from_earlier_rooms_alone(module):
    """No import goes up, but for the named ones that wait inside a function."""
    here = ROOMS.index(room(module))
    for target, lazy, line in targets(MODULES[module]):
        goal = room(target)
        where = f"{MODULES[module]}:{line} imports {target}"
        assert goal != "__init__", f"{where}: import from the room, not from gatenet itself"
        if goal == room(module):
            continue
        earlier = goal in ROOMS and ROOMS.index(goal) < here
        assert earlier or (lazy and (room(module), goal) in LAZY), f"{where}, a later room"


def test_every_named_lazy_import_is_there():
    """An exception that is needed no more is taken off the list."""
    found = {
        (room(module), room(target))
        for module, path in MODULES.items()
        for target, lazy, _ in targets(path)
        if lazy
    }

    assert found >= LAZY


def test_no_module_imports_itself_round_a_corner():
    """Inside a package as well, imports at the top of modules form no circle."""
    graph = {
        module: {target for target, lazy, _ in targets(path) if not lazy and target != module}
        for module, path in MODULES.items()
    }
    done = []
    while len(done) < len(graph):
        ready = [m for m in graph if m not in done and graph[m] <= {*done}]
        assert ready, f"a circle among {sorted(set(graph) - set(done))}"
        done += ready


def allowed(table, module):
    """The packages that a table allows a module, by its own name or its room's."""
    return {name for room, names in table.items() if f"{module}.".startswith(f"{room}.")
            for name in names}  # fmt: skip


@pytest.mark.parametrize("path", sources("gatenet", "viz"), ids=module_name)
def test_only_named_packages_come_from_outside(path):
    """The core imports the standard library; what else is used waits inside a function."""
    module = module_name(path)
    for target, _, lazy, line in imports(path):
        top = target.split(".")[0]
        own = top == "gatenet" or (top == "viz" and "viz" in module.split("."))
        optional = top in allowed(OPTIONAL, module) and lazy
        fine = own or optional or top in sys.stdlib_module_names or top in allowed(OUTSIDE, module)
        assert fine, f"{path}:{line} imports {target}"


def run(*arguments):
    """Run Python in the repository and give what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_import_gatenet_is_small():
    """`import gatenet` brings in no drawing, no arrays, no tests, no networks."""
    loaded = set(run("-c", "import gatenet, sys; print(*sys.modules)").split())

    assert "gatenet.sweep" in loaded
    for name in ("graphviz", "pygraphviz", "hypothesis", "numpy", "mpmath", "matplotlib", "pytest",
                 "viz", "gatenet.viz", "gatenet.nn", "gatenet.demo", "subprocess"):  # fmt: skip
        assert name not in loaded


def test_gatenet_works_with_nothing_installed():
    """Without site-packages and without environment, the core imports and differentiates."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from gatenet import Unit; "
        "x = Unit(3.0); y = x * x; y.backward(); print(x.grad)"
    )

    assert run("-I", "-S", "-c", code) == "6.0\n"


def calls(path):
    """Every call in a file: (dotted name as written, line)."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def rooms_that_call(names, folders=("gatenet",)):
    """The rooms in which one of these functions is called by that name."""
    return {
        module_name(path)
        .removeprefix("gatenet.")
        .split(".")[0 if path.is_relative_to(ROOT / "gatenet") else -1]
        for path in sources(*folders)
        for name, _ in calls(path)
        if name in names
    }


def test_no_room_raises_the_recursion_limit():
    """Every walk is a loop: nobody needs a deeper stack."""
    assert (
        rooms_that_call({"sys.setrecursionlimit", "setrecursionlimit"}, ("gatenet", "viz")) == set()
    )


def test_code_is_made_in_one_room():
    """exec and eval run what `printing` wrote, and nothing else."""
    assert rooms_that_call({"exec", "eval", "compile"}, ("gatenet", "viz")) == {"printing"}


def test_nobody_unpickles():
    """Files are JSON: no room loads a pickle."""
    loading = {"pickle.load", "pickle.loads", "pickle.Unpickler", "marshal.loads", "shelve.open"}
    assert rooms_that_call(loading, ("gatenet", "viz")) == set()


def test_who_speaks_to_the_terminal():
    """Only the command line, the demo and the trainer print."""
    assert rooms_that_call({"print"}, ("gatenet", "viz")) <= {"cli", "demo", "training"}


def test_who_writes_files():
    """Only files' own room, the demo, data sets, the command line and viz open a file."""
    opening = {"open", "os.open", "os.fdopen", "io.open", "tempfile.mkstemp"}
    assert rooms_that_call(opening) <= {"io", "demo", "cli", "datasets", "ann_mlp"}


def test_who_starts_processes():
    """Only the room that calls the dot program and a team of processes start one."""
    found = {
        path.name
        for path in sources("gatenet", "viz")
        for target, _, _, _ in imports(path)
        if target.split(".")[0] in ("subprocess", "multiprocessing")
    }

    assert found <= {"svg.py", "processes.py"}


def test_randomness_is_passed_in():
    """No module draws from the global generator, whose seed belongs to the user."""
    for path in sources("gatenet", "viz"):
        for name, line in calls(path):
            if name.startswith("random."):
                habit = "micrograd" in str(path) and name == "random.uniform"  # as micrograd does
                assert habit or name == "random.Random", f"{path}:{line} calls {name}"


def test_no_file_is_two_rooms():
    """Files stay near 250 lines; the few above 310 are known, and none passes 400."""
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources("gatenet", "viz")
    }
    long = {name for name, size in sizes.items() if size > 310}

    assert long <= {"gatenet/unit.py", "gatenet/formula.py", "gatenet/circuit.py"}
    assert max(sizes.values()) <= 400
