"""Training: what turns a layer into a model that can be fitted. The entrance is `Trainer`."""

from .trainer import Trainer

__all__ = ["Trainer"]
