"""The known architectures: what Keras builds, layer by layer and number by number; their arguments; their files."""

from __future__ import annotations

import functools
import inspect
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import applications, errors, layers
from tests.applications import architectures
from tests.run_readme_commands import ROOT

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
    np.testing.assert_allclose(outputs, expected, atol=1e-5 * np.abs(expected).max(), rtol=0)


# -- arguments --------------------------------------------------------------------------------------------------------

ALL = ("VGG19", "InceptionResNetV2")
_OF_KERAS = (
    "include_top=True, weights=None, input_tensor=None, input_shape=None, pooling=None, classes=1000, "
    "classifier_activation='softmax', name="
)


def _make(function: str, **options: Any) -> Any:
    return getattr(applications, function)(**{"include_top": False, **options})


@pytest.mark.parametrize("function", ALL)
def test_signature_is_that_of_keras_but_for_the_default_of_weights(function: str) -> None:
    shown = ", ".join(
        f"{parameter.name}={parameter.default!r}"
        for parameter in inspect.signature(getattr(applications, function)).parameters.values()
    )
    assert shown.startswith(_OF_KERAS)


@pytest.mark.parametrize("weights", ["imagenet", "no/such/file", 3, True])
@pytest.mark.parametrize("function", ALL)
def test_weights_that_are_no_file_are_refused(function: str, weights: Any) -> None:
    with pytest.raises(errors.ConfigError, match=f"no file of weights {weights!r}") as caught:
        _make(function, weights=weights)
    assert "neither shipped nor downloaded" in str(caught.value) and "set_weights" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"input_shape": (31, 64, 3)}, errors.ShapeError, "32×32"),
        ({"input_shape": (64, 64)}, errors.ShapeError, "no height, width and channels"),
        ({"include_top": True, "input_shape": (None, 64, 3)}, errors.ShapeError, "include_top=False"),
        ({"input_tensor": np.ones((1, 32, 32, 3))}, errors.ConfigError, "must be symbolic"),
        ({"input_tensor": hybrid.Input((16, 16, 3))}, errors.ShapeError, "too small"),
        ({"pooling": "sum"}, errors.ConfigError, "'avg', 'max' or None"),
    ],
)
def test_mistakes_are_explained(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        _make("VGG19", **options)


@pytest.mark.parametrize("function", ALL)
def test_network_on_a_tensor_begins_at_its_inputs(function: str) -> None:
    images = hybrid.Input((90, 80, 3), name="photo")
    model = _make(function, input_tensor=layers.Conv2D(3, 1)(images / 255), pooling="avg")
    assert model.input_names == ["photo"] and [layer.name for layer in model.layers[:2]] == ["photo", "conv2d"]
    assert len({layer.name for layer in model.layers}) == len(model.layers)


def test_network_on_a_tensor_of_several_inputs_has_them_all() -> None:
    one, two = hybrid.Input((32, 32, 3), name="one"), hybrid.Input((32, 32, 3), name="two")
    assert sorted(_make("VGG19", input_tensor=one + two).input_names) == ["one", "two"]


@pytest.mark.parametrize("function", ALL)
def test_channels_may_come_first(function: str, channels_first: None) -> None:
    model = _make(function, input_shape=(3, 75, 75), classes=4, include_top=True)
    assert model.layers[1].output.shape[1] in (32, 64) and model.output_shape == (None, 4)
    model = _make(function)
    assert model.input_shape == (None, 3, None, None)


@pytest.fixture
def channels_first() -> Iterator[None]:
    hybrid.config.set_image_data_format("channels_first")
    yield
    hybrid.config.set_image_data_format("channels_last")


# -- copies and files -------------------------------------------------------------------------------------------------


def test_big_network_costs_little_before_its_weights_are_read() -> None:
    tracemalloc.start()
    model = applications.VGG19()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert model.count_params() == 143_667_240 and peak < 5_000_000


def test_weights_of_a_file_are_loaded(tmp_path: Path) -> None:
    options = {"input_shape": (32, 32, 3), "pooling": "avg"}
    model = _make("VGG19", **options)
    images = architectures.images_for((None, 32, 32, 3))
    for save in (model.save, model.save_weights):
        save(tmp_path / "network.hybrid")
        again = _make("VGG19", weights=tmp_path / "network.hybrid", **options)
        np.testing.assert_array_equal(again(images), model(images))
    with pytest.raises(errors.WeightMismatchError):
        _make("VGG19", weights=str(tmp_path / "network.hybrid"), input_shape=(32, 32, 1))


def test_clone_and_description_are_equal() -> None:
    model = _model("InceptionResNetV2, no top, avg")
    text = model.to_json()
    assert hybrid.models.clone_model(model).to_json() == text
    assert _make("InceptionResNetV2", pooling="avg", input_shape=(75, 90, 3)).to_json() == text
    assert hybrid.models.model_from_json(text).count_params() == model.count_params()


def test_layer_of_its_own_is_known_where_applications_are_not_loaded(tmp_path: Path) -> None:
    x = hybrid.Input((2,))
    scaled = applications.inception_resnet_v2.CustomScaleLayer(0.5)([x, x])
    hybrid.Model(x, scaled).save(tmp_path / "scaled.hybrid")
    code = (
        "import sys, hybrid; model = hybrid.models.load_model(sys.argv[1]); print(model([[2.0, 4.0]]).numpy().tolist())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "scaled.hybrid")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[[3.0, 6.0]]"


# -- images -----------------------------------------------------------------------------------------------------------

_PIXELS = np.arange(12, dtype="uint8").reshape(1, 2, 2, 3)
_VGG19 = _PIXELS[..., ::-1] - np.array([103.939, 116.779, 123.68])
_PREPARED = [(applications.vgg19, _VGG19), (applications.inception_resnet_v2, _PIXELS / 127.5 - 1)]


@pytest.mark.parametrize(("module", "expected"), _PREPARED, ids=["vgg19", "inception_resnet_v2"])
def test_preprocess_input_prepares_arrays_tensors_and_placeholders(module: Any, expected: np.ndarray) -> None:
    kept = _PIXELS.copy()
    x = hybrid.Input((2, 2, 3), dtype="uint8")
    recorded = hybrid.Model(x, module.preprocess_input(x))
    first = np.moveaxis(_PIXELS, -1, 1)
    prepared = module.preprocess_input(_PIXELS)
    assert type(prepared) is np.ndarray and prepared.dtype == np.float32
    for result in (
        prepared,
        module.preprocess_input(hybrid.Tensor(_PIXELS)).numpy(),
        recorded(_PIXELS).numpy(),
        np.moveaxis(module.preprocess_input(first, data_format="channels_first"), 1, -1),
    ):
        np.testing.assert_allclose(result, expected, rtol=1e-5)
    np.testing.assert_array_equal(_PIXELS, kept)
    with pytest.raises(errors.ConfigError, match="channels_last"):
        module.preprocess_input(_PIXELS, data_format="last")
