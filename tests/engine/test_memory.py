"""What is said of steps and memory holds for every sample of every primitive."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid.engine.memory import use_of
from tests.contracts.test_primitives import _cases, _sample, _tuple
from tests.engine.kernels.test_kernels import step_of


@pytest.mark.parametrize("case", _cases())
def test_results_share_memory_only_where_that_is_said(case: Any) -> None:
    primitive, arguments, params = _sample(case)
    step = step_of(primitive, arguments, params)
    use = use_of(step)
    compute = use.kernel.run if use.kernel is not None else primitive.compute
    with np.errstate(all="ignore"):
        found = _tuple(compute(*arguments, **({} if use.kernel is not None else params)))
    arrays = [argument for argument in arguments if isinstance(argument, np.ndarray)]
    results = [result for result in found if isinstance(result, np.ndarray)]
    if not use.shows:
        assert not any(np.may_share_memory(result, array) for result in results for array in arrays)
        assert not any(np.may_share_memory(a, b) for n, a in enumerate(results) for b in results[n + 1 :])


@pytest.mark.parametrize("case", _cases())
def test_element_wise_steps_may_write_over_an_argument(case: Any) -> None:
    primitive, arguments, params = _sample(case)
    use = use_of(step_of(primitive, arguments, params))
    if not use.elementwise:
        return
    compute = primitive.compute if use.kernel is None else use.kernel.run
    with np.errstate(all="ignore"):
        expected = primitive.compute(*arguments, **params)
        for place in use.over[0]:
            mine = [np.array(a) if isinstance(a, np.ndarray) else a for a in arguments]
            over = mine[place]
            if (
                isinstance(over, np.ndarray)
                and over.shape == expected.shape
                and over.dtype == expected.dtype
                and over.ndim
            ):
                np.testing.assert_array_equal(compute(*mine, out=over), expected)


@pytest.mark.parametrize("case", _cases())
def test_methods_do_what_their_primitives_do(case: Any) -> None:
    primitive, arguments, params = _sample(case)
    use = use_of(step_of(primitive, arguments, params))
    if use.method is not None:
        found = eval(f"x.{use.method}", {"x": arguments[0]})  # noqa: S307 - our own text
        expected = primitive.compute(*arguments, **params)
        assert found.shape == expected.shape
        np.testing.assert_array_equal(found, expected)
