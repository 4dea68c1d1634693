"""The recurrent layer: it carries the states of a cell along a sequence.

Floor 8. All steps are a single operation where the cell has one, else a loop, `ops.scan`: a recorded call is one node
whatever the number of steps, which may be unknown.
"""

from __future__ import annotations

from typing import Any

from ... import ops, tree
from ...core.spec import TensorSpec, same_size
from ...core.trace import trace_function
from ...core.variable import Variable
from ...errors import ConfigError, ShapeError, StructureError
from ..base.described import map_shapes
from ..base.input_spec import InputSpec
from ..base.layer import Layer
from .cell import Steps, steps_of, zero_states
from .stacked import StackedRNNCells, build_cell, check_cell

__all__ = ["RNN"]


class RNN(Layer):
    """A recurrent layer around any cell.

    Args:
        cell: a layer with `call(inputs, states) -> (output, states)` and `state_size` (an int, or a list of them), and
            optionally `output_size` and `get_initial_state(batch_size=None)`; or a list of cells, which are stacked.
        return_sequences: whether all outputs are returned rather than the last.
        return_state: whether the last states are returned, too.
        go_backwards: whether the sequence is gone through from its end; outputs are in the order of computation.
        stateful: whether a batch starts with the states that the one before ended with.
        unroll: whether a recorded loop holds every step; what is no loop but a single operation stays one.
        zero_output_for_mask: whether the output is zero at masked steps, rather than the one before.

    Variables: those of the cell.

    Input: `[batch, time, ...]`, or a structure of them for a cell that takes one; optionally `mask`, bool
    `[batch, time]` (at masked steps the states stay as they are), and `initial_state`, a list of states.
    Output: what the cell returns at the last step, or stacked along axis 1 with `return_sequences`; with `return_state`
    followed by the last states.

    Raises:
        ConfigError: if `cell` is no cell, or a stateful layer does not know the size of the batch.

    Example:
        >>> class Running(hybrid.Layer):
        ...     state_size = 3
        ...     def call(self, inputs, states):
        ...         total = states[0] + inputs
        ...         return total, [total]
        >>> RNN(Running())(np.ones((2, 5, 3))).numpy()[0]
        array([5., 5., 5.], dtype=float32)
    """

    # The states of a stateful layer are not weights, as in Keras: neither trained, nor counted, nor saved.
    _untracked = Layer._untracked | {"states"}

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        check_cell(cell)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        self.states: Any = None

    # -- states -------------------------------------------------------------------------------------------------------

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build the cell, and the states of a stateful layer."""
        build_cell(self.cell, map_shapes(lambda shape: (shape[0], *shape[2:]), sequences_shape))
        if self.input_spec is not None:
            self.input_spec = InputSpec(ndim=3, axes={-1: sequences_shape[-1]})
        if self.stateful:
            sizes: list[Any] = []
            map_shapes(lambda shape: sizes.append(shape[0]), sequences_shape)
            if sizes[0] is None:
                raise ConfigError(
                    f"The stateful layer {self._description} does not know the size of the batch.",
                    why="it keeps one state for every sample of a batch",
                    fix="give it in Input(shape, batch_size=...)",
                )
            self.states = tree.map_structure(
                lambda value: Variable(value, trainable=False, name="rnn_state"), self.get_initial_state(int(sizes[0]))
            )
        self.built = True

    def get_initial_state(self, batch_size: Any) -> Any:
        """Return the states that a sequence starts with if nothing else is said, for a number of samples."""
        return zero_states(self.cell, batch_size)

    def reset_state(self) -> None:
        """Forget the states that the last batch of a stateful layer ended with."""
        if self.states is not None:
            flat = tree.flatten(self.states)
            initial = tree.flatten(self.get_initial_state(flat[0].shape[0]))
            for variable, value in zip(flat, initial, strict=True):
                variable.assign(value)

    reset_states = reset_state

    def _first_states(self, given: Any, batch: Any) -> Any:
        if given is None:
            if not self.stateful:
                return self.get_initial_state(batch)
            kept = self.states
            size = tree.flatten(kept)[0].shape[0]
            if isinstance(batch, int) and batch != size:
                raise ShapeError(
                    f"The stateful layer {self._description} received {batch} samples but keeps states of {size}.",
                    why="its states belong to the samples of the batch before",
                    fix=f"pass batches of {size} samples, or use stateful=False",
                )
            return tree.map_structure(lambda variable: variable.value, kept)
        wanted, flat = self.get_initial_state(batch), tree.flatten(given)
        if len(flat) != len(tree.flatten(wanted)):
            raise StructureError(
                f"{self._description} received {len(flat)} initial states but needs {len(tree.flatten(wanted))}.",
                fix="pass one for every state of the cell",
            )
        return tree.unflatten(wanted, flat)

    # -- calling ------------------------------------------------------------------------------------------------------

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool | None = False) -> Any:
        """Carry the states of the cell along the sequences."""
        mask = next((each for each in tree.flatten(mask) if each is not None), None)
        first = tree.flatten(sequences)[0]
        if mask is not None:
            self._check_mask(tuple(mask.shape), tuple(first.shape))
        batch = ops.shape(first)[0]
        states = self._first_states(initial_state, batch)
        steps = steps_of(self.cell, batch, training)
        sequences = _mapped(self._in_order, sequences)
        mask = None if mask is None else self._in_order(ops.cast(mask, "bool"))
        if steps.whole is not None:
            output, states = self._whole(steps, sequences, states, mask)
        elif mask is None:
            output, states = self._scan(steps, steps.project(sequences), states)
        else:
            output, states = self._scan_masked(steps, steps.project(sequences), states, mask, batch)
        if self.stateful:
            for variable, value in zip(tree.flatten(self.states), tree.flatten(states), strict=True):
                variable.assign(value)
        return (output, *states) if self.return_state else output

    def _check_mask(self, mask: tuple[Any, ...], sequences: tuple[Any, ...]) -> None:
        if len(mask) != 2 or not all(map(same_size, mask, sequences[:2])):
            raise ShapeError(
                f"{self._description} received a mask of shape {list(mask)} for sequences of shape {list(sequences)}.",
                why="the mask says which steps of which samples are real",
                fix="pass a bool mask [batch, time]",
            )

    def _in_order(self, x: Any) -> Any:
        """Return the steps along the first axis, in the order of computation."""
        x = _swapped(x)
        return ops.flip(x, axis=0) if self.go_backwards else x

    def _whole(self, steps: Any, sequences: Any, states: Any, mask: Any) -> tuple[Any, Any]:
        outputs, states = steps.whole(sequences, states, mask, self.return_sequences)
        output = outputs if self.return_sequences else tree.flatten(states)[steps.output_state]
        if mask is not None:
            # There is no output before the first real step. After it, masked steps show the last one, or nothing.
            shown = mask if self.zero_output_for_mask else ops.cumsum(ops.cast(mask, "int32"), axis=0) > 0
            output = ops.where(ops.expand_dims(shown if self.return_sequences else shown[-1], -1), output, 0.0)
        return _swapped(output) if self.return_sequences else output, states

    def _scan(self, steps: Steps, rows: Any, states: Any) -> tuple[Any, Any]:
        pack, is_last_state = _packer(states), steps.output_state is not None and not self.return_sequences

        def advance(carry: Any, row: Any) -> tuple[Any, Any]:
            output, new = steps.step(row, pack(carry))
            return tree.flatten(new), None if is_last_state else output

        flat, outputs = ops.scan(advance, tree.flatten(states), rows, unroll=self.unroll or 1)
        last = flat[steps.output_state] if is_last_state else self._returned(outputs)
        return last, pack(flat)

    def _scan_masked(self, steps: Steps, rows: Any, states: Any, mask: Any, batch: Any) -> tuple[Any, Any]:
        pack = _packer(states)
        previous = None if self.zero_output_for_mask else _empty_output(steps, rows, states, batch)

        def advance(carry: Any, inputs: Any) -> tuple[Any, Any]:
            (flat, before), (row, is_real) = carry, inputs
            output, new = steps.step(row, pack(flat))
            old_output = _mapped(ops.zeros_like, output) if before is None else before
            output = _mapped(lambda value, old: _chosen(is_real, value, old), output, old_output)
            kept = [_chosen(is_real, value, old) for value, old in zip(tree.flatten(new), flat, strict=True)]
            return (kept, None if before is None else output), output

        start = (tree.flatten(states), previous)
        (flat, _), outputs = ops.scan(advance, start, (rows, mask), unroll=self.unroll or 1)
        return self._returned(outputs), pack(flat)

    def _returned(self, outputs: Any) -> Any:
        return _mapped(_swapped if self.return_sequences else lambda x: x[-1], outputs)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the mask of the sequence for outputs at every step, else none; states have none."""
        mask = next((each for each in tree.flatten(previous_mask) if each is not None), None)
        output_mask = mask if self.return_sequences else None
        if not self.return_state:
            return output_mask
        return [output_mask, *(None for _ in tree.flatten(self.cell.state_size))]


