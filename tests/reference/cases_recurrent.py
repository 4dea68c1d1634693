"""Cases of the layers with time: recurrent layers and their cells, their wrappers, and attention."""

from __future__ import annotations

from typing import Any

from .cases_layers import layer
from .specification import Case, Make, boolean, padding_mask, real

STEPS = (3, 4, 2)
MASK = padding_mask((3, 4))
RECURRENT = ("SimpleRNN", "LSTM", "GRU")


def _states(name: str, units: int) -> list[Any]:
    return [real((3, units)) for _ in range(2 if name == "LSTM" else 1)]


def _cell(name: str, units: int = 3, **config: Any) -> Make:
    return Make(f"layers.{name}Cell", units, **config)


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "sequences": {"return_sequences": True},
    "state": {"return_state": True},
    "sequences and state": {"return_sequences": True, "return_state": True},
    "backwards": {"go_backwards": True, "return_sequences": True},
    "unrolled": {"unroll": True, "return_sequences": True},
    "no bias": {"use_bias": False, "activation": "relu"},
}

CELLS: list[Case] = [
    *(layer("one step", f"{name}Cell", real((3, 2)), _states(name, 4), units=4) for name in RECURRENT),
    layer("not reset after", "GRUCell", real((3, 2)), _states("GRU", 4), units=4, reset_after=False, use_bias=True),
    layer("no forget bias", "LSTMCell", real((3, 2)), _states("LSTM", 3), units=3, unit_forget_bias=False),
]

LAYERS: list[Case] = [
    *(
        layer(label, name, real(STEPS), units=3, **config)
        for name in RECURRENT
        for label, config in CONFIGURATIONS.items()
    ),
    *(
        layer(label, name, real(STEPS), units=3, mask=MASK, **config)
        for name in RECURRENT
        for label, config in (
            ("mask", {}),
            ("mask sequences", {"return_sequences": True, "return_state": True}),
            ("mask zero output", {"return_sequences": True, "zero_output_for_mask": True}),
            ("mask backwards", {"return_sequences": True, "go_backwards": True}),
            ("mask unrolled", {"return_sequences": True, "unroll": True}),
        )
    ),
    *(
        layer("ragged mask", name, real(STEPS), units=3, mask=boolean((3, 4)), return_sequences=True)
        for name in RECURRENT
    ),
    *(
        layer("initial state", name, real(STEPS), units=3, call={"initial_state": _states(name, 3)}, return_state=True)
        for name in RECURRENT
    ),
    layer("not reset after", "GRU", real(STEPS), units=3, reset_after=False),
    layer("not reset after mask", "GRU", real(STEPS), units=3, mask=MASK, reset_after=False, return_sequences=True),
    *(
        layer("recurrent activation", name, real(STEPS), units=3, recurrent_activation="hard_sigmoid", activation="elu")
        for name in ("LSTM", "GRU")
    ),
    *(layer("dropout inference", name, real(STEPS), units=3, dropout=0.3, recurrent_dropout=0.2) for name in RECURRENT),
]

WRAPPED: list[Case] = [
    *(
        layer(f"{name} {label}", "RNN", real(STEPS), cell=_cell(name), **config)
        for name in RECURRENT
        for label, config in (("plain", {}), ("full", {"return_sequences": True, "return_state": True}))
    ),
    layer("mask", "RNN", real(STEPS), cell=_cell("GRU"), mask=MASK, return_sequences=True),
    layer("stacked", "RNN", real(STEPS), cell=[_cell("LSTM", 3), _cell("GRU", 2), _cell("SimpleRNN", 4)]),
    layer(
        "stacked full",
        "RNN",
        real(STEPS),
        cell=[_cell("LSTM", 3), _cell("LSTM", 2)],
        mask=MASK,
        return_sequences=True,
        return_state=True,
    ),
    layer(
        "StackedRNNCells", "RNN", real(STEPS), cell=Make("layers.StackedRNNCells", [_cell("GRU", 2), _cell("GRU", 3)])
    ),
]

BIDIRECTIONAL: list[Case] = [
    *(
        layer(f"{mode} {label}", "Bidirectional", real(STEPS), layer=Make("layers.GRU", 3, **config), merge_mode=mode)
        for mode in ("concat", "sum", "mul", "ave", None)
        for label, config in (("last", {}), ("sequences", {"return_sequences": True}))
    ),
    *(
        layer(
            f"{name} mask",
            "Bidirectional",
            real(STEPS),
            layer=Make(f"layers.{name}", 3, return_sequences=True),
            mask=MASK,
        )
        for name in RECURRENT
    ),
    layer("state", "Bidirectional", real(STEPS), layer=Make("layers.LSTM", 2, return_state=True)),
    layer(
        "initial state",
        "Bidirectional",
        real(STEPS),
        layer=Make("layers.LSTM", 3),
        call={"initial_state": [*_states("LSTM", 3), *_states("LSTM", 3)]},
    ),
    layer(
        "backward layer",
        "Bidirectional",
        real(STEPS),
        layer=Make("layers.LSTM", 3),
        backward_layer=Make("layers.GRU", 2, go_backwards=True),
    ),
]

