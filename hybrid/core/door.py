"""The one door: every operation on tensors goes through `apply`, which runs it or records it.

Floor 4. This is the only place that looks at what kind of tensor an argument is. It records if an argument is symbolic,
or if a trace is active and an argument is a Variable; otherwise it runs, and every active tape notes one entry. A
composite is recorded whole outside a trace and inlined inside one, unless the trace keeps composites.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import tree
from ..errors import FrozenValueError, HybridError
from .context import SCOPE, Scope
from .dtypes import PYTHON_SCALARS, default_float, standardize_dtype
from .node import Node
from .primitive import PRIMITIVES, Operation
from .source import user_line
from .spec import TensorSpec
from .tensor import SymbolicTensor, Tensor, wrap
from .variable import Variable
from .witness import UNANSWERED

__all__ = ["apply", "convert", "is_symbolic", "is_tensor", "merge_masks", "record", "shape_of", "spec_of"]

_PLAIN = frozenset((np.ndarray, float, int, bool))
_Array = np.ndarray
_new_tensor = Tensor.__new__


def apply(operation: Operation, *arguments: Any, **params: Any) -> Any:
    """Run an operation on concrete arguments, or record it for symbolic ones.

    Args:
        operation: a primitive or a composite.
        *arguments: tensors, Variables, arrays or Python numbers.
        **params: static parameters.

    Returns:
        Tensors or SymbolicTensors, in the structure that the operation returns.

    Raises:
        FrozenValueError: if a placeholder meets a tensor that was computed from a Variable outside of a layer.
        ShapeError: or what else the operation says of its arguments.
    """
    scope = SCOPE.get()
    tapes, trace, state, witness = scope
    if operation.is_composite:
        if witness is not None:
            witness.calls(operation)
        if trace is not None and trace.keeps(operation):
            return _record(operation, arguments, params, scope)
        if trace is None or operation.is_opaque:  # type: ignore[attr-defined]
            for argument in arguments:
                if type(argument) is SymbolicTensor:
                    return _record(operation, arguments, params, scope)
        return operation.run(*arguments, **params)  # type: ignore[attr-defined]
    values: list[Any] = []
    read: Any = ()
    live = False
    mask = None
    for argument in arguments:
        kind = type(argument)
        if kind is not Tensor and kind is Variable and trace is None:
            variable = argument
            argument = variable._tensor if state is None else variable.current()
            kind = type(argument)
            live = True
            read = (*read, (len(values), variable, argument))
        if kind is Tensor:
            values.append(argument._value)
            if argument._live:
                live = True
            if argument.mask is not None:
                mask = argument.mask if mask is None else merge_masks(mask, argument.mask)
        elif kind in _PLAIN:
            values.append(argument)
        elif kind is SymbolicTensor or kind is Variable:
            return _record(operation, arguments, params, scope)
        else:
            values.append(convert(argument)._value)
    try:
        result = operation.compute(*values, **params)  # type: ignore[attr-defined]
    except Exception as error:
        raise _explained(operation, arguments, params, error)  # noqa: B904
    if mask is not None:
        mask = _mask_of_output(operation, mask, result)
    if type(result) is tuple:
        outputs: Any = tuple([wrap(value, mask, live) for value in result])
        for tape in tapes:
            tape.note_run(operation, arguments, read, params, outputs)
        return outputs
    # `wrap`, written out: the call would be a tenth of what an eager operation costs.
    output = _new_tensor(Tensor)
    output._value = result if type(result) is _Array else np.asarray(result)
    output.mask = mask
    output._live = live
    for tape in tapes:
        tape.note_run(operation, arguments, read, params, (output,))
    return output


def record(operation: Operation, *arguments: Any, **params: Any) -> Any:
    """Record a call whatever its arguments are.

    For composites that a trace must not look inside, such as loops: their `run` calls this where it would have to know
    a value that is not there yet.
    """
    return _record(operation, arguments, params, SCOPE.get())


def _note_recorded(scope: Scope, operation: Operation, arguments: Any, params: Any, outputs: Any) -> None:
    """Let every active tape note what was recorded; a Variable is noted as itself, or as what stands in for it."""
    noted = list(arguments)
    for index, argument in enumerate(arguments):
        if type(argument) is Variable:
            standing_in = scope.state.get(argument) if scope.state is not None else None
            noted[index] = argument if standing_in is None else standing_in
            for tape in scope.tapes:
                tape.read(argument, noted[index])
    for tape in scope.tapes:
        tape.note(operation, noted, params, outputs)


def _record(operation: Operation, arguments: Any, params: Any, scope: Scope) -> Any:
    """Make a node of a call and return handles of its outputs."""
    prepared = tuple(_recordable(operation, argument, scope) for argument in arguments)
    spec = spec_with_mask if operation.is_composite else spec_of
    try:
        inferred = operation.infer(*[spec(argument) for argument in prepared], **params)
    except HybridError as error:
        if operation.is_composite:
            raise
        error.add_note(_where(operation, arguments))
        answer = UNANSWERED if scope.witness is None else scope.witness.operation_fails(error, operation, prepared)
        if answer is UNANSWERED:
            raise
        return answer
    single = type(inferred) is TensorSpec
    specs = (inferred,) if single else tuple(tree.flatten(inferred))
    node = Node(
        operation,
        prepared,
        params,
        specs,
        structure=None if single else tree.structure_of(inferred),
        place=user_line(),
        token=None if scope.trace is None else scope.trace.token,
    )
    if scope.trace is not None:
        scope.trace.note(node)
    if scope.witness is not None:
        scope.witness.notes(node)
    outputs = node.outputs
    if operation.is_composite:
        operation.recorded(node, outputs)  # type: ignore[attr-defined]
    else:
        mask = None
        for argument in prepared:
            if getattr(argument, "mask", None) is not None:
                mask = argument.mask if mask is None else merge_masks(mask, argument.mask)
        if mask is not None:
            for output in outputs:
                output.mask = _mask_of_output(operation, mask, output)
    if scope.tapes:
        _note_recorded(scope, operation, arguments, params, outputs)
    return outputs[0] if single else tree.unflatten(node.structure, outputs)


def _recordable(operation: Operation, argument: Any, scope: Scope) -> Any:
    """Return an argument as a node holds it."""
    kind = type(argument)
    if kind is SymbolicTensor or kind in PYTHON_SCALARS:
        return argument
    if kind is Variable:
        standing_in = scope.state.get(argument) if scope.state is not None else None
        return argument if standing_in is None else standing_in
    tensor = convert(argument)
    if tensor._live and scope.trace is None:
        raise FrozenValueError(
            f"'{operation.name}' would freeze a value that was computed from a Variable.",
            where=f"{user_line()}; the value is {tensor.spec}",
            why="it was computed outside of the graph, so later changes of the Variable would not reach the model",
            fix="compute it inside the call of a layer, mix in the Variable itself, "
            "or freeze it on purpose with .numpy()",
        )
    return tensor


def _explained(operation: Operation, arguments: Any, params: Any, error: Exception) -> Exception:
    """Return the error to raise when `compute` failed: what `infer` says of it, else the error itself."""
    try:
        operation.infer(*[spec_of(convert_argument(argument)) for argument in arguments], **params)
    except HybridError as better:
        better.__cause__ = None
        better.__suppress_context__ = True
        error = better
    error.add_note(_where(operation, arguments))
    return error


def _where(operation: Operation, arguments: Any) -> str:
    specs = ", ".join(str(spec_of(convert_argument(argument))) for argument in arguments)
    return f"  where: op {operation.name}, called at {user_line()}; received {specs}"


def _mask_of_output(operation: Operation, mask: Any, output: Any) -> Any:
    """Return the mask that holds for an output of an operation: elementwise operations keep it, others drop it."""
    if not getattr(operation, "elementwise", False) or type(output) is tuple:
        return None
    shape = output.shape
    rank = len(mask.shape)
    return mask if len(shape) >= rank and tuple(shape[:rank]) == tuple(mask.shape) else None


def merge_masks(first: Any, second: Any) -> Any:
    """Return the mask of a value that is computed from two masked ones: real where either is, as in Keras's merges."""
    if first is second:
        return first
    concrete = type(first) is Tensor and type(second) is Tensor
    if concrete:
        if first.shape != second.shape:
            return first if first.ndim >= second.ndim else second
        return wrap(np.logical_or(first._value, second._value))
    return apply(PRIMITIVES["logical_or"], first, second)


