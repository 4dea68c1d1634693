"""Derivatives that are taken while a model is recorded."""

from __future__ import annotations

import numpy as np

import hybrid
from hybrid import layers, ops


def test_a_tape_sees_the_weights_of_a_recorded_layer_though_its_input_is_not_watched() -> None:
    x, dense = hybrid.Input((3,)), layers.Dense(2)
    with hybrid.GradientTape() as tape:
        y = ops.sum(dense(x) ** 2)
    assert {id(variable) for variable in tape.watched_variables()} == {id(weight) for weight in dense.weights}
    model = hybrid.Model(x, tape.gradient(y, dense.kernel))
    data = np.arange(6.0, dtype="float32").reshape(2, 3)
    np.testing.assert_allclose(model(data).numpy(), 2 * data.T @ dense(data).numpy(), rtol=1e-5)


def test_a_frozen_layer_is_not_watched_while_recording() -> None:
    x, dense = hybrid.Input((3,)), layers.Dense(2, trainable=False)
    with hybrid.GradientTape() as tape:
        y = ops.sum(dense(x))
    assert tape.watched_variables() == ()
    assert tape.gradient(y, dense.kernel) is None


def test_the_jacobian_of_a_tensor_with_an_axis_of_unknown_size() -> None:
    x = hybrid.Input((3,))
    with hybrid.GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(x**2, axis=0)
    model = hybrid.Model(x, tape.jacobian(y, x))
    data = np.ones((4, 3), "float32")
    assert model(data).shape == (3, 4, 3)
    np.testing.assert_array_equal(ops.sum(model(data), axis=1).numpy(), 8 * np.eye(3))
