"""Shards, tasks and teams: the same bits wherever the work is done."""

import io
import random

import pytest
from clusterloads import Rows, rows_of

from gatenet import Circuit, Unit, record
from gatenet.cluster import (
    Chosen,
    Loaded,
    Part,
    Progress,
    Sent,
    Serial,
    Shard,
    Table,
    Task,
    shards,
    summed,
    team_of,
    uniform_of,
)
from gatenet.cluster.processes import Processes
from gatenet.cluster.tasks import recipe_of
from gatenet.cluster.work import KEPT, prepared
from gatenet.compiler.sums import block_sum
from gatenet.errors import (
    ClusterError,
    FlippedBranchError,
    OperandError,
    RangeError,
    WiringError,
)

ROWS = rows_of(0, 700)


def leaves():
    """Three inputs and four parameters."""
    xs = [Unit(0.1, f"x{k}") for k in range(3)]
    ws = [Unit(0.3 + 0.1 * k, f"w{k}", role="parameter") for k in range(4)]
    return xs, ws


def weighted():
    """Two outputs of arithmetic alone, which every backend computes to the bit."""
    xs, ws = leaves()
    z = ws[3]
    for x, w in zip(xs, ws, strict=False):
        z = z + x * w
    return Circuit([z * z, z / (1.0 + z * z)]), xs


def curvy():
    """One output through functions of libm."""
    xs, ws = leaves()
    z = (xs[0] * ws[0]).tanh() + (xs[1] * ws[1]).sigmoid() * ws[2]
    return Circuit((z * xs[2]).exp() + ws[3] ** 2), xs


def asking():
    """One output behind a comparison that was recorded, and holds for all rows."""
    xs, ws = leaves()
    with record() as recording:
        z = xs[0] * ws[0] + xs[1] * xs[1]
        z = z * ws[1] if xs[2] < 100.0 else z
        return Circuit(z, recording=recording), xs


CASES = [
    (made, backend)
    for made in (weighted, curvy, asking)
    for backend in ("auto", "python", "numpy", "wide")
]


def compiled(made, backend="auto"):
    """A circuit, compiled."""
    if backend in ("numpy", "wide"):
        pytest.importorskip("numpy")
    circuit, xs = made()
    return circuit.compile(xs, backend=backend)


def sent(team, found, rows=ROWS, size=256):
    """Tasks of all rows, which travel with them."""
    program = team.hold(found)
    return [
        Task(program, uniform_of(found), Sent.of(rows[s.first : s.last], 3), s)
        for s in shards(len(rows), size)
    ]


def bits(numbers):
    """Numbers as text that tells every bit."""
    return [float(x).hex() for x in numbers]


def by_hand(found, rows, size):
    """The sums, of each row's own results: blocks in a shard, then shards, left to right."""
    values, slopes = found.value_and_grad(rows)
    values = [[x] for x in values] if found.single else values
    columns = [*zip(*[[*v, *g] for v, g in zip(values, slopes, strict=True)], strict=True)]
    totals = []
    for column in columns:
        whole = None
        for first in range(0, len(rows), size):
            shard = None
            for start in range(first, min(first + size, len(rows)), 128):
                block = block_sum(column[start : min(start + 128, first + size)])
                shard = block if shard is None else shard + block
            whole = shard if whole is None else whole + shard
        totals.append(whole)
    return totals


def test_shards_cover_the_rows_in_order():
    """Every row is in one shard, and every shard but the last is whole."""
    for rows in (0, 1, 255, 256, 257, 1000):
        found = list(shards(rows, 256))

        assert [row for s in found for row in range(s.first, s.last)] == list(range(rows))
        assert all(s.last - s.first == 256 for s in found[:-1])
        assert [s.number for s in found] == list(range(len(found)))


