"""Gated recurrent units: layer and cell.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import activations, ops
from ...ops.gru import gru
from ..base.input_spec import InputSpec
from ..base.layer import Layer
from .cell import CellSteps, copy_arguments
from .rnn import RNN

__all__ = ["GRU", "GRUCell"]


class GRUCell(CellSteps, Layer):
    """One step of a gated recurrent unit.

    Args:
        units: size of state and output, ≥ 1.
        activation: of the candidate.
        recurrent_activation: of the gates.
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
        reset_after: whether the reset gate is applied after the recurrent product rather than before.
        seed: of the dropout masks.

    Variables:
        kernel: `[features, 3 * units]`, Glorot uniform; gates in the order update, reset, candidate.
        recurrent_kernel: `[units, 3 * units]`, orthogonal.
        bias: `[2, 3 * units]` (of inputs and states) with `reset_after`, else `[3 * units]`; zeros.

    Input: float `[batch, features]` and a list of 1 state, float `[batch, units]`.
    Output: float `[batch, units]` and the list of new states.

    Raises:
        ConfigError: if `units` or a dropout rate is not legal.

    Example:
        >>> cell = GRUCell(4)
        >>> output, states = cell(np.ones((2, 3)), cell.get_initial_state(batch_size=2))
        >>> output.shape, len(states)
        ((2, 4), 1)
    """

    gates = 3

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
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
        reset_after: bool = True,
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
        self.reset_after = reset_after

    def _bias(self, width: int) -> Any:
        return self._weight("bias", (2, width) if self.reset_after else (width,), "bias")

    def project(self, inputs: Any) -> Any:
        """Compute what depends on the inputs only, for `[..., batch, features]`."""
        projected = ops.matmul(inputs, self.kernel)
        if self.bias is None:
            return projected
        return ops.add(projected, self.bias[0] if self.reset_after else self.bias)

    def advance(self, row: Any, states: Any, recurrent_mask: Any) -> tuple[Any, Any]:
        """Compute `(output, [state])` from a projected input."""
        before = states[0]
        state = before if recurrent_mask is None else ops.multiply(before, recurrent_mask)
        candidate_of = self._reset_after if self.reset_after else self._reset_before
        update, candidate = candidate_of(row, state)
        output = ops.add(candidate, ops.multiply(update, ops.subtract(before, candidate)))
        return output, [output]

    def operation(self) -> Any:
        """Return the operation for all steps of a sequence; there is one for the usual arguments."""
        is_usual = self.activation is activations.tanh and self.recurrent_activation is activations.sigmoid
        return gru if is_usual and self.reset_after else None

    def _reset_after(self, row: Any, state: Any) -> tuple[Any, Any]:
        inner = ops.matmul(state, self.recurrent_kernel)
        if self.bias is not None:
            inner = ops.add(inner, self.bias[1])
        update, reset, candidate = ops.split(row, 3, axis=-1)
        inner_update, inner_reset, inner_candidate = ops.split(inner, 3, axis=-1)
        update = self.recurrent_activation(ops.add(update, inner_update))
        reset = self.recurrent_activation(ops.add(reset, inner_reset))
        return update, self.activation(ops.add(candidate, ops.multiply(reset, inner_candidate)))

    def _reset_before(self, row: Any, state: Any) -> tuple[Any, Any]:
        width = 2 * self.units
        gates = ops.add(row[:, :width], ops.matmul(state, self.recurrent_kernel[:, :width]))
        update, reset = ops.split(self.recurrent_activation(gates), 2, axis=-1)
        inner = ops.matmul(ops.multiply(reset, state), self.recurrent_kernel[:, width:])
        return update, self.activation(ops.add(row[:, width:], inner))


_ARGUMENTS = (
    "units",
    "activation",
    "recurrent_activation",
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
    "reset_after",
    "seed",
)


class GRU(RNN):
    """A gated recurrent unit: a recurrent layer whose gates say how much of the state is renewed.

    Args:
        units: size of state and output, ≥ 1.
        activation: of the candidate.
        recurrent_activation: of the gates.
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
        seed: of the dropout masks.
        return_sequences: whether all outputs are returned rather than the last.
        return_state: whether the last states are returned, too.
        go_backwards: whether the sequence is gone through from its end.
        stateful: whether a batch starts with the states that the one before ended with.
        unroll: whether a recorded loop holds every step; what is no loop but a single operation stays one.
        reset_after: whether the reset gate is applied after the recurrent product rather than before.
        use_cudnn: accepted for Keras's sake.
        zero_output_for_mask: whether the output is zero at masked steps, rather than the one before.

    Variables: those of its cell, `GRUCell`.

    Input: float `[batch, time, features]`; optionally `mask`, bool `[batch, time]`, and `initial_state`.
    Output: float `[batch, units]`, or `[batch, time, units]` with `return_sequences`; with `return_state` followed by
    the last state, float `[batch, units]`.

    Raises:
        ConfigError: if `units` or a dropout rate is not legal.

    Example:
        >>> GRU(4, return_sequences=True)(np.ones((2, 5, 3))).shape
        (2, 5, 4)

    Source: Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder".
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
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ):
        cell = GRUCell(
            units=units,
            activation=activation,
            recurrent_activation=recurrent_activation,
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
            reset_after=reset_after,
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
