"""Training on workers: the losses, parameters and histories of one process, to the bit."""

from __future__ import annotations

import io
import math
import os
import platform
import signal
import subprocess
import sys
from itertools import pairwise

import pytest
from backends import refused

from gatenet import Circuit, optim
from gatenet.cluster import Serial
from gatenet.cluster.sources import Chunks, CSVFile
from gatenet.cluster.tasks import recipe_of
from gatenet.errors import (
    ClusterError,
    CompileError,
    DomainError,
    FormatError,
    OperandError,
    RangeError,
    WiringError,
)
from gatenet.io import loads
from gatenet.losses import cross_entropy, mse_loss
from gatenet.nn import MLP, Module
from gatenet.training import Callback, Trainer, accuracy
from gatenet.unit import Unit

pytestmark = pytest.mark.skipif(bool(refused()), reason=refused() or "it is there")

ROWS = [[math.sin(k), math.cos(3.0 * k)] for k in range(400)]
TARGETS = [[math.sin(2.0 * k)] for k in range(400)]
PENALTY = {"penalty": lambda parameters: parameters[0] * parameters[0]}
#: Settings that each go another way through a step; "flat" are steps on flat buffers.
SETTINGS = {
    "flat": {},
    "rich": {
        "metrics": {"error": lambda outputs, targets: outputs[0][0] - targets[0][0]},
        "clip_norm": 1.0, "weight_noise": 0.01, "grad_noise": 0.01, "accumulate": 2,
        "drop_last": True, "batch_size": 150, **PENALTY,
    },
    "augmented": {"augment": lambda row, rng: [x + 0.1 * rng.random() for x in row]},
}  # fmt: skip


def trained(rows=ROWS, targets=TARGETS, *, epochs=2, weights=None, model=None, **settings):
    """Train a small network; give the trainer."""
    model = model or MLP(2, [4, 1], "tanh", rng=0)
    given = {"rng": 0, "batch_size": 300, "progress": False, "shard_size": 128, "loss": mse_loss}
    given |= settings
    loss = given.pop("loss")
    trainer = Trainer(model, loss, optim.Adam(model.parameters(), lr=0.1), **given)
    trainer.fit(rows, targets, epochs=epochs, sample_weight=weights)
    return trainer


def everything(trainer):
    """What a training comes to, with every bit."""
    units = trainer.model.parameters()
    epochs = [repr(epoch._replace(seconds=0.0)) for epoch in trainer.history.epochs]
    return (
        [unit.value.hex() for unit in units], [unit.grad.hex() for unit in units],
        repr(trainer.optimizer.state_dict()), repr(trainer.rng.getstate()), epochs,
    )  # fmt: skip


class Lists(Module):
    """A sum over a list of any length: each length is a circuit of its own."""

    def __init__(self):
        self.weight = Unit(0.3, "weight", role="parameter")
        self.other = Unit(0.2, "other", role="parameter")

    def forward(self, row):
        """The terms, squashed."""
        total = self.other * row[0]
        for x in row:
            total = (total + self.weight * x).tanh()
        return [total]


