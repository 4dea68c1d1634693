"""The step of a network with one hidden layer and Adam, as one would write it by hand in NumPy."""

from __future__ import annotations

import numpy as np


class NumpyStep:
    """One training step of `inputs → hidden (relu) → logits`; labels are numbers of classes."""

    def __init__(self, weights: list[np.ndarray]):
        self.w1, self.b1, self.w2, self.b2 = (np.array(weight) for weight in weights)
        self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in (self.w1, self.b1, self.w2, self.b2)]
        self.step = 0

    def __call__(self, images: np.ndarray, labels: np.ndarray) -> float:
        count = len(images)
        flat = images.reshape(count, -1)
        hidden = flat @ self.w1 + self.b1
        active = np.maximum(hidden, 0)
        logits = active @ self.w2 + self.b2
        shifted = logits - logits.max(axis=1, keepdims=True)
        exponentials = np.exp(shifted)
        total = exponentials.sum(axis=1, keepdims=True)
        rows = np.arange(count)
        loss = float(np.mean(np.log(total[:, 0]) - shifted[rows, labels]))
        upstream = exponentials / total
        upstream[rows, labels] -= 1
        upstream /= count
        w2, b2 = active.T @ upstream, upstream.sum(axis=0)
        back = (upstream @ self.w2.T) * (hidden > 0)
        w1, b1 = flat.T @ back, back.sum(axis=0)
        self._adam((w1, b1, w2, b2))
        self.right = int((logits.argmax(axis=1) == labels).sum())
        return loss

    def _adam(self, gradients: tuple[np.ndarray, ...], rate: float = 0.001) -> None:
        self.step += 1
        scale = rate * np.sqrt(1 - 0.999**self.step) / (1 - 0.9**self.step)
        for weight, gradient, (m, v) in zip((self.w1, self.b1, self.w2, self.b2), gradients, self.moments, strict=True):
            m += (gradient - m) * np.float32(0.1)
            v += (gradient * gradient - v) * np.float32(0.001)
            weight -= np.float32(scale) * m / (np.sqrt(v) + np.float32(1e-7))


class Trainer:
    """The workload `mlp`, in epochs."""

    def __init__(self, name: str, weights: list[np.ndarray], *, deterministic: bool = False):
        assert name == "mlp", "only this one is written by hand"
        self.step = NumpyStep(weights)
        self.rng = np.random.default_rng(0)

    def fit(self, x: np.ndarray, y: np.ndarray, batch: int) -> float:
        """Train for an epoch in random order; return the mean loss. The accuracy is counted, too, as `fit` does."""
        order = self.rng.permutation(len(x))
        losses, right = [], 0
        for start in range(0, len(x), batch):
            rows = order[start : start + batch]
            losses.append(self.step(x[rows], y[rows]))
            right += self.step.right
        self.accuracy = right / len(x)
        return float(np.mean(losses))
