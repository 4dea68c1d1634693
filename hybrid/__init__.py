"""hybrid: symbolic and subclassed neural networks are one thing, on NumPy.

`import hybrid as keras` runs ordinary Keras 3 code. Floor 12: public names only.
"""

from . import (
    activations,
    callbacks,
    config,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    random,
    regularizers,
    saving,
    tree,
    utils,
)
from .core.derivatives import GradientTape, custom_gradient, grad, value_and_grad
from .core.spec import TensorSpec
from .core.tensor import SymbolicTensor, Tensor
from .core.variable import Variable
from .initializers import Initializer
from .layers import Input, InputSpec, Layer
from .losses import Loss
from .metrics.base import Metric
from .models import Functional, Model, Sequential
from .regularizers import Regularizer

KerasTensor = SymbolicTensor
__version__ = "0.1.0"
