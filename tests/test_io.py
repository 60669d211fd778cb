"""Files: what is saved comes back to the bit, and a hostile text is a FormatError, nothing else."""

import json
import math
import os
import stat
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tapes import all_bits

from gatenet import (
    Circuit,
    Unit,
    block,
    checkpoint,
    custom_gradient,
    detect_anomaly,
    gates,
    grad,
    ifelse,
    no_grad,
    record,
)
from gatenet.declaration import gate
from gatenet.errors import FlippedBranchError, FormatError, OperandError, StaleCircuitError
from gatenet.io import Limits, dumps, load, loads, save, to_python


@gate(symbol="g", textbook="s * x + t", partials=lambda z, x, *, s: s)
def io_affine(x, *, s=2.0, t=0.0):
    """Scale and shift: a user's gate with static parameters."""
    return s * x + t


def small():
    """A circuit with a name, a parameter, a constant, and an inner name."""
    x, w = Unit(2.0, "x"), Unit(-3.0, "w", role="parameter")
    y = (x * w + 1.0).tanh()
    y.name = "y"
    return Circuit(y)


def document(**changes):
    """A small valid document as plain data, with changes at the top."""
    return {**json.loads(dumps(small())), **changes}


def edited(*path, value):
    """The small document with one place changed."""
    found = document()
    place = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(found)


def test_rows_names_roles_and_outputs_come_back():
    """A loaded circuit has the rows, values and outputs of the one saved."""
    circuit = small()
    twin = loads(dumps(circuit))

    assert twin.rows == circuit.rows
    assert twin.values == circuit.values
    assert twin.outputs == circuit.outputs
    assert twin.single


def test_a_list_of_outputs_stays_a_list():
    """One output in a list and the same output twice come back as lists."""
    x = Unit(2.0, "x")
    y = x * x

    assert loads(dumps(Circuit([y]))).forward() == [4.0]
    assert loads(dumps(Circuit([y, x, y]))).forward([3.0]) == [9.0, 3.0, 9.0]


@pytest.mark.parametrize(
    "value",
    [0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1,
     math.inf, -math.inf, math.nan, 1 / 3, 1e22, 1e23, 123456789012345678.0],
)  # fmt: skip
def test_every_float_keeps_its_bits(value):
    """Leaves and constants come back bit for bit: zeros' signs, subnormals, infinities, nan."""
    circuit = Circuit(gates.total(Unit(value), value))
    text = dumps(circuit)
    twin = loads(text)

    assert all_bits(circuit.values) == all_bits(twin.values)
    assert dumps(twin) == text


@given(st.floats(width=64))
def test_any_float_keeps_its_bits(value):
    """The same for floats nobody thought of."""
    assert all_bits([value]) == all_bits(loads(dumps(Circuit(Unit(value)))).values)


@given(st.text(max_size=40).filter(lambda name: not any("\ud800" <= c <= "\udfff" for c in name)))
def test_any_name_survives_json_and_source(name):
    """A name is data in JSON and a string literal in source, whatever it holds."""
    x = Unit(1.0, name)
    y = x * 2.0
    y.name = name
    scope = {}
    exec(to_python(Circuit(y)), scope)

    assert [row.name for row in loads(dumps(Circuit(y))).rows] == [name, None, name]
    assert [row.name for row in scope["circuit"].rows] == [name, None, name]


def test_a_hostile_name_never_becomes_code(tmp_path):
    """A name written to look like code stays text when the printed source runs."""
    target = tmp_path / "owned"
    name = f"'); open({str(target)!r}, 'w'); ('\n\"\"\"\\"
    x = Unit(1.0, name)
    scope = {}
    exec(to_python(Circuit(x + x)), scope)

    assert not target.exists()
    assert scope["u0"].name == name


def test_static_parameters_and_a_users_gate_come_back():
    """A user's gate is found by name, with the static parameters it was given."""
    x = Unit(3.0)
    circuit = Circuit(io_affine(x, s=-0.5, t=1e-300) + io_affine(x))
    text = dumps(circuit)
    scope = {}
    exec(to_python(circuit), scope)

    assert loads(text).rows == circuit.rows
    assert loads(text).rows[1].static == {"s": -0.5, "t": 1e-300}
    assert dumps(scope["circuit"]) == text


