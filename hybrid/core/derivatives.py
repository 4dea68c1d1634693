"""Derivatives for users: `GradientTape`, `grad`, `value_and_grad`, `custom_gradient`.

Floor 4. All of them are a tape and one call of `reverse`.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Token
from itertools import chain
from typing import Any

import numpy as np

from .. import tree
from ..errors import ConfigError, DTypeError, GradientError, ShapeError
from ..typing import Structure
from .context import SCOPE, Scope, scope
from .door import apply, convert, is_tensor
from .operators import OPERATORS
from .primitive import PRIMITIVES, Composite, Operation
from .tape import Tape, filled_like, reverse, total_cotangents
from .tensor import Tensor
from .trace import trace
from .variable import Variable

__all__ = ["GradientTape", "custom_gradient", "grad", "value_and_grad"]

_new_tuple = tuple.__new__  # what NamedTuples are made by, without the call of a Python function


class GradientTape:
    """Record what is computed in a block, to differentiate it afterwards.

    Trainable Variables that are read in the block are watched by themselves; tensors are watched by `watch`. Several
    tapes can be active at once; a tape that is active while another one's gradient is computed records that
    computation, which gives second derivatives.

    Args:
        persistent: whether `gradient` and `jacobian` can be called more than once.
        watch_accessed_variables: whether trainable Variables are watched without being named.

    Example:
        >>> x = hybrid.Variable(3.0)
        >>> with GradientTape() as tape:
        ...     y = x * x
        >>> float(tape.gradient(y, x))
        6.0
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True):
        self._persistent = persistent
        self._watch_accessed = watch_accessed_variables
        self._tape: Tape | None = Tape(watch_accessed_variables=watch_accessed_variables)
        self._token: Token[Scope] | None = None

    def __enter__(self) -> GradientTape:
        if self._token is not None:
            raise GradientError("The tape is recording already.", fix="make a new GradientTape for the inner block")
        tapes, *rest = SCOPE.get()
        self._token = SCOPE.set(_new_tuple(Scope, ((*tapes, self._live_tape()), *rest)))
        return self

    def __exit__(self, *exception: object) -> None:
        if self._token is not None:
            SCOPE.reset(self._token)
            self._token = None

    def _live_tape(self) -> Tape:
        if self._tape is None:
            raise GradientError(
                "This tape has been used up.",
                why="a tape that is not persistent gives one gradient and lets its record go",
                fix="use GradientTape(persistent=True), or ask for all gradients in one call",
            )
        return self._tape

    def watch(self, tensor: Structure) -> None:
        """Watch a tensor or Variable, or each of a structure of them.

        Raises:
            DTypeError: if one is not of a float type, or is no tensor.
        """
        for leaf in tree.flatten(tensor):
            if not is_tensor(leaf):
                raise DTypeError(
                    f"A tape can watch tensors and Variables only, not {type(leaf).__name__}.",
                    fix="x = ops.convert_to_tensor(x); tape.watch(x)",
                )
            if leaf.dtype.kind != "f":
                raise DTypeError(f"A tape cannot watch a tensor of dtype {leaf.dtype}.", fix="cast it to a float type")
            self._live_tape().watch(leaf)

    def watched_variables(self) -> tuple[Variable, ...]:
        """Return the Variables that were watched so far, in the order in which they were met."""
        return tuple(self._live_tape().watched_variables)

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Suspend the tape for a block."""
        mine = self._live_tape()
        with scope(tapes=tuple(tape for tape in SCOPE.get().tapes if tape is not mine)):
            yield

    def reset(self) -> None:
        """Forget everything that was recorded; what is computed from now on is recorded anew."""
        self._live_tape().__init__(watch_accessed_variables=self._watch_accessed)  # type: ignore[misc]

    def gradient(
        self,
        target: Structure,
        sources: Structure,
        output_gradients: Structure = None,
        unconnected_gradients: str = "none",
    ) -> Structure:
        """Return the gradient of the sum of the targets with respect to each source.

        Args:
            target: tensor, or structure of tensors.
            sources: tensor or Variable, or structure of them.
            output_gradients: weights of the targets' elements, one tensor for every target; ones by default.
            unconnected_gradients: `"none"` or `"zero"`: what to return for a source that no target depends on.

        Returns:
            structure like `sources`, of tensors and `None`.

        Raises:
            GradientError: if the tape has been used up.
            ConfigError: for an unknown `unconnected_gradients`.
        """
        fills = unconnected_gradients
        if fills != "none":
            fills = getattr(fills, "value", fills)
        if fills not in ("none", "zero"):
            raise ConfigError(f"Unknown unconnected_gradients: {fills!r}.", fix="use 'none' or 'zero'")
        tape, flat = self._live_tape(), tree.flatten(sources)
        found = self._pull_back(tape, target, output_gradients, flat)
        if not self._persistent:
            self._tape = None
        if fills == "zero":
            found = [
                OPERATORS["zeros_like"](source) if cotangent is None else cotangent
                for source, cotangent in zip(flat, found, strict=True)
            ]
        if type(sources) is list and len(flat) == len(sources) and all(map(operator.is_, flat, sources)):
            return found  # the usual list of Variables has its structure already
        return tree.unflatten(sources, found)

    def _pull_back(
        self, tape: Tape, target: Structure, output_gradients: Structure, sources: Sequence[Any]
    ) -> list[Any]:
        if tape in SCOPE.get().tapes and not self._persistent:
            # A tape that can be used once must not record its own derivative.
            with self.stop_recording():
                return self._pull_back(tape, target, output_gradients, sources)
        targets = [target] if type(target) is Tensor else tree.flatten(target)
        weights = [None] * len(targets) if output_gradients is None else tree.flatten(output_gradients)
        if len(weights) != len(targets):
            raise GradientError(
                f"{len(weights)} output_gradients were given for {len(targets)} targets.",
                fix="give one for every target",
            )
        seeds: dict[Any, Any] = {}
        for tensor, weight in zip(targets, weights, strict=True):
            if tensor is None:
                continue
            cotangent = _seed(tensor, weight)
            for identity in tape.identities(tensor)[-1:]:
                seeds[identity] = OPERATORS["add"](seeds[identity], cotangent) if identity in seeds else cotangent
        identities = list(map(tape.identities, sources))
        # A copy: a persistent tape may record while it is read.
        found = reverse(list(tape.entries), seeds, chain.from_iterable(identities))
        return total_cotangents(found, identities)

    def jacobian(self, target: Any, sources: Structure, unconnected_gradients: str = "none") -> Structure:
        """Return the derivative of every element of the target with respect to every element of each source.

        Args:
            target: tensor.
            sources: tensor or Variable, or structure of them.
            unconnected_gradients: as in `gradient`.

        Returns:
            structure like `sources` of tensors of shape `target.shape + source.shape`, or `None`.

        Raises:
            ShapeError: if the shape of the target is not known.
        """
        if None in target.shape:
            raise ShapeError(
                f"jacobian needs a target of known shape, not {list(target.shape)}.",
                fix="give Input a batch_size, or call jacobian on concrete tensors",
            )
        tape, size = self._live_tape(), int(np.prod(target.shape))
        unit, flat = np.eye(size, dtype=target.dtype).reshape(size, *target.shape), tree.flatten(sources)
        rows = [self._pull_back(tape, target, convert(unit[index]), flat) for index in range(size)]
        if not self._persistent:
            self._tape = None
        results: list[Any] = []
        for source, column in zip(flat, zip(*rows, strict=True), strict=True):
            if all(row is None for row in column) and unconnected_gradients == "none":
                results.append(None)
                continue
            filled = [OPERATORS["zeros_like"](source) if row is None else row for row in column]
            stacked = OPERATORS["stack"](filled, axis=0)
            results.append(OPERATORS["reshape"](stacked, (*target.shape, *_sizes(source))))
        return tree.unflatten(sources, results)

    def batch_jacobian(self, target: Any, source: Any, unconnected_gradients: str = "none") -> Any:
        """Return the Jacobian of each sample's target with respect to the same sample's source.

        Args:
            target: tensor `[batch, ...]`, each row of which depends on the same row of the source only.
            source: tensor `[batch, ...]`.
            unconnected_gradients: as in `gradient`.

        Returns:
            tensor `[batch, *target.shape[1:], *source.shape[1:]]`, or `None`.
        """
        tape = self._live_tape()
        batch, rest = target.shape[0], target.shape[1:]
        size = int(np.prod(rest))
        rows = []
        for index in range(size):
            unit = np.zeros((batch, size), target.dtype)
            unit[:, index] = 1
            rows.append(self._pull_back(tape, target, convert(unit.reshape(batch, *rest)), [source])[0])
        if not self._persistent:
            self._tape = None
        if all(row is None for row in rows) and unconnected_gradients == "none":
            return None
        filled = [OPERATORS["zeros_like"](source) if row is None else row for row in rows]
        return OPERATORS["reshape"](OPERATORS["stack"](filled, axis=1), (batch, *rest, *source.shape[1:]))


def _sizes(tensor: Any) -> list[Any]:
    """List the sizes of a tensor's axes, symbolic where they are not known."""
    size_of_axis = PRIMITIVES["size_of_axis"]
    return [apply(size_of_axis, tensor, axis=i) if size is None else size for i, size in enumerate(tensor.shape)]


