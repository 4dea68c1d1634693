"""The table of NumPy functions: what each means on our tensors, or what to use in its place.

Floor 5. Functions whose arguments are those of an op are entered beside the op, by `public(ufunc=..., function=...)`;
here are those whose arguments differ, and those that are refused. Nothing is left out: a test walks NumPy's names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.door import shape_of
from ..core.operators import FUNCTIONS, OPERATORS, REFUSED
from ..core.spec import normalize_axes
from ..errors import UnsupportedOpError
from . import (
    conversion,
    creation,
    einstein,
    finiteness,
    linear,
    matrices,
    reduction,
    rounding,
    running,
    selection,
    sequences,
    shaping,
    sorting,
    statistics,
    tiling,
)
from .arithmetic import divide, equal, multiply, subtract
from .conversion import cast
from .definition import as_tensor
from .exponential import sqrt

__all__: list[str] = []

_NEUTRAL = {"None": (None,), "True": (True,), "False": (False,), "0": (0,)}


class Adapter:
    """A NumPy function in terms of an op.

    Args:
        function: the NumPy function.
        op: what is called.
        arguments: NumPy's parameters in their order. `a=x`: parameter `a` is `x` of the op.
            `dtype=@`: the first argument is cast to it. `order!C,K`: refused unless one of these or not given.
            `kind?`: makes no difference. A bare name has the same name in the op; `*` ends what may be given by
            position.
    """

    def __init__(self, function: Any, op: Callable[..., Any], arguments: str):
        self.name = function.__name__
        self.op = op
        self.rules: dict[str, tuple[str, Any]] = {}
        self.order: list[str] = []
        positional = True
        for word in arguments.split():
            if word == "*":
                positional = False
                continue
            name, rule = self._parsed(word)
            self.rules[name] = rule
            if positional:
                self.order.append(name)

    @staticmethod
    def _parsed(word: str) -> tuple[str, tuple[str, Any]]:
        if "!" in word:
            name, _, allowed = word.partition("!")
            values: list[Any] = [None]
            for text in filter(None, allowed.split(",")):
                values.extend(_NEUTRAL.get(text, (text,)))
            return name, ("refuse", values)
        if word.endswith("?"):
            return word[:-1], ("ignore", None)
        name, _, target = word.partition("=")
        return name, ("cast", None) if target == "@" else ("pass", target or name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the op with the arguments of a call of the NumPy function."""
        if len(args) > len(self.order):
            raise TypeError(f"np.{self.name} takes {len(self.order)} positional arguments but {len(args)} were given")
        given = dict(zip(self.order, args, strict=False))
        for name, value in kwargs.items():
            if name in given or name not in self.rules:
                raise TypeError(f"np.{self.name} got an unexpected keyword argument '{name}'")
            given[name] = value
        passed: dict[str, Any] = {}
        dtype = None
        for name, value in given.items():
            how, detail = self.rules[name]
            if how == "pass" and value is not np._NoValue:
                passed[detail] = value
            elif how == "cast":
                dtype = value
            elif how == "refuse" and value is not np._NoValue:
                self._refuse_unless_neutral(name, value, detail)
        first = self.rules[self.order[0]][1]
        if dtype is not None:
            passed[first] = cast(passed[first], dtype)
        return self.op(**passed)

    def _refuse_unless_neutral(self, name: str, value: Any, neutral: list[Any]) -> None:
        if not any(value is each or (type(value) is type(each) and value == each) for each in neutral):
            raise UnsupportedOpError(
                f"np.{self.name} cannot take the argument '{name}' with a hybrid tensor.",
                why="it has no counterpart that gradients and graphs can see",
                fix=f"leave out {name}=, or call .numpy() first if no gradient is wanted",
            )


