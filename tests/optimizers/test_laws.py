"""What holds for every optimizer in the registry."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import optimizers
from hybrid.core.graph import Graph
from hybrid.core.spec import TensorSpec
from hybrid.core.trace import trace
from hybrid.optimizers.schedules import ExponentialDecay

from .common import CASES, CLASSES, SHAPES, assert_equal, gradients, label, make, values, variables

every = pytest.mark.parametrize(("name", "options"), CASES, ids=label)

TREATMENTS: list[dict[str, Any]] = [
    {},
    {"clipnorm": 0.5},
    {"clipvalue": 0.3},
    {"global_clipnorm": 0.5},
    {"weight_decay": 0.1},
    {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    {"gradient_accumulation_steps": 2},
    {"loss_scale_factor": 8.0},
    {"learning_rate": ExponentialDecay(0.1, 2, 0.5)},
]


def plain(optimizer: Any) -> Any:
    """Return the optimizer as one that updates variable by variable, as a user's own update_step makes it."""
    cls = type(optimizer)

    class Plain(cls):  # type: ignore[valid-type, misc]
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            super().update_step(gradient, variable, learning_rate)

    optimizer.__class__ = Plain
    return optimizer


def run(optimizer: Any, steps: int = 5, dtype: str = "float32") -> tuple[Any, Any]:
    """Take steps; return the values of the variables and of the optimizer's."""
    mine = variables(dtype=dtype)
    for step in range(steps):
        optimizer.apply(gradients(step, dtype), mine)
    return values(mine), values(optimizer.variables)


@every
def test_configuration_round_trip_is_exact(name: str, options: dict[str, Any]) -> None:
    optimizer = make(name, learning_rate=0.01, clipnorm=1.0, name="mine", **options)
    config = optimizer.get_config()
    again = CLASSES[name].from_config(json.loads(json.dumps(config)))
    assert again.get_config() == config
    assert config["learning_rate"] == 0.01 and config["name"] == "mine"
    described = json.loads(json.dumps(optimizers.serialize(optimizer)))
    assert optimizers.deserialize(described).get_config() == config
    assert_equal(run(again)[0], run(optimizer)[0])


@pytest.mark.parametrize("name", CLASSES)
def test_schedule_survives_the_configuration(name: str) -> None:
    optimizer = make(name, learning_rate=ExponentialDecay(0.1, 2, 0.5))
    again = CLASSES[name].from_config(json.loads(json.dumps(optimizer.get_config())))
    assert_equal(run(again)[0], run(optimizer)[0])


@pytest.mark.parametrize("treatment", TREATMENTS, ids=label)
@every
def test_vector_and_variables_give_the_same_bits(name: str, options: dict[str, Any], treatment: dict[str, Any]) -> None:
    both = options | treatment
    for flat, single in zip(run(make(name, **both)), run(plain(make(name, **both))), strict=True):
        assert_equal(flat, single)


@pytest.mark.parametrize("treatment", TREATMENTS, ids=label)
@every
def test_traced_step_equals_eager_step(name: str, options: dict[str, Any], treatment: dict[str, Any]) -> None:
    eager, traced = make(name, **options | treatment), make(name, **options | treatment)
    mine, theirs = variables(), variables()
    eager.build(mine)
    traced.build(theirs)
    with trace() as current:
        inputs = [current.placeholder(TensorSpec.of(shape, np.dtype("float32"))) for shape in SHAPES]
        traced.apply(inputs, theirs)
        assigned, new = zip(*current.updates, strict=True)
        graph = Graph(inputs, new, captures=True, token=current.token)
    assert_equal(values(theirs), values(variables()))
    for step in range(4):
        eager.apply(gradients(step), mine)
        for variable, value in zip(assigned, graph.replay(gradients(step)), strict=True):
            variable.assign(value)
        # Multiplying before adding is one instruction or two, as NumPy sees fit: the last bit may differ.
        for one, other in zip(values([*mine, *eager.variables]), values([*theirs, *traced.variables]), strict=True):
            np.testing.assert_allclose(other, one, rtol=1e-6, atol=1e-8)


@every
def test_saved_state_continues_identically(name: str, options: dict[str, Any]) -> None:
    first, mine = make(name, **options), variables()
    for step in range(3):
        first.apply(gradients(step), mine)
    store: dict[str, Any] = {}
    first.save_own_variables(store)
    assert len(store) == len(first.variables)
    second, theirs = make(name, **options), variables()
    second.build(theirs)
    second.load_own_variables(store)
    for variable, value in zip(theirs, values(mine), strict=True):
        variable.assign(value)
    for step in range(3, 6):
        first.apply(gradients(step), mine)
        second.apply(gradients(step), theirs)
    assert_equal(values([*mine, *first.variables]), values([*theirs, *second.variables]))