def _seed(target: Any, weight: Any) -> Any:
    if weight is None:
        return filled_like(target, 1)
    weight = weight if is_tensor(weight) else convert(weight)
    if tuple(weight.shape) != tuple(target.shape):
        raise ShapeError(
            f"An output gradient has shape {list(weight.shape)}, its target {list(target.shape)}.",
            fix="give a weight for every element of the target",
        )
    return weight


def value_and_grad(
    function: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """Make a function that returns a function's value and its gradient.

    Args:
        function: returns a scalar tensor, or `(scalar, anything)` with `has_aux`.
        argnums: which positional arguments to differentiate: an int, or several. Arguments may be structures of arrays,
            tensors and Variables.
        has_aux: whether the function returns more than the value.

    Returns:
        function of the same arguments that returns `(value, gradients)`.

    Example:
        >>> value, slope = value_and_grad(lambda x: x * x)(3.0)
        >>> float(value), float(slope)
        (9.0, 6.0)
    """

    @functools.wraps(function)
    def wrapped(*arguments: Any, **options: Any) -> tuple[Any, Any]:
        several = not isinstance(argnums, int)
        numbers = [argnums] if isinstance(argnums, int) else list(argnums)
        prepared = list(arguments)
        tape = GradientTape(watch_accessed_variables=False)
        with tape:
            for number in numbers:
                prepared[number] = tree.map_structure(_differentiable, prepared[number])
                tape.watch(prepared[number])
            result = function(*prepared, **options)
        value = result[0] if has_aux else result
        if tuple(value.shape) != ():
            raise ShapeError(
                f"The function to differentiate returned a tensor of shape {list(value.shape)}.",
                why="a gradient belongs to one number",
                fix="return a sum or mean, or use GradientTape.jacobian",
            )
        gradients = tape.gradient(value, [prepared[number] for number in numbers], unconnected_gradients="zero")
        return result, gradients if several else gradients[0]

    return wrapped


def _differentiable(value: Any) -> Any:
    tensor = value if is_tensor(value) else convert(value)
    return tensor if tensor.dtype.kind == "f" else convert(tensor, float)


def grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Make a function that returns a function's gradient.

    Args:
        function: returns a scalar tensor, or `(scalar, anything)` with `has_aux`.
        argnums: which positional arguments to differentiate.
        has_aux: whether the function returns more than the value; then `(gradients, more)` is returned.

    Example:
        >>> float(grad(lambda x: x**3)(2.0)), float(grad(grad(lambda x: x**3))(2.0))
        (12.0, 12.0)
    """
    both = value_and_grad(function, argnums, has_aux)

    @functools.wraps(function)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        result, gradients = both(*arguments, **options)
        return (gradients, result[1]) if has_aux else gradients

    return wrapped


class CustomGradient(Composite):
    """A function that brings its own derivative.

    Args:
        function: returns `(outputs, derivative)`.

    Attributes:
        public: the function that users call: what pickles and configurations name.
    """

    # Recorded whole also inside a trace: inlined, its own derivative would be lost.
    is_opaque = True

    def __init__(self, function: Callable[..., Any]):
        self.function = function
        self.public = function
        self.name = getattr(function, "__name__", "custom_gradient")

    def __call__(self, *arguments: Any, **static: Any) -> Any:
        """Apply the function to arguments that may be nested."""
        leaves, params = self.divide(arguments, static)
        return apply(self, *leaves, **params)

    def divide(self, arguments: Sequence[Any], static: Any) -> tuple[list[Any], dict[str, Any]]:
        """Divide the arguments of a call into tensors and static parameters."""
        leaves = [leaf if is_tensor(leaf) else convert(leaf) for leaf in tree.flatten(list(arguments))]
        return leaves, {"skeleton": tree.structure_of(list(arguments)), "static": dict(static)}

    def __reduce__(self) -> tuple[Any, ...]:
        return _operation_behind, (self.public,)

    def infer(self, *specs: Any, skeleton: Structure, static: Any) -> Structure:
        """Return the specs of the outputs, found by recording the function."""
        with trace() as current:
            inputs = [current.placeholder(spec) if hasattr(spec, "shape") else spec for spec in specs]
            outputs, _ = self.function(*tree.unflatten(skeleton, inputs), **static)
            return tree.map_structure(lambda output: output.spec, outputs)

    def run(self, *arguments: Any, skeleton: Structure, static: Any) -> Structure:
        """Call the function unseen by the tapes, and note its outputs with its own derivative."""
        tapes = SCOPE.get().tapes
        inputs = [OPERATORS["read"](argument) for argument in arguments]
        with scope(tapes=()):
            outputs, derivative = self.function(*tree.unflatten(skeleton, inputs), **static)
            outputs = tree.map_structure(lambda output: OPERATORS["read"](output), outputs)
        flat = tuple(tree.flatten(outputs))
        for tape in tapes:
            tape.note(_Derivative(self.name, derivative), tuple(inputs), {}, flat)
        return outputs


class _Derivative(Operation):
    """What a tape notes for a function with its own derivative."""

    def __init__(self, name: str, function: Callable[..., Any]):
        self.name = name
        self.function = function

    def pull_back(
        self, cotangents: Sequence[Any], outputs: Any, arguments: Sequence[Any], params: Any, wanted: Sequence[int]
    ) -> list[Any]:
        """Return the cotangents of the wanted arguments."""
        result = self.function(*cotangents)
        found = tree.flatten(result) if tree.is_nested(result) else [result]
        if len(found) != len(arguments):
            raise GradientError(
                f"The derivative of '{self.name}' returned {len(found)} gradients for {len(arguments)} arguments.",
                fix="return one gradient (or None) for every argument",
            )
        return [None if found[i] is None else found[i] if is_tensor(found[i]) else convert(found[i]) for i in wanted]


def custom_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function its own derivative. Use it as a decorator.

    Args:
        function: takes tensors and returns `(outputs, derivative)`, where `derivative` takes a cotangent for every
            output and returns one for every tensor argument.

    Returns:
        function of the same arguments that returns the outputs.

    Example:
        >>> @custom_gradient
        ... def clipped(x):
        ...     return x * 1.0, lambda upstream: hybrid.ops.clip(upstream, -1.0, 1.0)
        >>> float(grad(lambda x: 100.0 * clipped(x))(2.0))
        1.0
    """
    operation = CustomGradient(function)

    @functools.wraps(function)
    def wrapped(*arguments: Any, **static: Any) -> Any:
        return operation(*arguments, **static)

    operation.public = wrapped
    wrapped.__dict__["operation"] = operation
    return wrapped


def _operation_behind(public: Any) -> Any:
    return public.operation
