"""Models: functional, sequential and subclassed ones are one kind of thing."""

from ..saving.model_files import load_model, save_model
from .cloning import clone_model
from .extraction import extract, to_functional
from .model import Functional, Model
from .recorded_copy import RecordedCopy
from .sequential import Sequential
from .text import model_from_config, model_from_json

__all__ = [
    "Functional",
    "Model",
    "RecordedCopy",
    "Sequential",
    "clone_model",
    "extract",
    "load_model",
    "model_from_config",
    "model_from_json",
    "save_model",
    "to_functional",
]
