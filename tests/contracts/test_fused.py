"""Laws of every fused operation: it computes, and its derivatives are, what its composition of ops says.

A new `Fused` entry is tested as soon as it is in the registry.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Tensor
from hybrid.core.door import apply
from hybrid.core.graph import Graph
from hybrid.core.node import placeholder
from hybrid.core.primitive import PRIMITIVES
from hybrid.ops.fused import Fused
from tests.contracts.test_primitives import _cases, _is_float, _sample, _tuple

CASES = [param for param in _cases() if isinstance(PRIMITIVES[param.values[0][0]], Fused)]


def both(case: Any) -> tuple[Any, Any, list[Any]]:
    """Return a fused operation and its composition as functions of tensors, and the tensors."""
    primitive, arguments, params = _sample(case)
    assert isinstance(primitive, Fused)
    tensors = [Tensor(a) if isinstance(a, np.ndarray) else a for a in arguments]
    return (
        lambda *xs: _tuple(apply(primitive, *xs, **params))[: primitive.returned],
        lambda *xs: _tuple(primitive.plain.run(*xs, **params)),
        tensors,
    )


def sources(case: Any, tensors: list[Any]) -> list[Any]:
    constant = PRIMITIVES[case[0]].constant  # type: ignore[attr-defined]
    return [x for place, x in enumerate(tensors) if place not in constant and _is_float(getattr(x, "_value", None))]


def weighted(outputs: Any, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return sum(hybrid.ops.sum(y * rng.normal(size=y.shape)) for y in outputs)


def assert_close(first: Any, second: Any) -> None:
    for one, other in zip(first, second, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("case", CASES)
def test_computes_what_its_composition_computes(case: Any) -> None:
    fused, plain, tensors = both(case)
    assert_close(fused(*tensors), plain(*tensors))


@pytest.mark.parametrize("case", CASES)
def test_derivatives_are_those_of_the_composition(case: Any) -> None:
    slopes, curvatures = [], []
    for function in both(case)[:2]:
        tensors = both(case)[2]
        wanted = sources(case, tensors)
        with hybrid.GradientTape() as outer:
            outer.watch(wanted)
            with hybrid.GradientTape() as inner:
                inner.watch(wanted)
                value = weighted(function(*tensors), 0)
            first = inner.gradient(value, wanted, unconnected_gradients="zero")
            total = weighted(first, 1)
        slopes.append(first)
        curvatures.append(outer.gradient(total, wanted, unconnected_gradients="zero"))
    assert_close(*slopes)
    assert_close(*curvatures)


@pytest.mark.parametrize("case", CASES)
def test_recorded_gradient_is_the_eager_one(case: Any) -> None:
    fused, _, tensors = both(case)
    wanted = sources(case, tensors)
    places = [place for place, x in enumerate(tensors) if any(x is each for each in wanted)]

    with hybrid.GradientTape() as tape:
        tape.watch(wanted)
        value = weighted(fused(*tensors), 0)
    eager = tape.gradient(value, wanted, unconnected_gradients="zero")
    inputs = [placeholder(hybrid.TensorSpec(x.shape, x.dtype)) for x in wanted]
    with hybrid.GradientTape() as tape:
        tape.watch(inputs)
        given = list(tensors)
        for place, x in zip(places, inputs, strict=True):
            given[place] = x
        value = weighted(fused(*given), 0)
    recorded = Graph(inputs, tape.gradient(value, inputs, unconnected_gradients="zero"))
    assert_close([x.numpy() for x in recorded.replay([x.numpy() for x in wanted])], eager)


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_made_for_outputs_that_are_only_kept(case: Any) -> None:
    primitive, arguments, params = _sample(case)
    assert isinstance(primitive, Fused)
    inputs = [placeholder(hybrid.TensorSpec(a.shape, a.dtype)) for a in arguments if isinstance(a, np.ndarray)]
    with hybrid.GradientTape() as tape:
        tape.watch([x for x in inputs if x.dtype.kind == "f"])
        value = hybrid.ops.sum(_tuple(apply(primitive, *inputs, **params))[0])
    gradients = tape.gradient(value, inputs[:1], unconnected_gradients="zero")
    names = [node.operation.name for node in Graph(inputs, gradients).nodes]
    assert names.count("filled_like") <= primitive.returned
