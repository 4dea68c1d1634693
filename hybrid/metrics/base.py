"""What every metric is: Variables that batches are added to, and a result.

Floor 8. An update is written in ops and assignments, so that it can be traced as part of a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..configurable import Configurable
from ..core.context import scope
from ..core.dtypes import standardize_dtype
from ..core.state import StateScope
from ..core.variable import Variable
from ..errors import StructureError
from ..naming import snake_case, unique_name
from ..typing import DTypeLike

__all__ = ["Metric"]


class Metric(Configurable):
    """Base of metrics. Subclasses define `update_state` and `result`.

    Args:
        dtype: of the result.
        name: shown in logs; the class's name in snake case by default.

    Example:
        >>> class Largest(Metric):
        ...     def __init__(self, **options):
        ...         super().__init__(**options)
        ...         self.largest = self.add_weight(name="largest")
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.largest.assign(hybrid.ops.maximum(self.largest, hybrid.ops.max(y_pred)))
        ...     def result(self):
        ...         return self.largest
        >>> metric = Largest()
        >>> metric.update_state(None, hybrid.ops.convert_to_tensor([1.0, 4.0]))
        >>> float(metric.result())
        4.0
    """

    # Layers find their metrics by it: they stand on the same floor and do not know this class.
    _is_metric = True

    def __init__(self, dtype: DTypeLike = None, name: str | None = None):
        self.name = name or snake_case(type(self).__name__)
        self._dtype = standardize_dtype(dtype)

    @property
    def dtype(self) -> str:
        """Name of the dtype of the result."""
        return self._dtype.name

    @property
    def path(self) -> str:
        """The name: a metric has no parent of which its variables would be called children."""
        return self.name

    def add_variable(
        self,
        shape: Any,
        initializer: Any = None,
        dtype: DTypeLike = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """Make a Variable of the metric's state.

        Args:
            shape: of the Variable.
            initializer: function `(shape, dtype)`, or `"zeros"` or `"ones"`; zeros by default.
            dtype: float64 by default, so that sums over many batches lose nothing.
            aggregation: accepted for Keras's sake.
            name: local name.

        Returns:
            the Variable.
        """
        wanted = standardize_dtype(dtype or "float64")
        fill = {None: np.zeros, "zeros": np.zeros, "ones": np.ones}
        value = fill[initializer](shape, wanted) if initializer is None or isinstance(initializer, str) else initializer
        local = unique_name(name or "variable", {variable.name for variable in self.variables})
        variable = Variable(value, shape=shape, dtype=wanted, trainable=False, aggregation=aggregation, name=local)
        variable._own(self)
        self.__dict__.setdefault("_added", []).append(variable)
        return variable

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for variable in self.__dict__.get("_added", ()):
            variable._own(self)

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: DTypeLike = None, name: str | None = None
    ) -> Variable:
        """Make a Variable of the metric's state; a scalar by default."""
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self) -> list[Variable]:
        """The metric's Variables and those of the metrics among its attributes."""
        found: dict[int, Variable] = {}
        for value in list(vars(self).values()):
            for variable in _variables_in(value):
                found.setdefault(id(variable), variable)
        return list(found.values())

    def reset_state(self) -> None:
        """Set the state back to zeros."""
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))

    def reset_states(self) -> None:
        """Set the state back; an older name of `reset_state`."""
        self.reset_state()

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Add a batch to the state."""
        raise NotImplementedError(f"{type(self).__name__} must define update_state")

    def result(self) -> Any:
        """Return the metric's value for all batches since the state was reset."""
        raise NotImplementedError(f"{type(self).__name__} must define result")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Add a batch to the state and return the result."""
        self.update_state(*args, **kwargs)
        return self.result()

    def _with_state(self, values: Sequence[Any], function: Callable[[], Any]) -> tuple[Any, list[Any]]:
        variables = self.variables
        if len(values) != len(variables):
            raise StructureError(
                f"Metric '{self.name}' has {len(variables)} variables but received {len(values)} values for them.",
                why=f"its variables are: {', '.join(variable.name for variable in variables) or 'none'}",
                fix="pass one value for each of metric.variables",
            )
        state = StateScope(zip(variables, values, strict=True))
        with scope(state=state):
            result = function()
        return result, [state.get(variable) for variable in variables]

    def stateless_update_state(self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Return the state after a batch, given the state before it; the metric itself does not change.

        Args:
            metric_variables: a value for each of `variables`.
            *args: as in `update_state`.
            **kwargs: as in `update_state`.

        Raises:
            StructureError: if the number of values is wrong.
        """
        return self._with_state(metric_variables, lambda: self.update_state(*args, **kwargs))[1]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """Return the result of a given state.

        Raises:
            StructureError: if the number of values is wrong.
        """
        return self._with_state(metric_variables, self.result)[0]

    def stateless_reset_state(self) -> list[Any]:
        """Return the state of a metric that has seen nothing."""
        return self._with_state(self.variables, self.reset_state)[1]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}'>"

    def __str__(self) -> str:
        return repr(self)


def _variables_in(value: Any) -> Iterator[Variable]:
    if isinstance(value, Variable):
        yield value
    elif isinstance(value, Metric):
        yield from value.variables
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _variables_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _variables_in(item)
