"""What every loss is: values per sample, weighted, masked and reduced.

Floor 8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import ops, registry, tree
from ..configurable import Configurable
from ..core.context import Noticed
from ..core.door import convert, shape_of
from ..core.dtypes import standardize_dtype
from ..core.tensor import Tensor
from ..core.usual_calls import NotWorthItError, PlainCall, UsualCalls
from ..errors import ConfigError
from ..naming import snake_case
from ..registry import is_builtin
from ..typing import DTypeLike, Structure, TensorLike
from .alignment import same_rank
from .reduction import reduce_weighted, standardize_reduction

__all__ = ["FunctionLoss", "Loss", "LossFunctionWrapper"]


class Loss(Noticed, Configurable):
    """Base of losses. Subclasses define `call(y_true, y_pred)`, which returns a value per sample.

    Args:
        name: shown in logs; the class's name in snake case by default.
        reduction: what becomes of the values: `"sum_over_batch_size"` (their sum divided by their number), `"mean"`
            (the same), `"mean_with_sample_weight"` (divided by the sum of the weights), `"sum"`, or `"none"`.
        dtype: to compute in; that of the predictions by default.

    Raises:
        ConfigError: for an unknown reduction.

    Example:
        >>> class Worst(Loss):
        ...     def call(self, y_true, y_pred):
        ...         return ops.max(ops.absolute(y_true - y_pred), axis=-1)
        >>> float(Worst()(np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([[1.0, 3.0], [1.0, 0.0]])))
        2.0
    """

    _usual_calls: UsualCalls | None = None

    def __init__(self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: DTypeLike = None):
        self.name = name or snake_case(type(self).__name__)
        self.reduction = standardize_reduction(type(self).__name__, reduction)
        self.dtype = None if dtype is None else standardize_dtype(dtype)
        self._usual_calls = UsualCalls(self.name) if is_builtin(type(self)) else None

    def __call__(self, y_true: Structure, y_pred: Structure, sample_weight: TensorLike | None = None) -> Any:
        """Return the loss.

        Args:
            y_true: targets, `[batch, ...]`.
            y_pred: predictions, `[batch, ...]`. Positions that their mask leaves out do not count.
            sample_weight: weight of each sample, `[batch]`, or of each value, `[batch, ...]`.

        Returns:
            scalar, or a value per sample without reduction.

        Raises:
            ShapeError: if targets, predictions and weights do not fit together.
        """
        y_true, y_pred = _standardize(y_true), _standardize(y_pred)
        if self.dtype is not None:
            y_pred = tree.map_structure(lambda leaf: ops.cast(leaf, self.dtype), y_pred)
        mask = getattr(y_pred, "mask", None)
        if sample_weight is None and mask is None and self._usual_calls is not None:
            usual = self._usual_calls.run((y_true, y_pred), None, self._as_function)
            if usual is not None:
                return usual
        if sample_weight is not None or mask is not None:
            y_true, y_pred = _one_sample_per_row(y_true, y_pred, sample_weight)
        values = _standardize(self.call(y_true, y_pred))
        own = values.mask
        if own is not None and own is not mask:
            mask = own if mask is None else ops.logical_and(own, mask)
        return reduce_weighted(values, sample_weight, mask, self.reduction)

    def _as_function(self, tensors: Sequence[Any], option: Any) -> PlainCall:
        """Return a call without weights as a function of targets and predictions, if all of it is our own."""
        if not all(map(is_builtin, filter(callable, vars(self).values()))):
            raise NotWorthItError
        return PlainCall(self)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return a value per sample, `[batch, ...]`."""
        raise NotImplementedError(f"{type(self).__name__} must define call(self, y_true, y_pred)")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}'>"


def _standardize(values: Structure) -> Structure:
    """Return tensors for arrays and nested numbers; a structure of tensors keeps its form."""
    kind = type(values)
    if kind is Tensor:
        return values
    if kind is np.ndarray:
        return convert(values)
    if isinstance(values, (list, tuple, dict)):
        leaves = tree.flatten(values)
        if isinstance(values, dict) or any(hasattr(leaf, "shape") for leaf in leaves):
            return tree.map_structure(ops.convert_to_tensor, values)
    return ops.convert_to_tensor(values)


def _one_sample_per_row(y_true: Any, y_pred: Any, sample_weight: Any) -> tuple[Any, Any]:
    """Give vectors of targets and predictions a last axis, so that there is a value for each weight.

    Keras averages such vectors before it weighs them, which makes the weights meaningless.
    """
    is_vector = all(hasattr(y, "shape") and len(y.shape) == 1 for y in (y_true, y_pred))
    weighs_all_alike = sample_weight is not None and not shape_of(sample_weight) and y_pred.mask is None
    if not is_vector or weighs_all_alike:
        return y_true, y_pred
    return ops.expand_dims(y_true, -1), ops.expand_dims(y_pred, -1)


def function_named(fn: Any) -> Callable[..., Any]:
    """Return a function, or the one of ours that a name stands for, as configurations write it.

    Raises:
        ConfigError: if it is neither.
    """
    found = registry.builtin_named("hybrid.losses", fn) if isinstance(fn, str) else fn
    if not callable(found) or isinstance(found, type):
        raise ConfigError(f"Not a function of targets and predictions: {fn!r}.", fix="pass a function (y_true, y_pred)")
    return found


class FunctionLoss(Loss):
    """Base of our losses: a function, and which attributes of the loss are its options."""

    function: ClassVar[Callable[..., Any]]
    options: ClassVar[tuple[str, ...]] = ()

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the function's values."""
        return type(self).function(y_true, y_pred, **{option: getattr(self, option) for option in self.options})


class LossFunctionWrapper(Loss):
    """A loss made of a function.

    Args:
        fn: function `(y_true, y_pred, **options)` that returns a value per sample.
        reduction: as in `Loss`.
        name: the function's by default.
        dtype: as in `Loss`.
        **options: further arguments of the function.

    Example:
        >>> loss = LossFunctionWrapper(lambda y_true, y_pred: (y_true - y_pred)[:, 0])
        >>> float(loss(np.array([[3.0], [5.0]]), np.array([[1.0], [1.0]])))
        3.0
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: DTypeLike = None,
        **options: Any,
    ):
        fn = function_named(fn)
        super().__init__(name or getattr(fn, "__name__", None), reduction, dtype)
        self.fn = fn
        self.options = options

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the function's values; (n,) against (n, 1) is brought to one rank before."""
        if hasattr(y_true, "shape") and hasattr(y_pred, "shape"):
            y_true, y_pred = same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **self.options)
