"""What a layer says of its inputs before it computes.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import tree
from ...core.dtypes import standardize_dtype
from ...core.spec import standardize_shape
from ...errors import DTypeError, ShapeError, StructureError
from ...typing import Structure

__all__ = ["InputSpec", "check_inputs"]


class InputSpec:
    """Constraints on one input of a layer.

    Args:
        dtype: that the input must have; any if not given.
        shape: that it must have, `None` for sizes that are free.
        ndim: rank that it must have.
        max_ndim: greatest rank allowed.
        min_ndim: least rank allowed.
        axes: dict from axis to the size that it must have.
        allow_last_axis_squeeze: whether a last axis of size 1 may be missing or too many.
        name: of the input, when inputs are a dict.
        optional: whether the input may be `None`.

    Example:
        >>> InputSpec(min_ndim=2, axes={-1: 10})
        InputSpec(min_ndim=2, axes={-1: 10})
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ):
        self.dtype = standardize_dtype(dtype) if dtype is not None else None
        self.shape = standardize_shape(shape) if shape is not None else None
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional

    def __repr__(self) -> str:
        fields = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        said = [f"{field}={getattr(self, field)!r}" for field in fields if getattr(self, field) not in (None, {})]
        return f"InputSpec({', '.join(said)})"

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain data."""
        config = dict(vars(self))
        config["dtype"] = self.dtype.name if self.dtype is not None else None
        config["ndim"] = None if self.shape is not None else self.ndim
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """Make one of what `get_config` returned."""
        return cls(**config)


def check_inputs(input_spec: Structure, inputs: Structure, owner: Any) -> None:
    """Raise unless inputs satisfy the input spec of a layer.

    Args:
        input_spec: one `InputSpec`, a list of them, or a dict.
        inputs: a tensor, or a structure of them.
        owner: the layer, which the message names.

    Raises:
        StructureError: if there are too many or too few inputs.
        ShapeError: if rank or sizes are not those that are specified.
        DTypeError: if a dtype is specified and it is another one.
    """
    if type(input_spec) is InputSpec and not isinstance(inputs, (list, tuple, dict)):
        _check(input_spec, inputs, owner, "")
        return
    if isinstance(input_spec, InputSpec) and isinstance(inputs, dict):
        raise StructureError(
            f"{owner._description} takes one tensor, but it received a dict with the keys {sorted(map(str, inputs))}.",
            why="only a model with named inputs knows which tensor a key means",
            fix="pass the tensor itself, or start the model with Input(..., name=...)",
        )
    specs = _match_names(input_spec, inputs)
    leaves = tree.flatten(inputs)
    if len(specs) != len(leaves):
        raise StructureError(
            f"{owner._description} expects {len(specs)} input(s), but it received {len(leaves)}.",
            why=f"its input_spec is {input_spec}",
            fix=f"pass {len(specs)} tensor(s)",
        )
    for number, (spec, leaf) in enumerate(zip(specs, leaves, strict=True)):
        if spec is not None and leaf is not None:
            _check(spec, leaf, owner, f" {number}" if len(specs) > 1 else "")


def _match_names(input_spec: Structure, inputs: Structure) -> list[Any]:
    if isinstance(input_spec, dict) and isinstance(inputs, dict):
        missing = [name for name in input_spec if name not in inputs]
        if missing:
            raise StructureError(
                f"The input '{missing[0]}' is missing.", why=f"received: {sorted(inputs)}", fix="pass it in the dict"
            )
        return tree.flatten({name: input_spec[name] for name in input_spec})
    return [input_spec] if isinstance(input_spec, InputSpec) else tree.flatten(input_spec)


def _check(spec: InputSpec, tensor: Any, owner: Any, which: str) -> None:
    shape = tensor.shape
    rank = len(shape)
    if spec.dtype is not None and tensor.dtype != spec.dtype:
        raise DTypeError(
            f"{owner._description} received an input{which} of dtype {tensor.dtype.name} "
            f"but expects {spec.dtype.name}.",
            fix=f"cast it: ops.cast(x, '{spec.dtype.name}')",
        )
    if spec.ndim is not None and rank != spec.ndim and not _squeezable(spec, shape):
        raise _mismatch(owner, which, shape, f"rank {spec.ndim}", f"its rank is {rank}")
    if spec.max_ndim is not None and rank > spec.max_ndim:
        raise _mismatch(owner, which, shape, f"rank {spec.max_ndim} at most", f"its rank is {rank}")
    if spec.min_ndim is not None and rank < spec.min_ndim:
        raise _mismatch(owner, which, shape, f"rank {spec.min_ndim} at least", f"its rank is {rank}")
    for axis, size in spec.axes.items():
        given = shape[axis] if -rank <= axis < rank else None
        if size is not None and given is not None and given != size:
            raise ShapeError(
                f"{owner._description} received an input{which} of shape {list(shape)} "
                f"but needs {size} features on axis {axis}.",
                why=f"the size of axis {axis} was fixed when the layer was built: {size}; received {given}",
                fix=f"pass an input whose axis {axis} has size {size}, or make a new layer for inputs of size {given}",
            )
    if spec.shape is not None and rank == len(spec.shape):
        for axis, (size, given) in enumerate(zip(spec.shape, shape, strict=True)):
            if size is not None and given is not None and size != given:
                expected = f"shape {list(spec.shape)}"
                raise _mismatch(owner, which, shape, expected, f"axis {axis} has size {given} instead of {size}")


def _squeezable(spec: InputSpec, shape: tuple[Any, ...]) -> bool:
    if not spec.allow_last_axis_squeeze or spec.ndim is None:
        return False
    return abs(len(shape) - spec.ndim) == 1 and (len(shape) < spec.ndim or shape[-1] == 1)


def _mismatch(owner: Any, which: str, shape: tuple[Any, ...], expected: str, why: str) -> ShapeError:
    return ShapeError(
        f"{owner._description} received an input{which} of shape {list(shape)} but expects {expected}.",
        why=why,
        fix=f"reshape the input, or use ops.expand_dims or ops.squeeze, so that it has {expected}",
    )