TIME_DISTRIBUTED: list[Case] = [
    layer("dense", "TimeDistributed", real((2, 3, 4)), layer=Make("layers.Dense", 2, activation="tanh")),
    layer("convolution", "TimeDistributed", real((2, 2, 4, 4, 2)), layer=Make("layers.Conv2D", 2, 3)),
    layer("mask", "TimeDistributed", real((3, 4, 2)), layer=Make("layers.Dense", 2), mask=MASK),
    layer(
        "normalization",
        "TimeDistributed",
        real((2, 3, 4)),
        layer=Make("layers.BatchNormalization"),
        call={"training": False},
    ),
]

QUERY, VALUE, KEY = real((2, 4, 6)), real((2, 3, 5)), real((2, 3, 6))


def _attention(name: str, *inputs: Any, **config: Any) -> Case:
    return layer(name, "MultiHeadAttention", *inputs, **({"num_heads": 2, "key_dim": 3} | config))


ATTENTION: list[Case] = [
    _attention("self", QUERY, QUERY),
    _attention("cross", QUERY, VALUE),
    _attention("key", QUERY, VALUE, KEY),
    # Keras 3.15 on JAX fails for a value width of its own unless the scores are asked for.
    _attention("value width", QUERY, VALUE, value_dim=5, call={"return_attention_scores": True}),
    _attention("no bias", QUERY, VALUE, use_bias=False),
    _attention("one head", QUERY, VALUE, num_heads=1, key_dim=4),
    _attention("scores", QUERY, VALUE, call={"return_attention_scores": True}),
    _attention("causal", QUERY, QUERY, call={"use_causal_mask": True}),
    _attention("attention mask", QUERY, VALUE, call={"attention_mask": boolean((2, 4, 3))}),
    _attention("broadcast mask", QUERY, VALUE, call={"attention_mask": boolean((1, 4, 3))}),
    _attention(
        "causal and mask",
        QUERY,
        QUERY,
        call={"use_causal_mask": True, "attention_mask": boolean((2, 4, 4)), "return_attention_scores": True},
    ),
    _attention(
        "padding masks",
        QUERY,
        VALUE,
        call={"query_mask": padding_mask((2, 4)), "value_mask": padding_mask((2, 3))},
    ),
    _attention("output shape", QUERY, VALUE, output_shape=7),
    _attention("output shape two axes", QUERY, VALUE, output_shape=(3, 2)),
    _attention("dropout inference", QUERY, VALUE, dropout=0.5, call={"training": False}),
    _attention("attention axes", real((2, 3, 4, 5)), real((2, 3, 4, 5)), attention_axes=(2,)),
    _attention("two attention axes", real((2, 3, 2, 5)), real((2, 3, 2, 5)), attention_axes=(1, 2)),
]

LISTED: list[Case] = [
    *(
        layer(label, name, [real((2, 4, 3)), real((2, 5, 3))], **config)
        for name, label, config in (
            ("Attention", "plain", {}),
            ("Attention", "scale", {"use_scale": True}),
            ("Attention", "concatenated", {"use_scale": True, "score_mode": "concat"}),
            ("Attention", "causal", {"call": {"use_causal_mask": True}}),
            ("Attention", "scores", {"call": {"return_attention_scores": True}}),
            ("Attention", "masks", {"mask": [padding_mask((2, 4)), padding_mask((2, 5))]}),
            ("AdditiveAttention", "plain", {}),
            ("AdditiveAttention", "no scale", {"use_scale": False}),
            ("AdditiveAttention", "masks", {"mask": [padding_mask((2, 4)), padding_mask((2, 5))]}),
        )
    ),
    layer("keys", "Attention", [real((2, 4, 3)), real((2, 5, 2)), real((2, 5, 3))]),
]

EINSUM: list[Case] = [
    layer(equation, "EinsumDense", real((2, 3, 4)), equation=equation, output_shape=output_shape, bias_axes=bias_axes)
    for equation, output_shape, bias_axes in (
        ("abc,cd->abd", (None, 5), "d"),
        ("...x,xy->...y", 5, "y"),
        ("abc,cde->abde", (None, 2, 5), "de"),
        ("abc,bd->adc", (5, 4), "d"),
        ("ab...,bc->ac...", 5, "c"),
        ("abc,bcd->ad", 5, None),
    )
]

RECURRENT_CASES: list[Case] = [
    *CELLS,
    *LAYERS,
    *WRAPPED,
    *BIDIRECTIONAL,
    *TIME_DISTRIBUTED,
    *ATTENTION,
    *LISTED,
    *EINSUM,
]
