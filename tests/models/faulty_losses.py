"""Models whose outputs, losses and targets do not belong together; see `faulty_models`."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybrid import Input, Model, Sequential, layers, losses, ops
from tests.models.faulty_models import Fault, dense, faulty, model_of


def compiled(loss: Any, *stack: Any, **options: Any) -> Any:
    model = Sequential([Input((6,)), *stack], name="net")
    model.compile("sgd", loss, **options)
    return model


LOGITS = {"from_logits": True}


@faulty(faults=[Fault("activation", "net/head", "from_logits=True")])
def softmax_for_a_loss_of_logits() -> Any:
    return compiled(losses.SparseCategoricalCrossentropy(**LOGITS), dense(3, activation="softmax", name="head"))


@faulty(faults=[Fault("activation", "net/act", "from_logits=True")])
def sigmoid_for_a_loss_of_logits_behind_a_reshape() -> Any:
    stack = dense(4), layers.Activation("sigmoid", name="act"), layers.Reshape((2, 2))
    return compiled(losses.BinaryCrossentropy(**LOGITS), *stack)


@faulty(faults=[Fault("activation", "net/head", "linear")])
def logits_for_a_loss_of_probabilities() -> Any:
    return compiled("sparse_categorical_crossentropy", dense(3, name="head"))


@faulty(faults=[Fault("activation", "net/head", "relu")])
def relu_for_binary_crossentropy() -> Any:
    return compiled("binary_crossentropy", dense(1, activation="relu", name="head"))


@faulty(faults=[Fault("activation", "net/head", "sigmoid of 3 units")])
def sigmoid_for_classes() -> Any:
    return compiled("categorical_crossentropy", dense(3, activation="sigmoid", name="head"))


@faulty(faults=[Fault("activation", "net/head", "softmax of 3 units")])
def softmax_for_binary_crossentropy() -> Any:
    return compiled("binary_crossentropy", dense(3, activation="softmax", name="head"))


@faulty(faults=[Fault("activation", "net/head", "softmax over one unit")])
def softmax_over_one_unit() -> Any:
    return compiled("mse", dense(1, activation="softmax", name="head"))


@faulty(faults=[Fault("activation", "net/head", "one unit")])
def one_sigmoid_for_sparse_classes() -> Any:
    return compiled("sparse_categorical_crossentropy", dense(1, activation="sigmoid", name="head"))


@faulty(faults=[Fault("activation", "outer/inner/head", "from_logits=True")])
def softmax_deep_inside_for_a_loss_of_logits() -> Any:
    inner = Sequential([Input((6,)), dense(3, activation="softmax", name="head")], name="inner")

    def call(self, x):
        return ops.reshape(self.inner(x), (-1, 3))

    x = Input((6,))
    model = model_of(call, "outer", inner=inner)
    model.compile("sgd", losses.CategoricalCrossentropy(**LOGITS))
    model(x)
    return model


@faulty(y=(None, 1), faults=[Fault("target", "net", "never broadcast")])
def targets_of_one_column_for_three_units() -> Any:
    return compiled("mse", dense(3))


@faulty(y=(None,), faults=[Fault("target", "net", "broadcasts targets [None] against predictions [None, 3]")])
def a_loss_of_ones_own_that_broadcasts() -> Any:
    return compiled(lambda y, p: ops.mean(ops.square(y - p), axis=-1), dense(3))


@faulty(y=(None, 4), faults=[Fault("target", "net", "look one-hot")])
def one_hot_targets_for_a_sparse_loss() -> Any:
    return compiled("sparse_categorical_crossentropy", dense(4, activation="softmax"))


@faulty(y=np.array([0, 1, 5]), faults=[Fault("target", "net", "class number 5")])
def more_classes_than_units() -> Any:
    return compiled("sparse_categorical_crossentropy", dense(4, activation="softmax"))


@faulty(y={"a": (None, 2), "c": (None, 3)}, faults=[Fault("target", "net", "'c'")])
def a_target_for_an_output_that_does_not_exist() -> Any:
    x = Input((6,))
    model = Model(x, {"a": dense(2)(x), "b": dense(3)(x)}, name="net")
    model.compile("sgd", {"a": "mse", "b": "mse"})
    return model
