"""What is looked at before the first step: the data by itself, and against the model, its loss and its metrics.

Floor 9. Nothing here changes a state: the model is called on placeholders, or, where it needs values, in a scope that
collects its assignments and is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import losses, tree
from ..core.context import scope
from ..core.spec import TensorSpec
from ..core.state import StateScope
from ..core.trace import trace
from ..errors import DataError, StructureError
from ..typing import Structure
from .compiled_loss import CompiledLoss, align_data
from .data import Batch

__all__ = ["check_arrays", "check_labels", "check_values", "check_weighted_classes", "dry_run"]


def check_arrays(x: Structure, y: Structure, sample_weight: Structure, *, prefix: str = "") -> None:
    """Check that arrays hold samples, equally many of them.

    Args:
        x: structure of arrays.
        y: likewise, or `None`.
        sample_weight: likewise, or `None`.
        prefix: put before the names in messages, as `"validation "`.

    Raises:
        DataError: names the array that differs.
    """
    if type(x) is np.ndarray and len(x) and y is None and sample_weight is None:
        return  # as predictions are made for: one array has nothing to differ from
    named = {
        f"{prefix}{name}{_place(path)}": leaf
        for name, data in (("x", x), ("y", y), ("sample_weight", sample_weight))
        for path, leaf in tree.flatten_with_path(data)
        if leaf is not None
    }
    if all(leaf is None for leaf in tree.flatten(x)):
        raise DataError(
            f"There is no {prefix}data.", why="x is None", fix="pass arrays, or an iterable of batches, as x"
        )
    counts = {name: len(leaf) for name, leaf in named.items()}
    first = next(iter(counts))
    for name, count in counts.items():
        if count == 0:
            raise DataError(
                f"{name} is empty: its shape is {list(named[name].shape)}.",
                why="there is nothing to train on or to look at",
                fix="check how the data was loaded or selected",
            )
        if count != counts[first]:
            raise DataError(
                f"{first} has {counts[first]} samples but {name} has {count}.",
                why="the first axis of every array counts the samples: "
                + ", ".join(f"{each} {list(leaf.shape)}" for each, leaf in named.items()),
                fix="pass the same number of samples in each",
            )


def check_values(x: Structure, y: Structure, sample_weight: Structure, *, prefix: str = "") -> None:
    """Check that float arrays hold no NaN and no infinity.

    Raises:
        DataError: names the array, how many there are and where the first is.
    """
    for name, data in (("x", x), ("y", y), ("sample_weight", sample_weight)):
        for path, leaf in tree.flatten_with_path(data):
            if leaf is not None and leaf.dtype.kind in "fc" and leaf.size and not _all_finite(leaf):
                raise _not_finite(f"{prefix}{name}{_place(path)}", leaf)


def _all_finite(array: np.ndarray[Any, Any]) -> bool:
    # Two passes without temporaries: both are NaN if there is a NaN, and an infinity is an extreme.
    with np.errstate(all="ignore"):
        return bool(np.isfinite(array.min()) and np.isfinite(array.max()))


def _not_finite(name: str, array: np.ndarray[Any, Any]) -> DataError:
    bad = ~np.isfinite(array)
    place = [int(index) for index in np.argwhere(bad)[0]]
    kinds = " and ".join(
        text for text, found in (("NaN", np.isnan(array).any()), ("infinity", np.isinf(array).any())) if found
    )
    return DataError(
        f"{name} holds {kinds}: {int(bad.sum())} of {array.size} values, the first at index {place}.",
        why="one such value makes the loss NaN, and after one step all weights",
        fix=f"np.nan_to_num({name.rpartition(' ')[2]}), or leave these samples out; "
        "if your model handles them, set model.check_data = False",
    )


def _place(path: tuple[Any, ...]) -> str:
    return "".join(f"[{key!r}]" for key in path)


def dry_run(model: Any, batch: Batch) -> Structure:
    """Call model, loss and metrics on the shapes of a batch.

    Args:
        model: compiled.
        batch: inputs, targets and sample weights, as tensors.

    Returns:
        the specs of the predictions.

    Raises:
        HybridError: what the model, its loss or its metrics say of these shapes.
    """
    kept = model.__dict__.get("_call_losses", [])
    try:
        with trace() as current:
            return _forward(
                model,
                tree.map_structure(
                    lambda leaf: None if leaf is None else current.placeholder(_spec(leaf)), list(batch)
                ),
            )
    except Exception:
        # A model that needs values says it only now; one that is wrong says why once more, with concrete shapes.
        with scope(state=StateScope(), tapes=()):
            return _forward(model, list(batch))
    finally:
        model.__dict__["_call_losses"] = kept


def _spec(leaf: Any) -> TensorSpec:
    return TensorSpec.of(leaf.shape, leaf.dtype)


def _forward(model: Any, batch: list[Any]) -> Structure:
    x, y, sample_weight = batch
    y_pred = model(x, training=False)
    if y_pred is None:
        raise StructureError(
            f"The call of {type(model).__name__} '{model.path}' returned None.",
            why="there is nothing to compare with the targets",
            fix="is a `return` missing in call?",
        )
    model._loss_of(x, y, y_pred, sample_weight, False)
    if y is not None and model._compiled_metrics is not None:
        model._compiled_metrics.update_state(y, y_pred, sample_weight)
    return tree.map_structure(_spec, y_pred)


def check_labels(compiled: CompiledLoss, y: Structure, y_pred: Structure, *, prefix: str = "") -> None:
    """Check the values of targets against losses that take classes or probabilities.

    Args:
        compiled: losses that have been matched with outputs.
        y: structure of arrays.
        y_pred: structure of specs.
        prefix: put before `y` in messages.

    Raises:
        DataError: names the output, the offending value and the valid range.
    """
    if y is None:
        return
    outputs, targets = tree.flatten(y_pred), align_data(y, compiled.names, y_pred, "y")
    for entry in compiled.entries:
        target = targets[entry.position]
        if target is not None:
            label = f"{prefix}y" if len(compiled.names) == 1 else f"{prefix}y for output {entry.name!r}"
            _check_target(label, entry.loss, target, outputs[entry.position])


def check_weighted_classes(compiled: CompiledLoss, class_weight: Mapping[int, float], y_pred: Structure) -> None:
    """Check that class weights name classes that the model can tell apart; some may be missing from the targets.

    Args:
        compiled: losses that have been matched with outputs.
        class_weight: weights by class number.
        y_pred: structure of specs.

    Raises:
        DataError: names the class.
    """
    outputs = tree.flatten(y_pred)
    for entry in compiled.entries:
        sizes = outputs[entry.position].shape
        if not _kind_of(entry.loss) or not sizes or sizes[-1] is None or len(compiled.entries) > 1:
            continue
        classes = max(sizes[-1], 2)  # one unit tells two classes apart
        wrong = [label for label in class_weight if not 0 <= label < classes]
        if wrong:
            raise DataError(
                f"class_weight names the class {wrong[0]}, but the model has {classes} classes: 0 to {classes - 1}.",
                why=f"the predictions have the shape {list(sizes)}; a weight of another class would never be used",
                fix="number the classes from 0, as the targets do, or leave this entry out",
            )


def _kind_of(loss: Any) -> str:
    function = getattr(loss, "fn", None)
    for name in ("sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"):
        cls = getattr(losses, "".join(part.capitalize() for part in name.split("_")))
        if type(loss) is cls or function is getattr(losses, name):
            return name
    return ""


def _check_target(label: str, loss: Any, target: np.ndarray[Any, Any], y_pred: TensorSpec) -> None:
    kind = _kind_of(loss)
    if not kind or target.dtype.kind not in "biuf" or not target.size:
        return
    low, high = target.min(), target.max()
    if kind == "sparse_categorical_crossentropy":
        _check_classes(label, loss, target, y_pred)
    elif low < 0 or high > 1:
        raise DataError(
            f"{label} has values from {low} to {high}, but {kind} takes probabilities from 0 to 1.",
            why="outside of that range the loss has no lower bound",
            fix="use labels 0 and 1: y = (y + 1) / 2 for labels -1 and 1; for class numbers use "
            "sparse_categorical_crossentropy; for regression use mean_squared_error",
        )
    if kind == "categorical_crossentropy" and y_pred.shape and y_pred.shape[-1] == 1:
        raise DataError(
            f"{kind} is used with a single output unit (predictions {list(y_pred.shape)}).",
            why="a distribution over one class is always 1: there is nothing to learn",
            fix="use binary_crossentropy for one unit, or one unit for every class",
        )


def _check_classes(label: str, loss: Any, target: np.ndarray[Any, Any], y_pred: TensorSpec) -> None:
    axis = getattr(loss, "axis", -1)
    classes = y_pred.shape[-1 if axis is None else axis]
    ignored = getattr(loss, "ignore_class", None)
    labels = target if ignored is None else target[target != ignored]
    if classes is None or not labels.size:
        return
    wrong = labels.max() if labels.max() >= classes else labels.min()
    if not 0 <= wrong < classes:
        raise DataError(
            f"{label} has the class number {wrong}, but the model has {classes} classes: 0 to {classes - 1}.",
            why=f"the last axis of the predictions has the size {classes}; class numbers begin with 0",
            fix="number the classes from 0: y - 1"
            if labels.min() == 1 and wrong == classes
            else f"give the last layer {int(wrong) + 1} units"
            if wrong >= classes
            else "number the classes from 0",
        )
    if labels.dtype.kind == "f" and (labels != np.floor(labels)).any():
        raise DataError(
            f"{label} has the class number {labels[labels != np.floor(labels)].flat[0]}, which is not whole.",
            why="sparse_categorical_crossentropy takes class numbers",
            fix="use categorical_crossentropy for probabilities, mean_squared_error for regression",
        )
