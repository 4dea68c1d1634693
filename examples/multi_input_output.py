"""Several inputs, several outputs, one training: an image and a hint go in, the digit and its parity come out.

Run it: python examples/multi_input_output.py
"""

from __future__ import annotations

import numpy as np

import hybrid as keras
from hybrid import layers
from hybrid.datasets import digits


def make_model() -> keras.Model:
    image = keras.Input((8, 8), name="image")
    hint = keras.Input((3,), name="hint")  # a noisy one-hot of the label modulo 3
    features = layers.Dense(48, activation="relu")(layers.Flatten()(image))
    joint = layers.Concatenate()([features, layers.Dense(8, activation="relu")(hint)])
    return keras.Model(
        inputs={"image": image, "hint": hint},
        outputs={
            "digit": layers.Dense(10, activation="softmax", name="digit")(joint),
            "odd": layers.Dense(1, activation="sigmoid", name="odd")(joint),
        },
    )


def with_hint(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    hint = np.eye(3, dtype="float32")[labels % 3] + rng.normal(0, 0.3, (len(labels), 3)).astype("float32")
    return {"image": images / np.float32(16), "hint": hint}


def main() -> None:
    keras.utils.set_random_seed(5)
    rng = np.random.default_rng(0)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    train, test = with_hint(x_train, y_train, rng), with_hint(x_test, y_test, rng)
    targets = {"digit": y_train, "odd": (y_train % 2).astype("float32")}

    model = make_model()
    model.summary()
    model.compile(
        optimizer="adam",
        loss={"digit": "sparse_categorical_crossentropy", "odd": "binary_crossentropy"},
        loss_weights={"digit": 1.0, "odd": 0.5},
        metrics={"digit": ["accuracy"], "odd": ["accuracy"]},
    )
    history = model.fit(train, targets, batch_size=32, epochs=20, validation_split=0.1, verbose=0)
    results = model.evaluate(
        test, {"digit": y_test, "odd": (y_test % 2).astype("float32")}, verbose=0, return_dict=True
    )
    print(f"loss of the first and the last epoch: {history.history['loss'][0]:.3f}, {history.history['loss'][-1]:.3f}")
    print({name: round(float(value), 4) for name, value in results.items()})
    assert results["digit_accuracy"] > 0.95 and results["odd_accuracy"] > 0.9

    # The parts in the middle are there for the asking.
    features = keras.Model(model.inputs, model.get_layer("concatenate").output)
    print("features:", features(test).shape)


if __name__ == "__main__":
    main()
