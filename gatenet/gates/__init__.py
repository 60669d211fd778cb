"""Which gates there are, by family."""

from gatenet.gates.arithmetic import absolute as absolute
from gatenet.gates.arithmetic import add as add
from gatenet.gates.basic import *
