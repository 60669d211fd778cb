"""Shards of a batch worked out elsewhere, with the sums that one process would find.

A batch is cut into *shards* of `shard_size` rows, a whole number of blocks of 128, in the order of
the rows (`shards`).  A *task* is a program, the numbers it shares and one shard's rows; it is pure,
so when a worker is lost another does it again.  Its *answer* is the sum over the shard of each
result.  Answers are added from left to right (`summed`), so the sum depends on the rows and on
`shard_size` and on nothing else: not on where, how often or in which order tasks were done.

    with team_of(workers=2) as team:  # or client=..., or cluster="local"
        program = team.hold(compiled)  # travels as verified JSON
        tasks = [
            Task(program, uniform_of(compiled), Sent.of(rows[s.first : s.last], 3), s)
            for s in shards(len(rows), 1024)
        ]
        totals = summed(team.answers(tasks, step="step 1"))

Rows are `Sent` with the task, `Chosen` by place from a table that workers hold (`team.hold(
Table.of(rows, width))`), a `Part` of a source they hold (anything that can be pickled and has
`part(first, last)`, which gives a list of rows or an array), or `Loaded` by a function they hold
(`load(number)`).  `team.hold` gives a handle, `team.release` forgets it.

`team.answers(tasks, step=, progress=)` takes any iterable of tasks, also an endless one: a bounded
number is under way at a time.  It yields an `Answer` for each, in the order given.  Teams:
`Serial` (here, in this process), `processes.Processes` (of the standard library),
`daskteam.DaskTeam` (a Dask client).
All are context managers; each has `.workers`, `.retries` (tasks that were done again) and
`.timeout` (seconds without any answer, after which waiting ends with ClusterError).

Knows compiled circuits and rows; does not know models or optimizers.
"""

from gatenet.cluster.opening import team_of as team_of
from gatenet.cluster.progress import Progress as Progress
from gatenet.cluster.shards import BLOCK as BLOCK
from gatenet.cluster.shards import SHARD_SIZE as SHARD_SIZE
from gatenet.cluster.shards import Shard as Shard
from gatenet.cluster.shards import check_shard_size as check_shard_size
from gatenet.cluster.shards import shards as shards
from gatenet.cluster.tasks import Answer as Answer
from gatenet.cluster.tasks import Chosen as Chosen
from gatenet.cluster.tasks import Loaded as Loaded
from gatenet.cluster.tasks import Part as Part
from gatenet.cluster.tasks import Sent as Sent
from gatenet.cluster.tasks import Table as Table
from gatenet.cluster.tasks import Task as Task
from gatenet.cluster.tasks import uniform_of as uniform_of
from gatenet.cluster.teams import Serial as Serial
from gatenet.cluster.teams import Team as Team
from gatenet.cluster.teams import summed as summed

__all__ = [
    "BLOCK",
    "SHARD_SIZE",
    "Answer",
    "Chosen",
    "Loaded",
    "Part",
    "Progress",
    "Sent",
    "Serial",
    "Shard",
    "Table",
    "Task",
    "Team",
    "check_shard_size",
    "shards",
    "summed",
    "team_of",
    "uniform_of",
]
