"""Arrays that Variables give up: used again only if nobody can see them."""

from __future__ import annotations

import numpy as np
import pytest

from hybrid import Variable
from hybrid.core import replaced
from hybrid.core.column import Column
from hybrid.core.replaced import array_of, freed
from hybrid.core.tensor import wrap


def test_array_that_somebody_holds_is_not_freed() -> None:
    array = np.ones(3)
    view = array[1:]
    assert freed([array]) is None
    box = [array]
    del array
    assert freed(box) is None  # by its view
    del view
    assert freed(box) is not None


def test_tensor_that_somebody_holds_hands_out_no_array() -> None:
    tensor = wrap(np.ones(3))
    assert array_of([tensor]) == [None]
    box = [tensor]
    del tensor
    assert freed(array_of(box)) is not None


def test_view_is_not_freed_nor_what_cannot_be_written() -> None:
    assert freed([np.ones((3, 2)).T]) is None
    fixed = np.ones(3)
    fixed.flags.writeable = False
    box = [fixed]
    del fixed
    assert freed(box) is None
    assert freed([None]) is None


def test_nothing_is_freed_where_counts_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaced, "_COUNTS", None)
    assert freed([np.ones(3)]) is None


def test_column_gives_back_the_vector_that_nobody_sees_any_more() -> None:
    variables = [Variable(np.zeros(2)), Variable(np.ones(3))]
    for give in (Column(variables).hold, Column(variables).write):
        give(np.arange(5.0))
        kept = variables[0].value
        assert give(np.arange(5.0) + 1.0) is None  # a part of it is seen
        assert float(kept[1]) == 1.0 and float(variables[0].value[1]) == 2.0
        assert give(np.arange(5.0) + 2.0) is not None
