"""Which gates there are, by family: the public `gatenet.gates`."""

from gatenet.declaration import Gate as Gate
from gatenet.gates.arithmetic import absolute as absolute
from gatenet.gates.arithmetic import add as add
from gatenet.gates.arithmetic import divide as divide
from gatenet.gates.arithmetic import multiply as multiply
from gatenet.gates.arithmetic import negate as negate
from gatenet.gates.arithmetic import subtract as subtract
from gatenet.gates.basic import dot as dot
from gatenet.gates.basic import exp as exp
from gatenet.gates.basic import log as log
from gatenet.gates.basic import maximum as maximum
from gatenet.gates.basic import power as power
from gatenet.gates.basic import relu as relu
from gatenet.gates.basic import sigmoid as sigmoid
from gatenet.gates.basic import tanh as tanh
from gatenet.gates.basic import total as total
from gatenet.gates.comparisons import equal as equal
from gatenet.gates.comparisons import greater as greater
from gatenet.gates.comparisons import greater_equal as greater_equal
from gatenet.gates.comparisons import less as less
from gatenet.gates.comparisons import less_equal as less_equal
from gatenet.gates.comparisons import not_equal as not_equal
from gatenet.gates.comparisons import where as where

CATALOGUE: dict[str, Gate] = {
    name: found for name, found in list(globals().items()) if isinstance(found, Gate)
}
