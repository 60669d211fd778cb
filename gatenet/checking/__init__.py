"""Checking: is the gradient right?  A verdict one can rely on: pass, fail, or inconclusive and why.

`gradcheck` and `gradgradcheck` check a function, a circuit, a pair of functions or another
library's function; `check_gate` a declared gate over its domain; `check_jvp`, `check_hessian` and
`check_taylor` what must hold without any reference.  All answer with a report that is true for a
pass alone and prints what was found.
"""

from gatenet.checking.duality import check_hessian as check_hessian
from gatenet.checking.duality import check_jvp as check_jvp
from gatenet.checking.gates import GateReport as GateReport
from gatenet.checking.gates import check_gate as check_gate
from gatenet.checking.gates import check_point as check_point
from gatenet.checking.gradients import gradcheck as gradcheck
from gatenet.checking.gradients import gradgradcheck as gradgradcheck
from gatenet.checking.guilt import Guilt as Guilt
from gatenet.checking.report import Entry as Entry
from gatenet.checking.report import Report as Report
from gatenet.checking.sampling import points as points
from gatenet.checking.taylor import check_taylor as check_taylor
