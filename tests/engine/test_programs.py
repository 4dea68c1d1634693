"""`hybrid.jit`: when a function is recorded, what it may do, and when it simply runs."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import GradientTape, Input, Model, Sequential, TensorSpec, Variable, ops
from hybrid.engine.patience import PATIENCE
from hybrid.layers import Dense, Dropout

X = np.arange(6.0, dtype="float32").reshape(2, 3)


def counted(function: Any) -> tuple[Any, list[int]]:
    """Return a function as a program, and a list that grows whenever Python runs it."""
    calls: list[int] = []

    def noting(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        return function(*args, **kwargs)

    return hybrid.jit(noting), calls


def test_function_is_recorded_once_for_equal_shapes() -> None:
    double, calls = counted(lambda x: x * 2.0)
    for offset in range(3):
        np.testing.assert_array_equal(double(X + offset).numpy(), (X + offset) * 2)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((X,), (X[:1],)),
        ((X,), (X.astype("float64"),)),
        ((X, 2.0), (X, 3.0)),
        ((X, 1), (X, True)),
        ((X, "a"), (X, "b")),
        (([X, X],), ((X, X),)),
        (({"a": X},), ({"b": X},)),
        ((X, slice(0, 1)), (X, slice(0, 2))),
        ((X, None), (X, X)),
    ],
    ids=["shape", "dtype", "number", "type", "text", "container", "key", "slice", "none"],
)
def test_other_kinds_of_arguments_have_programs_of_their_own(first: Any, second: Any) -> None:
    function, calls = counted(lambda *args: ops.sum(hybrid.tree.flatten(args[0])[0]))
    for arguments in (first, second, first, second):
        function(*arguments)
    assert len(calls) == 2


def test_static_arguments_keep_their_meaning() -> None:
    @hybrid.jit
    def function(x: Any, *, factor: float, negated: bool = False) -> Any:
        return -x * factor if negated else x * factor

    np.testing.assert_array_equal(function(X, factor=2.0).numpy(), X * 2)
    np.testing.assert_array_equal(function(X, factor=2.0, negated=True).numpy(), X * -2)


def test_outputs_come_in_their_structure() -> None:
    function = hybrid.jit(lambda x: {"sum": ops.sum(x), "parts": (x, None, 3, "text")})
    for _ in range(2):
        found = function(X)
        assert float(found["sum"]) == 15.0 and found["parts"][1:] == (None, 3, "text")
        np.testing.assert_array_equal(found["parts"][0].numpy(), X)


def test_variables_are_read_when_the_program_starts() -> None:
    v = Variable(2.0)
    function = hybrid.jit(lambda x: x * v)
    function(X)
    v.assign(5.0)
    np.testing.assert_array_equal(function(X).numpy(), X * 5)


def test_variables_are_assigned_when_it_ends() -> None:
    v = Variable(np.zeros(3, "float32"))

    @hybrid.jit
    def function(x: Any) -> Any:
        v.assign_add(x[0])
        v.assign_add(x[1])
        return v * 1.0

    np.testing.assert_array_equal(function(X).numpy(), X.sum(0))
    np.testing.assert_array_equal(function(X).numpy(), 2 * X.sum(0))
    np.testing.assert_array_equal(v.numpy(), 2 * X.sum(0))


def test_variable_never_shares_memory_with_an_argument() -> None:
    v, w, row = Variable(X), Variable(X.T), Variable(X[0])

    @hybrid.jit
    def function(x: Any) -> None:
        v.assign(x)
        w.assign(ops.transpose(x))
        row.assign(x[1])

    mine = X.copy()
    function(mine)
    mine[:] = -1.0
    for variable, expected in ((v, X), (w, X.T), (row, X[1])):
        np.testing.assert_array_equal(variable.numpy(), expected)


def test_draws_are_those_of_eager_calls() -> None:
    layer = Dropout(0.5, seed=3)
    eager = [layer(X, training=True).numpy() for _ in range(3)]
    again = Dropout(0.5, seed=3)
    function = hybrid.jit(lambda x: again(x, training=True))
    compiled = [function(X).numpy() for _ in range(3)]
    np.testing.assert_array_equal(eager, compiled)
    assert not np.array_equal(compiled[0], compiled[1]) or not np.array_equal(compiled[1], compiled[2])


def test_global_seed_moves_on_inside_programs() -> None:
    function = hybrid.jit(lambda: hybrid.random.normal((3,)))
    hybrid.utils.set_random_seed(7)
    compiled = [function().numpy() for _ in range(3)]
    hybrid.utils.set_random_seed(7)
    np.testing.assert_array_equal(compiled, [hybrid.random.normal((3,)).numpy() for _ in range(3)])


def test_training_step_equals_the_eager_one() -> None:
    def losses(compiles: bool) -> list[float]:
        hybrid.utils.set_random_seed(0)
        model = Sequential([Input((3,)), Dense(4, activation="tanh"), Dropout(0.3), Dense(1)])
        optimizer = hybrid.optimizers.Adam(0.01)

        def step(x: Any, y: Any) -> Any:
            with GradientTape() as tape:
                loss = ops.mean(ops.square(model(x, training=True) - y))
            variables = model.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)
            return loss

        function = hybrid.jit(step) if compiles else step
        return [float(function(X, X[:, :1])) for _ in range(50)]

    np.testing.assert_allclose(losses(True), losses(False), rtol=1e-5)


def test_masks_come_with_their_tensors() -> None:
    layer = hybrid.layers.Masking()
    tokens = np.array([[[1.0], [0.0]]], "float32")
    masked = layer(tokens)
    function = hybrid.jit(lambda x: x + 1.0)
    for _ in range(2):
        np.testing.assert_array_equal(function(masked).mask.numpy(), [[True, False]])
    assert function(tokens).mask is None
    np.testing.assert_array_equal(hybrid.jit(layer)(tokens).mask.numpy(), [[True, False]])


def test_value_dependent_function_runs_eagerly_and_says_where() -> None:
    @hybrid.jit
    def function(x: Any) -> Any:
        if ops.sum(x) > 0:
            return x
        return -x

    with pytest.warns(UserWarning, match=r"could not be made a program[^§]*if ops.sum\(x\) > 0"):
        np.testing.assert_array_equal(function(-X).numpy(), X)
    np.testing.assert_array_equal(function(X).numpy(), X)


def test_value_of_a_variable_cannot_be_frozen_into_a_program() -> None:
    v = Variable(2.0)
    function = hybrid.jit(lambda x: x * float(v.numpy()))
    with pytest.warns(UserWarning, match="runs operation by operation"):
        np.testing.assert_array_equal(function(X).numpy(), X * 2)
    v.assign(3.0)
    np.testing.assert_array_equal(function(X).numpy(), X * 3)


def test_failing_trace_leaves_variables_alone() -> None:
    v = Variable(0.0)

    def function(x: Any) -> Any:
        v.assign_add(1.0)
        return float(ops.sum(x))

    with pytest.warns(UserWarning):
        hybrid.jit(function)(X)
    assert float(v) == 1.0


def test_mistakes_raise_what_they_raise_eagerly() -> None:
    function = hybrid.jit(lambda x: ops.matmul(x, x))
    with pytest.warns(UserWarning), pytest.raises(hybrid.errors.ShapeError):
        function(X)


def test_mistake_in_values_is_explained_and_changes_nothing() -> None:
    v, table = Variable(0.0), Variable(np.zeros((4, 2)))
    layer = hybrid.layers.Embedding(4, 2)

    @hybrid.jit
    def function(x: Any) -> Any:
        result = layer(x)
        v.assign_add(1.0)
        return result

    function(np.array([1, 2]))
    with pytest.raises(hybrid.errors.OutOfRangeError, match="7"):
        function(np.array([1, 7]))
    assert float(v) == 1.0 and table.shape == (4, 2)


def test_under_a_tape_the_function_is_called() -> None:
    v = Variable(3.0)
    square = hybrid.jit(lambda x: x * x)
    square(np.float32(2.0))
    with GradientTape() as tape:
        y = square(v)
    assert float(tape.gradient(y, v)) == 6.0


def test_programs_nest() -> None:
    inner = hybrid.jit(lambda x: x + 1.0)
    outer = hybrid.jit(lambda x: inner(x) * 2.0)
    np.testing.assert_array_equal(outer(X).numpy(), (X + 1) * 2)


def test_symbolic_arguments_are_recorded() -> None:
    inner = hybrid.jit(lambda x: x + 1.0)
    x = Input((3,))
    np.testing.assert_array_equal(Model(x, inner(x))(X).numpy(), X + 1)


def test_freezing_a_layer_reaches_programs() -> None:
    model = Sequential([Input((3,)), Dense(2), Dense(1)])
    optimizer = hybrid.optimizers.SGD(0.1)

    @hybrid.jit
    def step(x: Any) -> Any:
        with GradientTape() as tape:
            loss = ops.sum(model(x))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    optimizer.build(model.trainable_variables)
    step(X)
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()
    step(X)
    np.testing.assert_array_equal(before[0], model.layers[0].get_weights()[0])


def test_changed_attribute_of_a_layer_reaches_programs() -> None:
    layer = Dense(2, activation="relu")
    layer(X)
    function = hybrid.jit(layer)
    function(X)
    layer.activation = hybrid.activations.get("tanh")
    np.testing.assert_array_equal(function(X).numpy(), layer(X).numpy())


def test_methods_are_functions_of_their_object() -> None:
    class Scaled:
        def __init__(self, factor: float):
            self.factor = factor

        @hybrid.jit
        def call(self, x: Any) -> Any:
            return x * self.factor

    np.testing.assert_array_equal(Scaled(2.0).call(X).numpy(), X * 2)
    np.testing.assert_array_equal(Scaled(3.0).call(X).numpy(), X * 3)


def test_recording_again_and_again_is_warned_of_once() -> None:
    function = hybrid.jit(lambda x, n: x * n)
    with pytest.warns(UserWarning, match="7.0 after") as caught:
        for number in range(2 * PATIENCE):
            np.testing.assert_array_equal(function(X, float(number)).numpy(), X * number)
    assert len(caught) == 1 and len(function.programs) == PATIENCE


def test_threads_share_programs_and_nothing_else() -> None:
    model = Sequential([Input((3,)), Dense(64, activation="relu"), Dense(2)])
    function = hybrid.jit(model)
    inputs = [np.random.default_rng(seed).normal(size=(50, 3)).astype("float32") for seed in range(4)]
    expected = [model(x).numpy() for x in inputs]
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(50):
            if not np.array_equal(function(inputs[number]).numpy(), expected[number]):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and len(function.programs) == 1


def test_program_keeps_no_argument_alive() -> None:
    class Model:
        pass

    model = Model()
    function = hybrid.jit(lambda model, x: x * 2.0)
    function(model, X)
    reference = weakref.ref(model)
    gc.collect()
    del model
    assert reference() is None


def test_lower_shows_the_program_without_running_it() -> None:
    v = Variable(1.0, name="v")

    def function(x: Any) -> Any:
        v.assign_add(1.0)
        return ops.exp(x) + ops.exp(x)

    lowered = hybrid.jit(function).lower(TensorSpec((2,), "float32"))
    assert len(lowered.before.steps) == 4 and len(lowered.after.steps) == 3 and float(v) == 1.0
    assert "exp(a0)" in str(lowered) and "def run" in lowered.source and "v :=" in str(lowered.after)


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(hybrid.errors.ConfigError, match=r"jit was given 3[^§]*@hybrid.jit"):
        hybrid.jit(3)
