"""What a layer holds, seen as lists: weights, variables, metrics, losses, parameter counts.

Floor 8. A mixin of `Layer`: nothing here is stored, everything is found when it is asked for.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from ...core.context import CALL, SCOPE, outside, scope
from ...core.door import convert, is_tensor
from ...core.spec import standardize_shape
from ...core.state import StateScope
from ...core.variable import Variable
from ...errors import LoadError, NotBuiltError, StructureError, WeightMismatchError
from ...typing import DTypeLike
from .tracking import Owned, introduced, walk

__all__ = ["Weights"]


class Allowance:
    """How many bytes of weights may be made while a file is loaded: a small file must not fill the memory.

    Args:
        size: in bytes; no limit by default.
    """

    def __init__(self, size: float = math.inf):
        self.size = size

    def spend(self, shape: Any, dtype: np.dtype[Any]) -> None:
        """Take the size of a weight off.

        Raises:
            LoadError: if nothing is left.
        """
        if self.size == math.inf:
            return
        sizes = standardize_shape(() if shape is None else shape)
        self.size -= math.prod(size or 0 for size in sizes) * dtype.itemsize
        if self.size < 0:
            raise LoadError(
                "The file describes weights that are far bigger than the file.",
                why=f"one of them has the shape {shape}",
                fix="this file is not to be trusted",
            )


limit_of_loading: ContextVar[Allowance] = ContextVar("hybrid_loading", default=Allowance())


class Weights:
    """The state of a layer."""

    built: bool

    @property
    def path(self) -> str:
        """Names from the outermost owner to this layer, joined by slashes."""
        raise NotImplementedError

    _own_variables: list[Variable]
    _call_losses: list[tuple[Any, Any]]

    def _owned(self) -> Owned:
        return introduced(self)

    @property
    def variables(self) -> list[Variable]:
        """All Variables: weights, seeds and the state of metrics."""
        found: dict[int, Variable] = {}
        for layer in walk(self):
            owned = layer._owned()
            for variable in _trainable_first(owned.variables):
                found.setdefault(id(variable), variable)
            for seed in owned.seeds:
                found.setdefault(id(seed.state), seed.state)
            for metric in owned.metrics:
                for variable in metric.variables:
                    found.setdefault(id(variable), variable)
        return list(found.values())

    @property
    def weights(self) -> list[Variable]:
        """The Variables that layers own, each once, in an order that depends on the structure only.

        A layer's own come first, those born trainable before the others, as they were made; then those of its children,
        one after the other, depth first. Children stand in the order of the attributes that hold them, lists and dicts
        in their own; those of a functional model and of a Sequential in the order of `layers`. What is shared stands
        where it is met first. Calling, recording, freezing and copying do not change the order.
        """
        found: dict[int, Variable] = {}
        for layer in walk(self):
            for variable in _trainable_first(layer._owned().variables):
                found.setdefault(id(variable), variable)
        return list(found.values())

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that optimizers change."""
        found: dict[int, Variable] = {}
        # What a frozen layer owns is frozen, unless it can be reached in another way, too.
        for layer in walk(self, enter=lambda layer: layer.trainable):
            for variable in _trainable_first(layer._owned().variables):
                if variable.trainable:
                    found.setdefault(id(variable), variable)
        return list(found.values())

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that optimizers leave alone."""
        trainable = {id(variable) for variable in self.trainable_weights}
        return [variable for variable in self.weights if id(variable) not in trainable]

    @property
    def trainable_variables(self) -> list[Variable]:
        """The Variables that optimizers change."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The Variables that optimizers leave alone: other weights, seeds, state of metrics."""
        trainable = {id(variable) for variable in self.trainable_weights}
        return [variable for variable in self.variables if id(variable) not in trainable]

    @property
    def metrics(self) -> list[Any]:
        """The metrics in the attributes of this layer and of those below it."""
        found: dict[int, Any] = {}
        for layer in walk(self):
            for metric in layer._owned().metrics:
                found.setdefault(id(metric), metric)
        return list(found.values())

    @property
    def metrics_variables(self) -> list[Variable]:
        """The state of the metrics."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: DTypeLike = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """Create a Variable that this layer owns.

        Args:
            shape: sizes, all known; a scalar by default.
            initializer: name, config, or function `(shape, dtype) -> value`; Glorot uniform for floats, zeros else.
            dtype: that of the layer's variables by default.
            trainable: whether optimizers change it.
            autocast: accepted for Keras's sake.
            regularizer: name, config, or function of the value to a penalty.
            constraint: name, config, or function of the value to a legal value.
            aggregation: accepted for Keras's sake.
            overwrite_with_gradient: accepted for Keras's sake; must be False.
            name: local name, the last part of the path.

        Returns:
            the Variable.

        Raises:
            ShapeError: if a size is not known.
        """
        from_defaults = self._variable_defaults(initializer, dtype, regularizer, constraint)
        limit_of_loading.get().spend(shape, from_defaults[1])
        with outside():
            variable = Variable(
                from_defaults[0],
                shape=() if shape is None else shape,
                dtype=from_defaults[1],
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name or "variable",
                regularizer=from_defaults[2],
                constraint=from_defaults[3],
            )
        variable.born_trainable = trainable
        variable.trainable = trainable and bool(self.__dict__.get("_trainable", True))
        variable._own(self)
        self._own_variables.append(variable)
        return variable

    def _variable_defaults(self, initializer: Any, dtype: Any, regularizer: Any, constraint: Any) -> tuple[Any, ...]:
        raise NotImplementedError

    def count_params(self) -> int:
        """Return the number of weights' elements.

        Raises:
            NotBuiltError: if the layer has no weights yet.
        """
        if not self.built:
            raise NotBuiltError(
                f"'{self.path}' has no weights to count yet.",
                why="weights are made when the layer is built, for the shape of its inputs",
                fix="call it on an input, or call build(input_shape) first",
            )
        return sum(int(np.prod(variable.shape)) for variable in self.weights)

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """Return copies of the values of `weights`, in order."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Assign values to `weights`, in order.

        Args:
            weights: arrays, as `get_weights` returns them.

        Raises:
            WeightMismatchError: if number or shapes differ; then nothing is assigned.
        """
        mine = self.weights
        if len(weights) != len(mine):
            raise WeightMismatchError(
                f"'{self.path}' has {len(mine)} weights, but {len(weights)} values were given.",
                why="its weights are: " + (", ".join(variable.path for variable in mine) or "none (is it built?)"),
                fix="pass one array for every weight, in the order of layer.weights",
            )
        values = [np.array(value, dtype=variable.dtype) for variable, value in zip(mine, weights, strict=True)]
        for variable, value in zip(mine, values, strict=True):
            variable._check(value.shape)
        for variable, value in zip(mine, values, strict=True):
            variable.assign(value)

    # -- losses -------------------------------------------------------------------------------------------------------

    def add_loss(self, loss: Any) -> None:
        """Add to the loss of the model while `call` runs.

        Args:
            loss: scalar tensor, or a list of them.
        """
        losses = list(loss) if isinstance(loss, (list, tuple)) else [loss]
        collector = CALL.get().losses
        if collector is None:
            collector = self._call_losses
        elif SCOPE.get().trace is None:
            self._call_losses = collector
        # Weak, since the layer keeps the list: models die with their last reference.
        me = weakref.ref(self)
        collector.extend((me, each) for each in losses)

    @property
    def losses(self) -> list[Any]:
        """What `add_loss` added during the last call, and the penalties of the regularizers."""
        collector = CALL.get().losses
        mine = {id(layer) for layer in walk(self)}
        collected = self._call_losses if collector is None else collector
        added = [loss for layer, loss in collected if id(layer()) in mine]
        penalties = [
            variable.regularizer(variable.value)
            for variable in self.trainable_weights
            if variable.regularizer is not None
        ]
        return [*added, *penalties]

    # -- the functional view ------------------------------------------------------------------------------------------

    def stateless_call(
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> tuple[Any, ...]:
        """Call the layer with other values in the place of its Variables', without changing them.

        Args:
            trainable_variables: values for `trainable_variables`, in order.
            non_trainable_variables: values for `non_trainable_variables`, in order.
            *args: arguments of the call.
            return_losses: whether the losses are returned, too.
            **kwargs: keyword arguments of the call.

        Returns:
            `(outputs, new values of non_trainable_variables)`, and the losses if wanted.

        Raises:
            NotBuiltError: if the layer has no Variables yet.
            StructureError: if the numbers of values are wrong.
        """
        if not self.built:
            raise NotBuiltError(f"'{self.path}' has no variables yet.", fix="call it on an input, or build it first")
        trainable, others = self.trainable_variables, self.non_trainable_variables
        for kind, given, own in (
            ("trainable", trainable_variables, trainable),
            ("non-trainable", non_trainable_variables, others),
        ):
            if len(given) != len(own):
                raise StructureError(
                    f"{len(given)} {kind} values were given for {len(own)} variables.", fix="pass one each"
                )
        pairs = [*zip(trainable, trainable_variables, strict=True), *zip(others, non_trainable_variables, strict=True)]
        state = StateScope((variable, _as_value(value)) for variable, value in pairs)
        with scope(state=state):
            outputs = self(*args, **kwargs)  # type: ignore[operator]
            updated = [state.get(variable) for variable in others]
            return (outputs, updated, self.losses) if return_losses else (outputs, updated)


def _as_value(value: Any) -> Any:
    if isinstance(value, Variable):
        return value.value
    return value if is_tensor(value) else convert(value)


def _trainable_first(variables: list[Variable]) -> list[Variable]:
    return [v for v in variables if v.born_trainable] + [v for v in variables if not v.born_trainable]
