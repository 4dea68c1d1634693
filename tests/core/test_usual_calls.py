"""Calls made often are run as one operation; nobody must be able to tell."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import GradientTape, Variable, layers, ops
from hybrid.core.usual_calls import OFTEN

X = np.linspace(-1.0, 1.0, 24, dtype="float32").reshape(4, 6)


def model_of(*stack: Any) -> hybrid.Sequential:
    return hybrid.Sequential([hybrid.Input((6,)), *stack])


def mlp() -> hybrid.Sequential:
    return model_of(layers.Dense(5, activation="relu"), layers.Dense(3))


def is_condensed(owner: Any) -> bool:
    return owner._usual_calls is not None and any(kind.condensed for kind in owner._usual_calls._kinds.values())


def often(function: Any, *arguments: Any, **options: Any) -> list[Any]:
    return [function(*arguments, **options) for _ in range(OFTEN + 2)]


def test_call_that_is_made_often_is_condensed() -> None:
    model = mlp()
    outputs = often(model, X)
    assert is_condensed(model)
    assert {output.numpy().tobytes() for output in outputs} == {outputs[0].numpy().tobytes()}


def test_seldom_call_is_not_condensed() -> None:
    model = mlp()
    for rows in range(1, 5):
        model(X[:rows])
    assert not is_condensed(model)


def test_weights_are_read_at_every_call() -> None:
    model = mlp()
    before = often(model, X)[-1]
    model.set_weights([weight + 1 for weight in model.get_weights()])
    assert not np.array_equal(before, model(X))
    assert np.array_equal(model(X), model.layers[1](model.layers[0](X)))


def test_change_of_an_attribute_is_seen() -> None:
    model = mlp()
    often(model, X)
    model.layers[0].activation = hybrid.activations.tanh
    assert np.array_equal(model(X), model.layers[1](model.layers[0](X)))


def test_layer_that_is_added_is_seen() -> None:
    model = mlp()
    often(model, X)
    model.add(layers.Dense(2))
    assert model(X).shape == (4, 2)


def test_other_defaults_are_seen() -> None:
    model = model_of(layers.UnitNormalization(), layers.ReLU())
    often(model, X * 0)
    hybrid.config.set_epsilon(1e-2)
    try:
        assert np.array_equal(model(X), model.layers[1](model.layers[0](X)))
    finally:
        hybrid.config.set_epsilon(1e-7)


def test_code_of_the_users_runs_at_every_call() -> None:
    calls: list[str] = []

    class Mine(layers.Dense):
        def call(self, inputs: Any, training: Any = None) -> Any:
            calls.append("layer")
            return super().call(inputs)

    def activation(x: Any) -> Any:
        calls.append("function")
        return x

    model = model_of(layers.Dense(3, activation="relu"), Mine(3), layers.Dense(3, activation=activation))
    calls.clear()
    assert len(often(model, X)) * ["layer", "function"] == calls


def test_function_that_replaces_a_method_runs() -> None:
    model = mlp()
    model.layers[0].call = lambda inputs, training=None: ops.zeros((4, 5))
    assert all(np.array_equal(output, np.zeros((4, 3))) for output in often(model, X))


@pytest.mark.parametrize("layer", [layers.Dropout(0.5), layers.GaussianNoise(1.0)])
def test_draws_differ(layer: Any) -> None:
    outputs = often(model_of(layers.Dense(6), layer), X, training=True)
    assert len({output.numpy().tobytes() for output in outputs}) == len(outputs)


def test_statistics_move() -> None:
    model = model_of(layers.BatchNormalization(), layers.ReLU())
    often(model, X, training=True)
    mean = model.layers[0].moving_mean.numpy()
    model(X, training=True)
    assert not np.array_equal(mean, model.layers[0].moving_mean)
    model.layers[0].trainable = False
    frozen = often(model, X, training=True)[-1]
    model.layers[0].trainable = True
    assert not np.array_equal(frozen, model(X, training=True))


def test_losses_of_the_call_are_there() -> None:
    model = model_of(layers.Dense(3, activity_regularizer="l2"), layers.ReLU())
    often(model, X)
    assert len(model.losses) == 1


def test_masks_are_carried() -> None:
    model = model_of(layers.Masking(), layers.ReLU())
    assert all(output.mask is not None for output in often(model, np.ones((2, 6, 3), "float32")))


def test_state_that_is_handed_in_is_read() -> None:
    model = mlp()
    often(model, X)
    zeros = [np.zeros_like(weight) for weight in model.get_weights()]
    output, _ = model.stateless_call(zeros, [], X)
    assert not np.any(output)


def test_what_a_tape_watches_stays() -> None:
    model = mlp()
    often(model, X)
    model.layers[0].kernel.trainable = False
    with GradientTape() as tape:
        model(X)
    assert [variable.name for variable in tape.watched_variables()] == ["bias", "kernel", "bias"]


def test_shared_weights_and_inputs_keep_their_bits() -> None:
    """Cotangents of what is used inside and outside are added up in one order, whether inside is one operation."""
    inner = layers.Dense(6)
    start = hybrid.Input((6,))
    shared = hybrid.Model(start, inner(ops.tanh(inner(start))) + start)
    found = []
    for _ in range(OFTEN + 2):
        x = ops.convert_to_tensor(X)
        with GradientTape() as tape:
            tape.watch(x)
            loss = ops.sum(ops.sin(shared(x)) * x) + ops.sum(inner.kernel * 0.1)
        found.append(b"".join(np.asarray(slope).tobytes() for slope in tape.gradient(loss, [inner.kernel, x])))
    assert set(found) == {found[0]}


def test_floating_point_error_names_the_layer() -> None:
    model = model_of(layers.Dense(3, kernel_initializer="ones"), layers.Dense(3, kernel_initializer="ones"))
    often(model, X)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError) as caught:
        model(np.full_like(X, 3e38))
    assert any("layer: " in note for note in caught.value.__notes__)


def test_copies_have_had_no_calls() -> None:
    model = mlp()
    output = often(model, X)[-1]
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert not is_condensed(twin)
        assert np.array_equal(often(twin, X)[-1], output)
        assert is_condensed(twin)


def test_threads_call_one_model() -> None:
    model = mlp()
    inputs = [X * scale for scale in (1, 2, 3)]
    expected = [mine.numpy() for mine in map(model, inputs)]
    wrong: list[int] = []

    def call(number: int) -> None:
        for _ in range(100):
            with GradientTape() as tape:
                output = model(inputs[number])
            slope = tape.gradient(output, model.layers[1].bias)
            if not np.array_equal(output, expected[number]) or not np.array_equal(slope, np.full(3, 4.0)):
                wrong.append(number)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_slot_that_is_assigned_counts() -> None:
    """Slots are cut out of one vector when they are read; what is assigned to one of them is part of the next step."""
    results = []
    for assigns in (False, True):
        x, y = Variable([1.0, 2.0], name="x"), Variable([3.0], name="y")
        optimizer = hybrid.optimizers.SGD(0.1, momentum=0.5)
        for _ in range(3):
            optimizer.apply([np.ones(2, "float32"), np.ones(1, "float32")], [x, y])
        momentum = optimizer.variables[-2]
        kept = momentum.value
        if assigns:
            momentum.assign(momentum + 1)
        optimizer.apply([np.ones(2, "float32"), np.ones(1, "float32")], [x, y])
        assert not np.array_equal(kept, momentum.value)
        results.append((x.numpy(), y.numpy()))
    assert not np.array_equal(results[0][0], results[1][0])
    assert np.array_equal(results[0][1], results[1][1])
