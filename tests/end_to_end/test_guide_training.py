"""Code as Keras's guide to training and evaluation with the built-in methods teaches it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from .framework import ARCHIVE, blobs, keras, labels, uniform, values

layers, ops = keras.layers, keras.ops


def classifier(classes: int = 3) -> Any:
    given = keras.Input(shape=(4,), name="points")
    x = layers.Dense(8, activation="relu", name="hidden", kernel_initializer=keras.initializers.GlorotUniform(seed=7))(
        given
    )
    outputs = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs=given, outputs=outputs)


def compiled(**options: Any) -> Any:
    model = classifier()
    model.compile(**{"optimizer": keras.optimizers.RMSprop(0.02), "loss": "sparse_categorical_crossentropy", **options})
    return model


def test_fit_evaluate_and_predict() -> None:
    points, classes = blobs()
    model = compiled(metrics=[keras.metrics.SparseCategoricalAccuracy()])
    history = model.fit(
        points[:60], classes[:60], batch_size=16, epochs=5, verbose=0, validation_data=(points[60:], classes[60:])
    )
    assert set(history.history) == {
        "loss",
        "sparse_categorical_accuracy",
        "val_loss",
        "val_sparse_categorical_accuracy",
    }
    results = model.evaluate(points[60:], classes[60:], batch_size=32, verbose=0)
    np.testing.assert_allclose(results[0], history.history["val_loss"][-1], rtol=1e-5)
    assert model.predict(points[:3], verbose=0).shape == (3, 3)
    assert keras.metrics.SparseCategoricalAccuracy().name == "sparse_categorical_accuracy"


def spread_loss(y_true: Any, y_pred: Any) -> Any:
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


def test_a_loss_may_be_a_function() -> None:
    points, classes = blobs()
    model = compiled(loss=spread_loss)
    one_hot = ops.one_hot(classes, num_classes=3)
    history = model.fit(points, values(one_hot), batch_size=30, epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


class RegularisedError(keras.losses.Loss):
    """A loss with parameters of its own."""

    def __init__(self, strength: float = 0.1, name: str = "regularised_error", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.strength = strength

    def call(self, y_true: Any, y_pred: Any) -> Any:
        error = ops.mean(ops.square(y_true - y_pred), axis=-1)
        return error + self.strength * ops.mean(ops.square(0.5 - y_pred), axis=-1)


def test_a_loss_may_be_a_class() -> None:
    points, classes = blobs(count=30)
    one_hot = np.eye(3, dtype="float32")[classes]
    model = compiled(loss=RegularisedError(0.3))
    predicted = values(model(points))
    expected = ((one_hot - predicted) ** 2).mean() + 0.3 * ((0.5 - predicted) ** 2).mean()
    np.testing.assert_allclose(model.evaluate(points, one_hot, verbose=0), expected, rtol=1e-5)


class RightAnswers(keras.metrics.Metric):
    """A metric with a state of its own."""

    def __init__(self, name: str = "right_answers", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.right = self.add_variable(shape=(), name="right", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        guessed = ops.reshape(ops.argmax(y_pred, axis=1), (-1, 1))
        equal = ops.cast(
            ops.equal(ops.cast(ops.reshape(y_true, (-1, 1)), "int32"), ops.cast(guessed, "int32")), "float32"
        )
        if sample_weight is not None:
            equal = ops.multiply(equal, ops.reshape(ops.cast(sample_weight, "float32"), (-1, 1)))
        self.right.assign_add(ops.sum(equal))

    def result(self) -> Any:
        return self.right.value if hasattr(self.right, "value") else self.right

    def reset_state(self) -> None:
        self.right.assign(0.0)


def test_a_metric_may_be_a_class() -> None:
    points, classes = blobs()
    model = compiled(metrics=[RightAnswers()])
    history = model.fit(points, classes, batch_size=16, epochs=4, verbose=0).history
    assert 0 <= history["right_answers"][0] <= 90
    logs = model.evaluate(points, classes, verbose=0, return_dict=True)
    expected = (model.predict(points, verbose=0).argmax(axis=1) == classes).sum()
    assert logs["right_answers"] == expected


class LogisticEndpoint(layers.Layer):
    """A layer that takes targets and makes loss and metric itself."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name=name)
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)
        self.accuracy_fn = keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")

    def call(self, targets: Any, logits: Any, sample_weight: Any = None) -> Any:
        self.add_loss(self.loss_fn(targets, logits, sample_weight))
        self.accuracy_fn.update_state(targets, logits, sample_weight)
        return ops.sigmoid(logits)


