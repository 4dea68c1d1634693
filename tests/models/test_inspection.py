"""Looking inside models, and making new ones of their parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Functional, Input, Model, Sequential, layers
from hybrid.errors import ConfigError, DisconnectedGraphError, NotBuiltError, ShapeError, StructureError
from hybrid.models import clone_model

DATA = np.arange(8, dtype="float32").reshape(2, 4)


def chain() -> Model:
    x = Input((4,), name="x")
    hidden = layers.Dense(3, name="first", activation="tanh")(x)
    inner = Sequential([layers.Dense(5, name="deep"), layers.Dense(2, name="deeper")], name="inner")
    return Model(x, inner(hidden), name="chain")


def test_layers_by_name_index_and_path() -> None:
    model = chain()
    assert model.get_layer("first") is model.layers[1]
    assert model.get_layer(index=1) is model.layers[1]
    assert model.get_layer("inner/deeper") is model.layers[2].layers[1]
    assert model.get_layer("inner/deeper").path == "chain/inner/deeper"


def test_layer_that_does_not_exist_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"(?s)no layer 'frist'.*x, first, inner.*did you mean first"):
        chain().get_layer("frist")
    with pytest.raises(ConfigError, match=r"(?s)'chain/inner' has no layer 'nope'.*deep, deeper"):
        chain().get_layer("inner/nope")
    with pytest.raises(ConfigError, match="3 layers, none at index 7"):
        chain().get_layer(index=7)
    with pytest.raises(ConfigError, match="name or an index"):
        chain().get_layer()


def test_new_model_from_intermediate_outputs_shares_the_weights() -> None:
    model = chain()
    features = Model(model.input, [model.get_layer("first").output, model.output])
    hidden, outputs = features(DATA)
    np.testing.assert_array_equal(hidden, model.get_layer("first")(DATA))
    np.testing.assert_array_equal(outputs, model(DATA))
    assert features.get_layer("first") is model.get_layer("first")
    assert [w.path for w in features.weights] == [w.path for w in model.weights]


def test_new_model_from_the_middle_on() -> None:
    model = chain()
    tail = Model(model.get_layer("first").output, model.output)
    hidden = model.get_layer("first")(DATA)
    np.testing.assert_array_equal(tail(hidden), model(DATA))


def test_new_model_from_the_layers_of_a_sequential() -> None:
    model = Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)])
    features = Model(model.inputs, [layer.output for layer in model.layers])
    outputs = features(DATA)
    np.testing.assert_array_equal(outputs[1], model(DATA))


def test_shapes_and_names_of_inputs_and_outputs() -> None:
    a, b = Input((4,), name="a"), Input((2,), name="b")
    model = Model({"a": a, "b": b}, {"s": layers.Dense(3)(a), "t": layers.Dense(2)(b)})
    assert model.input_shape == {"a": (None, 4), "b": (None, 2)}
    assert model.output_shape == {"s": (None, 3), "t": (None, 2)}
    assert (model.input_names, model.output_names) == (["a", "b"], ["s", "t"])
    assert isinstance(model, Functional)


def test_model_without_a_graph_has_no_input() -> None:
    for model in (Sequential([layers.Dense(2)]), Model()):
        with pytest.raises(NotBuiltError, match=r"(?s)has no inputs?\.|has no input"):
            _ = model.input


def test_call_accepts_every_form_of_its_inputs() -> None:
    a, b = Input((4,), name="a"), Input((2,), name="b")
    out = layers.Dense(3)(a) + layers.Dense(3)(b)
    model = Model([a, b], out)
    arrays = [DATA, DATA[:, :2]]
    expected = model(arrays)
    np.testing.assert_array_equal(model(tuple(arrays)), expected)
    np.testing.assert_array_equal(model({"a": arrays[0], "b": arrays[1]}), expected)
    np.testing.assert_array_equal(model({"b": arrays[1], "a": arrays[0]}), expected)


def test_wrong_inputs_are_named() -> None:
    a, b = Input((4,), name="a"), Input((2,), name="b")
    model = Model([a, b], layers.Dense(3)(a) + layers.Dense(3)(b))
    with pytest.raises(StructureError, match=r"(?s)expects 2 input.*received 1.*a, b"):
        model([DATA])
    with pytest.raises(StructureError, match=r"(?s)unknown key 'c'.*a, b"):
        model({"a": DATA, "c": DATA})
    with pytest.raises(StructureError, match="no key 'b'"):
        model({"a": DATA})
    with pytest.raises(ShapeError, match=r"(?s)input 'b'.*\[None, 2\].*\[2, 4\]"):
        model([DATA, DATA])


def test_missing_or_extra_last_axis_of_size_one_is_mended() -> None:
    x = Input((1,))
    model = Model(x, layers.Dense(2)(x))
    np.testing.assert_array_equal(model(np.ones(5)), model(np.ones((5, 1))))
    with pytest.raises(ShapeError):
        model(np.ones((5, 2)))


def test_outputs_that_need_another_input_are_refused() -> None:
    a, b = Input((4,), name="a"), Input((4,), name="b")
    with pytest.raises(DisconnectedGraphError, match=r"(?s)'b'.*'a'.*add 'b' to inputs"):
        Model(a, a + b)
    with pytest.raises(DisconnectedGraphError, match="constant"):
        Model(a, np.ones(3))
    with pytest.raises(ConfigError, match="symbolic"):
        Model(DATA, a)
    with pytest.raises(ConfigError, match="twice"):
        Model([a, a], a)
    with pytest.raises(ConfigError, match="inputs only"):
        Model(inputs=a)


# -- Sequential -------------------------------------------------------------------------------------------------------


class Counting(layers.Layer):
    """Counts how often it is called."""

    calls = 0

    def call(self, inputs: Any) -> Any:
        Counting.calls += 1
        return inputs * 2.0


def test_adding_a_layer_calls_no_other_layer() -> None:
    model = Sequential([Input((3,))])
    Counting.calls = 0
    model.add(Counting())
    once = Counting.calls
    for _ in range(9):
        model.add(Counting())
    assert Counting.calls == 10 * once
    assert model.output_shape == (None, 3)
    assert len(model.layers) == 10
    np.testing.assert_array_equal(model(np.ones((2, 3))).numpy(), np.full((2, 3), 1024.0))
    model.pop()
    model.add(layers.Dense(2))
    assert [type(layer).__name__ for layer in model.layers][-2:] == ["Counting", "Dense"]
    assert model(np.ones((2, 3))).shape == (2, 2)
    assert Model(model.inputs, model.layers[1].output)(np.ones((1, 3))).numpy().tolist() == [[4.0] * 3]


def test_add_and_pop_before_and_after_building() -> None:
    model = Sequential()
    model.add(layers.Dense(3))
    model.add(layers.Dense(2))
    assert not model.built
    assert model(DATA).shape == (2, 2)
    assert model.output_shape == (None, 2)
    model.add(layers.Dense(7))
    assert model(DATA).shape == (2, 7)
    popped = model.pop()
    assert popped.units == 7
    assert model(DATA).shape == (2, 2)
    assert len(model.weights) == 4


def test_add_and_pop_with_an_input() -> None:
    model = Sequential([Input((4,))])
    model.add(layers.Dense(3))
    assert model.output_shape == (None, 3)
    model.add(layers.Dense(2))
    assert model.output_shape == (None, 2)
    model.pop()
    assert model.output_shape == (None, 3)
    with pytest.raises(ShapeError):
        model.add(_needs_rank_three())
    assert len(model.layers) == 1
    assert model.output_shape == (None, 3)


def _needs_rank_three() -> Any:
    layer = layers.Dense(2)
    layer.input_spec = hybrid.InputSpec(ndim=3)
    return layer


def test_errors_of_sequential() -> None:
    with pytest.raises(ConfigError, match="holds layers, not function"):
        Sequential([lambda x: x])
    with pytest.raises(ConfigError, match="must be the first"):
        Sequential([layers.Dense(2), Input((3,))])
    with pytest.raises(ConfigError, match="no layer to remove"):
        Sequential().pop()


def test_sequential_takes_other_batch_sizes_and_shapes() -> None:
    model = Sequential([layers.Dense(2)])
    model(DATA)
    assert model(DATA[:1]).shape == (1, 2)
    with pytest.raises(ShapeError, match="4"):
        model(np.ones((2, 5)))


def test_sequential_can_be_built_by_hand() -> None:
    model = Sequential([layers.Dense(2)])
    model.build((None, 4))
    assert model.output_shape == (None, 2)
    assert model.count_params() == 10


def test_subclassed_model_can_be_built_by_hand() -> None:
    class Sub(Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

    model = Sub()
    model.build((None, 4))
    assert model.count_params() == 10


def test_model_without_call_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"defines no call"):
        Model()(DATA)


# -- cloning ----------------------------------------------------------------------------------------------------------


def test_clone_has_new_weights() -> None:
    model = chain()
    clone = clone_model(model)
    assert {id(w) for w in clone.weights}.isdisjoint({id(w) for w in model.weights})
    assert np.any(clone.weights[0].numpy() != model.weights[0].numpy())
    assert [w.path for w in clone.weights] == [w.path for w in model.weights]


def test_clone_on_other_inputs() -> None:
    model = chain()
    x = Input((4,), name="fresh")
    clone = clone_model(model, input_tensors=x)
    assert clone.input_names == ["fresh"]
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone(DATA), model(DATA))
    sequential = Sequential([layers.Dense(2), layers.Dense(3)])
    assert clone_model(sequential, input_tensors=Input((4,))).output_shape == (None, 3)
    with pytest.raises(ConfigError, match="1 inputs, but 2"):
        clone_model(model, input_tensors=[Input((4,)), Input((4,))])
    with pytest.raises(ConfigError, match="symbolic"):
        clone_model(model, input_tensors=DATA)


def test_clone_function_makes_the_layers() -> None:
    seen = []

    def freeze(layer: Any) -> Any:
        seen.append(layer.name)
        return type(layer).from_config({**layer.get_config(), "trainable": False})

    clone = clone_model(chain(), clone_function=freeze)
    assert seen == ["first", "inner"]
    assert not clone.trainable_weights
    seen.clear()
    clone = clone_model(chain(), clone_function=freeze, recursive=True)
    assert seen == ["first", "deep", "deeper"]
    assert not clone.get_layer("inner/deep").trainable
    with pytest.raises(ConfigError, match="clone_function returned int"):
        clone_model(chain(), clone_function=lambda layer: 3)


def test_call_function_calls_the_layers() -> None:
    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        return layer(*args, **kwargs) * 2

    model = chain()
    clone = clone_model(model, call_function=call)
    clone.set_weights(model.get_weights())
    expected = model.layers[2](model.layers[1](DATA) * 2) * 2
    np.testing.assert_array_equal(clone(DATA), expected)


def test_clone_of_a_subclass_takes_neither_inputs_nor_another_call() -> None:
    class Sub(Model):
        def call(self, inputs: Any) -> Any:
            return inputs

    assert isinstance(clone_model(Sub()), Sub)
    with pytest.raises(ConfigError, match="subclassed model.*call_function"):
        clone_model(Sub(), call_function=lambda layer, x: layer(x))
    with pytest.raises(ConfigError, match="subclassed model.*input_tensors"):
        clone_model(Sub(), input_tensors=Input((4,)))
    with pytest.raises(ConfigError, match="no argument 'clone_funtion'.*|clone_funtion"):
        clone_model(Sub(), clone_funtion=1)


def test_clone_function_keeps_sharing() -> None:
    x = Input((4,))
    shared = layers.Dense(4)
    model = Model(x, shared(shared(x)))
    clone = clone_model(model, clone_function=lambda layer: type(layer).from_config(layer.get_config()))
    assert len(clone.weights) == 2
