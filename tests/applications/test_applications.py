"""The known architectures: what Keras builds, layer by layer and number by number; their arguments; their files."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import applications, errors, layers

from . import architectures

KERAS = architectures.load()["models"]


@functools.lru_cache(maxsize=1)
def _model(name: str) -> Any:
    function, options = architectures.VARIANTS[name]
    return getattr(applications, function)(**options)


@pytest.mark.parametrize("name", architectures.VARIANTS)
def test_layers_connections_and_weights_are_those_of_keras(name: str) -> None:
    mine, theirs = architectures.describe(_model(name)), KERAS[name]
    for part in ("name", "parameters", "connections", "weights"):
        assert mine[part] == theirs[part], part
    for row, expected in zip(mine["layers"], theirs["layers"], strict=True):
        assert row == expected


@pytest.mark.parametrize("name", architectures.NUMBERS)
def test_outputs_are_those_of_keras(name: str) -> None:
    model, expected = _model(name), np.array(KERAS[name]["outputs"])
    model.set_weights(architectures.values_of(model.weights))
    outputs = model(architectures.images_for(model.input_shape)).numpy()
    assert np.std(expected) > 0.1
    np.testing.assert_allclose(outputs, expected, atol=1e-4 * np.abs(expected).max(), rtol=0)