def test_a_gate_that_is_not_declared_is_named_with_its_module():
    """The error says which module to import; the file itself imports nothing."""
    text = dumps(Circuit(io_affine(Unit(3.0)))).replace("io_affine", "io_unknown")

    with pytest.raises(FormatError, match=r"rows\[1\].gate: no gate 'io_unknown'.*'test_io'"):
        loads(text)


def test_requires_grad_and_detached_leaves_come_back():
    """A frozen parameter and a detached leaf are still frozen after loading."""
    w, x = Unit(2.0, "w", role="parameter"), Unit(3.0).detach()
    w.requires_grad = False
    twin = loads(dumps(Circuit(w * x)))
    scope = {}
    exec(to_python(Circuit(w * x)), scope)

    assert [u.requires_grad for u in twin.units] == [False, False, True]
    assert [u.requires_grad for u in scope["circuit"].units] == [False, False, True]


def test_gradients_are_not_saved():
    """A loaded circuit has been swept by nobody."""
    circuit = small()
    circuit.backward()
    twin = loads(dumps(circuit))

    assert not any(unit.visited for unit in twin.units if unit is not None)


def test_recorded_comparisons_come_back():
    """A loaded circuit still refuses a replay in which a recorded comparison flips."""
    x = Unit(2.0, "x")
    with record() as recording:
        y = x * x if x > 0 and x <= Unit(5.0, "top") else -x
    circuit = Circuit(y)
    assert len(recording) == 2
    text = dumps(circuit)
    scope = {}
    exec(to_python(circuit), scope)

    assert dumps(loads(text)) == text
    assert dumps(scope["circuit"]) == text
    for twin in (loads(text), scope["circuit"]):
        assert twin.forward({"x": 3.0}) == 9.0
        with pytest.raises(FlippedBranchError, match=r"x > 0.0 held.*test_io.py"):
            twin.forward({"x": -1.0})
        with pytest.raises(FlippedBranchError, match="x <= top"):
            twin.forward({"x": 6.0})


def test_a_file_does_not_tell_where_it_was_made():
    """The place of a comparison keeps the file's name and leaves the folders out."""
    x = Unit(2.0)
    with record() as recording:
        _ = x > 0
    text = dumps(Circuit(x, recording=recording))

    assert "test_io.py:" in text
    assert os.path.dirname(__file__) not in text


def test_a_stale_circuit_is_refused():
    """Values older than a write are not saved as if they belonged together."""
    circuit = small()
    circuit.units[0].value = 7.0

    with pytest.raises(StaleCircuitError, match="replay"):
        dumps(circuit)


def test_only_circuits_are_saved():
    """Saving a unit says to write Circuit(output)."""
    with pytest.raises(OperandError, match="Circuit"):
        dumps(Unit(1.0))


def test_loading_is_deaf_to_the_modes_around_it():
    """Under no_grad() a loaded circuit still has its gates."""
    text = dumps(small())
    with no_grad(), record() as recording:
        twin = loads(text)

    assert twin.rows == small().rows
    assert len(recording) == 0
    with detect_anomaly():
        assert loads(text).values == twin.values


def test_values_of_another_libm_are_kept_and_lies_are_not():
    """A value off by an ULP is kept to the bit; one that its gate does not give is refused."""
    value = small().values[-1]
    near = math.nextafter(value, 0.0)

    assert loads(edited("rows", 5, "value", value=near)).values[5] == near
    with pytest.raises(FormatError, match=r"rows\[5\].value: tanh gives"):
        loads(edited("rows", 5, "value", value=value + 1e-6))
    with pytest.raises(FormatError, match=r"rows\[2\].value: multiply gives -6.0 there, not nan"):
        loads(edited("rows", 2, "value", value="nan"))