@pytest.mark.parametrize(
    ("size", "said"),
    [(100, "take 128"), (0, "take 128"), (-256, "take 128"), (1000, "896 or 1024"),
     (1.5, "whole number of rows"), (True, "whole number of rows")],
)  # fmt: skip
def test_a_shard_is_whole_blocks(size, said):
    """Another size is refused with the nearest that would do, before any row is looked at."""
    found = compiled(weighted, "python")
    with pytest.raises(RangeError, match=said):
        shards(10, size)
    with pytest.raises(RangeError, match=said):
        found.map_batches(object(), shard_size=size)


@pytest.mark.parametrize(("made", "backend"), CASES)
def test_sums_are_added_shard_by_shard(made, backend):
    """The sums are those of each row's results, added in the order that is promised."""
    found = compiled(made, backend)
    outputs, slopes = found.map_batches(ROWS, shard_size=256)

    assert bits(outputs + slopes) == bits(by_hand(found, ROWS, 256))


@pytest.mark.parametrize(("made", "backend"), CASES)
def test_what_travels_gives_the_same_bits(made, backend):
    """A circuit compiled again from its JSON sums to the bits of the one that was sent."""
    found = compiled(made, backend)
    ready = prepared(recipe_of(found))
    given = [row[:] for row in ROWS[:300]]

    assert bits(ready.backend.totals(found._uniform(1.0), given)) == bits(found.totals(given))


def test_one_shard_is_what_sums_gives():
    """With one shard, or shards of one block, the sums are those of `sums`, to the bit."""
    found = compiled(curvy, "python")
    whole, several = found.sums(ROWS), found.map_batches(ROWS, shard_size=256)

    assert found.map_batches(ROWS, shard_size=1024) == whole
    assert found.map_batches(ROWS, shard_size=128) == whole
    assert several != whole
    assert several[0] == pytest.approx(whole[0], rel=1e-13)


def test_single_precision_travels():
    """A circuit compiled for float32 is summed in float32, by the backend that it has here."""
    pytest.importorskip("numpy")
    circuit, xs = curvy()
    for backend in ("auto", "numpy"):
        found = circuit.compile(xs, backend=backend, dtype="float32")
        recipe = recipe_of(found)
        totals = prepared(recipe).backend.totals(found._uniform(1.0), ROWS)

        assert (recipe.backend, recipe.dtype) == (found.backend, "float32")
        assert bits(totals) == bits(found.totals(ROWS))
        assert bits(totals) != bits(circuit.compile(xs).totals(ROWS))


def test_stale_values_do_not_hinder():
    """A parameter that was moved after the circuit was built: the wide program travels as well."""
    found = compiled(curvy, "wide")
    found.wrt[0].value += 0.5
    ready = prepared(recipe_of(found))

    assert bits(ready.backend.totals(found._uniform(1.0), ROWS)) == bits(found.totals(ROWS))


def test_a_seed_weighs_the_gradients():
    """Seeds travel with the numbers that all rows share, and so do new values of leaves."""
    found = compiled(weighted, "python")
    for unit in found.wrt:
        unit.value += 0.25

    assert found.map_batches(ROWS[:90], seed=[0.5, 2.0]) == found.sums(ROWS[:90], seed=[0.5, 2.0])


@pytest.fixture(scope="module")
def processes():
    """Two processes of the standard library."""
    with Processes(2, timeout=240) as team:
        yield team


@pytest.fixture(scope="module")
def workers():
    """Two workers of Dask, processes on this machine."""
    pytest.importorskip("distributed")
    with team_of(cluster="local", workers=2, timeout=240, worker_timeout=120) as team:
        yield team


def kinds(team, found, count=4):
    """The same rows sent, chosen from a table, loaded, and as parts of a source."""
    program, uniform = team.hold(found), uniform_of(found)
    rows = [row for k in range(count) for row in rows_of(k)]
    table, load = team.hold(Table.of(rows, 3)), team.hold(rows_of)
    source = team.hold(Rows(count * 200))
    whole = [Shard(k, k * 200, k * 200 + 200) for k in range(count)]
    places = [[*range(s.last - 1, s.first - 1, -1)] for s in whole]
    tasks = [Task(program, uniform, Sent.of(rows[s.first : s.last], 3), s) for s in whole]
    tasks += [
        Task(program, uniform, Chosen(table, some), s)
        for some, s in zip(places, whole, strict=True)
    ]
    tasks += [Task(program, uniform, Loaded(load, s.number), s) for s in whole]
    tasks += [Task(program, uniform, Part(source, s.first, s.last), s) for s in whole]
    return tasks