@pytest.mark.parametrize("how", [copy.deepcopy, lambda both: pickle.loads(pickle.dumps(both))], ids=["copy", "pickle"])
@every
def test_copy_continues_identically(name: str, options: dict[str, Any], how: Any) -> None:
    optimizer, mine = make(name, use_ema=True, **options), variables()
    optimizer.apply(gradients(0), mine)
    other, theirs = how((optimizer, mine))
    assert [v.path for v in other.variables] == [v.path for v in optimizer.variables]
    optimizer.apply(gradients(1), mine)
    other.apply(gradients(1), theirs)
    assert_equal(values([*mine, *optimizer.variables]), values([*theirs, *other.variables]))


@every
def test_stateless_apply_gives_the_same_and_changes_nothing(name: str, options: dict[str, Any]) -> None:
    optimizer, mine = make(name, **options), variables()
    optimizer.apply(gradients(0), mine)
    before = values([*mine, *optimizer.variables])
    new, state = optimizer.stateless_apply(optimizer.variables, gradients(1), mine)
    assert_equal(values([*mine, *optimizer.variables]), before)
    optimizer.apply(gradients(1), mine)
    assert_equal(values([*new, *state]), values([*mine, *optimizer.variables]))


@every
def test_accumulated_gradients_equal_the_big_batch(name: str, options: dict[str, Any]) -> None:
    small, big = make(name, gradient_accumulation_steps=4, **options), make(name, **options)
    mine, theirs = variables(dtype="float64"), variables(dtype="float64")
    batches, sizes = [gradients(step, "float64") for step in range(6)], (8, 8, 8, 8, 8, 3)
    for batch, size in zip(batches, sizes, strict=True):
        small.apply(batch, mine, weight=size)
    assert int(small.iterations) == 1
    small.apply_accumulated()
    for group in (slice(0, 4), slice(4, 6)):
        mean = [np.average(columns, axis=0, weights=sizes[group]) for columns in zip(*batches[group], strict=True)]
        big.apply(mean, theirs)
    assert int(small.iterations) == int(big.iterations) == 2
    for one, other in zip(values(mine), values(theirs), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    small.apply_accumulated()
    assert int(small.iterations) == 2


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
@every
def test_fifty_random_steps_stay_finite(name: str, options: dict[str, Any], scale: float) -> None:
    optimizer, mine = make(name, **options), variables()
    for step in range(50):
        optimizer.apply([gradient * np.float32(scale) for gradient in gradients(step)], mine)
    assert all(np.isfinite(value).all() for value in values([*mine, *optimizer.variables]))


@every
def test_zero_gradients_raise_no_floating_error(name: str, options: dict[str, Any]) -> None:
    optimizer, mine = make(name, **options), variables()
    for _ in range(3):
        optimizer.apply([np.zeros_like(gradient) for gradient in gradients(0)], mine)
    assert all(np.isfinite(value).all() for value in values(mine))


@every
def test_quadratic_is_minimized(name: str, options: dict[str, Any]) -> None:
    rates = {"Adadelta": 50.0, "Adagrad": 1.0, "Ftrl": 1.0, "SGD": 0.02}
    x = hybrid.Variable(np.array([3.0, -2.0]), name="x", dtype="float64")
    optimizer = make(name, learning_rate=rates.get(name, 0.05), **options)
    for _ in range(300):
        optimizer.minimize(lambda: hybrid.ops.sum((x - 1.0) ** 2.0), [x])
    assert np.abs(x.numpy() - 1.0).max() < 0.35


@every
def test_names_of_slots_follow_the_variables(name: str, options: dict[str, Any]) -> None:
    names = []
    for _ in range(2):
        optimizer = make(name, **options)
        optimizer.build(variables())
        names.append([variable.path for variable in optimizer.variables])
    assert names[0] == names[1]
    assert len(set(names[0])) == len(names[0])
    for slot in optimizer.slot_initializers():
        assert f"{optimizer.name}/v0_{slot}" in names[0]


@every
def test_lower_precision_keeps_its_dtype(name: str, options: dict[str, Any]) -> None:
    optimizer, mine = make(name, **{"epsilon": 1e-3} if "epsilon" in make(name).get_config() else {}, **options), []
    mine = variables(dtype="float16")
    optimizer.apply(gradients(0), mine)
    assert {variable.dtype.name for variable in mine} == {"float16"}
    assert all(variable._tensor._value.dtype == variable.dtype for variable in [*mine, *optimizer.variables])
