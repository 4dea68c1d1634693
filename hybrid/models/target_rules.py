"""Whether the outputs of a model, its compiled loss and its targets belong together.

Floor 10. Rules of `check`: the last activation is read off the recording, the loss is called on placeholders.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .. import losses, tree
from ..core.context import outside
from ..core.node import Node
from ..core.spec import TensorSpec
from ..core.tensor import SymbolicTensor
from ..core.trace import trace
from ..core.variable import Variable
from ..errors import HybridError
from ..layers.base.described import placeholders_like
from ..training.checks import check_labels
from ..training.compiled_loss import CompiledLoss, align_data
from ..typing import Structure
from .guessing import Guess
from .problems import Problem
from .survey import Survey, problem_of, reach

__all__ = ["activation_problems", "target_problems"]

_KEEPS_VALUES = frozenset(("reshape", "reshape_like", "squeeze", "expand_dims", "cast", "transpose", "read"))
_LINEAR = frozenset(("affine", "matmul", "einsum", "conv", "conv_transpose"))
_PROBABILITIES = frozenset(("softmax", "sigmoid", "sparsemax"))
_UNBOUNDED = frozenset(("linear", "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "log_softmax"))
_CATEGORICAL = frozenset(
    ("categorical_crossentropy", "sparse_categorical_crossentropy", "categorical_focal_crossentropy")
)
_BINARY = frozenset(("binary_crossentropy", "binary_focal_crossentropy"))


class Head(NamedTuple):
    """An output of a model as a loss sees it.

    Attributes:
        label: names the output where there are several.
        activation: name of the last activation, `"linear"` for none, empty if it is something else.
        units: size of the last axis.
        width: size of the axis along which a softmax adds up to one, `None` where there is none.
        node: the recorded call of the activation.
    """

    label: str
    activation: str
    units: int | None
    width: int | None
    node: Node


def _head(label: str, output: SymbolicTensor) -> Head:
    node = output.node
    while node.operation.name in _KEEPS_VALUES and isinstance(node.arguments[0], SymbolicTensor):
        node = node.arguments[0].node
    name = node.operation.name
    width = None
    if name in _LINEAR or (name == "add" and any(isinstance(argument, Variable) for argument in node.arguments)):
        name = "linear"
    if name in ("softmax", "sparsemax"):
        axes = node.params.get("axes", (-1,))
        width = node.specs[0].shape[axes[0]] if len(axes) == 1 else None
    known = name in _PROBABILITIES or name in _UNBOUNDED
    shape = output.spec.shape
    return Head(label, name if known else "", shape[-1] if shape else None, width, node)


def _crossentropy(loss: Any) -> tuple[str, bool]:
    """Return the name of the crossentropy that a loss is, empty for another, and whether it takes logits."""
    function = getattr(type(loss), "function", None) or getattr(loss, "fn", None)
    name = getattr(function, "__name__", "")
    if name not in _CATEGORICAL | _BINARY or function is not getattr(losses, name):
        return "", False
    options = getattr(loss, "options", None)
    given = options if isinstance(options, dict) else vars(loss)
    return name, bool(given.get("from_logits", False))


def activation_problems(survey: Survey) -> Iterator[Problem]:
    """Last activations that are constant, or that do not suit the compiled loss."""
    if not survey.passes:
        return
    walked = survey.passes[0]
    outputs = tree.flatten(walked.outputs)
    compiled = _compiled_loss(survey, walked.outputs)
    entries = {} if isinstance(compiled, Problem) or compiled is None else {e.position: e for e in compiled.entries}
    for position, output in enumerate(outputs):
        if not isinstance(output, SymbolicTensor) or survey.is_guessed(output):
            continue
        entry = entries.get(position)
        label = "output" if len(outputs) == 1 else f"output {entry.name!r}" if entry else f"output {position}"
        head = _head(label, output)
        said = _constant(head) or (entry and _contradiction(head, *_crossentropy(entry.loss)))
        if said and not isinstance(head.node.operation, Guess):
            message, why, fix, severity = said
            layer = survey.maker_of(head.node)
            place = head.node.place if head.node.place != survey.start else None
            yield Problem("activation", message, layer.path, place, why, fix, severity)


def _constant(head: Head) -> tuple[str, str, str, str] | None:
    if head.activation in ("softmax", "sparsemax") and head.width == 1:
        return (
            f"The {head.label} is a {head.activation} over one unit.",
            "it is 1 for all inputs: there is nothing to learn",
            "use activation='sigmoid' for two classes in one unit, or one unit for every class",
            "error",
        )
    return None


def _contradiction(head: Head, loss: str, from_logits: bool) -> tuple[str, str, str, str] | None:
    """Return message, reason, fix and severity if a last activation does not suit a crossentropy."""
    if not loss or not head.activation:
        return None
    activation, label = head.activation, head.label
    if from_logits and activation in _PROBABILITIES:
        return (
            f"The {label} is a {activation}, but {loss} has from_logits=True.",
            "the loss applies it once more, so that gradients vanish and probabilities are wrong",
            "use from_logits=False, or no activation in the last layer",
            "error",
        )
    if from_logits and activation in ("relu", "tanh"):
        return (
            f"The {label} is a {activation}, but {loss} takes logits (from_logits=True).",
            "logits are any numbers; these are bounded, so that some probabilities cannot be reached",
            "use no activation in the last layer",
            "warning",
        )
    if from_logits:
        return None
    wanted = "softmax" if loss in _CATEGORICAL else "sigmoid"
    if activation in _UNBOUNDED:
        return (
            f"The {label} is {activation if activation == 'linear' else 'a ' + activation}, but {loss} takes "
            "probabilities.",
            "values outside of 0 to 1 are cut off, and nothing is learnt from them",
            f"use from_logits=True with no activation in the last layer, or activation='{wanted}'",
            "error",
        )
    if loss in _CATEGORICAL and head.units == 1:
        return (
            f"The {label} has one unit, but {loss} takes one for every class.",
            "a distribution over one class is always 1: there is nothing to learn",
            "use binary_crossentropy for one unit, or one unit for every class",
            "error",
        )
    if loss in _CATEGORICAL and activation == "sigmoid":
        return (
            f"The {label} is a sigmoid of {head.units} units, but {loss} takes a distribution over classes.",
            "sigmoids do not add up to one",
            "use activation='softmax' for classes that exclude each other, binary_crossentropy for those that do not",
            "error",
        )
    if loss in _BINARY and activation != "sigmoid":
        return (
            f"The {label} is a {activation} of {head.units} units, but {loss} looks at each unit by itself.",
            "a softmax makes them exclude each other",
            "use categorical_crossentropy, or activation='sigmoid' for classes that do not exclude each other",
            "warning",
        )
    return None


# -- losses and targets -----------------------------------------------------------------------------------------------


def _compiled_loss(survey: Survey, outputs: Structure) -> CompiledLoss | Problem | None:
    """Return the losses of the model matched with outputs, or what is wrong with that."""
    model: Any = survey.model
    if getattr(model, "_compiled_loss", None) is None:
        return None
    compiled = CompiledLoss(model.loss, model.loss_weights, model._declared_outputs())
    try:
        compiled.build(outputs)
    except HybridError as error:
        return _problem(error, survey, "")
    return compiled


def _problem(error: Exception, survey: Survey, what: str) -> Problem:
    found = problem_of(error, survey.model, None)
    said = f"{what}: {found.message}" if what else found.message
    return Problem("target", said, found.path, None, found.why, found.fix, error=found.error)


def target_problems(survey: Survey, y: Structure) -> Iterator[Problem]:
    """Targets that do not suit outputs, losses and metrics."""
    if not survey.passes:
        return
    outputs = survey.passes[0].outputs
    if any(survey.is_guessed(output) for output in tree.flatten(outputs)):
        return
    compiled = _compiled_loss(survey, outputs)
    if isinstance(compiled, Problem):
        yield compiled
    elif y is not None and compiled is not None:
        yield from _compared(survey, compiled, outputs, y)


def _compared(survey: Survey, compiled: CompiledLoss, outputs: Structure, y: Structure) -> Iterator[Problem]:
    """Call losses and metrics on placeholders."""
    specs = tree.map_structure(_spec, outputs)
    with outside(), trace(inherits=False) as current:
        y_pred, y_true = (
            tree.map_structure(lambda spec: None if spec is None else current.placeholder(spec), part)
            for part in (specs, tree.map_structure(_spec, placeholders_like(y, survey.model.dtype)))
        )
        try:
            targets = align_data(y_true, compiled.names, y_pred, "y")
        except HybridError as error:
            yield _problem(error, survey, "")
            return
        failed = False
        for entry in compiled.entries:
            target, prediction = targets[entry.position], tree.flatten(y_pred)[entry.position]
            label = f"loss of output {entry.name!r}" if len(compiled.names) > 1 else "loss"
            try:
                value = entry.loss(target, prediction)
            except Exception as error:
                failed = True
                yield _problem(error, survey, label)
                continue
            yield from _broadcast(survey, label, value, target, prediction)
        try:
            copy.deepcopy(survey.model._compiled_metrics).update_state(y_true, y_pred)  # type: ignore[attr-defined]
            if all(isinstance(leaf, np.ndarray) for leaf in tree.flatten(y)):
                check_labels(compiled, y, specs)
        except Exception as error:
            if not failed:
                yield _problem(error, survey, "metrics" if not isinstance(error, HybridError) else "")


def _spec(value: Any) -> TensorSpec | None:
    return None if value is None else TensorSpec.of(tuple(value.shape), value.dtype)


def _broadcast(survey: Survey, label: str, value: Any, target: Any, prediction: Any) -> Iterator[Problem]:
    """Find where a loss combines targets with predictions of another shape."""
    for node in reach([value]).nodes.values():
        pairs = [argument for argument in node.arguments if isinstance(argument, SymbolicTensor)]
        if len(pairs) != 2 or not getattr(node.operation, "elementwise", False):
            continue
        needs = [reach([argument]).nodes for argument in pairs]
        true, pred = id(target.node), id(prediction.node)
        first, second = (({true, pred} & needed.keys()) for needed in needs)
        shapes = [argument.spec.shape for argument in pairs]
        if len(first) == len(second) == 1 and first != second and _spreads(*shapes):
            yield Problem(
                "target",
                f"The {label} broadcasts targets {list(target.shape)} against predictions {list(prediction.shape)}.",
                survey.model.path,
                node.place,
                why=f"it combines shapes {list(shapes[0])} and {list(shapes[1])}: values of different places are mixed",
                fix="give targets and predictions the same shape, by reshaping or with another number of units",
                severity="error" if len(shapes[0]) != len(shapes[1]) else "warning",
            )
            return


def _spreads(first: tuple[Any, ...], second: tuple[Any, ...]) -> bool:
    """Say whether two shapes are broadcast: not if one is a number, nor if they are equal as far as is known."""
    if not first or not second:
        return False
    if len(first) != len(second):
        return True
    return any((a == 1) != (b == 1) for a, b in zip(first, second, strict=True) if a is not None and b is not None)
