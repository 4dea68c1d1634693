"""Cases of metrics: several batches, with and without sample weights."""

from __future__ import annotations

from typing import Any

from .cases_losses import DATA
from .specification import Array, Case, Make, MetricCase, Reference, fixed, one_hot, probabilities, real, whole

WEIGHT = real((4,), low=0.1, high=2.0)
UNIT = real((4, 3), low=0.02, high=0.98)
BITS = whole((4, 3), high=2, dtype="float32")


def metric(label: str, metric_class: str, *arguments: Array, weight: Array | None = None, **config: Any) -> MetricCase:
    """A metric given three batches of the same specification; the middle one carries the weight."""
    batches = ((arguments, None), (arguments, weight), (arguments, None))
    return MetricCase(
        name=f"metrics/{metric_class}/{label}", metric=Make(f"metrics.{metric_class}", **config), batches=batches
    )


def both(label: str, metric_class: str, *arguments: Array, **config: Any) -> list[Case]:
    """The metric without and with sample weights."""
    return [
        metric(label, metric_class, *arguments, **config),
        metric(f"{label} weighted", metric_class, *arguments, weight=WEIGHT, **config),
    ]


LOSS_METRICS = [
    "MeanSquaredError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredLogarithmicError",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy",
    "KLDivergence",
    "Poisson",
    "Hinge",
    "SquaredHinge",
    "CategoricalHinge",
    "CosineSimilarity",
]

MEANS: list[Case] = [
    *both("values", "Mean", real((4,))),
    *both("matrix", "Mean", real((4, 3))),
    *both("values", "Sum", real((4,))),
    *both("matrix", "Sum", real((4, 3))),
    metric("scalar", "Mean", fixed(2.5)),
    metric("named", "Mean", real((4,)), name="average"),
    metric(
        "function",
        "MeanMetricWrapper",
        real((4, 3)),
        real((4, 3)),
        weight=WEIGHT,
        fn=Reference("losses.mean_squared_error"),
        name="wrapped",
    ),
    *(case for name in LOSS_METRICS for case in both("plain", name, *DATA[name])),
    *both("plain", "LogCoshError", *DATA["LogCosh"]),
    *both("plain", "RootMeanSquaredError", *DATA["MeanSquaredError"]),
    *both("logits", "BinaryCrossentropy", BITS, real((4, 3), low=-3, high=3), from_logits=True, label_smoothing=0.1),
    *both("logits", "CategoricalCrossentropy", one_hot((4, 3)), real((4, 3), low=-3, high=3), from_logits=True),
    *both(
        "logits", "SparseCategoricalCrossentropy", whole((4,), high=3), real((4, 3), low=-3, high=3), from_logits=True
    ),
]

ACCURACIES: list[Case] = [
    *both("plain", "Accuracy", whole((4, 1), low=1, high=3), whole((4, 1), low=1, high=3)),
    *both("vector", "Accuracy", whole((4,), high=2), whole((4,), high=2)),
    *both("plain", "BinaryAccuracy", BITS, UNIT),
    *both("threshold", "BinaryAccuracy", BITS, UNIT, threshold=0.8),
    *both("column", "BinaryAccuracy", whole((4, 1), high=2), real((4, 1), low=0.0)),
    *both("plain", "CategoricalAccuracy", one_hot((4, 3)), probabilities((4, 3))),
    *both("plain", "SparseCategoricalAccuracy", whole((4,), high=3), probabilities((4, 3))),
    *both("column", "SparseCategoricalAccuracy", whole((4, 1), high=3), probabilities((4, 3))),
    metric("sequence", "SparseCategoricalAccuracy", whole((4, 5), high=3), probabilities((4, 5, 3))),
    *both("two", "TopKCategoricalAccuracy", one_hot((4, 6)), probabilities((4, 6)), k=2),
    *both("default", "TopKCategoricalAccuracy", one_hot((4, 8)), probabilities((4, 8))),
    *both("two", "SparseTopKCategoricalAccuracy", whole((4,), high=6), probabilities((4, 6)), k=2),
    *both("default", "SparseTopKCategoricalAccuracy", whole((4,), high=8), probabilities((4, 8))),
]

