"""What every optimizer is: variables of its own, a rule, and what is done around the rule at every step.

Floor 8. An optimizer states its rule once, in arithmetic that arrays, tensors and placeholders share. `update_step`
applies it to one Variable with ops, so that a step can be traced; outside of traces the same rule runs on vectors of
many variables (see `flat`), which gives the same numbers for less.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any

from .. import ops
from ..core.context import SCOPE, scope
from ..core.derivatives import GradientTape
from ..core.state import StateScope
from ..core.tensor import Tensor
from ..core.trace import belonging
from ..core.variable import Variable
from ..errors import ConfigError, GradientError, NotBuiltError
from ..naming import snake_case
from . import options
from .clipping import clip_by_global_norm, clip_by_norm, clip_by_value
from .conditional import when
from .flat import Group, group
from .pairing import pair, split_pairs
from .state import OptimizerState

__all__ = ["Optimizer"]


class Optimizer(OptimizerState):
    """Base of optimizers. Subclasses state a rule, or define `update_step` as in Keras.

    A rule is three small methods: `slot_initializers` names what is kept for every variable, `scalars` computes what
    depends on the step only, `rule` computes the new values. A rule must work element by element, in arithmetic that
    arrays and tensors share (operators and functions of NumPy).

    Args:
        learning_rate: float, `LearningRateSchedule`, or a function without arguments.
        weight_decay: fraction of itself, times the learning rate, that each variable loses before every update.
        clipnorm: bound of the norm of each gradient.
        clipvalue: bound of every element of the gradients.
        global_clipnorm: bound of the norm of all gradients taken together.
        use_ema: whether to keep a moving average of the variables.
        ema_momentum: how much of the average stays at every step.
        ema_overwrite_frequency: number of steps after which the variables are set to their average; `None`: once, by
            `finalize_variable_values`.
        loss_scale_factor: what `scale_loss` multiplies the loss by; gradients are divided by it.
        gradient_accumulation_steps: number of steps whose gradients are averaged into one update.
        name: of the optimizer; the class's name in snake case by default.

    Variables:
        iteration: `()`, int32, 0. Counts the calls of `apply`.
        learning_rate: `()`, unless it is a schedule or a function.

    Raises:
        ConfigError: for options that contradict each other or are out of range.

    Example:
        >>> class Halving(Optimizer):
        ...     def update_step(self, gradient, variable, learning_rate):
        ...         variable.assign(variable / 2.0)
        >>> x = hybrid.Variable(8.0, name="x")
        >>> Halving(learning_rate=0.1).apply([1.0], [x])
        >>> float(x)
        4.0
    """

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
    ):
        gradient_accumulation_steps = gradient_accumulation_steps or None
        options.check_clipping(clipnorm, clipvalue, global_clipnorm)
        options.check_averaging(use_ema, ema_momentum, ema_overwrite_frequency)
        options.check_accumulation(gradient_accumulation_steps)
        super().__init__(learning_rate, name or snake_case(type(self).__name__), gradient_accumulation_steps)
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self._groups: tuple[list[Variable], list[Group]] | None = None

    # -- the rule ----------------------------------------------------------------------------------------------------

    def slot_initializers(self) -> dict[str, Any]:
        """Return name and initializer of what is kept for every variable."""
        return {}

    def shared_initial_values(self) -> dict[str, float]:
        """Return name and initial value of the numbers that are kept for all variables together."""
        return {}

    def advance(self, step: Any, shared: Sequence[Any]) -> Sequence[Any]:
        """Return the shared numbers of this step, given those of the step before.

        Args:
            step: 1 for the first update; a float, or a float64 tensor.
            shared: in the order of `shared_initial_values`.
        """
        return shared

    def scalars(self, learning_rate: Any, step: Any, shared: Sequence[Any]) -> tuple[Any, ...]:
        """Return the numbers that `rule` needs and that depend on the step only.

        Args:
            learning_rate: a float, or a float64 tensor.
            step: as in `advance`.
            shared: those of this step.
        """
        return (learning_rate,)

    def rule(
        self, gradient: Any, value: Any, slots: Sequence[Any], scalars: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        """Return the new value and the new slots of a variable.

        Args:
            gradient: array or tensor of any shape.
            value: of the same shape and dtype.
            slots: likewise, in the order of `slot_initializers`.
            scalars: what `scalars` returned, in the dtype of the value.
        """
        raise NotImplementedError(f"{type(self).__name__} must define rule(...) or update_step(...)")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Update one variable and its slots.

        Args:
            gradient: tensor of the shape of the variable.
            variable: one of those that the optimizer was built with.
            learning_rate: rank 0 tensor.
        """
        slots = self._slots_of(variable)
        scalars = self._scalars_as_tensors(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        value, new = self.rule(gradient, variable.value, [slot.value for slot in slots], scalars)
        variable.assign(value)
        for slot, new_value in zip(slots, new, strict=True):
            slot.assign(new_value)

    def _scalars_as_tensors(self, learning_rate: Any, dtype: Any) -> list[Any]:
        shared = [ops.cast(variable, "float64") for variable in self._shared]
        step = ops.cast(self.iterations + 1, "float64")
        return [ops.cast(scalar, dtype) for scalar in self.scalars(ops.cast(learning_rate, "float64"), step, shared)]

    # -- one step ----------------------------------------------------------------------------------------------------

    def apply(self, grads: Iterable[Any], trainable_variables: Any = None, *, weight: Any = 1.0) -> None:
        """Update variables by their gradients.

        Args:
            grads: array, tensor or `None` for every variable. A variable whose gradient is `None` stays as it is.
            trainable_variables: the variables; those the optimizer was built with by default. The first call builds it.
            weight: how much these gradients count among those that are accumulated, such as the number of samples of
                the batch. Without accumulation it changes nothing.

        Raises:
            NotBuiltError: without variables, before the optimizer was built.
            ConfigError: for a variable the optimizer was not built with.
            StructureError: if there are not as many gradients as variables.
            ShapeError: if a gradient does not have the shape of its variable.
            GradientError: if there is no gradient at all. Whichever is raised, nothing has changed.

        Example:
            >>> x = hybrid.Variable([1.0, 2.0], name="x")
            >>> hybrid.optimizers.SGD(0.5).apply([np.ones(2)], [x])
            >>> x.numpy()
            array([0.5, 1.5], dtype=float32)
        """
        known = self._check_known(trainable_variables)
        gradients, variables = pair(grads, known)
        if not self.built:
            self.build(known)
        if not variables:
            return
        with belonging("optimizer"):
            if self.loss_scale_factor:
                gradients = [gradient / self.loss_scale_factor for gradient in gradients]
            if self.gradient_accumulation_steps:
                self._accumulate(gradients, variables, weight)
            else:
                self._update(gradients, variables)
            self._after_update(variables)
            self._count(1)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Any:
        """Update variables by `(gradient, variable)` pairs; as `apply`.

        Returns:
            the number of updates so far.

        Example:
            >>> x = hybrid.Variable(1.0, name="x")
            >>> int(hybrid.optimizers.SGD(0.5).apply_gradients([(1.0, x)]))
            1
        """
        self.apply(*split_pairs(grads_and_vars))
        return self.iterations

    def minimize(self, loss: Any, var_list: Any = None, tape: GradientTape | None = None) -> None:
        """Compute the gradients of a loss and apply them.

        Args:
            loss: function without arguments that returns a scalar tensor; or a tensor, with the tape that saw it.
            var_list: the variables, or a function that returns them; those the tape watched by default.
            tape: needed where `loss` is a tensor.

        Raises:
            GradientError: for a tensor without a tape.

        Example:
            >>> x = hybrid.Variable(4.0, name="x")
            >>> hybrid.optimizers.SGD(0.25).minimize(lambda: x * x, [x])
            >>> float(x)
            2.0
        """
        if tape is None:
            if not callable(loss):
                raise GradientError(
                    "minimize received a tensor and no tape.",
                    why="a tensor does not know how it was computed, the tape does",
                    fix="pass a function that computes the loss, or tape=...",
                )
            with GradientTape() as tape:
                loss = loss()
        variables = var_list() if callable(var_list) else tape.watched_variables() if var_list is None else var_list
        variables = list(variables)
        self.apply(tape.gradient(loss, variables), variables)

    def _update(self, gradients: Sequence[Any], variables: list[Variable]) -> None:
        """Clip the gradients, let the weights decay, and apply the rule."""
        current = SCOPE.get()
        is_own_rule = type(self).update_step is Optimizer.update_step
        if is_own_rule and current.trace is None and current.state is None:
            self._update_flat(gradients, variables)
            return
        gradients = self._clip_gradients(gradients)
        learning_rate = ops.convert_to_tensor(self.learning_rate)
        as_double = ops.cast(learning_rate, "float64")
        step = ops.cast(self.iterations + 1, "float64")
        shared = self.advance(step, [ops.cast(variable, "float64") for variable in self._shared])
        for variable, number in zip(self._shared, shared, strict=True):
            variable.assign(number)
        if is_own_rule and current.trace is not None:
            self._record_flat(gradients, variables, learning_rate, self.scalars(as_double, step, shared))
            return
        for variable in variables:
            if self._use_weight_decay(variable):
                variable.assign(_decayed(variable, self.weight_decay, ops.cast(learning_rate, variable.dtype)))
        for gradient, variable in zip(gradients, variables, strict=True):
            self.update_step(gradient, variable, learning_rate)

    def _record_flat(
        self, gradients: Sequence[Any], variables: list[Variable], learning_rate: Any, scalars: Sequence[Any]
    ) -> None:
        """Do what `_update` does by `update_step` on the vectors of `_update_flat`, in ops: for programs."""
        for members in self._groups_of(variables):
            rates = [ops.cast(scalar, members.dtype) for scalar in scalars]
            value = members.values.recorded()
            if members.decays:
                value = _decayed(value, self.weight_decay, ops.cast(learning_rate, members.dtype))
            gradient = members.recorded_gradient(gradients)
            new, kept = self.rule(gradient, value, [column.recorded() for column in members.slots], rates)
            for column, result in zip((members.values, *members.slots), (new, *kept), strict=True):
                column.record(result)

    def _update_flat(self, gradients: Sequence[Any], variables: list[Variable]) -> None:
        """Do what `_update` does by `update_step`, on arrays."""
        arrays: Sequence[Any] = [g._value if type(g) is Tensor else ops.convert_to_numpy(g) for g in gradients]
        arrays = self._clip_gradients(arrays)
        step, learning_rate = float(self._updates() + 1), self._rate()
        shared = self.advance(step, list(map(float, self._shared)))
        scalars = list(map(float, self.scalars(learning_rate, step, shared)))
        results: list[Any] = []
        groups = self._groups_of(variables)
        for members in groups:
            value = members.values.read()
            if members.decays:
                value = _decayed(value, self.weight_decay, learning_rate)
            kept = [column.read() for column in members.slots]
            results.append(self.rule(members.gradient(arrays), value, kept, scalars))
        # Nothing is written before everything is computed: a floating-point error leaves all as it was.
        for members, (value, slots) in zip(groups, results, strict=True):
            members.values.write(value)
            for column, slot in zip(members.slots, slots, strict=True):
                column.hold(slot)
        for variable, number in zip(self._shared, shared, strict=True):
            variable.assign(number)

    def _rate(self) -> float:
        """Return the learning rate of this update as a float."""
        rate = self._learning_rate
        return float(rate._tensor._value if type(rate) is Variable else self.learning_rate)

    def _groups_of(self, variables: list[Variable]) -> list[Group]:
        known = self._groups
        if known is None or not all(map(operator.is_, known[0], variables)) or len(known[0]) != len(variables):
            known = self._groups = (variables, group(variables, self._slots_of, self._use_weight_decay))
        return known[1]

    def _clip_gradients(self, gradients: Sequence[Any]) -> Sequence[Any]:
        if self.clipnorm is not None:
            return [clip_by_norm(gradient, self.clipnorm) for gradient in gradients]
        if self.clipvalue is not None:
            return [clip_by_value(gradient, self.clipvalue) for gradient in gradients]
        if self.global_clipnorm is not None:
            return clip_by_global_norm(gradients, self.global_clipnorm)
        return gradients

    def _after_update(self, variables: Sequence[Variable]) -> None:
        """Move the averages, and bring the variables back to where their constraints want them."""
        if self.use_ema:
            self._move_averages()
            frequency = self.ema_overwrite_frequency
            if frequency:
                when(ops.equal(ops.mod(self.iterations + 1, frequency), 0), self._overwrite_by_averages)
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable))

    # -- weight decay ------------------------------------------------------------------------------------------------

    def exclude_from_weight_decay(
        self, var_list: Sequence[Variable] | None = None, var_names: Sequence[str] | None = None
    ) -> None:
        """Let some variables keep their size.

        Args:
            var_list: variables that do not decay.
            var_names: nor do those whose path contains one of these.

        Example:
            >>> optimizer = hybrid.optimizers.AdamW()
            >>> optimizer.exclude_from_weight_decay(var_names=["bias"])
        """
        self._exempt = [*self._exempt, *(var_list or [])]
        self._exempt_names = [*self._exempt_names, *(var_names or [])]
        self._groups = None

    def _use_weight_decay(self, variable: Variable) -> bool:
        if self.weight_decay is None:
            return False
        return not (
            any(variable is exempt for exempt in self._exempt)
            or any(name in variable.path for name in self._exempt_names)
        )

    # -- accumulation ------------------------------------------------------------------------------------------------

    def _accumulate(self, gradients: Sequence[Any], variables: list[Variable], weight: Any) -> None:
        for gradient, variable in zip(gradients, variables, strict=True):
            accumulator = self._accumulators[self._get_variable_index(variable)]
            accumulator.assign_add(ops.cast(gradient, variable.dtype) * ops.cast(weight, variable.dtype))
        self._accumulated_weight.assign_add(weight)
        self._accumulated_variables = variables
        steps = self.gradient_accumulation_steps
        when(ops.equal(ops.mod(self._iterations + 1, steps), 0), self._apply_average)

    def _apply_average(self) -> None:
        """Update by the weighted mean of what was accumulated, and start anew."""
        variables = self._accumulated_variables or self._trainable_variables
        total = ops.where(self._accumulated_weight > 0, self._accumulated_weight, 1.0)
        accumulators = [self._accumulators[self._get_variable_index(variable)] for variable in variables]
        self._update([a / ops.cast(total, a.dtype) for a in accumulators], variables)
        for accumulator in [*self._accumulators, self._accumulated_weight]:
            accumulator.assign(ops.zeros_like(accumulator))

    def apply_accumulated(self) -> None:
        """Update by the gradients that were accumulated so far, though fewer than a full group.

        They are divided by the weight that was really accumulated, so the tail of an epoch is a smaller batch and no
        weaker one. The next call of `apply` starts a new group. Where nothing was accumulated, nothing happens.

        Example:
            >>> x = hybrid.Variable(1.0, name="x")
            >>> optimizer = hybrid.optimizers.SGD(0.5, gradient_accumulation_steps=4)
            >>> optimizer.apply([1.0], [x])
            >>> optimizer.apply_accumulated()
            >>> float(x), int(optimizer.iterations)
            (0.5, 1)
        """
        steps = self.gradient_accumulation_steps
        if not steps or not self.built:
            return
        pending = ops.mod(self._iterations, steps)

        def flush() -> None:
            self._apply_average()
            self._after_update(self._trainable_variables)
            self._count(steps - pending)

        when(pending > 0, flush)

    # -- the functional view -----------------------------------------------------------------------------------------

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Sequence[Any]
    ) -> tuple[list[Any], list[Any]]:
        """Return what a step would make of given values, and change nothing.

        Args:
            optimizer_variables: a value for each of `variables`.
            grads: a gradient for every variable the optimizer was built with.
            trainable_variables: a value for each of them.

        Returns:
            new values of the trainable variables, and of the optimizer's.

        Raises:
            NotBuiltError: before `build`.

        Example:
            >>> x = hybrid.Variable(1.0, name="x")
            >>> optimizer = hybrid.optimizers.SGD(0.5)
            >>> optimizer.build([x])
            >>> new, state = optimizer.stateless_apply(optimizer.variables, [2.0], [4.0])
            >>> float(new[0]), float(x), int(state[0])
            (3.0, 1.0, 1)
        """
        if not self.built:
            raise NotBuiltError(
                f"The optimizer '{self.name}' has no variables yet.",
                fix="call optimizer.build(trainable_variables) first",
            )
        variables = [*self._trainable_variables, *self.variables]
        values = [*trainable_variables, *optimizer_variables]
        if len(values) != len(variables):
            raise ConfigError(
                f"stateless_apply received {len(trainable_variables)} and {len(optimizer_variables)} values.",
                where=f"needed are {len(self._trainable_variables)} and {len(self.variables)}",
                fix="pass a value for each of them, in their order",
            )
        state = StateScope(SCOPE.get().state or ())
        with scope(state=state):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
            self.apply(grads, self._trainable_variables)
        new = [state.get(variable) for variable in variables]
        count = len(self._trainable_variables)
        return new[:count], new[count:]

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss times `loss_scale_factor`.

        Example:
            >>> float(hybrid.optimizers.SGD(loss_scale_factor=8.0).scale_loss(0.5))
            4.0
        """
        return loss * self.loss_scale_factor if self.loss_scale_factor else loss


def _decayed(value: Any, weight_decay: Any, learning_rate: Any) -> Any:
    return value - value * weight_decay * learning_rate
