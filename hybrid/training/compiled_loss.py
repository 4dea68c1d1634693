"""The loss of a compiled model: one loss per output, weighted and added up.

Floor 9. Losses are matched with outputs when the first predictions are seen, since only then the outputs are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import losses, metrics, ops, tree
from ..errors import ConfigError, DataError, StructureError
from ..typing import Structure
from .loss_mean import add_loss_to_mean
from .outputs import names_of_outputs, per_output

__all__ = ["CompiledLoss", "OutputLoss", "align_data"]


class OutputLoss(NamedTuple):
    """The loss of one output.

    Attributes:
        position: of the output, in the order in which the outputs are flattened.
        name: of the output.
        loss: the loss object.
        weight: factor in the total.
        tracker: mean of the values over an epoch; `None` if the model has one loss only.
    """

    position: int
    name: str
    loss: losses.Loss
    weight: float | None
    tracker: metrics.Mean | None


class CompiledLoss:
    """The weighted sum of the losses of a model's outputs.

    Args:
        loss: what `compile` got: a loss, or a list or dict of them by output.
        loss_weights: numbers in the same form, or `None`.
        output_names: as the model declares them, or `None`.

    Raises:
        ConfigError: if something is no loss.
    """

    def __init__(self, loss: Structure, loss_weights: Structure = None, output_names: Sequence[str] | None = None):
        self._given = tree.map_structure(_as_loss, loss)
        self._weights = loss_weights
        self._declared = output_names
        _check_weights(loss_weights)
        self.names: list[str] = []
        self.entries: list[OutputLoss] = []
        self._skeleton: Any = None

    @property
    def is_built(self) -> bool:
        """Whether losses have been matched with outputs."""
        return bool(self.entries)

    @property
    def trackers(self) -> list[metrics.Mean]:
        """The means over an epoch of the losses of single outputs, where there are several."""
        return [entry.tracker for entry in self.entries if entry.tracker is not None]

    def build(self, y_pred: Structure) -> None:
        """Match losses with outputs.

        Raises:
            StructureError: if names or numbers do not fit.
        """
        names = names_of_outputs(y_pred, self._declared)
        given = per_output(self._given, names, y_pred, "loss", required=True)
        weights = per_output(self._weights, names, y_pred, "loss_weights")
        chosen = [index for index, loss in enumerate(given) if loss is not None]
        if not chosen:
            raise ConfigError("No output has a loss.", fix="give compile a loss for at least one output")
        several = len(chosen) > 1
        self.names = names
        self._skeleton = tree.structure_of(y_pred)
        self.entries = [
            OutputLoss(
                index,
                names[index],
                given[index],
                None if weights[index] is None else float(weights[index]),
                metrics.Mean(name=f"{names[index]}_loss") if several else None,
            )
            for index in chosen
        ]

    def __call__(self, y: Structure, y_pred: Structure, sample_weight: Structure = None) -> Any:
        """Return the total loss of a batch, a scalar tensor, and add the single ones to their means.

        Args:
            y: targets in the structure of the predictions, or by name of the output.
            y_pred: what the model returned.
            sample_weight: for all outputs, or by output.

        Raises:
            StructureError: if a target is missing or too much.
            ShapeError: if targets and predictions do not fit together.
        """
        if not self.entries:
            self.build(y_pred)
        if len(self.names) == 1 and not isinstance(y_pred, (list, tuple, dict)):
            entry = self.entries[0]
            y, sample_weight = (
                only(y, self.names, y_pred, "y"),
                only(sample_weight, self.names, y_pred, "sample_weight"),
            )
            value = _scalar(entry, entry.loss(y, y_pred, sample_weight))
            return value if entry.weight is None else ops.multiply(value, entry.weight)
        outputs = tree.flatten(y_pred)
        targets = align_data(y, self.names, y_pred, "y")
        weights = align_data(sample_weight, self.names, y_pred, "sample_weight")
        total = None
        for entry in self.entries:
            value = self._value(entry, targets[entry.position], outputs[entry.position], weights[entry.position])
            total = value if total is None else ops.add(total, value)
        return total

    def _value(self, entry: OutputLoss, y: Any, y_pred: Any, sample_weight: Any) -> Any:
        if y is None:
            raise StructureError(
                f"Output {entry.name!r} has a loss but no target.",
                why=f"the outputs with a loss are: {', '.join(repr(each.name) for each in self.entries)}",
                fix=f"add {entry.name!r} to y, or give it no loss: loss={{{entry.name!r}: None, ...}}",
            )
        value = _scalar(entry, entry.loss(y, y_pred, sample_weight))
        if entry.tracker is not None:
            add_loss_to_mean(entry.tracker, value, loss_count(entry.loss, y_pred, sample_weight))
        return value if entry.weight is None else ops.multiply(value, entry.weight)

    def count(self, y_pred: Structure, sample_weight: Structure = None) -> Any:
        """Return what the loss of a batch counts in the mean over an epoch: its number of samples.

        Where the loss of a single output leaves out masked positions, it is the number of the others, so that the mean
        over an epoch does not depend on how the samples were divided into batches.
        """
        if len(self.entries) != 1:
            return int(tree.flatten(y_pred)[0].shape[0])
        entry = self.entries[0]
        output = tree.flatten(y_pred)[entry.position]
        if output.mask is None and entry.loss.reduction != "mean_with_sample_weight":
            return int(output.shape[0])
        return loss_count(
            entry.loss, output, align_data(sample_weight, self.names, y_pred, "sample_weight")[entry.position]
        )


def loss_count(loss: losses.Loss, y_pred: Any, sample_weight: Any) -> Any:
    """Return what the value of a loss was divided by, up to a factor that is the same for all batches."""
    if loss.reduction == "mean_with_sample_weight" and sample_weight is not None:
        return ops.sum(sample_weight)
    if y_pred.mask is not None:
        return ops.sum(ops.cast(y_pred.mask, y_pred.dtype))
    return y_pred.shape[0]


def only(data: Any, names: Sequence[str], y_pred: Any, what: str) -> Any:
    """Return the data of the single output."""
    if isinstance(data, (list, tuple, dict)):
        return align_data(data, names, y_pred, what)[0]
    return data


def align_data(data: Structure, names: Sequence[str], y_pred: Structure, what: str) -> list[Any]:
    """List targets or sample weights by output. An array of sample weights serves all outputs."""
    return per_output(data, names, y_pred, what, spread=what == "sample_weight")


def _scalar(entry: OutputLoss, value: Any) -> Any:
    if value.shape == ():
        return value
    raise ConfigError(
        f"The loss of output {entry.name!r} gives a value of shape {list(value.shape)}, not one number.",
        why=f"its reduction is {entry.loss.reduction!r}",
        fix='use reduction="sum_over_batch_size"',
    )


def _as_loss(identifier: Any) -> Any:
    found = losses.get(identifier)
    if found is None or isinstance(found, losses.Loss):
        return found
    return losses.LossFunctionWrapper(found, name=getattr(found, "__name__", None))


def _check_weights(weights: Structure) -> None:
    for weight in tree.flatten(weights):
        if weight is not None and (isinstance(weight, (str, bool)) or not hasattr(weight, "__float__")):
            raise ConfigError(f"Not a weight of a loss: {weight!r}.", fix="use numbers, as loss_weights={'head': 0.5}")
    if weights is not None and not isinstance(weights, (list, tuple, dict)):
        raise ConfigError(
            f"loss_weights must be a list or dict, not {weights!r}.",
            fix="pass one number for each output, as [1.0, 0.5]",
        )


def missing_targets(names: Sequence[str]) -> DataError:
    """Return the error for training a compiled loss without targets."""
    return DataError(
        "There are no targets (y), but the model was compiled with a loss.",
        why=f"the loss compares predictions of {', '.join(map(repr, names)) or 'the model'} with targets",
        fix="pass y to fit or let the batches be (x, y); compile without a loss if the model adds its own (add_loss)",
    )
