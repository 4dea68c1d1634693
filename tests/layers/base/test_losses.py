"""Losses that layers add, and penalties: there for the last outermost call, once each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import GradientTape, Input, Layer, Model, Sequential, layers, ops

DATA = np.ones((2, 3), "float32")


class Adds(Layer):
    def __init__(self, factor: float = 1.0):
        super().__init__()
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        self.add_loss(self.factor * ops.sum(inputs))
        return inputs * 1.0


def values(losses: Any) -> list[float]:
    return [round(float(loss), 5) for loss in losses]


class Holds(Model):
    def __init__(self, inner: Any):
        super().__init__()
        self.inner = inner

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs)


def functional(inner: Any) -> Model:
    x = Input((3,))
    return Model(x, inner(x))


STYLES = [Holds, functional, lambda inner: Sequential([inner]), lambda inner: Sequential([Input((3,)), inner])]


@pytest.mark.parametrize("outer", STYLES)
@pytest.mark.parametrize("inner", STYLES)
def test_losses_reach_the_outermost_model_and_are_cleared_per_call(outer: Any, inner: Any) -> None:
    model = outer(inner(Adds()))
    for factor in (1, 2, 2):
        model(DATA * factor)
        assert values(model.losses) == [6 * factor]


def test_layer_called_twice_adds_twice() -> None:
    adds = Adds()
    model = Sequential([adds, layers.Dense(3, kernel_initializer="zeros"), adds])
    model(DATA)
    assert values(model.losses) == [6, 0]


def test_recording_adds_nothing() -> None:
    adds = Adds()
    adds(DATA)
    x = Input((3,))
    model = Model(x, adds(x))
    assert values(adds.losses) == [6]
    model(DATA * 3)
    assert values(model.losses) == [18]


def test_penalties_of_weights_and_activities_count() -> None:
    model = Sequential(
        [
            Input((3,)),
            layers.Dense(3, kernel_regularizer="l2", kernel_initializer="ones", activity_regularizer="l1"),
            Adds(2.0),
        ]
    )
    assert values(model.losses) == [0.09]
    model(DATA)
    assert len(model.losses) == 3
    assert sorted(values(model.losses))[0] == 0.09
    model.trainable = False
    assert 0.09 not in values(model.losses)


def test_losses_are_differentiated() -> None:
    model = Sequential([Input((3,)), layers.Dense(3, kernel_initializer="ones"), Adds(), layers.Dense(1)])
    with GradientTape() as tape:
        model(DATA)
        loss = sum(model.losses)
    gradients = tape.gradient(loss, model.trainable_weights)
    np.testing.assert_array_equal(gradients[1], np.full(3, 2.0))
    assert gradients[2] is None


def test_losses_of_several_kinds_of_argument() -> None:
    class Many(Layer):
        def call(self, inputs: Any) -> Any:
            self.add_loss([ops.sum(inputs), ops.max(inputs)])
            self.add_loss(0.5)
            return inputs

    layer = Many()
    layer(DATA)
    assert values(layer.losses) == [6, 1, 0.5]


def test_inner_layer_says_its_own_losses() -> None:
    first, second = Adds(1.0), Adds(2.0)
    model = Sequential([first, second])
    model(DATA)
    assert values(model.losses) == [6, 12]
    assert values(second.losses) == [12]


def test_losses_inside_call_are_those_so_far() -> None:
    class Looks(Model):
        def __init__(self) -> None:
            super().__init__()
            self.adds = Adds()

        def call(self, inputs: Any) -> Any:
            inputs = self.adds(inputs)
            return sum(self.losses)

    assert float(Looks()(DATA)) == 6
    assert float(Looks()(DATA * 2)) == 12
