"""Settings: the sizes, the activation and the method of a network, with OpenCV's setters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gatenet.ann_mlp import activations
from gatenet.ann_mlp.activations import FLT_EPSILON
from gatenet.errors import OperandError, RangeError
from gatenet.real import number

#: The term criteria's flags: by passes, by the change of the error, or the first of both.
COUNT, EPS = 1, 2
BACKPROP, RPROP = 0, 1


class Settings:
    """What is chosen before a training; the defaults are OpenCV's."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._activation = activations.chosen(1, 0.0, 0.0)
        self._method = RPROP
        self._criteria = (COUNT + EPS, 1000, 0.01)
        self._constants = {
            "dw0": 0.1, "plus": 1.2, "minus": 0.5, "least": FLT_EPSILON, "most": 50.0,
            "weight_scale": 0.1, "momentum_scale": 0.1,
        }  # fmt: skip

    def getLayerSizes(self) -> list[int]:
        """The number of neurons in each layer, inputs and outputs included."""
        return list(self._sizes)

    def setActivationFunction(self, type: int, param1: float = 0.0, param2: float = 0.0) -> None:
        """Choose what every neuron applies, the last layer's as well; 0 stands for the default.

        IDENTITY x; SIGMOID_SYM β (1 - e^-αx) / (1 + e^-αx), α = 2/3 and β = 1.7159 unless given;
        GAUSSIAN β e^-(αx)², both 1 unless given; RELU; LEAKYRELU with the slope α, 0.01 unless
        given.

        Raises RangeError for another type.
        """
        self._activation = activations.chosen(type, number(param1), number(param2))

    def setTrainMethod(self, method: int, param1: float = 0.0, param2: float = 0.0) -> None:
        """Choose RPROP (first step, least step) or BACKPROP (weight scale, momentum scale).

        As in OpenCV a first step of 0 stands for 1, a weight scale of 0 for 0.1 and is held between
        0.001 and 1, a negative momentum scale for 0.1 and is at most 1.

        Raises RangeError for another method.
        """
        first, second = number(param1), number(param2)
        if method == RPROP:
            self._constants["dw0"] = first if first >= FLT_EPSILON else 1.0
            self._constants["least"] = max(second, 0.0)
        elif method == BACKPROP:
            scale = first if first > 0.0 else 0.1
            self._constants["weight_scale"] = min(max(scale, 1e-3), 1.0)
            self._constants["momentum_scale"] = min(second if second >= 0.0 else 0.1, 1.0)
        else:
            raise RangeError(
                f"unknown method {method!r}: it is BACKPROP = 0 or RPROP = 1 (annealing is not "
                "here: it uses no gradient)"
            )
        self._method = method

    def getTrainMethod(self) -> int:
        """The method: BACKPROP or RPROP."""
        return self._method

    def setTermCriteria(self, val: Sequence[float]) -> None:
        """Choose when to stop: (flags, passes, epsilon), flags COUNT = 1 and EPS = 2 or their sum.

        Without COUNT at most 1000 passes are done, without EPS the error may change by 2^-23.

        Raises OperandError for something else, RangeError for flags that are none.
        """
        try:
            flags, count, epsilon = val
            found = int(flags), int(count), number(epsilon)
        except (TypeError, ValueError):
            raise OperandError(f"criteria are (flags, passes, epsilon), not {val!r}") from None
        if found[0] not in (COUNT, EPS, COUNT + EPS):
            raise RangeError(f"the flags of criteria are COUNT = 1 and EPS = 2, not {flags!r}")
        self._criteria = found

    def getTermCriteria(self) -> tuple[int, int, float]:
        """When a training stops: (flags, passes, epsilon)."""
        return self._criteria

    def _limits(self) -> tuple[int, float]:
        """How many passes are done at most, and which change of the error ends them."""
        flags, count, epsilon = self._criteria
        passes = max(count if flags & COUNT else 1000, 1)
        return passes, max(epsilon if flags & EPS else FLT_EPSILON, 2.0**-52)

    def _set(self, name: str, value: Any, low: float) -> None:
        found = number(value)
        if not low <= found < math.inf:
            raise RangeError(f"{name} is {value!r}: it is a finite number from {low:g}")
        self._constants[name] = found

    def setBackpropWeightScale(self, val: float) -> None:
        """The strength of the gradient in back-propagation."""
        self._set("weight_scale", val, 0.0)

    def getBackpropWeightScale(self) -> float:
        """The strength of the gradient in back-propagation; 0.1 unless set."""
        return self._constants["weight_scale"]

    def setBackpropMomentumScale(self, val: float) -> None:
        """The strength of the last change in back-propagation."""
        self._set("momentum_scale", val, 0.0)

    def getBackpropMomentumScale(self) -> float:
        """The strength of the last change in back-propagation; 0.1 unless set."""
        return self._constants["momentum_scale"]

    def setRpropDW0(self, val: float) -> None:
        """The first step of RPROP."""
        self._set("dw0", val, 0.0)

    def getRpropDW0(self) -> float:
        """The first step of RPROP; 0.1 unless set."""
        return self._constants["dw0"]

    def setRpropDWPlus(self, val: float) -> None:
        """What a step is multiplied by where the gradient keeps its sign."""
        self._set("plus", val, 1.0)

    def getRpropDWPlus(self) -> float:
        """What a step is multiplied by where the gradient keeps its sign; 1.2 unless set."""
        return self._constants["plus"]

    def setRpropDWMinus(self, val: float) -> None:
        """What a step is multiplied by where the gradient turns its sign."""
        self._set("minus", val, 0.0)

    def getRpropDWMinus(self) -> float:
        """What a step is multiplied by where the gradient turns its sign; 0.5 unless set."""
        return self._constants["minus"]

    def setRpropDWMin(self, val: float) -> None:
        """The least step of RPROP."""
        self._set("least", val, 0.0)

    def getRpropDWMin(self) -> float:
        """The least step of RPROP; 2^-23 unless set."""
        return self._constants["least"]

    def setRpropDWMax(self, val: float) -> None:
        """The largest step of RPROP."""
        self._set("most", val, 0.0)

    def getRpropDWMax(self) -> float:
        """The largest step of RPROP; 50 unless set."""
        return self._constants["most"]
