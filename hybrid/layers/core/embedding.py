"""Rows of a table, looked up by their numbers.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import constraints, initializers, ops, regularizers
from ...errors import ConfigError
from ...ops.gathering import gather_rows
from ..base.layer import Layer

__all__ = ["Embedding"]


class Embedding(Layer):
    """Turn whole numbers into learnt vectors.

    Args:
        input_dim: number of rows, one more than the greatest number.
        output_dim: length of the vectors.
        embeddings_initializer: of the table.
        embeddings_regularizer: penalty on the table.
        embeddings_constraint: applied to the table after each step.
        mask_zero: whether the number 0 means padding: the output then carries a mask.
        activity_regularizer: penalty on the output.
        weights: the table to start with, an array `[input_dim, output_dim]`.

    Variables:
        embeddings: `[input_dim, output_dim]`, uniform.

    Input: integers, any shape. Output: float `[*shape, output_dim]`.

    Raises:
        ConfigError: if a size is not a positive integer.
        OutOfRangeError: if a number has no row.

    Example:
        >>> Embedding(10, 4)(np.array([[1, 2, 3]])).shape
        (1, 3, 4)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ):
        weights = kwargs.pop("weights", None)
        # What is learnt is stored with the weights: the configuration does not hold the first values.
        self._arguments[1].pop("weights", None)
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        for name, size in (("input_dim", input_dim), ("output_dim", output_dim)):
            if not isinstance(size, int) or size < 1:
                raise ConfigError(f"Embedding needs a positive {name}, not {size!r}.", fix="Embedding(1000, 64)")
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        # Numbers that arrive as floats must not be rounded.
        self.autocast = False
        if weights is not None:
            self.build()
            self.set_weights(weights if isinstance(weights, (list, tuple)) else [weights])

    def build(self, input_shape: Any = None) -> None:
        """Create the table."""
        self.embeddings = self.add_weight(
            name="embeddings",
            shape=(self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Look up the rows."""
        if inputs.dtype.kind not in "iu":
            inputs = ops.cast(inputs, "int32")
        return gather_rows(self.embeddings, inputs)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return where the number is not 0, with `mask_zero`."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None
