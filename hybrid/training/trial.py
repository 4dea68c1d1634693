"""The call of a model, tried before anything is done with it.

Floor 9. It is tried on placeholders; only where that fails, on the first batch: it may depend on values. A model that
can be tried in vain says all that is wrong with it: `_refuse_calls`, which models define.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import tree
from ..core.context import call_scope, outside, scope
from ..core.spec import TensorSpec
from ..core.state import StateScope
from ..core.trace import trace
from ..core.witness import Witness
from ..layers.base.rollback import built_or_as_before, unchanged
from ..layers.base.tracking import walk
from ..typing import Structure

__all__ = ["Trial"]


class _Made(Witness):
    """Notes the layers that are made while it looks."""

    def __init__(self) -> None:
        self.layers: list[Any] = []

    def creates(self, composite: Any) -> None:
        """Note a layer."""
        self.layers.append(composite)


class Trial:
    """Remembers what a model was called on without failing: each kind of call is tried once."""

    def __init__(self) -> None:
        self._passed: set[Any] = set()

    def run(self, model: Any, x: Structure, trainings: Sequence[bool]) -> None:
        """Try to call a model. If that fails, the model is as before.

        Args:
            model: of any style.
            x: tensors of the first batch.
            trainings: whether the calls train.

        Raises:
            HybridError: all that is wrong, as `model._refuse_calls` says it, or the error of the call.
        """
        # Layers that are replaced or appended are other objects; that is enough to see that a structure is another.
        layers = walk(model)
        specs = tuple(map(_any_batch, tree.flatten(x)))
        key = specs, tuple(map(id, layers))
        trainings = [training for training in trainings if (training, *key) not in self._passed]
        if not trainings:
            return
        try:
            with built_or_as_before(model), unchanged(model):
                _try(model, x, trainings)
        except _WeightsMadeError:
            model._refuse_calls(x, None)
        except Exception as error:
            model._refuse_calls(x, error)
            raise
        now = tuple(map(id, walk(model)))
        self._passed.update((training, specs, now) for training in trainings)


class _WeightsMadeError(Exception):
    """Layers with weights were made while a call ran."""


def _try(model: Any, x: Structure, trainings: Sequence[bool]) -> None:
    """Call a model on placeholders; if that fails, on what they stand for, without assigning anything."""
    made = _Made()
    kept = model.__dict__.get("_call_losses", [])
    try:
        for training in trainings:
            with outside(), scope(witness=made), call_scope(losses=[]), trace(inherits=False) as current:
                specs = tree.map_structure(_any_batch, x)
                model(tree.map_structure(lambda spec: spec and current.placeholder(spec), specs), training=training)
    except Exception:
        with outside(), scope(state=StateScope()), call_scope(losses=[]):
            for training in trainings:
                model(x, training=training)
    finally:
        model.__dict__["_call_losses"] = kept
    if any(layer.weights for layer in made.layers):
        raise _WeightsMadeError


def _any_batch(leaf: Any) -> TensorSpec | None:
    if leaf is None:
        return None
    return TensorSpec.of((None, *leaf.shape[1:]) if leaf.shape else (), leaf.dtype)
