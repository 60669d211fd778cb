"""gatenet: scalar reverse-mode automatic differentiation, built as a circuit of gates."""

from gatenet._version import __version__ as __version__
from gatenet.circuit import Circuit as Circuit
from gatenet.modes import detect_anomaly as detect_anomaly
from gatenet.modes import enable_grad as enable_grad
from gatenet.modes import no_grad as no_grad
from gatenet.modes import record as record
from gatenet.sweep import backward as backward
from gatenet.sweep import gradients as gradients
from gatenet.sweep import sweep as sweep
from gatenet.transforms import Lop as Lop
from gatenet.transforms import Rop as Rop
from gatenet.transforms import grad as grad
from gatenet.transforms import hessian as hessian
from gatenet.transforms import hvp as hvp
from gatenet.transforms import jacobian as jacobian
from gatenet.transforms import jvp as jvp
from gatenet.transforms import value_and_grad as value_and_grad
from gatenet.transforms import vjp as vjp
from gatenet.unit import Unit as Unit
