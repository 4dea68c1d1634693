"""`check`: everything that can be seen to be wrong with a model before it meets data.

Floor 10. A survey walks the model; rules look at what it met. A rule is a function of a survey to problems.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from types import CodeType
from typing import Any

from .. import tree
from ..core.spec import TensorSpec
from ..core.variable import Variable
from ..errors import NotBuiltError
from ..layers.base.call import without_training
from ..layers.base.described import placeholders_like
from ..layers.base.layer import Layer
from ..layers.base.rollback import as_before
from ..layers.base.tracking import owned_by, walk
from ..training.steps import Steps
from ..typing import Structure
from .problems import Problem, Report
from .recording import CallSpec, leaf_names
from .survey import Survey, created_in_call, layers_below, reach
from .target_rules import activation_problems, target_problems

__all__ = ["call_for", "check_calls", "check_model"]

# A model that overrides one of these decides itself what is used, and for what.
_STEPS = {"train_step": Steps.train_step, "test_step": Steps.test_step, "compute_loss": Steps.compute_loss}
# Sizes for those that are not known, to see whether a failure is due to that.
_BATCH, _LENGTH = 6, 64
_NEVER_MENTIONED = frozenset(("__init__", "build", "call", "get_config", "from_config", "compute_output_shape"))


def check_model(model: Any, specs: Sequence[Any] = (), y: Structure = None) -> Report:
    """Return all that is wrong with a model.

    Args:
        model: any model or layer; it is left as it is.
        specs: what it is called with, as in `to_functional`.
        y: specs of the targets, in their structure.

    Raises:
        NotBuiltError: if no specs are given and the model was never called.
    """
    subject = f"model '{model.name}'"
    if _is_stepped(model) and not getattr(model, "_defines_call", True):
        return Report([], subject)

    def look(survey: Survey) -> list[Problem]:
        for rule in (_created_anew, _never_called, _unused_weights, _unconnected, activation_problems):
            for problem in rule(survey):
                survey.add(problem)
        for problem in target_problems(survey, y):
            survey.add(problem)
        return [*survey.problems, *_nested_compiled(model)]

    found = _surveyed(model, call_for(model, specs), look)
    return Report(sorted(found, key=lambda problem: not problem.is_error), subject)


def check_calls(model: Any, call: CallSpec) -> Report:
    """Return what keeps a model from being called: the part of `check_model` that needs neither loss nor targets.

    Args:
        model: it is left as it is.
        call: what it is called with.
    """

    def look(survey: Survey) -> list[Problem]:
        for problem in _created_anew(survey):
            survey.add(problem)
        return [problem for problem in survey.problems if problem.is_error]

    return Report(_surveyed(model, call, look), f"model '{model.name}'")


def _surveyed(model: Any, call: CallSpec, look: Callable[[Survey], list[Problem]]) -> list[Problem]:
    """Walk a model and look at what was met; where something fails, again with guesses."""
    try:
        with as_before(model) as snapshot:
            return look(_walked(Survey(model, call, recovers=False, snapshot=snapshot)))
    except Exception:
        # It is met again by a survey that recovers, which notes it.
        pass
    with as_before(model) as snapshot:
        sized = _walked(Survey(model, call.with_sizes(_BATCH, _LENGTH), recovers=True, snapshot=snapshot))
    with as_before(model) as snapshot:
        survey = _walked(Survey(model, call, recovers=True, snapshot=snapshot))
        survey.compare(sized)
        return look(survey)


def _walked(survey: Survey) -> Survey:
    survey.walk(training=False)
    survey.walk(training=True)
    return survey


# -- what a model is called with --------------------------------------------------------------------------------------


def call_for(model: Any, specs: Sequence[Any] = ()) -> CallSpec:
    """Describe the call of a model with arguments like these, by default the one it was made for or called with first.

    Raises:
        NotBuiltError: if there are none and it was never called.
    """
    if specs:
        return _call_with(model, [placeholders_like(spec, model.dtype) for spec in specs])
    functional = model.__dict__.get("_functional")
    if functional is not None:
        return _call_with(model, [functional.inputs])
    first = model.__dict__.get("_first_call")
    if first is None:
        raise NotBuiltError(
            f"'{model.path}' was never called, so nothing is known of its inputs.",
            fix="pass specs or shapes of its arguments, as model.check((None, 28, 28)), or call it on data first",
        )
    return CallSpec(*first)


def _call_with(model: Any, arguments: Sequence[Any]) -> CallSpec:
    leaves, template = model._call_signature.divide(tuple(arguments), {})
    bare, training = without_training(model, template)
    return CallSpec(tuple(TensorSpec.of(leaf.shape, leaf.dtype) for leaf in leaves), bare, training)


# -- rules ------------------------------------------------------------------------------------------------------------


def _created_anew(survey: Survey) -> Iterator[Problem]:
    """Layers that are made in each call; those that are made in the first call only, and kept, are none."""
    if not survey.created:
        return
    survey.created.clear()
    for training in (False, True):
        survey.walk(training)
    for layer, path, place in list(survey.created.values()):
        if layer.weights or (not layer.built and type(layer).build is not Layer.build):
            yield created_in_call(layer, path, place)


def _is_stepped(model: Any) -> bool:
    """Say whether a model decides itself what a step of training uses."""
    return any(getattr(type(model), name, own) is not own for name, own in _STEPS.items())


def _never_called(survey: Survey) -> Iterator[Problem]:
    """Layers in attributes that no call reaches and no other method mentions."""
    if not survey.is_complete or _is_stepped(survey.model):
        return
    used = {**survey.called, **layers_below(survey.unknown), **_below_opaque(survey)}
    read = _variables_read(survey)
    stack: list[Any] = [survey.model]
    seen: set[int] = set()
    while stack:
        owner = stack.pop()
        for layer in owned_by(owner).layers:
            if id(layer) in seen or layer.is_placeholder:
                continue
            seen.add(id(layer))
            parts = walk(layer)
            if any(id(part) in used for part in parts) or any(id(variable) in read for variable in layer.variables):
                stack.append(layer)
            elif not _is_mentioned(owner, layer):
                yield Problem(
                    "never_called",
                    f"The {type(layer).__name__} '{layer.path}' is never called.",
                    path=layer.path,
                    why=f"neither `call` nor another method of {type(owner).__name__} leads to it",
                    fix="call it, or remove it",
                    severity="warning",
                )


def _is_mentioned(owner: Any, layer: Any) -> bool:
    """Say whether a method other than `call` names the attribute that holds a layer."""
    names = {name for name, value in vars(owner).items() if any(item is layer for item in _items(value))}
    for cls in type(owner).__mro__:
        for name, member in vars(cls).items() if cls.__module__.partition(".")[0] != "hybrid" else ():
            function = inspect.unwrap(member) if callable(member) else getattr(member, "fget", None)
            code = getattr(function, "__code__", None)
            if code is not None and name not in _NEVER_MENTIONED and names & _names_in(code):
                return True
    return False


def _items(value: Any) -> list[Any]:
    return tree.flatten(value) if isinstance(value, (list, tuple, dict)) else [value]


def _names_in(code: CodeType) -> set[str]:
    """Return the names of attributes that a function mentions, and the functions inside it."""
    inner = [_names_in(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*inner)


def _below_opaque(survey: Survey) -> dict[int, Any]:
    """Return the layers inside of calls that were not looked into."""
    return layers_below(operation for each in survey.passes for operation in reach(_ends(each)).opaque)


def _ends(each: Any) -> list[Any]:
    return [*each.output_tensors, *each.losses, *each.updates]


def _variables_read(survey: Survey) -> dict[int, Variable]:
    """Return the Variables that outputs, losses and updates are computed from."""
    found: dict[int, Variable] = {}
    for each in survey.passes:
        known = reach(_ends(each))
        found.update(known.variables)
        for operation in known.opaque:
            found.update({id(variable): variable for variable in getattr(operation, "variables", ())})
    return found


def _unused_weights(survey: Survey) -> Iterator[Problem]:
    """Weights of called layers that are trained, although no output and no loss depends on them."""
    if not survey.is_complete or _is_stepped(survey.model):
        return
    read = _variables_read(survey)
    hidden = layers_below(survey.unknown)
    called = {**survey.called, id(survey.model): survey.model}
    for layer in walk(survey.model, enter=lambda layer: layer.trainable):
        if id(layer) not in called or id(layer) in hidden:
            continue
        for variable in owned_by(layer).variables:
            if variable.trainable and id(variable) not in read:
                yield Problem(
                    "unused_weight",
                    f"The weight '{variable.path}' {list(variable.shape)} is trained, but no output depends on it.",
                    path=layer.path,
                    why="its gradient is nothing, so it stays what it is",
                    fix="use it in `call`, remove it, or make it with trainable=False",
                    severity="warning",
                )


def _unconnected(survey: Survey) -> Iterator[Problem]:
    """Inputs that nothing depends on, and outputs that depend on no input."""
    if not survey.is_complete or survey.unknown:
        return
    used: set[int] = set()
    constant: set[int] | None = None
    for each in survey.passes:
        known = reach(_ends(each)).nodes
        used.update(index for index, tensor in enumerate(each.inputs) if id(tensor.node) in known)
        inputs = {id(tensor.node) for tensor in each.inputs}
        here = {
            index
            for index, output in enumerate(tree.flatten(each.outputs))
            if output is not None and not inputs & reach([output]).nodes.keys()
        }
        constant = here if constant is None else constant & here
    names = leaf_names(survey.model, survey.call)
    for index, name in enumerate(names):
        if index not in used:
            yield Problem(
                "unused_input",
                f"No output depends on the input '{name}' {list(survey.call.specs[index].shape)}.",
                path=survey.model.path,
                fix="use it, or leave it out",
                severity="warning",
            )
    for index in sorted(constant or ()) if names else ():
        which = "The output" if len(tree.flatten(survey.passes[0].outputs)) == 1 else f"Output {index}"
        yield Problem(
            "constant_output",
            f"{which} does not depend on any input.",
            path=survey.model.path,
            why="it is the same for all samples",
            fix="compute it from the inputs",
            severity="warning",
        )


def _nested_compiled(model: Any) -> list[Problem]:
    """Models inside that were compiled: only the outermost one's loss, metrics and optimizer count."""
    if _is_stepped(model) or not getattr(model, "compiled", False):
        return []
    return [
        Problem(
            "nested_compile",
            f"The model '{part.path}' inside was compiled itself: its loss, metrics and optimizer are not used.",
            path=part.path,
            why="a fit uses what the model that is fitted was compiled with, and nothing else",
            fix="compile the outermost model only",
            severity="warning",
        )
        for part in walk(model)[1:]
        if getattr(part, "compiled", False)
    ]
