"""Laws of every primitive, generated from the registry: a new entry is tested as soon as it is there.

What `infer` promises is what `compute` gives; a recorded call replays to the same bits; derivatives agree with central
differences in float64 along random directions, to second order.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import ops
from hybrid.core.door import apply, convert_argument, spec_of
from hybrid.core.graph import Graph
from hybrid.core.node import placeholder
from hybrid.core.primitive import PRIMITIVES, Primitive

Case = tuple[str, int]


def samples_of(name: str) -> list[Any]:
    """Draw the samples of a primitive; the same ones in every process."""
    return PRIMITIVES[name].samples(np.random.default_rng(zlib.crc32(name.encode())))


def _cases() -> list[Any]:
    return [
        pytest.param((name, index), id=f"{name}-{index}")
        for name in sorted(PRIMITIVES)
        for index in range(len(samples_of(name)))
    ]


def _is_float(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.floating) and np.asarray(value).dtype.kind == "f"


def _stand_ins(primitive: Any, arguments: Any) -> list[Any]:
    """Put zeros for the arguments of which only shape and dtype count."""
    places = primitive.likes(len(arguments))
    return [
        np.zeros_like(a) if place in places and isinstance(a, np.ndarray) else a for place, a in enumerate(arguments)
    ]


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if type(value) is tuple else (value,)


def _sample(case: Case) -> tuple[Primitive, list[Any], dict[str, Any]]:
    name, index = case
    arguments, params = samples_of(name)[index]
    return PRIMITIVES[name], [np.asarray(a) if isinstance(a, np.generic) else a for a in arguments], params


def _cast(arguments: list[Any], dtype: str) -> list[Any]:
    return [a.astype(dtype) if _is_float(a) else a for a in arguments]


@pytest.mark.parametrize("name", sorted(PRIMITIVES))
def test_primitive_has_samples(name: str) -> None:
    assert samples_of(name)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", _cases())
def test_infer_promises_what_compute_gives(case: Case, dtype: str) -> None:
    primitive, arguments, params = _sample(case)
    arguments = _cast(arguments, dtype)
    outputs = _tuple(primitive.compute(*arguments, **params))
    specs = _tuple(primitive.infer(*[spec_of(convert_argument(a)) for a in arguments], **params))
    assert len(specs) == len(outputs)
    for spec, output in zip(specs, outputs, strict=True):
        assert spec.accepts(hybrid.TensorSpec(np.shape(output), np.asarray(output).dtype)), (spec, output)


@pytest.mark.parametrize("case", _cases())
def test_infer_with_unknown_sizes_claims_what_is_true(case: Case) -> None:
    primitive, arguments, params = _sample(case)
    outputs = _tuple(primitive.compute(*arguments, **params))
    specs = []
    for argument in arguments:
        spec = spec_of(convert_argument(argument))
        specs.append(hybrid.TensorSpec((None,) * spec.ndim, spec.dtype) if hasattr(spec, "shape") else spec)
    for spec, output in zip(_tuple(primitive.infer(*specs, **params)), outputs, strict=True):
        assert spec.accepts(hybrid.TensorSpec(np.shape(output), np.asarray(output).dtype)), (spec, output)


def _recorded(primitive: Primitive, arguments: list[Any], params: Any, *, unknown: bool) -> tuple[list[Any], Any]:
    """Record a call on placeholders for its array arguments."""
    inputs, given = [], []
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            shape = (None,) * argument.ndim if unknown else argument.shape
            argument = placeholder(hybrid.TensorSpec(shape, argument.dtype))
            inputs.append(argument)
        given.append(argument)
    return inputs, apply(primitive, *given, **params)


@pytest.mark.parametrize("unknown", [False, True], ids=["known", "unknown"])
@pytest.mark.parametrize("case", _cases())
def test_replay_gives_the_bits_of_the_eager_call(case: Case, unknown: bool) -> None:
    primitive, arguments, params = _sample(case)
    inputs, outputs = _recorded(primitive, arguments, params, unknown=unknown)
    arrays = [a for a in arguments if isinstance(a, np.ndarray)]
    if not inputs:
        pytest.fail("a sample needs at least one array argument")
    replayed = Graph(inputs, _tuple(outputs)).replay(arrays)
    eager = _tuple(
        apply(primitive, *[hybrid.Tensor(a) if isinstance(a, np.ndarray) else a for a in arguments], **params)
    )
    for one, other in zip(replayed, eager, strict=True):
        assert one.dtype == other.dtype and np.array_equal(one.numpy(), other.numpy(), equal_nan=one.dtype.kind == "f")


# -- derivatives -------------------------------------------------------------------------------------------------------


def _float_places(primitive: Primitive, arguments: list[Any]) -> list[int]:
    """List the arguments that have a derivative: float arrays for which there is a rule."""
    rules = primitive.vjp
    if rules is None:
        return []
    places = [i for i, a in enumerate(arguments) if _is_float(a) and a.size]
    return places if callable(rules) else [i for i in places if i < len(rules) and rules[i] is not None]


def _differentiable_cases() -> list[Any]:
    return [param for param in _cases() if _float_places(*_sample(param.values[0])[:2])]


def _direction(rng: np.random.Generator, like: Any) -> Any:
    """Draw a direction with entries bounded away from zero."""
    return rng.uniform(0.5, 1.5, np.shape(like)) * rng.choice([-1.0, 1.0], np.shape(like))


def _weighted(outputs: Any, weights: list[Any]) -> Any:
    """Weigh the float outputs and add them up."""
    floats = [output for output in _tuple(outputs) if output.dtype.kind == "f"]
    total: Any = 0.0
    for output, weight in zip(floats, weights, strict=True):
        total = total + ops.sum(output * weight)
    return total


def _pulled(function: Callable[[list[Any]], Any], points: list[Any]) -> list[Any]:
    """Return the gradients of a scalar function of several tensors as tensors."""
    with hybrid.GradientTape() as tape:
        tape.watch(points)
        value = function(points)
    return tape.gradient(value, points, unconnected_gradients="zero")


def _slope(function: Callable[[list[Any]], float], points: list[Any], directions: list[Any], step: float) -> float:
    """Return the central difference of a scalar function along a direction."""
    ahead = function([p + step * d for p, d in zip(points, directions, strict=True)])
    behind = function([p - step * d for p, d in zip(points, directions, strict=True)])
    return (ahead - behind) / (2 * step)


class _Scalar:
    """A primitive as a scalar function of its float arguments, weighted at random."""

    def __init__(self, case: Case):
        self.primitive, self.arguments, self.params = _sample(case)
        self.places = _float_places(self.primitive, self.arguments)
        self.points = [self.arguments[i] for i in self.places]
        self.rng = np.random.default_rng(zlib.crc32(repr(case).encode()))
        outputs = _tuple(self.primitive.compute(*self.arguments, **self.params))
        self.weights = [_direction(self.rng, output) for output in outputs if np.asarray(output).dtype.kind == "f"]

    def __call__(self, points: list[Any]) -> Any:
        arguments = list(self.arguments)
        for place, point in zip(self.places, points, strict=True):
            arguments[place] = point
        return _weighted(apply(self.primitive, *arguments, **self.params), self.weights)

    def gradients(self, points: list[Any]) -> list[Any]:
        return _pulled(self, [p if ops.is_tensor(p) else hybrid.Tensor(p) for p in points])


@pytest.mark.parametrize("case", _differentiable_cases())
def test_gradient_agrees_with_central_differences(case: Case) -> None:
    function = _Scalar(case)
    gradients = function.gradients(function.points)
    for index, (point, gradient) in enumerate(zip(function.points, gradients, strict=True)):
        assert gradient.shape == point.shape and gradient.dtype == point.dtype
        directions = [np.zeros_like(p) for p in function.points]
        directions[index] = _direction(function.rng, point)
        slope = _slope(lambda points: float(function(points)), function.points, directions, 1e-6)
        found = float(np.sum(gradient.numpy() * directions[index]))
        np.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("case", _differentiable_cases())
def test_second_derivative_agrees_with_central_differences(case: Case) -> None:
    function = _Scalar(case)
    directions = [_direction(function.rng, point) for point in function.points]

    def along(points: list[Any]) -> Any:
        total: Any = 0.0
        for gradient, direction in zip(function.gradients(points), directions, strict=True):
            total = total + ops.sum(gradient * direction)
        return total

    second = _pulled(along, [hybrid.Tensor(point) for point in function.points])
    others = [_direction(function.rng, point) for point in function.points]
    slope = _slope(lambda points: float(along(points)), function.points, others, 1e-5)
    found = sum(float(np.sum(gradient.numpy() * other)) for gradient, other in zip(second, others, strict=True))
    np.testing.assert_allclose(found, slope, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("unknown", [False, True], ids=["known", "unknown"])
@pytest.mark.parametrize("case", _differentiable_cases())
def test_recorded_gradient_is_the_eager_gradient(case: Case, unknown: bool) -> None:
    function = _Scalar(case)
    eager = function.gradients(function.points)
    symbols = [
        placeholder(hybrid.TensorSpec((None,) * point.ndim if unknown else point.shape, point.dtype))
        for point in function.points
    ]
    recorded = function.gradients(symbols)
    for symbol, gradient in zip(symbols, recorded, strict=True):
        assert gradient.ndim == symbol.ndim and gradient.dtype == symbol.dtype
    replayed = Graph(symbols, recorded).replay(function.points)
    for one, other in zip(replayed, eager, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-12, atol=1e-14)


def test_law_finds_a_wrong_derivative(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = [lambda g, y, x: ops.multiply(g, ops.sin(x))]
    monkeypatch.setattr(PRIMITIVES["sin"], "vjp", wrong)
    with pytest.raises(AssertionError):
        test_gradient_agrees_with_central_differences(("sin", 0))


def test_law_finds_a_wrong_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PRIMITIVES["sin"], "infer", lambda x: hybrid.TensorSpec((7,), x.dtype))
    with pytest.raises(AssertionError):
        test_infer_promises_what_compute_gives(("sin", 0), "float64")
