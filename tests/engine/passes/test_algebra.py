"""Passes of algebra: what each makes of the programs that it is for, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import TensorSpec, Variable, ops
from hybrid.engine.passes import optimized
from hybrid.engine.passes.rewriting import constant_of
from tests.contracts.test_primitives import _cases, _sample, _stand_ins, _tuple

X = np.linspace(-2.0, 2.0, 6).reshape(2, 3)


def steps_of(function: Any, *arguments: Any) -> list[str]:
    """List the steps of a function after all passes, with their constants."""
    program = hybrid.jit(function).lower(*arguments or (X,)).after
    found = []
    for step in program.steps:
        numbers = [f"{argument:.6g}" for argument in step.arguments if isinstance(argument, (float, int))]
        found.append(" ".join([step.operation.name, *numbers]))
    return found


# -- casts ------------------------------------------------------------------------------------------------------------


def cast(x: Any, *dtypes: str) -> Any:
    for dtype in dtypes:
        x = ops.cast(x, dtype)
    return x


def test_casts_that_lose_nothing_are_left_out() -> None:
    flags, numbers = X > 0, np.arange(6, dtype="int32")
    assert steps_of(lambda x: cast(x, "float32", "float64"), flags) == ["cast"]
    assert steps_of(lambda x: cast(x, "float64", "int32"), numbers) == []
    assert steps_of(lambda x: cast(x, "float64", "float32"), X.astype("float32")) == []


def test_casts_that_lose_something_stay() -> None:
    assert steps_of(lambda x: cast(x, "float32", "float64")) == ["cast", "cast"]
    large = np.array([2**62 + 1, 3])
    assert steps_of(lambda x: cast(x, "float64", "int64"), large) == ["cast", "cast"]
    assert steps_of(lambda x: cast(x, "float64", "int8"), X.astype("float32")) == ["cast", "cast"]


# -- views ------------------------------------------------------------------------------------------------------------


def test_chains_of_views_become_one() -> None:
    assert steps_of(lambda x: ops.reshape(ops.expand_dims(ops.reshape(x, (6,)), 0), (3, 2))) == ["reshape"]
    assert steps_of(lambda x: ops.squeeze(ops.expand_dims(x, 1), 1)) == []
    assert steps_of(lambda x: ops.transpose(ops.transpose(x, (2, 0, 1)), (2, 0, 1)), np.ones((2, 3, 4))) == [
        "transpose"
    ]
    assert steps_of(lambda x: ops.swapaxes(ops.swapaxes(x, 0, 2), 0, 2), np.ones((2, 3, 4))) == []


def test_view_that_is_needed_stays() -> None:
    def function(x: Any) -> Any:
        flat = ops.reshape(ops.transpose(x), (6,))
        return flat, ops.reshape(flat, (1, 6))

    assert steps_of(function) == ["transpose", "reshape", "reshape"]


# -- arithmetic -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x * 1.0 + 0.0 - 0.0, []),
        (lambda x: x / 1.0, []),
        (lambda x: x * ops.ones_like(x) + ops.zeros_like(x), []),
        (lambda x: ops.negative(ops.negative(x)), []),
        (lambda x: ops.exp(x) + ops.negative(x), ["exp", "subtract"]),
        (lambda x: ops.negative(x) + ops.exp(x), ["exp", "subtract"]),
        (lambda x: ops.exp(x) - ops.negative(x), ["exp", "add"]),
        (lambda x: ops.negative(x) * 3.0, ["multiply -3"]),
        (lambda x: ops.negative(x) * ops.negative(ops.exp(x)), ["exp", "multiply"]),
        (lambda x: ops.negative(x) / ops.negative(ops.exp(x)), ["exp", "divide"]),
        (lambda x: ops.negative(x - 2.0), ["subtract 2"]),
        (lambda x: ops.negative(x * 2.0), ["multiply -2"]),
        (lambda x: x / 4.0, ["multiply 0.25"]),
        (lambda x: x / 3.0, ["divide 3"]),
        (lambda x: ops.sum(ops.negative(x)), ["sum", "negative"]),
        (lambda x: x * (ops.ones_like(x) * 2.0 + 1.0), ["multiply"]),  # an array of threes
    ],
)
def test_signs_and_neutral_numbers(function: Any, expected: list[str]) -> None:
    assert steps_of(function) == expected
    np.testing.assert_array_equal(hybrid.jit(function)(X), function(ops.convert_to_tensor(X)))


def test_what_would_change_shape_or_dtype_stays() -> None:
    row = TensorSpec((3,), "float64")
    assert steps_of(lambda x: x + ops.zeros((2, 3), "float64"), row) == ["add"]
    assert steps_of(lambda x, y: x + ops.negative(y), row, row) == ["subtract"]


def test_negative_that_is_needed_elsewhere_stays() -> None:
    assert steps_of(lambda x: (x * 2.0, ops.negative(x * 2.0))) == ["multiply 2", "negative"]


# -- scales -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x * 3.0 * 0.1, ["multiply 0.3"]),
        (lambda x: x / 3.0 * 6.0, ["multiply 2"]),
        (lambda x: (x + x) * 2.0, ["multiply 4"]),
        (lambda x: x**2, ["multiply"]),
        (lambda x: x**3, ["power 3"]),
        (lambda x: ops.abs(x) ** 0.5, ["absolute", "sqrt"]),
        (lambda x: x * 1e-20 * 1e-20, ["multiply 1e-20", "multiply 1e-20"]),
    ],
)
def test_constants_are_put_together(function: Any, expected: list[str]) -> None:
    assert steps_of(function) == expected
    np.testing.assert_allclose(hybrid.jit(function)(X), function(ops.convert_to_tensor(X)), rtol=1e-14)


def test_scale_goes_where_fewer_numbers_are() -> None:
    large, row = TensorSpec((8, 3), "float64"), TensorSpec((3,), "float64")
    program = hybrid.jit(lambda x, row: x * row * 0.5).lower(large, row).after
    assert [step.outputs[0].spec.shape for step in program.steps] == [(3,), (8, 3)]


# -- broadcasts -------------------------------------------------------------------------------------------------------


def test_derivative_of_a_mean_stays_small() -> None:
    specs = TensorSpec((4, 5, 3), "float64"), TensorSpec((4, 1, 3), "float64")
    program = (
        hybrid.jit(hybrid.grad(lambda x, w: ops.sum(ops.mean(x, axis=1, keepdims=True) * w * 2.0))).lower(*specs).after
    )
    assert [step.outputs[0].spec.shape for step in program.steps[:-1]] == [(4, 1, 3)] * (len(program.steps) - 1)
    assert program.steps[-1].operation.name == "spread"


def test_elementwise_functions_take_the_small_array() -> None:
    assert steps_of(lambda x: x * ops.broadcast_to(ops.sum(x, axis=0), (2, 3))) == ["sum", "multiply"]
    assert steps_of(lambda x: ops.broadcast_to(ops.sum(x, axis=0), (2, 3))) == ["sum", "spread"]


# -- affine maps ------------------------------------------------------------------------------------------------------


def test_product_and_bias_are_an_affine_map() -> None:
    w, b = np.ones((3, 4)), np.ones(4)
    assert steps_of(lambda x, w, b: b + x @ w, X, w, b) == ["affine"]
    assert steps_of(lambda x, w, b: (x @ w, x @ w + b), X, w, b) == ["matmul", "add"]
    assert steps_of(lambda x, w, b: x @ w + b, X[0], w, b) == ["matmul", "add"]
    assert steps_of(lambda x, w, b: x @ w + b, X, w, b[:1]) == ["matmul", "add"]


# -- products ---------------------------------------------------------------------------------------------------------

SIZES = {"a": 2, "b": 3, "c": 4, "d": 5, "e": 6}


def factors(equation: str) -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=[SIZES[letter] for letter in names]) for names in equation.split("->")[0].split(",")]


@pytest.mark.parametrize(
    "equation",
    [
        "ab,bc->ac",
        "ab,bc->ca",
        "abc,cde->abde",
        "abde,cde->abc",
        "abde,abc->cde",
        "abcd,cde->abe",
        "ba,bc->ac",
        "ab,cb->ac",
    ],
)
def test_einsum_that_is_a_product_of_matrices(equation: str) -> None:
    arrays = factors(equation)
    steps = steps_of(lambda x, y: ops.einsum(equation, x, y), *arrays)
    assert "matmul" in steps and "einsum" not in steps
    np.testing.assert_allclose(
        hybrid.jit(lambda x, y: ops.einsum(equation, x, y))(*arrays), np.einsum(equation, *arrays), rtol=1e-12
    )


@pytest.mark.parametrize("equation", ["ab,ab->a", "ab,bc->b", "abc,abd->acd", "ab,ab->", "abc,cd->adb", "ab,c->abc"])
def test_other_einsums_stay(equation: str) -> None:
    assert steps_of(lambda x, y: ops.einsum(equation, x, y), *factors(equation)) == ["einsum"]


def test_einsum_that_repeats_an_axis_stays() -> None:
    assert steps_of(lambda x, y: ops.einsum("ab,bc->ac", x, y), np.ones((2, 1)), np.ones((3, 4))) == ["einsum"]


def test_projection_with_a_bias_of_several_axes_is_an_affine_map() -> None:
    arrays = [*factors("abc,cde->abde"), np.arange(30.0).reshape(5, 6)]
    function = lambda x, w, b: ops.einsum("abc,cde->abde", x, w) + b  # noqa: E731
    assert "affine" in steps_of(function, *arrays) and "add" not in steps_of(function, *arrays)
    np.testing.assert_allclose(hybrid.jit(function)(*arrays), function(*arrays), rtol=1e-12)


# -- stand-ins --------------------------------------------------------------------------------------------------------


def test_what_only_gives_its_shape_is_not_computed() -> None:
    v = Variable(X)
    program = optimized(hybrid.jit(lambda x: x + ops.zeros_like(ops.exp(v))).lower(X).before)
    assert program.steps == [] and program.state == []


@pytest.mark.parametrize("case", _cases())
def test_stand_in_is_as_good_as_the_argument(case: Any) -> None:
    primitive, arguments, params = _sample(case)
    stand_ins = _stand_ins(primitive, arguments)
    with np.errstate(all="ignore"):
        expected = _tuple(primitive.compute(*arguments, **params))
        for one, other in zip(_tuple(primitive.compute(*stand_ins, **params)), expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_arguments_of_which_only_the_shape_counts_are_called_like() -> None:
    """Whatever sample is tried: if no result depends on what stands in an argument, it is named so."""
    matters: dict[tuple[str, int], bool] = {}
    for case in (param.values[0] for param in _cases()):
        primitive, arguments, params = _sample(case)
        expected = (
            _tuple(primitive.compute(*arguments, **params)) if any(value is not None for value in arguments) else ()
        )
        for place, argument in enumerate(arguments):
            if place in primitive.likes(len(arguments)):
                continue
            if isinstance(argument, np.ndarray) and argument.dtype.kind == "f" and argument.size > 1:
                key = primitive.name, place
                matters[key] = matters.get(key, False) or _depends(primitive, arguments, params, place, expected)
    unnamed = {key for key, does in matters.items() if not does}
    assert unnamed == {key for key in unnamed if key[0] in EXCEPTIONS or key[0].endswith("_slopes")}


# Among finite floats none is special to them. Nor need derivatives of fused operations tell what they do not look at.
EXCEPTIONS = {"isfinite", "isinf", "isnan", "equal", "not_equal", "logical_or"}


def _depends(primitive: Any, arguments: Any, params: Any, place: int, expected: Any) -> bool:
    rng = np.random.default_rng(0)
    for other in (np.zeros_like(arguments[place]), rng.normal(size=arguments[place].shape) * 3):
        given = [other.astype(a.dtype) if i == place else a for i, a in enumerate(arguments)]
        with np.errstate(all="ignore"):
            try:
                found = _tuple(primitive.compute(*given, **params))
            except Exception:
                return True
        if not all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(found, expected, strict=True)):
            return True
    return False


def test_constants_are_numbers_that_are_the_same_everywhere() -> None:
    assert constant_of(2.0) == 2.0 and constant_of(np.full((2, 3), 5)) == 5
    assert constant_of(np.array([1.0, 2.0])) is None and constant_of(np.zeros(0)) is None
