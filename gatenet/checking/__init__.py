"""Checking: is the gradient right?  Backpropagation against differences of values.

`gradcheck` and `gradgradcheck` check a function or a circuit, `check_gate` a declared gate over
its domain.  All answer with a report that is true or false and prints what was found, each
derivative with its analytic and its numeric value.
"""

from gatenet.checking.gates import GateReport as GateReport
from gatenet.checking.gates import check_gate as check_gate
from gatenet.checking.gates import check_point as check_point
from gatenet.checking.gradients import gradcheck as gradcheck
from gatenet.checking.gradients import gradgradcheck as gradgradcheck
from gatenet.checking.report import Entry as Entry
from gatenet.checking.report import Report as Report
from gatenet.checking.sampling import points as points
