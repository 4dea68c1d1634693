"""Several cells as one.

Floor 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import tree
from ...errors import ConfigError
from ..base.described import parameters
from ..base.layer import Layer
from .cell import Steps, steps_of, zero_states

__all__ = ["StackedRNNCells"]


class StackedRNNCells(Layer):
    """Cells one on top of another: the output of each is the input of the next.

    Args:
        cells: list of cells.

    Input: what the first cell takes, and a list with a list of states for every cell.
    Output: the last cell's output, and the new states in the same structure.

    Raises:
        ConfigError: if one is no cell.

    Example:
        >>> stack = StackedRNNCells([hybrid.layers.LSTMCell(4), hybrid.layers.GRUCell(5)])
        >>> hybrid.layers.RNN(stack)(np.ones((2, 6, 3))).shape
        (2, 5)
    """

    def __init__(self, cells: Sequence[Any], **kwargs: Any):
        super().__init__(**kwargs)
        cells = list(cells)
        if not cells:
            raise ConfigError("StackedRNNCells needs at least one cell.", fix="StackedRNNCells([LSTMCell(32)])")
        for cell in cells:
            check_cell(cell)
        self.cells = cells

    @property
    def state_size(self) -> list[Any]:
        """The cells' sizes of states."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """Size of the last cell's output."""
        return getattr(self.cells[-1], "output_size", None)

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return the cells' initial states."""
        return [zero_states(cell, batch_size) for cell in self.cells]

    def build(self, input_shape: Any) -> None:
        """Build the cells, each for the output of the one below it."""
        for cell in self.cells:
            build_cell(cell, input_shape)
            size = output_size(cell)
            if size is None:
                # A cell that does not say what it returns builds those above it by calling them.
                break
            input_shape = (input_shape[0], *size)
        self.built = True

    def begin(self, batch: Any, training: Any) -> Steps:
        """Begin a sequence with every cell: only the first one's input is known in advance."""
        all_steps = [steps_of(cell, batch, training) for cell in self.cells]

        def step(row: Any, states: Any) -> tuple[Any, Any]:
            output, new = row, []
            for index, (steps, state) in enumerate(zip(all_steps, states, strict=True)):
                output, changed = steps.step(steps.project(output) if index else output, state)
                new.append(list(changed) if isinstance(changed, tuple) else changed)
            return output, new

        def whole(inputs: Any, states: Any, mask: Any, every: bool) -> tuple[Any, list[Any]]:
            outputs, new = inputs, []
            for steps, state in zip(all_steps, states, strict=True):
                outputs, changed = steps.whole(outputs, state, mask, every or steps is not all_steps[-1])  # type: ignore[misc]
                new.append(changed)
            return outputs, new

        has_whole = all(steps.whole is not None for steps in all_steps)
        last = all_steps[-1].output_state
        below = sum(len(tree.flatten(cell.state_size)) for cell in self.cells[:-1]) if last is not None else 0
        output_state = None if last is None else below + last
        return Steps(all_steps[0].project, step, output_state, whole if has_whole else None)

    def call(self, inputs: Any, states: Any, training: bool | None = False) -> tuple[Any, Any]:
        """Compute one step of all cells."""
        output, new = inputs, []
        for cell, state in zip(self.cells, states, strict=True):
            output, changed = cell(output, state)
            new.append(changed if tree.is_nested(changed) else [changed])
        return output, new


def check_cell(cell: Any) -> None:
    """Raise unless something is a cell.

    Raises:
        ConfigError: if it lacks `call` or `state_size`.
    """
    for needed in ("call", "state_size"):
        if not hasattr(cell, needed):
            raise ConfigError(
                f"{cell!r} is no recurrent cell: it has no '{needed}'.",
                why="a cell has call(inputs, states) -> (output, states) and an attribute state_size",
                fix="pass a cell such as LSTMCell(32), or define both in your class",
            )


def output_size(cell: Any) -> tuple[int, ...] | None:
    """Return the shape of one output of a cell, without the batch; `None` if it does not say."""
    size = getattr(cell, "output_size", None)
    if isinstance(size, int):
        return (size,)
    if isinstance(size, (tuple, list)) and all(isinstance(each, int) for each in size):
        return tuple(size)
    return None


def build_cell(cell: Any, input_shape: Any) -> None:
    """Build a cell whose `build` takes the shape of its inputs; others are built when they are called."""
    if cell.built or len(parameters(type(cell).build)) != 1:
        return
    cell.build(input_shape)
    cell.built = True
