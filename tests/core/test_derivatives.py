"""Tapes: what users ask of `GradientTape`, `grad`, `value_and_grad` and `custom_gradient`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import GradientTape, ops
from hybrid.core.graph import Graph
from hybrid.core.node import placeholder
from hybrid.errors import ConfigError, DTypeError, GradientError, ShapeError


@pytest.fixture
def x() -> hybrid.Tensor:
    return hybrid.Tensor(np.array([1.0, 2.0, -3.0]))


def test_gradient_over_nested_structures(x: Any) -> None:
    v = hybrid.Variable(np.array([2.0, 3.0, 4.0]))
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(x * x * v)
    gradients = tape.gradient(y, {"x": x, "rest": [v]})
    assert np.array_equal(gradients["x"].numpy(), 2 * x.numpy() * v.numpy())
    assert np.array_equal(gradients["rest"][0].numpy(), x.numpy() ** 2)


def test_several_targets_are_added_up(x: Any) -> None:
    with GradientTape() as tape:
        tape.watch(x)
        targets = [ops.sum(x), ops.sum(x * 2.0)]
    assert tape.gradient(targets, x).numpy().tolist() == [3.0, 3.0, 3.0]


def test_output_gradients_weigh_the_target(x: Any) -> None:
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
    assert tape.gradient(y, x, output_gradients=np.array([1.0, 0.0, 2.0])).numpy().tolist() == [2.0, 0.0, -12.0]
    with pytest.raises(ShapeError, match="output gradient"):
        tape.gradient(y, x, output_gradients=np.ones(2))


def test_persistent_tape_answers_twice_and_others_once(x: Any) -> None:
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = ops.sum(x * x)
    assert np.array_equal(tape.gradient(y, x).numpy(), tape.gradient(y, x).numpy())
    with GradientTape() as once:
        once.watch(x)
        y = ops.sum(x)
    once.gradient(y, x)
    with pytest.raises(GradientError, match="used up"):
        once.gradient(y, x)


def test_source_that_does_not_matter_gives_none_or_zero(x: Any) -> None:
    other = hybrid.Tensor(np.ones(2))
    with GradientTape(persistent=True) as tape:
        tape.watch([x, other])
        y = ops.sum(x)
    assert tape.gradient(y, other) is None
    assert tape.gradient(y, other, unconnected_gradients="zero").numpy().tolist() == [0.0, 0.0]
    with pytest.raises(ConfigError, match="unconnected_gradients"):
        tape.gradient(y, x, unconnected_gradients="nought")


def test_unwatched_tensor_has_no_gradient(x: Any) -> None:
    with GradientTape() as tape:
        y = ops.sum(x * x)
    assert tape.gradient(y, x) is None


def test_only_float_tensors_can_be_watched() -> None:
    with GradientTape() as tape:
        with pytest.raises(DTypeError, match="int32"):
            tape.watch(hybrid.Tensor(np.array(1, "int32")))
        with pytest.raises(DTypeError, match="ndarray"):
            tape.watch(np.ones(2))


def test_trainable_variables_are_watched_by_themselves() -> None:
    v, fixed = hybrid.Variable(2.0), hybrid.Variable(3.0, trainable=False)
    with GradientTape(persistent=True) as tape:
        y = v * fixed
    assert float(tape.gradient(y, v)) == 3.0 and tape.gradient(y, fixed) is None
    assert tape.watched_variables() == (v,)
    with GradientTape(watch_accessed_variables=False) as blind:
        y = v * fixed
    assert blind.gradient(y, v) is None


def test_variable_is_differentiated_at_the_value_it_had() -> None:
    v = hybrid.Variable(2.0)
    with GradientTape() as tape:
        y = v * v
        v.assign(10.0)
    assert float(tape.gradient(y, v)) == 4.0


def test_nested_tapes_give_second_derivatives(x: Any) -> None:
    with GradientTape() as outer:
        outer.watch(x)
        with GradientTape() as inner:
            inner.watch(x)
            y = ops.sum(ops.exp(x) * x)
        slope = inner.gradient(y, x)
        total = ops.sum(slope)
    np.testing.assert_allclose(outer.gradient(total, x).numpy(), np.exp(x.numpy()) * (x.numpy() + 2))


def test_stop_recording_hides_what_runs(x: Any) -> None:
    with GradientTape() as tape:
        tape.watch(x)
        with tape.stop_recording():
            factor = x * 5.0
        y = ops.sum(x * factor)
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), 5 * x.numpy())


def test_reset_forgets(x: Any) -> None:
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(x)
        tape.reset()
    assert tape.gradient(y, x) is None


def test_jacobian_has_a_row_for_every_element(x: Any) -> None:
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.outer(x, x)[:2]
    jacobian = tape.jacobian(y, x).numpy()
    values = x.numpy()
    expected = np.array(
        [[[(i == k) * values[j] + (j == k) * values[i] for k in range(3)] for j in range(3)] for i in range(2)]
    )
    np.testing.assert_allclose(jacobian, expected)


def test_batch_jacobian_keeps_samples_apart() -> None:
    x = hybrid.Tensor(np.array([[1.0, 2.0], [3.0, 4.0]]))
    with GradientTape() as tape:
        tape.watch(x)
        y = x * x
    expected = np.stack([np.diag(2 * row) for row in x.numpy()])
    np.testing.assert_allclose(tape.batch_jacobian(y, x).numpy(), expected)


def test_stop_gradient_is_a_constant(x: Any) -> None:
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(x * ops.stop_gradient(x))
    assert np.array_equal(tape.gradient(y, x).numpy(), x.numpy())


def test_custom_gradient_replaces_the_derivative(x: Any) -> None:
    @hybrid.custom_gradient
    def twice(a: Any) -> Any:
        return a * 2.0, lambda upstream: upstream * 100.0

    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(twice(x))
    assert float(y) == 0.0 and tape.gradient(y, x).numpy().tolist() == [100.0] * 3
    symbol = placeholder(hybrid.TensorSpec((3,), "float64"))
    (replayed,) = Graph([symbol], [twice(symbol)]).replay([x])
    assert np.array_equal(replayed.numpy(), 2 * x.numpy())


def test_custom_gradient_counts_its_answers(x: Any) -> None:
    @hybrid.custom_gradient
    def wrong(a: Any, b: Any) -> Any:
        return a + b, lambda upstream: upstream

    with GradientTape() as tape:
        tape.watch(x)
        y = wrong(x, x)
    with pytest.raises(GradientError, match="1 gradients for 2 arguments"):
        tape.gradient(y, x)


def test_grad_of_grad_and_several_arguments() -> None:
    assert float(hybrid.grad(hybrid.grad(lambda a: a**4))(2.0)) == 48.0
    value, (first, second) = hybrid.value_and_grad(lambda a, b: a * b * b, argnums=(0, 1))(2.0, 3.0)
    assert (float(value), float(first), float(second)) == (18.0, 9.0, 12.0)
    (_, extra), _ = hybrid.value_and_grad(lambda a: (a * a, "more"), has_aux=True)(2.0)
    assert extra == "more"


def test_gradient_of_placeholders_is_recorded() -> None:
    symbol = placeholder(hybrid.TensorSpec((None,), "float64"))
    with GradientTape() as tape:
        tape.watch(symbol)
        y = ops.sum(ops.tanh(symbol))
    (found,) = Graph([symbol], [tape.gradient(y, symbol)]).replay([np.array([0.5, -1.0])])
    np.testing.assert_allclose(found.numpy(), 1 - np.tanh([0.5, -1.0]) ** 2)


def test_tape_cannot_be_entered_twice() -> None:
    with GradientTape() as tape, pytest.raises(GradientError, match="recording already"), tape:
        pass
