"""Random draws with the names and arguments of `keras.random`: functions of an explicit seed state."""

from .continuous import beta, gamma, normal, truncated_normal, uniform
from .discrete import binomial, categorical, randint
from .masking import dropout, shuffle
from .seed_generator import SeedGenerator

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]
