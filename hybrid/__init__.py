"""hybrid: symbolic and subclassed neural networks are one thing, on NumPy."""

from . import (
    activations,
    config,
    constraints,
    initializers,
    losses,
    metrics,
    ops,
    random,
    regularizers,
    tree,
    utils,
)
from .core.derivatives import GradientTape, custom_gradient, grad, value_and_grad
from .core.spec import TensorSpec
from .core.tensor import SymbolicTensor, Tensor
from .core.variable import Variable

KerasTensor = SymbolicTensor