CONFUSION: list[Case] = [
    case
    for name in ("Precision", "Recall")
    for case in (
        *both("plain", name, BITS, UNIT),
        *both("threshold", name, BITS, UNIT, thresholds=0.3),
        *both("thresholds", name, BITS, UNIT, thresholds=[0.2, 0.5, 0.8]),
        *both("top", name, BITS, UNIT, top_k=2),
        *both("class", name, BITS, UNIT, class_id=1),
        metric("top class", name, BITS, UNIT, top_k=2, class_id=0),
        metric("nothing", name, fixed([[0.0, 0.0]]), fixed([[0.1, 0.2]])),
    )
]

FLAT_BITS, FLAT_UNIT = whole((12,), high=2, dtype="float32"), real((12,), low=0.01, high=0.99)
FLAT_WEIGHT = real((12,), low=0.1, high=2.0)

AREA: list[Case] = [
    *(
        metric(f"{curve} {method}", "AUC", FLAT_BITS, FLAT_UNIT, curve=curve, summation_method=method)
        for curve in ("ROC", "PR")
        for method in ("interpolation", "minoring", "majoring")
    ),
    metric("ROC weighted", "AUC", FLAT_BITS, FLAT_UNIT, weight=FLAT_WEIGHT),
    metric("PR weighted", "AUC", FLAT_BITS, FLAT_UNIT, weight=FLAT_WEIGHT, curve="PR"),
    metric("few thresholds", "AUC", FLAT_BITS, FLAT_UNIT, num_thresholds=5),
    metric("own thresholds", "AUC", FLAT_BITS, FLAT_UNIT, thresholds=[0.1, 0.25, 0.6, 0.9]),
    metric("logits", "AUC", FLAT_BITS, real((12,), low=-3, high=3), from_logits=True),
    metric("multi label", "AUC", whole((8, 3), high=2, dtype="float32"), real((8, 3), low=0.0), multi_label=True),
    metric(
        "multi label weights",
        "AUC",
        whole((8, 3), high=2, dtype="float32"),
        real((8, 3), low=0.0),
        multi_label=True,
        num_labels=3,
        label_weights=[0.2, 0.5, 0.3],
    ),
    metric(
        "multi label PR",
        "AUC",
        whole((8, 3), high=2, dtype="float32"),
        real((8, 3), low=0.0),
        multi_label=True,
        curve="PR",
    ),
]

F_SCORES: list[Case] = [
    *(
        metric(f"{average or 'none'}", "F1Score", one_hot((12, 3)), probabilities((12, 3)), average=average)
        for average in (None, "micro", "macro", "weighted")
    ),
    metric("threshold", "F1Score", whole((6, 3), high=2), real((6, 3), low=0.0), threshold=0.4),
    metric("sample weights", "F1Score", one_hot((4, 3)), probabilities((4, 3)), weight=WEIGHT, average="macro"),
]

COUNTS: list[Case] = [
    case
    for name in ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives")
    for case in (
        *both("plain", name, BITS, UNIT),
        *both("threshold", name, BITS, UNIT, thresholds=0.3),
        *both("thresholds", name, BITS, UNIT, thresholds=[0.2, 0.5, 0.8]),
    )
]

