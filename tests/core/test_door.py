"""The door: what is refused, how errors are explained, that scopes are restored and that nothing grows."""

from __future__ import annotations

import gc
import threading
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import ops
from hybrid.core.context import CALL, SCOPE, call_scope, scope
from hybrid.core.door import convert, is_symbolic
from hybrid.core.node import placeholder
from hybrid.core.state import StateScope
from hybrid.core.tensor import wrap
from hybrid.core.trace import trace
from hybrid.errors import DTypeError, FrozenValueError, ShapeError

_SPEC = hybrid.TensorSpec((None, 3))


def test_value_computed_from_a_variable_cannot_be_frozen_into_a_graph() -> None:
    v, x = hybrid.Variable(np.ones(3, "float32")), placeholder(_SPEC)
    with pytest.raises(FrozenValueError) as caught:
        x * (v * 2.0)
    for words in ("multiply", "computed from a Variable", "inside the call of a layer", "test_door.py:"):
        assert words in str(caught.value)
    assert (x * (v * 2.0).numpy()).shape == (None, 3)
    assert (x * v).shape == (None, 3)


def test_eager_error_is_the_recorded_error() -> None:
    messages = []
    for x in (hybrid.Tensor(np.ones((2, 3))), placeholder(hybrid.TensorSpec((2, 3), "float64"))):
        with pytest.raises(ShapeError) as caught:
            x + np.ones((2, 2))
        assert "op add, called at test_door.py:" in "".join(caught.value.__notes__)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_mask_survives_elementwise_operations_only() -> None:
    mask = hybrid.Tensor(np.array([True, False]))
    x = wrap(np.ones((2, 3)), mask)
    assert (x * 2.0).mask is mask and ops.tanh(x).mask is mask
    assert ops.sum(x, axis=0).mask is None and ops.transpose(x).mask is None


def test_masks_of_two_arguments_are_merged() -> None:
    x = wrap(np.ones((2, 3)), hybrid.Tensor(np.array([True, False])))
    y = wrap(np.ones((2, 3)), hybrid.Tensor(np.array([False, False])))
    assert (x + y).mask.numpy().tolist() == [True, False]


def test_variable_is_symbolic_inside_a_trace_only() -> None:
    v = hybrid.Variable(1.0)
    assert not is_symbolic(v)
    with trace():
        assert is_symbolic(v) and type(v + 1.0) is hybrid.SymbolicTensor
    assert type(v + 1.0) is hybrid.Tensor


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.0, "float32"),
        ([1.0, 2.0], "float32"),
        ([], "float32"),
        (np.float64(1.0), "float64"),
        (np.ones(2, "float16"), "float16"),
        (True, "bool"),
        ([[1, 2]], "int32"),
        (2**40, "int64"),
        ([hybrid.Tensor(1.0), hybrid.Tensor(2.0)], "float64"),
    ],
)
def test_conversion_gives_the_documented_dtype(value: Any, dtype: str) -> None:
    assert convert(value).dtype == dtype


@pytest.mark.parametrize("value", ["text", [1j], np.array(["a"]), object()])
def test_what_is_no_number_cannot_be_a_tensor(value: Any) -> None:
    with pytest.raises(DTypeError, match="Unsupported dtype"):
        convert(value)


def test_scopes_are_restored_when_an_exception_passes() -> None:
    before = SCOPE.get(), CALL.get()
    blocks = [hybrid.GradientTape, trace, lambda: scope(state=StateScope()), lambda: call_scope(training=True)]
    for block in blocks:
        with pytest.raises(KeyError), block():  # type: ignore[operator]
            assert (SCOPE.get(), CALL.get()) != before
            raise KeyError
        assert (SCOPE.get(), CALL.get()) == before


def test_scopes_belong_to_their_thread() -> None:
    seen: list[Any] = []
    with trace(), hybrid.GradientTape():
        thread = threading.Thread(target=lambda: seen.append((SCOPE.get().trace, SCOPE.get().tapes)))
        thread.start()
        thread.join()
        assert SCOPE.get().trace is not None
    assert seen == [(None, ())]


def test_threads_differentiate_independently() -> None:
    found: dict[int, float] = {}
    barrier = threading.Barrier(4)

    def work(number: int) -> None:
        v = hybrid.Variable(float(number))
        barrier.wait()
        with hybrid.GradientTape() as tape:
            y = v * v
            for _ in range(200):
                y = y + v
        found[number] = float(tape.gradient(y, v))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: 2.0 * number + 200 for number in range(4)}


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def test_10_000_eager_operations_leave_nothing_behind() -> None:
    x, v = hybrid.Tensor(np.ones(3)), hybrid.Variable(np.ones(3))

    def loop(count: int) -> None:
        for _ in range(count):
            ops.tanh(x * v + 1.0)

    loop(100)
    before = _objects()
    loop(3_400)
    assert _objects() - before < 50


def test_tapes_and_recordings_leave_nothing_behind() -> None:
    v = hybrid.Variable(np.ones(3))

    def loop(count: int) -> None:
        for _ in range(count):
            with hybrid.GradientTape() as tape:
                y = ops.sum(v * v)
            tape.gradient(y, v)
            ops.tanh(placeholder(_SPEC)) + 1.0

    loop(20)
    before = _objects()
    loop(500)
    assert _objects() - before < 50
