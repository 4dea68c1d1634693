"""What a call that failed would have given: guesses, with which a recording goes on.

Floor 10. A guess says what is certain (a layer of five units gives five features, whatever it gets) and leaves open
what is not. It stands in the recording as a node, so that what follows from it can be told from what does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .. import tree
from ..core.context import call_scope, scope
from ..core.door import spec_of
from ..core.node import Node
from ..core.primitive import Operation
from ..core.source import user_line
from ..core.spec import TensorSpec
from ..core.tensor import SymbolicTensor
from ..core.trace import trace
from ..core.variable import Variable
from ..core.witness import Witness
from ..layers.base.call import CallTemplate
from ..layers.base.input_spec import InputSpec
from ..layers.base.layer import Layer
from ..layers.base.rollback import as_before
from ..typing import Structure

__all__ = ["Guess", "guess", "is_certain", "outputs_of_call", "outputs_of_operation"]

# Sizes to try for those that are not known. What comes out is certain if it is the same for both.
_TRIED = (64, 192)


class Guess(Operation):
    """The operation of a node that stands for a call that failed."""

    name = "guess"


def guess(specs: Structure, arguments: Sequence[Any], token: object) -> Structure:
    """Return symbolic tensors of the given specs that depend on the arguments of the call that failed."""
    flat = tuple(tree.flatten(specs))
    needed = tuple(argument for argument in arguments if isinstance(argument, (SymbolicTensor, Variable)))
    node = Node(Guess(), needed, {}, flat, place=user_line(), token=token)
    return tree.unflatten(specs, node.outputs) if tree.is_nested(specs) else node.outputs[0]


def is_certain(spec: TensorSpec) -> bool:
    """Say whether all sizes but that of the batch are known."""
    return None not in spec.shape[1:]


def outputs_of_operation(arguments: Sequence[Any]) -> TensorSpec:
    """Guess what an operation gives that could not take its arguments: what they agree on."""
    specs = [spec_of(argument) for argument in arguments if hasattr(argument, "spec")]
    longest: TensorSpec = max(specs, key=lambda spec: len(spec.shape))
    alike = [spec for spec in specs if len(spec.shape) == len(longest.shape)]
    result = alike[0]
    for spec in alike[1:]:
        result = _agreed(result, spec)
    return result if len(alike) > 1 else _open(longest)


def outputs_of_call(layer: Layer, args: Sequence[Any], kwargs: dict[str, Any]) -> Structure:
    """Guess what a layer gives that could not be called with its arguments.

    Args:
        layer: it is left as it is.
        args: of the call.
        kwargs: of the call.

    Returns:
        specs: those for arguments that it can take, as far as they do not depend on what was changed; else those of the
        first argument, with open sizes.
    """
    try:
        leaves, template = layer._call_signature.divide(tuple(args), dict(kwargs))
    except Exception:
        # Something among the arguments is no tensor: that is what failed.
        return outputs_of_operation(tree.flatten([list(args), kwargs]))
    specs = [TensorSpec.of(leaf.shape, leaf.dtype) for leaf in leaves]
    for variants in _acceptable(layer, specs):
        found = [_outputs(layer, variant, template) for variant in variants]
        if all(outputs is not None for outputs in found):
            first, *others = (tree.flatten(outputs) for outputs in found)
            for other in others:
                first = [_agreed(a, b) for a, b in zip(first, other, strict=True)]
            return tree.unflatten(found[0], first) if tree.is_nested(found[0]) else first[0]
    stated = _stated(layer, specs, template)
    return stated if stated is not None else _open(specs[0]) if specs else TensorSpec((None,), "float32")


def _acceptable(layer: Layer, specs: list[TensorSpec]) -> Iterator[list[list[TensorSpec]]]:
    """Give specs that the layer might take, the most likely first; several variants where sizes are made up."""
    fitted = _fit(layer.input_spec, specs)
    if fitted != specs:
        yield [fitted]
    yield [list(map(_open, fitted))]
    yield [[_filled(spec, size, last_only=True) for spec in fitted] for size in _TRIED]
    yield [[_filled(spec, size, last_only=False) for spec in fitted] for size in _TRIED]
    opened = list(map(_open, fitted))
    yield [[_filled(spec, size, last_only=True) for spec in opened] for size in _TRIED]
    yield [[_filled(spec, size, last_only=False) for spec in opened] for size in _TRIED]


def _outputs(layer: Layer, specs: list[TensorSpec], template: CallTemplate) -> Structure:
    """Return what a layer gives for some specs, `None` if it fails. Nothing changes by it."""
    try:
        with as_before(layer), scope(witness=Witness()), trace(inherits=False) as current:
            if not layer.built:
                layer._build_once(template, [current.placeholder(spec) for spec in specs])
            outputs = layer.infer(*specs, call=template)
            given = tree.map_structure(lambda spec: TensorSpec.of(spec.shape, spec.dtype), outputs)
            return given if tree.flatten(given) else None
    except Exception:
        # Whatever it is that the user's code cannot do with a guess: there will be another.
        return None


def _stated(layer: Layer, specs: list[TensorSpec], template: CallTemplate) -> Structure:
    if not layer._states_output():
        return None
    try:
        with scope(witness=Witness()), call_scope(losses=[]):
            return layer._stated_output(specs, template)
    except Exception:
        return None


def _fit(input_spec: Any, specs: list[TensorSpec]) -> list[TensorSpec]:
    wanted = tree.flatten(input_spec) if input_spec is not None else []
    if len(wanted) != len(specs) or not all(isinstance(each, InputSpec) for each in wanted):
        return specs
    return [_fit_one(want, spec) for want, spec in zip(wanted, specs, strict=True)]


def _fit_one(wanted: InputSpec, spec: TensorSpec) -> TensorSpec:
    shape = list(spec.shape) or [None]
    rank = wanted.ndim if wanted.ndim is not None else max(len(shape), wanted.min_ndim or 0)
    rank = min(rank, wanted.max_ndim) if wanted.max_ndim is not None else rank
    if rank != len(shape):
        shape = [*shape[:1], *(None for _ in range(rank - 1))]
    if wanted.shape is not None:
        shape = [given if want is None else want for want, given in zip(wanted.shape, shape, strict=True)]
    for axis, size in wanted.axes.items():
        if size is not None and -rank <= axis < rank:
            shape[axis] = size
    return TensorSpec(shape, wanted.dtype or spec.dtype)


def _open(spec: TensorSpec) -> TensorSpec:
    return TensorSpec.of((*spec.shape[:1], *(None for _ in spec.shape[1:])), spec.dtype)


def _filled(spec: TensorSpec, size: int, *, last_only: bool) -> TensorSpec:
    last = len(spec.shape) - 1
    places = (last,) if last_only else range(1, last + 1)
    sizes = [size if given is None and axis in places else given for axis, given in enumerate(spec.shape)]
    return TensorSpec.of(tuple(sizes), spec.dtype)


def _agreed(first: TensorSpec, second: TensorSpec) -> TensorSpec:
    if len(first.shape) != len(second.shape):
        return _open(first)
    return TensorSpec.of(
        tuple(a if a == b else None for a, b in zip(first.shape, second.shape, strict=True)), first.dtype
    )
