"""The laws of layers: what holds for every layer, as functions that raise an AssertionError where it does not.

Floor 11. Each takes a `LayerCase`; `check_layer` checks them all.
"""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import tree
from ..core.trace import trace_function
from ..errors import HybridError, ShapeError
from ..layers import Layer
from ..models import Model, Sequential
from ..saving import deserialize_keras_object, serialize_keras_object
from .cases import LayerCase, arrays_of, check_equal
from .gradients import check_gradients
from .masks import check_masks

__all__ = [
    "LAYER_LAWS",
    "check_arrays_and_placeholders_refused_alike",
    "check_compute_output_shape",
    "check_config",
    "check_copies",
    "check_layer",
    "check_recording_changes_nothing",
    "check_specs",
    "check_styles",
]


def check_styles(case: LayerCase) -> None:
    """Eager, functional, Sequential, subclassed and traced calls agree, bit for bit.

    Raises:
        AssertionError: says which does not.
    """
    layer, arrays = case.layer(), case.arrays()
    expected = layer(*arrays, **case.kwargs)
    flat = tree.flatten(list(arrays))
    inputs = case.inputs()
    functional = Model(tree.flatten(inputs), layer(*inputs, **case.kwargs))
    check_equal("functional Model", expected, functional(flat if len(flat) > 1 else flat[0]))
    if len(arrays) == 1 and not tree.is_nested(arrays[0]) and len(arrays_of(expected)) == 1 and not case.kwargs:
        check_equal("Sequential", expected, Sequential([layer])(arrays[0]))
    check_equal("subclass", expected, _Outer(layer)(*arrays, **case.kwargs))
    leaves, structure = flat, list(arrays)
    traced = trace_function(
        lambda *given: layer(*tree.unflatten(structure, list(given)), **case.kwargs),
        [leaf.spec for leaf in tree.flatten(case.placeholders())],
    )
    check_equal("trace", expected, traced.replay(leaves))


class _Outer(Model):
    def __init__(self, inner: Layer):
        super().__init__()
        self.inner = inner

    def call(self, *args: Any, **kwargs: Any) -> Any:
        return self.inner(*args, **kwargs)


def check_specs(case: LayerCase, batches: Sequence[int] = (1, 3)) -> None:
    """A symbolic call promises the shapes and dtypes that concrete calls have, whatever sizes are unknown.

    Raises:
        AssertionError: says where a promise is broken.
    """
    layer = case.layer()
    for known in (bool, lambda axis: False, lambda axis: axis > 1):
        try:
            promised = tree.flatten(layer(*case.placeholders(known), **case.kwargs))
        except ShapeError:
            assert known is not bool, "a ShapeError though only the batch is unknown"
            continue
        for batch in batches:
            outputs = arrays_of(layer(*case.arrays(batch=batch), **case.kwargs))
            promised = [each for each in promised if each is not None]
            assert len(outputs) == len(promised), f"{len(promised)} outputs promised, {len(outputs)} returned"
            for spec, output in zip(promised, outputs, strict=True):
                fits = len(spec.shape) == output.ndim and all(
                    size is None or size == own for size, own in zip(spec.shape, output.shape, strict=True)
                )
                assert fits, f"shape {list(spec.shape)} promised, {list(output.shape)} returned"
                assert spec.dtype == output.dtype, f"{spec.dtype} promised, {output.dtype} returned"


def check_compute_output_shape(case: LayerCase) -> None:
    """`compute_output_shape` says what a call returns, without building the layer twice.

    Raises:
        AssertionError: if it says something else.
    """
    layer = case.make()
    if len(case.args) != 1 or case.kwargs:
        return
    only = case.args[0]
    shapes = [np.shape(array) for array in only] if isinstance(only, (list, tuple)) else np.shape(only)
    found = layer.compute_output_shape(shapes)
    outputs = arrays_of(layer(*case.arrays()))
    actual = [output.shape for output in outputs]
    assert _shapes_in(found) == actual, f"{found} computed, {actual} returned"


def _shapes_in(shapes: Any) -> list[tuple[Any, ...]]:
    """Return the shapes of a structure of shapes, in order."""
    if all(size is None or isinstance(size, int) for size in shapes):
        return [tuple(shapes)]
    return [each for shape in shapes for each in _shapes_in(shape)]


