"""Mistakes of users, and what the messages must say: what, where, why, and what to write instead.

Mistakes with data and training are in `tests/training/test_mistakes.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import hybrid
from hybrid import GradientTape, Input, Layer, Model, Sequential, Variable, errors, layers, ops
from hybrid.models import clone_model, load_model, model_from_json
from hybrid.saving import deserialize_keras_object, serialize_keras_object

HERE = "test_mistakes.py:"
DATA = np.ones((2, 3), "float32")


class Mistake(NamedTuple):
    """Code that is wrong, the class of its error, and words that the message must contain."""

    code: Callable[..., Any]
    error: type[Exception]
    words: tuple[str, ...]


MISTAKES: dict[str, Mistake] = {}


def mistake(error: type[Exception], *words: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(code: Callable[..., Any]) -> Callable[..., Any]:
        MISTAKES[code.__name__] = Mistake(code, error, words)
        return code

    return register


def built() -> Sequential:
    return Sequential([Input((3,)), layers.Dense(4, name="first"), layers.Dense(2, name="last")], name="net")


def layer_of(call: Callable[..., Any], name: str = "Mine") -> Any:
    return type(name, (Layer,), {"call": call})()


# -- shapes -----------------------------------------------------------------------------------------------------------


@mistake(ValueError, "Dense 'dense'", "[2, 5]", "3 features", "axis -1", "new layer", HERE)
def features_of_another_width() -> None:
    layer = layers.Dense(4)
    layer(DATA)
    layer(np.ones((2, 5)))


@mistake(ValueError, "Dense 'dense'", "[3]", "rank 2 at least", "its rank is 1", "expand_dims", HERE)
def input_without_batch_axis() -> None:
    layers.Dense(4)(np.ones(3))


@mistake(ValueError, "Dense", "[None, None]", "size of the last axis", "Input(", HERE)
def width_that_is_not_known() -> None:
    layers.Dense(4)(Input((None,)))


@mistake(ValueError, "net", "[None, 3]", "[2, 4]", "Input(...)")
def model_called_on_another_shape() -> None:
    x = Input((3,))
    Model(x, layers.Dense(2)(x), name="net")(np.ones((2, 4)))


@mistake(ValueError, "[None, 3]", "[None, 4]", "broadcast", "op add", HERE)
def placeholders_that_do_not_broadcast() -> None:
    Input((3,)) + Input((4,))


@mistake(ValueError, "matmul", "float32 [2, 3]", "float32 [4, 2]", HERE)
def matrices_that_do_not_fit() -> None:
    ops.matmul(DATA, np.ones((4, 2), "float32"))


@mistake(ValueError, "Mine 'mine'", "broadcast", HERE)
def shapes_that_clash_inside_a_layer() -> None:
    layer_of(lambda self, x: x + np.ones(4, "float32"))(DATA)


@mistake(ValueError, "[2, 7]", "reshape", HERE)
def reshape_to_another_number_of_elements() -> None:
    ops.reshape(DATA, (2, 7))


@mistake(ValueError, "Axis 5", "rank 2", "between -2 and 1")
def axis_out_of_range() -> None:
    ops.sum(DATA, axis=5)


@mistake(ValueError, "Not a shape", "abc")
def shape_that_is_none() -> None:
    Input("abc")


@mistake(ValueError, "Negative size", "None")
def negative_size() -> None:
    Input((-1, 3))


# -- placeholders -----------------------------------------------------------------------------------------------------


@mistake(TypeError, "bool()", HERE, "if x > 0", "ops.where", "ops.cond")
def branch_on_a_placeholder() -> None:
    x = Input(())
    if x > 0:
        pass


@mistake(TypeError, "float()", HERE, "symbolic")
def number_of_a_placeholder() -> None:
    float(Input(()))


@mistake(TypeError, "range", HERE, "fori_loop")
def range_of_a_placeholder() -> None:
    range(Input((), dtype="int32"))  # type: ignore[call-overload]


@mistake(TypeError, "Iterating", "unknown size", "ops.scan", HERE)
def loop_over_the_batch() -> None:
    for _ in Input((3,)):
        pass


@mistake(TypeError, "NumPy array", "hybrid.ops", HERE)
def array_of_a_placeholder() -> None:
    np.asarray(Input((3,)))


@mistake(TypeError, "numpy()", "has none", HERE)
def numpy_of_a_placeholder() -> None:
    Input((3,)).numpy()


@mistake(TypeError, "len()", "ops.shape(x)[0]", HERE)
def length_of_the_batch() -> None:
    len(Input((3,)))


@mistake(TypeError, "np.eigvals", "gradients and graphs", "ops.solve")
def numpy_function_that_is_not_there() -> None:
    np.linalg.eigvals(Input((3, 3)))


@mistake(TypeError, "cannot write", "x = x + t|y = x + t")
def in_place_addition_to_an_array() -> None:
    array = np.ones(3)
    array += ops.convert_to_tensor(np.ones(3))


@mistake(ValueError, "freeze", HERE, "Variable", ".numpy()")
def value_of_a_variable_mixed_into_a_graph() -> None:
    w = Variable(np.ones(3), name="w")
    Input((3,)) * (w * 2)


@mistake(TypeError, "Variable 'w'", "symbolic", "call of a layer", HERE)
def assigning_a_placeholder() -> None:
    Variable(np.ones(3, "float32"), name="w").assign(Input(batch_shape=(3,)))


@mistake(TypeError, "bool()", HERE, "while x > 0", "ops.while_loop")
def loop_until_a_placeholder_says_so() -> None:
    x = Input(())
    while x > 0:
        x = x - 1


@mistake(TypeError, "bool()", HERE, "ops.logical_and", "ops.where")
def two_conditions_on_placeholders() -> None:
    x = Input((3,))
    if x > 0 and x < 1:
        pass


# -- layers -----------------------------------------------------------------------------------------------------------


@mistake(ValueError, "Dense has no argument 'activatoin'", "did you mean activation")
def misspelt_constructor_argument() -> None:
    layers.Dense(3, activatoin="relu")


@mistake(ValueError, "activation", "'rellu'", "relu")
def misspelt_activation() -> None:
    layers.Dense(3, activation="rellu")


@mistake(ValueError, "initializer", "'glorot'", "glorot_normal")
def misspelt_initializer() -> None:
    layers.Dense(3, kernel_initializer="glorot")


@mistake(ValueError, "positive", "-3", "Dense(64)")
def negative_units() -> None:
    layers.Dense(-3)


@mistake(ValueError, "Mine 'mine'", "scal", "did you mean scale", HERE)
def misspelt_call_argument() -> None:
    layer_of(lambda self, x, scale=1: x)(DATA, scal=2)


@mistake(ValueError, "Mine 'mine'", "missing", "'y'", "(x, y)", HERE)
def missing_call_argument() -> None:
    layer_of(lambda self, x, y: x)(DATA)


@mistake(ValueError, "Hasty.__init__", "'inner'", "super().__init__", HERE)
def attribute_before_super() -> None:
    class Hasty(Layer):
        def __init__(self) -> None:
            self.inner = layers.Dense(2)

    Hasty()


@mistake(ValueError, "Dense 'dense'", "'loses'", "2 weights", "trained, counted or saved", "attribute of Loses", HERE)
def layer_made_in_call() -> None:
    layer_of(lambda self, x: layers.Dense(2)(x), "Loses")(DATA)


@mistake(NotImplementedError, "Silent", "call(self, inputs)", HERE)
def layer_without_call() -> None:
    type("Silent", (Layer,), {})()(DATA)


@mistake(ValueError, "Not a name", "'a/b'")
def name_with_a_slash() -> None:
    layers.Dense(2, name="a/b")


@mistake(ValueError, "2 weights", "1 values", "dense/kernel", "order of layer.weights")
def too_few_weights() -> None:
    layer = layers.Dense(2)
    layer(DATA)
    layer.set_weights([np.ones((3, 2))])


@mistake(ValueError, "dense/bias", "[2]", "[5]", HERE)
def weight_of_another_shape() -> None:
    layer = layers.Dense(2)
    layer(DATA)
    layer.set_weights([np.ones((3, 2)), np.ones(5)])


@mistake(ValueError, "no weights to count", "build(input_shape)")
def counting_before_building() -> None:
    layers.Dense(2).count_params()


@mistake(ValueError, "shape [2, None]", "must be known")
def weight_of_unknown_shape() -> None:
    layers.Dense(2).add_weight(shape=(2, None))


@mistake(ValueError, "mixed_float16", "NumPy", "float32")
def mixed_precision() -> None:
    layers.Dense(2, dtype="mixed_float16")


@mistake(TypeError, "int33|floaty")
def dtype_that_does_not_exist() -> None:
    layers.Dense(2, dtype="floaty")


@mistake(ValueError, "2 times", "ambiguous", "get_layer('dense@0')")
def output_of_a_layer_called_twice() -> None:
    layer, x = layers.Dense(3), Input((3,))
    kept = [layer(x), layer(x)]
    assert kept
    _ = layer.output


@mistake(ValueError, "expects 2 input", "received 1")
def too_few_inputs_for_a_spec() -> None:
    layer = layer_of(lambda self, x: x[0])
    layer.input_spec = [hybrid.InputSpec(ndim=2), hybrid.InputSpec(ndim=2)]
    layer([DATA])


# -- models -----------------------------------------------------------------------------------------------------------


@mistake(ValueError, "'b'", "'a'", "not among the inputs", "add 'b' to inputs")
def forgotten_input() -> None:
    a, b = Input((3,), name="a"), Input((3,), name="b")
    Model(a, a + b)


@mistake(ValueError, "outputs", "ndarray", "constant")
def output_that_is_an_array() -> None:
    Model(Input((3,)), DATA)


@mistake(ValueError, "inputs", "ndarray", "hybrid.Input")
def input_that_is_an_array() -> None:
    x = Input((3,))
    Model(DATA, x)


@mistake(ValueError, "inputs only", "Model(inputs, outputs)")
def model_without_outputs() -> None:
    Model(inputs=Input((3,)))


@mistake(ValueError, "'chain'", "'same'", "weights", "another name")
def two_layers_of_one_name() -> None:
    Sequential([layers.Dense(3, name="same"), layers.Dense(3, name="same")], name="chain")


@mistake(ValueError, "layers, not function", "Lambda")
def function_in_a_sequential() -> None:
    Sequential([lambda x: x])


@mistake(ValueError, "Input", "first")
def input_in_the_middle() -> None:
    Sequential([layers.Dense(3), Input((3,))])


@mistake(ValueError, "'frist'", "first, last", "did you mean first")
def misspelt_layer_name() -> None:
    built().get_layer("frist")


@mistake(ValueError, "'lft'", "left, right", "did you mean left", HERE)
def misspelt_key_of_the_inputs() -> None:
    x, y = Input((3,), name="left"), Input((3,), name="right")
    Model({"left": x, "right": y}, x + y)({"lft": DATA, "right": DATA})


@mistake(ValueError, "expects 2 input(s)", "received 3", "left, right", HERE)
def too_many_inputs() -> None:
    x, y = Input((3,), name="left"), Input((3,), name="right")
    Model([x, y], x + y)([DATA, DATA, DATA])


@mistake(ValueError, "no input", "not been built", "call it on data")
def input_of_an_unbuilt_model() -> None:
    _ = Sequential([layers.Dense(2)]).input


@mistake(ValueError, "either shape or batch_shape")
def shape_given_twice() -> None:
    Input((3,), batch_shape=(2, 3))


@mistake(ValueError, "subclassed model", "call_function", "own call", "clone_function exchanges")
def call_function_for_a_subclass() -> None:
    clone_model(type("Sub", (Model,), {"call": lambda self, x: x})(), call_function=lambda layer, x: layer(x))


@mistake(ValueError, "No layer matches 'frist'", "first, last")
def misspelt_layer_range() -> None:
    built().summary(layer_range=["frist", "last"])


# -- files and configurations -----------------------------------------------------------------------------------------


@mistake(TypeError, "'<lambda>'", HERE, "data, not code", "register_keras_serializable")
def saving_a_lambda(path: Path) -> None:
    Sequential([Input((3,)), layers.Dense(2, activation=lambda x: x)]).save(path / "m.hybrid")


@mistake(
    ValueError,
    "'Unknown'",
    "register_keras_serializable",
    "custom_objects={'Unknown': Unknown}",
    "no graph of it could be stored",
    "ops.where",
)
def loading_an_unknown_class(path: Path) -> None:
    def call(self: Any, x: Any) -> Any:
        return x if ops.sum(x) > 0 else -x

    cls = type("Unknown", (Layer,), {"call": call, "compute_output_shape": lambda self, shape: shape})
    Sequential([Input((3,)), cls()]).save(path / "m.hybrid")
    load_model(path / "m.hybrid")


@mistake(ValueError, "2 of the values", "'first/kernel' has shape [3, 4], but [3, 5]", "nothing was loaded")
def loading_weights_of_another_shape(path: Path) -> None:
    Sequential([Input((3,)), layers.Dense(5, name="first")]).save_weights(path / "w")
    Sequential([Input((3,)), layers.Dense(4, name="first")]).load_weights(path / "w")


@mistake(ValueError, "no weights yet", "call it on an input")
def saving_weights_before_building(path: Path) -> None:
    Sequential([layers.Dense(2)]).save_weights(path / "w")


@mistake(ValueError, "HDF5", "m.hybrid")
def saving_as_h5(path: Path) -> None:
    built().save(path / "m.h5")


@mistake(ValueError, "weights only", "load_weights")
def loading_weights_as_a_model(path: Path) -> None:
    built().save_weights(path / "w")
    load_model(path / "w")


@mistake(FileNotFoundError, "nowhere.hybrid")
def loading_what_is_not_there(path: Path) -> None:
    load_model(path / "nowhere.hybrid")


@mistake(ValueError, "cannot be read", "save the model again")
def loading_a_damaged_file(path: Path) -> None:
    built().save(path / "m")
    (path / "m").write_bytes((path / "m").read_bytes()[:-30])
    load_model(path / "m")


@mistake(ValueError, "no JSON", "to_json()")
def model_of_broken_json() -> None:
    model_from_json("{")


@mistake(TypeError, "type 'object'", "get_config")
def writing_an_object() -> None:
    serialize_keras_object({"a": object()})


@mistake(ValueError, "Dense has no argument 'unitss'", "units")
def configuration_with_a_misspelt_argument() -> None:
    deserialize_keras_object({"class_name": "Dense", "config": {"units": 2, "unitss": 3}})


@mistake(ValueError, "'Plain'", "get_config")
def registering_a_class_without_configuration() -> None:
    hybrid.saving.register_keras_serializable()(type("Plain", (), {}))


@mistake(ValueError, "no argument 'by_name'", "matched by path")
def loading_weights_by_name(path: Path) -> None:
    built().save_weights(path / "w")
    built().load_weights(path / "w", by_name=True)


# -- derivatives and settings -----------------------------------------------------------------------------------------


@mistake(Exception, "persistent")
def gradient_twice() -> None:
    x = Variable(2.0)
    with GradientTape() as tape:
        y = x * x
    tape.gradient(y, x)
    tape.gradient(y, x)


@mistake(ValueError, "floatx", "'float31'", "'float32'")
def floatx_that_does_not_exist() -> None:
    hybrid.config.set_floatx("float31")


@mistake(ValueError, "shape [3]", "[4]", "Variable 'w'", HERE)
def assigning_another_shape() -> None:
    Variable(np.ones(3), name="w").assign(np.ones(4))


@pytest.mark.parametrize("name", MISTAKES)
def test_message_says_what_is_wrong(name: str, tmp_path: Path) -> None:
    code, expected, words = MISTAKES[name]
    with pytest.raises(expected) as caught:
        code(tmp_path) if code.__code__.co_argcount else code()
    error = caught.value
    text = "\n".join([str(error), *getattr(error, "__notes__", ())])
    for word in words:
        assert any(each in text for each in word.split("|")), f"{word!r} is not in:\n{text}"
    if not isinstance(error, (FileNotFoundError, NotImplementedError)):
        assert isinstance(error, errors.HybridError), text
        assert "fix:" in text or "why:" in text, text


def test_table_is_long_enough() -> None:
    assert len(MISTAKES) >= 45
