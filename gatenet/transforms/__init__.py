"""Transforms: derivatives of functions and of recorded units, of any order by composition."""

from gatenet.transforms.calls import identity as identity
from gatenet.transforms.matrices import hessian as hessian
from gatenet.transforms.matrices import hvp as hvp
from gatenet.transforms.matrices import jacobian as jacobian
from gatenet.transforms.matrices import jvp as jvp
from gatenet.transforms.operators import Lop as Lop
from gatenet.transforms.operators import Rop as Rop
from gatenet.transforms.reverse import grad as grad
from gatenet.transforms.reverse import value_and_grad as value_and_grad
from gatenet.transforms.reverse import vjp as vjp
