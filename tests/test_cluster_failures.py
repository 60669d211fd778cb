"""What goes wrong on a cluster: lost workers change no bit, all else is one error and no hang."""

import os
import signal
import socket
import sys
from contextlib import contextmanager

import pytest
from clusterloads import Dies, Hangs, Nowhere, Unreadable, fails, nothing, rows_of, spoils

from gatenet import Circuit, Unit
from gatenet.cluster import Chosen, Loaded, Sent, Serial, Shard, Table, Task, team_of, uniform_of
from gatenet.cluster.dasktroubles import failed
from gatenet.cluster.processes import Processes
from gatenet.errors import ClusterError, OperandError, RangeError, ToolMissing
from gatenet.losses import mse_loss
from gatenet.nn import Linear
from gatenet.optim import SGD
from gatenet.training import Trainer


def squares():
    """Three inputs, two parameters, one output."""
    xs = [Unit(0.0, f"x{k}") for k in range(3)]
    w, v = Unit(0.5, "w", role="parameter"), Unit(0.25, role="parameter")
    return Circuit((xs[0] * w + xs[1] * v - xs[2]) ** 2).compile(xs, backend="python")


def loading(team, found, load, count=6):
    """Tasks of so many shards that a function loads."""
    program, held = team.hold(found), team.hold(load)
    return [Task(program, uniform_of(found), Loaded(held, k), Shard(k, 0, 0)) for k in range(count)]


def bits(answers):
    """The totals of answers as text that tells every bit."""
    return [[x.hex() for x in answer.totals] for answer in answers]


def expected(count=6):
    """What the shards give that `rows_of` makes."""
    with Serial() as team:
        return bits(team.answers(loading(team, squares(), rows_of, count)))


@pytest.fixture(scope="module")
def processes():
    """Two processes of the standard library; a shard is done again once."""
    with Processes(2, timeout=240, retries=1) as team:
        yield team


@pytest.fixture(scope="module")
def workers():
    """Two workers of Dask, processes on this machine; a shard is done again once."""
    pytest.importorskip("distributed")
    with team_of(cluster="local", workers=2, timeout=240, retries=1, worker_timeout=120) as team:
        yield team


@pytest.fixture(params=["processes", "workers"])
def team(request):
    """Each kind of team that has processes."""
    return request.getfixturevalue(request.param)


@contextmanager
def impatient(team, seconds):
    """A team that waits for so many seconds alone."""
    before, team.timeout = team.timeout, seconds
    try:
        yield
    finally:
        team.timeout = before


def test_a_killed_worker_changes_nothing(team, tmp_path):
    """A worker is killed with -9 while it loads a shard: another does it again, to the bit."""
    before = team.retries
    answers = team.totals(loading(team, squares(), Dies(tmp_path, 3)))

    assert bits(answers) == expected()
    assert (tmp_path / "died-3").exists()
    assert team.retries > before


def test_a_shard_that_kills_every_worker_is_one_error(team, tmp_path):
    """A shard that cannot be done ends with an error that names it, and the team works on."""
    found = squares()
    if not isinstance(team, Processes):  # once, and once alone, which is enough for a test
        team._own[1].scheduler.allowed_failures = 0
    with pytest.raises(ClusterError, match=r"^step 9, shard 1 on .* ended") as caught:
        team.totals(loading(team, found, Dies(tmp_path, 1, always=True)), step="step 9")

    assert (caught.value.shard, caught.value.step) == (1, "step 9")
    assert caught.value.host
    assert bits(team.answers(loading(team, found, rows_of))) == expected()


