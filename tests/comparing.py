"""What tests compare models with: their outputs bit for bit, and what must survive a round trip."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybrid import Input, tree
from hybrid.layers.base.tracking import walk
from hybrid.saving.paths import layer_paths, variable_paths


def values(outputs: Any) -> Any:
    return tree.map_structure(np.asarray, outputs)


def assert_equal(left: Any, right: Any) -> None:
    """Compare structures of tensors bit for bit."""
    tree.assert_same_structure(left, right)
    for a, b in zip(tree.flatten(values(left)), tree.flatten(values(right)), strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        assert a.tobytes() == b.tobytes()


def placeholders(inputs: Any, batch: int | None = None) -> Any:
    return tree.map_structure(lambda x: Input(batch_shape=(batch, *x.shape[1:]), dtype=x.dtype.name), inputs)


def describe(model: Any) -> list[Any]:
    """List what must survive a round trip: classes, names, sharing, freezing, variables."""
    everything = [
        (path, type(layer).__name__, layer.name, layer.path, layer.trainable, layer.built)
        for path, layer in layer_paths(model).items()
    ]
    numbers = {id(variable): number for number, variable in enumerate(variable_paths(model).values())}
    uses = [[numbers[id(v)] for v in layer.variables] for layer in walk(model)]
    states = [(path, v.path, v.name, v.dtype.name, v.trainable) for path, v in variable_paths(model).items()]
    return [everything, uses, states]
