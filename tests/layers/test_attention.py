"""Attention layers and EinsumDense against plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

import hybrid
from hybrid import layers, ops
from hybrid.errors import ShapeError
from tests.layers.recurrence import check_gradients, randomized


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture
def query(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(2, 4, 6))


@pytest.fixture
def value(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(2, 3, 5))


VALUE_MASK = np.array([[1, 1, 0], [1, 0, 0]], bool)


def made(rng: np.random.Generator, *shapes: Any, **options: Any) -> Any:
    layer = layers.MultiHeadAttention(**({"num_heads": 2, "key_dim": 3, "dtype": "float64"} | options))
    layer.build(*shapes)
    return randomized(layer, rng)


def heads(layer: Any, query: Any, value: Any, key: Any, mask: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """One head and one sample at a time."""
    wq, bq, wk, bk, wv, bv, wo, bo = layer.get_weights()
    scores = np.zeros((len(query), layer.num_heads, query.shape[1], value.shape[1]))
    outputs = np.zeros((*query.shape[:2], wo.shape[-1])) + bo
    for sample in range(len(query)):
        for head in range(layer.num_heads):
            q = query[sample] @ wq[:, head] + bq[head]
            k = key[sample] @ wk[:, head] + bk[head]
            v = value[sample] @ wv[:, head] + bv[head]
            logits = q @ k.T / np.sqrt(layer.key_dim)
            if mask is not None:
                logits = np.where(np.broadcast_to(mask, (len(query), *logits.shape))[sample], logits, -1e300)
            scores[sample, head] = softmax(logits, axis=-1)
            outputs[sample] += scores[sample, head] @ v @ wo[head]
    return outputs, scores


@pytest.mark.parametrize("mask", [None, "padding", "causal", "given"])
def test_heads_are_computed_one_by_one(
    mask: str | None, rng: np.random.Generator, query: np.ndarray, value: np.ndarray
) -> None:
    layer = made(rng, query.shape, value.shape, value_dim=4)
    given = rng.random((2, 4, 3)) < 0.5
    given[..., 0] = True
    options: dict[str, Any] = {
        None: {},
        "padding": {"value_mask": VALUE_MASK},
        "causal": {"use_causal_mask": True},
        "given": {"attention_mask": given},
    }[mask]
    table = {None: None, "padding": VALUE_MASK[:, None], "causal": np.tri(4, 3, dtype=bool), "given": given}[mask]
    outputs, scores = layer(query, value, return_attention_scores=True, **options)
    wanted = heads(layer, query, value, value, table)
    np.testing.assert_allclose(outputs.numpy(), wanted[0], rtol=1e-10)
    np.testing.assert_allclose(scores.numpy(), wanted[1], rtol=1e-10)
    np.testing.assert_allclose(layer(query, value, **options).numpy(), wanted[0], rtol=1e-10)


def test_keys_of_their_own(rng: np.random.Generator, query: np.ndarray, value: np.ndarray) -> None:
    key = rng.normal(size=(2, 3, 7))
    layer = made(rng, query.shape, value.shape, key.shape)
    np.testing.assert_allclose(layer(query, value, key).numpy(), heads(layer, query, value, key)[0], rtol=1e-10)


def test_attention_along_one_of_several_axes(rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 3, 4, 5))
    layer = made(rng, x.shape, x.shape, attention_axes=(2,))
    wanted = np.stack([heads(layer, x[:, i], x[:, i], x[:, i])[0] for i in range(3)], 1)
    np.testing.assert_allclose(layer(x, x).numpy(), wanted, rtol=1e-10)


def test_attention_along_two_axes_is_attention_along_both_as_one(rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 3, 4, 5))
    layer = made(rng, x.shape, x.shape)
    flat = x.reshape(2, 12, 5)
    outputs, scores = layer(x, x, return_attention_scores=True)
    wanted = heads(layer, flat, flat, flat)
    np.testing.assert_allclose(outputs.numpy().reshape(2, 12, 5), wanted[0], rtol=1e-10)
    assert scores.shape == (2, 2, 3, 4, 3, 4)


def test_query_that_may_see_nothing(rng: np.random.Generator, query: np.ndarray, value: np.ndarray) -> None:
    layer = made(rng, query.shape, value.shape, use_bias=False)
    nothing = np.zeros((2, 4, 3), bool)
    outputs, scores = layer(query, value, attention_mask=nothing, return_attention_scores=True)
    assert not scores.numpy().any() and not outputs.numpy().any()
    kernels = layer.get_weights()
    mean = np.einsum("bsf,fhd,hdo->bo", value / 3, kernels[2], kernels[3])
    found = layer(query, value, attention_mask=nothing).numpy()
    np.testing.assert_allclose(found, np.repeat(mean[:, None], 4, 1), rtol=1e-10)


def test_masks_arrive_with_their_tensors(rng: np.random.Generator, query: np.ndarray, value: np.ndarray) -> None:
    layer = made(rng, query.shape, value.shape)
    plain = layer(query, value, value_mask=VALUE_MASK).numpy()
    q, v = ops.convert_to_tensor(query), ops.convert_to_tensor(value)
    q.mask, v.mask = ops.convert_to_tensor(np.ones((2, 4), bool)), ops.convert_to_tensor(VALUE_MASK)
    outputs = layer(q, v)
    np.testing.assert_array_equal(outputs.numpy(), plain)
    assert outputs.mask.shape == (2, 4)


@pytest.mark.parametrize("axes", [None, (1,), (2,)])
def test_recorded_attention_takes_any_length(axes: Any, rng: np.random.Generator) -> None:
    rank = 3 if axes is None else 4
    layer = made(rng, (None,) * (rank - 1) + (5,), (None,) * (rank - 1) + (5,), attention_axes=axes)
    inputs = layers.Input((None,) * (rank - 2) + (5,), dtype="float64")
    outputs, scores = layer(inputs, inputs, return_attention_scores=True, use_causal_mask=rank == 3)
    assert outputs.shape == (None,) * (rank - 1) + (5,)
    model = hybrid.Model(inputs, [outputs, scores], dtype="float64")
    for size in (1, 4):
        x = rng.normal(size=(2, *[size] * (rank - 2), 5))
        direct = layer(x, x, return_attention_scores=True, use_causal_mask=rank == 3)
        for found, wanted in zip(model(x), direct, strict=True):
            np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-12)


def test_multi_head_gradients_agree_with_differences(
    rng: np.random.Generator, query: np.ndarray, value: np.ndarray
) -> None:
    layer = made(rng, query.shape, value.shape, output_shape=(2, 3))
    check_gradients(layer, [query, value], rng, value_mask=VALUE_MASK)


def test_attention_dropout_acts_in_training_only(rng: np.random.Generator, query: np.ndarray) -> None:
    layer = made(rng, query.shape, query.shape, dropout=0.5, seed=1)
    _, scores = layer(query, query, return_attention_scores=True, training=True)
    np.testing.assert_allclose(scores.numpy().sum(-1), 1.0, rtol=1e-12)
    assert np.abs(layer(query, query, training=True).numpy() - layer(query, query).numpy()).max() > 1e-3


@pytest.mark.parametrize("options", [{}, {"value_mask": VALUE_MASK}, {"use_causal_mask": True}])
@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_asking_for_scores_changes_no_output(
    dropout: float, options: Any, rng: np.random.Generator, query: np.ndarray, value: np.ndarray
) -> None:
    layer = made(rng, query.shape, value.shape, dropout=dropout, seed=1)
    outputs = layer(query, value, training=True, **options)
    if dropout:
        layer.seed_generator.reset(1)
    again, _ = layer(query, value, return_attention_scores=True, training=True, **options)
    np.testing.assert_allclose(outputs.numpy(), again.numpy(), rtol=1e-12, atol=1e-12)


def test_one_query_serves_all_samples(rng: np.random.Generator, query: np.ndarray, value: np.ndarray) -> None:
    layer = made(rng, query.shape, value.shape)
    shared = layer(query[:1], value).numpy()
    np.testing.assert_allclose(shared, layer(np.repeat(query[:1], 2, 0), value).numpy(), rtol=1e-12)


@pytest.mark.parametrize("symbolic", [False, True])
@pytest.mark.parametrize("make", [lambda: layers.MultiHeadAttention(2, 3), lambda: _Listed()])
def test_keys_and_values_of_different_lengths_are_refused(make: Any, symbolic: bool) -> None:
    shapes = [(2, 4, 6), (2, 5, 6), (2, 7, 6)]
    inputs = [hybrid.Input(batch_shape=s) if symbolic else np.ones(s, "float32") for s in shapes]
    with pytest.raises(ShapeError, match=r"keys \[2, 7, .*values \[2, 5, "):
        make()(*inputs)


class _Listed:
    """`Attention`, which takes a list."""

    def __call__(self, *inputs: Any) -> Any:
        return layers.Attention()(list(inputs))


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_asking_attention_for_weights_changes_no_output(dropout: float, query: np.ndarray) -> None:
    inputs, mask = [query, query[:, 1:] * 0.5], [np.ones((2, 4), bool), VALUE_MASK]
    layer = layers.Attention(use_scale=True, dropout=dropout, seed=1, dtype="float64")
    outputs = layer(inputs, mask=mask, training=True, use_causal_mask=True)
    if dropout:
        layer.seed_generator.reset(1)
    again, _ = layer(inputs, mask=mask, training=True, use_causal_mask=True, return_attention_scores=True)
    np.testing.assert_allclose(outputs.numpy(), again.numpy(), rtol=1e-12, atol=1e-12)


def test_names_and_config_of_multi_head_attention(query: np.ndarray, value: np.ndarray) -> None:
    layer = layers.MultiHeadAttention(2, 3, value_dim=4, output_shape=(7,), name="mha")
    layer(query, value)
    shapes = {weight.path: weight.shape for weight in layer.weights}
    assert list(shapes)[::2] == [f"mha/{name}/kernel" for name in ("query", "key", "value", "attention_output")]
    assert shapes["mha/value/kernel"] == (5, 2, 4) and shapes["mha/attention_output/kernel"] == (2, 4, 7)
    twin = layers.MultiHeadAttention.from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
    twin(query, value)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(query, value).numpy(), layer(query, value).numpy())


@pytest.mark.parametrize("arguments", [{"num_heads": 0}, {"key_dim": 2.5}, {"dropout": 2}, {"flash_attention": True}])
def test_illegal_arguments_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(hybrid.errors.ConfigError):
        layers.MultiHeadAttention(**({"num_heads": 2, "key_dim": 3} | arguments))


# -- Attention, AdditiveAttention -----------------------------------------------------------------------------------


def scores_of(layer: Any, query: np.ndarray, key: np.ndarray) -> np.ndarray:
    weights = [weight.numpy() for weight in layer.weights]
    both = query[:, :, None] + key[:, None]
    if isinstance(layer, layers.AdditiveAttention):
        return (np.tanh(both) * (weights[0] if weights else 1)).sum(-1)
    if layer.score_mode == "dot":
        return np.einsum("bqf,bkf->bqk", query, key) * (weights[0] if weights else 1)
    return weights[-1] * np.tanh(both * (weights[0] if len(weights) > 1 else 1)).sum(-1)


LAYERS = [
    lambda **options: layers.Attention(dtype="float64", **options),
    lambda **options: layers.Attention(use_scale=True, dtype="float64", **options),
    lambda **options: layers.Attention(use_scale=True, score_mode="concat", dtype="float64", **options),
    lambda **options: layers.AdditiveAttention(dtype="float64", **options),
    lambda **options: layers.AdditiveAttention(use_scale=False, dtype="float64", **options),
]


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("make", LAYERS)
def test_attention_is_a_weighted_mean_of_values(
    make: Any, causal: bool, rng: np.random.Generator, query: np.ndarray, value: np.ndarray
) -> None:
    layer, key = make(), rng.normal(size=(2, 3, 6))
    layer.build([query.shape, value.shape, key.shape])
    randomized(layer, rng)
    query_mask = np.array([[1, 1, 1, 0], [1, 1, 1, 1]], bool)
    outputs, weights = layer(
        [query, value, key], mask=[query_mask, VALUE_MASK], return_attention_scores=True, use_causal_mask=causal
    )
    visible = VALUE_MASK[:, None] & (np.tri(4, 3, dtype=bool) if causal else True)
    wanted = softmax(np.where(visible, scores_of(layer, query, key), -1e300), axis=-1)
    np.testing.assert_allclose(weights.numpy(), wanted, rtol=1e-10, atol=1e-300)
    np.testing.assert_allclose(outputs.numpy(), wanted @ value * query_mask[..., None], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("make", LAYERS)
def test_attention_gradients_agree_with_differences(make: Any, rng: np.random.Generator) -> None:
    layer = make()
    query, value = rng.normal(size=(2, 4, 5)), rng.normal(size=(2, 3, 5))
    layer([query, value])
    randomized(layer, rng)

    class OfTwo(hybrid.Layer):
        def __init__(self) -> None:
            super().__init__(dtype="float64")
            self.inner = layer

        def call(self, a: Any, b: Any) -> Any:
            return self.inner([a, b])

    check_gradients(OfTwo(), [query, value], rng)


def test_attention_records_and_passes_the_mask_of_the_query(query: np.ndarray) -> None:
    a, b = layers.Input((None, 6)), layers.Input((None, 6))
    outputs, weights = layers.Attention()([a, b], return_attention_scores=True)
    assert outputs.shape == (None, None, 6) and weights.shape == (None, None, None)
    tensor = ops.convert_to_tensor(query)
    tensor.mask = ops.convert_to_tensor(np.ones((2, 4), bool))
    assert layers.Attention()([tensor, query]).mask.shape == (2, 4)


def test_wrong_inputs_of_attention_are_refused(query: np.ndarray) -> None:
    with pytest.raises(hybrid.errors.StructureError, match=r"\[query, value\]"):
        layers.Attention()(query)
    with pytest.raises(hybrid.errors.StructureError, match="one for the query and one for the value"):
        layers.Attention()([query, query], mask=np.ones((2, 4), bool))
    with pytest.raises(hybrid.errors.ConfigError, match="score mode"):
        layers.Attention(score_mode="cosine")


# -- EinsumDense ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equation", "output_shape", "bias_axes", "shapes"),
    [
        ("ab,bc->ac", 7, "c", [(4, 7), (7,)]),
        ("abc,cd->abd", (None, 7), "d", [(4, 7), (7,)]),
        ("...x,xy->...y", 7, "y", [(4, 7), (7,)]),
        ("abc,cde->abde", (None, 2, 7), "e", [(4, 2, 7), (7,)]),
        ("abc,cde->abde", (None, 2, 7), "de", [(4, 2, 7), (2, 7)]),
        ("abc,bd->adc", (7, 4), "d", [(3, 7), (7, 1)]),
        ("ab...,bc->ac...", 7, "c", [(3, 7), (7, 1)]),
        ("abc,cd->abd", (None, 7), None, [(4, 7)]),
    ],
)
def test_einsum_dense_is_einsum(
    equation: str, output_shape: Any, bias_axes: Any, shapes: Any, rng: np.random.Generator
) -> None:
    x = rng.normal(size=(2, 4) if equation.startswith("ab,") else (2, 3, 4))
    layer = layers.EinsumDense(equation, output_shape, activation="tanh", bias_axes=bias_axes, dtype="float64")
    layer(x)
    assert [weight.shape for weight in layer.weights] == shapes
    kernel, *bias = randomized(layer, rng).get_weights()
    wanted = np.tanh(np.einsum(equation, x, kernel) + (bias[0] if bias else 0))
    np.testing.assert_allclose(layer(x).numpy(), wanted, rtol=1e-10)
    twin = layers.EinsumDense.from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
    check_gradients(layer, [x], rng)


@pytest.mark.parametrize("equation", ["abc,cd", "abc->ab", "a1,1b->ab", "...a,ab->b"])
def test_einsum_dense_refuses_equations_without_meaning(equation: str) -> None:
    with pytest.raises(hybrid.errors.ConfigError, match="no meaning"):
        layers.EinsumDense(equation, 3)


def test_einsum_dense_says_which_size_is_missing() -> None:
    with pytest.raises(hybrid.errors.ShapeError, match="size of the axis 'd'"):
        layers.EinsumDense("abc,cd->abd", (None, None))(np.ones((2, 3, 4)))
    with pytest.raises(hybrid.errors.ShapeError, match="received an input of shape"):
        layers.EinsumDense("abc,cd->abd", (None, 3))(np.ones((2, 3)))
    with pytest.raises(hybrid.errors.ShapeError, match="which is 3 in its input"):
        layers.EinsumDense("abc,cd->abd", (5, 2))(np.ones((2, 3, 4)))
