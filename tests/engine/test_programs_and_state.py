"""`hybrid.jit` and state of Python's: what is read while a function is recorded, what is noticed, what is undone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import GradientTape, Input, Model, Sequential, Variable, layers, ops
from hybrid.engine.patience import PATIENCE
from hybrid.layers import Dense
from tests.both_ways import assert_close

X = np.arange(6.0, dtype="float32").reshape(2, 3)


# -- what Python knows is read while recording ------------------------------------------------------------------------

FACTOR = 2.0


def test_lists_dicts_arrays_and_globals_are_read_while_recording(monkeypatch: Any) -> None:
    scales, options, offset = [1.0, 2.0], {"power": 2}, np.ones(3, "float32")

    @hybrid.jit
    def function(x: Any) -> Any:
        return x ** options["power"] * sum(scales) * FACTOR + offset

    expected = X**2 * 3 * 2 + 1
    np.testing.assert_array_equal(function(X), expected)
    scales.append(4.0)
    options["power"] = 3
    offset[:] = 7.0
    monkeypatch.setitem(globals(), "FACTOR", 5.0)
    np.testing.assert_array_equal(function(X), expected)
    np.testing.assert_array_equal(function(X[:1]), X[:1] ** 3 * 7 * 5 + 7)


def test_python_runs_while_recording_only() -> None:
    seen: list[Any] = []
    function = hybrid.jit(lambda x: seen.append(x) or x * 2.0)
    function(X), function(X)
    assert len(seen) == 1


def test_list_argument_that_changed_is_seen() -> None:
    function = hybrid.jit(lambda x, scales: x * sum(scales))
    scales = [1.0, 2.0]
    np.testing.assert_array_equal(function(X, scales), X * 3)
    scales.append(4.0)
    np.testing.assert_array_equal(function(X, scales), X * 7)


# -- what layers do besides -------------------------------------------------------------------------------------------


class Noisy(layers.Layer):
    """Adds a loss, counts its calls, draws, and does other things in training."""

    def build(self, input_shape: Any) -> None:
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.total = hybrid.metrics.Mean(name="total")
        self.generator = hybrid.random.SeedGenerator(3)

    def call(self, inputs: Any, training: bool = False) -> Any:
        self.add_loss(ops.mean(ops.square(inputs)))
        self.total.update_state(ops.sum(inputs))
        if not training:
            return inputs
        self.calls.assign_add(1.0)
        return inputs + hybrid.random.normal(inputs.shape, seed=self.generator)


@pytest.mark.parametrize("training", [False, True])
def test_losses_metrics_counters_and_draws_are_those_of_the_eager_call(training: bool) -> None:
    found = []
    for compiles in (False, True):
        layer = Noisy()
        layer(X)

        def step(x: Any, layer: Any = layer) -> Any:
            outputs = layer(x, training=training)
            return outputs, layer.losses

        function = hybrid.jit(step) if compiles else step
        results = [function(X) for _ in range(3)]
        found.append((results, layer.calls, layer.generator.state, layer.total.result()))
    assert_close(found[1], found[0])


def test_training_of_the_enclosing_call_is_part_of_the_signature() -> None:
    layer = layers.Dropout(0.5, seed=1)
    compiled = hybrid.jit(layer)

    class Outer(Model):
        def call(self, inputs: Any) -> Any:
            return compiled(inputs)

    outer = Outer()
    np.testing.assert_array_equal(outer(X, training=False), X)
    assert not np.array_equal(outer(X, training=True), X)
    np.testing.assert_array_equal(outer(X, training=False), X)


def test_compiled_part_of_a_call_is_recorded_with_it() -> None:
    class Outer(Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = Dense(2)

        @hybrid.jit
        def inner(self, x: Any) -> Any:
            return self.dense(x) * 2.0

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs)

    model = Outer()
    expected = model(X)
    x = Input((3,))
    np.testing.assert_array_equal(Model(x, model(x))(X), expected)
    np.testing.assert_array_equal(model.predict(X, verbose=0), expected)
    model.compile("sgd", "mse", jit_compile=True)
    model.fit(X, np.zeros((2, 2)), verbose=0)
    assert not np.array_equal(model(X), expected)


def test_tape_around_and_inside() -> None:
    v = Variable(3.0)

    @hybrid.jit
    def slope(x: Any) -> Any:
        with GradientTape() as tape:
            y = ops.sum(x * v * v)
        return tape.gradient(y, v)

    assert float(slope(X)) == 6 * X.sum()
    with GradientTape() as outer:
        inner = slope(X)
    assert float(outer.gradient(inner, v)) == 2 * X.sum()


def test_seeds_that_are_set_again_repeat_the_draws() -> None:
    function = hybrid.jit(lambda x: x + hybrid.random.normal((3,)))
    draws = []
    for _ in range(2):
        hybrid.utils.set_random_seed(5)
        draws.append([function(X).numpy() for _ in range(2)])
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0][0], draws[0][1])


# -- mistakes ---------------------------------------------------------------------------------------------------------


def test_arithmetic_error_leaves_everything_as_it_was() -> None:
    v, layer = Variable(1.0), layers.BatchNormalization()
    generator = hybrid.random.SeedGenerator(2)
    layer(X)

    @hybrid.jit
    def function(x: Any, y: Any) -> Any:
        v.assign_add(1.0)
        noise = hybrid.random.normal((2, 3), seed=generator)
        return layer(x, training=True) + noise + ops.divide(1.0, y)

    function(X, X + 1)
    before = [each.numpy() for each in (v, generator.state, *layer.weights)]
    for _ in range(2):
        with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
            function(X, X)
        for one, other in zip(before, (v, generator.state, *layer.weights), strict=True):
            np.testing.assert_array_equal(one, other)
    function(X, X + 1)
    assert float(v) == 3.0 and len(function.programs) == 1


# -- attributes -------------------------------------------------------------------------------------------------------


def compiled_model(**options: Any) -> Any:
    model = Sequential([Input((3,)), Dense(2), layers.Dropout(0.2)])
    model.compile("sgd", "mse", **options)
    return model


def recordings(model: Any) -> int:
    return sum(programs._patience.recorded for programs in model._programs.values())


class EveryBatch(hybrid.callbacks.Callback):
    """Assigns an attribute after every batch."""

    def __init__(self, assign: Any) -> None:
        super().__init__()
        self.assign = assign

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.assign(batch)


MANY = np.ones((20, 3), "float32")


def fit(model: Any, *callbacks: Any) -> None:
    model.fit(MANY, MANY[:, :2], batch_size=1, verbose=0, callbacks=list(callbacks))


def test_another_model_that_changes_does_not_matter() -> None:
    model, other = compiled_model(), compiled_model()
    fit(other)
    fit(model, EveryBatch(lambda batch: setattr(other, "progress", batch)))
    compiled_model()
    hybrid.optimizers.Adam(ema_momentum=0.5)
    fit(model)
    assert recordings(model) == 1
    other.layers[1].rate = 0.5
    fit(model)
    assert recordings(model) == 1


def test_changes_of_what_a_step_calls_matter_wherever_it_is() -> None:
    teacher = Sequential([Input((3,)), Dense(2, activation="relu")])

    class Distilled(Sequential):
        def train_step(self, data: Any) -> Any:
            x, _ = data
            return super().train_step((x, ops.stop_gradient(teacher(x))))

    model = Distilled([Input((3,)), Dense(2)])
    model.compile("sgd", "mse")
    fit(model)
    teacher.layers[0].activation = hybrid.activations.get("tanh")
    fit(model)
    assert recordings(model) == 2


def test_equal_numbers_are_no_change() -> None:
    model = compiled_model()
    model.progress = 0.5
    fit(model, EveryBatch(lambda batch: setattr(model, "progress", float(str(0.5)))))
    assert recordings(model) == 1


def test_attribute_that_changes_all_the_time_is_named_and_programs_come_back() -> None:
    model = compiled_model()
    with pytest.warns(UserWarning, match=r"attributes that it may read change all the time[^§]*Sequential\.progress"):
        fit(model, EveryBatch(lambda batch: setattr(model, "progress", batch)))
    assert recordings(model) == PATIENCE
    fit(model)
    assert recordings(model) == PATIENCE + 1


def test_changes_between_fits_are_recorded_however_many_there_are() -> None:
    model = compiled_model()
    for number in range(2 * PATIENCE):
        model.layers[1].rate = number / 100
        fit(model)
    assert recordings(model) == 2 * PATIENCE


# -- recording again and again ----------------------------------------------------------------------------------------


def test_warning_names_the_argument_that_varies() -> None:
    def scaled(x: Any, factor: float, *, sign: int = 1) -> Any:
        return x * factor * sign

    function = hybrid.jit(scaled)
    with pytest.warns(UserWarning, match=r"where: factor is 7.0 after"):
        for number in range(PATIENCE):
            function(X, float(number), sign=1)
    function = hybrid.jit(scaled)
    with pytest.warns(UserWarning, match=r"where: x is \(8, 3\) after \(1, 3\)[^§]*; sign is 7 after"):
        for number in range(PATIENCE):
            function(np.ones((number + 1, 3)), 1.0, sign=number)
