"""Helpers around models and training."""

from ..core.door import is_symbolic as is_keras_tensor
from ..saving import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from ..training.data import pack_batch as pack_x_y_sample_weight
from ..training.data import unpack_batch as unpack_x_y_sample_weight
from . import backend
from .numerical import normalize, pad_sequences, to_categorical
from .plotting import model_to_dot, plot_model
from .py_dataset import PyDataset
from .random_utils import set_random_seed
from .session import clear_session

Sequence = PyDataset

__all__ = [
    "CustomObjectScope",
    "PyDataset",
    "Sequence",
    "backend",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "is_keras_tensor",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
