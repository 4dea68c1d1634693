"""Samples of `hybrid.ops.attention`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import Call, call

_RNG = np.random.default_rng(0)
_QUERY, _KEY, _VALUE = (_RNG.normal(size=shape) for shape in ((2, 3, 4, 2), (2, 5, 4, 2), (2, 5, 4, 3)))
_MASK = np.tri(3, 5, 1, dtype=bool)

SAMPLES: dict[str, list[Call]] = {
    "dot_product_attention": [
        call(_QUERY, _KEY, _VALUE),
        call(_QUERY, _KEY, _VALUE, mask=_MASK, is_causal=True, scale=0.5),
        call(_QUERY, _KEY, _VALUE, bias=_RNG.normal(size=(4, 3, 5))),
        call(_QUERY, _KEY[:, :, :2], _VALUE[:, :, :2]),
        call(_QUERY, _KEY, _VALUE, attn_logits_soft_cap=2.0),
    ],
}
