"""Laws of every metric: batches do not matter, the functional view agrees, an update can be traced, reset forgets all.

Generated from the classes of `hybrid.metrics`; a metric without an entry in SAMPLES fails.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import metrics, ops
from hybrid.core.spec import TensorSpec
from hybrid.core.trace import trace_function

_BASES = {metrics.Metric}
CLASSES = {
    cls.__name__: cls
    for cls in vars(metrics).values()
    if isinstance(cls, type) and issubclass(cls, metrics.Metric) and cls not in _BASES
}
_RNG = np.random.default_rng(2)
_N = 12
_LABELS = _RNG.integers(0, 4, _N)
_ONE_HOT = np.eye(4, dtype="float32")[_LABELS]
_SCORES = _RNG.uniform(0.05, 0.95, (_N, 4)).astype("float32")
_NUMBERS = _RNG.uniform(0.1, 0.9, (_N, 4)).astype("float32")
_BITS = (_NUMBERS > 0.5).astype("float32")
_GUESSES = _RNG.integers(0, 4, _N)
_WEIGHTS = _RNG.uniform(0.5, 2.0, _N).astype("float32")

SAMPLES: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "AUC": ({"num_thresholds": 11}, (_BITS, _SCORES)),
    "Accuracy": ({}, (_LABELS, _GUESSES)),
    "BinaryAccuracy": ({}, (_BITS, _SCORES)),
    "BinaryCrossentropy": ({}, (_BITS, _SCORES)),
    "BinaryIoU": ({}, (_BITS, _SCORES)),
    "CategoricalAccuracy": ({}, (_ONE_HOT, _SCORES)),
    "CategoricalCrossentropy": ({}, (_ONE_HOT, _SCORES)),
    "CategoricalHinge": ({}, (_ONE_HOT, _SCORES)),
    "ConcordanceCorrelation": ({}, (_NUMBERS, _SCORES)),
    "CosineSimilarity": ({}, (_NUMBERS, _SCORES)),
    "F1Score": ({"average": "macro"}, (_ONE_HOT, _SCORES)),
    "FBetaScore": ({"average": "weighted", "threshold": 0.5, "beta": 2.0}, (_BITS, _SCORES)),
    "FalseNegatives": ({}, (_BITS, _SCORES)),
    "FalsePositives": ({"thresholds": [0.2, 0.6]}, (_BITS, _SCORES)),
    "Hinge": ({}, (_BITS, _SCORES)),
    "IoU": ({"num_classes": 4, "target_class_ids": [0, 2]}, (_LABELS, _GUESSES)),
    "KLDivergence": ({}, (_NUMBERS, _SCORES)),
    "LogCoshError": ({}, (_NUMBERS, _SCORES)),
    "Mean": ({}, (_NUMBERS,)),
    "MeanAbsoluteError": ({}, (_NUMBERS, _SCORES)),
    "MeanAbsolutePercentageError": ({}, (_NUMBERS, _SCORES)),
    "MeanIoU": ({"num_classes": 4}, (_LABELS, _GUESSES)),
    "MeanMetricWrapper": ({"fn": metrics.huber, "delta": 0.2}, (_NUMBERS, _SCORES)),
    "MeanSquaredError": ({}, (_NUMBERS, _SCORES)),
    "MeanSquaredLogarithmicError": ({}, (_NUMBERS, _SCORES)),
    "OneHotIoU": ({"num_classes": 4, "target_class_ids": [0, 2]}, (_ONE_HOT, _SCORES)),
    "OneHotMeanIoU": ({"num_classes": 4}, (_ONE_HOT, _SCORES)),
    "PearsonCorrelation": ({}, (_NUMBERS, _SCORES)),
    "Poisson": ({}, (_NUMBERS, _SCORES)),
    "Precision": ({}, (_BITS, _SCORES)),
    "PrecisionAtRecall": ({"recall": 0.5}, (_BITS, _SCORES)),
    "R2Score": ({}, (_NUMBERS, _SCORES)),
    "Recall": ({"top_k": 2}, (_BITS, _SCORES)),
    "RecallAtPrecision": ({"precision": 0.5}, (_BITS, _SCORES)),
    "RootMeanSquaredError": ({}, (_NUMBERS, _SCORES)),
    "SensitivityAtSpecificity": ({"specificity": 0.5}, (_BITS, _SCORES)),
    "SparseCategoricalAccuracy": ({}, (_LABELS, _SCORES)),
    "SparseCategoricalCrossentropy": ({"ignore_class": 1}, (_LABELS, _SCORES)),
    "SparseTopKCategoricalAccuracy": ({"k": 2}, (_LABELS, _SCORES)),
    "SpecificityAtSensitivity": ({"sensitivity": 0.5}, (_BITS, _SCORES)),
    "SquaredHinge": ({}, (_BITS, _SCORES)),
    "Sum": ({}, (_NUMBERS,)),
    "TopKCategoricalAccuracy": ({"k": 2}, (_ONE_HOT, _SCORES)),
    "TrueNegatives": ({}, (_BITS, _SCORES)),
    "TruePositives": ({}, (_BITS, _SCORES)),
}


def make(name: str) -> Any:
    return CLASSES[name](**SAMPLES[name][0])


def whole(name: str) -> Any:
    metric = make(name)
    metric.update_state(*SAMPLES[name][1], sample_weight=_WEIGHTS)
    return metric


@pytest.mark.parametrize("name", CLASSES)
def test_every_metric_is_sampled(name: str) -> None:
    assert name in SAMPLES, f"add arguments and data of {name} to SAMPLES"


@pytest.mark.parametrize("name", CLASSES)
def test_result_does_not_depend_on_the_batches(name: str) -> None:
    metric = make(name)
    for start, stop in ((0, 5), (5, 6), (6, _N)):
        batch = [data[start:stop] for data in SAMPLES[name][1]]
        metric.update_state(*batch, sample_weight=_WEIGHTS[start:stop])
    # Hinges look at a whole batch to tell 0 and 1 from -1 and 1; all batches here hold zeros.
    np.testing.assert_allclose(metric.result().numpy(), whole(name).result().numpy(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", CLASSES)
def test_result_has_the_dtype(name: str) -> None:
    assert whole(name).result().dtype == "float32"


@pytest.mark.parametrize("name", CLASSES)
def test_functional_view_agrees_and_changes_nothing(name: str) -> None:
    metric, other = whole(name), whole(name)
    before = [variable.numpy() for variable in metric.variables]
    state = metric.stateless_update_state(metric.stateless_reset_state(), *SAMPLES[name][1], sample_weight=_WEIGHTS)
    for variable, value in zip(metric.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    np.testing.assert_array_equal(metric.stateless_result(state).numpy(), other.result().numpy())


@pytest.mark.parametrize("name", CLASSES)
def test_reset_forgets_all(name: str) -> None:
    metric = whole(name)
    expected = metric.result().numpy()
    metric.reset_state()
    assert all(not variable.numpy().any() for variable in metric.variables)
    metric.update_state(*SAMPLES[name][1], sample_weight=_WEIGHTS)
    np.testing.assert_array_equal(metric.result().numpy(), expected)


@pytest.mark.parametrize("name", CLASSES)
def test_update_can_be_traced(name: str) -> None:
    metric = whole(name)
    expected = metric.result().numpy()
    metric.reset_state()
    data = [ops.convert_to_tensor(each) for each in (*SAMPLES[name][1], _WEIGHTS)]

    def step(*arguments: Any) -> Any:
        metric.update_state(*arguments[:-1], sample_weight=arguments[-1])
        return metric.result()

    traced = trace_function(step, [TensorSpec((None, *each.shape[1:]), each.dtype) for each in data])
    assert {id(variable) for variable, _ in traced.updates} == {id(variable) for variable in metric.variables}
    assert all(not variable.numpy().any() for variable in metric.variables)
    np.testing.assert_allclose(traced.replay(data).numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("name", CLASSES)
def test_variables_have_unique_paths_below_the_metric(name: str) -> None:
    metric = whole(name)
    paths = [variable.path for variable in metric.variables]
    assert len(set(paths)) == len(paths) > 0
    assert all(path.startswith(f"{metric.name}/") for path in paths)
    assert not any(variable.trainable for variable in metric.variables)
