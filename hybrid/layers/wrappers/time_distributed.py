"""One layer for every step of a sequence.

Floor 8. The axis of time is folded into the batch, so the layer inside is called once, whatever the number of steps.
"""

from __future__ import annotations

from typing import Any

from ... import ops, tree
from ...errors import ShapeError
from .wrapper import Wrapper

__all__ = ["TimeDistributed"]


class TimeDistributed(Wrapper):
    """Apply a layer to every step of a sequence.

    The steps of all samples are handed to the layer as one batch.

    Args:
        layer: the layer inside.

    Variables: those of the layer inside.

    Input: `[batch, time, ...]`; optionally `mask`, `[batch, time]` or, for layers that take a mask themselves, with
    more axes. Output: `[batch, time, ...]`, what the layer returns for every step.

    Raises:
        ConfigError: if `layer` is no layer.
        ShapeError: if an input has no axis of time.

    Example:
        >>> TimeDistributed(hybrid.layers.Dense(4))(np.ones((2, 5, 3))).shape
        (2, 5, 4)
    """

    def __init__(self, layer: Any, **kwargs: Any):
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Call the layer on all steps at once."""
        first = tree.flatten(inputs)[0]
        if len(first.shape) < 2:
            raise ShapeError(
                f"{self._description} received an input of shape {list(first.shape)}.",
                why="the second axis is the axis of time",
                fix="pass [batch, time, ...]",
            )
        leading = ops.shape(first)[:2]
        options = {}
        if mask is not None and "mask" in self.layer._call_signature.names:
            options["mask"] = _mapped(_folded, mask)
        outputs = self.layer(_mapped(_folded, inputs), **options)
        return _mapped(lambda output: _unfolded(output, leading), outputs)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the mask of the steps; that of the layer inside, if the mask goes further than the steps."""
        mask = next((each for each in tree.flatten(previous_mask) if each is not None), None)
        if mask is None or len(mask.shape) <= 2:
            return mask
        inner = self.layer.compute_mask(_mapped(_folded, inputs), _folded(mask))
        if inner is None:
            return ops.any(mask, axis=tuple(range(2, len(mask.shape))))
        return _unfolded(inner, ops.shape(mask)[:2])


def _mapped(function: Any, structure: Any) -> Any:
    return tree.map_structure(lambda leaf: None if leaf is None else function(leaf), structure)


def _folded(x: Any) -> Any:
    sizes = ops.shape(x)
    known = isinstance(sizes[0], int) and isinstance(sizes[1], int)
    return ops.reshape(x, (sizes[0] * sizes[1] if known else -1, *sizes[2:]))


def _unfolded(x: Any, leading: Any) -> Any:
    return ops.reshape(x, (*leading, *ops.shape(x)[1:]))