def _var(
    x: Any, axis: Any = None, ddof: Any = 0, keepdims: bool = False, correction: Any = None, root: bool = False
) -> Any:
    result = statistics.var(x, axis=axis, keepdims=keepdims)
    freedom = correction if correction is not None else ddof
    if freedom:
        count = reduction.count(as_tensor(x), axis)
        result = multiply(result, divide(count, subtract(count, float(freedom))))
    return sqrt(result) if root else result


def _std(x: Any, **options: Any) -> Any:
    return _var(x, root=True, **options)


def _clip(x: Any, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None) -> Any:
    return rounding.clip(x, min if a_min is None else a_min, max if a_max is None else a_max)


def _size(x: Any, axis: Any = None) -> Any:
    if axis is None:
        return sequences.size(x)
    total: Any = 1
    for each in normalize_axes(axis, len(shape_of(x))):
        total = total * conversion.size_of_axis(x, each)
    return total


def _ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return subtract(reduction.max(x, axis=axis, keepdims=keepdims), reduction.min(x, axis=axis, keepdims=keepdims))


def _full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    return sequences.full_like(x, fill_value, dtype)


def _at_least(rank: int) -> Callable[..., Any]:
    def promote_rank(*xs: Any) -> Any:
        results = []
        for x in map(as_tensor, xs):
            have = len(shape_of(x))
            if have < rank:
                # NumPy puts a vector in the middle of three axes.
                after = (1,) if rank == 3 and have in (1, 2) else ()
                before = (1,) * (rank - have - len(after))
                axes = (*range(len(before)), *([rank - 1] if after else []))
                x = shaping.expand_dims(x, axes)
            results.append(x)
        return results[0] if len(results) == 1 else tuple(results)

    return promote_rank


def _broadcast_arrays(*xs: Any, subok: bool = False) -> Any:
    tensors = [as_tensor(x) for x in xs]
    frame = tensors[0]
    for x in tensors[1:]:
        frame = equal(frame, x)  # Only its shape is used.
    return tuple(shaping.broadcast_like(x, frame) for x in tensors)


def _append(x: Any, values: Any, axis: Any = None) -> Any:
    if axis is None:
        return shaping.concatenate([sequences.ravel(x), sequences.ravel(values)])
    return shaping.concatenate([x, values], axis)


def _vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if axis is None or isinstance(axis, tuple):
        if ord != 2:
            raise UnsupportedOpError("np.linalg.vector_norm along several axes takes ord=2 only with a hybrid tensor.")
        return matrices.norm(x, axis=axis, keepdims=keepdims)
    return matrices.norm(x, ord=ord, axis=axis, keepdims=keepdims)


def _matrix_norm(x: Any, keepdims: bool = False, ord: Any = "fro") -> Any:
    return matrices.norm(x, ord=ord, axis=(-2, -1), keepdims=keepdims)


def _transposed(x: Any) -> Any:
    return shaping.swapaxes(x, -1, -2)


def _array_equal(x1: Any, x2: Any) -> Any:
    if len(shape_of(x1)) != len(shape_of(x2)) or (
        None not in shape_of(x1) + shape_of(x2) and shape_of(x1) != shape_of(x2)
    ):
        return conversion.convert_to_tensor(False)
    return reduction.all(equal(x1, x2))


def _einsum(*operands: Any, out: Any = None, optimize: Any = False, **options: Any) -> Any:
    refused = [name for name, value in {"out": out, **options}.items() if value is not None]
    if refused or not isinstance(operands[0], str):
        what = f"the argument '{refused[0]}'" if refused else "subscripts that are not a string"
        raise UnsupportedOpError(f"np.einsum cannot take {what} with a hybrid tensor.", fix="use ops.einsum")
    return einstein.einsum(*operands)


_REDUCTION = "a=x axis dtype=@ out! keepdims initial! where!True"
_EXTREMUM = "a=x axis out! keepdims initial where!True"
_SPREAD = "a=x axis dtype=@ out! ddof keepdims * where!True mean! correction"


