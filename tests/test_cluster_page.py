"""docs/cluster.md: its shell lines are run as they stand there, on loopback, and its scripts.

(Its other examples are doctests.)  HOST becomes 127.0.0.1 and the port a free one; workers are
started without a nanny, so that one which is killed is not started again.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from gatenet.errors import ClusterError
from gatenet.training import Callback

pytestmark = pytest.mark.slow
distributed = pytest.importorskip("distributed")

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
#: Seconds until a scheduler, a worker or an answer has to be there, on a machine that is busy.
LONG = 180


def section(title):
    """The shell lines, without comments, and the scripts of a section of the page."""
    text = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    shell = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M))
    lines = [line.partition("#")[0].strip() for line in shell.splitlines()]
    scripts = re.findall(r"^```python\n(?!>>>)(.*?)^```", text, re.S | re.M)
    assert lines
    assert scripts
    return lines, scripts


@contextmanager
def cluster(lines, folder, workers):
    """Start the scheduler and workers of some shell lines in a folder; give the address.

    Gives the scheduler's process and the workers' by their ids as well.
    """
    words = {shlex.split(line)[1]: shlex.split(line)[1:] for line in lines if line[:4] == "dask"}
    assert words["scheduler"][-1:] and words["worker"][1].endswith("://HOST:8786")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = []

    def start(some, **more):
        found = subprocess.Popen([sys.executable, "-m", "dask", *some, "--no-dashboard"],
                                 cwd=folder, env=environment, **more)  # fmt: skip
        started.append(found)
        return found

    try:
        some = [word.replace("HOST", "127.0.0.1").replace("8786", "0") for word in
                words["scheduler"]]  # fmt: skip
        scheduler = start(some, stderr=subprocess.PIPE, text=True)
        told = (re.search(r"Scheduler at:\s*(\S+)", line) for line in scheduler.stderr)
        address = next(found[1] for found in told if found)
        some = [address if "HOST" in word else word for word in words["worker"]]
        with (folder / "workers.log").open("w") as log:
            processes = [start([*some, "--no-nanny"], stderr=log) for _ in range(workers)]
        yield address, scheduler, {process.pid: process for process in processes}
    finally:
        for process in started:
            process.kill()
        for process in started:
            process.communicate()


class Killing(Callback):
    """Kill a process with -9 after a batch."""

    def __init__(self, epoch, pid):
        self.epoch = epoch
        self.pid = pid

    def on_batch_end(self, trainer, step):
        """Do it when its time has come."""
        if (step.epoch, step.number) == (self.epoch, 1):
            os.kill(self.pid, signal.SIGKILL)


def run(script, where, **names):
    """Run a script of the page with another client; give its names."""
    assert 'client="tcp://HOST:8786"' in script
    code = script.replace('client="tcp://HOST:8786"', f"progress=False, {where}")
    exec(compile(code, "docs/cluster.md", "exec"), names)
    return names


def bits(values):
    """Numbers as text that tells every bit."""
    return [value.hex() for value in values]


def test_the_shell_lines_and_the_script_outlive_a_killed_worker_and_go_on_without_a_scheduler(
    tmp_path, monkeypatch
):
    """Losses and weights are those of one process to the bit, whoever was killed on the way."""
    lines, (script,) = section("On several machines")
    monkeypatch.chdir(tmp_path)
    alone = run(script, "compiled=True")
    weights = alone["model"].state_dict()

    with (
        cluster(lines, tmp_path, 2) as (address, scheduler, workers),
        distributed.Client(address, timeout=LONG, set_as_default=False) as client,
    ):
        client.wait_for_workers(2, timeout=LONG)
        found = client.run(os.getpid)
        assert {*found.values()} == {*workers}
        lost = min(workers)
        killing = Killing(3, lost)
        there = run(script, "client=client, callbacks=[killing]", client=client,
                    killing=killing)  # fmt: skip

        assert workers[lost].wait(LONG) == -signal.SIGKILL
        assert bits(there["history"].losses) == bits(alone["history"].losses)
        assert there["model"].state_dict() == weights

        killing = Killing(4, scheduler.pid)
        with pytest.raises(ClusterError, match=re.escape(f"the scheduler at {address} is gone")):
            run(script, "client=client, callbacks=[killing]", client=client, killing=killing)

    with_resume = script.replace("history = ", 'history = trainer.resume("run.json") and ')
    resumed = run(with_resume, "compiled=True")
    assert bits(resumed["history"].losses) == bits(alone["history"].losses)
    assert resumed["model"].state_dict() == weights


def test_the_lines_for_tls_make_a_cluster_that_strangers_cannot_join(tmp_path, monkeypatch):
    """With the certificates of the page a client computes; without them it is refused."""
    lines, (script,) = section("Who can reach it")
    monkeypatch.chdir(tmp_path)
    for line in lines:
        if line.startswith("openssl"):
            try:
                subprocess.run(shlex.split(line), check=True, capture_output=True)
            except FileNotFoundError:
                pytest.skip("openssl is not installed")
    with cluster(lines, tmp_path, 1) as (address, _, _):
        names = {}
        exec(script.replace("tls://HOST:8786", address), names)
        with names["client"] as client:
            client.wait_for_workers(1, timeout=LONG)
            assert [*client.nthreads().values()] == [1]
            assert client.submit(sum, [1, 2]).result(timeout=LONG) == 3
        with pytest.raises((TypeError, OSError)):
            distributed.Client(address, timeout=2)
