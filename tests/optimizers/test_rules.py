"""Each rule against a reference written by hand in NumPy, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import hybrid

from .common import CLASSES, make

START = np.array([0.5, -1.5, 2.0])
STEPS = [np.array([0.3, -0.2, 0.9]), np.array([-0.5, 0.1, 0.4]), np.array([0.2, 0.7, -0.6]), np.array([0.1, 0.1, 0.1])]
RATE = 0.125  # exact in float32, so that the learning rate is the same number everywhere


def sgd(w: Any) -> Any:
    for g in STEPS:
        w = w - RATE * g
    return w


def sgd_momentum(w: Any, nesterov: bool = False) -> Any:
    m = np.zeros(3)
    for g in STEPS:
        m = 0.9 * m - RATE * g
        w = w + (0.9 * m - RATE * g if nesterov else m)
    return w


def adam(w: Any, amsgrad: bool = False, decay: float = 0.0) -> Any:
    m, v, top = np.zeros(3), np.zeros(3), np.zeros(3)
    for t, g in enumerate(STEPS, 1):
        w = w * (1 - decay * RATE)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        top = np.maximum(top, v) if amsgrad else v
        w = w - RATE * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(top) + 1e-7)
    return w


def nadam(w: Any) -> Any:
    m, v, product = np.zeros(3), np.zeros(3), 1.0
    for t, g in enumerate(STEPS, 1):
        now, ahead = 0.9 * (1 - 0.5 * 0.96**t), 0.9 * (1 - 0.5 * 0.96 ** (t + 1))
        product *= now
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        mean = ahead * m / (1 - product * ahead) + (1 - now) * g / (1 - product)
        w = w - RATE * mean / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
    return w


def adamax(w: Any) -> Any:
    m, u = np.zeros(3), np.zeros(3)
    for t, g in enumerate(STEPS, 1):
        m, u = 0.9 * m + 0.1 * g, np.maximum(0.999 * u, np.abs(g))
        w = w - RATE / (1 - 0.9**t) * m / (u + 1e-7)
    return w


def rmsprop(w: Any, centered: bool = False, momentum: float = 0.0) -> Any:
    v, mean, change = np.zeros(3), np.zeros(3), np.zeros(3)
    for g in STEPS:
        v, mean = 0.9 * v + 0.1 * g**2, 0.9 * mean + 0.1 * g
        change = momentum * change + RATE * g / np.sqrt(v - (mean**2 if centered else 0) + 1e-7)
        w = w - change
    return w


def adagrad(w: Any) -> Any:
    total = np.full(3, 0.1)
    for g in STEPS:
        total = total + g**2
        w = w - RATE * g / np.sqrt(total + 1e-7)
    return w


def adadelta(w: Any) -> Any:
    squares, changes = np.zeros(3), np.zeros(3)
    for g in STEPS:
        squares = 0.95 * squares + 0.05 * g**2
        change = -np.sqrt(changes + 1e-7) / np.sqrt(squares + 1e-7) * g
        changes = 0.95 * changes + 0.05 * change**2
        w = w + RATE * change
    return w


def ftrl(w: Any, l1: float = 0.0, l2: float = 0.0) -> Any:
    n, z = np.full(3, 0.1), np.zeros(3)
    for g in STEPS:
        sigma = (np.sqrt(n + g**2) - np.sqrt(n)) / RATE
        z, n = z + g - sigma * w, n + g**2
        w = np.where(np.abs(z) <= l1, 0.0, -(z - np.sign(z) * l1) / (np.sqrt(n) / RATE + 2 * l2))
    return w


def lion(w: Any) -> Any:
    m = np.zeros(3)
    for g in STEPS:
        w = w - RATE * np.sign(0.9 * m + 0.1 * g)
        m = 0.99 * m + 0.01 * g
    return w


REFERENCES: list[tuple[str, dict[str, Any], Callable[[Any], Any]]] = [
    ("SGD", {}, sgd),
    ("SGD", {"momentum": 0.9}, sgd_momentum),
    ("SGD", {"momentum": 0.9, "nesterov": True}, lambda w: sgd_momentum(w, nesterov=True)),
    ("Adam", {}, adam),
    ("Adam", {"amsgrad": True}, lambda w: adam(w, amsgrad=True)),
    ("AdamW", {}, lambda w: adam(w, decay=0.004)),
    ("AdamW", {"weight_decay": 0.5}, lambda w: adam(w, decay=0.5)),
    ("Nadam", {}, nadam),
    ("Adamax", {}, adamax),
    ("RMSprop", {}, rmsprop),
    ("RMSprop", {"centered": True, "momentum": 0.5}, lambda w: rmsprop(w, True, 0.5)),
    ("Adagrad", {}, adagrad),
    ("Adadelta", {}, adadelta),
    ("Ftrl", {}, ftrl),
    (
        "Ftrl",
        {"l1_regularization_strength": 0.4, "l2_regularization_strength": 0.2},
        lambda w: ftrl(w, l1=0.4, l2=0.2),
    ),
    ("Lion", {}, lion),
]


@pytest.mark.parametrize(("name", "options", "reference"), REFERENCES, ids=lambda v: v if isinstance(v, str) else "")
def test_rule_equals_the_reference(name: str, options: dict[str, Any], reference: Callable[[Any], Any]) -> None:
    x = hybrid.Variable(START, name="x", dtype="float64")
    optimizer = make(name, learning_rate=RATE, **options)
    for gradient in STEPS:
        optimizer.apply([gradient], [x])
    np.testing.assert_allclose(x.numpy(), reference(START), rtol=1e-12)


def test_every_optimizer_has_a_reference() -> None:
    assert set(CLASSES) == {name for name, _, _ in REFERENCES}
