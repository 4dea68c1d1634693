"""What recurrent layers as single operations have in common.

Floor 5. Sequences have the axis of time first. The definition of each operation is a scan of a step written in ops; on
arrays it is a loop of NumPy calls, forwards and backwards. A step multiplies one matrix, the recurrent kernel, the
kernel and the bias one above the other, by one *row*: the state before the step, its input, and a one. So the
derivatives of all three are a single product, of all rows and all slopes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.spec import TensorSpec
from ..errors import ShapeError
from .definition import floats
from .loops import scan
from .selection import where
from .shaping import expand_dims

__all__: list[str] = []


def sizes_of(name: str, gates: int, *arguments: Any) -> tuple[Any, Any, Any, Any]:
    """Return the numbers of steps, samples, features and units; `None` for those that are not known.

    Args:
        name: of the operation.
        gates: number of gates.
        arguments: specs or arrays: sequences, kernel, recurrent kernel, bias (with more axes before its last one if
            there are several), first states, and the mask if there is one.

    Raises:
        ShapeError: if the shapes do not fit together.
    """
    axes: list[tuple[str, ...]] = [("time", "batch", "features"), ("features", "width"), ("units", "width")]
    axes.append(("biases", "width")[-len(arguments[3].shape) :])
    axes += [("time", "batch") if each.dtype.kind == "b" else ("batch", "units") for each in arguments[4:]]
    known: dict[str, int] = {}
    fits = True
    for argument, names in zip(arguments, axes, strict=True):
        fits = fits and len(argument.shape) == len(names)
        for axis, size in zip(names, argument.shape, strict=False):
            fits = fits and (size is None or known.setdefault(axis, size) == size)
    width = known.get("width")
    if width is not None:
        fits = fits and known.setdefault("units", width // gates) * gates == width
    if not fits:
        raise ShapeError(
            f"The arguments of {name} do not fit together: {', '.join(str(list(each.shape)) for each in arguments)}.",
            why=f"they are sequences [time, batch, features], kernel [features, {gates} * units], recurrent kernel "
            f"[units, {gates} * units], bias, first states [batch, units], and perhaps a mask [time, batch]",
            fix="give all of them the same numbers of steps, samples, features and units",
        )
    return known.get("time"), known.get("batch"), known.get("features"), known.get("units")


def samples_of(gates: int, states: int, biases: tuple[int, ...] = ()) -> Callable[[np.random.Generator], list[Any]]:
    """Return samples of an operation: with and without a mask, with all outputs and with the last."""

    def samples(rng: np.random.Generator) -> list[Any]:
        found: list[Any] = []
        for time, every, masked in ((4, True, False), (3, False, False), (4, True, True), (3, False, True)):
            batch, features, units = 3, 2, 2
            shapes = [(time, batch, features), (features, gates * units), (units, gates * units)]
            shapes += [(*biases, gates * units), *[(batch, units)] * states]
            arguments = [floats(rng, *shape, low=0.1, high=1.0) for shape in shapes]
            mask = [rng.uniform(size=(time, batch)) < 0.6] if masked else []
            found.append(((*arguments, *mask), {"every": every}))
        return found

    return samples


# -- definitions: written in ops ---------------------------------------------------------------------------------------


def scanned(step: Callable[..., Any], x: Any, states: Sequence[Any], mask: Any, every: bool) -> tuple[Any, ...]:
    """Carry states through sequences by a step; return outputs of all steps (none unless `every`), and last states.

    Args:
        step: from an input and the states to new states, of which the first is the output.
        x: sequences, or what the step receives of them.
        states: before the first step.
        mask: bool `[time, batch]`, or `None`.
        every: whether the outputs of all steps are returned.
    """

    def advance(carry: Any, inputs: Any) -> tuple[Any, Any]:
        row, is_real = inputs
        new = step(row, *carry)
        if is_real is not None:
            chosen = expand_dims(is_real, -1)
            new = [where(chosen, value, old) for value, old in zip(new, carry, strict=True)]
        return new, new[0]

    last, outputs = scan(advance, list(states), (x, mask))
    return (outputs if every else outputs[:0], *last)


# -- on arrays ---------------------------------------------------------------------------------------------------------


def infer_common(dtype: Any, sizes: tuple[Any, Any, Any, Any], every: bool) -> tuple[list[TensorSpec], TensorSpec]:
    """Return the specs of the outputs (of all steps, and the last), and of the rows."""
    time, batch, features, units = sizes
    width = None if features is None or units is None else units + features + 1
    outputs = [TensorSpec.of((time if every else 0, batch, units), dtype), TensorSpec.of((batch, units), dtype)]
    return outputs, TensorSpec.of((None if time is None else time + 1, batch, width), dtype)


def rows_of(x: Any, h: Any) -> Any:
    """Return the rows `[time + 1, batch, units + features + 1]` with the first state; others follow step by step."""
    (time, batch, features), units = x.shape, h.shape[1]
    rows = np.zeros((time + 1, batch, units + features + 1), x.dtype)
    rows[0, :, :units] = h
    rows[:-1, :, units:-1] = x
    rows[:, :, -1] = 1
    return rows


def chosen(mask: Any, time: int, new: Any, old: Any) -> Any:
    """Return what holds after a step: the new array for real samples, the old one for others."""
    return new if mask is None else np.where(mask[time][:, None], new, old)


def weight_slopes(rows: Any, slopes: Any) -> Any:
    """Return the derivative of the matrix that rows were multiplied by, from the slopes `[time, batch, columns]`."""
    return rows[:-1].reshape(-1, rows.shape[-1]).T @ slopes.reshape(-1, slopes.shape[-1])
