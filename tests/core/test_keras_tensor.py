"""`KerasTensor` is what Keras code takes it for: the class of placeholders, and a way to make one."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybrid import Input, KerasTensor, Layer, Model, SymbolicTensor, layers, ops

X = np.ones((2, 4), "float32")


class Positive(Layer):
    """Looks at values, and states its output as Keras code does."""

    def call(self, x: Any) -> Any:
        return ops.cast(x[:, :2], "int32") if float(ops.sum(x)) > 0 else ops.zeros((len(x), 2), "int32")

    def compute_output_spec(self, x: Any) -> Any:
        return KerasTensor((x.shape[0], 2), dtype="int32")


def test_stated_output_is_what_the_graph_promises() -> None:
    x = Input((4,))
    y = Positive()(x)
    assert (y.shape, str(y.dtype)) == ((None, 2), "int32")
    assert Model(x, layers.Embedding(2, 3)(y))(X).shape == (2, 2, 3)


def test_placeholders_are_instances() -> None:
    assert isinstance(Input((4,)), KerasTensor) and issubclass(SymbolicTensor, KerasTensor)
    assert not isinstance(ops.ones((2,)), KerasTensor) and not isinstance(None, KerasTensor)
    assert isinstance(KerasTensor((2, None)), SymbolicTensor)


def test_output_can_be_asked_for_it() -> None:
    output = layers.Dense(3).compute_output_spec(KerasTensor((7, 4)))
    assert output.shape == (7, 3)
