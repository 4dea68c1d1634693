"""Layers: the building blocks of models."""

from .attention.attention import AdditiveAttention, Attention
from .attention.multi_head_attention import MultiHeadAttention
from .base.input_spec import InputSpec
from .base.layer import Layer
from .core.dense import Dense
from .core.einsum_dense import EinsumDense
from .core.input_layer import Input, InputLayer
from .recurrent.gru import GRU, GRUCell
from .recurrent.lstm import LSTM, LSTMCell
from .recurrent.rnn import RNN
from .recurrent.simple_rnn import SimpleRNN, SimpleRNNCell
from .recurrent.stacked import StackedRNNCells
from .wrappers.bidirectional import Bidirectional
from .wrappers.time_distributed import TimeDistributed
from .wrappers.wrapper import Wrapper

__all__ = [
    "AdditiveAttention",
    "Attention",
    "Bidirectional",
    "Dense",
    "EinsumDense",
    "GRU",
    "GRUCell",
    "Input",
    "InputLayer",
    "InputSpec",
    "LSTM",
    "LSTMCell",
    "Layer",
    "MultiHeadAttention",
    "RNN",
    "SimpleRNN",
    "SimpleRNNCell",
    "StackedRNNCells",
    "TimeDistributed",
    "Wrapper",
]
