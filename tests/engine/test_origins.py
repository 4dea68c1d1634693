"""Origins: every step of a training knows the layer, or other part, that it comes from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import layers, ops
from hybrid.core.context import SCOPE
from hybrid.core.trace import belonging, trace
from tests.contracts.model_samples import SAMPLES


def origins_of(function: Any, *args: Any) -> dict[str, set[tuple[str, bool]]]:
    """Return, by primitive, where its steps come from."""
    found: dict[str, set[tuple[str, bool]]] = {}
    for step in hybrid.jit(function).lower(*args).before.steps:
        found.setdefault(step.operation.name, set()).add((step.place.path, step.place.is_backward))
    return found


def test_derivatives_belong_to_the_layer_whose_call_they_derive() -> None:
    model = hybrid.Sequential(
        [hybrid.Input((3,)), layers.Dense(4, name="first"), layers.Activation("tanh", name="second")], name="m"
    )

    def function(x: Any) -> Any:
        with hybrid.GradientTape() as tape:
            loss = ops.sum(ops.exp(model(x)))
        return tape.gradient(loss, model.trainable_variables)

    found = origins_of(function, np.ones((2, 3), "float32"))
    assert found["tanh"] == {("m/second", False)}
    assert found["exp"] == {("", False)}
    paths = {origin for origins in found.values() for origin in origins}
    assert paths == {
        ("m/first", False),
        ("m/first", True),
        ("m/second", False),
        ("m/second", True),
        *found["exp"],
        ("", True),
    }


def test_second_derivatives_belong_there_too() -> None:
    layer = layers.Activation("tanh", name="layer")

    def function(x: Any) -> Any:
        with hybrid.GradientTape() as outer:
            outer.watch(x)
            with hybrid.GradientTape() as inner:
                inner.watch(x)
                y = ops.sum(layer(x))
            slope = ops.sum(ops.exp(inner.gradient(y, x)))
        return outer.gradient(slope, x)

    found = origins_of(function, np.ones(3))
    assert ("layer", True) in set.union(*found.values())
    assert found["exp"] == {("", False)}


def test_the_innermost_part_counts() -> None:
    layer = layers.Activation("tanh", name="layer")

    def function(x: Any) -> Any:
        with belonging("outside"):
            x = ops.exp(layer(x))
            with belonging("inside"):
                x = ops.sin(x)
            return ops.cos(x)

    found = origins_of(function, np.ones(3))
    wanted = {"tanh": "layer", "exp": "outside", "sin": "inside", "cos": "outside"}
    assert {name: found[name] for name in wanted} == {name: {(path, False)} for name, path in wanted.items()}


def test_parts_are_restored_when_something_is_raised() -> None:
    with trace(hides_values=True) as current:
        with pytest.raises(KeyError), belonging("part"):
            assert current.part is not None
            raise KeyError
        assert current.part is None
    with belonging("nothing is recorded"):
        assert SCOPE.get().trace is None


@pytest.mark.parametrize("name", list(SAMPLES))
def test_every_step_of_a_training_has_an_origin(name: str) -> None:
    model = SAMPLES[name].make()
    x = SAMPLES[name].inputs
    outputs = model(x)
    if not model.trainable_variables or not all(
        hasattr(each, "dtype") and each.dtype.kind == "f" for each in hybrid.tree.flatten(outputs)
    ):
        pytest.skip("nothing to train")
    y = hybrid.tree.map_structure(lambda each: np.zeros(each.shape, "float32"), outputs)
    model.compile("adam", "mse")
    step, data = model._step_on("train_step", (x, y, None))
    try:
        inspection = hybrid.jit(step).lower(data)
    except (hybrid.errors.HybridError, TypeError):
        pytest.skip("is not a program")
    homeless = [step.operation.name for step in inspection.before.steps if not step.place.path]
    assert set(homeless) <= {"filled_like"}  # what the derivatives begin with
    assert all(step.place.path for step in inspection.after.steps)
