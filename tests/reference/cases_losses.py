"""Cases of losses: every class over reductions, weights and options, with gradients for the predictions."""

from __future__ import annotations

from typing import Any

from .specification import Array, CallCase, Case, Make, Reference, fixed, one_hot, probabilities, real, whole

SHAPE = (4, 3)
UNIT = real(SHAPE, low=0.05, high=0.95)
LOGITS = real(SHAPE, low=-3.0, high=3.0)
BITS = whole(SHAPE, high=2, dtype="float32")
SIGNS = fixed([[-1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [-1.0, -1.0, 1.0], [1.0, 1.0, -1.0]])
LABELS = whole((4,), high=3)

DATA: dict[str, tuple[Array, Array]] = {
    "MeanSquaredError": (real(SHAPE), real(SHAPE)),
    "MeanAbsoluteError": (real(SHAPE), real(SHAPE)),
    "MeanAbsolutePercentageError": (real(SHAPE, low=0.5, high=2.0), real(SHAPE)),
    "MeanSquaredLogarithmicError": (real(SHAPE, low=0.0, high=3.0), real(SHAPE, low=0.0, high=3.0)),
    "Huber": (real(SHAPE, low=-3, high=3), real(SHAPE)),
    "LogCosh": (real(SHAPE, low=-3, high=3), real(SHAPE)),
    "BinaryCrossentropy": (BITS, UNIT),
    "BinaryFocalCrossentropy": (BITS, UNIT),
    "CategoricalCrossentropy": (one_hot(SHAPE), probabilities(SHAPE)),
    "CategoricalFocalCrossentropy": (one_hot(SHAPE), probabilities(SHAPE)),
    "CategoricalGeneralizedCrossEntropy": (LABELS, probabilities(SHAPE)),
    "SparseCategoricalCrossentropy": (LABELS, probabilities(SHAPE)),
    "KLDivergence": (probabilities(SHAPE), probabilities(SHAPE)),
    "Poisson": (whole(SHAPE, high=5, dtype="float32"), real(SHAPE, low=0.2, high=3.0)),
    "Hinge": (SIGNS, real(SHAPE, low=-2, high=2)),
    "SquaredHinge": (SIGNS, real(SHAPE, low=-2, high=2)),
    "CategoricalHinge": (one_hot(SHAPE), real(SHAPE)),
    "CosineSimilarity": (real(SHAPE), real(SHAPE)),
}

FUNCTIONS = {
    "MeanSquaredError": "mean_squared_error",
    "MeanAbsoluteError": "mean_absolute_error",
    "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
    "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error",
    "Huber": "huber",
    "LogCosh": "log_cosh",
    "BinaryCrossentropy": "binary_crossentropy",
    "BinaryFocalCrossentropy": "binary_focal_crossentropy",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "CategoricalFocalCrossentropy": "categorical_focal_crossentropy",
    "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    "KLDivergence": "kl_divergence",
    "Poisson": "poisson",
    "Hinge": "hinge",
    "SquaredHinge": "squared_hinge",
    "CategoricalHinge": "categorical_hinge",
    "CosineSimilarity": "cosine_similarity",
    "Dice": "dice",
    "Tversky": "tversky",
}
# Losses that measure the overlap of a whole batch unless they are given an axis.
OVERLAP: dict[str, tuple[Array, Array]] = {"Dice": (BITS, UNIT), "Tversky": (BITS, UNIT)}


def loss(
    label: str, name: str, data: tuple[Array, Array] | None = None, weight: Array | None = None, **config: Any
) -> CallCase:
    """A loss object called on targets and predictions, by default those that its class has in `DATA`."""
    return CallCase(
        name=f"losses/{name}/{label}",
        function=Make(f"losses.{name}", **config),
        arguments=data or (DATA | OVERLAP)[name],
        keywords={} if weight is None else {"sample_weight": weight},
        differentiate=(1,),
    )


PER_SAMPLE = real((4,), low=0.1, high=2.0)
COLUMN = real((4, 1), low=0.1, high=2.0)
ZEROS = fixed([0.0, 0.0, 0.0, 0.0])
SOME_ZEROS = fixed([0.0, 1.5, 0.0, 0.5])
SEQUENCE = (2, 3, 4)

REDUCED: list[Case] = [
    loss(f"{reduction} {label}", name, weight=weight, reduction=reduction)
    for name in DATA
    for reduction in ("sum_over_batch_size", "sum", "none", "mean_with_sample_weight")
    for label, weight in (("plain", None), ("weighted", PER_SAMPLE))
]

WEIGHTED: list[Case] = [
    *(
        loss(f"{label} weights", name, weight=weight)
        for name in ("MeanSquaredError", "BinaryCrossentropy", "CategoricalCrossentropy")
        for label, weight in (("column", COLUMN), ("zero", ZEROS), ("some zero", SOME_ZEROS))
    ),
    loss("zero weights mean", "MeanSquaredError", weight=ZEROS, reduction="mean_with_sample_weight"),
    *(
        loss(f"sequence {label}", "MeanSquaredError", (real(SEQUENCE), real(SEQUENCE)), weight, reduction=reduction)
        for label, weight, reduction in (
            ("plain", None, "sum_over_batch_size"),
            ("per sample", real((2, 1), low=0.1), "sum_over_batch_size"),
            ("per step", real((2, 3), low=0.1), "sum_over_batch_size"),
            ("per step mean", real((2, 3), low=0.1), "mean_with_sample_weight"),
            ("none", real((2, 3), low=0.1), "none"),
        )
    ),
]

OPTIONS: list[Case] = [
    loss("narrow", "Huber", delta=0.3),
    *(
        loss(label, name, (BITS, LOGITS if config.get("from_logits") else UNIT), **config)
        for name in ("BinaryCrossentropy", "BinaryFocalCrossentropy")
        for label, config in (
            ("logits", {"from_logits": True}),
            ("smoothing", {"label_smoothing": 0.2}),
            ("logits smoothing", {"from_logits": True, "label_smoothing": 0.1}),
        )
    ),
    loss("certain", "BinaryCrossentropy", (fixed([[0.0, 1.0, 1.0]]), fixed([[0.0, 1.0, 0.5]]))),
    loss("axis", "BinaryCrossentropy", (whole(SEQUENCE, high=2, dtype="float32"), real(SEQUENCE, low=0.1)), axis=1),
    loss("integers", "BinaryCrossentropy", (whole((4, 1), high=2), real((4, 1), low=0.1, high=0.9))),
    loss("gamma", "BinaryFocalCrossentropy", gamma=3.0),
    loss("balanced", "BinaryFocalCrossentropy", apply_class_balancing=True, alpha=0.4),
    loss("logits", "CategoricalCrossentropy", (one_hot(SHAPE), LOGITS), from_logits=True),
    loss("smoothing", "CategoricalCrossentropy", label_smoothing=0.1),
    loss(
        "logits smoothing", "CategoricalCrossentropy", (one_hot(SHAPE), LOGITS), from_logits=True, label_smoothing=0.3
    ),
    loss("not normalized", "CategoricalCrossentropy", (one_hot(SHAPE), UNIT)),
    loss("soft targets", "CategoricalCrossentropy", (probabilities(SHAPE), probabilities(SHAPE))),
    loss("sequence", "CategoricalCrossentropy", (one_hot(SEQUENCE), probabilities(SEQUENCE))),
    loss("logits", "SparseCategoricalCrossentropy", (LABELS, LOGITS), from_logits=True),
    loss("column labels", "SparseCategoricalCrossentropy", (whole((4, 1), high=3), LOGITS), from_logits=True),
    loss("sequence", "SparseCategoricalCrossentropy", (whole((2, 3), high=4), probabilities(SEQUENCE))),
    loss("not normalized", "SparseCategoricalCrossentropy", (LABELS, UNIT)),
    loss("ignore class", "SparseCategoricalCrossentropy", ignore_class=1),
    loss("gamma", "CategoricalFocalCrossentropy", gamma=3.0, alpha=0.4),
    loss("smoothing", "CategoricalFocalCrossentropy", label_smoothing=0.1),
    loss("logits", "CategoricalFocalCrossentropy", (one_hot(SHAPE), LOGITS), from_logits=True),
    loss("strength", "CategoricalGeneralizedCrossEntropy", q=0.2),
    *(
        loss(f"{label} {reduction}", name, weight=weight, reduction=reduction, **config)
        for name in OVERLAP
        for reduction in ("sum_over_batch_size", "sum", "none", "mean_with_sample_weight")
        for label, weight, config in (
            ("batch", None, {}),
            ("axis", None, {"axis": -1}),
            ("axis weighted", PER_SAMPLE, {"axis": -1}),
        )
    ),
    loss("uneven", "Tversky", alpha=0.2, beta=0.7),
    loss("bits", "Hinge", (BITS, real(SHAPE, low=-2, high=2))),
    loss("bits", "SquaredHinge", (BITS, real(SHAPE, low=-2, high=2))),
    loss("axis", "CosineSimilarity", axis=0),
    loss("zero rows", "KLDivergence", (fixed([[0.0, 1.0, 0.0]]), fixed([[0.2, 0.5, 0.3]]))),
]

AS_FUNCTIONS: list[Case] = [
    CallCase(
        name=f"losses/{function}",
        function=Reference(f"losses.{function}"),
        arguments=(DATA | OVERLAP)[name],
        differentiate=(1,),
    )
    for name, function in FUNCTIONS.items()
]

LOSS_CASES: list[Case] = [*REDUCED, *WEIGHTED, *OPTIONS, *AS_FUNCTIONS]
