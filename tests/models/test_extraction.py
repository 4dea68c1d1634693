"""Models made of models: features of inner layers, and the functional form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import Functional, GradientTape, Input, Model, Sequential, TensorSpec, layers, ops
from hybrid.errors import DisconnectedGraphError, NotBuiltError, PlaceholderError, StructureError
from hybrid.models import extract, to_functional
from tests.comparing import assert_equal
from tests.looking_inside import captured_calls, path_of
from tests.models.nested_models import Block, Net, X, net

# -- extract ----------------------------------------------------------------------------------------------------------


def test_every_call_gives_what_it_gave_in_the_model() -> None:
    model = net()
    with captured_calls(model) as calls:
        model(X)
    assert len(calls) == 15
    for call in calls:
        assert_equal(extract(model, path_of(model, call))(X), call.outputs)


def test_several_paths_give_a_structure() -> None:
    model = net()
    features = extract(model, {"deep": "stack/deep/dense", "rest": ["block@1", "head"], "all": ""})
    found = features(X)
    assert set(found) == {"deep", "rest", "all"}
    np.testing.assert_array_equal(found["all"], model(X))
    np.testing.assert_array_equal(found["rest"][1], model(X))
    assert features.name == "net_features"
    assert extract(model, ("head",))(X)[0].shape == (2, 2)


def test_layers_that_are_not_needed_do_not_run() -> None:
    model = net()
    features = extract(model, "block@0/dense")
    assert [layer.name for layer in features.layers] == ["x", "dense"]
    with captured_calls(features) as calls:
        features(X)
    assert [call.chain[-1][0] for call in calls] == [model.block.dense]


def test_layers_and_weights_are_those_of_the_model() -> None:
    model = net()
    features = extract(model, ["block@0/dense", "stack"])
    assert {id(weight) for weight in features.weights} < {id(weight) for weight in model.weights}
    before = features(X)[0].numpy()
    model.block.dense.kernel.assign(model.block.dense.kernel * 2)
    assert np.any(features(X)[0].numpy() != before)
    paths = [weight.path for weight in model.weights]
    assert all(weight.path in paths for weight in features.weights)


def test_features_of_functional_models_and_sequentials() -> None:
    x = Input((4,))
    inner = Block(name="block")
    functional = Model(x, inner(layers.Dense(4, name="a")(x)))
    np.testing.assert_array_equal(extract(functional, "block/dense")(X), inner.dense(functional.get_layer("a")(X)))
    stack = Sequential([layers.Dense(4, name="a"), Block(name="block")])
    stack(X)
    np.testing.assert_array_equal(extract(stack, "block/norm")(X), stack(X))


def test_inner_outputs_can_be_outputs_of_a_model() -> None:
    model = net()
    features = Model(inputs=model.inputs, outputs=[model.get_layer("stack/deep/dense").output, model.output])
    deep, outputs = features(X)
    np.testing.assert_array_equal(outputs, model(X))
    np.testing.assert_array_equal(deep, extract(model, "stack/deep/dense")(X))
    with pytest.raises(DisconnectedGraphError, match=r"(?s)'net/block', which is called several times.*'block@0/"):
        Model(model.input, model.get_layer("block/dense").output)


def test_layers_of_one_name_from_different_blocks_are_both_outputs() -> None:
    model = net()
    model.block.norm.name = model.stack.layers[1].norm.name = "same"
    places = ["block@0/same", "stack/deep/same"]
    features = Model(model.input, [model.get_layer(place).output for place in places])
    assert_equal(features(X), extract(model, places)(X))


def test_models_that_share_an_input_are_told_apart() -> None:
    x = Input((4,))
    encoder = Model(x, layers.Dense(2, name="code")(x), name="encoder")
    auto = Model(x, layers.Dense(4, name="decode")(layers.Dense(3, name="hidden")(encoder(x))), name="auto")

    class Outer(Model):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.auto = encoder, auto

        def call(self, x: Any) -> Any:
            return self.auto(x), self.encoder(x + 1)

    model = Outer()
    model(X)
    features = Model(model.input, model.get_layer("auto/hidden").output)
    np.testing.assert_array_equal(features(X), auto.get_layer("hidden")(encoder(X)))


def test_block_shared_by_two_models_has_outputs_in_both() -> None:
    class Wide(Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(4, name="dense")

        def call(self, x: Any) -> Any:
            return np.tanh(self.dense(x))

    block = Wide()
    block.name = "block"

    class Holder(Model):
        def __init__(self) -> None:
            super().__init__()
            self.block = block

        def call(self, x: Any) -> Any:
            return self.block(x * 2)

    one, other = Holder(), Holder()
    data = np.stack([X, X])
    one(X)
    other(data)
    for model, each in ((one, X), (other, data), (one, X)):
        features = Model(model.input, model.get_layer("block/dense").output)
        np.testing.assert_array_equal(features(each), block.dense(each * 2))


def test_grad_cam_is_ten_lines() -> None:
    class Classifier(Model):
        def __init__(self) -> None:
            super().__init__()
            self.stem = Sequential([layers.Conv2D(3, 3), layers.Conv2D(4, 3, padding="same", name="last")])
            self.pool, self.head = layers.GlobalAveragePooling2D(), layers.Dense(5)

        def call(self, images: Any) -> Any:
            return self.head(self.pool(ops.relu(self.stem(images))))

    images = np.sin(np.arange(2 * 6 * 6 * 3)).reshape(2, 6, 6, 3).astype("float32")
    model = Classifier()
    model(images)

    features = extract(model, [f"{model.stem.name}/last", ""])
    with GradientTape() as tape:
        maps, scores = features(images)
        best = ops.max(scores, axis=-1)
    weights = ops.mean(tape.gradient(best, maps), axis=(1, 2), keepdims=True)
    heat = ops.relu(ops.sum(weights * maps, axis=-1))

    assert heat.shape == (2, 4, 4)
    kernel = model.head.kernel.numpy()[:, np.argmax(scores.numpy(), axis=-1)].T
    expected = np.mean((maps.numpy() > 0) * kernel[:, None, None, :] / 16, axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(weights, expected, rtol=1e-5)


# -- specs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [(None, 4), TensorSpec((None, 4), "float32"), X, Input((4,))], ids=str)
def test_specs_build_what_was_never_called(spec: Any) -> None:
    model = Block()
    functional = to_functional(model, spec)
    assert functional.input_shape == (None, 4)
    assert_equal(functional(X), model(X))


def test_specs_of_several_arguments() -> None:
    class Pair(Model):
        def call(self, inputs: Any, more: Any = None, scale: float = 1.0) -> Any:
            return inputs["a"] * inputs["b"] * scale + (0 if more is None else more)

    functional = to_functional(Pair(), {"a": (None, 4), "b": (None, 1)}, (None, 4))
    assert [list(tensor.shape) for tensor in functional.inputs] == [[None, 4], [None, 1], [None, 4]]
    outputs = functional([{"a": X, "b": X[:, :1]}, X])
    np.testing.assert_array_equal(outputs, X * X[:, :1] + X)
    with pytest.raises(StructureError):
        functional(X)


def test_wrong_specs_are_refused() -> None:
    model = Model(inputs := Input((4,)), layers.Dense(2)(inputs))
    with pytest.raises(Exception, match=r"\[None, 4\]"):
        to_functional(model, (None, 5))


# -- to_functional ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expand", [False, True])
def test_functional_form_is_an_ordinary_functional_model(expand: bool) -> None:
    model = net()
    functional = to_functional(model, expand=expand, name="flat")
    assert type(functional) is Functional and functional.name == "flat"
    assert_equal(functional(X), model(X))
    functional.compile(optimizer="sgd", loss="mse")
    before = model(X).numpy()
    functional.fit(X, np.ones((2, 2)), verbose=0)
    assert np.any(model(X).numpy() != before)
    assert_equal(functional(X), model(X))
    y = Input((4,))
    assert_equal(Model(y, functional(y))(X), model(X))


def test_expanded_form_has_no_models_inside() -> None:
    flat = to_functional(net(), expand=True)
    assert not any(isinstance(layer, Model) for layer in flat.layers)
    names = [flat._functional.names[id(layer)] for layer in flat.layers]
    assert len(set(names)) == len(names)
    for name, layer in zip(names, flat.layers, strict=True):
        assert flat.get_layer(name) is layer
    assert to_functional(net()).get_layer("stack/deep").name == "deep"


def test_functional_form_of_a_functional_model_has_the_same_graph() -> None:
    x = Input((4,))
    model = Model({"x": x}, {"y": Block()(x)})
    twin = to_functional(model)
    assert_equal(twin({"x": X}), model({"x": X}))
    assert twin.get_config()["layers"] == model.get_config()["layers"]
    assert_equal(to_functional(model, expand=True)({"x": X}), model({"x": X}))


def test_functional_form_of_a_layer() -> None:
    layer = layers.Dense(3)
    functional = to_functional(layer, (None, 4))
    assert_equal(functional(X), layer(X))
    attention = layers.MultiHeadAttention(2, 3)
    data = np.stack([X, X])
    assert_equal(to_functional(attention, (None, 2, 4), (None, 2, 4))([data, data]), attention(data, data))


def test_functional_form_follows_no_later_change() -> None:
    model = net()
    functional = to_functional(model)
    expected = functional(X).numpy()
    model.head = layers.Dense(7)
    model(X)
    assert_equal(functional(X), expected)
    assert to_functional(model).output_shape == (None, 7)


def test_freezing_is_shared() -> None:
    model = net()
    functional = to_functional(model, expand=True)
    model.block.trainable = False
    frozen = {id(weight) for weight in model.block.weights}
    assert {id(weight) for weight in functional.trainable_weights} == {id(weight) for weight in model.trainable_weights}
    assert not frozen & {id(weight) for weight in functional.trainable_weights}
    model.trainable = False
    assert not functional.trainable_weights


def test_errors_say_what_is_missing() -> None:
    with pytest.raises(NotBuiltError, match="pass specs or shapes"):
        extract(Net(), "head")

    class Asks(Model):
        def call(self, x: Any) -> Any:
            return x if bool(ops.all(x > 0)) else -x

    with pytest.raises(PlaceholderError, match=r"test_extraction\.py"):
        to_functional(Asks(), (None, 4))


class Doubled(Sequential):
    """A stack with a `call` of its own, which does more than the stack."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        return 2.0 * super().call(inputs, training=training, mask=mask)


class Extended(Model):
    """A functional model with a `call` of its own."""

    def __init__(self) -> None:
        x = Input((4,))
        super().__init__(x, layers.Dense(3)(x))
        self.extra = layers.Dense(2)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        return self.extra(super().call(inputs, training=training, mask=mask))


@pytest.mark.parametrize("make", [lambda: Doubled([layers.Dense(3)]), Extended])
@pytest.mark.parametrize("expand", [False, True])
def test_model_that_owns_a_graph_and_calls_more_is_recorded(make: Any, expand: bool) -> None:
    model = make()
    array = np.ones((2, 4), "float32")
    expected = model(array)
    np.testing.assert_array_equal(to_functional(model, expand=expand)(array), expected)
    assert model.output_shape == (None, *expected.shape[1:])
    x = Input((4,))
    np.testing.assert_array_equal(to_functional(Model(x, model(x)), expand=expand)(array), expected)
