"""Views: chains of reshapes and of transposes become one of each, or none.

Floor 7. A view costs no copying, but a call, which is as much as computing a thousand numbers. Products of matrices
take transposed views as they are.
"""

from __future__ import annotations

from typing import Any

from ..program import Program, Step
from .rewriting import Rewriter, rewritten, spec_of

__all__ = ["with_merged_views"]

_RESHAPES = ("reshape", "squeeze", "expand_dims", "reshape_like")


def with_merged_views(program: Program) -> Program:
    """Return the program in which no reshape follows a reshape and no transpose a transpose.

    Example:
        >>> hybrid.jit(lambda x: hybrid.ops.transpose(hybrid.ops.transpose(x))).lower(np.ones((2, 3))).after
        <Program of 0 steps>
    """
    return rewritten(program, _rule, (*_RESHAPES, "transpose"))


def _rule(step: Step, rewriter: Rewriter) -> Any:
    return (_transposed if step.operation.name == "transpose" else _reshaped)(step, rewriter)


def _reshaped(step: Step, rewriter: Rewriter) -> Any:
    first = rewriter.maker(step.arguments[0], *_RESHAPES)
    if first is None:
        return None
    source, spec = first.arguments[0], step.outputs[0].spec
    if spec_of(source) == spec:
        return source
    if rewriter.is_needed_elsewhere(step.arguments[0], step):
        return None  # it may have to be copied, and once is enough
    return rewriter.call("reshape", source, shape=spec.shape)


def _transposed(step: Step, rewriter: Rewriter) -> Any:
    axes = step.params["axes"]
    first = rewriter.maker(step.arguments[0], "transpose")
    source = step.arguments[0]
    if first is not None:
        source = first.arguments[0]
        axes = tuple(first.params["axes"][axis] for axis in axes)
    if axes == tuple(range(len(axes))):
        return source
    return None if first is None else rewriter.call("transpose", source, axes=axes)
