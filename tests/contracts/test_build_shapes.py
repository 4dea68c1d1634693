"""What a layer was built for does not tell how many samples its first call had."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import layers
from hybrid.layers.base.tracking import walk
from tests.contracts.test_layers import SAMPLES


def twice(value: Any) -> Any:
    return hybrid.tree.map_structure(lambda x: np.concatenate([x, x]) if isinstance(x, np.ndarray) else x, value)


@pytest.mark.parametrize("sample", SAMPLES, ids=[each.id for each in SAMPLES])
def test_layer_is_built_alike_by_calls_of_any_size(sample: Any) -> None:
    found = []
    for change in (lambda value: value, twice):
        layer = sample.make()
        layer(*change(sample.args), **change(sample.kwargs))
        found.append([part.get_build_config() for part in walk(layer)])
    assert found[0] == found[1]


class Network(hybrid.Model):
    def __init__(self) -> None:
        super().__init__()
        self.stack = hybrid.Sequential([layers.Dense(3, activation="relu"), layers.Dropout(0.5)])
        self.head = layers.TimeDistributed(layers.Dense(2))

    def call(self, inputs: Any) -> Any:
        return self.head(self.stack(inputs))


def test_archive_does_not_tell_the_size_of_the_first_batch(tmp_path: Path) -> None:
    contents = []
    for size in (2, 7):
        hybrid.utils.set_random_seed(0)
        model = Network()
        model(np.ones((size, 5, 4), "float32"))
        for variable in model.weights:
            variable.assign(np.ones(variable.shape))
        model.save(tmp_path / "model.hybrid")
        with zipfile.ZipFile(tmp_path / "model.hybrid") as archive:
            contents.append({name: archive.read(name) for name in archive.namelist() if name != "metadata.json"})
    assert contents[0] == contents[1]


def test_layer_that_needs_the_size_of_the_batch_is_told() -> None:
    stateful = layers.LSTM(3, stateful=True)
    stateful(np.ones((2, 5, 4), "float32"))
    assert stateful.get_build_config() == {"sequences_shape": [2, 5, 4]}
    along_samples = layers.EinsumDense("ab,ab->ab", (None, 3))
    assert along_samples(np.ones((2, 3), "float32")).shape == (2, 3)


def test_layer_of_the_users_is_told_the_size_of_the_batch() -> None:
    class Mine(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.size = input_shape[0]

        def call(self, inputs: Any) -> Any:
            return inputs

    mine = Mine()
    mine(np.ones((2, 3)))
    assert mine.size == 2


def test_what_failed_for_an_unknown_size_leaves_nothing_behind() -> None:
    layer = layers.LSTM(3, stateful=True)
    layer(np.ones((2, 5, 4), "float32"))
    assert [variable.name for variable in layer.weights] == ["kernel", "recurrent_kernel", "bias"]
