"""Samples of the layers of `core`, `activation`, `preprocessing` and `regularization`."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybrid import ops
from hybrid.saving import register_keras_serializable
from tests.contracts.layer_sample import real, sample, whole


@register_keras_serializable("layer_samples")
def doubled(x: Any) -> Any:
    return ops.multiply(x, 2.0)


MATRIX, SEQUENCE, IMAGE, VOLUME = real(3, 4), real(2, 5, 4), real(2, 4, 5, 3), real(2, 3, 4, 3, 2)

SAMPLES = [
    sample("Dense", MATRIX, units=3, activation="tanh"),
    sample("Dense", SEQUENCE, label="rank 3", units=2, use_bias=False),
    sample("EinsumDense", SEQUENCE, equation="abc,cd->abd", output_shape=(None, 3), bias_axes="d"),
    sample("Embedding", whole(2, 4, high=6), input_dim=6, output_dim=3),
    sample("Embedding", whole(2, 4, high=3), label="mask", input_dim=3, output_dim=2, mask_zero=True),
    sample("Identity", SEQUENCE),
    sample("Lambda", SEQUENCE, function=doubled),
    # Padding is no place to differentiate at: a step that is not all zero any more is no padding.
    sample("Masking", np.concatenate([SEQUENCE, 0 * SEQUENCE], axis=1), except_for=["gradients"]),
    sample("Masking", SEQUENCE, label="value", mask_value=-1.0),
    sample("Activation", MATRIX, activation="gelu"),
    sample("ReLU", MATRIX, max_value=1.0, negative_slope=0.1, threshold=0.05),
    sample("LeakyReLU", SEQUENCE, negative_slope=0.2),
    sample("ELU", SEQUENCE, alpha=0.7),
    sample("PReLU", SEQUENCE, shared_axes=[1]),
    sample("Softmax", SEQUENCE),
    sample("Softmax", SEQUENCE, label="masked axis", axis=1),
    sample("Softmax", IMAGE, label="axes", axis=(1, 2)),
    sample("Rescaling", MATRIX, scale=0.5, offset=-1.0),
    sample("Rescaling", whole(2, 3, high=9), label="integers", scale=[0.5, 1.0, 2.0]),
    sample("Dropout", SEQUENCE, rate=0.5, noise_shape=(None, 1, None), seed=1),
    sample("AlphaDropout", SEQUENCE, rate=0.3, seed=1),
    sample("GaussianDropout", SEQUENCE, rate=0.3, seed=1),
    sample("GaussianNoise", SEQUENCE, stddev=0.3, seed=1),
    sample("ActivityRegularization", SEQUENCE, l1=0.1, l2=0.2),
    sample("SpatialDropout1D", SEQUENCE, rate=0.5, seed=1),
    sample("SpatialDropout2D", IMAGE, rate=0.5, seed=1, data_format="channels_first"),
    sample("SpatialDropout3D", VOLUME, rate=0.5, seed=1),
]
