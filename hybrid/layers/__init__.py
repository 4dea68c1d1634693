"""Layers: the building blocks of models."""

from __future__ import annotations

from collections.abc import Mapping as _Mapping
from typing import Any as _Any

from ..registry import custom_object_scope as _custom_object_scope
from ..serialization import deserialize_keras_object as _deserialize_keras_object
from ..serialization import serialize_keras_object as _serialize_keras_object
from .activation.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from .attention.attention import AdditiveAttention, Attention
from .attention.multi_head_attention import MultiHeadAttention
from .base.input_spec import InputSpec
from .base.layer import Layer
from .convolution.conv import Conv1D, Conv2D, Conv3D
from .convolution.conv_transpose import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from .convolution.separable import DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D
from .core.dense import Dense
from .core.einsum_dense import EinsumDense
from .core.embedding import Embedding
from .core.identity import Identity
from .core.input_layer import Input, InputLayer
from .core.lambda_layer import Lambda
from .core.masking import Masking
from .merging.concatenate import Concatenate, concatenate
from .merging.dot import Dot, dot
from .merging.elementwise import (
    Add,
    Average,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    maximum,
    minimum,
    multiply,
    subtract,
)
from .normalization.batch_normalization import BatchNormalization
from .normalization.layer_normalization import (
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from .pooling.average_pooling import AveragePooling1D, AveragePooling2D, AveragePooling3D
from .pooling.global_average_pooling import GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D
from .pooling.global_max_pooling import GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D
from .pooling.max_pooling import MaxPooling1D, MaxPooling2D, MaxPooling3D
from .preprocessing.rescaling import Rescaling
from .recurrent.gru import GRU, GRUCell
from .recurrent.lstm import LSTM, LSTMCell
from .recurrent.rnn import RNN
from .recurrent.simple_rnn import SimpleRNN, SimpleRNNCell
from .recurrent.stacked import StackedRNNCells
from .regularization.dropout import Dropout
from .regularization.noise import ActivityRegularization, GaussianDropout, GaussianNoise
from .regularization.spatial_dropout import AlphaDropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
from .reshaping.borders import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from .reshaping.shape import Flatten, Permute, RepeatVector, Reshape
from .wrappers.bidirectional import Bidirectional
from .wrappers.time_distributed import TimeDistributed
from .wrappers.wrapper import Wrapper

# Keras's second names for these layers.
AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
Convolution1D = Conv1D
Convolution1DTranspose = Conv1DTranspose
Convolution2D = Conv2D
Convolution2DTranspose = Conv2DTranspose
Convolution3D = Conv3D
Convolution3DTranspose = Conv3DTranspose
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D

__all__ = [
    "Activation",
    "ActivityRegularization",
    "Add",
    "AdditiveAttention",
    "AlphaDropout",
    "Attention",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BatchNormalization",
    "Bidirectional",
    "Concatenate",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "Convolution1D",
    "Convolution1DTranspose",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Convolution3DTranspose",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Dot",
    "Dropout",
    "ELU",
    "EinsumDense",
    "Embedding",
    "Flatten",
    "GRU",
    "GRUCell",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "LSTM",
    "LSTMCell",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Masking",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "Minimum",
    "MultiHeadAttention",
    "Multiply",
    "PReLU",
    "Permute",
    "RMSNormalization",
    "RNN",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "StackedRNNCells",
    "Subtract",
    "TimeDistributed",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "Wrapper",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "add",
    "average",
    "concatenate",
    "deserialize",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "serialize",
    "subtract",
]


def serialize(layer: Layer) -> dict[str, _Any]:
    """Return a description of a layer that `deserialize` understands, as plain data.

    Args:
        layer: to describe.

    Raises:
        SerializationError: if it holds what cannot be written down, as an unregistered function.

    Example:
        >>> serialize(Flatten())["class_name"]
        'Flatten'
    """
    return _serialize_keras_object(layer)


def deserialize(config: _Mapping[str, _Any], custom_objects: _Mapping[str, _Any] | None = None) -> _Any:
    """Return a new layer of what `serialize` returned; its weights are new, too.

    Args:
        config: what `serialize` returned.
        custom_objects: classes and functions of the user, by name.

    Raises:
        LoadError: if the description names no known class.

    Example:
        >>> deserialize(serialize(Dense(3))).units
        3
    """
    with _custom_object_scope(dict(custom_objects or {})):
        return _deserialize_keras_object(config)
