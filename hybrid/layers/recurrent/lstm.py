"""Long short-term memory: layer and cell.

Floor 8.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from ... import activations, ops
from ...ops.lstm import lstm
from ..base.input_spec import InputSpec
from ..base.layer import Layer
from .cell import CellSteps, copy_arguments
from .rnn import RNN

__all__ = ["LSTM", "LSTMCell"]


def _open_forget_gate(initializer: Any, units: int, shape: Any, dtype: Any = None) -> Any:
    """Return a bias that is one for the forget gate; Jozefowicz et al. 2015."""
    ones = ops.ones((units,), dtype=dtype)
    return ops.concatenate([initializer((units,), dtype=dtype), ones, initializer((2 * units,), dtype=dtype)])


class LSTMCell(CellSteps, Layer):
    """One step of a long short-term memory.

    Args:
        units: size of state and output, ≥ 1.
        activation: of candidate and output.
        recurrent_activation: of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: of the kernel.
        recurrent_initializer: of the recurrent kernel.
        bias_initializer: of the bias.
        unit_forget_bias: whether the bias of the forget gate starts at one.
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        kernel_constraint: applied to the kernel after each step of the optimizer.
        recurrent_constraint: applied to the recurrent kernel after each step of the optimizer.
        bias_constraint: applied to the bias after each step of the optimizer.
        dropout: share of the inputs that is dropped in training; the same for all steps of a sequence.
        recurrent_dropout: share of the states that is dropped in training; the same for all steps.
        seed: of the dropout masks.

    Variables:
        kernel: `[features, 4 * units]`, Glorot uniform; gates in the order input, forget, candidate, output.
        recurrent_kernel: `[units, 4 * units]`, orthogonal.
        bias: `[4 * units]`, zeros; ones for the forget gate.

    Input: float `[batch, features]` and a list of 2 states, float `[batch, units]`.
    Output: float `[batch, units]` and the list of new states.

    Raises:
        ConfigError: if `units` or a dropout rate is not legal.

    Example:
        >>> cell = LSTMCell(4)
        >>> output, states = cell(np.ones((2, 3)), cell.get_initial_state(batch_size=2))
        >>> output.shape, len(states)
        ((2, 4), 2)
    """

    gates = 4
    state_count = 2

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._store(
            units,
            activation,
            use_bias,
            (kernel_initializer, kernel_regularizer, kernel_constraint),
            (recurrent_initializer, recurrent_regularizer, recurrent_constraint),
            (bias_initializer, bias_regularizer, bias_constraint),
            dropout,
            recurrent_dropout,
            seed,
        )
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias

    def _bias(self, width: int) -> Any:
        initial = partial(_open_forget_gate, self.bias_initializer, self.units) if self.unit_forget_bias else None
        return self._weight("bias", (width,), "bias", initial)

    def advance(self, row: Any, states: Any, recurrent_mask: Any) -> tuple[Any, Any]:
        """Compute `(output, [output, memory])` from a projected input."""
        output, memory = states
        if recurrent_mask is not None:
            output = ops.multiply(output, recurrent_mask)
        gates = ops.add(row, ops.matmul(output, self.recurrent_kernel))
        take, keep, candidate, show = ops.split(gates, 4, axis=-1)
        gate, activation = self.recurrent_activation, self.activation
        memory = ops.add(ops.multiply(gate(keep), memory), ops.multiply(gate(take), activation(candidate)))
        output = ops.multiply(gate(show), activation(memory))
        return output, [output, memory]

    def operation(self) -> Any:
        """Return the operation for all steps of a sequence; there is one for the usual activations."""
        is_usual = self.activation is activations.tanh and self.recurrent_activation is activations.sigmoid
        return lstm if is_usual else None


_ARGUMENTS = (
    "units",
    "activation",
    "recurrent_activation",
    "use_bias",
    "kernel_initializer",
    "recurrent_initializer",
    "bias_initializer",
    "unit_forget_bias",
    "kernel_regularizer",
    "recurrent_regularizer",
    "bias_regularizer",
    "kernel_constraint",
    "recurrent_constraint",
    "bias_constraint",
    "dropout",
    "recurrent_dropout",
    "seed",
)


class LSTM(RNN):
    """A long short-term memory: a recurrent layer with a memory that gates read, write and erase.

    Args:
        units: size of state and output, ≥ 1.
        activation: of candidate and output.
        recurrent_activation: of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: of the kernel.
        recurrent_initializer: of the recurrent kernel.
        bias_initializer: of the bias.
        unit_forget_bias: whether the bias of the forget gate starts at one.
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: applied to the kernel after each step of the optimizer.
        recurrent_constraint: applied to the recurrent kernel after each step of the optimizer.
        bias_constraint: applied to the bias after each step of the optimizer.
        dropout: share of the inputs that is dropped in training; the same for all steps of a sequence.
        recurrent_dropout: share of the states that is dropped in training; the same for all steps.
        seed: of the dropout masks.
        return_sequences: whether all outputs are returned rather than the last.
        return_state: whether the last states are returned, too.
        go_backwards: whether the sequence is gone through from its end.
        stateful: whether a batch starts with the states that the one before ended with.
        unroll: whether a recorded loop holds every step; what is no loop but a single operation stays one.
        use_cudnn: accepted for Keras's sake.
        zero_output_for_mask: whether the output is zero at masked steps, rather than the one before.

    Variables: those of its cell, `LSTMCell`.

    Input: float `[batch, time, features]`; optionally `mask`, bool `[batch, time]`, and `initial_state`.
    Output: float `[batch, units]`, or `[batch, time, units]` with `return_sequences`; with `return_state` followed by
    the last states, float `[batch, units]` each (output and memory).

    Raises:
        ConfigError: if `units` or a dropout rate is not legal.

    Example:
        >>> LSTM(4, return_sequences=True)(np.ones((2, 5, 3))).shape
        (2, 5, 4)

    Source: Hochreiter and Schmidhuber 1997, "Long short-term memory"; Gers et al. 2000, "Learning to forget".
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ):
        cell = LSTMCell(
            units=units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            zero_output_for_mask=zero_output_for_mask,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        copy_arguments(self, cell, _ARGUMENTS)
        self.use_cudnn = use_cudnn
        self.input_spec = InputSpec(ndim=3)