HANDLED: tuple[tuple[Any, Callable[..., Any], str], ...] = (
    (np.sum, reduction.sum, _REDUCTION),
    (np.prod, running.prod, _REDUCTION),
    (np.mean, reduction.mean, "a=x axis dtype=@ out! keepdims * where!True"),
    (np.max, reduction.max, _EXTREMUM),
    (np.amax, reduction.max, _EXTREMUM),
    (np.min, reduction.min, _EXTREMUM),
    (np.amin, reduction.min, _EXTREMUM),
    (np.var, _var, _SPREAD),
    (np.std, _std, _SPREAD),
    (np.any, reduction.any, "a=x axis out! keepdims * where!True"),
    (np.all, reduction.all, "a=x axis out! keepdims * where!True"),
    (np.argmax, reduction.argmax, "a=x axis out! * keepdims"),
    (np.argmin, reduction.argmin, "a=x axis out! * keepdims"),
    (np.ptp, _ptp, "a=x axis out! keepdims"),
    (np.count_nonzero, statistics.count_nonzero, "a=x axis * keepdims!False"),
    (np.average, statistics.average, "a=x axis weights returned!False * keepdims!False"),
    (np.median, statistics.median, "a=x axis out! overwrite_input? keepdims"),
    (np.quantile, statistics.quantile, "a=x q axis out! overwrite_input? method keepdims * weights!"),
    (np.cumsum, running.cumsum, "a=x axis dtype out!"),
    (np.cumprod, running.cumprod, "a=x axis dtype out!"),
    (np.digitize, sorting.digitize, "x bins right!False"),
    (np.searchsorted, sorting.searchsorted, "a=sorted_sequence v=values side sorter!"),
    (np.sort, sorting.sort, "a=x axis kind? order! * stable?"),
    (np.argsort, sorting.argsort, "a=x axis kind? order! * stable?"),
    (np.roll, sorting.roll, "a=x shift axis"),
    (np.rot90, sorting.rot90, "m=array k axes"),
    (np.flip, sorting.flip, "m=x axis"),
    (np.fliplr, lambda x: sorting.flip(x, 1), "m=x"),
    (np.flipud, lambda x: sorting.flip(x, 0), "m=x"),
    (np.where, selection.where, "condition x=x1 y=x2"),
    (np.take, selection.take, "a=x indices axis out! mode!raise"),
    (np.take_along_axis, selection.take_along_axis, "arr=x indices axis"),
    (np.tril, selection.tril, "m=x k"),
    (np.triu, selection.triu, "m=x k"),
    (np.diag, selection.diag, "v=x k"),
    (np.diagonal, selection.diagonal, "a=x offset axis1 axis2"),
    (np.trace, selection.trace, "a=x offset axis1 axis2 dtype=@ out!"),
    (np.repeat, tiling.repeat, "a=x repeats axis"),
    (np.tile, tiling.tile, "A=x reps=repeats"),
    (np.pad, tiling.pad, "array=x pad_width mode * constant_values end_values! reflect_type!even stat_length!"),
    (np.hsplit, lambda x, n: tiling.split(x, n, 0 if len(shape_of(x)) == 1 else 1), "ary=x indices_or_sections=n"),
    (np.vsplit, lambda x, n: tiling.split(x, n, 0), "ary=x indices_or_sections=n"),
    (np.dsplit, lambda x, n: tiling.split(x, n, 2), "ary=x indices_or_sections=n"),
    (np.reshape, shaping.reshape, "a=x shape=newshape order!C * newshape copy!"),
    (np.ravel, sequences.ravel, "a=x order!C,K,A"),
    (np.concatenate, shaping.concatenate, "arrays=xs axis out! * dtype! casting!same_kind"),
    (np.stack, shaping.stack, "arrays=x axis out! * dtype! casting!same_kind"),
    (np.vstack, tiling.vstack, "tup=xs * dtype! casting!same_kind"),
    (np.hstack, tiling.hstack, "tup=xs * dtype! casting!same_kind"),
    (np.append, _append, "arr=x values axis"),
    (np.zeros_like, creation.zeros_like, "a=x dtype order? subok? shape! * device?"),
    (np.ones_like, creation.ones_like, "a=x dtype order? subok? shape! * device?"),
    (np.empty_like, sequences.empty_like, "prototype=x dtype order? subok? shape! * device?"),
    (np.full_like, _full_like, "a=x fill_value dtype order? subok? shape! * device?"),
    (np.linspace, sequences.linspace, "start stop num endpoint retstep dtype axis * device?"),
    (np.copy, OPERATORS["read"], "a=x order? subok?"),
    (np.shape, conversion.shape, "a=x"),
    (np.ndim, sequences.ndim, "a=x"),
    (np.size, _size, "a=x axis"),
    (np.iscomplexobj, lambda x: False, "x"),
    (np.isrealobj, lambda x: True, "x"),
    (np.round, rounding.round, "a=x decimals out!"),
    (np.around, rounding.round, "a=x decimals out!"),
    (np.fix, rounding.trunc, "x out!"),
    (np.clip, _clip, "a=x a_min a_max out! * min max dtype!"),
    (np.isclose, finiteness.isclose, "a=x1 b=x2 rtol atol equal_nan"),
    (np.allclose, finiteness.allclose, "a=x1 b=x2 rtol atol equal_nan"),
    (np.isposinf, finiteness.isposinf, "x out!"),
    (np.isneginf, finiteness.isneginf, "x out!"),
    (np.nan_to_num, finiteness.nan_to_num, "x copy? nan posinf neginf"),
    (np.array_equal, _array_equal, "a1=x1 a2=x2 equal_nan!False"),
    (np.dot, linear.dot, "a=x1 b=x2 out!"),
    (np.vdot, linear.vdot, "a=x1 b=x2"),
    (np.inner, linear.inner, "a=x1 b=x2"),
    (np.outer, linear.outer, "a=x1 b=x2 out!"),
    (np.cross, linear.cross, "a=x1 b=x2 axisa axisb axisc axis"),
    (np.tensordot, linear.tensordot, "a=x1 b=x2 axes"),
    (np.matrix_transpose, _transposed, "x"),
    (np.linalg.norm, matrices.norm, "x ord axis keepdims"),
    (np.linalg.vector_norm, _vector_norm, "x * axis keepdims ord"),
    (np.linalg.matrix_norm, _matrix_norm, "x * keepdims ord"),
    (np.linalg.cholesky, matrices.cholesky, "a=x * upper"),
    (np.linalg.det, matrices.det, "a=x"),
    (np.linalg.inv, matrices.inv, "a=x"),
    (np.linalg.solve, matrices.solve, "a b"),
    (np.linalg.matmul, linear.matmul, "x1 x2"),
    (np.linalg.outer, linear.outer, "x1 x2"),
    (np.linalg.tensordot, linear.tensordot, "x1 x2 * axes"),
    (np.linalg.cross, lambda x1, x2, axis=-1: linear.cross(x1, x2, axis=axis), "x1 x2 * axis"),
    (np.linalg.diagonal, lambda x, offset=0: selection.diagonal(x, offset, -2, -1), "x * offset"),
    (np.linalg.trace, lambda x, offset=0: selection.trace(x, offset, -2, -1), "x * offset dtype=@"),
    (np.linalg.matrix_transpose, _transposed, "x"),
)