def check_config(case: LayerCase) -> None:
    """A layer made of its configuration, also through JSON, has the same configuration and the same outputs.

    Raises:
        AssertionError: if not.
    """
    layer = case.layer()
    expected = layer(*case.arrays(), **case.kwargs)
    text = json.dumps(serialize_keras_object(layer))
    for again in (type(layer).from_config(layer.get_config()), deserialize_keras_object(json.loads(text))):
        assert type(again) is type(layer), f"a {type(again).__name__} was made"
        assert json.dumps(serialize_keras_object(again)) == _without_build(text), "another configuration"
        again(*case.placeholders(), **case.kwargs)
        mine, its = [w.path for w in layer.weights], [w.path for w in again.weights]
        assert mine == its, f"weights {its} instead of {mine}"
        again.set_weights(layer.get_weights())
        check_equal("from_config", expected, again(*case.arrays(), **case.kwargs))


def _without_build(text: str) -> str:
    data = json.loads(text)
    data.pop("build_config", None)
    return json.dumps(data)


def check_copies(case: LayerCase) -> None:
    """`deepcopy` and `pickle` give layers with equal, separate weights.

    Raises:
        AssertionError: if outputs differ or weights are shared.
    """
    layer = case.layer()
    expected = layer(*case.arrays(), **case.kwargs)
    for name, again in (("deepcopy", copy.deepcopy(layer)), ("pickle", pickle.loads(pickle.dumps(layer)))):
        check_equal(name, expected, again(*case.arrays(), **case.kwargs))
        own = {id(variable) for variable in layer.variables}
        assert not any(id(variable) in own for variable in again.variables), f"{name} shares Variables"


def check_recording_changes_nothing(case: LayerCase) -> None:
    """A symbolic call moves no Variable: no statistic, no seed, no counter; in training neither.

    Raises:
        AssertionError: names what changed.
    """
    layer = case.layer()
    before = [variable.numpy() for variable in layer.variables]
    for training in (False, True):
        options = {"training": training} | case.kwargs
        layer(*case.placeholders(), **options)
    for variable, value in zip(layer.variables, before, strict=True):
        assert np.array_equal(variable.numpy(), value), f"{variable.path} changed"


def check_arrays_and_placeholders_refused_alike(case: LayerCase) -> None:
    """Inputs of a wrong rank are accepted by both kinds of calls, or refused by both with the same words.

    Raises:
        AssertionError: if the kinds differ.
    """
    for change in (lambda array: array[..., None], lambda array: array[0]):
        changed = tree.map_structure(lambda array, change=change: change(np.asarray(array)), list(case.args))
        if any(np.ndim(array) == 0 for array in tree.flatten(changed)):
            continue
        wrong = LayerCase(case.make, *changed, **case.kwargs)
        eager = _refusal(wrong, wrong.arrays())
        symbolic = _refusal(wrong, wrong.placeholders(lambda _: True))
        assert eager == symbolic, f"arrays: {eager}\nplaceholders: {symbolic}"


def _refusal(case: LayerCase, arguments: Sequence[Any]) -> str | None:
    try:
        case.make()(*arguments, **case.kwargs)
    except HybridError as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return None


LAYER_LAWS: dict[str, Callable[[LayerCase], None]] = {
    "styles": check_styles,
    "specs": check_specs,
    "output shape": check_compute_output_shape,
    "config": check_config,
    "copies": check_copies,
    "recording": check_recording_changes_nothing,
    "refusals": check_arrays_and_placeholders_refused_alike,
    "gradients": check_gradients,
    "masks": check_masks,
}


def check_layer(make: Callable[[], Layer], *args: Any, except_for: Sequence[str] = (), **kwargs: Any) -> None:
    """Check all laws of layers.

    Args:
        make: function without arguments that returns a new layer.
        *args: positional arguments of its call: arrays, lists or dicts of them. The first axis is the batch.
        except_for: names of laws that are not checked, keys of `LAYER_LAWS`.
        **kwargs: keyword arguments of the call that are no tensors.

    Raises:
        AssertionError: with a note that names the law.

    Example:
        >>> check_layer(lambda: hybrid.layers.Dense(2), np.ones((2, 3)))
    """
    for name, law in LAYER_LAWS.items():
        if name not in except_for:
            try:
                law(LayerCase(make, *args, **kwargs))
            except Exception as error:
                error.add_note(f"  law: {name}")
                raise
