"""The workloads in plain JAX: functions of a list of arrays in the order of Keras, the whole step under `jax.jit`."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from workloads import WORKLOADS

Forward = tuple[Array, dict[int, Array]]
"""Logits, and what replaces weights that are not trained, by their place."""


def convolve(x: Array, kernel: Array, padding: str) -> Array:
    return lax.conv_general_dilated(x, kernel, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def pool(x: Array) -> Array:
    batch, height, width, channels = x.shape
    x = x[:, : height // 2 * 2, : width // 2 * 2]
    return x.reshape(batch, height // 2, 2, width // 2, 2, channels).max((2, 4))


def dropout(x: Array, key: Array, rate: float) -> Array:
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0) if rate else x


def normalize(x: Array, scale: Array, offset: Array, epsilon: float) -> Array:
    mean = x.mean(-1, keepdims=True)
    variance = jnp.square(x - mean).mean(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + epsilon) * scale + offset


def mlp(weights: list[Array], x: Array, key: Array) -> Forward:
    w1, b1, w2, b2 = weights
    return jax.nn.relu(x @ w1 + b1) @ w2 + b2, {}


def small(weights: list[Array], x: Array, key: Array) -> Forward:
    w1, b1, w2, b2 = weights
    return jnp.tanh(x @ w1 + b1) @ w2 + b2, {}


def cnn(weights: list[Array], x: Array, key: Array, rate: float = 0.5) -> Forward:
    k1, b1, k2, b2, w, b = weights
    x = pool(jax.nn.relu(convolve(x, k1, "VALID") + b1))
    x = pool(jax.nn.relu(convolve(x, k2, "VALID") + b2))
    return dropout(x.reshape(len(x), -1), key, rate) @ w + b, {}


def lstm(weights: list[Array], x: Array, key: Array) -> Forward:
    kernel, recurrent, bias, w, b = weights

    def step(carry: tuple[Array, Array], projected: Array) -> tuple[tuple[Array, Array], None]:
        hidden, cell = carry
        i, f, g, o = jnp.split(projected + hidden @ recurrent, 4, axis=1)
        cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(cell), cell), None

    zeros = jnp.zeros((len(x), len(recurrent)))
    (hidden, _), _ = lax.scan(step, (zeros, zeros), (x @ kernel + bias).swapaxes(0, 1))
    return hidden @ w + b, {}


def encoder(weights: list[Array], x: Array, key: Array, rate: float = 0.1) -> Forward:
    wq, bq, wk, bk, wv, bv, wo, bo, g1, o1, w1, b1, w2, b2, g2, o2, w, b = weights
    keys = jax.random.split(key, 3)
    query, key_, value = (jnp.einsum("btd,dhe->bhte", x, w) + b[:, None] for w, b in ((wq, bq), (wk, bk), (wv, bv)))
    scores = jax.nn.softmax(jnp.einsum("bhqe,bhke->bhqk", query, key_) / np.sqrt(32).astype("float32"))
    attended = jnp.einsum("bhqk,bhke->bqhe", dropout(scores, keys[0], rate), value)
    attended = jnp.einsum("bqhe,hed->bqd", attended, wo) + bo
    x = normalize(x + dropout(attended, keys[1], rate), g1, o1, 1e-6)
    forward = jax.nn.relu(x @ w1 + b1) @ w2 + b2
    x = normalize(x + dropout(forward, keys[2], rate), g2, o2, 1e-6)
    return x.mean(1) @ w + b, {}


def residual(weights: list[Array], x: Array, key: Array) -> Forward:
    k1, g1, o1, m1, v1, k2, g2, o2, m2, v2, w, b = weights
    updates = {}

    def batch_normalize(x: Array, scale: Array, offset: Array, place: int) -> Array:
        mean = x.mean((0, 1, 2))
        variance = jnp.square(x - mean).mean((0, 1, 2))
        updates[place] = 0.99 * weights[place] + 0.01 * mean
        updates[place + 1] = 0.99 * weights[place + 1] + 0.01 * variance
        return (x - mean) * (lax.rsqrt(variance + 1e-3) * scale) + offset

    y = jax.nn.relu(batch_normalize(convolve(x, k1, "SAME"), g1, o1, 3))
    y = batch_normalize(convolve(y, k2, "SAME"), g2, o2, 8)
    return jax.nn.relu(x + y).mean((1, 2)) @ w + b, updates


MODELS = {"mlp": mlp, "small": small, "cnn": cnn, "lstm": lstm, "encoder": encoder, "residual": residual}


def train(forward: Any, state: dict[str, Any], x: Array, y: Array) -> dict[str, Any]:
    """Make one step of Adam; the sums of losses and of right answers are part of the state."""
    key, used = jax.random.split(state["key"])

    def objective(weights: list[Array]) -> tuple[Array, tuple[Array, dict[int, Array]]]:
        logits, updates = forward(weights, x, used)
        loss = -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean()
        return loss, (logits, updates)

    (loss, (logits, updates)), slopes = jax.value_and_grad(objective, has_aux=True)(state["weights"])
    count = state["count"] + 1
    first = [m + (g - m) * 0.1 for m, g in zip(state["first"], slopes, strict=True)]
    second = [v + (g * g - v) * 0.001 for v, g in zip(state["second"], slopes, strict=True)]
    rate = 0.001 * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
    moments = zip(state["weights"], first, second, strict=True)
    weights = [w - rate * m / (jnp.sqrt(v) + 1e-7) for w, m, v in moments]
    for place, value in updates.items():
        weights[place] = value
    right = (logits.argmax(1) == y).sum()
    return {
        "weights": weights, "first": first, "second": second, "count": count, "key": key,
        "loss": state["loss"] + loss, "right": state["right"] + right,
    }  # fmt: skip


class Trainer:
    """One workload's model with its optimizer."""

    def __init__(self, name: str, weights: list[np.ndarray], *, deterministic: bool = False):
        forward = functools.partial(MODELS[name], **(WORKLOADS[name].deterministic if deterministic else {}))
        arrays = [jnp.array(weight) for weight in weights]
        slots = {slot: [jnp.zeros_like(weight) for weight in arrays] for slot in ("first", "second")}
        self.state = {"weights": arrays, **slots, "count": jnp.zeros(()), "key": jax.random.key(0)}
        self.step = jax.jit(functools.partial(train, forward), donate_argnums=0)
        self.forward = lambda x: forward(self.state["weights"], x, None)[0]
        self.compiled = jax.jit(lambda weights, x: forward(weights, x, None)[0])
        self.rng = np.random.default_rng(0)

    def fit(self, x: np.ndarray, y: np.ndarray, batch: int) -> float:
        """Train for an epoch in random order; return the mean loss. The accuracy is counted, too, as `fit` does."""
        state = {**self.state, "loss": jnp.zeros(()), "right": jnp.zeros((), int)}
        order = self.rng.permutation(len(x))
        for start in range(0, len(x), batch):
            rows = order[start : start + batch]
            state = self.step(state, x[rows], y[rows])
        self.accuracy = int(state.pop("right")) / len(x)
        loss = float(state.pop("loss")) / (len(x) // batch)
        self.state = state
        return loss

    def call(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.forward(x))

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.compiled(self.state["weights"], x))