for _function, _op, _arguments in HANDLED:
    FUNCTIONS[_function] = Adapter(_function, _op, _arguments)
FUNCTIONS[np.einsum] = _einsum
FUNCTIONS[np.broadcast_arrays] = _broadcast_arrays
FUNCTIONS[np.atleast_1d], FUNCTIONS[np.atleast_2d], FUNCTIONS[np.atleast_3d] = map(_at_least, (1, 2, 3))

_NUMPY_FIRST = "call .numpy() first: it gives no tensor"
_REFUSALS = {
    "use ops.max or ops.min on ops.where(ops.isnan(x), ..., x)": "nanargmax nanargmin fmax fmin",
    "use ops.quantile or ops.median of the elements that are numbers": "nanmedian nanpercentile nanquantile",
    "use ops.quantile with q between 0 and 1": "percentile",
    "use ops.cumsum or ops.cumprod": "cumulative_sum cumulative_prod",
    "use ops.diff": "ediff1d gradient unwrap",
    "use ops.sum of ops.diff(x) times the mean of neighbours": "trapezoid",
    "use ops.concatenate or ops.stack": "block column_stack insert delete resize",
    "use ops.matmul, ops.einsum or ops.outer": "kron linalg.matrix_power linalg.multi_dot linalg.vecdot vecdot matvec "
    "vecmat",
    "use ops.moveaxis": "rollaxis",
    "use ops.where or x[mask]": "choose compress extract select piecewise copyto place put put_along_axis putmask "
    "fill_diagonal argwhere flatnonzero trim_zeros",
    "use ops.sort or ops.argsort": "argpartition partition lexsort sort_complex",
    "use ops.tri, ops.tril, ops.diag or ops.eye": "diag_indices_from tril_indices_from triu_indices_from diagflat "
    "vander",
    "use ops.arange, and indexing": "ix_ ravel_multi_index unravel_index",
    "use ops.floor_divide and ops.mod": "divmod modf frexp",
    "use ops.power": "float_power cbrt",
    "use ops.exp and ops.power": "ldexp i0 geomspace",
    "use ops.logaddexp": "logaddexp2",
    "use ops.sign and ops.absolute": "copysign signbit",
    "use ops.where(x > 0, 1, 0)": "heaviside",
    "use ops.sin(x) / x with ops.where at 0": "sinc",
    "use ops.mean and ops.matmul": "corrcoef cov",
    "use ops.conv": "convolve correlate",
    "use ops.take or ops.searchsorted": "interp",
    "use ops.bincount": "histogram histogram2d histogram_bin_edges histogramdd unique unique_all unique_counts "
    "unique_inverse unique_values",
    "call .numpy() first: its size depends on the values": "intersect1d isin setdiff1d setxor1d union1d",
    "use ops.all(ops.equal(a, b))": "array_equiv",
    "use ops.vectorized_map or ops.map": "apply_along_axis apply_over_axes",
    "use ops.unstack": "unstack",
    "use ops.arctan2: tensors are real": "angle",
    "drop it: tensors are real": "conj conjugate imag iscomplex isreal real real_if_close",
    "write +x, or ops.convert_to_tensor(x)": "positive",
    "use ops.norm, ops.inv, ops.det, ops.solve or ops.cholesky": "linalg.cond linalg.eig linalg.eigh linalg.eigvals "
    "linalg.eigvalsh linalg.lstsq linalg.matrix_rank linalg.pinv linalg.qr linalg.slogdet linalg.svd linalg.svdvals "
    "linalg.tensorinv linalg.tensorsolve",
    "use ops.multiply, ops.add and powers of x": "poly polyadd polyder polydiv polyfit polyint polymul polysub polyval "
    "roots",
    "use x.dtype": "can_cast common_type min_scalar_type result_type",
    "use str(x) or repr(x)": "array2string array_repr array_str",
    "call .numpy() first, or save the model": "save savetxt savez savez_compressed",
    "use ops.bitwise_and and shifts": "bitwise_count packbits unpackbits",
    _NUMPY_FIRST: "busday_count busday_offset is_busday datetime_as_string einsum_path gcd lcm isnat nextafter spacing "
    "may_share_memory shares_memory",
}


def _named(path: str) -> Any:
    found: Any = np
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


for _hint, _names in _REFUSALS.items():
    for _name in _names.split():
        # Not every release of NumPy has every function.
        if _named(_name) is not None:
            REFUSED[_named(_name)] = _hint
