"""Laws of every public op: called eagerly, recorded, and with unknown sizes it gives the same; NumPy agrees.

The calls are in `op_samples`, one file per module of `hybrid.ops`; a public op without an entry fails.
"""

from __future__ import annotations

import importlib
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import ops, tree
from hybrid.core.graph import Graph
from hybrid.core.node import placeholder
from hybrid.errors import ShapeError
from tests.contracts.samples import Call

_MODULES = [
    importlib.import_module(f"tests.contracts.op_samples.{path.stem}")
    for path in sorted((Path(__file__).parent / "op_samples").glob("*.py"))
]
SAMPLES: dict[str, list[Call]] = {name: calls for module in _MODULES for name, calls in module.SAMPLES.items()}


def _marked(mark: str) -> set[str]:
    return {name for module in _MODULES for name in getattr(module, mark, ())}


# The public functions of ops and, as "image.resize", of the namespaces in it.
PUBLIC = [
    public
    for name in ops.__all__
    for public in (
        [f"{name}.{inner}" for inner in getattr(ops, name).__all__]
        if isinstance(getattr(ops, name), ModuleType)
        else [name]
    )
]
UNLIKE_NUMPY, NEEDS_SIZES, UNTRACEABLE = map(_marked, ("UNLIKE_NUMPY", "NEEDS_SIZES", "UNTRACEABLE"))


def _cases(*, without: set[str] = frozenset()) -> list[Any]:  # type: ignore[assignment]
    return [
        pytest.param(name, sample, id=f"{name}-{index}")
        for name, samples in sorted(SAMPLES.items())
        if name not in without
        for index, sample in enumerate(samples)
    ]


def _op(name: str) -> Any:
    return attrgetter(name)(ops)


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, np.ndarray)


def _with_arrays(sample: Call, change: Any) -> Call:
    """Put something else in the place of every array of a call."""
    args, kwargs = tree.map_structure(lambda leaf: change(leaf) if _is_array(leaf) else leaf, tuple(sample))
    return Call(tuple(args), kwargs)


def _cast(sample: Call, dtype: str) -> Call:
    return _with_arrays(sample, lambda array: array.astype(dtype) if array.dtype == np.float64 else array)


def _eager(name: str, sample: Call) -> list[Any]:
    args, kwargs = _with_arrays(sample, hybrid.Tensor)
    return tree.flatten(_op(name)(*args, **kwargs))


def _values(leaf: Any) -> Any:
    return leaf.numpy() if ops.is_tensor(leaf) else np.asarray(leaf)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_op_has_samples(name: str) -> None:
    assert SAMPLES.get(name), f"add calls of ops.{name} to tests/contracts/op_samples"


def test_samples_are_of_public_ops() -> None:
    assert set(SAMPLES) <= set(PUBLIC)


@pytest.mark.parametrize(("name", "sample"), _cases())
def test_arrays_and_tensors_give_the_same(name: str, sample: Call) -> None:
    if name == "is_tensor":
        assert not ops.is_tensor(sample.args[0])
        return
    from_arrays = tree.flatten(_op(name)(*sample.args, **sample.kwargs))
    for one, other in zip(from_arrays, _eager(name, sample), strict=True):
        assert type(one) is type(other)
        assert np.array_equal(_values(one), _values(other), equal_nan=_values(one).dtype.kind == "f")


def _record(name: str, sample: Call, *, unknown: bool) -> tuple[list[Any], list[Any], list[Any]]:
    """Call an op on placeholders; returns them, the arrays they stand for, and the flat result."""
    inputs: list[Any] = []
    arrays: list[Any] = []

    def stand_in(array: Any) -> Any:
        shape = (None, *array.shape[1:]) if unknown and array.ndim else array.shape
        inputs.append(placeholder(hybrid.TensorSpec(shape, array.dtype)))
        arrays.append(array)
        return inputs[-1]

    args, kwargs = _with_arrays(sample, stand_in)
    return inputs, arrays, tree.flatten(_op(name)(*args, **kwargs))


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("unknown", [False, True], ids=["known", "unknown"])
@pytest.mark.parametrize(("name", "sample"), _cases(without=UNTRACEABLE))
def test_recorded_call_gives_the_eager_result(name: str, sample: Call, unknown: bool, dtype: str) -> None:
    sample = _cast(sample, dtype)
    try:
        expected = _eager(name, sample)
    except TypeError:
        # NumPy's linear algebra and SciPy do not compute in float16.
        assert dtype == "float16"
        return
    try:
        inputs, arrays, outputs = _record(name, sample, unknown=unknown)
    except ShapeError:
        assert unknown and name in NEEDS_SIZES
        return
    for output, eager in zip(outputs, expected, strict=True):
        if type(output) is hybrid.SymbolicTensor:
            value = _values(eager)
            promised = output.spec
            assert promised.dtype == value.dtype or not ops.is_tensor(eager)
            assert hybrid.TensorSpec(promised.shape, value.dtype).accepts(hybrid.TensorSpec(value.shape, value.dtype))
    replayed = Graph(inputs, [o if ops.is_tensor(o) else hybrid.Tensor(o) for o in outputs]).replay(arrays)
    for value, eager in zip(replayed, expected, strict=True):
        assert np.array_equal(_values(value), _values(eager), equal_nan=_values(eager).dtype.kind == "f")


def _numpy_function(name: str) -> Any:
    return getattr(np, name, None) or getattr(np.linalg, name, None)


@pytest.mark.parametrize(
    ("name", "sample"),
    [case for case in _cases(without=UNLIKE_NUMPY | UNTRACEABLE) if _numpy_function(case.values[0]) is not None],
)
def test_result_agrees_with_numpy(name: str, sample: Call) -> None:
    expected = tree.flatten(_numpy_function(name)(*sample.args, **sample.kwargs))
    for value, wanted in zip(_eager(name, sample), expected, strict=True):
        found = _values(value)
        assert found.shape == np.shape(wanted)
        digits = min(
            15 if kind.kind != "f" else np.finfo(kind).precision for kind in (found.dtype, np.asarray(wanted).dtype)
        )
        rtol = 10.0 ** (1 - digits)
        np.testing.assert_allclose(found, np.asarray(wanted), rtol=rtol, atol=rtol)
