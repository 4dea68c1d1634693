"""What was changed of a layer after it was constructed, so that a file can say it beside the constructor's arguments.

Floor 10.
"""

from __future__ import annotations

from typing import Any

from .. import tree
from ..layers.base.layer import Layer
from ..layers.base.rollback import BOOKKEEPING
from ..layers.base.tracking import walk
from ..random.seed_generator import note_global_generator
from ..saving.structure import restore_structure, structure_of
from ..serialization import copy_by_config
from .comparison import Comparison
from .object_parts import attributes_of

__all__ = ["changes_of"]

_PLAIN = (bool, int, float, str, type(None), bytes, complex)


def changes_of(layer: Layer) -> dict[str, Any]:
    """Return the attributes of a layer of the user's own that its constructor would not make again.

    Only what is made of plain values and layers counts. Once a layer is changed, all attributes that hold layers are
    returned: what they share must stay shared.
    """
    twin = _made_again(layer)
    if twin is None:
        return {}
    base = frozenset(vars(Layer())) | BOOKKEEPING | type(layer)._untracked
    theirs = dict(attributes_of(twin))
    mine = {n: value for n, value in attributes_of(layer) if n not in base and _is_writable(value)}
    changed = {name for name, value in mine.items() if name not in theirs or _differ(value, theirs[name])}
    structural = any(_holds_layers(mine[name]) or _holds_layers(theirs.get(name)) for name in changed)
    return {name: value for name, value in mine.items() if name in changed or (structural and _holds_layers(value))}


def _made_again(layer: Layer) -> Any:
    """Make a layer of the configuration of another; `None` where that fails: whoever writes the layer will say why."""
    take_back_draws = note_global_generator()
    try:
        twin = copy_by_config(layer)
        restore_structure(twin, structure_of(layer))
    except Exception:
        return None
    finally:
        take_back_draws()
    for mine, other in zip(walk(layer), walk(twin), strict=False):
        if type(mine).build is Layer.build:
            # There is nothing to build: that it was called is all that `built` says.
            other.__dict__["built"] = mine.built
    return twin


def _differ(mine: Any, other: Any) -> bool:
    return mine is not other and Comparison(mine, other).difference is not None


def _is_writable(value: Any) -> bool:
    return all(isinstance(leaf, _PLAIN) or getattr(leaf, "_is_layer", False) for leaf in tree.flatten(value))


def _holds_layers(value: Any) -> bool:
    return any(getattr(leaf, "_is_layer", False) for leaf in tree.flatten(value))
