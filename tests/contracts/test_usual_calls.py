"""Laws of calls that are made often: run as one operation, they give the same bits, and so do their derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import GradientTape, Tensor, Variable, losses, ops
from hybrid.core.condensed import Condensed
from hybrid.core.usual_calls import OFTEN, NotWorthItError
from hybrid.errors import HybridError
from hybrid.layers.base.usual import function_of_call
from tests.contracts import test_layers, test_loss_gradients

LAYERS = [each for each in test_layers.SAMPLES if len(each.args) == 1 and isinstance(each.args[0], np.ndarray)]
LOSSES = [(name, number) for name, cases in test_loss_gradients.SAMPLES.items() for number in range(len(cases))]


def bits(*values: Any) -> list[Any]:
    return [None if value is None else (value.dtype, np.asarray(value).tobytes()) for value in values]


def results(function: Any, x: Tensor, variables: list[Variable], sources: list[Any]) -> list[Any]:
    """Return the output of a function, its derivatives, and a second derivative."""
    with GradientTape() as outer:
        outer.watch(x) if x.dtype.kind == "f" else None
        with GradientTape(persistent=True) as tape:
            tape.watch(x) if x.dtype.kind == "f" else None
            y = function(x, *variables)
            total = ops.sum(y * ops.cast(ops.arange(y.size), y.dtype).reshape(y.shape))
        slopes = tape.gradient(total, sources)
        norm = sum((ops.sum(slope * slope) for slope in slopes if slope is not None), start=0.0 * total)
    fewer = tape.gradient(total, sources[:1])
    return bits(y, *slopes, *fewer, *outer.gradient(norm, sources))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("sample", LAYERS, ids=[each.id for each in LAYERS])
def test_condensed_call_gives_the_same_bits(sample: Any, training: bool) -> None:
    layer = sample.make()
    x = Tensor(np.asarray(sample.args[0], "float32") if sample.args[0].dtype.kind == "f" else sample.args[0])
    try:
        layer(x, **sample.kwargs)
        function, variables, _ = function_of_call(layer, [x], training)
        condensed = Condensed("condensed", function, [each.spec for each in (x, *variables)])
    except (HybridError, NotWorthItError):
        return
    layer.__dict__["_usual_calls"] = None
    sources = [*(variable for variable in variables if variable.trainable), *([x] if x.dtype.kind == "f" else [])]
    plain = results(lambda x, *_: layer(x, training=training), x, variables, sources)
    assert results(condensed, x, variables, sources) == plain


@pytest.mark.parametrize(("name", "number"), LOSSES)
def test_usual_loss_gives_the_same_bits(name: str, number: int) -> None:
    targets, options, are_scores = test_loss_gradients.SAMPLES[name][number]
    loss = test_loss_gradients.CLASSES[name](**options)
    numbers = test_loss_gradients._NUMBERS if are_scores else test_loss_gradients._SHARES
    y_pred = Tensor(numbers.astype("float32"))
    found = []
    for _ in range(OFTEN + 2):
        with GradientTape() as tape:
            tape.watch(y_pred)
            value = loss(targets, y_pred)
        found.append(bits(value, tape.gradient(value, y_pred)))
    assert all(each == found[0] for each in found)


def test_samples_are_condensed_at_all() -> None:
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    for _ in range(OFTEN):
        loss([1, 2], np.eye(2, 3, dtype="float32"))
    assert any(kind.condensed for kind in loss._usual_calls._kinds.values())
