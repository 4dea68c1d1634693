"""A recurrent layer that goes through a sequence both ways.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import ops, tree
from ...errors import ConfigError, StructureError
from ...serialization import serialize_keras_object, shared_objects
from ..base.layer import Layer
from .wrapper import checked_layer

__all__ = ["Bidirectional"]

_MERGES = {
    "sum": ops.add,
    "mul": ops.multiply,
    "ave": lambda forward, backward: ops.multiply(ops.add(forward, backward), 0.5),
    "concat": lambda forward, backward: ops.concatenate([forward, backward], axis=-1),
}


class Bidirectional(Layer):
    """A recurrent layer and its mirror image, which goes through the sequence from its end.

    The layer is copied: it serves as a pattern and has no weights in common with the copies.

    Args:
        layer: a recurrent layer, or any layer with `go_backwards`, `return_sequences` and `return_state`.
        merge_mode: how the two outputs become one: `"concat"`, `"sum"`, `"mul"`, `"ave"`; `None` returns both.
        weights: initial values of the weights, as `set_weights` takes them.
        backward_layer: the layer that goes backwards, if it is to be another; with `go_backwards=True`.

    Variables: those of `forward_layer`, then those of `backward_layer`.

    Input: `[batch, time, features]`; optionally `mask`, and `initial_state`, the states of both layers in one list.
    Output: the merged outputs of both layers, those of the backward layer in the order of the sequence; with
    `return_state` followed by the states of both.

    Raises:
        ConfigError: if a layer does not fit, or the merge mode is unknown.

    Example:
        >>> Bidirectional(hybrid.layers.LSTM(4, return_sequences=True))(np.ones((2, 5, 3))).shape
        (2, 5, 8)

    Source: Schuster and Paliwal 1997, "Bidirectional recurrent neural networks".
    """

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ):
        _check(layer, backward_layer, merge_mode)
        super().__init__(**kwargs)
        self.merge_mode = merge_mode
        self.forward_layer = _copy(layer, "forward_")
        mirrored = {"go_backwards": not layer.go_backwards} if backward_layer is None else {}
        self.backward_layer = _copy(layer if backward_layer is None else backward_layer, "backward_", **mirrored)
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.stateful = getattr(layer, "stateful", False)
        self.supports_masking = True
        self.input_spec = layer.input_spec
        self._initial_weights = None if weights is None else [*weights]
        if self.return_sequences:
            # Masked steps must be zero: the last output goes on in opposite directions and would be mixed up.
            for each in (self.forward_layer, self.backward_layer):
                if hasattr(each, "zero_output_for_mask"):
                    each.zero_output_for_mask = True

    @property
    def layer(self) -> Any:
        """The layer that goes forwards."""
        return self.forward_layer

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build both layers."""
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)
                layer.built = True
        self.built = True
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool | None = None) -> Any:
        """Call both layers and merge their outputs."""
        options: dict[str, Any] = {} if mask is None else {"mask": mask}
        states = self._divided(initial_state)
        forward = self.forward_layer(sequences, **states[0], **options)
        backward = self.backward_layer(sequences, **states[1], **options)
        forward_states: tuple[Any, ...] = ()
        backward_states: tuple[Any, ...] = ()
        if self.return_state:
            forward, *forward_states = forward
            backward, *backward_states = backward
        if self.return_sequences:
            backward = ops.flip(backward, axis=1)
        outputs: Any = (forward, backward) if self.merge_mode is None else _MERGES[self.merge_mode](forward, backward)
        if not self.return_state:
            return outputs
        return (*(outputs if self.merge_mode is None else (outputs,)), *forward_states, *backward_states)

    def _divided(self, states: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        if states is None:
            return {}, {}
        states = list(states)
        if len(states) % 2:
            raise StructureError(
                f"{self._description} received {len(states)} initial states.",
                why="the first half is for the layer that goes forwards, the second for the one that goes backwards",
                fix="pass the states of both layers in one list",
            )
        half = len(states) // 2
        return {"initial_state": states[:half]}, {"initial_state": states[half:]}

    def reset_state(self) -> None:
        """Forget the states of stateful layers."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the mask of the sequence for outputs at every step, else none; states have none."""
        mask = next((each for each in tree.flatten(previous_mask) if each is not None), None)
        outputs = 2 if self.merge_mode is None else 1
        masks = [mask if self.return_sequences else None] * outputs
        if self.return_state:
            both = (self.forward_layer, self.backward_layer)
            masks += [None for layer in both for _ in tree.flatten(layer.cell.state_size)]
        return masks if len(masks) > 1 else masks[0]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain data; values of weights are not among them."""
        with shared_objects():
            return {
                "name": self.name,
                "trainable": self.trainable,
                "dtype": self.dtype,
                "merge_mode": self.merge_mode,
                "layer": serialize_keras_object(self.forward_layer),
                "backward_layer": serialize_keras_object(self.backward_layer),
            }


def _copy(layer: Any, prefix: str, **changes: Any) -> Any:
    """Return a new layer like another one, named after it with a prefix that a copy of a copy does not repeat."""
    config = {**layer.get_config(), **changes}
    config["name"] = prefix + config["name"].removeprefix("forward_").removeprefix("backward_")
    return type(layer).from_config(config)


def _check(layer: Any, backward_layer: Any, merge_mode: Any) -> None:
    if merge_mode is not None and merge_mode not in _MERGES:
        raise ConfigError(f"Unknown merge mode: {merge_mode!r}.", fix=f"use one of {', '.join(_MERGES)}, or None")
    for each in (layer, backward_layer):
        if each is None and each is not layer:
            continue
        checked_layer(each, "Bidirectional")
        for needed in ("go_backwards", "return_sequences", "return_state"):
            if not hasattr(each, needed):
                raise ConfigError(
                    f"Bidirectional cannot mirror {each!r}: it has no '{needed}'.", fix="Bidirectional(LSTM(32))"
                )
    if backward_layer is None:
        return
    if layer.go_backwards == backward_layer.go_backwards:
        raise ConfigError(
            "The two layers of Bidirectional go the same way.", fix="give backward_layer go_backwards=True"
        )
    for same in ("return_sequences", "return_state", "stateful"):
        if getattr(layer, same, None) != getattr(backward_layer, same, None):
            raise ConfigError(f"The two layers of Bidirectional differ in '{same}'.", fix="give both the same value")
