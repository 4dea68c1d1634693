"""Laws of every loss: its gradient is that of central differences, and it can be traced.

Generated from the classes of `hybrid.losses`; a loss without an entry in SAMPLES fails.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import GradientTape, losses, ops
from hybrid.core.spec import TensorSpec
from hybrid.core.trace import trace_function

_BASES = {losses.Loss, losses.LossFunctionWrapper}
CLASSES = {
    cls.__name__: cls
    for cls in vars(losses).values()
    if isinstance(cls, type) and issubclass(cls, losses.Loss) and cls not in _BASES
}
_LABELS = np.array([0, 3, 1])
_ONE_HOT = np.eye(4)[_LABELS]
_RNG = np.random.default_rng(1)
_NUMBERS = _RNG.uniform(0.1, 0.9, (3, 4))
_SHARES = _NUMBERS / _NUMBERS.sum(-1, keepdims=True)
_BITS = (_RNG.uniform(size=(3, 4)) > 0.5).astype(float)

# Targets, options, and whether predictions are logits or scores, not probabilities.
SAMPLES: dict[str, list[tuple[Any, dict[str, Any], bool]]] = {
    "BinaryCrossentropy": [
        (_BITS, {"label_smoothing": 0.1}, False),
        (_BITS, {"from_logits": True}, True),
        (_NUMBERS, {}, False),
    ],
    "BinaryFocalCrossentropy": [
        (_BITS, {"apply_class_balancing": True}, False),
        (_BITS, {"from_logits": True}, True),
    ],
    "CategoricalCrossentropy": [(_ONE_HOT, {"label_smoothing": 0.1}, False), (_ONE_HOT, {"from_logits": True}, True)],
    "CategoricalFocalCrossentropy": [(_ONE_HOT, {}, False), (_ONE_HOT, {"from_logits": True}, True)],
    "CategoricalGeneralizedCrossEntropy": [(_LABELS, {"q": 0.4}, False)],
    "CategoricalHinge": [(_ONE_HOT, {}, True)],
    "CosineSimilarity": [(_NUMBERS, {}, True)],
    "Dice": [(_BITS, {}, False), (_BITS, {"axis": 1}, False)],
    "Hinge": [(_BITS, {}, True)],
    "Huber": [(_NUMBERS, {"delta": 0.3}, False), (_NUMBERS, {"delta": 5.0}, True)],
    "KLDivergence": [(_SHARES, {}, False)],
    "LogCosh": [(_NUMBERS, {}, True)],
    "MeanAbsoluteError": [(_NUMBERS, {}, True)],
    "MeanAbsolutePercentageError": [(_NUMBERS, {}, True)],
    "MeanSquaredError": [(_NUMBERS, {}, True)],
    "MeanSquaredLogarithmicError": [(_NUMBERS, {}, False)],
    "Poisson": [(_NUMBERS, {}, False)],
    "SparseCategoricalCrossentropy": [
        (_LABELS, {}, False),
        (_LABELS, {"from_logits": True}, True),
        (_LABELS, {"ignore_class": 3}, False),
    ],
    "SquaredHinge": [(_BITS * 2 - 1, {}, True)],
    "Tversky": [(_BITS, {"alpha": 0.2, "beta": 0.7}, False)],
}
_CASES = [(name, number) for name in CLASSES for number in range(len(SAMPLES.get(name, [None])))]


@pytest.mark.parametrize("name", CLASSES)
def test_every_loss_is_sampled(name: str) -> None:
    assert name in SAMPLES, f"add targets of {name} to SAMPLES"


@pytest.mark.parametrize(("name", "number"), _CASES, ids=[f"{name}-{number}" for name, number in _CASES])
@pytest.mark.parametrize("weight", [None, np.array([0.5, 2.0, 1.0])], ids=["plain", "weighted"])
def test_gradient_equals_central_difference(name: str, number: int, weight: Any) -> None:
    y_true, options, unbounded = SAMPLES[name][number]
    if name in ("Dice", "Tversky") and "axis" not in options:
        weight = None  # one value for the whole batch
    loss = CLASSES[name](**options)
    rng = np.random.default_rng(7)
    y_pred = rng.normal(size=(3, 4)) * 2 if unbounded else rng.uniform(0.15, 0.85, (3, 4))
    x = ops.convert_to_tensor(y_pred)
    with GradientTape() as tape:
        tape.watch(x)
        value = loss(y_true, x, sample_weight=weight)
    gradient = tape.gradient(value, x).numpy()
    assert gradient.dtype == np.float64
    direction = rng.uniform(0.5, 1.0, (3, 4)) * rng.choice([-1.0, 1.0], (3, 4))
    step = 1e-6
    above, below = (float(loss(y_true, y_pred + sign * step * direction, sample_weight=weight)) for sign in (1, -1))
    np.testing.assert_allclose((gradient * direction).sum(), (above - below) / (2 * step), rtol=2e-6, atol=1e-8)


@pytest.mark.parametrize(("name", "number"), _CASES, ids=[f"{name}-{number}" for name, number in _CASES])
def test_traced_loss_equals_the_eager_one(name: str, number: int) -> None:
    y_true, options, unbounded = SAMPLES[name][number]
    loss = CLASSES[name](**options)
    rng = np.random.default_rng(8)
    y_pred = (rng.normal(size=(3, 4)) * 2 if unbounded else rng.uniform(0.15, 0.85, (3, 4))).astype("float32")
    weight = None if name in ("Dice", "Tversky") else np.array([0.5, 2.0, 1.0], "float32")
    data = [ops.convert_to_tensor(each) for each in (y_true, y_pred)]
    specs = [TensorSpec((None, *each.shape[1:]), each.dtype) for each in data]
    if weight is not None:
        data, specs = [*data, ops.convert_to_tensor(weight)], [*specs, TensorSpec((None,), "float32")]
    traced = trace_function(lambda *arguments: loss(*arguments), specs)
    assert traced.output_specs == [TensorSpec((), "float32")]
    np.testing.assert_allclose(traced.replay(data).numpy(), loss(*data).numpy(), rtol=1e-6)
