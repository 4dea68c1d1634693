"""The fully connected recurrent layer, and its cell.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import activations, ops
from ...ops.simple_rnn import simple_rnn
from ..base.input_spec import InputSpec
from ..base.layer import Layer
from .cell import CellSteps, copy_arguments
from .rnn import RNN

__all__ = ["SimpleRNN", "SimpleRNNCell"]


class SimpleRNNCell(CellSteps, Layer):
    """One step of a simple recurrent layer: `activation(inputs @ kernel + state @ recurrent_kernel + bias)`.

    Args:
        units: size of state and output, ≥ 1.
        activation: of the output.
        use_bias: whether a bias is added.
        kernel_initializer: of the kernel.
        recurrent_initializer: of the recurrent kernel.
        bias_initializer: of the bias.
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
        kernel: `[features, units]`, Glorot uniform.
        recurrent_kernel: `[units, units]`, orthogonal.
        bias: `[units]`, zeros.

    Input: float `[batch, features]` and a list of 1 state, float `[batch, units]`.
    Output: float `[batch, units]` and the list of new states.

    Raises:
        ConfigError: if `units` or a dropout rate is not legal.

    Example:
        >>> cell = SimpleRNNCell(4)
        >>> output, states = cell(np.ones((2, 3)), cell.get_initial_state(batch_size=2))
        >>> output.shape, len(states)
        ((2, 4), 1)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
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

    def advance(self, row: Any, states: Any, recurrent_mask: Any) -> tuple[Any, Any]:
        """Compute `(output, [state])` from a projected input."""
        state = states[0] if recurrent_mask is None else ops.multiply(states[0], recurrent_mask)
        output = self.activation(ops.add(row, ops.matmul(state, self.recurrent_kernel)))
        return output, [output]

    def operation(self) -> Any:
        """Return the operation for all steps of a sequence; there is one for the usual activation."""
        return simple_rnn if self.activation is activations.tanh else None


_ARGUMENTS = (
    "units",
    "activation",
    "use_bias",
    "kernel_initializer",
    "recurrent_initializer",
    "bias_initializer",
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


class SimpleRNN(RNN):
    """A recurrent layer whose output at one step is its state at the next.

    Args:
        units: size of state and output, ≥ 1.
        activation: of the output.
        use_bias: whether a bias is added.
        kernel_initializer: of the kernel.
        recurrent_initializer: of the recurrent kernel.
        bias_initializer: of the bias.
        kernel_regularizer: penalty on the kernel.
        recurrent_regularizer: penalty on the recurrent kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: applied to the kernel after each step of the optimizer.
        recurrent_constraint: applied to the recurrent kernel after each step of the optimizer.
        bias_constraint: applied to the bias after each step of the optimizer.
        dropout: share of the inputs that is dropped in training; the same for all steps of a sequence.
        recurrent_dropout: share of the states that is dropped in training; the same for all steps.
        return_sequences: whether all outputs are returned rather than the last.
        return_state: whether the last states are returned, too.
        go_backwards: whether the sequence is gone through from its end.
        stateful: whether a batch starts with the states that the one before ended with.
        unroll: whether a recorded loop holds every step; what is no loop but a single operation stays one.
        seed: of the dropout masks.
        zero_output_for_mask: whether the output is zero at masked steps, rather than the one before.

    Variables: those of its cell, `SimpleRNNCell`.

    Input: float `[batch, time, features]`; optionally `mask`, bool `[batch, time]`, and `initial_state`.
    Output: float `[batch, units]`, or `[batch, time, units]` with `return_sequences`; with `return_state` followed by
    the last state, float `[batch, units]`.

    Raises:
        ConfigError: if `units` or a dropout rate is not legal.

    Example:
        >>> SimpleRNN(4, return_sequences=True)(np.ones((2, 5, 3))).shape
        (2, 5, 4)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: Any = None,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ):
        cell = SimpleRNNCell(
            units=units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
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

        self.input_spec = InputSpec(ndim=3)
