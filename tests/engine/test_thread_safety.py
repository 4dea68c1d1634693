"""Several threads at once: each call gives what it gives alone, and programs see and leave Variables whole."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Variable, layers, ops
from hybrid.engine import threads

THREADS = 4


@pytest.fixture(autouse=True)
def frequent_switches() -> Iterator[None]:
    """Threads take turns every few instructions, and kernels are split, so that what can go wrong does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with threads.using(2):
            yield
    finally:
        sys.setswitchinterval(before)


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """Run functions in threads that start together; return what they return, raise what they raise."""
    start = threading.Barrier(len(tasks), timeout=60)
    results: list[Any] = [None] * len(tasks)
    errors: list[BaseException] = []

    def run(index: int) -> None:
        try:
            start.wait()
            results[index] = tasks[index]()
        except BaseException as error:
            errors.append(error)

    started = [threading.Thread(target=run, args=(index,)) for index in range(len(tasks))]
    for each in started:
        each.start()
    for each in started:
        each.join(timeout=120)
    assert not any(each.is_alive() for each in started), "a thread waits for ever"
    if errors:
        raise errors[0]
    return results


def mlp() -> Any:
    return hybrid.Sequential([hybrid.Input((6,)), layers.Dense(64, activation="relu"), layers.Dense(3)])


def cnn() -> Any:
    convolution = layers.Conv2D(4, 3, activation="relu")
    last = [layers.Flatten(), layers.Dropout(0.5), layers.Dense(3)]
    return hybrid.Sequential(
        [hybrid.Input((10, 10, 2)), convolution, layers.BatchNormalization(), layers.MaxPooling2D(2), *last]
    )


def recurrent() -> Any:
    return hybrid.Sequential([hybrid.Input((7, 5)), layers.LSTM(8, return_sequences=True), layers.GRU(4)])


def attention() -> Any:
    inputs = hybrid.Input((6, 8))
    attended = layers.MultiHeadAttention(num_heads=2, key_dim=4)(inputs, inputs)
    return hybrid.Model(inputs, layers.LayerNormalization()(layers.Add()([inputs, attended])))


