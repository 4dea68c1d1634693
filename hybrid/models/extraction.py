"""Models made of models: features of inner layers, and the functional form of any model.

Floor 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import tree
from ..core.context import outside
from ..errors import NotBuiltError
from ..layers.base.call import without_training
from ..layers.base.described import placeholders_like
from ..typing import Structure
from .functional_graph import FunctionalGraph
from .layer_paths import CallIndex, outputs_at
from .model import Functional, Model
from .recording import CallSpec, graph_of, own_graph, recorded
from .unfolding import unfold, unfold_at

__all__ = ["extract", "to_functional"]


def to_functional(model: Any, *specs: Any, expand: bool = False, name: str | None = None) -> Functional:
    """Return the functional model that computes the same with the same layers and weights.

    Args:
        model: any model or layer whose `call` can be recorded.
        *specs: what it is called with: `TensorSpec`s, shapes, placeholders or arrays, in structures, one for every
            argument; by default what it was called with first.
        expand: whether nested models are dissolved into one flat graph; one whose `call` depends on values, and that
            states its output, stays whole.
        name: of the new model; that of the old one by default.

    Raises:
        PlaceholderError: if `call` depends on values.
        NotBuiltError: if no specs are given and the model was never called.

    Example:
        >>> class Twice(Model):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.dense = hybrid.layers.Dense(2)
        ...     def call(self, x):
        ...         return self.dense(x) * 2
        >>> model = to_functional(Twice(), (None, 3))
        >>> [type(layer).__name__ for layer in model.layers], model.output_shape
        (['InputLayer', 'Dense'], (None, 2))
    """
    graph = graph_for(model, specs)
    if expand:
        graph = unfold(graph, lambda chain: _can_be_dissolved(chain[-1].operation))
    return Functional.of_graph(graph, name or model.name)


def _can_be_dissolved(operation: Any) -> bool:
    return isinstance(operation, Model) and not operation.is_opaque


def extract(model: Any, paths: Structure, *specs: Any, name: str | None = None) -> Functional:
    """Return the model that computes what inner layers give; layers that are not needed for it do not run.

    Args:
        model: any model whose `call` can be recorded.
        paths: path of a layer as in `get_layer`, or a list, tuple or dict of them. Where a layer is called several
            times, `'encoder@1/dense'` means the second call of `encoder`, numbered as in `summary()`. The empty path
            means the outputs of the model.
        *specs: what the model is called with; see `to_functional`.
        name: of the new model.

    Returns:
        model with the inputs of `model`, the structure of `paths` as outputs, and the same layers.

    Raises:
        ConfigError: if there is no such layer, it is not called, or it is called several times and none is chosen.
        PlaceholderError: if a `call` that has to be looked into depends on values.

    Example:
        >>> x = hybrid.Input((3,))
        >>> model = Model(x, hybrid.layers.Dense(1)(hybrid.layers.Dense(4, name="hidden")(x)))
        >>> extract(model, "hidden")(np.ones((5, 3))).shape
        (5, 4)
    """
    graph = graph_for(model, specs)
    index = CallIndex()
    places = tree.map_structure(lambda path: outputs_at(model, graph, path, index), paths)
    return Functional.of_graph(unfold_at(graph, places), name or f"{model.name}_features")


def graph_for(model: Any, specs: Sequence[Any] = ()) -> FunctionalGraph:
    """Return the graph of a model for arguments like these, of what it was called with first by default.

    Raises:
        NotBuiltError: if there are none and it was never called.
    """
    if not specs:
        graph = graph_of(model)
        if graph is None:
            raise NotBuiltError(
                f"'{model.path}' was never called, so nothing is known of its inputs.",
                fix="pass specs or shapes of its arguments, or call it on data first",
            )
        return graph
    arguments = [placeholders_like(spec, model.dtype) for spec in specs]
    if not model.built:
        with outside():
            model(*arguments)
    own = own_graph(model)
    if own is not None:
        own.flatten_inputs(arguments[0])
        return own
    leaves, template = model._call_signature.divide(tuple(arguments), {})
    bare, training = without_training(model, template)
    return recorded(model, CallSpec(tuple(leaf.spec for leaf in model._cast(leaves)), bare, training))
