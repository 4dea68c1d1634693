"""Attention over a list of query, value and key, without weights of its own except for scales.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import ops, random
from ...errors import ConfigError, ShapeError, StructureError
from ...ops.attend import attend, can_attend, masked_softmax
from ...ops.attention import causal_mask
from ...random.masking import keep, scale_of
from ..base.layer import Layer
from .masks import all_of

__all__ = ["AdditiveAttention", "Attention"]


class Attention(Layer):
    """Dot-product attention, also called Luong-style attention.

    Args:
        use_scale: whether the scores are multiplied by a weight.
        score_mode: `"dot"`, or `"concat"`: the sum of `tanh(query + key)`.
        dropout: share of the attention weights that is dropped in training.
        seed: of the dropout.

    Variables:
        scale: scalar, one; with `use_scale`.
        concat_score_weight: scalar, one; with `score_mode="concat"`.

    Input: list of query `[batch, queries, features]`, value `[batch, keys, size]` and, if it is not the value, key
    `[batch, keys, features]`; optionally `mask`, a list of bool `[batch, queries]` and `[batch, keys]`.
    Output: float `[batch, queries, size]`; with `return_attention_scores` a pair with the weights,
    `[batch, queries, keys]`.

    Raises:
        ConfigError: for an unknown score mode or an illegal dropout rate.
        StructureError: if the input is no list of two or three tensors.

    Example:
        >>> Attention()([np.ones((2, 4, 3)), np.ones((2, 5, 3))]).shape
        (2, 4, 3)

    Source: Luong et al. 2015, "Effective approaches to attention-based neural machine translation".
    """

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ConfigError(f"Unknown score mode: {score_mode!r}.", fix="use 'dot' or 'concat'")
        self.score_mode = score_mode
        self._store(use_scale, dropout, seed)

    def _store(self, use_scale: bool, dropout: float, seed: Any) -> None:
        if not 0 <= dropout <= 1:
            raise ConfigError(f"A dropout rate lies between 0 and 1, unlike {dropout!r}.")
        self.use_scale = use_scale
        self.dropout = dropout
        self.seed = seed
        if dropout:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Create the scales."""
        self._check(input_shape)
        self.scale = self.concat_score_weight = None
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(name="concat_score_weight", shape=(), initializer="ones")
        self.built = True

    def _check(self, inputs: Any) -> None:
        if not isinstance(inputs, (list, tuple)) or len(inputs) not in (2, 3):
            raise StructureError(
                f"{self._description} needs a list [query, value] or [query, value, key].",
                fix="layer([query, value])",
            )

    def _scores(self, query: Any, key: Any) -> Any:
        """Return how well keys answer queries, `[batch, queries, keys]`."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.transpose(key, (0, 2, 1)))
            return scores if self.scale is None else ops.multiply(scores, self.scale)
        both = ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3))
        both = both if self.scale is None else ops.multiply(both, self.scale)
        return ops.multiply(ops.sum(ops.tanh(both), axis=-1), self.concat_score_weight)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool | None = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """Compute the weighted means of the values."""
        self._check(inputs)
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        if any(len(each.shape) != 3 for each in inputs):
            raise ShapeError(
                f"{self._description} received inputs of shapes {[list(each.shape) for each in inputs]}.",
                fix="pass tensors [batch, length, features]",
            )
        query_mask, value_mask = self._masks(mask)
        visible = all_of(
            None if value_mask is None else ops.expand_dims(value_mask, -2),
            causal_mask(query, key, 1) if use_causal_mask else None,
        )
        rate = self.dropout if training else 0.0
        outputs = None if return_attention_scores else self._attend(query, key, value, visible, rate)
        if outputs is None:
            weights = masked_softmax(self._scores(query, key), visible)
            if rate:
                weights = random.dropout(weights, rate, seed=self.seed_generator)
            outputs = ops.matmul(weights, value)
        if query_mask is not None:
            outputs = ops.multiply(outputs, ops.cast(ops.expand_dims(query_mask, -1), outputs.dtype))
        return (outputs, weights) if return_attention_scores else outputs

    def _attend(self, query: Any, key: Any, value: Any, visible: Any, rate: float) -> Any:
        """Return the weighted means in one operation, as with one head; `None` where that cannot be done."""
        if self.score_mode != "dot":
            return None
        query = query if self.scale is None else ops.multiply(query, self.scale)
        projected = [ops.expand_dims(each, 2) for each in (query, key, value)]
        if not can_attend(*projected):
            return None
        if visible is not None:
            visible = ops.expand_dims(visible, -3)
        kept = None
        if rate:
            kept = keep((ops.shape(query)[0], 1, ops.shape(query)[1], ops.shape(key)[1]), rate, self.seed_generator)
        return ops.squeeze(attend(*projected, mask=visible, kept=kept, scale=scale_of(rate)), 2)

    def _masks(self, mask: Any) -> tuple[Any, Any]:
        if mask is None:
            return None, None
        if not isinstance(mask, (list, tuple)) or len(mask) not in (2, 3):
            raise StructureError(
                f"{self._description} needs a list of masks, one for the query and one for the value.",
                fix="layer([query, value], mask=[query_mask, value_mask])",
            )
        return mask[0], mask[1]

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the mask of the query, which holds for the output."""
        return [self._masks(previous_mask)[0], None]


class AdditiveAttention(Attention):
    """Additive attention, also called Bahdanau-style attention: scores are sums of `scale * tanh(query + key)`.

    Args:
        use_scale: whether the sum is weighted.
        dropout: share of the attention weights that is dropped in training.
        seed: of the dropout.

    Variables:
        scale: `[features]`, Glorot uniform; with `use_scale`.

    Input and output as in `Attention`.

    Raises:
        ConfigError: for an illegal dropout rate.
        StructureError: if the input is no list of two or three tensors.

    Example:
        >>> AdditiveAttention()([np.ones((2, 4, 3)), np.ones((2, 5, 3))]).shape
        (2, 4, 3)

    Source: Bahdanau et al. 2015, "Neural machine translation by jointly learning to align and translate".
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, seed: Any = None, **kwargs: Any):
        Layer.__init__(self, **kwargs)
        self._store(use_scale, dropout, seed)

    def build(self, input_shape: Any) -> None:
        """Create the scale for the number of features."""
        self._check(input_shape)
        self.scale = None
        if self.use_scale:
            features = input_shape[0][-1]
            self.scale = self.add_weight(name="scale", shape=(features,), initializer="glorot_uniform")
        self.built = True

    def _scores(self, query: Any, key: Any) -> Any:
        both = ops.tanh(ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3)))
        return ops.sum(both if self.scale is None else ops.multiply(both, self.scale), axis=-1)

    def _attend(self, query: Any, key: Any, value: Any, visible: Any, rate: float) -> Any:
        return None