def test_an_endpoint_layer_needs_no_compiled_loss() -> None:
    points = keras.Input(shape=(4,), name="points")
    targets = keras.Input(shape=(1,), name="targets")
    logits = layers.Dense(1)(points)
    model = keras.Model([points, targets], LogisticEndpoint(name="endpoint")(targets, logits))
    model.compile(optimizer=keras.optimizers.Adam(0.05))
    numbers, classes = blobs()
    data = {"points": numbers, "targets": (classes == 0).astype("float32")[:, None]}
    history = model.fit(data, epochs=4, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


def test_validation_is_split_off_the_end() -> None:
    points, classes = blobs()
    model = compiled()
    history = model.fit(points, classes, batch_size=16, validation_split=0.2, epochs=1, verbose=0).history
    np.testing.assert_allclose(model.evaluate(points[72:], classes[72:], verbose=0), history["val_loss"][0], rtol=1e-5)


def test_class_weights_equal_sample_weights() -> None:
    points, classes = blobs()
    weights = {0: 1.0, 1: 2.0, 2: 0.5}
    by_class, by_sample = compiled(), compiled()
    by_sample.set_weights(by_class.get_weights())
    first = by_class.fit(points, classes, class_weight=weights, shuffle=False, epochs=2, verbose=0).history
    per_sample = np.array([weights[int(number)] for number in classes], "float32")
    second = by_sample.fit(points, classes, sample_weight=per_sample, shuffle=False, epochs=2, verbose=0).history
    np.testing.assert_allclose(first["loss"], second["loss"], rtol=1e-5)
    for left, right in zip(by_class.get_weights(), by_sample.get_weights(), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-6)


def two_outputs() -> Any:
    picture = keras.Input(shape=(6, 6, 3), name="picture")
    series = keras.Input(shape=(None, 5), name="series")
    left = layers.GlobalMaxPooling2D()(layers.Conv2D(3, 3)(picture))
    right = layers.GlobalMaxPooling1D()(layers.Conv1D(3, 3)(series))
    x = layers.concatenate([left, right])
    score = layers.Dense(1, name="score")(x)
    kind = layers.Dense(4, activation="softmax", name="kind")(x)
    return keras.Model(inputs=[picture, series], outputs=[score, kind])


def two_outputs_data() -> tuple[Any, Any]:
    return [uniform(12, 6, 6, 3), uniform(12, 7, 5)], [uniform(12, 1), np.eye(4, dtype="float32")[labels(12, 4)]]


def test_losses_and_metrics_per_output() -> None:
    inputs, targets = two_outputs_data()
    model = two_outputs()
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-3),
        loss=[keras.losses.MeanSquaredError(), keras.losses.CategoricalCrossentropy()],
        metrics=[
            [keras.metrics.MeanAbsolutePercentageError(), keras.metrics.MeanAbsoluteError()],
            [keras.metrics.CategoricalAccuracy()],
        ],
    )
    history = model.fit(inputs, targets, batch_size=6, epochs=1, verbose=0).history
    assert {"loss", "score_mean_absolute_error", "kind_categorical_accuracy"} <= set(history)
    model.compile(
        optimizer="rmsprop",
        loss={"score": keras.losses.MeanSquaredError(), "kind": keras.losses.CategoricalCrossentropy()},
        metrics={"score": ["mae"], "kind": [keras.metrics.CategoricalAccuracy()]},
        loss_weights={"score": 2.0, "kind": 1.0},
    )
    named_inputs = {"picture": inputs[0], "series": inputs[1]}
    named_targets = {"score": targets[0], "kind": targets[1]}
    assert "loss" in model.fit(named_inputs, named_targets, batch_size=6, epochs=1, verbose=0).history
    assert [answer.shape for answer in model.predict(named_inputs, verbose=0)] == [(12, 1), (12, 4)]