HOSTILE = {
    "empty": ("", "not JSON"),
    "no object": ("[]", "a circuit is a JSON object"),
    "half": (dumps(small())[:80], "not JSON"),
    "byte order mark": ("\ufeff" + dumps(small()), "not JSON"),
    "not UTF-8": (b'{"format": "\xff"}', "not UTF-8"),
    "NaN": (dumps(small()).replace("2.0", "NaN"), "NaN is not JSON"),
    "Infinity": (dumps(small()).replace("2.0", "-Infinity"), "-Infinity is not JSON"),
    "1e400": (dumps(small()).replace("2.0", "1e400"), r"rows\[0\].value: .*too large"),
    "true as a number": (edited("rows", 0, "value", value=True), "True is no number"),
    "null": (edited("rows", 0, "value", value=None), "None is no number"),
    "text": (edited("rows", 0, "value", value="1.0"), "'1.0' is no number"),
    "a word for a number": (edited("rows", 0, "value", value="Infinity"), "is no number"),
    "4,000 digits": (dumps(small()).replace("2.0", "9" * 4000), "4000 digits"),
    "5,000 digits": (dumps(small()).replace("2.0", "9" * 5000), "5000 digits"),
    "an int past 2**53": (edited("rows", 0, "value", value=2**60), "is no number that float64"),
    "duplicate key": (dumps(small()).replace('"value": 2.0', '"value": 2.0, "value": 3.0'),
                      "the key 'value' stands twice"),
    "deep list": ("[" * 100_000, "nested too deep"),
    "deep object": ('{"a":' * 100_000, "nested too deep"),
    "deep in a row": (edited("rows", 0, "value", value="@").replace('"@"', "[" * 90_000),
                      "nested too deep"),
    "lone surrogate": (edited("rows", 0, "name", value="\ud800"), "half a character"),
    "long name": (edited("rows", 0, "name", value="x" * 10_001), "10001 characters"),
    "a number for a name": (edited("rows", 0, "name", value=1), r"rows\[0\].name: must be text"),
    "other format": (edited("format", value="onnx"), "'onnx' is not 'gatenet.circuit'"),
    "newer version": (edited("version", value=2), "newer than this gatenet reads"),
    "true as a version": (edited("version", value=True), "no version number"),
    "missing rows": (json.dumps({"format": "gatenet.circuit", "version": 1}), "'rows' is missing"),
    "unknown key": (edited("pickle", value="x"), "unknown key 'pickle'"),
    "unknown key in a row": (edited("rows", 0, "code", value="x"), "unknown key 'code'"),
    "no rows": (edited("rows", value=[]), "rows: must be a list of rows"),
    "rows an object": (edited("rows", value={}), "rows: must be a list of rows"),
    "a row a number": (edited("rows", 0, value=3), r"rows\[0\]: must be an object"),
    "unknown role": (edited("rows", 0, "role", value="inner"), "'inner' is none of"),
    "a list as a role": (edited("rows", 0, "role", value=[]), "a list of 0 is none of"),
    "a constant with a name": (edited("rows", 3, "name", value="c"), "unknown key 'name'"),
    "requires_grad a number": (edited("rows", 0, "requires_grad", value=0), "true or false"),
    "itself": (edited("rows", 2, "operands", value=[2, 1]), "row 2 is not one of the 2 rows"),
    "forward": (edited("rows", 2, "operands", value=[0, 5]), "row 5 is not one of the 2 rows"),
    "negative": (edited("rows", 2, "operands", value=[0, -1]), "row -1 is not one of"),
    "a float row": (edited("rows", 2, "operands", value=[0, 1.0]), "a row number is an integer"),
    "true as a row": (edited("rows", 2, "operands", value=[0, True]), "is an integer, not True"),
    "operands an object": (edited("rows", 2, "operands", value={}), "must be a list"),
    "too few operands": (edited("rows", 2, "operands", value=[0]), "takes 2 operand"),
    "unknown gate": (edited("rows", 2, "gate", value="os.system"), "no gate 'os.system'"),
    "a gate that is no name": (edited("rows", 2, "gate", value=["add"]), "must be the name"),
    "unknown static": (edited("rows", 2, "static", value={"slope": 1.0}), "unknown key 'slope'"),
    "static a list": (edited("rows", 2, "static", value=[]), "must be an object"),
    "an unused constant": (edited("rows", 4, "operands", value=[2, 0]), "constant since the last"),
    "constants alone": (
        json.dumps({"format": "gatenet.circuit", "version": 1, "output": 1, "rows": [
            {"role": "constant", "value": 1.0},
            {"gate": "tanh", "operands": [0], "value": 0.7}]}), "no constant"),
    "a constant at the end": (
        json.dumps(document(rows=[*document()["rows"], {"role": "constant", "value": 1.0}])),
        r"rows\[6\]: no gate uses this constant"),
    "a constant out of place": (
        json.dumps(document(rows=[document()["rows"][3], *document()["rows"]])),
        "right before the gate"),
    "a dead row": (json.dumps(document(rows=[*document()["rows"], {"role": "input", "value": 0}])),
                   r"rows\[6\]: no output needs this row"),
    "no output": (json.dumps({k: v for k, v in document().items() if k != "output"}), "either an"),
    "two kinds of output": (edited("outputs", value=[5]), "either an"),
    "empty outputs": (json.dumps({**{k: v for k, v in document().items() if k != "output"},
                                  "outputs": []}), "must be a list of row numbers"),
    "output past the end": (edited("output", value=6), "row 6 is not one of"),
    "a constant as output": (edited("output", value=3), "row 3 is a constant"),
    "gates a list": (edited("gates", value=[]), "gates: must be an object"),
    "comparisons an object": (edited("comparisons", value={}), "must be a list"),
    "a comparison a number": (edited("comparisons", value=[1]), r"comparisons\[0\]: must be"),
    "unknown sign": (edited("comparisons", value=[dict(left=0, sign="==", right=1, held=True,
                                                       place="")]), "is none of <"),
    "held a number": (edited("comparisons", value=[dict(left=0, sign="<", right=1, held=1,
                                                        place="")]), "true or false"),
    "comparing a constant": (edited("comparisons", value=[dict(left=3, sign="<", right=1,
                                                               held=True, place="")]), "constant"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_a_clear_error(name):
    """Each trap is one FormatError that says where and why."""
    text, message = HOSTILE[name]

    with pytest.raises(FormatError, match=message) as caught:
        loads(text)
    assert len(str(caught.value)) < 400


def test_the_small_document_itself_is_fine():
    """The hostile texts differ from one that loads, so each is refused for its own reason."""
    assert loads(json.dumps(document())).rows == small().rows


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(bytes=50), r"longer than 50 bytes"),
        (Limits(rows=5), r"6 rows are more than 5"),
        (Limits(operands=1), r"at most 1 row numbers"),
        (Limits(items=9), r"more than 9 items"),
    ],
)
def test_each_limit_is_kept(limits, message):
    """A text past a limit is refused, and one exactly at it is not."""
    with pytest.raises(FormatError, match=message):
        loads(dumps(small()), limits=limits)


