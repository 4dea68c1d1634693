"""How often predictions are right.

Floor 8.
"""

from __future__ import annotations

from ..typing import DTypeLike
from .accuracy_functions import (
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from .mean import FunctionMetric

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
]


class Accuracy(FunctionMetric):
    """How often predictions equal their targets.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(Accuracy()([[1], [2]], [[1], [3]]))
        0.5
    """

    function = staticmethod(accuracy)
    reduces_last_axis = False

    def __init__(
        self,
        name: str | None = "accuracy",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)


class BinaryAccuracy(FunctionMetric):
    """How often predictions are on the right side of a threshold.

    Args:
        name: shown in logs.
        dtype: of the result.
        threshold: what is above counts as 1.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(BinaryAccuracy()([[1], [1]], [[0.9], [0.2]]))
        0.5
    """

    function = staticmethod(binary_accuracy)
    reduces_last_axis = False

    def __init__(
        self,
        name: str | None = "binary_accuracy",
        dtype: DTypeLike = None,
        threshold: float = 0.5,
    ):
        self._set_up(name, dtype, threshold=threshold)


class CategoricalAccuracy(FunctionMetric):
    """How often the class with the greatest prediction is that of the one-hot target.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(CategoricalAccuracy()([[0, 1], [0, 1]], [[0.1, 0.9], [0.8, 0.2]]))
        0.5
    """

    function = staticmethod(categorical_accuracy)
    reduces_last_axis = False

    def __init__(
        self,
        name: str | None = "categorical_accuracy",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)


class SparseCategoricalAccuracy(FunctionMetric):
    """How often the class with the greatest prediction is the target.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(SparseCategoricalAccuracy()([1, 1], [[0.1, 0.9], [0.8, 0.2]]))
        0.5
    """

    function = staticmethod(sparse_categorical_accuracy)
    reduces_last_axis = False

    def __init__(
        self,
        name: str | None = "sparse_categorical_accuracy",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)


class TopKCategoricalAccuracy(FunctionMetric):
    """How often the class of the one-hot target is among the k greatest predictions.

    Args:
        k: how many predictions may be right.
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(TopKCategoricalAccuracy(k=2)([[0, 0, 1]], [[0.1, 0.6, 0.3]]))
        1.0
    """

    function = staticmethod(top_k_categorical_accuracy)
    reduces_last_axis = False

    def __init__(
        self,
        k: int = 5,
        name: str | None = "top_k_categorical_accuracy",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype, k=k)


class SparseTopKCategoricalAccuracy(FunctionMetric):
    """How often the target is among the k greatest predictions.

    Args:
        k: how many predictions may be right.
        name: shown in logs.
        dtype: of the result.
        from_sorted_ids: whether predictions are labels, the likeliest first.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(SparseTopKCategoricalAccuracy(k=2)([2], [[0.1, 0.6, 0.3]]))
        1.0
    """

    function = staticmethod(sparse_top_k_categorical_accuracy)
    reduces_last_axis = False

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: DTypeLike = None,
        from_sorted_ids: bool = False,
    ):
        self._set_up(name, dtype, k=k, from_sorted_ids=from_sorted_ids)
