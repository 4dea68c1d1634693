"""Plain NumPy loops and checks that the tests of recurrent layers and wrappers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import hybrid

Step = Callable[[np.ndarray, list[np.ndarray]], list[np.ndarray]]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def simple_step(kernel: Any, recurrent: Any, bias: Any) -> Step:
    def step(x: np.ndarray, states: list[np.ndarray]) -> list[np.ndarray]:
        return [np.tanh(x @ kernel + states[0] @ recurrent + bias)]

    return step


def lstm_step(kernel: Any, recurrent: Any, bias: Any) -> Step:
    def step(x: np.ndarray, states: list[np.ndarray]) -> list[np.ndarray]:
        take, keep, candidate, show = np.split(x @ kernel + states[0] @ recurrent + bias, 4, axis=-1)
        memory = sigmoid(keep) * states[1] + sigmoid(take) * np.tanh(candidate)
        return [sigmoid(show) * np.tanh(memory), memory]

    return step


def gru_step(kernel: Any, recurrent: Any, bias: Any) -> Step:
    def step(x: np.ndarray, states: list[np.ndarray]) -> list[np.ndarray]:
        (before,) = states
        update, reset, candidate = np.split(x @ kernel + bias[0], 3, axis=-1)
        inner = np.split(before @ recurrent + bias[1], 3, axis=-1)
        update, reset = sigmoid(update + inner[0]), sigmoid(reset + inner[1])
        return [update * before + (1 - update) * np.tanh(candidate + reset * inner[2])]

    return step


def gru_reset_before_step(kernel: Any, recurrent: Any, bias: Any) -> Step:
    def step(x: np.ndarray, states: list[np.ndarray]) -> list[np.ndarray]:
        (before,) = states
        of_input, of_state = np.split(x @ kernel + bias, 3, axis=-1), np.split(recurrent, 3, axis=-1)
        update, reset = (sigmoid(of_input[i] + before @ of_state[i]) for i in range(2))
        return [update * before + (1 - update) * np.tanh(of_input[2] + (reset * before) @ of_state[2])]

    return step


STEPS = {"SimpleRNN": simple_step, "LSTM": lstm_step, "GRU": gru_step}


def loop(
    step: Step, x: np.ndarray, states: list[np.ndarray], mask: np.ndarray | None = None, zero: bool = False
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return all outputs `[batch, time, units]` and the last states; masked steps keep output and states."""
    outputs, output = [], np.zeros_like(states[0])
    for time in range(x.shape[1]):
        new = step(x[:, time], states)
        real = np.ones((len(x), 1), bool) if mask is None else mask[:, time, None]
        output = np.where(real, new[0], 0 if zero else output)
        states = [np.where(real, after, before) for after, before in zip(new, states, strict=True)]
        outputs.append(output)
    return np.stack(outputs, 1), states


def randomized(layer: Any, rng: np.random.Generator) -> Any:
    """Give a built layer random weights, biases too."""
    layer.set_weights([rng.normal(size=weight.shape) * 0.5 for weight in layer.weights])
    return layer


def arrays(structure: Any) -> list[np.ndarray]:
    """Return the leaves of outputs as arrays."""
    return [np.asarray(leaf) for leaf in hybrid.tree.flatten(structure)]


def check_gradients(layer: Any, inputs: list[np.ndarray], rng: np.random.Generator, **options: Any) -> None:
    """Compare the gradients for weights and inputs with central differences along random directions, in float64."""
    tensors = [hybrid.ops.convert_to_tensor(array) for array in inputs]
    weights = [weight.numpy() for weight in layer.trainable_weights]
    cotangents = [rng.normal(size=array.shape) for array in arrays(layer(*inputs, **options))]

    def total(outputs: Any) -> Any:
        flat = hybrid.tree.flatten(outputs)
        return sum(hybrid.ops.sum(output * c) for output, c in zip(flat, cotangents, strict=True))

    with hybrid.GradientTape() as tape:
        tape.watch(tensors)
        value = total(layer(*tensors, **options))
    gradients = arrays(tape.gradient(value, [*tensors, *layer.trainable_weights]))
    directions = [rng.normal(size=array.shape) for array in [*inputs, *weights]]

    def moved(distance: float) -> float:
        at = [a + distance * d for a, d in zip([*inputs, *weights], directions, strict=True)]
        for variable, value in zip(layer.trainable_weights, at[len(inputs) :], strict=True):
            variable.assign(value)
        return float(total(layer(*at[: len(inputs)], **options)))

    slope = (moved(1e-5) - moved(-1e-5)) / 2e-5
    moved(0.0)
    expected = sum(float(np.sum(g * d)) for g, d in zip(gradients, directions, strict=True))
    np.testing.assert_allclose(slope, expected, rtol=1e-6, atol=1e-8)