def _mapped(function: Any, *structures: Any) -> Any:
    """Apply a function to a tensor, or to each of a structure."""
    if not tree.is_nested(structures[0]):
        return function(*structures)
    return tree.map_structure(function, *structures)


def _swapped(x: Any) -> Any:
    return ops.transpose(x, (1, 0, *range(2, len(x.shape))))


def _packer(states: Any) -> Any:
    """Return a function from flat states to their structure."""
    if type(states) is list and not any(map(tree.is_nested, states)):
        return list
    return lambda flat: tree.unflatten(states, flat)


def _chosen(is_real: Any, value: Any, old: Any) -> Any:
    """Return the value for real samples, the old one for others."""
    for _ in range(len(value.shape) - 1):
        is_real = ops.expand_dims(is_real, -1)
    return ops.where(is_real, value, old)


def _empty_output(steps: Steps, rows: Any, states: Any, batch: Any) -> Any:
    """Return zeros of the shapes that a step returns."""
    if steps.output_state is not None:
        return ops.zeros_like(tree.flatten(states)[steps.output_state])
    flat_rows, flat_states = tree.flatten(rows), tree.flatten(states)

    def output(*leaves: Any) -> Any:
        row = tree.unflatten(rows, leaves[: len(flat_rows)]) if tree.is_nested(rows) else leaves[0]
        return steps.step(row, tree.unflatten(states, leaves[len(flat_rows) :]))[0]

    specs = [TensorSpec.of(tuple(x.shape[1:]), x.dtype) for x in flat_rows]
    traced = trace_function(output, [*specs, *(TensorSpec.of(tuple(x.shape), x.dtype) for x in flat_states)])
    zeros = [ops.zeros((batch, *spec.shape[1:]), dtype=spec.dtype) for spec in traced.output_specs]
    return tree.unflatten(traced.structure, zeros) if tree.is_nested(traced.structure) else zeros[0]
