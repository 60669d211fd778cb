"""Activations by name: the class of each gate of one input, `ReLU`, `LeakyReLU`, `Tanh` and so on.

They are made here, from the catalogue; the stub beside this file says so to type checkers and is
written by `docs/generate.py`.  Knows the catalogue; what the classes do stands in `elementwise`.
"""

from gatenet.gates import CATALOGUE
from gatenet.nn.elementwise import GateActivation, class_name, made

#: The classes by name, in the order of the catalogue.
ACTIVATIONS: dict[str, type[GateActivation]] = {
    class_name(gate.name): made(gate, __name__)
    for gate in CATALOGUE.values()
    if not gate.variadic and len(gate.inputs) == 1
}
globals().update(ACTIVATIONS)
globals()["__all__"] = ["ACTIVATIONS", *ACTIVATIONS]  # type checkers read the stub's
