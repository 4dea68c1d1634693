"""Layers: the building blocks of models."""

from .base.input_spec import InputSpec
from .base.layer import Layer
from .core.dense import Dense
from .core.input_layer import Input, InputLayer

__all__ = ["Dense", "Input", "InputLayer", "InputSpec", "Layer"]
