"""The laws of layers, for every public layer; the samples are in `layer_samples`."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from hybrid import layers
from hybrid.testing import LAYER_LAWS, LayerCase
from tests.contracts.layer_sample import Sample

# Not called themselves: a base for users, what inputs of a model are, and the base of layers around a layer.
WITHOUT_CALL = {"Layer", "InputLayer", "Wrapper"}

SAMPLES: list[Sample] = [
    each
    for path in sorted((Path(__file__).parent / "layer_samples").glob("*.py"))
    for each in importlib.import_module(f"tests.contracts.layer_samples.{path.stem}").SAMPLES
]


def _public_layers() -> list[str]:
    found = {getattr(layers, name) for name in layers.__all__}
    return [each.__name__ for each in found if isinstance(each, type) and issubclass(each, layers.Layer)]


def test_every_public_layer_has_a_sample() -> None:
    assert set(_public_layers()) - WITHOUT_CALL == {each.class_name for each in SAMPLES}


def test_samples_have_names_of_their_own() -> None:
    assert len({each.id for each in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("law", LAYER_LAWS)
@pytest.mark.parametrize("sample", SAMPLES, ids=[each.id for each in SAMPLES])
def test_layer_keeps_the_law(sample: Sample, law: str) -> None:
    if law not in sample.except_for:
        LAYER_LAWS[law](LayerCase(sample.make, *sample.args, **sample.kwargs))
