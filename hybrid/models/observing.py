"""How the layers inside a model are called: found by calling it on placeholders and watching.

Floor 10. A graph shows the calls in its own nodes only; a cell inside a recurrent layer, or a layer inside a wrapper,
is called in loops and branches that no graph of layers shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.context import call_scope, outside
from ..core.door import spec_with_mask
from ..core.spec import TensorSpec
from ..errors import HybridError
from ..layers.base.call import CallTemplate, without_training
from ..layers.base.layer import Layer
from ..layers.base.rollback import unchanged
from .recording import CallSpec, call_of

__all__ = ["observe_calls"]


def observe_calls(model: Any, layers: Iterable[Layer]) -> dict[int, list[CallSpec]]:
    """Find out how layers are called when a model is called, without data and without a change.

    Args:
        model: any model. One that was never called, or that depends on values, shows the calls up to there.
        layers: those that are watched.

    Returns:
        different calls by identity of the layer, each without what it says of training.
    """
    seen: dict[int, dict[Any, CallSpec]] = {id(layer): {} for layer in layers}
    call = call_of(model)
    if call is None:
        return {}
    with outside(), unchanged(model), call_scope(training=None, layers=(), losses=[]):
        for layer in layers:
            _watch(layer, seen[id(layer)])
        try:
            for training in (None, True):
                _call_symbolically(model, call._replace(training=training))
        finally:
            for layer in layers:
                del layer.__dict__["run"], layer.__dict__["infer"]
    return {identity: list(calls.values()) for identity, calls in seen.items()}


def _call_symbolically(model: Any, call: CallSpec) -> None:
    try:
        with call_scope(training=call.training):
            model._infer_by_tracing(call.specs, call.template)
    except HybridError:
        # What depends on values ends the observation, nothing else.
        return


def _watch(layer: Any, seen: dict[Any, CallSpec]) -> None:
    """Note how a layer is called: what needs values is not run without data, it only says what would come out."""
    run, infer = layer.run, layer.infer

    def note(specs: Iterable[TensorSpec], call: CallTemplate) -> None:
        spec = CallSpec(tuple(specs), without_training(layer, call)[0])
        seen.setdefault(spec.key, spec)

    def watched_run(*leaves: Any, call: CallTemplate) -> Any:
        note(map(spec_with_mask, leaves), call)
        return run(*leaves, call=call)

    def watched_infer(*specs: TensorSpec, call: CallTemplate) -> Any:
        note(specs, call)
        return infer(*specs, call=call)

    layer.__dict__["run"], layer.__dict__["infer"] = watched_run, watched_infer
