"""Kernels: faster ways to compute a primitive, for a program that knows the shapes of all its arrays beforehand.

Floor 7. One file for each kind of operation. What a primitive computes is defined by its own `compute`; a kernel gives
the same numbers to rounding, which a test checks for every kernel on every sample of its primitive.
"""

from . import (  # noqa: F401 - each enters its kernels in the table
    affine,
    attention,
    conversion,
    convolution,
    convolution_input,
    dropping,
    gru,
    joining,
    label_crossentropy,
    lstm,
    picking,
    pooled_convolution,
    pooling,
    reductions,
    softmax,
    standardization,
)
from .registry import KERNELS, Kernel, kernel_for

__all__ = ["KERNELS", "Kernel", "kernel_for"]