def everything(team):
    """What a team gives for every circuit, backend and kind of rows, program by program."""
    found = [bits(summed(team.answers(sent(team, compiled(*case))))) for case in CASES]
    several = [compiled(weighted, "python"), compiled(curvy)]
    mixed = [task for one in several for task in kinds(team, one)]
    return found, [bits(answer.totals) for answer in team.answers(mixed)]


def test_processes_give_the_bits_of_one_process(processes):
    """Circuits, backends, kinds of rows, several programs at once: as in this process."""
    pytest.importorskip("numpy")
    with Serial() as team:
        expected = everything(team)

    assert everything(processes) == expected
    assert processes.retries == 0


def test_dask_gives_the_bits_of_one_process(workers):
    """Circuits, backends, kinds of rows, several programs at once: as in this process."""
    pytest.importorskip("numpy")
    with Serial() as team:
        expected = everything(team)

    assert everything(workers) == expected
    assert workers.workers == 2


def test_answers_say_who_and_how_many(processes):
    """Answers come in the order of the tasks, with rows and process, and both take part."""
    found = compiled(weighted, "python")
    answers = processes.totals(sent(processes, found, size=128))

    assert [answer.shard.number for answer in answers] == [0, 1, 2, 3, 4, 5]
    assert [answer.rows for answer in answers] == [128] * 5 + [60]
    assert all(answer.seconds >= 0 for answer in answers)
    assert len({answer.host for answer in answers}) == 1


def test_data_of_any_kind(processes, tmp_path):
    """Lists, arrays, memory maps, streams, sources and load functions give the same sums."""
    numpy = pytest.importorskip("numpy")
    found = compiled(curvy)
    source = Rows(600)
    rows = source.part(0, 600)
    stored = numpy.memmap(tmp_path / "rows", dtype=float, mode="w+", shape=(600, 3))
    stored[:] = rows
    expected = found.map_batches(rows, shard_size=128)
    cut = [rows[:10], rows[10:300], [], numpy.array(rows[300:301]), rows[301:]]

    for data in (numpy.array(rows), stored, source, iter(cut), (part for part in cut)):
        assert found.map_batches(data, shard_size=128, client=processes) == expected


def test_loaded_shards_are_the_shards(processes):
    """What a load function gives for a number is that shard, however many rows it has."""
    found = compiled(weighted, "python")
    parts = [found.sums(rows_of(k)) for k in range(3)]
    outputs = [a + b + c for a, b, c in zip(*[part[0] for part in parts], strict=True)]

    assert found.map_batches(rows_of, shards=3, client=processes)[0] == outputs


def test_a_stream_is_read_as_it_can_be_done():
    """Only a bounded number of shards is read before the first answer is taken."""
    found = compiled(weighted, "python")
    read = []

    def stream(program):
        for shard in shards(1 << 40, 128):
            read.append(shard.number)
            yield Task(program, uniform_of(found), Sent.of(rows_of(1, 128), 3), shard)

    with Serial() as team:
        answers = team.answers(stream(team.hold(found)))
        first = next(answers)
        answers.close()

    assert first.shard.number == 0
    assert len(read) <= 8


def test_a_program_is_compiled_once():
    """New values of parameters make no new program, and only so many are kept."""
    found = compiled(weighted, "python")
    recipe = recipe_of(found)
    ready = prepared(recipe)
    found.wrt[0].value = 17.0

    assert recipe_of(found) == recipe
    assert prepared(recipe_of(found)) is ready
    for k in range(KEPT):
        x = Unit(0.0)
        prepared(recipe_of(Circuit(x * (k + 2.0)).compile([x], backend="python")))
    assert prepared(recipe) is not ready


