"""What was changed of a layer after it was constructed, so that a file can say it beside the constructor's arguments.

Floor 10.
"""

from __future__ import annotations

from typing import Any

from .. import tree
from ..errors import HybridError
from ..layers.base.layer import Layer
from ..layers.base.rollback import BOOKKEEPING
from ..random.seed_generator import note_global_generator
from ..registry import is_builtin
from ..saving.structure import restore_structure, structure_of
from ..serialization import copy_by_config, writing_apart
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
    hidden = _BASE | type(layer)._untracked
    theirs = dict(attributes_of(twin))
    mine = {name: value for name, value in attributes_of(layer) if name not in hidden and _is_writable(value)}
    our_form, their_form = _Form(), _Form()
    with writing_apart():
        forms = {name: (our_form.of(value), their_form.of(theirs.get(name))) for name, value in mine.items()}
    changed = {name for name, (one, other) in forms.items() if name not in theirs or one != other}
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
    return twin


class _Form:
    """Describes values by what they are made of: equal ones have equal descriptions, built or not."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}

    def of(self, value: Any) -> Any:
        if isinstance(value, dict):
            return [(key, self.of(item)) for key, item in value.items()]
        if isinstance(value, (list, tuple)):
            return [type(value).__name__, *map(self.of, value)]
        if not isinstance(value, Layer):
            return value
        if id(value) in self._numbers:
            return "known", self._numbers[id(value)]
        self._numbers[id(value)] = len(self._numbers)
        if is_builtin(type(value)):
            return type(value), _settings(value), [self.of(child) for child in value._layers]
        hidden = _BASE | type(value)._untracked
        own = [(name, item) for name, item in attributes_of(value) if name not in hidden and _is_writable(item)]
        return type(value), value.name, value.trainable, [(name, self.of(item)) for name, item in own]


_BASE = frozenset(vars(Layer())) | BOOKKEEPING


def _settings(layer: Layer) -> str:
    """Write the configuration of a layer of ours, without what a first call adds to it."""
    try:
        return repr({key: value for key, value in layer.get_config().items() if key != "build_input_shape"})
    except HybridError:
        return ""


def _is_writable(value: Any) -> bool:
    return all(isinstance(leaf, _PLAIN) or getattr(leaf, "_is_layer", False) for leaf in tree.flatten(value))


def _holds_layers(value: Any) -> bool:
    return any(getattr(leaf, "_is_layer", False) for leaf in tree.flatten(value))
