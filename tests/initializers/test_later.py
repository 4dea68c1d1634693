"""What a Variable draws when it is first read is what it would have drawn when it was made."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Variable, initializers, random, utils
from hybrid.core.trace import trace
from hybrid.errors import ConfigError, DTypeError, ShapeError
from tests.initializers.test_initializers import DRAWING

SHAPE = (4, 3)


def _make(name: str, seed: Any = None) -> Any:
    return getattr(initializers, name)(seed=seed)


def _is_drawn(variable: Variable) -> bool:
    return "_tensor" in vars(variable)


def _at_once(name: str, count: int) -> list[np.ndarray[Any, Any]]:
    utils.set_random_seed(5)
    return [_make(name)(SHAPE).numpy() for _ in range(count)]


@pytest.mark.parametrize("name", DRAWING)
def test_values_do_not_depend_on_when_they_are_read(name: str) -> None:
    expected = _at_once(name, 3)
    utils.set_random_seed(5)
    variables = [Variable(_make(name), shape=SHAPE) for _ in range(3)]
    assert not any(map(_is_drawn, variables))
    random.normal((7,))
    for position in (2, 0, 1):
        np.testing.assert_array_equal(variables[position].numpy(), expected[position])
        assert _is_drawn(variables[position])


@pytest.mark.parametrize("name", DRAWING)
def test_values_of_a_generator_do_not_depend_on_when_they_are_read(name: str) -> None:
    generator, same = random.SeedGenerator(3), random.SeedGenerator(3)
    expected = [_make(name, same)(SHAPE).numpy() for _ in range(2)]
    first, second = (Variable(_make(name, generator), shape=SHAPE) for _ in range(2))
    np.testing.assert_array_equal(second.numpy(), expected[1])
    np.testing.assert_array_equal(first.numpy(), expected[0])


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, lambda v: pickle.loads(pickle.dumps(v))])
def test_copy_of_a_variable_that_was_not_read_is_equal(again: Callable[[Variable], Variable]) -> None:
    variable = Variable(initializers.HeNormal(), shape=SHAPE)
    twin = again(variable)
    np.testing.assert_array_equal(twin.numpy(), variable.numpy())


def test_value_that_is_assigned_first_is_never_drawn() -> None:
    class Refused(initializers.RandomNormal):
        def _draws(self, shape: Any, dtype: Any) -> Any:
            return pytest.fail

    variable = Variable(Refused(), shape=(2,))
    variable.assign([1.0, 2.0])
    assert variable.numpy().tolist() == [1.0, 2.0] and (variable + 1).tolist() == [2.0, 3.0]


def test_later_changes_of_the_initializer_do_not_count() -> None:
    initializer = initializers.RandomNormal(seed=1)
    variable, expected = Variable(initializer, shape=SHAPE), initializer(SHAPE)
    initializer.stddev = 100.0
    np.testing.assert_array_equal(variable.numpy(), expected)


def test_subclass_that_draws_in_its_own_way_is_asked() -> None:
    class Doubled(initializers.RandomNormal):
        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return 2 * super().__call__(shape, dtype)

    variable = Variable(Doubled(seed=1), shape=SHAPE)
    np.testing.assert_array_equal(variable.numpy(), 2 * initializers.RandomNormal(seed=1)(SHAPE).numpy())


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Variable(initializers.RandomNormal(stddev=-1.0), shape=SHAPE), ConfigError),
        (lambda: Variable(initializers.TruncatedNormal(stddev=-1.0), shape=SHAPE), ConfigError),
        (lambda: Variable(initializers.RandomUniform(2.0, 1.0), shape=SHAPE), ConfigError),
        (lambda: Variable(initializers.GlorotUniform(seed="x"), shape=SHAPE), ConfigError),
        (lambda: Variable(initializers.Orthogonal(), shape=(3,)), ShapeError),
        (lambda: Variable(initializers.GlorotUniform(), shape=(None, 3)), ShapeError),
        *((lambda name=name: Variable(_make(name), shape=SHAPE, dtype="int32"), DTypeError) for name in DRAWING),
    ],
)
def test_mistake_is_found_when_the_variable_is_made(make: Callable[[], Any], error: type[Exception]) -> None:
    state = random.seed_generator._GLOBAL.state.numpy()
    with pytest.raises(error):
        make()
    np.testing.assert_array_equal(random.seed_generator._GLOBAL.state.numpy(), state)


def test_first_read_under_a_tape_has_gradients() -> None:
    variable = Variable(initializers.GlorotUniform(seed=2), shape=SHAPE)
    with hybrid.GradientTape() as tape:
        total = hybrid.ops.sum(variable * variable)
    np.testing.assert_allclose(tape.gradient(total, variable), 2 * variable.numpy())


def test_recording_reads_nothing() -> None:
    layer = hybrid.layers.Dense(3)
    model = hybrid.Model(x := hybrid.Input((4,)), layer(x))
    with trace():
        layer(hybrid.Input((4,)))
    hybrid.models.clone_model(model)
    model.summary(print_fn=lambda line: None)
    assert model.count_params() == 15 and layer.kernel.size == 12
    assert not _is_drawn(layer.kernel)