def test_progress_counts_shards_and_rows():
    """A function is told of each shard; a stream gets lines of text."""
    found = compiled(weighted, "python")
    seen, text = [], io.StringIO()
    found.map_batches(ROWS, shard_size=256, progress=seen.append)
    found.map_batches(ROWS, shard_size=256, progress=text)

    assert [(one.shards, one.rows, one.retries) for one in seen] == [
        (1, 256, 0), (2, 512, 0), (3, 700, 0)
    ]  # fmt: skip
    assert str(Progress(2, 512, 4.0, 0)) == "2 shards, 512 rows, 128 rows/s"
    assert text.getvalue().splitlines()[-1].startswith("3 shards, 700 rows, ")
    with pytest.raises(OperandError, match="progress is 3"):
        found.map_batches(ROWS, progress=3)


def test_bad_data_is_told_before_it_is_sent():
    """Rows of another width, no rows, functions without a number of shards."""
    found = compiled(weighted, "python")
    with pytest.raises(WiringError, match="row 1 has 2"):
        found.map_batches([[1.0, 2.0, 3.0], [1.0, 2.0]])
    with pytest.raises(WiringError, match="table 1 of the stream: row 0 has 1"):
        found.map_batches(iter([[[1.0, 2.0, 3.0]], [[1.0]]]))
    for nothing in ([], iter([]), Rows(0)):
        with pytest.raises(WiringError, match="no rows"):
            found.map_batches(nothing)
    with pytest.raises(OperandError, match="say with shards="):
        found.map_batches(rows_of)
    with pytest.raises(OperandError, match="shards= says how many"):
        found.map_batches(ROWS, shards=2)
    with pytest.raises(RangeError, match="shards is 0"):
        found.map_batches(rows_of, shards=0)


def test_teams_take_what_means_something():
    """Clients, clusters and limits that mean nothing are refused by name."""
    for asked, said in (
        ({"cluster": "mars"}, "cluster is 'mars'"),
        ({"client": "tcp://h:1", "workers": 2}, "leave cluster= and workers= out"),
        ({"workers": 0}, "workers is 0"),
        ({"workers": 1, "retries": -1}, "retries is -1"),
        ({"timeout": 0}, "timeout is 0"),
    ):
        with pytest.raises(RangeError, match=said):
            team_of(**asked)
    with Serial() as team, pytest.raises(OperandError, match="cannot be held"):
        team.hold(3.0)


def test_a_team_holds_what_its_tasks_name():
    """A handle that was released, or of another team, is refused; so is a closed team."""
    found = compiled(weighted, "python")
    with Serial() as team:
        tasks = sent(team, found)
        team.release(tasks[0].program)
        with pytest.raises(WiringError, match="holds no"):
            team.totals(tasks)
        tasks = sent(team, found)
        working = team.answers(tasks)
        next(working)
        with pytest.raises(ClusterError, match="is at work"):
            team.totals(tasks)
        working.close()
        assert len(team.totals(tasks)) == 3
    with pytest.raises(ClusterError, match="was closed"):
        team.totals(tasks)


def test_a_comparison_that_goes_the_other_way_is_told(processes):
    """As in one process: FlippedBranchError, with the row among all rows."""
    found = compiled(asking)
    rows = [[*row] for row in ROWS]
    rows[300][2] = 200.0
    for client in (None, processes):
        with pytest.raises(FlippedBranchError, match="row 300: ") as caught:
            found.map_batches(rows, shard_size=256, client=client)
        assert (caught.value.row, caught.value.shard) == (300, 1)


def test_the_order_of_tasks_is_no_matter_of_chance(processes):
    """Shards of very different sizes still come back in the order given."""
    found = compiled(weighted, "python")
    draw = random.Random(3)
    program = processes.hold(found)
    sizes = [draw.choice([1, 2, 900]) for _ in range(20)]
    tasks = [
        Task(program, uniform_of(found), Sent.of(rows_of(k, size), 3), Shard(k, 0, size))
        for k, size in enumerate(sizes)
    ]

    assert [answer.rows for answer in processes.answers(tasks)] == sizes