@pytest.fixture(scope="module")
def client():
    """A Dask client of two worker processes on loopback."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", silence_logs=50,
            dashboard_address="127.0.0.1:0", scheduler_kwargs={"dashboard": False},
        ) as cluster,
        distributed.Client(cluster, timeout=240, set_as_default=False) as found,
    ):  # fmt: skip
        yield found


@pytest.mark.parametrize("name", SETTINGS)
def test_workers_give_the_bits_of_one_process(name):
    """Whatever a step does, it is the step of one process with the same size of shards."""
    settings = SETTINGS[name]
    one = everything(trained(compiled=True, **settings))

    assert everything(trained(cluster="serial", **settings)) == one


def test_a_weighted_training_in_circuits_of_many_lengths():
    """Rows nested in several ways, and weighted, are shards by circuit with the same sums."""
    rows = [[math.sin(k + j) for j in range(1 + k % 3)] for k in range(300)]
    targets = [[0.5 * math.cos(k)] for k in range(300)]
    weights = [float(k % 5) for k in range(300)]
    made = [
        trained(rows, targets, weights=weights, model=Lists(), **how)
        for how in ({"compiled": True}, {"cluster": "serial"})
    ]

    assert everything(made[0]) == everything(made[1])


class Watched(Serial):
    """A team that counts its tasks by kind of rows, and remembers their sizes."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def _submit(self, number, order, program, thing):
        self.seen.append((order[2], len(order[3]) // 8 if order[2] == "chosen" else order[4]))
        super()._submit(number, order, program, thing)


def test_a_step_sends_places_and_a_team_is_left_open():
    """Rows are held by the workers; a step asks for them by place, shard by shard."""
    team = Watched()
    trained(client=team, epochs=1)

    assert [("chosen", n) for n in (128, 128, 44, 100)] == team.seen
    assert {} == team._held
    trained(client=team, epochs=1)  # it is open
    team.close()


def test_the_size_of_a_shard_is_kept_in_a_checkpoint(tmp_path):
    """A training goes on with shards of the size it began with."""
    path = tmp_path / "run.json"
    trained(cluster="serial", checkpoint=path, epochs=1)
    model = MLP(2, [4, 1], "tanh", rng=0)
    other = Trainer(model, mse_loss, optim.Adam(model.parameters(), lr=0.1), rng=0,
                    batch_size=300, shard_size=256, compiled=True)  # fmt: skip

    with pytest.raises(FormatError, match="shard_size=128, and this trainer has shard_size=256"):
        other.resume(path)


class Killing(Callback):
    """Kill somebody with -9 after a step."""

    def __init__(self, step, pid):
        self.at = step
        self.pid = pid

    def on_batch_end(self, trainer, step):
        """Kill once."""
        if (step.epoch, step.number) == self.at and self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            self.pid = None


def test_a_killed_worker_changes_nothing(client):
    """Two workers of Dask, one killed in the middle: each loss and parameter keeps every bit."""
    expected = everything(trained(compiled=True, epochs=3))
    (pid, *_) = client.run(os.getpid).values()
    killing = Killing((2, 1), pid)
    found = trained(client=client, epochs=3, callbacks=[killing], timeout=240)

    assert killing.pid is None
    assert everything(found) == expected
    assert "running" == client.status


def test_flat_steps_on_workers(client):
    """Steps on flat buffers ask workers for their sums, and keep every bit."""
    assert everything(trained(client=client, timeout=240)) == everything(trained(compiled=True))


SCHEDULER = """
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, host="127.0.0.1",
                      protocol="tcp://", dashboard_address="127.0.0.1:0", silence_logs=50,
                      scheduler_kwargs={"dashboard": False}) as cluster:
        print(cluster.scheduler_address, flush=True)
        input()
"""


def test_a_killed_scheduler_is_one_error_and_a_resumed_run_is_the_same(tmp_path):
    """The scheduler is killed with -9: one error that says how to go on, and nothing is lost."""
    pytest.importorskip("distributed")
    expected = everything(trained(compiled=True, epochs=3))
    path = tmp_path / "run.json"
    with subprocess.Popen(
        [sys.executable, "-c", SCHEDULER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as scheduler:
        try:
            address = scheduler.stdout.readline().strip()
            killing = Killing((2, 1), scheduler.pid)
            with pytest.raises(ClusterError) as raised:
                trained(client=address, epochs=3, callbacks=[killing], checkpoint=path, timeout=240)
        finally:
            scheduler.kill()

    assert f"the scheduler at {address} is gone" in str(raised.value)
    assert "epoch 2, step 2" in str(raised.value)
    (note,) = raised.value.__notes__
    assert f"interrupted in epoch 2, after step 1, and saved in {path}" in note
    model = MLP(2, [4, 1], "tanh", rng=0)
    again = Trainer(model, mse_loss, optim.Adam(model.parameters(), lr=0.1), rng=0, batch_size=300,
                    progress=False, shard_size=128, cluster="serial").resume(path)  # fmt: skip
    again.fit(ROWS, TARGETS, epochs=3)
    assert everything(again) == expected


class Breaking(Serial):
    """A team whose scheduler goes away at a step."""

    def answers(self, tasks, *, step="", progress=None):
        """Answer until then."""
        if step == "epoch 2, step 1":
            raise ClusterError("the scheduler is gone", host="there", step=step, shard=None)
        return super().answers(tasks, step=step, progress=progress)


@pytest.mark.parametrize("every", [None, 1])
def test_a_lost_cluster_leaves_the_last_whole_step(every, tmp_path):
    """After the error the trainer stands where it stood, and goes on in the same bits."""
    path = tmp_path / "run.json"
    model = MLP(2, [4, 1], "tanh", rng=0)
    trainer = Trainer(model, mse_loss, optim.Adam(model.parameters(), lr=0.1), rng=0,
                      batch_size=300, progress=False, shard_size=128, client=Breaking(),
                      checkpoint=path, checkpoint_every=every)  # fmt: skip
    with pytest.raises(ClusterError, match="the scheduler is gone"):
        trainer.fit(ROWS, TARGETS, epochs=3)
    trainer.client = Serial()
    trainer.fit(ROWS, TARGETS, epochs=3)

    assert everything(trainer) == everything(trained(compiled=True, epochs=3))


class Root(Module):
    """sqrt(w x): nan where x is negative."""

    def __init__(self):
        self.weight = Unit(4.0, "weight", role="parameter")

    def forward(self, row):
        """The root."""
        return [(self.weight * row[0]).sqrt()]


def test_nan_on_a_worker_is_told_by_host_shard_step_and_row():
    """The trainer's own error, born where it was born, and where it was met."""
    rows = [[1.0 + k] for k in range(300)]
    rows[200] = [-1.0]
    for callbacks in ((), (Killing(None, None),)):
        with pytest.raises(DomainError) as raised:
            trained(rows, [[1.0]] * 300, model=Root(), cluster="serial", shuffle=False,
                    callbacks=callbacks)  # fmt: skip

        text, facts = str(raised.value), raised.value.facts
        here = f"epoch 1, step 1, shard 1 on {platform.node()}, row 200 of the data"
        assert f"the loss is nan in {here}" in text
        assert "sqrt" in text
        assert (1, 200, "epoch 1, step 1") == tuple(facts[k] for k in ("shard", "row", "step"))
        assert os.getpid() == facts["pid"]


class Turning(Module):
    """Looks at a value, so that another circuit is needed for other rows."""

    def __init__(self):
        self.weight = Unit(0.5, "weight", role="parameter")

    def forward(self, row):
        """One of two."""
        return [self.weight * row[0] if row[0] < 15.5 else self.weight * row[0] * row[0]]


def test_a_branch_that_goes_another_way_on_a_worker():
    """The compiled engine's own error, as in one process."""
    rows, targets = [[float(k % 17)] for k in range(64)], [[1.0]] * 64
    for how in ({"compiled": True}, {"cluster": "serial"}):
        with pytest.raises(CompileError, match="goes another way"):
            trained(rows, targets, model=Turning(), **how)


class Remembering(CSVFile):
    """A file that remembers which parts were read."""

    def read(self, first, last):
        """Read, and write it down."""
        self.__dict__.setdefault("reads", []).append((first, last))
        return super().read(first, last)


@pytest.fixture
def file(tmp_path):
    """400 rows of two inputs, a number and a class, as CSV."""
    lines = [
        f"{row[0]!r},{target[0]!r},{row[1]!r},{k % 3}"
        for k, (row, target) in enumerate(zip(ROWS, TARGETS, strict=True))
    ]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["x,t,y,kind", *lines]) + "\n", encoding="utf-8")
    return path


def test_a_source_is_trained_on_in_runs(file):
    """Batches are runs of rows, their order is shuffled, and each is read when it is due."""
    rows = Remembering(file, columns=["x", "t", "y"], every=50)
    one = trained(rows, ["t"], compiled=True, batch_size=30, epochs=4)

    runs = [(k, min(k + 30, 400)) for k in range(0, 400, 30)]
    epochs = [rows.reads[-14 * k :][:14] for k in (4, 3, 2, 1)]
    assert [runs] * 4 == [sorted(epoch) for epoch in epochs]
    assert all(a != b for a, b in pairwise(epochs))
    assert one.history.losses[-1] < one.history.losses[0]
    assert everything(trained(rows, ["t"], cluster="serial", batch_size=30, epochs=4)) == (
        everything(one)
    )


def test_a_source_gives_what_the_rows_give_in_memory(file):
    """In the order of the file: the bits of the same rows as lists, on workers as well."""
    rows = CSVFile(file, columns=["x", "t", "y"])
    straight = {"compiled": True, "shuffle": False}
    in_memory = everything(trained(**straight))

    assert everything(trained(rows, ["t"], **straight)) == in_memory
    assert everything(trained(rows, ["t"], shuffle=False, cluster="serial")) == in_memory
    eager = trained(rows, ["t"], shuffle=False, shard_size=None)
    assert everything(trained(shuffle=False, shard_size=None)) == everything(eager)


def test_a_source_is_read_by_workers(client, file):
    """Workers of Dask read their shards by themselves; metrics read them here."""
    settings = {"loss": cross_entropy, "metrics": {"accuracy": accuracy}, "batch_size": 150}
    rows = CSVFile(file, columns=["x", "y", "kind"])
    made = [
        trained(rows, "kind", model=MLP(2, [4, 3], rng=0), **settings, **how)
        for how in ({"compiled": True}, {"client": client, "timeout": 240})
    ]

    assert everything(made[0]) == everything(made[1])


def test_a_stopped_training_on_a_source_goes_on(file, tmp_path):
    """The order of batches is in the checkpoint; another kind of rows is refused."""
    rows = CSVFile(file, columns=["x", "t", "y"])
    through = trained(rows, "t", compiled=True, batch_size=90, loss=single)

    class Stop(Callback):
        def on_batch_end(self, trainer, step):
            if (step.epoch, step.number) == (2, 3):
                raise KeyboardInterrupt

    path = tmp_path / "run.json"
    with pytest.raises(KeyboardInterrupt):
        trained(rows, "t", compiled=True, batch_size=90, loss=single, checkpoint=path,
                callbacks=[Stop()])  # fmt: skip
    model = MLP(2, [4, 1], "tanh", rng=0)
    again = Trainer(model, single, optim.Adam(model.parameters(), lr=0.1), rng=0, batch_size=90,
                    progress=False, shard_size=128, cluster="serial").resume(path)  # fmt: skip
    with pytest.raises(WiringError, match="stands in an epoch of 5 items, and these rows have 400"):
        again.fit(ROWS, [t for (t,) in TARGETS], epochs=2)
    again.fit(rows, "t", epochs=2)

    assert everything(again) == everything(through)


def single(outputs, targets):
    """The squared error where a target is a number."""
    return mse_loss(outputs, [[target] for target in targets])


def test_sources_that_cannot_be_trained_on(file):
    """Iterators, targets that are no columns, weights, and numbers that are not finite."""
    rows = CSVFile(file)
    with pytest.raises(OperandError, match="goes by once"):
        trained(Chunks(iter([])), "t", compiled=True)
    with pytest.raises(OperandError, match="names its columns of targets"):
        trained(rows, None, compiled=True)
    with pytest.raises(WiringError, match="no column 'u'"):
        trained(rows, "u", compiled=True)
    with pytest.raises(WiringError, match=r"all columns of .* are targets"):
        trained(rows, ["x", "t", "y", "kind"], compiled=True)
    with pytest.raises(WiringError, match="leave sample_weight out"):
        trained(rows, "t", compiled=True, weights=[1.0])
    text = file.read_text(encoding="utf-8").splitlines()
    text[351] = "1.0,nan,2.0,0"
    file.write_text("\n".join(text), encoding="utf-8")
    odd = CSVFile(file, columns=["x", "t", "y"])
    for how in ({"compiled": True}, {"cluster": "serial"}):
        with pytest.raises((RangeError, ClusterError), match=r"row 350, column 't' is nan"):
            trained(odd, ["t"], **how)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"compiled": False, "workers": 2}, WiringError, "workers sum shards of compiled batches"),
        ({"shard_size": 128}, WiringError, "shard_size cuts compiled batches"),
        ({"cluster": "serial", "shard_size": 100}, RangeError, "no whole number of blocks"),
        ({"client": "tcp://127.0.0.1:1", "workers": 2}, WiringError, "leave cluster= and workers="),
        ({"cluster": "tcp://127.0.0.1:1"}, RangeError, "an address is given as client="),
        ({"workers": 0}, RangeError, "workers is 0"),
        ({"cluster": "serial", "timeout": 0.0}, RangeError, "timeout is 0.0"),
    ],
)
def test_settings_that_cannot_work(settings, error, words):
    """What contradicts itself is told when the trainer is made."""
    model = MLP(2, [1], rng=0)
    with pytest.raises(error, match=words):
        Trainer(model, mse_loss, optim.SGD(model.parameters(), 0.1), rng=0, **settings)