POINTS: list[Case] = [
    case
    for name, option in (
        ("PrecisionAtRecall", "recall"),
        ("RecallAtPrecision", "precision"),
        ("SensitivityAtSpecificity", "specificity"),
        ("SpecificityAtSensitivity", "sensitivity"),
    )
    for case in (
        metric("half", name, FLAT_BITS, FLAT_UNIT, **{option: 0.5}),
        metric("high", name, FLAT_BITS, FLAT_UNIT, weight=FLAT_WEIGHT, **{option: 0.8}),
        metric("few thresholds", name, FLAT_BITS, FLAT_UNIT, num_thresholds=5, **{option: 0.6}),
        metric("one threshold", name, FLAT_BITS, FLAT_UNIT, num_thresholds=1, **{option: 0.6}),
        metric("class", name, BITS, UNIT, class_id=1, **{option: 0.4}),
    )
]

CLASSES_TRUE, CLASSES_GUESSED = whole((12,), high=3), whole((12,), high=3)
CLASS_SCORES = probabilities((12, 3))
# Whole numbers: Keras counts these in the dtype int and drops what comes after the point; hybrid does not.
COUNT_WEIGHT = whole((12,), low=1, high=4, dtype="float32")

OVERLAP: list[Case] = [
    *(
        metric(label, name, CLASSES_TRUE, CLASSES_GUESSED, weight=weight, num_classes=3, **config)
        for name, config in (("MeanIoU", {}), ("IoU", {"target_class_ids": [0, 2]}))
        for label, weight in (("plain", None), ("weighted", COUNT_WEIGHT))
    ),
    metric("ignore class", "MeanIoU", CLASSES_TRUE, CLASSES_GUESSED, num_classes=3, ignore_class=1),
    metric("scores", "MeanIoU", CLASSES_TRUE, CLASS_SCORES, num_classes=3, sparse_y_pred=False),
    metric("absent class", "IoU", CLASSES_TRUE, CLASSES_GUESSED, num_classes=5, target_class_ids=[0, 4]),
    metric("plain", "BinaryIoU", BITS, UNIT),
    metric("one class", "BinaryIoU", BITS, UNIT, target_class_ids=[1], threshold=0.3),
    metric("plain", "OneHotIoU", one_hot((12, 3)), CLASS_SCORES, num_classes=3, target_class_ids=[0, 2]),
    metric(
        "weighted",
        "OneHotIoU",
        one_hot((12, 3)),
        CLASS_SCORES,
        weight=COUNT_WEIGHT,
        num_classes=3,
        target_class_ids=[1],
    ),
    metric("plain", "OneHotMeanIoU", one_hot((12, 3)), CLASS_SCORES, num_classes=3),
    metric("weighted", "OneHotMeanIoU", one_hot((12, 3)), CLASS_SCORES, weight=COUNT_WEIGHT, num_classes=3),
    metric("sparse", "OneHotMeanIoU", one_hot((12, 3)), CLASSES_GUESSED, num_classes=3, sparse_y_pred=True),
]

RELATIONS: list[Case] = [
    *(
        metric(label, "R2Score", real((6, 3)), real((6, 3)), weight=weight, **config)
        for label, weight, config in (
            ("plain", None, {}),
            ("weighted", real((6,), low=0.1, high=2.0), {}),
            ("each", None, {"class_aggregation": None}),
            ("variance", None, {"class_aggregation": "variance_weighted_average"}),
            ("adjusted", None, {"num_regressors": 2}),
        )
    ),
    *(
        case
        for name in ("PearsonCorrelation", "ConcordanceCorrelation")
        for case in (
            *both("plain", name, real((4, 5)), real((4, 5))),
            metric("axis", name, real((4, 5)), real((4, 5)), axis=0),
        )
    ),
    *(
        metric(f"{average or 'none'} {beta}", "FBetaScore", one_hot((12, 3)), CLASS_SCORES, average=average, beta=beta)
        for average in (None, "micro", "macro", "weighted")
        for beta in (0.5, 2.0)
    ),
]

METRIC_CASES: list[Case] = [
    *(*MEANS, *ACCURACIES, *CONFUSION, *AREA, *F_SCORES),
    *(*COUNTS, *POINTS, *OVERLAP, *RELATIONS),
]
