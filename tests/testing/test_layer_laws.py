"""Every law of layers finds the layer that breaks it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import ops
from hybrid.core.context import outside
from hybrid.core.tensor import SymbolicTensor
from hybrid.errors import ShapeError
from hybrid.layers import Dense, Layer
from hybrid.saving import register_keras_serializable
from hybrid.testing import LAYER_LAWS, LayerCase, check_layer

X = np.linspace(-1.1, 1.3, 24).reshape(2, 3, 4).astype("float32")


class Broken(Layer):
    """A layer with one weight, whose subclasses break one law each."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.factor = self.add_weight(name="factor", shape=(4,), initializer="ones")

    def call(self, inputs: Any) -> Any:
        return ops.multiply(inputs, self.factor)


class DiffersWhenRecorded(Broken):
    def call(self, inputs: Any) -> Any:
        return super().call(inputs) * (2.0 if isinstance(inputs, SymbolicTensor) else 1.0)


class PromisesAnotherShape(Broken):
    def call(self, inputs: Any) -> Any:
        return inputs if isinstance(inputs, SymbolicTensor) else ops.sum(inputs, axis=-1)


class StatesAnotherShape(Broken):
    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape, 7)


@register_keras_serializable("layer_laws")
class ForgetsAnArgument(Broken):
    def __init__(self, scale: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale = scale

    def get_config(self) -> dict[str, Any]:
        return {key: value for key, value in super().get_config().items() if key != "scale"}

    def call(self, inputs: Any) -> Any:
        return super().call(inputs) * self.scale


class HoldsLocalFunction(Broken):
    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.function = lambda x: x


class CountsRecordings(Broken):
    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.calls = self.add_weight(name="calls", shape=(), initializer="zeros", trainable=False)

    def call(self, inputs: Any) -> Any:
        with outside():
            self.calls.assign_add(1.0)
        return super().call(inputs)


class RefusesArraysOnly(Broken):
    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, SymbolicTensor) and len(inputs.shape) != 3:
            raise ShapeError("too many axes")
        return super().call(ops.reshape(inputs, (-1, 4)))


class HidesGradients(Broken):
    def call(self, inputs: Any) -> Any:
        return super().call(ops.stop_gradient(inputs))


class LosesMasksLater(Broken):
    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        self.calls = getattr(self, "calls", 0) + 1
        return previous_mask if self.calls < 3 else None


CULPRITS: dict[str, tuple[type[Layer], dict[str, Any]]] = {
    "styles": (DiffersWhenRecorded, {}),
    "specs": (PromisesAnotherShape, {}),
    "output shape": (StatesAnotherShape, {}),
    "config": (ForgetsAnArgument, {"scale": 2.0}),
    "copies": (HoldsLocalFunction, {}),
    "refusals": (RefusesArraysOnly, {}),
    "gradients": (HidesGradients, {}),
    "recording": (CountsRecordings, {}),
    "masks": (LosesMasksLater, {}),
}


def test_every_law_has_a_culprit() -> None:
    assert set(CULPRITS) == set(LAYER_LAWS)


@pytest.mark.parametrize("law", CULPRITS)
def test_law_finds_the_layer_that_breaks_it(law: str) -> None:
    cls, options = CULPRITS[law]
    with pytest.raises((AssertionError, AttributeError)):
        LAYER_LAWS[law](LayerCase(lambda: cls(**options), X))


def test_check_layer_passes_a_right_layer() -> None:
    check_layer(lambda: Dense(2), X)


def test_check_layer_names_the_law_that_failed() -> None:
    with pytest.raises(AssertionError) as caught:
        check_layer(HidesGradients, X, except_for=["config"])
    assert "law: gradients" in "".join(caught.value.__notes__)
