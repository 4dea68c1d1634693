"""Fused operations: a composition of ops as one primitive, computed on arrays at once, forwards and backwards.

Floor 5. The composition stays the definition: tests compare both, and second derivatives go through it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.door import apply
from ..core.primitive import Composite, Primitive, likes_among
from ..core.spec import TensorSpec
from ..core.tape import CompositeGradient

__all__ = ["Fused"]


class _Plain(Composite):
    """The composition that a fused operation stands for."""

    def __init__(self, name: str, run: Callable[..., Any]):
        self.name = name
        self.run = run  # type: ignore[method-assign]


class Fused(Primitive):
    """A composition of ops as one primitive, and its derivative as another, named `<name>_slopes`.

    Args:
        name: of the primitive.
        plain: the composition, written in ops: tensors in, tensor (or tuple of tensors) out.
        forward: arrays in, array (or tuple of arrays) out: what `plain` returns, and then what `backward` wants kept.
        backward: `(wanted, cotangents, outputs, *arguments, **params)` to a tuple with the cotangent of each wanted
            argument. `cotangents` are those of the outputs of `plain`, `outputs` is all that `forward` returned. An
            argument of which it needs shape and dtype only has a name that begins with `like`.
        infer: specs in, specs of all that `forward` returns out.
        samples: as for any primitive.
        outputs: number of outputs of `plain`.
        constant: positions of arguments that have no derivative.
        unread: outputs that `backward` does not read, as positions from the end: -1 for the last.
    """

    __slots__ = ("constant", "gradient", "plain", "returned", "unread")

    returned: int

    def __init__(
        self,
        name: str,
        plain: Callable[..., Any],
        forward: Callable[..., Any],
        backward: Callable[..., tuple[Any, ...]],
        infer: Callable[..., Any],
        *,
        samples: Callable[[np.random.Generator], list[Any]],
        outputs: int = 1,
        constant: Sequence[int] = (),
        unread: Sequence[int] = (),
    ):
        super().__init__(name, forward, infer, (), samples=samples)
        self.plain = _Plain(f"plain_{name}", plain)
        self.returned = outputs
        self.constant = frozenset(constant)
        self.unread = tuple(unread)
        self.gradient = _Slopes(self, backward)

    def pull_back(
        self,
        cotangents: Sequence[Any],
        outputs: Sequence[Any],
        arguments: Sequence[Any],
        params: dict[str, Any],
        wanted: Sequence[int],
    ) -> list[Any]:
        """Return the cotangents of the wanted arguments, `None` for constant ones."""
        sought = tuple(index for index in wanted if index not in self.constant)
        if not sought:
            return [None for _ in wanted]
        given = (*arguments, *cotangents, *outputs)
        slopes = iter(apply(self.gradient, *given, wanted=sought, count=len(arguments), **params))
        return [None if index in self.constant else next(slopes) for index in wanted]


class _Slopes(Primitive):
    """The derivative of a fused operation: of its arguments, the cotangents and the outputs, to cotangents."""

    __slots__ = ("backward", "fused")

    def __init__(self, fused: Fused, backward: Callable[..., tuple[Any, ...]]):
        self.fused = fused
        self.backward = backward
        super().__init__(f"{fused.name}_slopes", self._compute, self._infer, (), samples=self._samples)

    def _compute(self, *values: Any, wanted: Any, count: int, **params: Any) -> tuple[Any, ...]:
        last = count + self.fused.returned
        return self.backward(wanted, values[count:last], values[last:], *values[:count], **params)

    def _infer(self, *specs: Any, wanted: Any, count: int, **params: Any) -> tuple[TensorSpec, ...]:
        return tuple(TensorSpec.of(specs[index].shape, specs[index].dtype) for index in wanted)

    def likes(self, count: int) -> tuple[int, ...]:
        """Return the positions of the arguments of which the derivative needs shape and dtype only."""
        unread = tuple(count + place for place in self.fused.unread)
        return (*likes_among(self.backward, 3, count), *unread)

    def _samples(self, rng: np.random.Generator) -> list[Any]:
        found: list[Any] = []
        for arguments, params in self.fused.samples(rng):
            results = self.fused.compute(*arguments, **params)
            outputs = results if type(results) is tuple else (results,)
            cotangents = [rng.normal(size=each.shape).astype(each.dtype) for each in outputs[: self.fused.returned]]
            wanted = tuple(index for index in range(len(arguments)) if index not in self.fused.constant)
            further = {"wanted": wanted, "count": len(arguments), **params}
            found.append(((*arguments, *cotangents, *outputs), further))
        return found

    def pull_back(
        self,
        cotangents: Sequence[Any],
        outputs: Sequence[Any],
        arguments: Sequence[Any],
        params: dict[str, Any],
        wanted: Sequence[int],
    ) -> list[Any]:
        """Differentiate the composition twice. What was kept depends on the arguments, and counts there."""
        params = dict(params)
        first, count = params.pop("wanted"), params.pop("count")
        last = count + self.fused.returned
        constant = self.fused.constant
        sought = tuple(index for index in wanted if index < last and index not in constant)
        if not sought:
            return [None for _ in wanted]
        once = CompositeGradient(self.fused.plain, count, first, (), params)
        twice = CompositeGradient(once, last, sought, (), {})
        slopes = dict(zip(sought, twice.run(*arguments[:last], *cotangents), strict=True))
        return [slopes.get(index) for index in wanted]
