"""What the built-in cells share: their arguments, their weights, and how a cell goes through a sequence.

Floor 8. A cell of ours divides a step in two: what depends on the input only (`project`), which is computed for a whole
sequence by one matrix product, and what depends on the states (`advance`). Dropout masks are drawn once per sequence. A
user's cell needs `call` only; `steps_of` gives both kinds one face.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ... import activations, constraints, initializers, ops, random, regularizers, tree
from ...core.spec import standardize_shape
from ...errors import ConfigError, ShapeError

__all__ = ["CellSteps", "Steps", "check_units", "copy_arguments", "steps_of", "zero_states"]


class Steps(NamedTuple):
    """How a cell goes through one sequence.

    Attributes:
        project: from inputs, with any axes before the last two, to what the step receives.
        step: from one projected input and the states to `(output, states)`.
        output_state: position among the flat states of the one that equals the output, if it is known.
        whole: all steps as a single operation, if there is one for the cell: from inputs `[time, batch, features]`,
            states, a mask `[time, batch]` or `None`, and whether the outputs of all steps are wanted, to these outputs
            and the last states; the last output is among these, as `output_state` says. What is masked keeps states.
    """

    project: Callable[[Any], Any]
    step: Callable[[Any, Any], tuple[Any, Any]]
    output_state: int | None
    whole: Callable[[Any, Any, Any, bool], tuple[Any, list[Any]]] | None = None


def steps_of(cell: Any, batch: Any, training: Any) -> Steps:
    """Return how a cell goes through a sequence.

    Args:
        cell: any cell; only our own, where no subclass overrides `call`, are divided.
        batch: number of samples, may be symbolic.
        training: whether dropout masks are drawn.
    """
    definer = next((cls for cls in type(cell).__mro__ if "begin" in vars(cls) or "call" in vars(cls)), None)
    if definer is not None and "begin" in vars(definer):
        return cell.begin(batch, training)

    def step(row: Any, states: Any) -> tuple[Any, Any]:
        output, new = cell(row, states)
        return output, new if tree.is_nested(new) else [new]

    return Steps(lambda inputs: inputs, step, None)


def zero_states(cell: Any, batch: Any) -> Any:
    """Return the states that a cell starts with: what its `get_initial_state` says, else zeros of its `state_size`."""
    own = getattr(cell, "get_initial_state", None)
    if own is not None:
        states = own(batch_size=batch)
        return states if tree.is_nested(states) else [states]
    sizes = cell.state_size if isinstance(cell.state_size, (list, tuple)) else [cell.state_size]
    shapes = [(batch, *size) if isinstance(size, (list, tuple)) else (batch, size) for size in sizes]
    return [ops.zeros(shape, dtype=cell.compute_dtype) for shape in shapes]


def check_units(owner: str, units: Any, *rates: float) -> None:
    """Raise unless a number of units and the dropout rates are legal.

    Raises:
        ConfigError: names the wrong one.
    """
    if not isinstance(units, int) or units < 1:
        raise ConfigError(f"{owner} needs a positive number of units, not {units!r}.", fix=f"{owner}(32)")
    for rate in rates:
        if not 0 <= rate < 1:
            raise ConfigError(f"{owner} needs dropout rates of at least 0 and less than 1, not {rate!r}.")


def copy_arguments(layer: Any, cell: Any, names: tuple[str, ...]) -> None:
    """Give a layer the attributes of its cell that its own constructor names."""
    for name in names:
        setattr(layer, name, getattr(cell, name))


class CellSteps:
    """Mixin of our cells: `call` and `begin`, made of `project` and `advance`.

    Subclasses set `gates` and `state_count`, and define `project(inputs)` and `advance(row, states, recurrent_mask)`;
    beside these `operation()`, where a single operation does the same for all steps.
    """

    gates = 1
    state_count = 1
    bias_initializer: Any

    def _store(
        self,
        units: int,
        activation: Any,
        use_bias: bool,
        kernel: tuple[Any, Any, Any],
        recurrent: tuple[Any, Any, Any],
        bias: tuple[Any, Any, Any],
        dropout: float,
        recurrent_dropout: float,
        seed: Any,
    ) -> None:
        """Store the arguments; weights come as (initializer, regularizer, constraint)."""
        check_units(type(self).__name__, units, dropout, recurrent_dropout)
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        for name, (initializer, regularizer, constraint) in (
            ("kernel", kernel),
            ("recurrent", recurrent),
            ("bias", bias),
        ):
            setattr(self, f"{name}_initializer", initializers.get(initializer))
            setattr(self, f"{name}_regularizer", regularizers.get(regularizer))
            setattr(self, f"{name}_constraint", constraints.get(constraint))
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.seed = seed
        if dropout or recurrent_dropout:
            self.seed_generator = random.SeedGenerator(seed)

    @property
    def state_size(self) -> Any:
        """Size of the state, or a list of sizes for several."""
        return self.units if self.state_count == 1 else [self.units] * self.state_count

    @property
    def output_size(self) -> int:
        """Size of the output."""
        return self.units

    def build(self, input_shape: Any) -> None:
        """Create the weights for the number of features."""
        features = standardize_shape(input_shape)[-1]
        if features is None:
            raise ShapeError(
                f"{self._description} cannot be built for inputs of shape {list(input_shape)}.",  # type: ignore[attr-defined]
                why="the kernel needs the size of the last axis",
                fix="give that size in Input(...), or reshape the input",
            )
        width = self.units * self.gates
        self.kernel = self._weight("kernel", (features, width), "kernel")
        self.recurrent_kernel = self._weight("recurrent_kernel", (self.units, width), "recurrent")
        self.bias = self._bias(width) if self.use_bias else None
        self.built = True

    def _bias(self, width: int) -> Any:
        return self._weight("bias", (width,), "bias")

    def _weight(self, name: str, shape: tuple[int, ...], role: str, initializer: Any = None) -> Any:
        return self.add_weight(  # type: ignore[attr-defined]
            name=name,
            shape=shape,
            initializer=initializer or getattr(self, f"{role}_initializer"),
            regularizer=getattr(self, f"{role}_regularizer"),
            constraint=getattr(self, f"{role}_constraint"),
        )

    def project(self, inputs: Any) -> Any:
        """Compute what depends on the inputs only, for `[..., batch, features]`."""
        projected = ops.matmul(inputs, self.kernel)
        return projected if self.bias is None else ops.add(projected, self.bias)

    def advance(self, row: Any, states: Any, recurrent_mask: Any) -> tuple[Any, Any]:
        """Compute `(output, states)` from a projected input and the states."""
        raise NotImplementedError

    def begin(self, batch: Any, training: Any) -> Steps:
        """Draw the dropout masks of one sequence; return how to go through it."""
        mask = self._drawn(batch, self.kernel.shape[0], self.dropout, training)
        recurrent_mask = self._drawn(batch, self.units, self.recurrent_dropout, training)
        dtype = self.dtype  # type: ignore[attr-defined]

        def received(inputs: Any) -> Any:
            inputs = inputs if inputs.dtype == dtype else ops.cast(inputs, dtype)
            return inputs if mask is None else ops.multiply(inputs, mask)

        return Steps(
            lambda inputs: self.project(received(inputs)),
            lambda row, states: self.advance(row, states, recurrent_mask),
            0,
            self._whole(received) if recurrent_mask is None else None,
        )

    def _whole(self, received: Callable[[Any], Any]) -> Any:
        """Return what does the work of `project` and `advance` for all steps; `None` if no operation does."""
        parts = ("project", "advance")
        definer = next(cls for cls in type(self).__mro__ if any(part in vars(cls) for part in parts))
        # A subclass that changes a part has no operation, unless it names one.
        operation = self.operation() if "operation" in vars(definer) else None
        if operation is None:
            return None

        def whole(inputs: Any, states: Any, mask: Any, every: bool) -> tuple[Any, list[Any]]:
            inputs = received(inputs)
            states = [ops.cast(state, inputs.dtype) for state in states]
            return operation(inputs, self.kernel, self.recurrent_kernel, self.bias, states, mask, every=every)

        return whole

    def operation(self) -> Any:
        """Return the operation of `ops` for all steps of a sequence, `None` if there is none for these arguments."""
        return None

    def _drawn(self, batch: Any, size: int, rate: float, training: Any) -> Any:
        if not training or not rate:
            return None
        ones = ops.ones((batch, size), dtype=self.dtype)  # type: ignore[attr-defined]
        return random.dropout(ones, rate, seed=self.seed_generator)

    def call(self, inputs: Any, states: Any, training: bool | None = False) -> tuple[Any, Any]:
        """Compute one step.

        Args:
            inputs: float `[batch, features]`.
            states: list of float `[batch, units]`.
            training: whether dropout is applied; masks are drawn anew in every call (an RNN draws them once).

        Returns:
            output `[batch, units]`, and the list of new states.
        """
        steps = self.begin(ops.shape(inputs)[0], training)
        return steps.step(steps.project(inputs), states if isinstance(states, (list, tuple)) else [states])

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return zeros `[batch_size, units]` for every state."""
        dtype = self.compute_dtype  # type: ignore[attr-defined]
        return [ops.zeros((batch_size, self.units), dtype=dtype) for _ in range(self.state_count)]
