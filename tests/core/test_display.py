"""What tensors and Variables show in a notebook."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from hybrid import Variable, grad, ops
from hybrid.core.tensor import Tensor


@pytest.mark.parametrize(
    "value", [np.float32(2.5), np.zeros((0, 3)), np.eye(3), np.array(["<b>", "&"]), np.ones((99, 99, 3))]
)
def test_tensor_shows_type_and_few_values(value: np.ndarray) -> None:
    tensor = Tensor(value)
    text = tensor._repr_html_()
    words = "".join(ElementTree.fromstring(text).itertext())
    assert words.startswith(f"Tensor {tensor.spec}")
    assert len(text) < 2000


def test_values_that_are_no_numbers_yet_are_shown_all_the_same() -> None:
    text = Tensor(np.array([np.nan, np.inf, -np.inf]))._repr_html_()
    assert "nan  inf -inf" in text


def test_variable_shows_its_path() -> None:
    variable = Variable([1.0, 2.0], name="<v>", trainable=False)
    text = variable._repr_html_()
    assert "&lt;v&gt;, float32 [2], not trainable" in text and "[1. 2.]" in text


def test_variable_inside_a_trace_has_no_values_to_show() -> None:
    variable = Variable([1.0, 2.0], name="v")
    seen = []

    def loss(x: object) -> object:
        seen.append(variable._repr_html_())
        return ops.sum(variable * x)

    grad(loss)(np.ones(2, "float32"))
    assert "float32 [2]" in seen[0]
