"""The metrics of a compiled model: those of every output, seen as one metric whose result is a dict.

Floor 9. Names such as "accuracy" are resolved when the first predictions are seen, by the shapes of targets and
predictions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import metrics, tree
from ..core.variable import Variable
from ..errors import ConfigError
from ..naming import unique_name
from ..typing import Structure
from .outputs import names_of_outputs, per_output

__all__ = ["CompiledMetrics", "metric_for_shapes"]

_BY_SHAPE = {
    "accuracy": ("BinaryAccuracy", "SparseCategoricalAccuracy", "CategoricalAccuracy"),
    "crossentropy": ("BinaryCrossentropy", "SparseCategoricalCrossentropy", "CategoricalCrossentropy"),
}
_ALIASES = {"acc": "accuracy", "ce": "crossentropy"}


class Entry(NamedTuple):
    """A metric of one output.

    Attributes:
        position: of the output.
        key: under which its result stands in the logs.
        metric: the metric object.
        is_weighted: whether sample weights count.
    """

    position: int
    key: str
    metric: Any
    is_weighted: bool


class CompiledMetrics:
    """The metrics that `compile` got, as one metric.

    Args:
        given: metrics without sample weights: a list, or a list or dict of lists by output.
        weighted: metrics with sample weights, in the same form.
        output_names: as the model declares them, or `None`.

    Raises:
        ConfigError: if something is no metric.
    """

    _is_metric = True
    name = "compile_metrics"

    def __init__(self, given: Structure = None, weighted: Structure = None, output_names: Sequence[str] | None = None):
        self._given, self._weighted, self._declared = given, weighted, output_names
        for what, value in (("metrics", given), ("weighted_metrics", weighted)):
            _check_known(what, value)
        self.entries: list[Entry] = []
        self._names: list[str] | None = None

    @property
    def is_built(self) -> bool:
        """Whether metrics have been matched with outputs."""
        return self._names is not None

    @property
    def metrics(self) -> list[Any]:
        """The metric objects, in the order of outputs."""
        return [entry.metric for entry in self.entries]

    @property
    def variables(self) -> list[Variable]:
        """The state of all metrics."""
        return [variable for entry in self.entries for variable in entry.metric.variables]

    def build(self, y_true: Structure, y_pred: Structure) -> None:
        """Match metrics with outputs and resolve names by shapes.

        Raises:
            StructureError: if names or numbers do not fit.
        """
        names = names_of_outputs(y_pred, self._declared)
        outputs, targets = tree.flatten(y_pred), _aligned(y_true, names, y_pred, "y")
        entries: list[Entry] = []
        for weighted, value in ((False, self._given), (True, self._weighted)):
            what = "weighted_metrics" if weighted else "metrics"
            for index, listed in enumerate(_lists(value, names, y_pred, what)):
                for identifier in listed:
                    label, metric = _resolve(identifier, targets[index], outputs[index])
                    taken = {entry.key for entry in entries}
                    prefix = f"{names[index]}_" if len(names) > 1 else ""
                    key = prefix + label
                    if key in taken and weighted:
                        key = f"{prefix}weighted_{label}"
                    entries.append(Entry(index, unique_name(key, taken), metric, weighted))
        self.entries, self._names = entries, names

    def update_state(self, y_true: Structure, y_pred: Structure, sample_weight: Structure = None) -> None:
        """Add a batch to all metrics."""
        if self._names is None:
            self.build(y_true, y_pred)
        if not self.entries:
            return
        names = self._names or []
        if len(names) == 1 and not any(
            isinstance(each, (list, tuple, dict)) for each in (y_true, y_pred, sample_weight)
        ):
            outputs, targets, weights = [y_pred], [y_true], [sample_weight]
        else:
            outputs, targets = tree.flatten(y_pred), _aligned(y_true, names, y_pred, "y")
            weights = _aligned(sample_weight, names, y_pred, "sample_weight")
        for index, _, metric, is_weighted in self.entries:
            if is_weighted:
                metric.update_state(targets[index], outputs[index], sample_weight=weights[index])
            else:
                metric.update_state(targets[index], outputs[index])

    def result(self) -> dict[str, Any]:
        """Return the results by name."""
        results: dict[str, Any] = {}
        for entry in self.entries:
            value = entry.metric.result()
            if isinstance(value, dict):
                results.update(value)
            else:
                results[entry.key] = value
        return results

    def reset_state(self) -> None:
        """Forget what was seen."""
        for entry in self.entries:
            entry.metric.reset_state()


def _aligned(data: Structure, names: Sequence[str], y_pred: Structure, what: str) -> list[Any]:
    return per_output(data, names, y_pred, what, spread=what == "sample_weight")


def _check_known(what: str, value: Structure) -> None:
    if value is not None and not isinstance(value, (list, tuple, dict)):
        raise ConfigError(
            f"{what} is {value!r}, not a list.",
            fix=f"write {what}=[{value!r}], or a dict or list of lists for several outputs",
        )
    for identifier in _identifiers(value):
        if not isinstance(identifier, str) or _ALIASES.get(identifier, identifier) not in _BY_SHAPE:
            metrics.get(identifier)


def _identifiers(value: Structure) -> list[Any]:
    """List what stands for a metric; a configuration is one, not a dict of outputs."""
    if isinstance(value, dict) and not ("class_name" in value and "config" in value):
        return [item for child in value.values() for item in _identifiers(child)]
    if isinstance(value, (list, tuple)):
        return [item for child in value for item in _identifiers(child)]
    return [] if value is None else [value]


def _lists(value: Structure, names: Sequence[str], y_pred: Structure, what: str) -> list[list[Any]]:
    """List the identifiers of metrics by output."""
    if value is None:
        return [[] for _ in names]
    is_nested = any(isinstance(item, (list, tuple)) for item in value) if isinstance(value, (list, tuple)) else False
    if len(names) == 1 and isinstance(value, (list, tuple)) and not is_nested:
        return [_identifiers(value)]
    return [_identifiers(entry) for entry in per_output(value, names, y_pred, what)]


def _resolve(identifier: Any, y_true: Any, y_pred: Any) -> tuple[str, Any]:
    """Return the label and the object of a metric."""
    if isinstance(identifier, str) and _ALIASES.get(identifier, identifier) in _BY_SHAPE:
        return identifier, metric_for_shapes(identifier, y_true, y_pred)
    found = metrics.get(identifier)
    if not getattr(found, "_is_metric", False) and not isinstance(found, metrics.Metric):
        found = metrics.MeanMetricWrapper(found, name=getattr(found, "__name__", "metric").strip("<>"))
    return (identifier if isinstance(identifier, str) else found.name), found


def metric_for_shapes(name: str, y_true: Any, y_pred: Any) -> Any:
    """Return the accuracy or crossentropy that suits targets and predictions.

    Args:
        name: `"accuracy"`, `"acc"`, `"crossentropy"` or `"ce"`; also the name of the metric.
        y_true: targets, or anything with a shape.
        y_pred: predictions, or anything with a shape.

    Returns:
        the binary one for one value per prediction, the sparse one for class numbers, else the categorical one.

    Example:
        >>> metric_for_shapes("acc", np.zeros(5), np.zeros((5, 3)))
        <SparseCategoricalAccuracy 'acc'>
    """
    binary, sparse, categorical = _BY_SHAPE[_ALIASES.get(name, name)]
    true, pred = tuple(getattr(y_true, "shape", ())), tuple(y_pred.shape)
    if len(pred) < 2 or pred[-1] == 1:
        chosen = binary
    elif len(true) < len(pred) or (true and true[-1] == 1):
        chosen = sparse
    else:
        chosen = categorical
    return getattr(metrics, chosen)(name=name)
