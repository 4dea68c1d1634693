"""Convolutions and the bias and relu that follow them become one step.

Floor 7. Both are done while a block of the output is in the cache.
"""

from __future__ import annotations

from typing import Any

from ...ops.affine_convolution import CONV_AFFINE
from ..program import Program, Step
from .rewriting import Rewriter, rewritten, shape_of, spec_of

__all__ = ["with_affine_convolutions"]


def with_affine_convolutions(program: Program) -> Program:
    """Return the program with one step for a convolution, its bias and relu.

    Example:
        >>> f = lambda x, kernel, bias: hybrid.ops.relu(hybrid.ops.conv(x, kernel) + bias)
        >>> program = hybrid.jit(f).lower(np.ones((1, 6, 6, 1)), np.ones((3, 3, 1, 4)), np.ones(4)).after
        >>> [step.operation.name for step in program.steps]
        ['conv_affine']
    """
    return rewritten(program, _rule)


def _rule(step: Step, rewriter: Rewriter) -> Any:
    name = step.operation.name
    if name == "relu":
        affine = rewriter.maker(step.arguments[0], CONV_AFFINE.name)
        if (
            affine is not None
            and not affine.params["relu"]
            and not rewriter.is_needed_elsewhere(step.arguments[0], step)
        ):
            return rewriter.call(CONV_AFFINE.name, *affine.arguments, **{**affine.params, "relu": True})
    for product, bias in (step.arguments, step.arguments[::-1]) if name == "add" else ():
        conv = rewriter.maker(product, "conv")
        if conv is not None and not rewriter.is_needed_elsewhere(product, step) and _fits(bias, conv):
            return rewriter.call(CONV_AFFINE.name, *conv.arguments, bias, relu=False, **conv.params)
    return None


def _fits(bias: Any, conv: Step) -> bool:
    """Say whether what is added is the same at all positions."""
    shape, output = shape_of(bias), shape_of(conv.outputs[0])
    place = len(output) - 1 if conv.params["data_format"] == "channels_last" else 1
    expected = tuple(size if axis == place else 1 for axis, size in enumerate(output))
    filled = (1,) * (len(output) - len(shape)) + shape
    return filled == expected and spec_of(bias).dtype == conv.outputs[0].spec.dtype
