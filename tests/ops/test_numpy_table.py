"""NumPy's functions on our tensors: handled, or refused with what to use instead; nothing is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid.core.graph import Graph
from hybrid.core.node import placeholder
from hybrid.core.operators import FUNCTIONS, REFUSED, UFUNCS
from hybrid.errors import UnsupportedOpError

_DISPATCHED = type(np.sum)


def _public_functions() -> dict[str, Any]:
    """List what NumPy hands to our tensors: its ufuncs and the functions that ask `__array_function__`."""
    found: dict[str, Any] = {}
    for module, prefix in ((np, ""), (np.linalg, "linalg.")):
        for name in dir(module):
            value = getattr(module, name)
            if not name.startswith("_") and isinstance(value, _DISPATCHED | np.ufunc):
                found[prefix + name] = value
    return found


@pytest.mark.parametrize("name", _public_functions())
def test_function_is_handled_or_refused(name: str) -> None:
    function = _public_functions()[name]
    table = UFUNCS if isinstance(function, np.ufunc) else FUNCTIONS
    assert (function in table) != (function in REFUSED)


@pytest.mark.parametrize("name", [n for n, f in _public_functions().items() if f in REFUSED])
def test_refused_function_raises_and_says_what_to_use(name: str) -> None:
    function = _public_functions()[name]
    x = hybrid.Tensor(np.ones((2, 2)))
    count = function.nin if isinstance(function, np.ufunc) else 1
    try:
        function(*[x] * count)
    except UnsupportedOpError as error:
        assert f"np.{function.__name__} cannot take a hybrid tensor" in str(error) and REFUSED[function] in str(error)
    except TypeError:
        # It needs more arguments than one; the protocol is asked directly.
        with pytest.raises(UnsupportedOpError, match="cannot take a hybrid tensor"):
            x.__array_function__(function, (), (x,), {})


_CALLS: dict[str, Any] = {
    "sum axis by position": lambda x: np.sum(x, 0),
    "sum keepdims": lambda x: np.sum(x, axis=1, keepdims=True),
    "sum dtype": lambda x: np.sum(x, dtype="float64"),
    "prod": lambda x: np.prod(x, axis=0),
    "mean": lambda x: np.mean(x, 1),
    "max": lambda x: np.max(x, axis=0, initial=0.7),
    "min": lambda x: np.min(x),
    "std ddof": lambda x: np.std(x, axis=0, ddof=1),
    "var keepdims": lambda x: np.var(x, axis=(0, 1), keepdims=True),
    "argmax": lambda x: np.argmax(x, axis=1),
    "argmin": lambda x: np.argmin(x),
    "cumsum": lambda x: np.cumsum(x, axis=1),
    "sort": lambda x: np.sort(x, axis=0),
    "argsort": lambda x: np.argsort(x, kind="stable"),
    "dot": lambda x: np.dot(x, x.T),
    "tensordot": lambda x: np.tensordot(x, x, axes=([1], [1])),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, x),
    "outer": lambda x: np.outer(x, x),
    "reshape": lambda x: np.reshape(x, (3, 2)),
    "transpose": lambda x: np.transpose(x),
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "moveaxis": lambda x: np.moveaxis(x, 0, 1),
    "expand_dims": lambda x: np.expand_dims(x, 1),
    "squeeze": lambda x: np.squeeze(x[None]),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 2, 3)),
    "concatenate": lambda x: np.concatenate([x, x], axis=1),
    "stack": lambda x: np.stack([x, x]),
    "split": lambda x: np.split(x, 3, axis=1)[1],
    "tile": lambda x: np.tile(x, (2, 1)),
    "repeat": lambda x: np.repeat(x, 2, axis=0),
    "pad": lambda x: np.pad(x, ((1, 0), (0, 2)), constant_values=3.0),
    "pad reflect": lambda x: np.pad(x, 1, mode="reflect"),
    "flip": lambda x: np.flip(x, axis=1),
    "roll": lambda x: np.roll(x, 1),
    "where": lambda x: np.where(x > 0, x, 0.0),
    "take": lambda x: np.take(x, [2, 0], axis=1),
    "take_along_axis": lambda x: np.take_along_axis(x, np.array([[1], [2]]), axis=1),
    "zeros_like": lambda x: np.zeros_like(x) + x,
    "ones_like": lambda x: np.ones_like(x, dtype="float32") + x,
    "full_like": lambda x: np.full_like(x, 7.0) * x,
    "norm": lambda x: np.linalg.norm(x),
    "norm axis": lambda x: np.linalg.norm(x, ord=1, axis=1),
    "norm matrix": lambda x: np.linalg.norm(x, ord=np.inf, axis=(1, 0)),
    "clip": lambda x: np.clip(x, -0.5, 0.5),
    "clip keywords": lambda x: np.clip(x, a_min=0.0, a_max=None),
    "add.reduce": lambda x: np.add.reduce(x),
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=1, keepdims=True),
    "multiply dtype": lambda x: np.multiply(x, x, dtype="float32"),
    "arithmetic": lambda x: np.tanh(x) @ x.T + np.where(x[:, :2] > 0, x[:, :2], 0),
    "exp log": lambda x: np.log(np.exp(x) + np.square(x)) - np.expm1(x) + np.log1p(np.abs(x)),
    "angles": lambda x: np.arctan2(np.sin(x), np.cos(x) + 2.0) + np.sqrt(x * x + 1.0),
    "bounds": lambda x: np.maximum(x, 0.1) + np.minimum(x, 0.2) + np.power(np.abs(x), 1.5) + np.sign(x) + np.floor(x),
    "logic": lambda x: np.logical_and(np.isfinite(x), np.greater(x, 0.0)),
    "atleast_3d": lambda x: np.atleast_3d(x),
    "broadcast_arrays": lambda x: np.broadcast_arrays(x, x[:1])[1],
    "meshgrid": lambda x: np.meshgrid(x[0], x[1])[0],
    "linspace": lambda x: np.linspace(x[0], x[1], 4),
    "average": lambda x: np.average(x, axis=0, weights=np.array([1.0, 3.0])),
    "median": lambda x: np.median(x, axis=1),
    "diff": lambda x: np.diff(x, axis=1),
    "trace": lambda x: np.trace(x),
    "cross": lambda x: np.cross(x[0], x[1]),
    "ptp": lambda x: np.ptp(x, axis=0),
}


@pytest.mark.parametrize("case", _CALLS)
def test_numpy_call_runs_records_and_differentiates(case: str) -> None:
    call = _CALLS[case]
    array = np.array([[0.9, -0.4, 0.3], [-0.8, 0.55, 0.15]])
    expected = np.asarray(call(array))
    x = hybrid.Tensor(array)
    result = call(x)
    assert type(result) is hybrid.Tensor and result.shape == expected.shape
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-6)
    symbol = placeholder(hybrid.TensorSpec((2, 3), "float64"))
    recorded = call(symbol)
    assert recorded.spec.accepts(result.spec)
    (replayed,) = Graph([symbol], [recorded]).replay([array])
    assert np.array_equal(replayed.numpy(), result.numpy())
    if expected.dtype.kind == "f":
        with hybrid.GradientTape() as tape:
            tape.watch(x)
            total = np.sum(call(x) * 1.5)
        gradient = tape.gradient(total, x)
        step = 1e-6 * np.array([[1.0, -0.7, 0.6], [0.9, 0.8, -1.1]])
        slope = 1.5 * (np.sum(call(array + step)) - np.sum(call(array - step))) / 2e-6
        rtol = 1e-4 if expected.dtype == np.float64 else 0.2
        np.testing.assert_allclose(np.sum(gradient.numpy() * step) / 1e-6, slope, rtol=rtol, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda x: np.sum(x, where=np.array([True, False])), "where"),
        (lambda x: np.add(x, 1.0, where=np.array([True, False])), "where"),
        (lambda x: np.add(x, 1.0, casting="unsafe"), "casting"),
        (lambda x: np.add.reduce(x, initial=3.0), "initial"),
        (lambda x: np.sort(x, order="name"), "order"),
        (lambda x: np.sum(x, out=np.zeros(())), "out"),
        (lambda x: np.einsum("i->", x, dtype="float64"), "dtype"),
        (lambda x: np.reshape(x, (2, 1), order="F"), "order"),
    ],
)
def test_argument_without_counterpart_is_refused_by_name(call: Any, argument: str) -> None:
    with pytest.raises(UnsupportedOpError, match=f"'{argument}'"):
        call(hybrid.Tensor(np.ones(2)))


def test_out_is_refused() -> None:
    target = np.ones(2)
    with pytest.raises(UnsupportedOpError, match="cannot write a hybrid tensor into an array"):
        target += hybrid.Tensor(np.ones(2))
    with pytest.raises(UnsupportedOpError, match="cannot write"):
        np.add(hybrid.Tensor(np.ones(2)), 1.0, out=target)
    assert target.tolist() == [1.0, 1.0]


def test_unknown_argument_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="axes"):
        np.sum(hybrid.Tensor(np.ones(2)), axes=0)  # type: ignore[call-overload]


def test_shape_functions_work_on_placeholders() -> None:
    x = placeholder(hybrid.TensorSpec((None, 3)))
    assert np.ndim(x) == 2
    assert np.shape(x)[1] == 3 and np.size(x, 1) == 3
    (count,) = Graph([x], [np.size(x)]).replay([np.ones((5, 3))])
    assert int(count) == 15
