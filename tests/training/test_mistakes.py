"""What users do wrong when they train, what the message must say, and that nothing has changed when it is raised."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid.errors import (
    ConfigError,
    DataError,
    HybridError,
    NotBuiltError,
    NotCompiledError,
    ShapeError,
    StructureError,
    UntrackedLayerError,
)

from .models import assert_same, classifier, features, labels, regressor, states, two_headed

X, Y = features(), labels()
VALUES = features(10, 1, seed=2)


def _with_nan() -> Any:
    x = X.copy()
    x[3, 1] = np.nan
    return x


def _batches() -> Any:
    while True:
        yield X, Y


def fit_classifier(*args: Any, **options: Any) -> Callable[[], Any]:
    return lambda: (classifier(), lambda model: model.fit(*args, verbose=0, **options))


def fit_regressor(*args: Any, **options: Any) -> Callable[[], Any]:
    return lambda: (regressor(), lambda model: model.fit(*args, verbose=0, **options))


def fit_two(y: Any, **compiled: Any) -> Callable[[], Any]:
    return lambda: (two_headed(**compiled), lambda model: model.fit(X, y, verbose=0))


def compiling(**compiled: Any) -> Callable[[], Any]:
    return lambda: (regressor(), lambda model: model.compile(**compiled))


def compiled_then_fit(loss: Any, y: Any, make: Any = classifier, **options: Any) -> Callable[[], Any]:
    return lambda: (make(loss=loss), lambda model: model.fit(X, y, verbose=0, **options))


class Clashing(hybrid.Model):
    """Adds and multiplies what does not fit."""

    def __init__(self) -> None:
        super().__init__(name="clashing")
        self.wide, self.narrow = hybrid.layers.Dense(4), hybrid.layers.Dense(3)

    def call(self, x: Any) -> Any:
        hidden = self.wide(x) + self.narrow(x)
        return hidden + self.wide(x) * self.narrow(x)


class Forgetful(hybrid.Model):
    """Makes a layer in each call."""

    def call(self, x: Any) -> Any:
        self.dense = hybrid.layers.Dense(1)
        return self.dense(x)


def compiled(make: Callable[[], Any], action: Callable[[Any], Any]) -> Callable[[], Any]:
    def made() -> Any:
        model = make()
        model.compile("sgd", "mse")
        return model, action

    return made


CLASHES = ["2 problems", "clashing", "(x) + self.narrow(x)", "(x) * self.narrow(x)", "[None, 4]", "test_mistakes.py:"]
IN_CALL = ["Dense is created inside `call`", "new weights", "in __init__", "test_mistakes.py:"]


MISTAKES: dict[str, tuple[Callable[[], Any], type[HybridError], list[str]]] = {
    "several shape errors in fit": (compiled(Clashing, lambda m: m.fit(X, VALUES, verbose=0)), ShapeError, CLASHES),
    "several shape errors in evaluate": (compiled(Clashing, lambda m: m.evaluate(X, VALUES)), ShapeError, CLASHES),
    "several shape errors in predict": (compiled(Clashing, lambda m: m.predict(X, verbose=0)), ShapeError, CLASHES),
    "a layer made in call": (
        compiled(Forgetful, lambda m: m.fit(X, VALUES, verbose=0)),
        UntrackedLayerError,
        IN_CALL,
    ),
    "logits for probabilities": (
        lambda: (regressor(units=3, loss="sparse_categorical_crossentropy"), lambda m: m.check().raise_if_any()),
        ConfigError,
        ["linear", "takes probabilities", "from_logits=True", "sequential/dense"],
    ),
    "a check without inputs": (compiled(Clashing, lambda m: m.check()), NotBuiltError, ["'clashing'", "model.check("]),
    "more samples than targets": (
        fit_classifier(X, Y[:9]),
        DataError,
        ["x has 10 samples but y has 9", "x [10, 4], y [9]"],
    ),
    "sample weights too few": (
        fit_classifier(X, Y, sample_weight=np.ones(7)),
        DataError,
        ["sample_weight has 7"],
    ),
    "sample weights of the wrong shape": (
        fit_classifier(X, Y, sample_weight=np.ones((10, 2))),
        HybridError,
        ["sample_weight of shape [10, 2]"],
    ),
    "empty data": (fit_classifier(X[:0], Y[:0]), DataError, ["x is empty", "[0, 4]"]),
    "no data": (fit_classifier(None, Y), DataError, ["There is no data"]),
    "no targets": (fit_classifier(X), DataError, ["no targets (y)", "compiled with a loss"]),
    "NaN in x": (fit_classifier(_with_nan(), Y), DataError, ["x holds NaN", "1 of 40", "[3, 1]", "nan_to_num"]),
    "infinity in y": (
        fit_regressor(X, np.full((10, 1), np.inf, "float32")),
        DataError,
        ["y holds infinity", "10 of 10", "[0, 0]"],
    ),
    "NaN in a dict": (
        lambda: (two_headed(), lambda m: m.fit(X, {"value": VALUES * np.nan, "kind": Y}, verbose=0)),
        DataError,
        ["y['value'] holds NaN"],
    ),
    "NaN in validation data": (
        fit_classifier(X, Y, validation_data=(_with_nan(), Y)),
        DataError,
        ["validation x holds NaN"],
    ),
    "class number too great": (
        fit_classifier(X, np.full(10, 3)),
        DataError,
        ["class number 3", "0 to 2", "4 units"],
    ),
    "class numbers from 1 on": (
        fit_classifier(X, Y + 1),
        DataError,
        ["class number 3", "class numbers begin with 0"],
    ),
    "negative class number": (fit_classifier(X, Y - 1), DataError, ["class number -1", "from 0"]),
    "wrong class in validation data": (
        fit_classifier(X, Y, validation_data=(X, Y + 7)),
        DataError,
        ["validation y has the class number"],
    ),
    "one-hot targets for a sparse loss": (
        fit_classifier(X, np.eye(3)[Y]),
        HybridError,
        ["one-hot", "integer class labels"],
    ),
    "class numbers for a categorical loss": (
        compiled_then_fit("categorical_crossentropy", Y),
        HybridError,
        ["class", "[10]", "one_hot"],
    ),
    "labels -1 and 1 for binary crossentropy": (
        compiled_then_fit("binary_crossentropy", np.array([[-1.0], [1.0]] * 5), regressor),
        DataError,
        ["from -1.0 to 1.0", "(y + 1) / 2"],
    ),
    "categorical crossentropy with one unit": (
        compiled_then_fit("categorical_crossentropy", np.ones((10, 1)), regressor),
        DataError,
        ["single output unit", "binary_crossentropy"],
    ),
    "fractions as classes": (fit_classifier(X, Y + 0.5 * (Y < 2)), DataError, ["not whole"]),
    "targets that would be broadcast": (
        fit_regressor(X, features(10, 3)),
        HybridError,
        ["targets of shape [10, 3]", "[10, 1]", "never broadcast"],
    ),
    "wrong number of features": (
        fit_classifier(X[:, :3], Y),
        HybridError,
        ["[10, 3]", "needs 4 features", "sequential/dense"],
    ),
    "list target for dict outputs": (
        fit_two([VALUES, Y]),
        StructureError,
        ["by key, never by position", "'kind', 'value'"],
    ),
    "one target for two outputs": (fit_two(Y), StructureError, ["2 outputs", "'kind'", "'value'"]),
    "unknown name in targets": (
        fit_two({"value": VALUES, "kinds": Y}),
        StructureError,
        ["'kinds'", "did you mean 'kind'"],
    ),
    "missing target": (fit_two({"value": VALUES}), StructureError, ["Output 'kind' has a loss but no target"]),
    "unknown name in losses": (
        fit_two({"value": VALUES, "kind": Y}, loss={"valu": "mse", "kind": "mse"}),
        StructureError,
        ["loss names an output 'valu'", "did you mean 'value'"],
    ),
    "output without a loss": (
        fit_two({"value": VALUES, "kind": Y}, loss={"value": "mse"}),
        StructureError,
        ["nothing for output 'kind'", "None"],
    ),
    "unknown name in metrics": (
        fit_two({"value": VALUES, "kind": Y}, metrics={"kinf": ["accuracy"]}),
        StructureError,
        ["metrics names", "'kinf'"],
    ),
    "unknown name in loss weights": (
        fit_two({"value": VALUES, "kind": Y}, loss_weights={"kinds": 1.0}),
        StructureError,
        ["loss_weights", "'kinds'"],
    ),
    "unknown loss": (compiling(loss="mean_square_error"), ConfigError, ["mean_squared_error"]),
    "unknown metric": (compiling(loss="mse", metrics=["acuracy"]), ConfigError, ["acuracy"]),
    "unknown optimizer": (compiling(optimizer="adm", loss="mse"), ConfigError, ["adm", "adam"]),
    "metrics that are no list": (compiling(loss="mse", metrics="mae"), ConfigError, ["metrics=['mae']"]),
    "loss weight that is no number": (
        compiling(loss="mse", loss_weights=["much"]),
        ConfigError,
        ["'much'"],
    ),
    "not compiled": (
        lambda: (regressor(), lambda m: hybrid.Sequential([hybrid.layers.Dense(1)]).fit(X, VALUES)),
        NotCompiledError,
        ["not compiled", "model.compile("],
    ),
    "no loss at all": (compiled_then_fit(None, VALUES, regressor), ConfigError, ["no loss to compute", "add_loss"]),
    "validation split of a generator": (
        fit_classifier(_batches(), steps_per_epoch=2, validation_split=0.5),
        DataError,
        ["needs arrays", "generator"],
    ),
    "validation split of everything": (fit_classifier(X, Y, validation_split=1.5), ConfigError, ["1.5"]),
    "validation split that leaves nothing": (
        fit_classifier(X[:1], Y[:1], validation_split=0.5),
        DataError,
        ["leaves none to train on"],
    ),
    "targets beside a generator": (
        fit_classifier(_batches(), Y, steps_per_epoch=2),
        DataError,
        ["y was given", "gives batches by itself"],
    ),
    "batch of four parts": (
        fit_classifier(iter([(X, Y, Y, Y)])),
        DataError,
        ["4 parts", "(x, y, sample_weight)"],
    ),
    "batch size of zero": (fit_classifier(X, Y, batch_size=0), ConfigError, ["batch_size is 0"]),
    "fraction of an epoch": (fit_classifier(X, Y, epochs=1.5), ConfigError, ["epochs is 1.5"]),
    "callback that is a class": (
        fit_classifier(X, Y, callbacks=[hybrid.callbacks.EarlyStopping]),
        ConfigError,
        ["EarlyStopping(...)"],
    ),
    "class weight that is a list": (fit_classifier(X, Y, class_weight=[1, 2]), DataError, ["class_weight", "{0: 1.0"]),
    "class weight of no class": (
        fit_classifier(X, Y, class_weight={0: 1.0, 7: 2.0}),
        DataError,
        ["class_weight names the class 7", "3 classes: 0 to 2"],
    ),
    "class weight for two outputs": (
        lambda: (two_headed(), lambda m: m.fit(X, {"value": VALUES, "kind": Y}, class_weight={0: 2.0}, verbose=0)),
        DataError,
        ["single output", "sample_weight"],
    ),
    "ragged list": (fit_classifier([[1, 2], [3]], Y[:2]), DataError, ["same length", "pad"]),
    "objects instead of numbers": (
        fit_classifier(np.array([{}, None] * 5), Y),
        DataError,
        ["dtype object"],
    ),
    "text instead of numbers": (fit_classifier(X, np.full(len(X), "cat")), DataError, ["y", "<U3", "np.unique"]),
    "a number instead of data": (fit_classifier(X, 3), DataError, ["y", "first axis"]),
    "a file name instead of data": (fit_classifier("data.csv"), DataError, ["str", "holds no data"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_explained_before_anything_changes(mistake: str) -> None:
    make, error_class, words = MISTAKES[mistake]
    model, action = make()
    before = states(model)
    with pytest.raises(error_class) as caught:
        action(model)
    text = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    for word in words:
        assert word in text, text
    if "names an output" not in text:
        assert re.search(r"(?m)^ +(fix|why):", text), text
    assert_same(before, states(model))


def test_there_are_many_mistakes() -> None:
    assert len(MISTAKES) >= 50
