"""What a call of a layer comes down to: primitives on its tensor and on Variables, if all of it is our own.

Floor 8.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from ... import tree
from ...core.context import call_scope
from ...core.graph import Graph
from ...core.tensor import SymbolicTensor, Tensor
from ...core.trace import trace
from ...core.usual_calls import NotWorthItError, PlainCall
from ...core.variable import Variable
from ...errors import UnsupportedOpError
from ...registry import is_builtin
from .rollback import keeping_no_placeholders
from .tracking import walk

__all__ = ["function_of_call"]


def function_of_call(layer: Any, tensors: Sequence[Tensor], training: Any) -> PlainCall:
    """Return a call of a layer as a function of its tensor and of the Variables that it reads.

    Raises:
        NotWorthItError: if a class or function of the user's is involved.
        UnsupportedOpError: or what else is raised while it is recorded, if it does more than to compute a tensor.
    """
    parts = walk(layer)
    if not all(map(_is_ours, parts)):
        raise NotWorthItError
    if training and not all(part.trainable for part in parts):
        raise UnsupportedOpError("Batch normalization that is frozen does something else in training.")
    losses: list[Any] = []
    with keeping_no_placeholders(layer), trace(inherits=False, hides_values=True) as current:
        with call_scope(training=training, layers=(), losses=losses):
            (start,) = (current.placeholder(tensor.spec) for tensor in tensors)
            end = layer(start)
    if type(end) is not SymbolicTensor or end.mask is not None or losses or len(current.updates):
        raise UnsupportedOpError("More than one tensor comes of the call.")
    graph = Graph([start], [end], captures=True, token=current.token)
    taken = [each for node in graph.nodes for each in node.arguments if type(each) is Variable]
    # In the order in which they are read: that in which a tape meets them.
    variables = list({id(variable): variable for variable in taken}.values())
    order = [next(i for i, v in enumerate(variables) if v is capture) for capture in graph.captures]

    def replay(tensor: Any, *values: Any) -> Any:
        return graph.replay([tensor], [values[index] for index in order])[0]

    return PlainCall(replay, variables, list(map(id, parts)))


def _is_ours(layer: Any) -> bool:
    """Say whether a layer runs no code but this package's."""
    functions = [
        leaf for leaf in tree.flatten(list(vars(layer).values())) if callable(leaf) and type(leaf) is not weakref.ref
    ]
    return is_builtin(type(layer)) and all(is_builtin(each) or is_builtin(type(each)) for each in functions)
