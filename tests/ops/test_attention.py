"""Attention against loops over batch and heads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special

from hybrid import ops
from hybrid.core.spec import TensorSpec
from hybrid.core.trace import trace_function
from hybrid.errors import ConfigError, ShapeError

_RNG = np.random.default_rng(8)
_QUERY, _KEY, _VALUE = _RNG.normal(size=(2, 5, 4, 3)), _RNG.normal(size=(2, 6, 4, 3)), _RNG.normal(size=(2, 6, 4, 7))


def _loops(query: Any, key: Any, value: Any, scale: float, added: Any, seen: Any) -> Any:
    y = np.zeros((*query.shape[:3], value.shape[3]))
    groups = query.shape[2] // key.shape[2]
    for sample in range(query.shape[0]):
        for head in range(query.shape[2]):
            logits = query[sample, :, head] @ key[sample, :, head // groups].T * scale + added[sample, head]
            weights = special.softmax(np.where(seen[sample, head], logits, -np.inf), -1)
            y[sample, :, head] = weights @ value[sample, :, head // groups]
    return y


def test_attention_equals_loops() -> None:
    nothing, all_seen = np.zeros((2, 4, 5, 6)), np.ones((2, 4, 5, 6), bool)
    y = ops.dot_product_attention(_QUERY, _KEY, _VALUE).numpy()
    np.testing.assert_allclose(y, _loops(_QUERY, _KEY, _VALUE, 3**-0.5, nothing, all_seen), rtol=1e-10)
    bias, mask = _RNG.normal(size=(2, 4, 5, 6)), _RNG.uniform(size=(2, 1, 5, 6)) > 0.4
    mask[..., 0] = True
    y = ops.dot_product_attention(_QUERY, _KEY, _VALUE, bias=bias, mask=mask, scale=0.3).numpy()
    expected = _loops(_QUERY, _KEY, _VALUE, 0.3, bias, np.broadcast_to(mask, bias.shape))
    np.testing.assert_allclose(y, expected, rtol=1e-10)


def test_no_query_sees_a_later_key_if_causal() -> None:
    seen = np.broadcast_to(np.tri(5, 6, dtype=bool), (2, 4, 5, 6))
    y = ops.dot_product_attention(_QUERY, _KEY, _VALUE, is_causal=True).numpy()
    np.testing.assert_allclose(y, _loops(_QUERY, _KEY, _VALUE, 3**-0.5, np.zeros(seen.shape), seen), rtol=1e-10)


def test_groups_of_heads_share_keys_also_at_unknown_sizes() -> None:
    key, value = _KEY[:, :, :2], _VALUE[:, :, :2]
    expected = _loops(_QUERY, key, value, 3**-0.5, np.zeros((2, 4, 5, 6)), np.ones((2, 4, 5, 6), bool))
    np.testing.assert_allclose(ops.dot_product_attention(_QUERY, key, value).numpy(), expected, rtol=1e-10)
    specs = [TensorSpec((None, None, *x.shape[2:]), "float64") for x in (_QUERY, key, value)]
    recorded = trace_function(ops.dot_product_attention, specs)
    assert recorded.output_specs[0].shape == (None, None, 4, 7)
    got = recorded.replay([ops.convert_to_tensor(x) for x in (_QUERY, key, value)])
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-10)


def test_a_soft_cap_bounds_the_products() -> None:
    y = ops.dot_product_attention(_QUERY * 1e4, _KEY, _VALUE, attn_logits_soft_cap=1e-6).numpy()
    np.testing.assert_allclose(y, np.broadcast_to(_VALUE.mean(1, keepdims=True), y.shape), rtol=1e-4, atol=1e-5)


def test_shapes_that_do_not_fit_are_refused() -> None:
    for key, value in ((_KEY[..., :2], _VALUE), (_KEY[:, :, :3], _VALUE[:, :, :3]), (_KEY, _VALUE[:, :5])):
        with pytest.raises(ShapeError, match="dot_product_attention received query"):
            ops.dot_product_attention(_QUERY, key, value)
    with pytest.raises(ConfigError, match="flash"):
        ops.dot_product_attention(_QUERY, _KEY, _VALUE, flash_attention=True)
