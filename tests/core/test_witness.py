"""Who is told what happens while something is recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import GradientTape, Input, errors, layers
from hybrid.core.context import outside, scope
from hybrid.core.trace import trace
from hybrid.core.witness import Witness, present_witness


class Listing(Witness):
    """Lists what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def creates(self, composite: Any) -> None:
        self.told.append(f"creates {type(composite).__name__}")

    def builds(self, composite: Any) -> None:
        self.told.append(f"builds {composite.name}")

    def calls(self, composite: Any) -> None:
        self.told.append(f"calls {composite.name}")

    def notes(self, node: Any) -> None:
        self.told.append(f"notes {node.operation.name}")


def test_witness_is_told_in_order() -> None:
    witness = Listing()
    with scope(witness=witness):
        layer = layers.Dense(2, kernel_initializer="zeros", name="d")
        with trace() as current:
            layer(current.placeholder(Input((3,)).spec))
    told = [each for each in witness.told if "Input" not in each]
    assert told == ["creates Dense", "builds d", "calls d", "notes affine"]


def test_witness_stays_outside_of_traces_and_ends_with_its_scope() -> None:
    witness = Witness()
    with scope(witness=witness), trace(), outside():
        assert present_witness() is witness
    assert present_witness() is None


def test_witness_answers_for_what_fails() -> None:
    class Answering(Witness):
        def operation_fails(self, error: Any, operation: Any, arguments: Any) -> Any:
            return operation.name

        def call_fails(self, error: Any, composite: Any, args: Any, kwargs: Any) -> Any:
            return composite.name

    x, y = Input((3,)), Input((4,))
    with scope(witness=Answering()):
        assert x + y == "add"
        assert layers.Dense(2, name="d")(np.ones(3)) == "d"
    with scope(witness=Witness()), pytest.raises(errors.ShapeError):
        x + y


def test_witness_sees_what_is_done_under_a_tape() -> None:
    witness = Listing()
    with scope(witness=witness), GradientTape():
        assert present_witness() is witness
        layers.Dense(2, name="d")
    assert witness.told == ["creates Dense"]