def test_a_worker_that_does_not_answer_is_not_awaited_for_ever(team, tmp_path):
    """After the time limit: an error that names shard, host and limit, and the team works on."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writing = -1
    try:
        with (
            impatient(team, 1.5),
            pytest.raises(ClusterError, match=r"shard\(s\) .*no answer for 1.5 s") as caught,
        ):
            team.totals(loading(team, squares(), Hangs(path, 0), 1), step="step 3")
    finally:
        writing = os.open(path, os.O_RDWR)  # lets it go
    try:
        assert (caught.value.shard, caught.value.step) == (0, "step 3")
        assert bits(team.answers(loading(team, squares(), rows_of))) == expected()
    finally:
        os.close(writing)


@contextmanager
def standing_still(client, hosts):
    """Workers whose processes are stopped, as a machine that is frozen: they answer nothing."""
    found = client.run(os.getpid)
    stopped = [found[host] for host in hosts]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def test_workers_that_stand_still_hold_nobody_up(workers, monkeypatch):
    """One that answers nothing is not given a turn; where none answers that is one error."""
    client = workers._client
    client.wait_for_workers(2, timeout=120)  # a killed one may still be on its way
    one, other = sorted(client.nthreads())
    monkeypatch.setattr("gatenet.cluster.connecting.ANSWER", 0.3)
    with standing_still(client, [one]), team_of(client=client, worker_timeout=120) as team:
        assert team._turns == [other]
        assert team.workers == 1
    with (
        standing_still(client, [one, other]),
        pytest.raises(ClusterError, match=f"none of the workers .*{one}, {other}") as caught,
    ):
        team_of(client=client, worker_timeout=0.1)
    assert caught.value.step == "connect"

    with team_of(client=client, timeout=1, worker_timeout=120) as team:
        tasks = loading(team, squares(), rows_of)
        with (
            standing_still(client, [one, other]),
            pytest.raises(ClusterError, match="no answer for 1 s"),
        ):
            team.totals(tasks)
        team.timeout = 240.0
        assert bits(team.answers(tasks)) == expected()


@pytest.mark.parametrize(
    ("load", "at", "said"),
    [(fails, 2, "load raised OSError: no such disk"), (nothing, 1, "it has no rows"),
     (len, 0, "load raised TypeError")],
    ids=["fails", "nothing", "len"],
)  # fmt: skip
def test_a_shard_that_cannot_be_loaded_is_told(team, load, at, said):
    """The load function's own error, with host, shard and step."""
    with pytest.raises(ClusterError, match=f"^step 4, shard .*{said}") as caught:
        team.totals(loading(team, squares(), load), step="step 4")

    assert (caught.value.step, caught.value.shard) == ("step 4", at)
    assert caught.value.host


def test_a_nan_is_told_with_its_row(team):
    """A sum that is not finite: host, shard, step and the first row that gives it."""
    found = squares()
    rows = [row for k in range(4) for row in rows_of(k)]
    rows[300][1] = float("inf")
    with pytest.raises(ClusterError, match="row 5 of the shard: nan") as caught:
        team.totals(loading(team, found, spoils), step="step 8")
    assert (caught.value.shard, caught.value.row, caught.value.step) == (1, 5, "step 8")
    assert caught.value.host == socket.gethostname()

    with pytest.raises(ClusterError, match=r"shard 1 \(rows 256 to 511\).*row 300: inf") as caught:
        found.map_batches(rows, client=team, shard_size=256)
    assert (caught.value.shard, caught.value.row) == (1, 300)

    program, table = team.hold(found), team.hold(Table.of(rows, 3))
    chosen = Task(program, uniform_of(found), Chosen(table, [7, 300, 2]), Shard(0, 0, 3))
    with pytest.raises(ClusterError, match="row 300: inf"):
        team.totals([chosen])


def test_a_sum_past_the_largest_number_is_told():
    """Where each row is finite and their sum is not, no row is blamed."""
    x = Unit(0.0, "x")
    found = Circuit(x * 1.0).compile([x], wrt=[], backend="python")
    with pytest.raises(ClusterError, match="each row's is, but their sum is") as caught:
        found.map_batches([[1.7e308], [1.7e308]])

    assert caught.value.row is None


def test_a_worker_of_another_version_is_told(team, monkeypatch):
    """Whoever asks has another gatenet than the worker: both versions, host and shard."""
    monkeypatch.setattr("gatenet.cluster.teams.__version__", "0.0.1")
    with pytest.raises(ClusterError, match=r"^step 2, shard 0 on .*has gatenet .*0\.0\.1 asks"):
        team.totals(loading(team, squares(), rows_of, 1), step="step 2")


def block(blocked):
    """Let what does the work not be found in this process, or be found again."""
    for name in ("gatenet.cluster.work", "gatenet.cluster.keeping"):
        if blocked:
            sys.modules[name] = None
        else:
            sys.modules.pop(name, None)


