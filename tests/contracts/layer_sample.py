"""What the files of `layer_samples` are written with: one file per family of layers, each with a list `SAMPLES`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from hybrid import layers


class Sample(NamedTuple):
    """One layer and one call of it."""

    class_name: str
    label: str
    make: Callable[[], Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    # Laws that cannot hold for this sample.
    except_for: Sequence[str]

    @property
    def id(self) -> str:
        return f"{self.class_name}-{self.label}"


def sample(
    class_name: str,
    *args: Any,
    label: str = "plain",
    call: dict[str, Any] | None = None,
    except_for: Sequence[str] = (),
    **options: Any,
) -> Sample:
    """A sample of the class of that name, made with `options` and called on `args`.

    Options that are functions without a name of their own are called when the layer is made: inner layers must be new.
    """

    def make() -> Any:
        given = {key: value() if isinstance(value, Fresh) else value for key, value in options.items()}
        return getattr(layers, class_name)(**given)

    return Sample(class_name, label, make, args, call or {}, except_for)


class Fresh:
    """An argument that is made anew for every layer."""

    def __init__(self, make: Callable[[], Any]):
        self.make = make

    def __call__(self) -> Any:
        return self.make()


def real(*shape: int, seed: int = 0) -> np.ndarray:
    """Distinct floats between -2 and 2, none near 0 and no two close: no kink is near."""
    count = int(np.prod(shape))
    grid = np.linspace(0.1, 2.0, count) * np.where(np.arange(count) % 2, 1.0, -1.0)
    return np.random.default_rng(seed + 17 * count).permutation(grid).reshape(shape).astype("float32")


def whole(*shape: int, high: int, seed: int = 0) -> np.ndarray:
    """Ints from 0 on, less than `high`."""
    return np.random.default_rng(seed).integers(0, high, shape).astype("int32")
