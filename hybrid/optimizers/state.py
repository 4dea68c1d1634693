"""What an optimizer owns: its variables, their names, their averages; how they are saved. Floor 8."""

from __future__ import annotations

import inspect
from collections.abc import MutableMapping, Sequence
from typing import Any

import numpy as np

from .. import initializers, ops
from ..configurable import Configurable
from ..core.context import CHANGES, SCOPE, Noticed, scope
from ..core.dtypes import INT32, standardize_dtype
from ..core.variable import Variable
from ..errors import ConfigError, NotBuiltError, PlaceholderError, WeightMismatchError
from ..naming import nearest, unique_name
from ..serialization import serialize_keras_object
from .schedules import LearningRateSchedule

__all__ = ["OptimizerState"]


class OptimizerState(Noticed, Configurable):
    """The variables of an optimizer.

    Args:
        learning_rate: number, schedule or function.
        name: first part of the variables' paths.
        gradient_accumulation_steps: number of calls of `apply` for one update.
    """

    use_ema = False
    ema_momentum = 0.99

    def __init__(self, learning_rate: Any, name: str, gradient_accumulation_steps: int | None):
        self.name = name
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.built = False
        self._variables: list[Variable] = []
        # Their names, so that each new one is compared with all at once.
        self._names: set[str] = set()
        self._trainable_variables: list[Variable] = []
        self._positions: dict[int, int] = {}
        self._slots: dict[str, list[Variable]] = {}
        self._shared: list[Variable] = []
        self._averages: list[Variable] = []
        self._unaveraged: list[Variable] = []
        self._finalized_at: Variable | None = None
        self._accumulators: list[Variable] = []
        self._accumulated_weight: Any = None
        self._accumulated_variables: list[Variable] = []
        self._exempt: list[Variable] = []
        self._exempt_names: list[str] = []
        self._iterations = self.add_variable((), dtype="int32", name="iteration")
        self._learning_rate = self._standardize_learning_rate(learning_rate)

    @property
    def path(self) -> str:
        """First part of the paths of the optimizer's variables."""
        return self.name

    # -- building ----------------------------------------------------------------------------------------------------

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the variables that the optimizer keeps for the given ones. Called by the first `apply`.

        Args:
            variables: all that will be updated.

        Raises:
            ConfigError: if one is given twice, or is no Variable.

        Example:
            >>> optimizer = hybrid.optimizers.Adam()
            >>> optimizer.build([hybrid.Variable(np.ones(2), name="kernel")])
            >>> [variable.name for variable in optimizer.variables]
            ['iteration', 'learning_rate', 'kernel_momentum', 'kernel_velocity']
        """
        if self.built:
            return
        variables = list(variables)
        _check_distinct(variables)
        self._trainable_variables = variables
        self._positions = {id(variable): position for position, variable in enumerate(variables)}
        # An optimizer that is built while something is recorded has values, not placeholders.
        with scope(trace=None, state=None, tapes=()):
            self._build_slots(variables)
        self.built = True

    def _build_slots(self, variables: list[Variable]) -> None:
        if self.use_ema:
            # From the values, not from zero: so an average is there before the first step, too.
            self._averages = [self._add_slot(variable, "average", variable.numpy()) for variable in variables]
            self._unaveraged = [self._add_slot(variable, "unaveraged", variable.numpy()) for variable in variables]
            self._finalized_at = self.add_variable((), -1, dtype="int64", name="finalized_at")
        if self.gradient_accumulation_steps:
            self._accumulators = self.add_optimizer_variables(variables, "gradient_accumulator")
            self._accumulated_weight = self.add_variable((), name="accumulated_weight")
        for name, initializer in self.slot_initializers().items():
            self._slots[name] = self.add_optimizer_variables(variables, name, initializer)
        for name, value in self.shared_initial_values().items():
            self._shared.append(self.add_variable((), value, dtype="float64", name=name))

    def slot_initializers(self) -> dict[str, Any]:
        """Return name and initializer of what is kept for every variable."""
        return {}

    def shared_initial_values(self) -> dict[str, float]:
        """Return name and initial value of the numbers that are kept for all variables together."""
        return {}

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Make a variable of the optimizer.

        Args:
            shape: of the variable.
            initializer: name of one, a function `(shape, dtype) -> value`, or the value.
            dtype: the default float by default.
            aggregation: accepted for Keras's sake.
            layout: accepted for Keras's sake.
            name: made unique among the optimizer's variables.
        """
        taken = self._names
        if len(taken) != len(self._variables):
            taken.clear()
            taken.update(variable.name for variable in self._variables)
        is_named = isinstance(initializer, (str, dict, type))
        variable = Variable(
            initializers.get(initializer) if is_named else initializer,
            shape=shape,
            dtype=standardize_dtype(dtype),
            trainable=False,
            aggregation=aggregation,
            name=unique_name(name or "variable", taken),
        )
        variable._own(self)
        self._variables.append(variable)
        taken.add(variable.name)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """Make a variable of the shape, dtype and name of another.

        Args:
            reference_variable: the other one.
            name: what is added to its path, as in `dense_kernel_momentum`.
            initializer: as in `add_variable`.
        """
        return self._add_slot(reference_variable, name or "slot", initializer)

    def _add_slot(self, reference: Variable, name: str, initializer: Any) -> Variable:
        return self.add_variable(
            reference.shape, initializer, reference.dtype, name=f"{reference.path.replace('/', '_')}_{name}"
        )

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """Make a slot for every variable.

        Args:
            trainable_variables: the variables.
            name: of the slot; or several names, which give as many lists.
            initializer: as in `add_variable`, one for every name or one for all.

        Returns:
            list of Variables, or a tuple of lists.
        """
        if isinstance(name, str):
            return [self._add_slot(variable, name, initializer) for variable in trainable_variables]
        several = initializer if isinstance(initializer, (list, tuple)) else [initializer] * len(name)
        return tuple(
            self.add_optimizer_variables(trainable_variables, one, how) for one, how in zip(name, several, strict=True)
        )

    def _check_known(self, variables: Any) -> list[Variable]:
        """Return the variables to update.

        Raises:
            NotBuiltError: if none were ever given.
            ConfigError: for one that the optimizer was not built with.
        """
        if variables is None:
            if not self.built:
                raise NotBuiltError(
                    f"The optimizer '{self.name}' does not know which variables the gradients belong to.",
                    fix="optimizer.apply(gradients, variables), or optimizer.build(variables) first",
                )
            return self._trainable_variables
        variables = list(variables)
        if not self.built:
            _check_distinct(variables)
            return variables
        for variable in variables:
            if id(variable) not in self._positions:
                raise ConfigError(
                    f"The optimizer '{self.name}' does not know the variable '{getattr(variable, 'path', variable)}'.",
                    where=f"it was built with {', '.join(known.path for known in self._trainable_variables)}",
                    why="what it keeps for every variable is made once, when it is built",
                    fix="make a new optimizer for the new set of variables",
                )
        return variables

    def _get_variable_index(self, variable: Variable) -> int:
        return self._positions[id(variable)]

    def _slots_of(self, variable: Variable) -> list[Variable]:
        position = self._positions[id(variable)]
        return [column[position] for column in self._slots.values()]

    # -- what is seen of it ------------------------------------------------------------------------------------------

    @property
    def variables(self) -> list[Variable]:
        """The counter, the learning rate and all slots. Their names depend on the variables they belong to only."""
        return list(self._variables)

    @property
    def iterations(self) -> Any:
        """Number of updates so far; with accumulation, of full groups of steps."""
        steps = self.gradient_accumulation_steps
        return ops.floor_divide(self._iterations, steps) if steps else self._iterations

    def _updates(self) -> int:
        """Return `iterations` as an int."""
        return int(self._iterations._tensor._value) // (self.gradient_accumulation_steps or 1)

    def _count(self, calls: Any) -> None:
        """Count calls of `apply`."""
        current = SCOPE.get()
        if type(calls) is int and current.trace is None and current.state is None:
            self._iterations._set_array(np.array(self._iterations._tensor._value.item() + calls, INT32))
        else:
            self._iterations.assign_add(calls)

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the next update: a Variable, or what the schedule or function gives.

        It can be set to a number, unless a schedule or function decides.
        """
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._learning_rate(self.iterations)
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate
        recorder = SCOPE.get().trace
        if recorder is not None and recorder.hides_values:
            raise PlaceholderError(
                "The learning rate is a function of Python, which may return something else at every step.",
                why="the step is being recorded: it runs once for all steps",
                fix="use a LearningRateSchedule, or assign to learning_rate; else steps run operation by operation",
            )
        return self._learning_rate()

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        current = self._learning_rate
        if callable(learning_rate) and not isinstance(learning_rate, Variable):
            if isinstance(current, Variable):
                self._variables = [variable for variable in self._variables if variable is not current]
            self._learning_rate = learning_rate
            CHANGES.note(self, "learning_rate")
        elif isinstance(current, Variable):
            current.assign(learning_rate)
        else:
            raise ConfigError(
                f"The learning rate of '{self.name}' cannot be set.",
                why=f"{type(current).__name__} decides it at every step",
                fix="make the optimizer with a float, or assign another schedule",
            )

    def _standardize_learning_rate(self, learning_rate: Any) -> Any:
        if isinstance(learning_rate, (int, float, np.number)) and not isinstance(learning_rate, bool):
            return self.add_variable((), float(learning_rate), name="learning_rate")
        if callable(learning_rate) and not isinstance(learning_rate, type):
            return learning_rate
        raise ConfigError(
            f"learning_rate cannot be {learning_rate!r}.",
            fix="pass a float, a LearningRateSchedule, or a function without arguments that returns one",
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain data, with the present learning rate."""
        config = super().get_config()
        if "learning_rate" in inspect.signature(type(self)).parameters or "learning_rate" in config:
            rate = self._learning_rate
            # The shortest decimal that is the same float32: 0.01, not 0.009999999776482582.
            config["learning_rate"] = (
                float(str(rate.numpy())) if isinstance(rate, Variable) else serialize_keras_object(rate)
            )
        return config

    # -- moving averages ---------------------------------------------------------------------------------------------

    def _move_averages(self) -> None:
        """Bring the averages closer to the variables; at the first step, onto them."""
        was_called = ops.not_equal(self.iterations, 0)
        for average, variable in zip(self._averages, self._trainable_variables, strict=True):
            momentum = ops.cast(was_called, variable.dtype) * self.ema_momentum
            average.assign(average * momentum + variable * (1.0 - momentum))

    def _overwrite_by_averages(self) -> None:
        for average, variable in zip(self._averages, self._trainable_variables, strict=True):
            variable.assign(average)

    def finalize_variable_values(self, var_list: Sequence[Variable] | None = None) -> None:
        """Set the variables to their moving averages; called when training ends. Without `use_ema` nothing happens.

        The values before are kept, for `resume_variable_values`.

        Args:
            var_list: which ones; all by default.
        """
        chosen = self._trainable_variables if var_list is None else self._check_known(var_list)
        if self._finalized_at is None:
            return
        for index in map(self._get_variable_index, chosen):
            if not self._is_finalized(index):
                self._unaveraged[index].assign(self._trainable_variables[index])
                self._trainable_variables[index].assign(self._averages[index])
        self._finalized_at.assign(self.iterations)

    def resume_variable_values(self) -> None:
        """Undo `finalize_variable_values`, so that a training that is taken up again goes on from where it was.

        A variable that was given another value since then keeps it.
        """
        for index, variable in enumerate(self._trainable_variables):
            if self._is_finalized(index):
                variable.assign(self._unaveraged[index])
        if self._finalized_at is not None:
            self._finalized_at.assign(-1)

    def _is_finalized(self, index: int) -> bool:
        """Say whether a variable holds its average because training ended, after the step made last."""
        if self._finalized_at is None or int(self._finalized_at.numpy()) != int(self.iterations.numpy()):
            return False
        return np.array_equal(self._trainable_variables[index].numpy(), self._averages[index].numpy())

    # -- saving ------------------------------------------------------------------------------------------------------

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Write the values of the optimizer's variables into a mapping, under their names."""
        for variable in self._variables:
            store[variable.name] = variable.numpy()

    def load_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Take the values of the optimizer's variables from a mapping that `save_own_variables` filled.

        Raises:
            WeightMismatchError: if a name is missing or left over, or a shape differs; then nothing has changed.
        """
        names = {variable.name for variable in self._variables}
        problems = [f"'{name}' is missing" for name in names if name not in store]
        problems += [
            f"'{name}' is unknown" + "".join(f", did you mean '{near}'?" for near in nearest(name, names, count=1))
            for name in store
            if name not in names
        ]
        problems += [
            f"'{variable.name}' has shape {list(np.shape(store[variable.name]))}, not {list(variable.shape)}"
            for variable in self._variables
            if variable.name in store and np.shape(store[variable.name]) != variable.shape
        ]
        if problems:
            raise WeightMismatchError(
                f"The values do not fit the variables of the optimizer '{self.name}'.",
                why="; ".join(sorted(problems)),
                fix="build the optimizer with the variables and options it was saved with",
            )
        for variable in self._variables:
            variable.assign(store[variable.name])

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the optimizer's variables to given arrays, in the order of `variables`.

        Raises:
            WeightMismatchError: if there are not as many, or a shape differs.
        """
        if len(weights) != len(self._variables):
            raise WeightMismatchError(
                f"The optimizer '{self.name}' has {len(self._variables)} variables, not {len(weights)}.",
                fix="build it first, and pass a value for each of optimizer.variables",
            )
        for variable, value in zip(self._variables, weights, strict=True):
            variable._check(np.shape(value))
        for variable, value in zip(self._variables, weights, strict=True):
            variable.assign(value)

    def assign(self, variable: Variable, value: Any) -> None:
        """Assign to a variable; for `update_step` of Keras's style."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add to a variable."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtract from a variable."""
        variable.assign_sub(value)

    def __getstate__(self) -> dict[str, Any]:
        # What is derived stays behind: identities are others after a copy.
        return {**self.__dict__, "_positions": {}, "_groups": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._positions = {id(variable): position for position, variable in enumerate(self._trainable_variables)}
        for variable in self._variables:
            variable._own(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}'>"


def _check_distinct(variables: Sequence[Variable]) -> None:
    seen: set[int] = set()
    for variable in variables:
        if not isinstance(variable, Variable):
            raise ConfigError(
                f"An optimizer changes Variables, not {type(variable).__name__}.", fix="pass the variables"
            )
        if id(variable) in seen:
            raise ConfigError(
                f"The variable '{variable.path}' is given twice.",
                fix="pass every variable once, with its whole gradient",
            )
        seen.add(id(variable))