def test_a_worker_without_gatenet_is_told(workers):
    """The workers on which what does the work cannot be imported, by their addresses."""
    client = workers._client
    client.wait_for_workers(2, timeout=120)  # a killed one may still be on its way
    one = min(client.nthreads())
    client.run(block, True, workers=[one])
    try:
        with pytest.raises(ClusterError, match="cannot work: ModuleNotFoundError") as caught:
            team_of(client=client)
    finally:
        client.run(block, False, workers=[one])

    assert caught.value.host == one
    with team_of(client=client) as team:
        assert bits(team.answers(loading(team, squares(), rows_of))) == expected()


def test_a_scheduler_without_gatenet_is_told():
    """Dask's scheduler reads what passes through it: what it says then is told in our words."""
    task = Task("program", b"", Sent(b"", 0), Shard(3, 0, 128))
    said = RuntimeError("Error during deserialization of the task graph.")
    error = failed(said, task, "step 7", "tcp://127.0.0.1:9")

    assert str(error).startswith("step 7, shard 3 (rows 0 to 127): the scheduler at tcp://127.0")
    assert "needs the same gatenet" in str(error)
    assert (error.host, error.shard, error.step) == ("tcp://127.0.0.1:9", 3, "step 7")


def test_what_the_scheduler_cannot_import_is_told(workers):
    """The scheduler lives and cannot read a load function: its module is named."""
    said = r"^step 5, shard 0: the scheduler at .* cannot read .*module 'clusterloads'.*PYTHONPATH"
    with pytest.raises(ClusterError, match=said) as caught:
        workers.totals(loading(workers, squares(), Nowhere()), step="step 5")

    assert caught.value.host == workers.address
    assert bits(workers.answers(loading(workers, squares(), rows_of))) == expected()


def test_tasks_that_were_given_up_and_go_on_are_told(workers, tmp_path):
    """A call that ends late because of an earlier one says that the workers are still busy."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    tasks = loading(workers, squares(), Hangs(path, 0), 1)
    with impatient(workers, 0.8):
        with pytest.raises(ClusterError, match=r"no answer for 0.8 s\. Allow more"):
            workers.totals(tasks)
        with pytest.raises(ClusterError, match=r"still busy with 1 task\(s\) that are not of this"):
            workers.totals(tasks)
    writing = os.open(path, os.O_RDWR)  # lets them go
    try:
        assert bits(workers.answers(loading(workers, squares(), rows_of))) == expected()
    finally:
        os.close(writing)


@contextmanager
def listener(answering):
    """A port on loopback: one that nobody answers at, or one that is closed."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        if answering:
            bound.listen()
        yield f"tcp://127.0.0.1:{bound.getsockname()[1]}"


@pytest.mark.parametrize("answering", [False, True])
def test_a_scheduler_that_cannot_be_reached_is_told(answering):
    """A closed port, and one that never answers: an error with the address, within the limit."""
    pytest.importorskip("distributed")
    with (
        listener(answering) as address,
        pytest.raises(ClusterError, match=f"no scheduler answers at {address} within 1 s"),
    ):
        team_of(client=address, connect_timeout=1)


@pytest.mark.parametrize("text", ["", "tcp://", "http://h:80", "tcp://h", "h", "h:port", "h:"])
def test_what_is_no_address_is_refused(text):
    """Another protocol, no host, no port: what an address looks like, and no word of waiting."""
    pytest.importorskip("distributed")
    with pytest.raises(OperandError, match=f"client is {text!r}: .*tcp://host:8786"):
        team_of(client=text)


def test_a_host_that_is_not_known_is_told(monkeypatch):
    """Where a name means no machine the error says that, and of no time."""
    pytest.importorskip("distributed")

    def unknown(*given):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("gatenet.cluster.connecting.socket.create_connection", unknown)
    with pytest.raises(
        ClusterError, match="no machine of the name in tcp://nowhere:8786"
    ) as caught:
        team_of(client="tcp://nowhere:8786")
    assert "within" not in str(caught.value)


@contextmanager
def in_this_process(workers):
    """A scheduler on loopback whose workers are threads of this process."""
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=False, host="127.0.0.1",
        protocol="tcp://", dashboard_address="127.0.0.1:0", silence_logs=50,
        scheduler_kwargs={"dashboard": False},
    )  # fmt: skip
    try:
        yield cluster
    finally:
        cluster.close()


