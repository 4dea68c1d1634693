"""Tensors, placeholders and Variables behave as NumPy arrays do, in every mix; a placeholder says what it cannot do."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid.core.graph import Graph
from hybrid.core.node import placeholder
from hybrid.errors import OutOfRangeError, PlaceholderError, ShapeError, UnsupportedOpError

_A = np.array([[1.5, 2.0, 0.5], [3.0, 1.0, 2.5]])
_B = np.array([[2.0, 0.5, 3.0], [1.0, 4.0, 1.5]])
_OPERATORS = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lt", "le", "gt", "ge", "eq", "ne"]


def _kinds(array: Any) -> dict[str, Any]:
    return {
        "tensor": hybrid.Tensor(array),
        "variable": hybrid.Variable(array),
        "symbol": placeholder(hybrid.TensorSpec(array.shape, array.dtype)),
        "array": array,
        "scalar": 2.0,
    }


def _value(result: Any, left: Any, right: Any) -> Any:
    """Return the array of a result, replayed if it is symbolic."""
    if type(result) is not hybrid.SymbolicTensor:
        assert type(result) is hybrid.Tensor
        return result.numpy()
    pairs = [(s, a) for s, a in ((left, _A), (right, _B)) if type(s) is hybrid.SymbolicTensor]
    (output,) = Graph([s for s, _ in pairs], [result]).replay([a for _, a in pairs])
    return output.numpy()


@pytest.mark.parametrize("right", ["tensor", "variable", "symbol", "array", "scalar"])
@pytest.mark.parametrize("left", ["tensor", "variable", "symbol", "array", "scalar"])
@pytest.mark.parametrize("name", _OPERATORS)
def test_operator_agrees_with_numpy_in_every_mix(name: str, left: str, right: str) -> None:
    if {left, right} <= {"array", "scalar"}:
        left = "tensor"
    function = getattr(operator, name)
    one, other = _kinds(_A)[left], _kinds(_B)[right]
    expected = function(_A if left != "scalar" else 2.0, _B if right != "scalar" else 2.0)
    found = _value(function(one, other), one, other)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-15)


@pytest.mark.parametrize(
    "kinds", [("tensor", "array"), ("array", "tensor"), ("symbol", "array"), ("array", "variable")]
)
def test_matmul_works_in_both_orders(kinds: tuple[str, str]) -> None:
    one, other = _kinds(_A)[kinds[0]], _kinds(_B.T)[kinds[1]]
    result = one @ other
    if kinds[0] == "symbol":
        (result,) = Graph([one], [result]).replay([_A])
    np.testing.assert_allclose(result.numpy(), _A @ _B.T)


@pytest.mark.parametrize("function", [operator.neg, operator.pos, abs, round])
def test_unary_operator_agrees_with_numpy(function: Callable[[Any], Any]) -> None:
    expected = np.round(-_A) if function is round else function(-_A)
    assert np.array_equal(function(hybrid.Tensor(-_A)).numpy(), expected)


@pytest.mark.parametrize("name", ["and_", "or_", "xor", "lshift", "rshift"])
def test_integer_operator_agrees_with_numpy(name: str) -> None:
    a, b = np.array([5, 3, 12]), np.array([1, 2, 3])
    function = getattr(operator, name)
    assert np.array_equal(function(hybrid.Tensor(a), b).numpy(), function(a, b))
    assert np.array_equal(function(a, hybrid.Tensor(b)).numpy(), function(a, b))
    assert np.array_equal((~hybrid.Tensor(a)).numpy(), ~a)


_X = np.arange(60.0).reshape(3, 4, 5)
_KEYS: dict[str, Any] = {
    "int": 1,
    "negative int": -1,
    "numpy int": np.int64(2),
    "slice": slice(1, None),
    "step": (slice(None, None, 2), slice(None, None, -1)),
    "new": (None, 0, None),
    "ellipsis": (..., 2),
    "middle ellipsis": (0, ..., slice(1, 3)),
    "list": [0, 2],
    "array": np.array([[0, 1], [2, 2]]),
    "two arrays": (np.array([0, 2]), np.array([1, 3])),
    "apart": (np.array([0, 2]), slice(None), np.array([1, 4])),
    "array and int": (np.array([0, 2]), 1),
    "bool": _X[..., 0] > 20,
    "bool axis": np.array([True, False, True]),
    "bool and int": (np.array([True, False, True]), 1),
    "full": (2, 3, 4),
    "empty slice": slice(2, 1),
    "nothing": (),
}


@pytest.mark.parametrize("key", _KEYS)
def test_indexing_agrees_with_numpy(key: str) -> None:
    index, expected = _KEYS[key], _X[_KEYS[key]]
    assert np.array_equal(hybrid.Tensor(_X)[index].numpy(), expected)
    for shape in (_X.shape, (None, 4, 5), (None, None, None)):
        x = placeholder(hybrid.TensorSpec(shape, "float64"))
        (result,) = Graph([x], [x[index]]).replay([_X])
        assert x[index].spec.accepts(result.spec)
        assert np.array_equal(result.numpy(), expected)


@pytest.mark.parametrize("index", [3, -4, (0, 4), (0, 0, 0, 0)])
def test_index_out_of_range_fails_alike(index: Any) -> None:
    with pytest.raises(IndexError):
        _X[index]
    with pytest.raises(OutOfRangeError, match="out of range|too long"):
        hybrid.Tensor(_X)[index]
    with pytest.raises(OutOfRangeError, match="out of range|too long"):
        placeholder(hybrid.TensorSpec(_X.shape, "float64"))[index]


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (bool, ["bool()", "ops.where", "ops.cond"]),
        (int, ["int()", "ops.cast"]),
        (float, ["float()"]),
        (len, ["len()", "ops.shape(x)[0]"]),
        (iter, ["Iterating", "ops.scan"]),
        (range, ["range()", "ops.fori_loop"]),
        (np.asarray, ["NumPy array", "hybrid.ops"]),
        (lambda x: 1.0 in x, ["'in'", "ops.any"]),
        (lambda x: x.numpy(), ["numpy()"]),
        (lambda x: x.item(), ["item()"]),
    ],
)
def test_placeholder_without_value_says_what_to_write(attempt: Callable[[Any], Any], words: list[str]) -> None:
    x = placeholder(hybrid.TensorSpec((None, 3), name="image"))
    with pytest.raises(PlaceholderError) as caught:
        attempt(x)
    for word in [*words, "float32 [None, 3]", "image", "test_tensor.py:"]:
        assert word in str(caught.value)


def test_placeholder_of_known_size_can_be_iterated_over() -> None:
    rows = list(placeholder(hybrid.TensorSpec((2, 3))))
    assert [row.shape for row in rows] == [(3,), (3,)]
    assert len(placeholder(hybrid.TensorSpec((2, 3)))) == 2


def test_tensor_of_rank_zero_cannot_be_iterated_over() -> None:
    with pytest.raises(ShapeError, match="rank 0"):
        iter(hybrid.Tensor(1.0))


def test_tensor_is_a_number_where_it_has_one_element() -> None:
    t = hybrid.Tensor(np.array(3))
    assert (int(t), float(t), bool(t), t.item(), [0, 1, 2, 3][t], f"{hybrid.Tensor(1.5):.2f}") == (
        3,
        3.0,
        True,
        3,
        3,
        "1.50",
    )


def test_integer_with_float_keeps_the_float_dtype() -> None:
    x = hybrid.Tensor(np.ones(2, "float32"))
    assert (x + np.arange(2)).dtype == (np.arange(2) * x).dtype == (x + 1).dtype == (x * 2.5).dtype == np.float32


def test_in_place_write_into_an_array_is_refused() -> None:
    array = np.ones(2)
    with pytest.raises(UnsupportedOpError, match="write y = x \\+ t instead of x \\+= t"):
        array += hybrid.Tensor(np.ones(2))


def test_unpickled_tensor_has_the_same_dtype_object() -> None:
    tensor = hybrid.ops.convert_to_tensor([1.0, 2.0])
    assert pickle.loads(pickle.dumps(tensor.numpy())).dtype is not tensor.dtype, "else this test shows nothing"
    assert pickle.loads(pickle.dumps(tensor)).dtype is tensor.dtype


@pytest.mark.parametrize("again", [lambda t: pickle.loads(pickle.dumps(t)), copy.deepcopy])
def test_tensor_survives_pickle_and_deepcopy(again: Callable[[Any], Any]) -> None:
    t = hybrid.Tensor(_A)
    assert np.array_equal(again(t).numpy(), _A) and again(t) is not t


def test_methods_agree_with_numpy() -> None:
    t = hybrid.Tensor(_A)
    assert np.array_equal(t.T.numpy(), _A.T) and np.array_equal(t.reshape(3, 2).numpy(), _A.reshape(3, 2))
    assert float(t.sum()) == _A.sum() and np.allclose(t.std(axis=0).numpy(), _A.std(axis=0))
    assert t.astype("int32").dtype == np.int32 and np.array_equal(t.argmax(axis=1).numpy(), _A.argmax(axis=1))
    assert np.array_equal(t.sort(axis=1).numpy(), np.sort(_A, axis=1)) and t.transpose(1, 0).shape == (3, 2)
    assert np.array_equal(t.clip(1, 2).numpy(), _A.clip(1, 2)) and t.ravel().shape == (6,)
