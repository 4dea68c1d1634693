"""What a recording depends on besides its layers: settings in a user's objects, and numbers drawn with NumPy."""

from __future__ import annotations

import dataclasses
import random
import types
from typing import Any

import numpy as np
import pytest

from hybrid import Model, layers
from hybrid.errors import FrozenValueError
from hybrid.models import to_functional
from hybrid.models.recording import graph_of
from tests.comparing import assert_equal
from tests.models.nested_models import X, model_of


class Scaled(Model):
    """A setting in an object of the user's own."""

    def __init__(self, settings: Any) -> None:
        super().__init__()
        self.dense = layers.Dense(2)
        self.settings = settings

    def call(self, x: Any) -> Any:
        settings = self.settings[0] if isinstance(self.settings, list) else self.settings
        return self.dense(x) * settings.scale


@dataclasses.dataclass
class Settings:
    scale: float = 1.0


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: [s], lambda s: types.SimpleNamespace(**vars(s))])
def test_setting_in_an_object_changes_the_recording(wrap: Any) -> None:
    model = Scaled(wrap(Settings()))
    model(X)
    graph = graph_of(model)
    assert graph_of(model) is graph
    settings = model.settings[0] if isinstance(model.settings, list) else model.settings
    settings.scale = 3.0
    assert graph_of(model) is not graph
    assert_equal(to_functional(model)(X), model(X))


def test_object_made_where_another_one_was_is_another_one() -> None:
    """The identity of an object that is gone is soon given to the next."""
    model = Scaled(Settings(0.0))
    model(X)
    for scale in range(1, 10):
        assert graph_of(model) is not None
        model.settings = None
        model.settings = types.SimpleNamespace(scale=float(scale))
        assert_equal(to_functional(model)(X), model(X))


GENERATORS: dict[str, Any] = {
    "np.random": (np.random, lambda own: str(own.get_state()[1].tolist()) + str(own.get_state()[2:])),
    "random": (random, lambda own: str(own.getstate())),
    "rng": (np.random.default_rng(0), lambda own: str(own.bit_generator.state)),
    "state": (np.random.RandomState(0), lambda own: str(own.get_state()[1].tolist()) + str(own.get_state()[2:])),
}


@pytest.mark.parametrize("name", GENERATORS)
def test_numbers_drawn_with_numpy_are_not_frozen(name: str) -> None:
    generator, state = GENERATORS[name]
    draws = generator.gauss if name == "random" else generator.normal
    own = {} if name in ("np.random", "random") else {name: generator}
    model = model_of(lambda self, x: self.dense(x) + np.float32(draws(0.0, 1.0)), dense=layers.Dense(2), **own)
    model(X)
    before = state(generator)
    with pytest.raises(FrozenValueError, match=rf"(?s){name} in its call.*SeedGenerator"):
        to_functional(model)
    assert state(generator) == before
    model.summary(print_fn=lambda line: None)
    assert not np.allclose(model(X), model(X))
