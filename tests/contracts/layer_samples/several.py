"""Samples of the layers of `merging`, `attention`, `recurrent` and `wrappers`."""

from __future__ import annotations

from hybrid import layers
from tests.contracts.layer_sample import Fresh, real, sample

A, B, ROW = real(2, 4, 3), real(2, 4, 3, seed=1), real(2, 1, 3, seed=2)
VECTOR, STATE = real(2, 3), real(2, 2, seed=3)
QUERY, VALUE = real(2, 3, 4), real(2, 5, 4, seed=1)

MERGING = [
    *(sample(name, [A, B]) for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")),
    *(sample(name, [A, ROW], label="broadcast") for name in ("Add", "Multiply", "Maximum")),
    sample("Concatenate", [A, B, A], label="axis", axis=1),
    sample("Dot", [A, B], axes=2),
    sample("Dot", [A, B], label="normalized", axes=-1, normalize=True),
]
ATTENTION = [
    sample("Attention", [QUERY, VALUE], use_scale=True),
    sample("AdditiveAttention", [QUERY, VALUE]),
    sample("MultiHeadAttention", QUERY, VALUE, num_heads=2, key_dim=3),
]
RECURRENT = [
    *(sample(name, A, units=2) for name in ("SimpleRNN", "GRU", "LSTM")),
    *(sample(name, A, label="sequences", units=2, return_sequences=True) for name in ("SimpleRNN", "GRU", "LSTM")),
    sample("LSTM", A, label="states", units=2, return_state=True, go_backwards=True),
    sample("RNN", A, cell=Fresh(lambda: layers.GRUCell(2)), return_sequences=True),
    sample("SimpleRNNCell", VECTOR, [STATE], units=2),
    sample("GRUCell", VECTOR, [STATE], units=2),
    sample("LSTMCell", VECTOR, [STATE, STATE], units=2),
    sample(
        "StackedRNNCells", VECTOR, [STATE, STATE], cells=Fresh(lambda: [layers.GRUCell(2), layers.SimpleRNNCell(2)])
    ),
    sample("Bidirectional", A, layer=Fresh(lambda: layers.GRU(2, return_sequences=True))),
    sample("TimeDistributed", A, layer=Fresh(lambda: layers.Dense(2))),
]

SAMPLES = [*MERGING, *ATTENTION, *RECURRENT]