def test_an_output_may_have_no_loss() -> None:
    inputs, targets = two_outputs_data()
    model = two_outputs()
    model.compile(optimizer="rmsprop", loss=[None, keras.losses.CategoricalCrossentropy()])
    before = model.get_layer("score").get_weights()[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hybrid says that nothing moves the weights of the first output
        model.fit(inputs, [targets[0], targets[1]], epochs=1, verbose=0)
    np.testing.assert_array_equal(before, model.get_layer("score").get_weights()[0])


class Batches(keras.utils.PyDataset if hasattr(keras.utils, "PyDataset") else object):  # type: ignore[misc]
    """Batches by number, as a dataset class gives them."""

    def __init__(self, points: np.ndarray, classes: np.ndarray, batch_size: int) -> None:
        super().__init__()
        self.points, self.classes, self.batch_size = points, classes, batch_size

    def __len__(self) -> int:
        return -(-len(self.points) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        low = index * self.batch_size
        return self.points[low : low + self.batch_size], self.classes[low : low + self.batch_size]


def test_data_comes_from_a_sequence_of_batches() -> None:
    model = compiled()
    dataset = Batches(*blobs(), batch_size=32)
    history = model.fit(dataset, epochs=2, validation_data=Batches(*blobs(30), batch_size=16), verbose=0).history
    assert len(history["val_loss"]) == 2
    assert model.predict(Batches(*blobs(), batch_size=32), verbose=0).shape == (90, 3)


class LossRecord(keras.callbacks.Callback):
    """Keeps the loss of every batch."""

    def on_train_begin(self, logs: Any = None) -> None:
        self.per_batch: list[float] = []

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        self.per_batch.append(logs["loss"])


def test_a_callback_sees_every_batch() -> None:
    record = LossRecord()
    compiled().fit(*blobs(), batch_size=30, epochs=2, callbacks=[record], verbose=0)
    assert len(record.per_batch) == 6


def test_training_stops_early() -> None:
    model = compiled(optimizer=keras.optimizers.SGD(0.0))
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", min_delta=1e-2, patience=2, verbose=0)
    history = model.fit(*blobs(), epochs=20, batch_size=30, callbacks=[stop], validation_split=0.2, verbose=0)
    assert len(history.history["loss"]) == 3


def test_the_best_model_is_kept(tmp_path: Path) -> None:
    model = compiled()
    keep = keras.callbacks.ModelCheckpoint(
        filepath=str(tmp_path / ARCHIVE), save_best_only=True, monitor="val_loss", verbose=0
    )
    points, classes = blobs()
    history = model.fit(points, classes, epochs=3, batch_size=30, callbacks=[keep], validation_split=0.2, verbose=0)
    best = keras.models.load_model(tmp_path / ARCHIVE)
    np.testing.assert_allclose(
        best.evaluate(points[72:], classes[72:], verbose=0), min(history.history["val_loss"]), rtol=1e-5
    )


def test_a_schedule_moves_the_learning_rate() -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5, staircase=True)
    optimizer = keras.optimizers.SGD(learning_rate=schedule)
    model = compiled(optimizer=optimizer)
    model.fit(*blobs(), batch_size=9, epochs=2, verbose=0)
    assert int(values(optimizer.iterations)) == 20
    np.testing.assert_allclose(values(optimizer.learning_rate), 0.025, rtol=1e-6)


def test_callbacks_move_the_learning_rate() -> None:
    model = compiled(optimizer=keras.optimizers.SGD(0.1))
    model.fit(
        *blobs(),
        epochs=3,
        callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)],
        verbose=0,
    )
    np.testing.assert_allclose(values(model.optimizer.learning_rate), 0.0125, rtol=1e-6)
    model = compiled(optimizer=keras.optimizers.SGD(0.0))
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.1, patience=1, min_lr=0.0)
    model.optimizer.learning_rate = 1e-9
    model.fit(*blobs(), epochs=4, callbacks=[plateau], verbose=0)
    assert float(values(model.optimizer.learning_rate)) < 1e-10


def test_single_batches() -> None:
    points, classes = blobs(30)
    model = compiled(metrics=["accuracy"])
    logs = model.train_on_batch(points, classes, return_dict=True)
    assert set(logs) == {"loss", "accuracy"}
    assert len(model.test_on_batch(points, classes)) == 2
    assert model.predict_on_batch(points).shape == (30, 3)
