"""Layers: the building blocks of models."""

from .base.input_spec import InputSpec
from .base.layer import Layer
from .core.dense import Dense
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
    "Bidirectional",
    "Dense",
    "GRU",
    "GRUCell",
    "Input",
    "InputLayer",
    "InputSpec",
    "LSTM",
    "LSTMCell",
    "Layer",
    "RNN",
    "SimpleRNN",
    "SimpleRNNCell",
    "StackedRNNCells",
    "TimeDistributed",
    "Wrapper",
]
