"""Multi-head attention.

Floor 8. Four `EinsumDense` layers project queries, keys, values and results; in between stand products of matrices.
"""

from __future__ import annotations

import math
import string
from typing import Any

from ... import constraints, initializers, ops, random, regularizers
from ...core.spec import normalize_axis, standardize_shape
from ...errors import ConfigError
from ...ops.attend import attend, can_attend, masked_softmax
from ...ops.attention import causal_mask
from ...random.masking import keep, scale_of
from ..base.layer import Layer
from ..core.einsum_dense import EinsumDense
from .masks import all_of

__all__ = ["MultiHeadAttention"]


class MultiHeadAttention(Layer):
    """Several attentions side by side, each over projections of its own.

    Args:
        num_heads: number of attentions, ≥ 1.
        key_dim: size of queries and keys in each.
        value_dim: size of values in each; `key_dim` by default.
        dropout: share of the attention weights that is dropped in training.
        use_bias: whether the projections have biases.
        output_shape: sizes of the output's last axes, an int for one; those of the query by default.
        attention_axes: axes of the sequence; all between batch and features by default.
        flash_attention: must not be true: there is one way to compute it.
        kernel_initializer: of all kernels.
        bias_initializer: of all biases.
        kernel_regularizer: penalty on all kernels.
        bias_regularizer: penalty on all biases.
        activity_regularizer: penalty on the output.
        kernel_constraint: applied to all kernels after each step.
        bias_constraint: applied to all biases after each step.
        seed: of the dropout.

    Variables: kernel and bias of the layers `query`, `key`, `value` (`[features, heads, size]`, `[heads, size]`) and
    `attention_output` (`[heads, size, features]`, `[features]`).

    Input: `query`, float `[batch, queries, features]`, `value` and optionally `key`, `[batch, keys, features]`; with
    more axes between, attention runs along `attention_axes`. Masks: `value_mask` and `key_mask`, bool without the
    features; `attention_mask`, bool, can be broadcast to `[batch, queries, keys]`; `query_mask`, which becomes the
    output's mask and, as in Keras, hides no keys. A query that may see no key gets the mean of all values; zeros if
    the scores are asked for, or with dropout.
    Output: like `query`; with `return_attention_scores` a pair with the weights, `[batch, heads, queries, keys]`.

    Raises:
        ConfigError: if a number is not legal.

    Example:
        >>> MultiHeadAttention(num_heads=2, key_dim=4)(np.ones((2, 5, 3)), np.ones((2, 6, 3))).shape
        (2, 5, 3)

    Source: Vaswani et al. 2017, "Attention is all you need".
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        seed: Any = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        value_dim = key_dim if value_dim is None else value_dim
        for name, number in (("num_heads", num_heads), ("key_dim", key_dim), ("value_dim", value_dim)):
            if not isinstance(number, int) or number < 1:
                raise ConfigError(f"MultiHeadAttention needs a positive integer for {name}, not {number!r}.")
        if not 0 <= dropout <= 1:
            raise ConfigError(f"A dropout rate lies between 0 and 1, unlike {dropout!r}.")
        if flash_attention:
            raise ConfigError("There is no flash attention on the CPU.", fix="use flash_attention=None")
        self.num_heads = num_heads
        self.key_dim = key_dim
        self.value_dim = value_dim
        self.dropout = dropout
        self.use_bias = use_bias
        self.output_shape = output_shape if output_shape is None or isinstance(output_shape, int) else [*output_shape]
        axes = [attention_axes] if isinstance(attention_axes, int) else attention_axes
        self.attention_axes: Any = axes if axes is None else [*axes]
        self.flash_attention = flash_attention
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.seed = seed
        if dropout:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True

    # -- weights ------------------------------------------------------------------------------------------------------

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:  # type: ignore[override]
        """Create and build the projections."""
        query_shape, value_shape = standardize_shape(query_shape), standardize_shape(value_shape)
        key_shape = value_shape if key_shape is None else standardize_shape(key_shape)
        rank = len(query_shape)
        axes = list(range(1, rank - 1)) if self.attention_axes is None else self.attention_axes
        self.attention_axes = [normalize_axis(axis, rank) for axis in axes]
        self.query_layer = self._projection("query", query_shape, self.key_dim)
        self.key_layer = self._projection("key", key_shape, self.key_dim)
        self.value_layer = self._projection("value", value_shape, self.value_dim)
        sizes = self.output_shape
        sizes = [query_shape[-1]] if sizes is None else [sizes] if isinstance(sizes, int) else sizes
        letters = string.ascii_lowercase
        kept, heads = letters[: rank - 1], letters[rank - 1 : rank + 1]
        new = letters[rank + 1 : rank + 1 + len(sizes)]
        self.output_layer = self._dense(
            "attention_output",
            f"{kept}{heads},{heads}{new}->{kept}{new}",
            (*query_shape[:-1], self.num_heads, self.value_dim),
            [*[None] * (rank - 2), *sizes],
            new,
        )
        self.built = True

    def _projection(self, name: str, shape: tuple[Any, ...], size: int) -> EinsumDense:
        rank, letters = len(shape), string.ascii_lowercase
        kept, features, new = letters[: rank - 1], letters[rank - 1], letters[rank : rank + 2]
        equation = f"{kept}{features},{features}{new}->{kept}{new}"
        return self._dense(name, equation, shape, [*[None] * (rank - 2), self.num_heads, size], new)

    def _dense(self, name: str, equation: str, shape: Any, output_shape: list[Any], bias_axes: str) -> EinsumDense:
        layer = EinsumDense(
            equation,
            output_shape,
            bias_axes=bias_axes if self.use_bias else None,
            kernel_initializer=_fresh(self.kernel_initializer),
            bias_initializer=_fresh(self.bias_initializer),
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            dtype=self.dtype,
            trainable=self.trainable,
            name=name,
        )
        layer.build(shape)
        return layer

    # -- calling ------------------------------------------------------------------------------------------------------

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """Project, attend, and project back."""
        key = value if key is None else key
        visible = all_of(
            attention_mask,
            None if value_mask is None else ops.expand_dims(value_mask, -2),
            None if key_mask is None else ops.expand_dims(key_mask, -2),
            causal_mask(query, value, 1) if use_causal_mask else None,
        )
        queries = ops.multiply(self.query_layer(query), 1 / math.sqrt(self.key_dim))
        # As in Keras: what a query gets that may see no key depends on the way its weights are computed there.
        blind = return_attention_scores or self.dropout > 0
        projected = queries, self.key_layer(key), self.value_layer(value)
        rate = self.dropout if training else 0.0
        if not return_attention_scores and self.attention_axes == [1] and can_attend(*projected):
            return self.output_layer(self._attend(*projected, visible, blind, rate))
        attended, weights = self._attend_with_weights(*projected, visible, blind, rate)
        outputs = self.output_layer(attended)
        return (outputs, weights) if return_attention_scores else outputs

    def _attend(self, queries: Any, keys: Any, values: Any, visible: Any, blind: bool, rate: float) -> Any:
        """Return the means of the values, `[batch, queries, heads, size]`."""
        while visible is not None and len(visible.shape) < 4:
            visible = ops.expand_dims(visible, -3)
        kept = None
        if rate:
            batch, length, heads, _ = ops.shape(queries)
            kept = keep((batch, heads, length, ops.shape(keys)[1]), rate, self.seed_generator)
        return attend(queries, keys, values, mask=visible, kept=kept, scale=scale_of(rate), blind=blind)

    def _attend_with_weights(
        self, queries: Any, keys: Any, values: Any, visible: Any, blind: bool, rate: float
    ) -> tuple[Any, Any]:
        """Return the means of the values, with axes like the queries', and the attention weights."""
        attended_axes = self.attention_axes
        rank, count = len(queries.shape), len(attended_axes)
        batch = [axis for axis in range(rank - 1) if axis not in attended_axes]
        order = [*batch, *attended_axes, rank - 1]
        leading = ops.shape(queries)
        query_sizes = [leading[axis] for axis in attended_axes]
        key_sizes = [ops.shape(keys)[axis] for axis in attended_axes]
        batch_sizes = [leading[axis] for axis in batch]
        flat = [_matrices(each, order, count) for each in (queries, keys, values)]
        scores = ops.matmul(flat[0], ops.swapaxes(flat[1], -1, -2))
        if count > 1:
            scores = ops.reshape(scores, (*batch_sizes, *query_sizes, *key_sizes))
        if visible is not None:
            for _ in range(len(scores.shape) - len(visible.shape)):
                visible = ops.expand_dims(visible, -2 * count - 1)
        weights = masked_softmax(scores, visible, axis=tuple(range(-count, 0)), blind=blind)
        kept = random.dropout(weights, rate, seed=self.seed_generator) if rate else weights
        if count > 1:
            kept = ops.reshape(kept, (*batch_sizes, math.prod(query_sizes), math.prod(key_sizes)))
        means = ops.matmul(kept, flat[2])
        if count > 1:
            means = ops.reshape(means, (*batch_sizes, *query_sizes, self.value_dim))
        inverse = sorted(range(rank), key=order.__getitem__)
        return ops.transpose(means, inverse), weights

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the mask of the query, which holds for the output."""
        mask = previous_mask[0] if isinstance(previous_mask, (list, tuple)) else previous_mask
        return [mask, None]


def _matrices(x: Any, order: list[int], count: int) -> Any:
    """Bring the attention axes together as the last but one."""
    x = ops.transpose(x, order)
    if count == 1:
        return x
    sizes = ops.shape(x)
    rows = math.prod(sizes[-count - 1 : -1])
    return ops.reshape(x, (*sizes[: -count - 1], rows, sizes[-1]))


def _fresh(initializer: Any) -> Any:
    """Return an initializer of the same kind for another weight: one with a seed of its own draws the same values."""
    return initializer.clone() if hasattr(initializer, "clone") else initializer
