"""The words in which a case is written: plain data that real Keras and hybrid can both interpret.

A case names objects by their Keras path (`Make("layers.Dense", units=3)`) and arrays by how they are drawn
(`real((2, 3))`). This module knows nothing of any framework: `data.py` turns array specifications into values and
`runner.py` turns `Make` into objects of the framework it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class Make:
    """An object to construct, by its path below the framework's top module, or a plain reference to what lies there.

    Args:
        path: for example `"layers.Dense"`.
        arguments: positional arguments; may hold further `Make`, `Reference` and array specifications.
        keywords: keyword arguments, likewise.

    Example:
        >>> Make("layers.Dense", units=3)
        layers.Dense(units=3)
    """

    def __init__(self, path: str, *arguments: Any, **keywords: Any) -> None:
        self.path = path
        self.arguments = arguments
        self.keywords = keywords

    def __repr__(self) -> str:
        parts = [repr(value) for value in self.arguments]
        parts += [f"{key}={value!r}" for key, value in self.keywords.items()]
        return f"{self.path}({', '.join(parts)})"


@dataclass(frozen=True)
class Reference:
    """Something that lies at a path of the framework and is used as it is, such as a function."""

    path: str


@dataclass(frozen=True)
class Body:
    """A function written here, for operations that take functions: `build` makes it with the framework's top module."""

    build: Callable[[Any], Callable[..., Any]]


@dataclass(frozen=True)
class Array:
    """How an array is drawn: `kind` is a key of `data.DRAW`, `parameters` belong to that kind."""

    shape: tuple[int, ...]
    kind: str
    dtype: str
    parameters: tuple[Any, ...] = ()

    @property
    def differentiable(self) -> bool:
        return self.dtype.startswith("float")


def real(shape: tuple[int, ...], *, low: float = -1.0, high: float = 1.0) -> Array:
    return Array(shape, "uniform", "float32", (low, high))


def whole(shape: tuple[int, ...], *, low: int = 0, high: int, dtype: str = "int32") -> Array:
    """Integers from `low` up to but without `high`."""
    return Array(shape, "integers", dtype, (low, high))


def boolean(shape: tuple[int, ...]) -> Array:
    return Array(shape, "boolean", "bool")


def padding_mask(shape: tuple[int, int]) -> Array:
    """True up to a random length of at least one in every row, then False."""
    return Array(shape, "padding_mask", "bool")


def probabilities(shape: tuple[int, ...]) -> Array:
    """Positive numbers that sum to one over the last axis."""
    return Array(shape, "probabilities", "float32")


def one_hot(shape: tuple[int, ...]) -> Array:
    return Array(shape, "one_hot", "float32")


def distinct(shape: tuple[int, ...]) -> Array:
    """A shuffled, evenly spaced range between -0.8 and 1.2: no ties, so sorts and maxima have one answer."""
    return Array(shape, "distinct", "float32")


def fixed(values: Any, *, dtype: str = "float32") -> Array:
    """Exactly these values, as nested lists."""
    shape: list[int] = []
    level = values
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0] if level else None
    return Array(tuple(shape), "fixed", dtype, (_frozen(values),))


def _frozen(values: Any) -> Any:
    return tuple(_frozen(value) for value in values) if isinstance(values, list) else values


@dataclass(frozen=True)
class Tolerance:
    """The largest error allowed, relative to the largest magnitude of the reference array, and why it is not 1e-5."""

    relative: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """What every kind of case has: a unique name and, where the house bound is too narrow, a wider one."""

    name: str
    tolerance: Tolerance | None = None


@dataclass(frozen=True, kw_only=True)
class LayerCase(Case):
    """A layer with given weights, called on given inputs.

    Attributes:
        layer: the layer to make.
        inputs: positional arguments of the call: array specifications, also in lists, tuples and dicts.
        keywords: further arguments of the call.
        mask: the mask of the first input, given to the call and to `compute_mask`.
        call_mask: whether the call takes the mask; if not, only `compute_mask` is compared.
    """

    layer: Make
    inputs: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)
    mask: Any = None
    call_mask: bool = True


@dataclass(frozen=True, kw_only=True)
class CallCase(Case):
    """A function (`Reference`) or callable object (`Make`) called on given arguments.

    Attributes:
        differentiate: positions of the arguments whose gradients are compared.
        exact_dtype: whether the outputs have exactly the dtype of the reference, int32 apart from int64 too.
    """

    function: Make | Reference | Body
    arguments: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)
    differentiate: tuple[int, ...] = ()
    exact_dtype: bool = False


@dataclass(frozen=True, kw_only=True)
class SampleCase(Case):
    """Something random: compared by statistics of one large draw, within sampling error.

    Attributes:
        tails: how far minimum and maximum may differ, relative to the larger magnitude of the two (unbounded
            distributions vary there); None leaves them out.
        gram: whether `xᵀx` or, for a wide matrix, `xxᵀ` is fixed and is compared by value.
    """

    function: Make | Reference
    arguments: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)
    tails: float | None = 0.01
    gram: bool = False


@dataclass(frozen=True, kw_only=True)
class MetricCase(Case):
    """A metric that is given several batches: `(arguments, sample weight or None)` each."""

    metric: Make
    batches: tuple[tuple[tuple[Any, ...], Any], ...]


@dataclass(frozen=True, kw_only=True)
class OptimizerCase(Case):
    """An optimizer that takes six steps on two variables with gradients drawn between -1 and 1, times `scale`."""

    optimizer: Make
    scale: float = 1.0
    steps: int = 6


@dataclass(frozen=True, kw_only=True)
class ScheduleCase(Case):
    """A learning-rate schedule and the steps at which it is asked."""

    schedule: Make
    steps: tuple[int, ...]


@dataclass(frozen=True)
class Node:
    """One call in a functional model: the layer (or the key of the node whose layer is shared) and its arguments."""

    key: str
    layer: Make | str
    arguments: Any
    keywords: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """A functional model: `inputs` maps keys to `(shape, dtype)`; `nodes` are in order.

    `call_with` and `outputs` are structures of keys: what the model takes and gives.
    """

    inputs: dict[str, tuple[tuple[int | None, ...], str]]
    nodes: tuple[Node, ...]
    call_with: Any
    outputs: Any


@dataclass(frozen=True)
class Chain:
    """A Sequential model; the input shape is given unless it is None."""

    input_shape: tuple[int | None, ...] | None
    layers: tuple[Make, ...]
    dtype: str = "float32"


@dataclass(frozen=True, kw_only=True)
class ModelCase(Case):
    """A model with given weights: its facts, its outputs and gradients, and perhaps a training.

    Attributes:
        model: the model to build.
        inputs: what it is called on, in the structure that the model takes.
        targets: what it is trained towards; None for a model that is only looked at.
        compile: arguments of `compile`.
        fit: arguments of `fit` besides data; `shuffle` is always False.
        evaluate: arguments of `evaluate` besides data.
        names: whether automatic layer names are compared.
    """

    model: Graph | Chain
    inputs: Any
    targets: Any = None
    compile: dict[str, Any] = field(default_factory=dict)
    fit: dict[str, Any] = field(default_factory=dict)
    evaluate: dict[str, Any] = field(default_factory=dict)
    names: bool = True