def test_a_scheduler_without_workers_is_told():
    """Nobody is waited for longer than the limit; a client of one's own stays open."""
    with in_this_process(0) as cluster:
        with pytest.raises(ClusterError, match=r"has had no workers for 0\.5 s"):
            team_of(client=cluster.scheduler_address, worker_timeout=0.5, connect_timeout=60)
        client = pytest.importorskip("distributed").Client(cluster, set_as_default=False)
        with pytest.raises(ClusterError, match=r"has had no workers for 0\.5 s"):
            team_of(client=client, worker_timeout=0.5)
        assert client.status == "running"
        client.close()
        with pytest.raises(ClusterError, match="is closed"):
            team_of(client=client)


def test_a_scheduler_that_ends_is_told():
    """The scheduler goes away in the middle: one error that says so, without waiting."""
    with in_this_process(1) as cluster:
        address = cluster.scheduler_address
        with team_of(client=address, timeout=240, connect_timeout=60) as team:
            answers = team.answers(loading(team, squares(), rows_of, 50), step="step 6")
            next(answers)
            cluster.close()
            with pytest.raises(ClusterError, match=f"^step 6, .*scheduler at {address} is gone"):
                list(answers)


def test_a_local_cluster_that_does_not_start_is_told(monkeypatch):
    """As in a script without the guard, which each worker runs anew: the guard is named."""
    distributed = pytest.importorskip("distributed")

    def broken(**given):
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(distributed, "LocalCluster", broken)
    said = "Nanny failed to start.*if __name__ == '__main__':"
    with pytest.raises(ClusterError, match=said) as caught:
        team_of(cluster="local", workers=1)
    assert caught.value.step == "connect"


def test_a_training_that_cannot_begin_leaves_a_checkpoint_alone(tmp_path, capsys):
    """Where nothing was trained nothing is written, and nobody is told how to go on."""
    pytest.importorskip("distributed")
    model, path = Linear(2, 1, rng=0), tmp_path / "run.json"
    path.write_text("of another day")
    with listener(False) as address:
        trainer = Trainer(
            model, mse_loss, SGD(model.parameters(), lr=0.1), rng=0, client=address,
            checkpoint=path, progress=True,
        )  # fmt: skip
        with pytest.raises(ClusterError, match="no scheduler answers") as caught:
            trainer.fit([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]], epochs=1)

    assert path.read_text() == "of another day"
    assert "interrupted" not in capsys.readouterr().err
    assert not getattr(caught.value, "__notes__", [])


def test_what_is_no_client_is_refused():
    """Not a client, not an address, not a time."""
    pytest.importorskip("distributed")
    with pytest.raises(OperandError, match="client is 3"):
        team_of(client=3)
    with pytest.raises(RangeError, match="connect_timeout is 0"):
        team_of(client="tcp://127.0.0.1:9", connect_timeout=0)


def test_without_dask_the_package_is_named(monkeypatch):
    """Where Dask is not installed the error says how to install it, and what needs nothing."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    for asked in ({"cluster": "local"}, {"client": "tcp://127.0.0.1:9"}):
        with pytest.raises(ToolMissing, match=r"pip install 'gatenet-circuits\[cluster\]'"):
            team_of(**asked)


def test_a_function_without_a_name_cannot_go_to_a_process(processes):
    """What cannot be sent is refused when it is held."""
    with pytest.raises(OperandError, match="top of a module"):
        processes.hold(lambda number: rows_of(number))


def test_what_a_process_cannot_import_is_told(processes):
    """What can be sent and not be read there: its own error, with host, shard and step."""
    with pytest.raises(ClusterError, match=r"^step 4, shard 0 on .*not installed here") as caught:
        processes.totals(loading(processes, squares(), Unreadable()), step="step 4")

    assert caught.value.stage == "load"


def test_what_reading_the_tasks_raises_goes_on(team):
    """An error of the one who makes tasks is his own, and the team works on."""
    found = squares()
    program = team.hold(found)

    def broken():
        yield Task(program, uniform_of(found), Sent.of(rows_of(1), 3), Shard(0, 0, 200))
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        team.totals(broken())
    assert bits(team.answers(loading(team, found, rows_of))) == expected()
