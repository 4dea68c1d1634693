"""Laws of cloning, on ordinary models of all styles and on awkward ones, by configuration and by structure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import Model, Variable, layers, tree
from hybrid.layers.base.tracking import walk
from hybrid.metrics import Metric
from hybrid.models import clone_model
from hybrid.models.structural_clone import StructuralCloner
from hybrid.saving.paths import layer_paths, variable_paths
from tests.contracts import model_samples
from tests.models import awkward_models


def by_structure(model: Any) -> Any:
    return StructuralCloner(model, by_config=False).clone()


def by_same_layers(model: Any) -> Any:
    return clone_model(model, clone_function=by_structure)


SOURCES = {
    **{name: (model_samples.seeded, sample.inputs) for name, sample in model_samples.SAMPLES.items()},
    **{name: (awkward_models.built, data) for name, (_, data) in awkward_models.MODELS.items()},
}
CLONERS = [clone_model, by_structure, by_same_layers]
every_model = pytest.mark.parametrize("name", SOURCES)
every_cloner = pytest.mark.parametrize("cloned", CLONERS, ids=lambda function: function.__name__)


def make(name: str) -> tuple[Any, Any]:
    seeded, data = SOURCES[name]
    return seeded(name), data


def described(model: Any) -> list[Any]:
    found = [
        (path, type(layer), layer.name, layer.path, layer.trainable, layer.built, layer.dtype)
        for path, layer in layer_paths(model).items()
    ]
    states = [
        (path, v.path, v.name, v.shape, v.dtype.name, v.trainable, v.born_trainable, type(v.regularizer))
        for path, v in variable_paths(model).items()
    ]
    return [found, states]


def sharing(model: Any) -> list[Any]:
    """Say which attributes of all layers hold the same object: numbers in the order in which objects are met."""
    numbers: dict[int, int] = {}
    alive: list[Any] = []

    def number(value: Any) -> int:
        alive.append(value)
        return numbers.setdefault(id(value), len(numbers))

    def leaves(value: Any) -> list[Any]:
        if isinstance(value, (list, tuple)):
            return [leaf for item in value for leaf in leaves(item)]
        if isinstance(value, dict):
            return [leaf for item in value.values() if item is not value for leaf in leaves(item)]
        return [value]

    pattern = []
    for layer in walk(model):
        mine = [[number(v) for v in group] for group in layer._owned()]
        held = {
            name: [number(leaf) for leaf in leaves(value) if isinstance(leaf, (layers.Layer, Variable, Metric))]
            for name, value in vars(layer).items()
            if name not in ("_arguments", "ring", "tuple")
        }
        pattern.append((number(layer), mine, {name: found for name, found in held.items() if found}))
    return pattern


def outputs(model: Any, data: Any) -> list[bytes]:
    return [np.asarray(leaf).tobytes() for leaf in tree.flatten(model(data))]


def mutable_parts(model: Any) -> set[int]:
    found: set[int] = set()
    for layer in walk(model):
        found.add(id(layer))
        owned = layer._owned()
        found |= {id(item) for group in owned for item in group}
        found |= {id(value) for value in vars(layer).values() if isinstance(value, (list, dict, set, np.ndarray))}
    return found


@every_cloner
@every_model
def test_clone_has_the_same_structure(name: str, cloned: Any) -> None:
    model, _ = make(name)
    twin = cloned(model)
    assert type(twin) is type(model)
    assert described(twin) == described(model)
    assert sharing(twin) == sharing(model)


@every_cloner
@every_model
def test_clone_with_the_same_weights_computes_the_same(name: str, cloned: Any) -> None:
    model, data = make(name)
    twin = cloned(model)
    for number, variable in enumerate(model.weights):
        variable.assign(variable.numpy() + 0.01 * number)
    twin.set_weights(model.get_weights())
    assert outputs(twin, data) == outputs(model, data)


@every_cloner
@every_model
def test_clone_is_independent(name: str, cloned: Any) -> None:
    model, data = make(name)
    expected, structure = outputs(model, data), described(model)
    twin, other = cloned(model), cloned(model)
    assert mutable_parts(twin).isdisjoint(mutable_parts(model))
    assert mutable_parts(twin).isdisjoint(mutable_parts(other))
    for variable in twin.variables:
        variable.assign(np.zeros(variable.shape, variable.dtype))
    twin.trainable = False
    for layer in walk(twin):
        for value in vars(layer).values():
            if isinstance(value, list):
                value.clear()
    assert outputs(model, data) == expected
    assert described(model) == structure


@every_model
def test_clone_of_a_clone_is_the_same(name: str) -> None:
    model, _ = make(name)
    twin = clone_model(clone_model(model))
    assert described(twin) == described(model)


@every_model
def test_structural_clone_has_the_same_configuration(name: str) -> None:
    model, _ = make(name)
    twin = by_structure(model)
    try:
        expected = model.to_json()
    except TypeError as error:
        with pytest.raises(type(error)) as caught:
            twin.to_json()
        assert str(caught.value).split("\n")[0] == str(error).split("\n")[0]
    else:
        assert twin.to_json() == expected


@every_model
def test_clone_dies_with_its_model_alive(name: str) -> None:
    model, data = make(name)
    twin = clone_model(model)
    weights = model.get_weights()
    del model
    twin.set_weights(weights)
    assert outputs(twin, data)


class Holder(Model):
    def __init__(self, inner: Any):
        super().__init__()
        self.inner = inner
        self.again = [inner, layers.Dense(2)]

    def call(self, x: Any) -> Any:
        return self.inner(x)


@every_model
def test_clone_of_an_owner_clones_what_is_inside(name: str) -> None:
    model, data = make(name)
    holder = Holder(model)
    holder.changed = [1]
    expected = outputs(holder, data)
    twin = clone_model(holder)
    twin.set_weights(holder.get_weights())
    assert outputs(twin, data) == expected
    assert described(twin) == described(holder)
    assert twin.again[0] is twin.inner is not model
