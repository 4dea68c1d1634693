"""Layers whose `call` needs values and which state their output: opaque nodes wherever they sit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import GradientTape, Input, Layer, Model, Sequential, layers, ops
from hybrid.errors import PlaceholderError

_ONES = np.ones((1, 2), "float32")


class _Steep(Layer):
    """Doubles what adds up to more than zero, triples the rest."""

    def call(self, inputs: Any) -> Any:
        return inputs * 2.0 if float(ops.sum(inputs)) > 0 else inputs * 3.0

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class _Holder(Model):
    def __init__(self, inner: Any):
        super().__init__()
        self.inner = inner

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs)


def _functional(inner: Any) -> Any:
    start = Input((2,))
    return Model(start, inner(start))


def _slope() -> Any:
    """Return a model that gives the derivative of the layer, taken on placeholders."""
    start = Input((2,))
    with GradientTape() as tape:
        tape.watch(start)
        total = ops.sum(_Steep()(start))
    return Model(start, tape.gradient(total, start))


HOLDERS = {
    "functional": _functional,
    "sequential": lambda inner: Sequential([Input((2,)), layers.Identity(), inner]),
    "subclass": _Holder,
    "functional of subclass": lambda inner: _functional(_Holder(inner)),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_opaque_layer_decides_by_values_wherever_it_sits(holder: str) -> None:
    model = HOLDERS[holder](_Steep())
    np.testing.assert_array_equal(model(_ONES), 2 * _ONES)
    np.testing.assert_array_equal(model(-_ONES), -3 * _ONES)


@pytest.mark.parametrize("holder", HOLDERS)
def test_derivative_of_an_opaque_layer_decides_by_values_too(holder: str) -> None:
    model = HOLDERS[holder](_slope())
    np.testing.assert_array_equal(model(_ONES), 2 * _ONES)
    np.testing.assert_array_equal(model(-_ONES), 3 * _ONES)


def test_tape_sees_through_an_opaque_layer() -> None:
    model, x = _functional(_Steep()), ops.convert_to_tensor(-_ONES)
    with GradientTape() as tape:
        tape.watch(x)
        total = ops.sum(model(x))
    np.testing.assert_array_equal(tape.gradient(total, x), 3 * _ONES)


class _Silent(Layer):
    """Asks for values and does not state its output."""

    def call(self, inputs: Any) -> Any:
        return inputs * 2.0 if float(ops.sum(inputs)) > 0 else inputs * 3.0


def test_sequential_of_a_layer_that_asks_for_values_runs_eagerly() -> None:
    model = Sequential([layers.Dense(2, kernel_initializer="ones"), _Silent(), layers.Dense(2)])
    np.testing.assert_array_equal(model(-_ONES), model.layers[2](3 * model.layers[0](-_ONES)))
    assert len(model.weights) == 4
    with GradientTape() as tape:
        total = ops.sum(model(_ONES))
    assert all(gradient is not None for gradient in tape.gradient(total, model.weights))
    with pytest.raises(PlaceholderError, match=r"(?s)needs a value.*test_opaque.py.*_Silent"):
        try:
            model(Input((2,)))
        except PlaceholderError as error:
            raise PlaceholderError(str(error) + "".join(error.__notes__)) from None
    with pytest.raises(PlaceholderError):
        Sequential([Input((2,)), _Silent()])
