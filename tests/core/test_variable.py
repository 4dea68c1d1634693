"""Variables: assignment, identity, copies, and what they are inside a trace or a state scope."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import ops
from hybrid.core.context import scope
from hybrid.core.node import placeholder
from hybrid.core.state import StateScope
from hybrid.core.trace import trace
from hybrid.errors import PlaceholderError, ShapeError, WeightMismatchError


def test_assignments_replace_add_and_subtract() -> None:
    v = hybrid.Variable(np.zeros(2))
    assert v.assign([1.0, 2.0]).numpy().tolist() == [1.0, 2.0]
    v.assign_add([1.0, 1.0])
    v.assign_sub(hybrid.Tensor(np.array([0.5, 0.0])))
    assert v.numpy().tolist() == [1.5, 3.0]


def test_assignment_casts_and_does_not_share() -> None:
    v, source = hybrid.Variable(np.zeros(2, "float32")), np.ones(2)
    v.assign(source)
    source[:] = 7.0
    assert v.dtype == np.float32 and v.numpy().tolist() == [1.0, 1.0]
    v.numpy()[:] = 9.0
    assert v.numpy().tolist() == [1.0, 1.0]


def test_wrong_shape_leaves_the_value_alone() -> None:
    v = hybrid.Variable(np.zeros(2), name="bias")
    with pytest.raises(WeightMismatchError, match=r"'bias' has shape \[2\].*\[3\]"):
        v.assign(np.ones(3))
    assert v.numpy().tolist() == [0.0, 0.0]


def test_symbolic_value_cannot_be_assigned_outside_a_trace() -> None:
    v = hybrid.Variable(np.zeros(2))
    with pytest.raises(PlaceholderError, match="cannot be assigned a symbolic tensor"):
        v.assign(placeholder(hybrid.TensorSpec((2,))))


def test_assignment_inside_a_trace_is_collected() -> None:
    v = hybrid.Variable(np.zeros(2))
    with trace() as current:
        v.assign_add(np.ones(2))
        assert type(v.value) is hybrid.SymbolicTensor
    assert [variable for variable, _ in current.updates] == [v] and v.numpy().tolist() == [0.0, 0.0]


def test_state_scope_stands_in_for_the_value() -> None:
    v = hybrid.Variable(np.zeros(2))
    state = StateScope([(v, hybrid.Tensor(np.ones(2)))])
    with scope(state=state):
        assert (v + 1.0).numpy().tolist() == [2.0, 2.0]
        v.assign_add(np.ones(2))
    assert v.numpy().tolist() == [0.0, 0.0] and state.get(v).numpy().tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    ("initial", "dtype"), [(1.0, "float32"), (1, "int32"), (True, "bool"), (np.ones(2), "float64"), ([1.0], "float32")]
)
def test_default_dtype_is_that_of_the_initial_value(initial: Any, dtype: str) -> None:
    assert hybrid.Variable(initial).dtype == dtype


def test_initializer_is_called_with_shape_and_dtype() -> None:
    v = hybrid.Variable(lambda shape, dtype: np.full(shape, 3.0, dtype), shape=(2,), dtype="float64")
    assert v.numpy().tolist() == [3.0, 3.0] and v.dtype == np.float64


@pytest.mark.parametrize("shape", [None, (None, 2)])
def test_initializer_needs_a_known_shape(shape: Any) -> None:
    with pytest.raises(ShapeError, match="shape"):
        hybrid.Variable(lambda shape, dtype: np.zeros(shape), shape=shape)


def test_initial_value_must_have_the_shape() -> None:
    with pytest.raises(ShapeError, match=r"\[3\], not \[2\]"):
        hybrid.Variable(np.zeros(3), shape=(2,))


@pytest.mark.parametrize("again", [lambda v: pickle.loads(pickle.dumps(v)), copy.deepcopy])
def test_copy_is_a_variable_of_its_own(again: Any) -> None:
    v = hybrid.Variable(np.ones(2), name="kernel", trainable=False)
    twin = again(v)
    twin.assign([5.0, 5.0])
    assert (twin.name, twin.trainable, v.numpy().tolist()) == ("kernel", False, [1.0, 1.0])


def test_variable_can_be_a_key() -> None:
    v, w = hybrid.Variable(1.0), hybrid.Variable(1.0)
    assert len({v, w}) == 2 and {v: "v"}[v] == "v"


def test_variable_is_a_number_and_an_array() -> None:
    v = hybrid.Variable(2.0)
    assert (float(v), int(v), bool(v), v.item()) == (2.0, 2, True, 2.0)
    assert np.asarray(hybrid.Variable(np.ones(2))).tolist() == [1.0, 1.0]
    assert [float(each) for each in hybrid.Variable(np.arange(3.0))] == [0.0, 1.0, 2.0]
    assert ops.sum(hybrid.Variable(np.ones((2, 3)))[0]).item() == 3.0
