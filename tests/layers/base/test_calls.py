"""Calls: arguments are bound, cast and checked in one place; layers are built once; training is inherited."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import Input, InputSpec, Layer, Model, Sequential, layers, ops
from hybrid.errors import ConfigError, PlaceholderError, ShapeError, StructureError

DATA = np.arange(6, dtype="float32").reshape(2, 3)


class Recorder(Layer):
    """Keeps what its build and call were given."""

    def build(self, input_shape: Any) -> None:
        self.shape_seen = input_shape

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        self.training_seen = training
        return inputs


class Combine(Layer):
    def call(self, a: Any, b: Any = None, *, scale: Any = None, flag: str = "add", rest: Any = ()) -> Any:
        result = a if b is None else a + b
        for item in rest:
            result = result + item
        return result if scale is None else result * scale


# -- building ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inputs", [DATA, DATA.tolist(), Input((3,)), ops.convert_to_tensor(DATA)])
def test_build_gets_the_shape(inputs: Any) -> None:
    layer = Recorder()
    layer(inputs)
    assert layer.built
    assert layer.shape_seen[1:] == (3,)


def test_build_gets_structures_of_shapes() -> None:
    layer = Recorder()
    layer([DATA, DATA[:1]])
    assert layer.shape_seen == [(2, 3), (1, 3)]
    layer = Recorder()
    layer({"x": DATA, "y": (DATA,)})
    assert layer.shape_seen == {"x": (2, 3), "y": ((2, 3),)}


def test_build_gets_shapes_by_name() -> None:
    class Named(Layer):
        def build(self, query_shape: Any, value_shape: Any) -> None:
            self.seen = query_shape, value_shape

        def call(self, query: Any, value: Any, extra: Any = None) -> Any:
            return query

    for call in (
        lambda n: n(DATA, DATA[:1]),
        lambda n: n(value=DATA[:1], query=DATA),
        lambda n: n(DATA, value=DATA[:1]),
    ):
        layer = Named()
        call(layer)
        assert layer.seen == ((2, 3), (1, 3))


def test_build_runs_once() -> None:
    calls = []

    class Once(Layer):
        def build(self, input_shape: Any) -> None:
            calls.append(input_shape)

        def call(self, inputs: Any) -> Any:
            return inputs

    layer = Once()
    layer(Input((3,)))
    layer(DATA)
    layer(DATA[:1])
    assert calls == [(None, 3)]


def test_layer_can_be_built_by_hand() -> None:
    layer = layers.Dense(2)
    layer.build((None, 3))
    assert layer.built
    assert layer.kernel.shape == (3, 2)
    with pytest.raises(ShapeError):
        layer(np.ones((2, 4)))


def test_weights_are_made_outside_of_tapes_and_traces() -> None:
    with pytest.raises(ShapeError, match=r"(?s)last axis.*Input"):
        layers.Dense(2)(Input((None,)))
    layer = layers.Dense(2)
    Model(x := Input((3,)), layer(x))
    assert isinstance(layer.kernel.numpy(), np.ndarray)


def test_failed_build_leaves_the_layer_unbuilt() -> None:
    layer = layers.Dense(2)
    with pytest.raises(ShapeError):
        layer(Input((None,)))
    assert not layer.built
    assert layer(DATA).shape == (2, 2)


def test_build_config_builds_the_same_weights() -> None:
    layer = layers.Dense(2)
    layer(DATA)
    twin = layers.Dense.from_config(layer.get_config())
    twin.build_from_config(layer.get_build_config())
    assert twin.kernel.shape == (3, 2)


# -- binding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("symbolic", [False, True])
def test_arguments_reach_call_in_every_form(symbolic: bool) -> None:
    layer = Combine()
    cases: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((DATA,), {}),
        ((DATA, DATA), {}),
        ((), {"a": DATA, "b": DATA}),
        ((DATA,), {"b": DATA, "scale": DATA}),
        ((DATA,), {"scale": 2.0}),
        ((DATA, None), {"rest": [DATA, DATA], "flag": "x"}),
        ((DATA,), {"rest": (DATA,), "scale": DATA}),
    ]
    for args, kwargs in cases:
        expected = layer(*args, **kwargs)
        if symbolic:
            x = Input((3,))

            def swap(item: Any, x: Any = x) -> Any:
                return (
                    x if isinstance(item, np.ndarray) else [swap(i) for i in item] if isinstance(item, list) else item
                )

            outputs = layer(*map(swap, args), **{key: swap(value) for key, value in kwargs.items()})
            np.testing.assert_array_equal(Model(x, outputs)(DATA), expected)
        else:
            assert expected.shape == (2, 3)


@pytest.mark.parametrize("inputs", [DATA, Input((3,))])
def test_misspelt_argument_is_named(inputs: Any) -> None:
    with pytest.raises(ConfigError, match=r"(?s)Combine 'combine'.*scalee.*did you mean scale\?"):
        Combine()(inputs, scalee=2.0)
    layer = Combine()
    layer(inputs)
    with pytest.raises(ConfigError, match="did you mean scale"):
        layer(inputs, scalee=2.0)


@pytest.mark.parametrize("inputs", [DATA, Input((3,))])
def test_missing_and_superfluous_arguments_are_named(inputs: Any) -> None:
    layer = Combine()
    layer(inputs)
    with pytest.raises(ConfigError, match=r"(?s)missing.*'a'.*its call takes \(a, b, scale, flag, rest\)"):
        layer(b=inputs)
    with pytest.raises(ConfigError, match="too many"):
        layer(inputs, inputs, inputs)
    with pytest.raises(ConfigError, match="missing"):
        layer()


def test_training_is_accepted_by_layers_that_do_not_ask_for_it() -> None:
    assert Combine()(DATA, training=True).shape == (2, 3)


def test_lists_of_numbers_are_tensors() -> None:
    assert Combine()([[1.0, 2.0]]).shape == (1, 2)
    assert Combine()(3.0).shape == ()


def test_floats_are_cast_to_the_dtype_of_the_layer() -> None:
    assert Combine()(DATA.astype("float64")).dtype == "float32"
    assert Combine(dtype="float64")(DATA).dtype == "float64"
    assert Combine(autocast=False)(DATA.astype("float64")).dtype == "float64"
    assert Combine()(np.arange(3)).dtype.kind == "i"
    assert Combine()(Input((3,), dtype="float64")).dtype == "float32"


def test_mixed_precision_is_refused_with_the_reason() -> None:
    with pytest.raises(ConfigError, match=r"(?s)mixed_float16.*float32"):
        layers.Dense(2, dtype="mixed_float16")


# -- training ---------------------------------------------------------------------------------------------------------


class Outer(Layer):
    def __init__(self, inner: Any, **passed: Any):
        super().__init__()
        self.inner, self.passed = inner, passed

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs, **self.passed)


def wrappers() -> list[Any]:
    def functional(inner: Any) -> Any:
        x = Input((3,))
        return Model(x, inner(x))

    return [Outer, lambda inner: Sequential([inner]), lambda inner: Sequential([Input((3,)), inner]), functional]


@pytest.mark.parametrize("outer", wrappers())
@pytest.mark.parametrize("middle", wrappers())
@pytest.mark.parametrize("training", [True, False, None])
def test_training_is_inherited_at_any_depth(outer: Any, middle: Any, training: bool | None) -> None:
    recorder = Recorder()
    model = outer(middle(recorder))
    model(DATA, training=training)
    assert recorder.training_seen is training
    x = Input((3,))
    Model(x, model(x))(DATA, training=training)
    assert recorder.training_seen is training


def test_explicit_argument_beats_the_enclosing_call() -> None:
    recorder = Recorder()
    Outer(recorder, training=False)(DATA, training=True)
    assert recorder.training_seen is False
    Outer(recorder, training=None)(DATA, training=True)
    assert recorder.training_seen is True
    x = Input((3,))
    model = Model(x, recorder(x, training=True))
    model(DATA, training=False)
    assert recorder.training_seen is True


def test_default_of_the_signature_counts_where_nobody_says() -> None:
    class Trains(Recorder):
        def call(self, inputs: Any, training: bool = True) -> Any:
            return super().call(inputs, training)

    layer = Trains()
    layer(DATA)
    assert layer.training_seen is True
    layer(DATA, training=False)
    assert layer.training_seen is False
    layer(DATA, None)
    assert layer.training_seen is True


def test_training_by_position() -> None:
    layer = Recorder()
    layer(DATA, True)
    assert layer.training_seen is True


def test_error_restores_the_scopes() -> None:
    class Fails(Layer):
        def call(self, inputs: Any) -> Any:
            raise KeyError("mine")

    recorder = Recorder()
    with pytest.raises(KeyError) as error:
        Outer(Fails())(DATA, training=True)
    assert any("outer/fails" in note and "test_calls.py" in note for note in error.value.__notes__)
    recorder(DATA)
    assert recorder.training_seen is None


# -- what goes in and out ---------------------------------------------------------------------------------------------


def test_outputs_may_be_structures_with_arrays_and_none() -> None:
    class Many(Layer):
        def call(self, inputs: Any) -> Any:
            return {"x": inputs, "n": None, "t": (np.ones(2, "float32"), [inputs + 1])}

    outputs = Many()(DATA)
    assert outputs["n"] is None
    assert outputs["t"][0].shape == (2,)


def test_input_and_output_of_the_only_call() -> None:
    x = Input((3,))
    layer = layers.Dense(2)
    y = layer(x)
    assert layer.input.node is x.node
    assert layer.output.node is y.node
    both = Combine()
    z = both([x, y][0], b=x)
    assert both.output.node is z.node


def test_input_of_several_or_no_calls_is_refused() -> None:
    layer = layers.Dense(3)
    with pytest.raises(ValueError, match="never called"):
        _ = layer.input
    x = Input((3,))
    kept = [layer(x), layer(x)]
    with pytest.raises(ValueError, match="called 2 times.*ambiguous"):
        _ = layer.output
    del kept


def test_compute_output_shape_and_spec() -> None:
    assert layers.Dense(4).compute_output_shape((None, 3)) == (None, 4)
    assert Combine().compute_output_shape((2, 3), b_shape=(2, 1)) == (2, 3)
    assert Combine().compute_output_spec(DATA).shape == (2, 3)
    model = Sequential([Input((3,)), layers.Dense(4)])
    assert model.compute_output_shape((7, 3)) == (7, 4)


# -- layers that need values ------------------------------------------------------------------------------------------


class KeepsPositiveRows(Layer):
    def call(self, inputs: Any) -> Any:
        return inputs * 2 if float(ops.sum(inputs)) > 0 else inputs * -1

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class ByNumpy(Layer):
    def call(self, inputs: Any) -> Any:
        return np.asarray(inputs) + 1

    def compute_output_spec(self, inputs: Any) -> Any:
        return inputs


@pytest.mark.parametrize("cls", [KeepsPositiveRows, ByNumpy])
def test_layer_that_needs_values_runs_inside_graphs(cls: Any, tmp_path: Any) -> None:
    x = Input((3,))
    model = Model(x, layers.Dense(2)(cls()(x)) + 0)
    direct = cls()
    for data in (DATA, -DATA):
        np.testing.assert_array_equal(model(data), model.layers[-1](direct(data)))
    outer = Sequential([Input((3,)), Outer(model)])
    np.testing.assert_array_equal(outer(DATA), model(DATA))
    assert outer(Input((3,))).shape == (None, 2)


def test_layer_that_needs_values_is_differentiated() -> None:
    from hybrid import GradientTape

    x = Input((3,))
    model = Model(x, KeepsPositiveRows()(layers.Dense(3, kernel_initializer="ones")(x)))
    with GradientTape() as tape:
        loss = ops.sum(model(DATA))
    np.testing.assert_array_equal(tape.gradient(loss, model.trainable_weights)[1], np.full(3, 4.0))


def test_layer_that_needs_values_and_says_nothing_is_refused() -> None:
    class Branches(Layer):
        def call(self, inputs: Any) -> Any:
            if inputs[0, 0] > 0:
                return inputs
            return -inputs

    assert Branches()(DATA).shape == (2, 3)
    with pytest.raises(PlaceholderError, match=r"(?s)bool\(\).*test_calls.py.*ops.where.*ops.cond"):
        Branches()(Input((3,)))


# -- input specs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "shape", "words"),
    [
        (InputSpec(ndim=2), (2, 3, 4), "rank 2"),
        (InputSpec(min_ndim=3), (2, 3), "rank 3 at least"),
        (InputSpec(max_ndim=1), (2, 3), "rank 1 at most"),
        (InputSpec(axes={-1: 4}), (2, 3), "4 features on axis -1"),
        (InputSpec(shape=(None, 5)), (2, 3), "axis 1 has size 3 instead of 5"),
        (InputSpec(dtype="int32"), (2, 3), "int32"),
    ],
)
@pytest.mark.parametrize("symbolic", [False, True])
def test_input_that_does_not_satisfy_the_spec_is_refused(spec: Any, shape: Any, words: str, symbolic: bool) -> None:
    layer = Combine()
    layer.input_spec = spec
    inputs = Input(shape[1:]) if symbolic else np.ones(shape, "float32")
    with pytest.raises((ShapeError, TypeError), match=words):
        layer(inputs)


def test_specs_of_several_inputs() -> None:
    layer = Recorder()
    layer.input_spec = [InputSpec(ndim=2), InputSpec(ndim=1)]
    layer([DATA, DATA[0]])
    with pytest.raises(StructureError, match="expects 2 input"):
        layer([DATA])
    with pytest.raises(ShapeError, match="input 1"):
        layer([DATA, DATA])
    layer.input_spec = {"x": InputSpec(ndim=2), "y": InputSpec(ndim=1)}
    layer({"y": DATA[0], "x": DATA})
    with pytest.raises(StructureError, match="'y' is missing"):
        layer({"x": DATA})


def test_dict_for_a_layer_of_one_input_is_refused_by_name() -> None:
    with pytest.raises(StructureError, match=r"Dense 'sequential/dense' takes one tensor.*\['image'\]"):
        Sequential([layers.Dense(2)])({"image": np.ones((1, 3), "float32")})


class Walk(Layer):
    """Looks at Python numbers, as a network over trees does."""

    def call(self, leaves: Any) -> Any:
        return ops.convert_to_tensor(float(sum(sum(part) for part in leaves)))


def test_nested_numbers_of_different_lengths_are_refused_by_name_of_the_argument() -> None:
    with pytest.raises(ShapeError, match=r"(?s)passed as 'leaves'.*pass them as leaves=\.\.\."):
        Walk()([[1, 2], [3]])
    assert float(Walk()(leaves=[[1, 2], [3]])) == 6.0