class Unbuilt(hybrid.Model):
    """A model whose weights are made by its first call."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = layers.Dense(16, activation="tanh"), layers.Dense(2)

    def call(self, inputs: Any) -> Any:
        return self.second(self.first(inputs))


MODELS = {"mlp": mlp, "cnn": cnn, "recurrent": recurrent, "attention": attention}
models = pytest.mark.parametrize("name", list(MODELS))


def parts_of(model: Any, sizes: Sequence[int]) -> list[np.ndarray[Any, Any]]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(size, *model.input_shape[1:])).astype("float32") for size in sizes]


@models
@pytest.mark.parametrize("way", ["predict", "call", "jit"])
def test_one_model_in_several_threads_gives_what_it_gives_alone(name: str, way: str) -> None:
    model, alone = MODELS[name](), MODELS[name]()
    alone.set_weights(model.get_weights())
    data = parts_of(model, (8, 8, 8, 5))
    expected = [alone(each).numpy() for each in data]
    jitted = hybrid.jit(lambda x: model(x, training=False))

    def compute(x: Any) -> Any:
        if way == "predict":
            return model.predict(x, batch_size=8, verbose=0)
        return (model(x, training=False) if way == "call" else jitted(x)).numpy()

    def often(x: Any) -> list[Any]:
        return [compute(x) for _ in range(10)]

    found = at_once(*(lambda x=x: often(x) for x in data))  # type: ignore[misc]
    for outputs, wanted in zip(found, expected, strict=True):
        for each in outputs:
            np.testing.assert_allclose(each, wanted, rtol=1e-5, atol=1e-6)


def test_large_kernels_in_several_threads_share_no_memory() -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(64, 64))

    @hybrid.jit
    def function(x: Any) -> Any:
        y = ops.tanh(ops.matmul(x, weights))
        return ops.sum(ops.exp(y * 0.5) + ops.square(y), axis=0)

    data = rng.normal(size=(THREADS, 512, 64))
    expected = [function(each).numpy() for each in data]
    found = at_once(*(lambda x=x: [function(x).numpy() for _ in range(30)] for x in data))  # type: ignore[misc]
    for outputs, wanted in zip(found, expected, strict=True):
        for each in outputs:
            np.testing.assert_array_equal(each, wanted)


@pytest.mark.parametrize("way", ["predict", "call"])
def test_first_call_in_several_threads_makes_one_set_of_weights(way: str) -> None:
    x = np.ones((4, 5), "float32")
    for _ in range(5):
        model = Unbuilt()
        compute = (lambda: model.predict(x, verbose=0)) if way == "predict" else (lambda: model(x).numpy())  # noqa: B023
        found = at_once(*[compute] * THREADS)
        assert len(model.weights) == 4
        for each in found:
            np.testing.assert_allclose(each, model(x).numpy(), rtol=1e-6)


def test_function_is_recorded_once_by_several_threads() -> None:
    recorded: list[int] = []

    @hybrid.jit
    def function(x: Any) -> Any:
        recorded.append(1)
        for _ in range(20):
            x = ops.tanh(x) + 1.0
        return x

    found = at_once(*[lambda: function(np.ones(3)).numpy()] * THREADS)
    assert len(recorded) == 1
    for each in found:
        np.testing.assert_array_equal(each, found[0])


def test_functions_of_one_model_are_recorded_by_several_threads() -> None:
    model = cnn()
    model.compile("sgd", "mse")
    data = parts_of(model, (2, 3, 4, 5))
    expected = [model(each).numpy() for each in data]
    found = at_once(*(lambda x=x: model.predict(x, verbose=0) for x in data))  # type: ignore[misc]
    for each, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(each, wanted, rtol=1e-5, atol=1e-6)


def test_calls_that_assign_are_one_after_the_other() -> None:
    """As in some order: none counts for nothing, and no draw is made twice."""
    count = Variable(0, dtype="int32")
    seed = hybrid.random.SeedGenerator(3)

    @hybrid.jit
    def function(x: Any) -> Any:
        count.assign_add(1)
        return hybrid.random.normal((2,), seed=seed) + x

    @hybrid.jit
    def other(x: Any) -> Any:
        count.assign_add(1)
        return x

    def often() -> list[Any]:
        return [(function(np.zeros(2)).numpy().tobytes(), other(np.zeros(3)))[0] for _ in range(50)]

    draws = sum(at_once(*[often] * THREADS), [])
    assert int(count) == 2 * 50 * THREADS
    twin = hybrid.random.SeedGenerator(3)
    alone = [(hybrid.random.normal((2,), seed=twin) + np.zeros(2)).numpy().tobytes() for _ in draws]
    assert sorted(draws) == sorted(alone)


@pytest.mark.parametrize("size", [2, 5000], ids=["packed", "large"])
def test_programs_see_and_leave_variables_as_one(size: int) -> None:
    variables = [Variable(np.zeros(size, "float32")) for _ in range(12)]
    optimizer = hybrid.optimizers.SGD(1.0)
    slopes = [np.full(size, -1.0, "float32") for _ in variables]
    step = hybrid.jit(lambda: optimizer.apply(slopes, variables))
    look = hybrid.jit(lambda: ops.stack([variable[0] for variable in variables]))
    step()
    look()

    def train() -> None:
        for _ in range(300):
            step()

    found = at_once(train, *[lambda: [look().numpy() for _ in range(300)]] * 2)
    for each in sum(found[1:], []):
        np.testing.assert_array_equal(each, np.full(12, each[0]))


class Difference(layers.Layer):
    """Two equal weights whose slopes are always equal: their difference is zero in every step of a training."""

    def build(self, input_shape: Any) -> None:
        shape = (input_shape[-1], 300)
        self.first = self.add_weight(shape=shape, initializer="zeros", name="first")
        self.second = self.add_weight(shape=shape, initializer="zeros", name="second")

    def call(self, inputs: Any) -> Any:
        self.add_loss(ops.sum(self.first + self.second))
        return ops.sum(self.first - self.second) + inputs


def test_predictions_during_training_see_the_weights_of_one_step() -> None:
    model = hybrid.Sequential([hybrid.Input((20,)), Difference()])
    model.compile("adam", "mse")
    x = np.ones((64, 20), "float32")
    found = at_once(
        lambda: model.fit(x, x, batch_size=2, epochs=4, verbose=0),
        *[lambda: [model.predict(x, batch_size=64, verbose=0) for _ in range(40)]] * 2,
    )
    for each in sum(found[1:], []):
        np.testing.assert_array_equal(each, x)


def test_two_models_train_in_two_threads_as_they_do_alone() -> None:
    def trained(seed: int) -> list[Any]:
        model = mlp()
        model.compile(hybrid.optimizers.Adam(0.01), "mse")
        model.set_weights(start)
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(64, 6)).astype("float32"), rng.normal(size=(64, 3)).astype("float32")
        model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
        return model.get_weights()  # type: ignore[no-any-return]

    start = mlp().get_weights()
    expected = [trained(0), trained(1)]
    found = at_once(lambda: trained(0), lambda: trained(1))
    for weights, wanted in zip(found, expected, strict=True):
        for a, b in zip(weights, wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_losses_that_are_added_belong_to_the_call_of_their_thread() -> None:
    def regularized() -> Any:
        dense = layers.Dense(8, activity_regularizer="l2", kernel_initializer="ones")
        model = hybrid.Sequential([hybrid.Input((6,)), dense, layers.Dense(3, kernel_initializer="ones")])
        model.compile(hybrid.optimizers.SGD(1e-3), "mse")
        return model

    x, y = np.full((16, 6), 0.1, "float32"), np.ones((16, 3), "float32")
    large = np.full((4, 6), 100.0, "float32")
    expected = regularized().fit(x, y, batch_size=4, epochs=2, verbose=0).history["loss"]
    for _ in range(4):
        model = regularized()
        ended: list[int] = []

        def fit() -> Any:
            try:
                return model.fit(x, y, batch_size=4, epochs=2, verbose=0).history["loss"]  # noqa: B023
            finally:
                ended.append(1)  # noqa: B023

        def call() -> None:
            while not ended:  # noqa: B023
                model(large)  # noqa: B023

        np.testing.assert_allclose(at_once(fit, call)[0], expected, rtol=1e-4)
