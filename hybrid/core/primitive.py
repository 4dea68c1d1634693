"""Operations: primitives, which have three faces, and composites, which are made of other operations.

Floor 4. Primitives are entries of one registry; nothing here knows how an operation is recorded or run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any

import numpy as np

from ..errors import ConfigError
from .spec import TensorSpec

Sample = tuple[tuple[Any, ...], dict[str, Any]]
"""Arguments and parameters that an operation can be called with."""

PRIMITIVES: dict[str, Primitive] = {}
"""All primitives by name."""


class Operation:
    """What can be applied to tensors. `name` is used in graphs and messages.

    Attributes:
        returned: number of outputs that are for the caller; those after them are kept for the derivative only, and no
            cotangent comes to them. `None`: all are.
    """

    name: str = "operation"
    returned: int | None = None
    is_composite: bool = False
    is_placeholder: bool = False
    differentiable: bool = True

    def infer(self, *specs: Any, **params: Any) -> Any:
        """Return the specs of the outputs for the specs of the arguments (Python numbers stand for themselves)."""
        raise NotImplementedError


class Composite(Operation):
    """An operation that is made of other operations.

    Subclasses define `run`, which is called with concrete or symbolic arguments, and `infer`, which says what comes
    out. The specs that `infer` gets and returns may carry the specs of masks.

    Attributes:
        is_opaque: whether `run` needs values, so that it is recorded whole also inside a trace.
    """

    is_composite = True
    is_opaque = False

    def recorded(self, node: Any, outputs: Sequence[Any]) -> None:
        """Learn that a call was recorded. Does nothing by default."""

    def run(self, *arguments: Any, **params: Any) -> Any:
        """Compute the outputs by calling other operations."""
        raise NotImplementedError


class Primitive(Operation):
    """An operation with three faces.

    Args:
        name: unique; used in graphs, configs and messages.
        compute: arrays in, array (or tuple of arrays) out.
        infer: specs in, spec (or tuple of specs) out. An argument of which shape and dtype count, but no values, has a
            name here that begins with `like`.
        vjp: reverse-mode derivative, written in ops. Either a sequence with one function per argument, each
            `(cotangent, output, *arguments, **params) -> cotangent of that argument` (`None` in the sequence for an
            argument that has no derivative), or one function `(index, cotangent, output, *arguments, **params)` where
            the number of arguments varies. For several outputs, `cotangent` and `output` are tuples. `None`: the
            operation is piecewise constant, nothing flows back.
        samples: function of a NumPy generator to a list of `(arguments, params)` that tests try the operation on.
        elementwise: whether each element of the output depends on the elements at the same place only (after
            broadcasting), so that a mask of the argument holds for the output.
    """

    __slots__ = ("compute", "differentiable", "elementwise", "infer", "name", "samples", "vjp")

    def __init__(
        self,
        name: str,
        compute: Callable[..., Any],
        infer: Callable[..., Any],
        vjp: Sequence[Callable[..., Any] | None] | Callable[..., Any] | None = None,
        *,
        samples: Callable[[np.random.Generator], list[Sample]],
        elementwise: bool = False,
    ):
        if name in PRIMITIVES:
            raise ConfigError(f"A primitive named '{name}' exists already.", fix="choose another name")
        self.name = name
        self.compute = compute
        self.infer = infer  # type: ignore[method-assign]
        self.vjp = vjp
        self.differentiable = vjp is not None
        self.samples = samples
        self.elementwise = elementwise
        PRIMITIVES[name] = self

    def pull_back(
        self,
        cotangents: Sequence[Any],
        outputs: Sequence[Any],
        arguments: Sequence[Any],
        params: dict[str, Any],
        wanted: Sequence[int],
    ) -> list[Any]:
        """Return the cotangents of the wanted arguments, `None` for those that have none."""
        vjp = self.vjp
        cotangent: Any
        output: Any
        if len(outputs) == 1:
            (cotangent,), (output,) = cotangents, outputs
        else:
            cotangent, output = tuple(cotangents), tuple(outputs)
        if callable(vjp):
            return [vjp(index, cotangent, output, *arguments, **params) for index in wanted]
        pulled = []
        for index in wanted:
            rule = vjp[index] if index < len(vjp) else None  # type: ignore[arg-type,index]
            pulled.append(rule and rule(cotangent, output, *arguments, **params))
        return pulled

    def likes(self, count: int) -> tuple[int, ...]:
        """Return the positions of those arguments of which only shape and dtype count.

        Args:
            count: of the arguments of a call.
        """
        return likes_among(self.infer, 0, count)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return primitive_named, (self.name,)

    def __copy__(self) -> Primitive:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Primitive:
        return self


@lru_cache(maxsize=1024)
def likes_among(function: Callable[..., Any], first: int, count: int) -> tuple[int, ...]:
    """Return the positions of arguments whose names in the signature of a function begin with `like`.

    Args:
        function: any.
        first: the parameter that takes the first argument.
        count: of the arguments.
    """
    names: list[str] = []
    for parameter in signature(function).parameters.values():
        if parameter.kind is Parameter.VAR_POSITIONAL:
            names += [parameter.name] * (first + count - len(names))
        elif parameter.kind not in (Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD):
            names.append(parameter.name)
    return tuple(place for place, name in enumerate(names[first : first + count]) if name.startswith("like"))


def primitive_named(name: str) -> Primitive:
    """Return a primitive by its name.

    Raises:
        ConfigError: if there is none.
    """
    try:
        return PRIMITIVES[name]
    except KeyError:
        raise ConfigError(f"There is no primitive named '{name}'.") from None


def spec_like(x: TensorSpec, **_: Any) -> TensorSpec:
    """Infer for operations that keep shape and dtype."""
    return x
