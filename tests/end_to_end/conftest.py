"""The guides train models: their weights and their batches are the same every time."""

from __future__ import annotations

import pytest

import hybrid


@pytest.fixture(autouse=True)
def same_seed() -> None:
    hybrid.utils.set_random_seed(1)