def test_what_is_no_client_is_told_before_anything_moves():
    """The error says what was given, and the model is as it was."""
    pytest.importorskip("distributed")
    model = MLP(2, [4, 1], "tanh", rng=0)
    before = model.state_dict()
    with pytest.raises(OperandError, match="client is 3"):
        trained(model=model, client=3)

    assert before == model.state_dict()


def test_progress_tells_what_was_done_again():
    """Shards of lost workers are counted where the progress is."""

    class Losing(Serial):
        retries = 2

    stream = io.StringIO()
    trained(client=Losing(), progress=stream)

    assert ["2 shards done again"] * 2 == [
        line.split("  ")[-1] for line in stream.getvalue().splitlines()
    ]


def test_a_wide_circuit_travels_after_its_parameters_moved():
    """A file holds values that fit, and an optimizer moves them: a copy is replayed and sent."""
    pytest.importorskip("gatenet._native.wide", reason="the machine in C was not built")
    x, w = Unit(0.0, "x"), Unit(0.5, "w", role="parameter")
    found = Circuit((w * x).tanh()).compile([x], backend="wide")
    w.value = 2.0

    text = recipe_of(found).text
    assert found.circuit.stale
    assert [2.0] == [unit.value for unit in loads(text).order if unit.name == "w"]
