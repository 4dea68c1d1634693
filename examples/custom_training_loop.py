"""A training loop of one's own: GradientTape, a custom loss, gradient clipping, a learning-rate schedule.

Run it: python examples/custom_training_loop.py
"""

from __future__ import annotations

import numpy as np

import hybrid as keras
from hybrid import layers, ops
from hybrid.datasets import digits


def focal_loss(labels, logits, gamma: float = 1.5):
    """Cross-entropy that looks away from what is easy; NumPy functions and ops mix freely."""
    log_probabilities = ops.log_softmax(logits)
    chosen = ops.sum(ops.one_hot(labels, 10) * log_probabilities, axis=-1)
    return np.mean(-((1 - np.exp(chosen)) ** gamma) * chosen)


def clip_by_global_norm(gradients, limit: float):
    norm = np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))
    scale = np.minimum(1.0, limit / (norm + 1e-6))
    return [gradient * scale for gradient in gradients], float(norm)


def main() -> None:
    keras.utils.set_random_seed(3)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = x_train / np.float32(16), x_test / np.float32(16)

    model = keras.Sequential(
        [keras.Input((8, 8)), layers.Flatten(), layers.Dense(64, activation="gelu"), layers.Dense(10)]
    )
    schedule = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=15 * 45)
    optimizer = keras.optimizers.Adam(schedule)
    accuracy = keras.metrics.SparseCategoricalAccuracy()
    rng = np.random.default_rng(0)

    for epoch in range(15):
        accuracy.reset_state()
        losses, norms = [], []
        order = rng.permutation(len(x_train))
        for start in range(0, len(order), 32):
            batch = order[start : start + 32]
            with keras.GradientTape() as tape:
                logits = model(x_train[batch], training=True)
                loss = focal_loss(y_train[batch], logits)
            gradients = tape.gradient(loss, model.trainable_variables)
            gradients, norm = clip_by_global_norm(gradients, 1.0)
            optimizer.apply(gradients, model.trainable_variables)
            accuracy.update_state(y_train[batch], logits)
            losses.append(float(loss))
            norms.append(norm)
        if epoch % 5 == 4:
            print(
                f"epoch {epoch + 1:2d}  loss {np.mean(losses):.4f}  accuracy {float(accuracy.result()):.2%}  "
                f"gradient norm {np.mean(norms):.3f}"
            )

    share = np.mean(np.argmax(model(x_test).numpy(), -1) == y_test)
    print(f"test accuracy {share:.2%}")
    assert share > 0.95


if __name__ == "__main__":
    main()
