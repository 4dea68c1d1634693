"""Law 1 for training: fifty steps of `fit` as programs and operation by operation end in the same state.

A model for each family of layers is trained with every optimizer, and with what optimizers may be asked to do besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Input, Model, Sequential, layers
from hybrid.engine.kernels import KERNELS
from tests.both_ways import Losses, assert_close, ran_as_programs, state_of, train_both_ways
from tests.optimizers import common
from tests.optimizers.test_laws import TREATMENTS

STEPS, BATCH = 50, 3
FAMILIES: dict[str, tuple[Any, Callable[[], Any]]] = {}


def family(*shape: int, dtype: str | None = None) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """List a model, or its layers, by what its input is like."""

    def register(make: Callable[[], Any]) -> Callable[[], Any]:
        FAMILIES[make.__name__] = {"shape": shape, "dtype": dtype}, make
        return make

    return register


@family(4)
def dense() -> Any:
    inputs = Input((4,))
    shared = layers.Dense(
        4, activation="swish", activity_regularizer="l1", kernel_regularizer="l2", kernel_constraint="max_norm"
    )
    left, right = shared(inputs), shared(layers.PReLU()(inputs))
    merged = [layers.Multiply()([left, right]), layers.Dot(1)([left, right]), layers.Maximum()([left, inputs])]
    x = layers.GaussianNoise(0.1)(layers.Dropout(0.3)(layers.Concatenate()(merged)))
    return Model(inputs, layers.Dense(4, activation="relu")(x))


@family(6, 6, 2)
def convolution() -> Any:
    return [
        layers.Conv2D(3, 3, activation="relu"),
        layers.SpatialDropout2D(0.3),
        layers.DepthwiseConv2D(2, padding="same"),
        layers.MaxPooling2D(2),
        layers.Conv2DTranspose(2, 2, strides=2),
        layers.SeparableConv2D(3, 2),
        layers.AveragePooling2D(2),
        layers.Flatten(),
    ]


@family(4, 4, 4)
def normalization() -> Any:
    return [
        layers.BatchNormalization(momentum=0.9),
        layers.GroupNormalization(2),
        layers.LayerNormalization(),
        layers.RMSNormalization(),
        layers.BatchNormalization(scale=False, center=False),
        layers.GlobalAveragePooling2D(),
    ]


@family(2, dtype="int32")
def recurrent() -> Any:
    return [
        layers.Embedding(7, 4, mask_zero=True, embeddings_regularizer="l2"),
        layers.LSTM(3, return_sequences=True, dropout=0.2),
        layers.GRU(3, recurrent_dropout=0.2, return_sequences=True),
        layers.GlobalAveragePooling1D(),
    ]


@family(3, 4)
def attention() -> Any:
    x = inputs = Input((3, 4))
    # A key's bias moves no weight of attention. Its derivative is rounding alone, which optimizers may take for a sign:
    # a penalty gives it a direction.
    biases: Any = {"bias_initializer": "ones", "bias_regularizer": "l2"}
    x = layers.Add()([x, layers.MultiHeadAttention(2, 3, dropout=0.2, **biases)(x, x)])
    x = layers.LayerNormalization()(x)
    return Model(inputs, layers.Flatten()(layers.Attention(use_scale=True, dropout=0.2)([x, x])))


def data(name: str, samples: int) -> tuple[Any, Any, Any]:
    """Return inputs, targets and weights of samples."""
    rng = np.random.default_rng(5)
    like = FAMILIES[name][0]
    size = (samples, *like["shape"])
    x = rng.normal(size=size) if like["dtype"] is None else rng.integers(0, 7, size).astype(like["dtype"])
    return x, rng.integers(0, 3, samples), rng.uniform(0.5, 1.5, samples)


def compiled(name: str, eager: bool, optimizer: Any) -> Any:
    """Make the model of a family; nothing but the seed decides about its weights."""
    like, make = FAMILIES[name]
    parts = make()
    parts = [Input(**like), *parts] if isinstance(parts, list) else [parts]
    model = Sequential([*parts, layers.Dense(3, activation="softmax")])
    model.compile(
        optimizer,
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        run_eagerly=eager,
        jit_compile=not eager,  # what cannot be recorded is a warning, which is an error here
    )
    return model


def fitted(model: Any, x: Any, y: Any, weights: Any = None, **options: Any) -> list[float]:
    """Train a model and return the losses of all steps."""
    losses = Losses()
    model.fit(x, y, sample_weight=weights, batch_size=BATCH, verbose=0, callbacks=[losses], **options)
    return losses.found


# Every family with every optimizer; what optimizers do besides goes round, so that every treatment meets every family.
PAIRS = [
    pytest.param(name, optimizer, options | treatment, id=f"{name}-{optimizer}-{common.label(options | treatment)}")
    for row, name in enumerate(FAMILIES)
    for column, (optimizer, options) in enumerate(common.CASES)
    for treatment in [TREATMENTS[(row + column) % len(TREATMENTS)]]
]


@pytest.fixture
def doubles() -> Iterator[None]:
    """Compute in float64: what differs after many steps is then no rounding that grew."""
    before = hybrid.config.floatx()
    hybrid.config.set_floatx("float64")
    yield
    hybrid.config.set_floatx(before)


@pytest.mark.usefixtures("doubles")
@pytest.mark.parametrize(("name", "optimizer", "options"), PAIRS)
def test_fifty_steps_end_in_the_same_state(name: str, optimizer: str, options: dict[str, Any]) -> None:
    x, y, _ = data(name, 5 * BATCH)

    def train(eager: bool) -> Any:
        model = compiled(name, eager, common.make(optimizer, **options))
        losses = fitted(model, x, y, epochs=STEPS // 5)
        assert eager or ran_as_programs(model)
        return losses, state_of(model)

    program, expected = train_both_ways(train)
    assert len(program[0]) == STEPS
    np.testing.assert_allclose(program[0], expected[0], rtol=1e-9)
    assert_close(program[1], expected[1], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("name", FAMILIES)
def test_fifty_losses_agree_in_single_precision(name: str, optimizer: str) -> None:
    x, y, _ = data(name, 5 * BATCH)
    program, expected = train_both_ways(
        lambda eager: fitted(compiled(name, eager, common.make(optimizer)), x, y, epochs=STEPS // 5)
    )
    np.testing.assert_allclose(program, expected, rtol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_incomplete_batches_evaluation_and_prediction_are_the_same(name: str) -> None:
    x, y, weights = data(name, 2 * BATCH + 1)

    def train(eager: bool) -> Any:
        model = compiled(name, eager, hybrid.optimizers.SGD(0.01))
        losses = fitted(model, x, y, weights, epochs=3, validation_split=0.2)
        found = model.evaluate(x, y, verbose=0), model.predict(x, verbose=0)
        assert eager or ran_as_programs(model)
        return losses, found, state_of(model)

    program, expected = train_both_ways(train)
    assert_close(program, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.usefixtures("doubles")
def test_law_finds_a_kernel_that_is_slightly_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    make = KERNELS["affine"]

    def wrong(step: Any) -> Any:
        kernel = make(step)
        assert kernel is not None
        return kernel._replace(run=lambda *args, **kwargs: np.multiply(kernel.run(*args, **kwargs), 1 + 1e-6))

    monkeypatch.setitem(KERNELS, "affine", wrong)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        test_fifty_steps_end_in_the_same_state("dense", "SGD", {})
