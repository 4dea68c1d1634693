"""Helpers around models and training."""

from .random_utils import set_random_seed

__all__ = ["set_random_seed"]
