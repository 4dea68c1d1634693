"""`fit`, `evaluate` and `predict`: kinds of data, steps, what is returned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Input, Model
from hybrid.layers import Dense

from .models import assert_same, classifier, features, labels, regressor, states, two_headed

X, Y = features(), labels()
VALUES = features(10, 1, seed=2)


class Batches:
    """A sequence of batches, as a `PyDataset`."""

    def __init__(self, size: int = 4):
        self.size = size
        self.epochs = 0

    def __len__(self) -> int:
        return -(-len(X) // self.size)

    def __getitem__(self, index: int) -> Any:
        part = slice(index * self.size, (index + 1) * self.size)
        return X[part], Y[part]

    def on_epoch_end(self) -> None:
        self.epochs += 1


def endless(size: int = 4) -> Iterator[Any]:
    while True:
        yield from (Batches(size)[index] for index in range(len(Batches(size))))


@pytest.mark.parametrize(
    "data",
    [
        lambda: (X, Y),
        lambda: (X.tolist(), Y.tolist()),
        lambda: (hybrid.Tensor(X), hybrid.Tensor(Y)),
        lambda: (X.astype("float64"), Y.reshape(-1, 1)),
        lambda: (Batches(),),
        lambda: ([Batches()[index] for index in range(3)],),
    ],
    ids=["arrays", "lists", "tensors", "float64", "sequence", "list of batches"],
)
def test_kinds_of_data_give_equal_trainings(data: Any) -> None:
    model, other = classifier(), classifier()
    model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    other.fit(*data(), batch_size=4, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(states(model), states(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_generator_goes_on_from_epoch_to_epoch() -> None:
    model, other = classifier(), classifier()
    model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    history = other.fit(endless(), steps_per_epoch=3, epochs=2, verbose=0)
    assert_same(states(model), states(other))
    assert len(history.history["loss"]) == 2


def test_used_up_generator_stops_with_a_warning() -> None:
    model = classifier()
    with pytest.warns(UserWarning, match="ran out in epoch 2"):
        history = model.fit(iter([(X, Y)]), epochs=3, verbose=0)
    assert history.epoch == [0]
    with pytest.warns(UserWarning, match="fewer than the 5 batches"):
        model.fit(iter([(X, Y)] * 2), steps_per_epoch=5, epochs=2, verbose=0)


def test_sequence_learns_of_the_end_of_epochs() -> None:
    batches = Batches()
    classifier().fit(batches, epochs=3, verbose=0)
    assert batches.epochs == 3


@pytest.mark.parametrize("shuffle", [True, False])
def test_steps_per_epoch_go_through_the_data(shuffle: bool) -> None:
    model, other = classifier(), classifier()
    model.fit(X, Y, batch_size=4, epochs=2, shuffle=shuffle, verbose=0)
    other.fit(X, Y, batch_size=4, epochs=6, steps_per_epoch=1, shuffle=shuffle, verbose=0)
    assert_same(states(model), states(other))


def test_validation_split_takes_the_last_samples() -> None:
    split, given = classifier(), classifier()
    first = split.fit(X, Y, validation_split=0.3, epochs=2, verbose=0)
    second = given.fit(X[:7], Y[:7], validation_data=(X[7:], Y[7:]), epochs=2, verbose=0)
    assert first.history == second.history
    assert set(first.history) == {"loss", "val_loss"}


def test_validation_equals_evaluation() -> None:
    model = classifier(metrics=["accuracy"])
    history = model.fit(X, Y, validation_data=(X[:5], Y[:5]), validation_batch_size=2, verbose=0).history
    evaluated = model.evaluate(X[:5], Y[:5], verbose=0, return_dict=True)
    assert {key: history[f"val_{key}"][0] for key in evaluated} == pytest.approx(evaluated, rel=1e-6)


@pytest.mark.parametrize(("freq", "count"), [(1, 4), (2, 2), ([1, 4], 2)])
def test_validation_comes_when_it_is_asked_for(freq: Any, count: int) -> None:
    history = classifier().fit(X, Y, validation_data=(X, Y), validation_freq=freq, epochs=4, verbose=0).history
    assert len(history["val_loss"]) == count


def test_validation_data_may_be_batches_and_weighted() -> None:
    model = classifier(optimizer=hybrid.optimizers.SGD(0.0))
    weights = np.linspace(0.5, 2, 10)
    history = model.fit(X, Y, validation_data=(X, Y, weights), verbose=0).history
    assert history["val_loss"][0] == pytest.approx(model.evaluate(X, Y, sample_weight=weights, verbose=0))
    history = model.fit(X, Y, validation_data=Batches(), verbose=0).history
    assert history["val_loss"][0] == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-6)
    history = model.fit(X, Y, validation_data=endless(), validation_steps=3, verbose=0).history
    assert history["val_loss"][0] == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-6)


def test_predictions_are_those_of_the_call() -> None:
    model = classifier()
    expected = model(X, training=False).numpy()
    np.testing.assert_allclose(model.predict(X, batch_size=3, verbose=0), expected, rtol=1e-6)
    np.testing.assert_allclose(model.predict(Batches(), verbose=0), expected, rtol=1e-6)
    np.testing.assert_allclose(model.predict_on_batch(X), expected, rtol=1e-6)
    assert isinstance(model.predict_on_batch(X), np.ndarray)


def test_predictions_have_the_structure_of_the_outputs() -> None:
    predicted = two_headed().predict(X, batch_size=4, verbose=0)
    assert {key: value.shape for key, value in predicted.items()} == {"value": (10, 1), "kind": (10, 3)}


def test_several_inputs_come_as_list_or_dict() -> None:
    a, b = Input((2,), name="a"), Input((3,), name="b")
    model = Model([a, b], Dense(1)(hybrid.ops.concatenate([a, b], axis=-1)))
    model.compile("sgd", "mse")
    first = model.evaluate([X[:, :2], X[:, :3]], VALUES, verbose=0)
    named = Model({"a": a, "b": b}, model([a, b]))
    named.compile("sgd", "mse")
    assert named.evaluate({"b": X[:, :3], "a": X[:, :2]}, VALUES, verbose=0) == first


def test_lists_are_matched_in_the_order_of_outputs() -> None:
    x = Input((4,))
    model = Model(x, [Dense(3, activation="softmax", name="z")(x), Dense(1, name="a")(x)])
    model.compile(
        "sgd", ["sparse_categorical_crossentropy", "mse"], loss_weights=[1.0, 0.5], metrics=[["accuracy"], ["mae"]]
    )
    history = model.fit(X, [Y, VALUES], verbose=0).history
    assert list(history) == ["a_loss", "a_mae", "loss", "z_accuracy", "z_loss"]
    assert model.metrics_names == ["loss", "z_loss", "a_loss", "a_mae", "z_accuracy"]
    values = model.evaluate(X, {"a": VALUES, "z": Y}, verbose=0)
    assert values[0] == pytest.approx(values[1] + 0.5 * values[2], rel=1e-6)


def test_output_without_a_loss_is_left_alone() -> None:
    model = two_headed(loss={"value": "mse", "kind": None})
    before = model.get_layer("kind").get_weights()
    with pytest.warns(UserWarning, match="no gradient for"):
        history = model.fit(X, {"value": VALUES}, verbose=0).history
    assert list(history) == ["loss"]
    assert_same(before, model.get_layer("kind").get_weights())


@pytest.mark.parametrize(
    ("loss", "units", "y", "class_name"),
    [
        ("mse", 1, VALUES, "BinaryAccuracy"),
        ("sparse_categorical_crossentropy", 3, Y, "SparseCategoricalAccuracy"),
        ("categorical_crossentropy", 3, np.eye(3)[Y], "CategoricalAccuracy"),
    ],
)
def test_accuracy_is_chosen_by_shapes(loss: str, units: int, y: Any, class_name: str) -> None:
    model = regressor(units=units, loss=loss, metrics=["acc"])
    model.check_data = False
    with np.errstate(all="ignore"):
        assert list(model.test_on_batch(X, y, return_dict=True)) == ["acc", "loss"]
    (metric,) = model._compiled_metrics.metrics
    assert type(metric).__name__ == class_name


def test_names_in_history_are_those_that_were_given() -> None:
    def gap(y_true: Any, y_pred: Any) -> Any:
        return hybrid.ops.abs(y_true - y_pred)

    given = ["mae", "mean_squared_error", hybrid.metrics.RootMeanSquaredError(name="rmse"), gap]
    history = regressor(metrics=given, weighted_metrics=["mae"]).fit(X, VALUES, verbose=0).history
    assert list(history) == ["gap", "loss", "mae", "mean_squared_error", "rmse", "weighted_mae"]


def test_batches_of_its_own() -> None:
    model, other = classifier(metrics=["accuracy"]), classifier(metrics=["accuracy"])
    first = model.train_on_batch(X, Y)
    history = other.fit(X, Y, verbose=0, shuffle=False).history
    assert first == [history["loss"][0], history["accuracy"][0]]
    assert_same(states(model), states(other))
    assert model.test_on_batch(X, Y, return_dict=True) == model.evaluate(X, Y, verbose=0, return_dict=True)
    weighted = model.train_on_batch(X, Y, sample_weight=np.ones(10), class_weight={0: 2.0}, return_dict=True)
    assert set(weighted) == {"accuracy", "loss"}


def test_several_steps_at_once_call_back_less_often() -> None:
    called: list[int] = []
    note = hybrid.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: called.append(batch))
    model, other = classifier(steps_per_execution=2), classifier()
    model.fit(X, Y, batch_size=2, callbacks=[note], verbose=0)
    other.fit(X, Y, batch_size=2, verbose=0)
    assert called == [1, 3, 4]
    assert_same(states(model), states(other))


def test_freezing_during_training_is_seen() -> None:
    model = classifier()
    hidden = model.layers[0]
    seen: list[Any] = []

    def switch(epoch: int, logs: Any) -> None:
        hidden.trainable = epoch % 2 == 0
        seen.append(hidden.get_weights()[0])

    model.fit(X, Y, epochs=3, callbacks=[hybrid.callbacks.LambdaCallback(on_epoch_begin=switch)], verbose=0)
    assert not np.array_equal(seen[0], seen[1])
    np.testing.assert_array_equal(seen[1], seen[2])
    assert not np.array_equal(seen[2], hidden.get_weights()[0])


def test_compile_round_trip() -> None:
    model, other = two_headed(metrics={"kind": ["accuracy"]}, loss_weights={"value": 0.5}), two_headed()
    config = model.get_compile_config()
    other.compile_from_config(config)
    assert other.get_compile_config() == config
    y = {"kind": Y, "value": VALUES}
    assert model.evaluate(X, y, verbose=0) == other.evaluate(X, y, verbose=0)
    assert other.optimizer.built


def test_model_that_needs_values_is_trained() -> None:
    class Choosing(Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = Dense(1)

        def call(self, x: Any) -> Any:
            return self.dense(x) if float(hybrid.ops.sum(x)) > -1e9 else x

    model = Choosing()
    model.compile("sgd", "mse")
    assert len(model.fit(X, VALUES, epochs=2, verbose=0).history["loss"]) == 2


def test_checks_can_be_switched_off() -> None:
    model = regressor()
    model.check_data = False
    with np.errstate(all="ignore"):
        history = model.fit(X * np.float32(np.nan), VALUES, verbose=0).history
    assert np.isnan(history["loss"][0])
