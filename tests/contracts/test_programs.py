"""Law 1 for programs: every op, layer, loss, metric, model and optimizer computes as a program what it does eagerly.

The samples are those of the other contracts. What cannot be recorded runs eagerly inside `hybrid.jit`, with a warning,
which is an error here: it must be named in a list.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import GradientTape, losses, metrics, ops, tree
from hybrid.core.primitive import PRIMITIVES
from hybrid.core.tensor import Tensor
from tests.both_ways import assert_close
from tests.contracts import test_layers, test_loss_gradients, test_metric_laws, test_models, test_ops
from tests.contracts.test_primitives import _cases, _sample
from tests.optimizers import common
from tests.optimizers.test_laws import TREATMENTS

# Their results are no tensors, or they are not meant for placeholders.
OPS_THAT_RUN_EAGERLY = test_ops.UNTRACEABLE


def runs(function: Any, *args: Any) -> Any:
    """Call a function as a program, twice: once traced, once from the cache."""
    compiled = hybrid.jit(function)
    compiled(*args)
    result = compiled(*args)
    assert len(compiled.programs) == 1
    return result


@pytest.mark.parametrize("case", _cases())
def test_primitive_as_a_program(case: Any) -> None:
    primitive, arguments, params = _sample(case)
    arrays = [argument for argument in arguments if isinstance(argument, np.ndarray)]

    def function(*values: Any) -> Any:
        given = iter(values)
        called = [next(given) if isinstance(a, np.ndarray) else a for a in arguments]
        return hybrid.core.door.apply(primitive, *called, **params)

    with np.errstate(all="ignore"):
        assert_close(runs(function, *arrays), function(*arrays))


@pytest.mark.parametrize(("name", "sample"), test_ops._cases(without=set(OPS_THAT_RUN_EAGERLY)))
def test_op_as_a_program(name: str, sample: Any) -> None:
    op = test_ops._op(name)

    def function(args: Any, kwargs: Any) -> Any:
        return op(*args, **kwargs)

    with np.errstate(all="ignore"):
        given = test_ops._with_arrays(sample, Tensor)
        assert_close(runs(function, given.args, given.kwargs), function(given.args, given.kwargs))


LAYERS = test_layers.SAMPLES


def _step_of(layer: Any, training: bool) -> Any:
    """A step that calls a layer, differentiates it and moves its state."""

    def step(args: Any, kwargs: Any) -> Any:
        with GradientTape() as tape:
            options = {"training": training} if layer._call_signature.has_training else {}
            outputs = layer(*args, **{**options, **kwargs})
            floats = [ops.sum(ops.square(y - 0.3)) for y in tree.flatten(outputs) if y.dtype.kind == "f"]
        gradients = tape.gradient(floats, layer.trainable_variables) if floats else []
        return outputs, gradients

    return step


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("sample", LAYERS, ids=[each.id for each in LAYERS])
def test_layer_as_a_program(sample: Any, training: bool) -> None:
    with np.errstate(all="ignore"):
        results = []
        for compiles in (False, True):
            hybrid.utils.set_random_seed(1)
            layer = sample.make()
            layer(*sample.args, **sample.kwargs)
            step = _step_of(layer, training)
            function = hybrid.jit(step) if compiles else step
            found = [function(sample.args, sample.kwargs) for _ in range(2)]
            results.append((found, [variable.value for variable in layer.variables]))
        assert_close(results[1], results[0])


@pytest.mark.parametrize("name", test_models.SAMPLES)
def test_model_as_a_program(name: str) -> None:
    inputs = test_models.SAMPLES[name].inputs
    for training in (False, True):
        model = test_models.seeded(name)
        expected = model(inputs, training=training)
        model = test_models.seeded(name)
        model(inputs)  # built
        model = test_models.seeded(name)
        assert_close(hybrid.jit(lambda x, m=model, t=training: m(x, training=t))(inputs), expected)


@pytest.mark.parametrize(("name", "number"), test_loss_gradients._CASES)
def test_loss_as_a_program(name: str, number: int) -> None:
    y_true, options, unbounded = test_loss_gradients.SAMPLES[name][number]
    rng = np.random.default_rng(3)
    y_pred = rng.normal(size=(3, 4)) if unbounded else rng.dirichlet(np.ones(4), 3)
    loss = getattr(losses, name)(**options)

    def step(y_true: Any, y_pred: Any) -> Any:
        with GradientTape() as tape:
            tape.watch(y_pred)
            value = loss(y_true, y_pred)
        return value, tape.gradient(value, y_pred)

    assert_close(runs(step, y_true, Tensor(y_pred)), step(y_true, Tensor(y_pred)))


@pytest.mark.parametrize("name", test_metric_laws.CLASSES)
def test_metric_as_a_program(name: str) -> None:
    options, arguments = test_metric_laws.SAMPLES[name]
    results = []
    for compiles in (False, True):
        metric = getattr(metrics, name)(**options)
        update = hybrid.jit(metric.update_state) if compiles else metric.update_state
        for _ in range(3):
            update(*arguments)
        results.append(([variable.value for variable in metric.variables], metric.result()))
    assert_close(results[1], results[0])


@pytest.mark.parametrize("treatment", TREATMENTS, ids=common.label)
@pytest.mark.parametrize(("name", "options"), common.CASES, ids=common.label)
def test_optimizer_as_a_program(name: str, options: Any, treatment: Any) -> None:
    results = []
    for compiles in (False, True):
        optimizer = common.make(name, **{**options, **treatment})
        mine = common.variables()
        step = (
            hybrid.jit(lambda g, o=optimizer, v=mine: o.apply(g, v))
            if compiles
            else (lambda g, o=optimizer, v=mine: o.apply(g, v))
        )
        for number in range(5):
            step(common.gradients(number))
        results.append((common.values(mine), common.values(optimizer.variables)))
    assert_close(results[1], results[0])


def test_every_primitive_has_a_case() -> None:
    assert {case.values[0][0] for case in _cases()} == set(PRIMITIVES)