def test_a_text_at_the_limits_loads():
    """Limits are the most that is allowed, not the first that is refused."""
    text = dumps(small())
    items = text.count(",") + text.count("[") + text.count("{")

    assert len(loads(text, limits=Limits(len(text), 6, 2, items))) == 6


def test_a_bomb_does_not_take_the_memory():
    """A megabyte of empty lists is refused before or while it is read, in bounded memory."""
    code = """if True:
        import resource, gatenet.io as io
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for bomb in ("[" + "[]," * 350_000 + "[]]", "[" + "{}," * 350_000 + "{}]",
                     '{"rows": [' + '{"role":1},' * 100_000 + '{}]}'):
            try:
                io.loads(bomb)
            except io.FormatError:
                continue
            raise SystemExit("a bomb was loaded")
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert int(done.stdout) < 200


def nest():
    """A circuit with a block used twice, and a choice whose one branch holds a block."""

    @block
    def cell(x, h):
        return (x + h).tanh() * x

    x, w = Unit(0.5, "x"), Unit(2.0, "w", role="parameter")
    y = cell(x, cell(w, 0.0))
    return Circuit(ifelse(gates.less(x, 1.0), lambda a: a * w, lambda a: cell(a, a).exp(), y))


def test_blocks_come_back_with_their_insides():
    """Nested circuits are saved: values, replays of either branch and gradients are the same."""
    circuit = nest()
    text = dumps(circuit)
    scope = {}
    exec(to_python(circuit), scope)
    for twin in (loads(text), scope["circuit"]):
        assert dumps(twin) == text
        fresh = nest()
        for x in (0.5, 3.0):
            assert twin.forward({"x": x}) == fresh.forward({"x": x})
            twin.backward()
            fresh.backward()
        leaves = [[c.units[k].grad for k in (0, 1)] for c in (twin, fresh)]
        assert leaves[0] == leaves[1]
    assert text.count('"kind": "block"') == 2


def test_blocks_in_blocks_have_a_limit():
    """Nesting deeper than the limit is refused, not followed."""
    y = Unit(0.5)
    inner = block(lambda x: x.tanh())
    for _ in range(3):
        inner = block(lambda x, f=inner: f(x) * 2.0)
    text = dumps(Circuit(inner(y)))

    assert dumps(loads(text)) == text
    assert loads(text, limits=Limits(depth=4)).values == loads(text).values
    with pytest.raises(FormatError, match=r"blocks are nested deeper than 3 \(limits.depth\)"):
        loads(text, limits=Limits(depth=3))


def test_rules_given_as_python_are_refused_with_the_mend():
    """A custom rule and a checkpoint have code inside: saving says what to use instead."""

    @custom_gradient(partials=lambda z, x: (2.0 * x,))
    def rule(x):
        return x * x

    x = Unit(1.5)
    for row, mend in [(rule(x), "Declare"), (checkpoint(lambda u: u.exp())(x), "gatenet.block")]:
        for write in (dumps, to_python):
            with pytest.raises(FormatError, match=mend):
                write(Circuit(row + 1.0))


def test_a_block_that_went_another_way_is_refused():
    """A block keeps one way through its comparisons: a row that went another cannot be saved."""

    @block
    def bent(x):
        return x * 2.0 if x > 0 else x * 3.0

    first = bent(Unit(1.0))
    second = bent(Unit(-1.0))
    twin = loads(dumps(Circuit(first)))

    assert twin.forward([5.0]) == 10.0
    with pytest.raises(FormatError, match="one way through each block"):
        dumps(Circuit(second))
    with pytest.raises(FlippedBranchError):
        twin.forward([-1.0])


NEST = dumps(nest())
HOSTILE_BLOCKS = {
    "blocks an object": (edited("blocks", value={}), "blocks: must be a list"),
    "a block a number": (edited("blocks", value=[3]), r"blocks\[0\]: must be an object"),
    "unknown kind": (NEST.replace('"kind": "ifelse"', '"kind": "eval"'), "'eval' is none of"),
    "one circuit for two": (NEST.replace('"kind": "block"', '"kind": "ifelse"'), "a list of 2"),
    "a slot past the end": (NEST.replace('"slots": [[0, 1]]', '"slots": [[0, 7]]'), "is not one"),
    "one slot twice": (NEST.replace('"slots": [[0, 1]]', '"slots": [[1, 1]]'), "each once"),
    "too few slots": (NEST.replace('"slots": [[0, 1]]', '"slots": [[0]]'), "2 leaves"),
    "slots of text": (NEST.replace('"slots": [[0, 1]]', '"slots": [["0", 1]]'), "operand numbers"),
    "slots a number": (NEST.replace('"slots": [[0, 1]]', '"slots": [3]'), "operand numbers"),
    "negative size": (NEST.replace('"size": 2', '"size": -2'), "no number of operands"),
    "huge size": (NEST.replace('"size": 2', '"size": 99999999999'), "no number of operands"),
    "wrong size": (NEST.replace('"size": 2', '"size": 3'), "takes 3 operand"),
    "a block not there": (NEST.replace('{"block": 1', '{"block": 9'), "not the number of one of 2"),
    "a block by name": (NEST.replace('{"block": 1', '{"block": "cell"'), "not the number"),
    "true as a block": (NEST.replace('{"block": 1', '{"block": true'), "not the number"),
    "gate and block": (NEST.replace('{"block": 1', '{"gate": "exp", "block": 1'), "'gate'"),
    "an unknown gate inside": (NEST.replace('"tanh"', '"eval"'), r"blocks\[0\].circuits\[0\].rows"),
    "a lie inside": (NEST.replace("0.7615941559557649", "0.5"), r"blocks\[0\].circuits\[0\].rows"),
    "a header inside": (NEST.replace('{"rows": [', '{"version": 1, "rows": [', 1), "'version'"),
    "outputs inside": (NEST.replace('], "output": 4}', '], "outputs": [4]}'), "one output"),
    "a number for a name": (NEST.replace('"name": "cell"', '"name": 3'), "must be text"),
    "missing circuits": (NEST.replace('"circuits"', '"circles"'), "'circuits' is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_BLOCKS)
def test_a_hostile_block_is_a_clear_error(name):
    """Each way to spoil a block is a FormatError that says where."""
    text, message = HOSTILE_BLOCKS[name]

    assert text != NEST
    with pytest.raises(FormatError, match=message):
        loads(text)


def test_a_flipped_block_in_a_file_is_a_format_error():
    """A file whose block cannot have gone the way it says is refused as a file."""

    @block
    def bent(x):
        return x * 2.0 if x > 0 else x * 3.0

    text = dumps(Circuit(bent(Unit(1.0))))
    spoilt = text.replace('"value": 1.0', '"value": -1.0').replace('"value": 2.0', '"value": -2.0')

    assert spoilt != text
    with pytest.raises(FormatError, match="comparison"):
        loads(spoilt)


def test_higher_orders_through_a_loaded_block():
    """A loaded block can be differentiated again."""
    cube = block(lambda x: x * x * x)
    gate_again = loads(dumps(Circuit(cube(Unit(2.0))))).rows[1].gate

    assert grad(grad(lambda x: gate_again(x)))(2.0) == 12.0


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 9), st.integers(), st.floats(),
        st.text(max_size=5),
        st.sampled_from(["inf", "nan", "input", "parameter", "constant", "tanh", "add", "dot"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["role", "value", "name", "gate", "operands", "static", "left"])
            | st.text(max_size=3),
            inner, max_size=4,
        ),
    ),
    max_leaves=12,
)  # fmt: skip
ROW = st.one_of(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["input", "parameter", "constant"]),
         "value": st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.just("inf"))},
        optional={"name": st.text(max_size=3), "requires_grad": st.booleans()},
    ),
    st.fixed_dictionaries(
        {"gate": st.sampled_from(sorted(gates.CATALOGUE)),
         "operands": st.lists(st.integers(-1, 5), max_size=4),
         "value": st.one_of(st.floats(), st.sampled_from(["inf", "nan"]))},
        optional={"static": st.dictionaries(st.sampled_from(["slope", "low"]), st.floats())},
    ),
    JSON,
)  # fmt: skip


def only_a_format_error(text):
    """Load a text; whatever it is, a circuit or a FormatError comes out."""
    try:
        circuit = loads(text, limits=Limits(bytes=1 << 20))
    except FormatError as error:
        assert str(error)
    else:
        assert dumps(loads(dumps(circuit))) == dumps(circuit)


@given(st.data())
def test_structured_nonsense_gives_format_errors_only(data):
    """Documents that look almost right are circuits or FormatErrors, never another error."""
    found = {"format": "gatenet.circuit", "version": 1, "output": data.draw(st.integers(0, 4))}
    found["rows"] = data.draw(st.lists(ROW, min_size=1, max_size=6))
    found.update(data.draw(st.dictionaries(
        st.sampled_from(["outputs", "gates", "comparisons", "version", "rows"]), JSON, max_size=1
    )))  # fmt: skip
    only_a_format_error(json.dumps(found))


@given(st.data())
def test_a_mutated_tree_gives_format_errors_only(data):
    """A valid document with one place replaced by anything is a circuit or a FormatError."""
    found = document(comparisons=[dict(left=0, sign="<", right=1, held=False, place="p:1")])
    if data.draw(st.booleans()):
        found = json.loads(NEST)
    places = []
    stack = [found]
    while stack:
        node = stack.pop()
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], (dict, list)):
                stack.append(node[key])
    node, key = data.draw(st.sampled_from(places))
    node[key] = data.draw(JSON)
    only_a_format_error(json.dumps(found))


@given(
    st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=4), st.integers(0, 4)), max_size=4)
)
def test_mutated_bytes_give_format_errors_only(edits):
    """A file with bytes overwritten, inserted or cut out is a circuit or a FormatError."""
    data = bytearray(dumps(small()).encode())
    for place, new, width in edits:
        at = place % len(data)
        data[at : at + width] = new
    only_a_format_error(bytes(data))


def test_save_and_load_a_file(tmp_path):
    """What `save` wrote, `load` reads, and nothing else is left in the folder."""
    path = tmp_path / "circuit.json"
    save(small(), path)

    assert load(str(path)).rows == small().rows
    assert path.read_text() == dumps(small())
    assert os.listdir(tmp_path) == ["circuit.json"]


def test_errors_of_a_file_name_the_file(tmp_path):
    """A FormatError out of `load` keeps the path, the place and the reason."""
    path = tmp_path / "bad.json"
    path.write_text(edited("rows", 0, "value", value=None))

    with pytest.raises(FormatError) as caught:
        load(path)
    assert caught.value.path == str(path)
    assert caught.value.where == "rows[0].value"
    assert str(path) in str(caught.value)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "missing.json")


def test_a_file_past_the_limit_is_not_read(tmp_path):
    """A file longer than the limit, a device without an end included, is refused."""
    path = tmp_path / "long.json"
    path.write_text(dumps(small()) + " " * 1000)

    with pytest.raises(FormatError, match="longer than 900 bytes"):
        load(path, limits=Limits(bytes=900))
    with pytest.raises(FormatError, match="longer than"):
        load("/dev/zero", limits=Limits(bytes=1 << 16))


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_a_saved_file_has_the_usual_permissions(tmp_path):
    """A new file has what `open` would give it, and an old one keeps what it has."""
    plain, path = tmp_path / "plain", tmp_path / "circuit.json"
    plain.touch()
    save(small(), path)
    assert stat.S_IMODE(os.stat(path).st_mode) == stat.S_IMODE(os.stat(plain).st_mode)

    path.chmod(0o600)
    save(small(), path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


@pytest.mark.parametrize("broken", ["fsync", "replace", "chmod"])
def test_a_failed_save_leaves_the_old_file_alone(tmp_path, monkeypatch, broken):
    """When the disk fails, the old file is whole and no half file is left beside it."""
    path = tmp_path / "circuit.json"
    save(small(), path)
    before = path.read_bytes()

    def fails(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(os, broken, fails)
    with pytest.raises(OSError, match="disk full"):
        save(Circuit(Unit(1.0) + 1.0), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["circuit.json"]


def test_a_circuit_that_cannot_be_saved_touches_no_file(tmp_path):
    """Refusals come before the file is opened."""
    path = tmp_path / "circuit.json"
    with pytest.raises(FormatError, match="half a character"):
        save(Circuit(Unit(1.0, "\udc00") + 1.0), path)
    with pytest.raises(FormatError, match="10001 characters"):
        save(Circuit(Unit(1.0, "n" * 10_001) + 1.0), path)

    assert os.listdir(tmp_path) == []


def test_save_follows_a_link(tmp_path):
    """Saving through a link writes the file it points to and leaves the link a link."""
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old")
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("no links here")
    save(small(), link)

    assert link.is_symlink()
    assert target.read_text() == dumps(small())
