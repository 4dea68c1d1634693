"""Law: every described class comes back from its configuration, through JSON, as the same thing.

Generated from what the packages offer; a class without an entry in SAMPLES fails.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from hybrid import losses, metrics
from hybrid.configurable import Configurable
from hybrid.serialization import deserialize_keras_object, serialize_keras_object

PACKAGES = ("initializers", "regularizers", "constraints", "losses", "metrics")

_FAN = {"seed": 3, "input_axes": [0], "output_axes": [1]}
_RATES = {"name": "m", "dtype": "float64"}
_LOSS = {"reduction": "sum", "name": "l"}
_IOU = {"num_classes": 3, "ignore_class": 1, "axis": 1, **_RATES}

# Arguments that differ from the defaults. Abstract classes stand for themselves: they can be made, not called.
SAMPLES: dict[str, dict[str, Any]] = {
    "initializers.Initializer": {},
    "initializers.Zeros": {},
    "initializers.Ones": {},
    "initializers.Constant": {"value": 2.5},
    "initializers.Identity": {"gain": 2.0},
    "initializers.Orthogonal": {"gain": 0.5, "seed": 3},
    "initializers.RandomNormal": {"mean": 1.0, "stddev": 2.0, "seed": 3},
    "initializers.RandomUniform": {"minval": 1.0, "maxval": 2.0, "seed": 3},
    "initializers.TruncatedNormal": {"mean": 1.0, "stddev": 2.0, "seed": 3},
    "initializers.VarianceScaling": {"scale": 2.0, "mode": "fan_out", "distribution": "uniform", **_FAN},
    "initializers.GlorotNormal": _FAN,
    "initializers.GlorotUniform": _FAN,
    "initializers.HeNormal": _FAN,
    "initializers.HeUniform": _FAN,
    "initializers.LecunNormal": _FAN,
    "initializers.LecunUniform": _FAN,
    "regularizers.Regularizer": {},
    "regularizers.L1": {"l1": 0.5},
    "regularizers.L2": {"l2": 0.5},
    "regularizers.L1L2": {"l1": 0.5, "l2": 0.25},
    "regularizers.OrthogonalRegularizer": {"factor": 0.5, "mode": "columns"},
    "constraints.Constraint": {},
    "constraints.MaxNorm": {"max_value": 3.0, "axis": [0, 1]},
    "constraints.MinMaxNorm": {"min_value": 0.5, "max_value": 2.0, "rate": 0.5, "axis": 1},
    "constraints.NonNeg": {},
    "constraints.UnitNorm": {"axis": 1},
    "losses.Loss": {**_LOSS, "dtype": "float64"},
    "losses.LossFunctionWrapper": {"fn": losses.huber, "delta": 0.5, **_LOSS},
    "losses.BinaryCrossentropy": {"from_logits": True, "label_smoothing": 0.1, "axis": 1, **_LOSS},
    "losses.BinaryFocalCrossentropy": {
        "apply_class_balancing": True,
        "alpha": 0.5,
        "gamma": 1.0,
        "from_logits": True,
        "label_smoothing": 0.1,
        "axis": 1,
        **_LOSS,
    },
    "losses.CategoricalCrossentropy": {"from_logits": True, "label_smoothing": 0.1, "axis": 1, **_LOSS},
    "losses.CategoricalFocalCrossentropy": {"alpha": 0.5, "gamma": 1.0, "from_logits": True, "axis": 1, **_LOSS},
    "losses.CategoricalGeneralizedCrossEntropy": {"q": 0.25, **_LOSS},
    "losses.CategoricalHinge": _LOSS,
    "losses.CosineSimilarity": {"axis": 1, **_LOSS},
    "losses.Dice": {"axis": 1, **_LOSS},
    "losses.Hinge": _LOSS,
    "losses.Huber": {"delta": 0.5, **_LOSS},
    "losses.KLDivergence": _LOSS,
    "losses.LogCosh": _LOSS,
    "losses.MeanAbsoluteError": _LOSS,
    "losses.MeanAbsolutePercentageError": _LOSS,
    "losses.MeanSquaredError": {**_LOSS, "dtype": "float64"},
    "losses.MeanSquaredLogarithmicError": _LOSS,
    "losses.Poisson": _LOSS,
    "losses.SparseCategoricalCrossentropy": {"from_logits": True, "ignore_class": 2, "axis": 1, **_LOSS},
    "losses.SquaredHinge": _LOSS,
    "losses.Tversky": {"alpha": 0.25, "beta": 0.75, "axis": 1, **_LOSS},
    "metrics.Metric": _RATES,
    "metrics.AUC": {
        "num_thresholds": 7,
        "curve": "PR",
        "summation_method": "minoring",
        "multi_label": True,
        "num_labels": 2,
        "label_weights": [0.25, 0.75],
        "from_logits": True,
        **_RATES,
    },
    "metrics.Accuracy": _RATES,
    "metrics.BinaryAccuracy": {"threshold": 0.25, **_RATES},
    "metrics.BinaryCrossentropy": {"from_logits": True, "label_smoothing": 0.1, **_RATES},
    "metrics.BinaryIoU": {"target_class_ids": [1], "threshold": 0.25, **_RATES},
    "metrics.CategoricalAccuracy": _RATES,
    "metrics.CategoricalCrossentropy": {"from_logits": True, "label_smoothing": 0.1, "axis": 1, **_RATES},
    "metrics.CategoricalHinge": _RATES,
    "metrics.ConcordanceCorrelation": {"axis": 1, **_RATES},
    "metrics.CosineSimilarity": {"axis": 1, **_RATES},
    "metrics.F1Score": {"average": "macro", "threshold": 0.25, **_RATES},
    "metrics.FBetaScore": {"average": "micro", "beta": 2.0, "threshold": 0.25, **_RATES},
    "metrics.FalseNegatives": {"thresholds": [0.25, 0.75], **_RATES},
    "metrics.FalsePositives": {"thresholds": 0.25, **_RATES},
    "metrics.Hinge": _RATES,
    "metrics.IoU": {"target_class_ids": [0, 2], "sparse_y_true": False, "sparse_y_pred": False, **_IOU},
    "metrics.KLDivergence": _RATES,
    "metrics.LogCoshError": _RATES,
    "metrics.Mean": _RATES,
    "metrics.MeanAbsoluteError": _RATES,
    "metrics.MeanAbsolutePercentageError": _RATES,
    "metrics.MeanIoU": {"sparse_y_true": False, "sparse_y_pred": False, **_IOU},
    "metrics.MeanMetricWrapper": {"fn": losses.huber, "delta": 0.5, **_RATES},
    "metrics.MeanSquaredError": _RATES,
    "metrics.MeanSquaredLogarithmicError": _RATES,
    "metrics.OneHotIoU": {"target_class_ids": [0, 2], "sparse_y_pred": True, **_IOU},
    "metrics.OneHotMeanIoU": {"sparse_y_pred": True, **_IOU},
    "metrics.PearsonCorrelation": {"axis": 1, **_RATES},
    "metrics.Poisson": _RATES,
    "metrics.Precision": {"thresholds": [0.25, 0.75], "class_id": 1, **_RATES},
    "metrics.PrecisionAtRecall": {"recall": 0.25, "num_thresholds": 7, "class_id": 1, **_RATES},
    "metrics.R2Score": {"class_aggregation": None, "num_regressors": 1, **_RATES},
    "metrics.Recall": {"top_k": 2, "class_id": 1, **_RATES},
    "metrics.RecallAtPrecision": {"precision": 0.25, "num_thresholds": 7, "class_id": 1, **_RATES},
    "metrics.RootMeanSquaredError": _RATES,
    "metrics.SensitivityAtSpecificity": {"specificity": 0.25, "num_thresholds": 7, "class_id": 1, **_RATES},
    "metrics.SparseCategoricalAccuracy": _RATES,
    "metrics.SparseCategoricalCrossentropy": {"from_logits": True, "ignore_class": 1, "axis": 1, **_RATES},
    "metrics.SparseTopKCategoricalAccuracy": {"k": 2, "from_sorted_ids": True, **_RATES},
    "metrics.SpecificityAtSensitivity": {"sensitivity": 0.25, "num_thresholds": 7, "class_id": 1, **_RATES},
    "metrics.SquaredHinge": _RATES,
    "metrics.Sum": _RATES,
    "metrics.TopKCategoricalAccuracy": {"k": 2, **_RATES},
    "metrics.TrueNegatives": {"thresholds": [0.25], **_RATES},
    "metrics.TruePositives": {"thresholds": [0.25], **_RATES},
}


def described_classes() -> Iterator[tuple[str, type]]:
    """Yield `package.Class` and the class, for all that the packages offer."""
    for name in PACKAGES:
        package = importlib.import_module(f"hybrid.{name}")
        for cls in {id(thing): thing for thing in vars(package).values()}.values():
            if isinstance(cls, type) and issubclass(cls, Configurable):
                yield f"{name}.{cls.__name__}", cls


CLASSES = dict(described_classes())


@pytest.mark.parametrize("name", CLASSES)
def test_every_argument_but_the_common_ones_is_sampled(name: str) -> None:
    assert name in SAMPLES, f"add arguments of {name} to SAMPLES"


def test_samples_name_existing_classes() -> None:
    assert set(SAMPLES) <= set(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_configuration_comes_back_through_json(name: str) -> None:
    first = CLASSES[name](**SAMPLES[name])
    written = json.dumps(serialize_keras_object(first))
    second = deserialize_keras_object(json.loads(written))
    assert type(second) is type(first)
    assert json.dumps(serialize_keras_object(second)) == written


@pytest.mark.parametrize("name", CLASSES)
def test_configuration_holds_the_arguments(name: str) -> None:
    config = CLASSES[name](**SAMPLES[name]).get_config()
    expected = {key: value for key, value in SAMPLES[name].items() if key != "fn"}
    assert {key: config[key] for key in expected} == expected


@pytest.mark.parametrize("name", CLASSES)
def test_get_of_the_package_reads_the_configuration(name: str) -> None:
    package = importlib.import_module(f"hybrid.{name.partition('.')[0]}")
    first = CLASSES[name](**SAMPLES[name])
    if not callable(first):
        pytest.fail(f"{name} cannot be called")
    second = package.get(json.loads(json.dumps(package.serialize(first))))
    assert type(second) is type(first)
    assert second.get_config() == first.get_config()


def test_mutation_after_construction_is_seen() -> None:
    loss = losses.Huber()
    loss.delta = 7.0
    assert loss.get_config()["delta"] == 7.0


def test_unknown_argument_is_named_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="(?s)Huber has no argument 'dleta'.*did you mean delta"):
        losses.Huber.from_config({"dleta": 1.0})


def test_thresholds_of_auc_are_the_inner_ones() -> None:
    metric = metrics.AUC(thresholds=[0.75, 0.25])
    again = metrics.AUC.from_config(metric.get_config())
    assert again.thresholds == metric.thresholds
    np.testing.assert_allclose(again.thresholds, [-1e-7, 0.25, 0.75, 1 + 1e-7])
