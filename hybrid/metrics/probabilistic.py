"""The losses of probabilities and decisions, as metrics.

Floor 8.
"""

from __future__ import annotations

from ..losses import (
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    hinge,
    kl_divergence,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from ..typing import DTypeLike
from .mean import FunctionMetric

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "Hinge",
    "KLDivergence",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
]


class BinaryCrossentropy(FunctionMetric):
    """The mean cross entropy of yes-or-no questions.

    Args:
        name: shown in logs.
        dtype: of the result.
        from_logits: whether predictions are logits, not probabilities.
        label_smoothing: how far to move targets towards the uniform distribution, between 0 and 1.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(BinaryCrossentropy()([[1.0]], [[0.5]]))
        0.6931471824645996
    """

    function = staticmethod(binary_crossentropy)

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: DTypeLike = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ):
        self._set_up(name, dtype, from_logits=from_logits, label_smoothing=label_smoothing)


class CategoricalCrossentropy(FunctionMetric):
    """The mean cross entropy of one-hot targets.

    Args:
        name: shown in logs.
        dtype: of the result.
        from_logits: whether predictions are logits, not probabilities.
        label_smoothing: how far to move targets towards the uniform distribution, between 0 and 1.
        axis: of the classes.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]))
        0.6931471824645996
    """

    function = staticmethod(categorical_crossentropy)

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: DTypeLike = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ):
        self._set_up(name, dtype, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)


class SparseCategoricalCrossentropy(FunctionMetric):
    """The mean cross entropy of integer class labels.

    Args:
        name: shown in logs.
        dtype: of the result.
        from_logits: whether predictions are logits, not probabilities.
        ignore_class: label of samples that do not count.
        axis: of the classes.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]]))
        0.6931471824645996
    """

    function = staticmethod(sparse_categorical_crossentropy)
    reduces_last_axis = False

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: DTypeLike = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ):
        self._set_up(name, dtype, from_logits=from_logits, ignore_class=ignore_class, axis=axis)


class CategoricalHinge(FunctionMetric):
    """How much the best wrong class comes within 1 of the right one, on average.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.25, 0.5]]))
        0.75
    """

    function = staticmethod(categorical_hinge)

    def __init__(
        self,
        name: str | None = "categorical_hinge",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)


class Hinge(FunctionMetric):
    """The mean of `max(1 - y_true * y_pred, 0)`.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(Hinge()([[1.0, -1.0]], [[0.5, -2.0]]))
        0.25
    """

    function = staticmethod(hinge)

    def __init__(
        self,
        name: str | None = "hinge",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)


class SquaredHinge(FunctionMetric):
    """The mean of `max(1 - y_true * y_pred, 0) ** 2`.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(SquaredHinge()([[1.0, -1.0]], [[0.5, -2.0]]))
        0.125
    """

    function = staticmethod(squared_hinge)

    def __init__(
        self,
        name: str | None = "squared_hinge",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)


class KLDivergence(FunctionMetric):
    """The mean Kullback-Leibler divergence of predicted from true probabilities.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
        0.0
    """

    function = staticmethod(kl_divergence)

    def __init__(
        self,
        name: str | None = "kl_divergence",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)


class Poisson(FunctionMetric):
    """The mean of `y_pred - y_true * log(y_pred)`, for counts.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(Poisson()([[0.0]], [[3.0]]))
        3.0
    """

    function = staticmethod(poisson)

    def __init__(
        self,
        name: str | None = "poisson",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)
