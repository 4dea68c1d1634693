"""From a value per sample to one number: sample weights, masks, reductions.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from .. import config, ops
from ..core.door import shape_of
from ..core.spec import same_size
from ..errors import ConfigError, ShapeError
from ..ops.reduction import count

__all__ = ["REDUCTIONS", "reduce_weighted", "standardize_reduction"]

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none")


def standardize_reduction(owner: str, reduction: str | None) -> str | None:
    """Return a valid reduction.

    Raises:
        ConfigError: if it is none.
    """
    if reduction is not None and reduction not in REDUCTIONS:
        raise ConfigError(
            f"{owner} has no reduction {reduction!r}.", fix=f"use one of {', '.join(map(repr, REDUCTIONS))}, or None"
        )
    return reduction


def fit_to_values(what: str, weights: Any, values: Any) -> Any:
    """Return weights with the rank of what they weigh: their axes are its leading ones.

    Raises:
        ShapeError: if the shapes do not fit.
    """
    own, wanted = shape_of(weights), shape_of(values)
    if own == wanted or not own:
        return weights
    if len(own) == len(wanted) + 1 and own[-1] == 1:
        weights = ops.squeeze(weights, -1)
        own = own[:-1]
    fits = len(own) <= len(wanted) and all(
        same_size(mine, theirs) or (axis > 0 and mine == 1)
        for axis, (mine, theirs) in enumerate(zip(own, wanted, strict=False))
    )
    if not fits:
        raise ShapeError(
            f"A {what} of shape {list(own)} does not fit the values of shape {list(wanted)} that it is to weigh.",
            why=f"the axes of a {what} are the leading axes of the values, and there is one value per prediction, the "
            "last axis being reduced",
            fix=f"pass a {what} of shape {list(wanted[:1])}" + (f" or {list(wanted)}" if len(wanted) > 1 else ""),
        )
    missing = len(wanted) - len(own)
    return ops.expand_dims(weights, tuple(range(len(own), len(wanted)))) if missing else weights


def reduce_weighted(values: Any, sample_weight: Any, mask: Any, reduction: str | None) -> Any:
    """Return the reduction of weighted values.

    Args:
        values: float tensor, one value per prediction.
        sample_weight: tensor whose axes are the leading ones of `values`, or `None`.
        mask: bool tensor of the same kind; what is masked counts for nothing, in means not even as a value.
        reduction: one of `REDUCTIONS`, or `None` for `"none"`.

    Returns:
        scalar, or a tensor like `values`.
    """
    weights = None
    if sample_weight is not None:
        weights = fit_to_values("sample_weight", ops.cast(ops.convert_to_tensor(sample_weight), values.dtype), values)
        if reduction == "mean_with_sample_weight":
            weights = ops.broadcast_to(weights, ops.shape(values))
    valid = None
    if mask is not None:
        valid = ops.broadcast_to(fit_to_values("mask", ops.cast(mask, values.dtype), values), ops.shape(values))
        weights = valid if weights is None else ops.multiply(weights, valid)
    if weights is not None:
        values = ops.multiply(values, weights)
    if reduction in (None, "none"):
        return values
    if weights is None and reduction != "sum" and 0 not in values.shape:
        return ops.mean(values)
    total = ops.sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and weights is not None:
        return _divide_or_zero(total, ops.sum(weights))
    if valid is not None:
        return ops.divide(total, ops.add(ops.sum(valid), config.epsilon()))
    return total if 0 in values.shape else ops.divide(total, count(values, None))


def _divide_or_zero(total: Any, divisor: Any) -> Any:
    is_zero = ops.equal(divisor, 0)
    return ops.where(
        is_zero, ops.zeros_like(total), ops.divide(total, ops.where(is_zero, ops.ones_like(divisor), divisor))
    )
