"""Pooling and its derivatives: a few images at a time, divided over the cores.

Floor 7.
"""

from __future__ import annotations

from ..program import Step
from .images import by_images
from .registry import Kernel, kernel

__all__: list[str] = []


@kernel("max_pool")
@kernel("max_pool_put")
@kernel("max_pool_pick")
@kernel("average_pool")
@kernel("average_pool_spread")
def _by_images(step: Step) -> Kernel | None:
    return by_images(step, range(len(step.arguments)))