def convert(value: Any, dtype: Any = None) -> Tensor:
    """Return a concrete Tensor of a tensor, array, number or nested list. Python floats take the default float type.

    Raises:
        DTypeError: if NumPy makes something of it that hybrid does not compute with.
    """
    if type(value) is Tensor and dtype is None:
        return value
    if isinstance(value, (Tensor, Variable)):
        array = (value.current() if isinstance(value, Variable) else value)._value
        return wrap(array if dtype is None else array.astype(standardize_dtype(dtype)))
    is_array = isinstance(value, (np.ndarray, np.generic))
    array = np.asarray(value)
    if dtype is not None:
        return wrap(array.astype(standardize_dtype(dtype), copy=False))
    if not is_array and not hasattr(value, "__array__"):
        leaf = next(iter(tree.flatten(value)), None) if isinstance(value, (list, tuple)) else None
        if not hasattr(leaf, "dtype"):
            array = array.astype(_python_dtype(array), copy=False)
    if array.dtype.kind not in "biuf":
        standardize_dtype(array.dtype)
    return wrap(array)


def _python_dtype(array: np.ndarray[Any, Any]) -> np.dtype[Any]:
    dtype: np.dtype[Any] = array.dtype
    kind = array.dtype.kind
    if kind == "f":
        return default_float()
    if kind == "i":
        return standardize_dtype("int32" if array.size == 0 or np.abs(array).max() < 2**31 else "int64")
    return dtype


def convert_argument(argument: Any) -> Any:
    """Return an argument in a form that has a spec: tensors, Variables and Python numbers as they are."""
    kind = type(argument)
    if kind in (Tensor, SymbolicTensor, Variable) or kind in PYTHON_SCALARS:
        return argument
    return convert(argument)


def spec_of(value: Any) -> Any:
    """Return the spec of a tensor, Variable or array; Python numbers stand for themselves."""
    kind = type(value)
    if kind in PYTHON_SCALARS:
        return value
    if kind is np.ndarray:
        return TensorSpec.of(value.shape, value.dtype)
    return value.spec


def spec_with_mask(value: Any) -> Any:
    """Return the spec of a value, which carries the spec of its mask if it has one; `None` for `None`."""
    if value is None:
        return None
    mask = getattr(value, "mask", None)
    return spec_of(value) if mask is None else spec_of(value).with_mask(mask.spec)


def shape_of(value: Any) -> tuple[int | None, ...]:
    """Return the static shape of a tensor, Variable, array or number."""
    shape = getattr(value, "shape", None)
    return tuple(shape) if shape is not None else np.shape(value)


def is_symbolic(value: Any) -> bool:
    """Say whether a value would be recorded: a placeholder, or a Variable inside a trace."""
    kind = type(value)
    return kind is SymbolicTensor or (kind is Variable and SCOPE.get().trace is not None)


def is_tensor(value: Any) -> bool:
    """Say whether a value is a tensor of this package: concrete, symbolic or a Variable."""
    return isinstance(value, (Tensor, SymbolicTensor, Variable))
