"""Shapes, specs and placeholders in nested structures, as a layer's methods take and return them.

Floor 8.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ... import tree
from ...core.door import apply, convert, is_tensor
from ...core.node import placeholder
from ...core.primitive import PRIMITIVES
from ...core.spec import TensorSpec
from ...core.tensor import SymbolicTensor
from ...core.variable import Variable
from ...errors import StructureError
from ...typing import Structure


def as_output(value: Any) -> Any:
    """Return an output of a user's `call` as a tensor; `None` stays `None`."""
    if isinstance(value, Variable):
        return value.value
    return value if value is None or is_tensor(value) else convert(value)


def with_mask(tensor: Any, mask: Any) -> Any:
    """Return a handle of its own for a tensor, with another mask: whoever holds the tensor must not see it change."""
    twin = apply(PRIMITIVES["read"], tensor)
    twin.mask = mask
    return twin


def carrying(inputs: Structure, mask: Structure) -> Structure:
    """Return inputs that carry the masks that were passed explicitly."""
    if mask is None:
        return inputs
    flat, masks = tree.flatten(inputs), tree.flatten(mask)
    if len(masks) != len(flat):
        raise StructureError(f"{len(masks)} masks were given for {len(flat)} inputs.", fix="pass one each, or None")
    masked = [
        leaf if each is None else with_mask(leaf, each if is_tensor(each) else convert(each))
        for leaf, each in zip(flat, masks, strict=True)
    ]
    return tree.unflatten(inputs, masked)


def as_spec(value: Any) -> TensorSpec:
    """Return the spec of what a `compute_output_spec` returned: a tensor, a spec, or anything with shape and dtype."""
    if isinstance(value, TensorSpec):
        return value
    return TensorSpec(value.shape, value.dtype)


def placeholder_of(value: Any) -> Any:
    """Return a placeholder for anything that has a shape and a dtype; other values as they are."""
    if isinstance(value, SymbolicTensor) or not hasattr(value, "shape") or not hasattr(value, "dtype"):
        return value
    return placeholder(TensorSpec(value.shape, value.dtype))


def is_shape(value: Any) -> bool:
    """Say whether a value is one shape rather than a structure of shapes."""
    return isinstance(value, (tuple, list)) and all(
        size is None or isinstance(size, (int, np.integer)) for size in value
    )


def map_shapes(function: Callable[[Any], Any], shapes: Structure) -> Structure:
    """Apply a function to every shape of a structure of shapes."""
    if shapes is None or is_shape(shapes):
        return None if shapes is None else function(tuple(shapes))
    if isinstance(shapes, dict):
        return {key: map_shapes(function, shape) for key, shape in shapes.items()}
    return type(shapes)(map_shapes(function, shape) for shape in shapes)


def shapes_to_placeholders(shapes: Structure, dtype: Any) -> Structure:
    """Return placeholders of the given shapes."""
    return map_shapes(lambda shape: placeholder(TensorSpec(shape, dtype)), shapes)


def specs_of_shapes(shapes: Structure, dtype: Any) -> Structure:
    """Return specs of the given shapes."""
    return map_shapes(lambda shape: TensorSpec(shape, dtype), shapes)


@lru_cache(maxsize=2048)
def parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a method's parameters, `self` and variadic ones left out."""
    found = list(inspect.signature(function).parameters.values())[1:]
    return tuple(p.name for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))


def remembering_shapes(build: Callable[..., Any]) -> Callable[..., Any]:
    """Make a layer's `build` note the shapes it is called with, so that a file can say how to build the layer again."""
    signature = inspect.signature(build)

    @functools.wraps(build)
    def wrapped(self: Any, *shapes: Any, **named: Any) -> Any:
        if "_build_shapes" not in self.__dict__:
            bound = signature.bind(self, *shapes, **named).arguments
            given = {name: value for name, value in list(bound.items())[1:] if value is not None}
            self.__dict__["_build_shapes"] = {name: _as_plain(value) for name, value in given.items()}
        result = build(self, *shapes, **named)
        self.__dict__["built"] = True
        return result

    return wrapped


def _as_plain(shapes: Structure) -> Any:
    if isinstance(shapes, dict):
        return {key: _as_plain(shape) for key, shape in shapes.items()}
    return [_as_plain(item) for item in shapes] if isinstance(shapes, (list, tuple)) else shapes


def placeholders_like(spec: Any, dtype: str) -> Any:
    """Return placeholders for a structure of specs, shapes, arrays and tensors; other values as they are."""
    if isinstance(spec, TensorSpec):
        return placeholder(spec)
    if is_shape(spec) and len(spec):
        return placeholder(TensorSpec(spec, dtype))
    if isinstance(spec, dict):
        return {key: placeholders_like(item, dtype) for key, item in spec.items()}
    if isinstance(spec, (list, tuple)):
        items = [placeholders_like(item, dtype) for item in spec]
        return type(spec)(*items) if hasattr(spec, "_fields") else type(spec)(items)
    if isinstance(spec, SymbolicTensor):
        return placeholder(spec.spec)
    if hasattr(spec, "shape") and hasattr(spec, "dtype"):
        shape = (None, *spec.shape[1:]) if len(spec.shape) else ()
        return placeholder(TensorSpec(shape, spec.dtype))
    return spec
