"""The fully connected layer over any axes, which an equation names.

Floor 8.
"""

from __future__ import annotations

import math
from typing import Any

from ... import activations, constraints, initializers, ops, regularizers
from ...core.spec import standardize_shape
from ...errors import ConfigError, ShapeError
from ...ops.linear import affine
from ..base.layer import Layer

__all__ = ["EinsumDense"]


class EinsumDense(Layer):
    """A layer that computes `activation(einsum(equation, inputs, kernel) + bias)`.

    Args:
        equation: `"input,kernel->output"` with a letter for every axis, as in `"abc,cd->abd"`; `...` at the beginning
            or end of input and output stands for any axes.
        output_shape: sizes of the last axes of the output (the axes after the batch, if the equation ends in `...`), an
            int for one; `None` for a size that is that of the input.
        activation: function, or its name; none by default.
        bias_axes: letters of the output's axes along which the bias varies; none by default: no bias.
        kernel_initializer: of the kernel.
        bias_initializer: of the bias.
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: applied to the kernel after each step.
        bias_constraint: applied to the bias after each step.

    Variables:
        kernel: the axes that the equation says, Glorot uniform.
        bias: the axes in `bias_axes`, zeros.

    Raises:
        ConfigError: if the equation has no meaning.
        ShapeError: if it does not fit the input, or a size of the kernel is unknown.

    Example:
        >>> EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d")(np.ones((2, 5, 3))).shape
        (2, 5, 4)
    """

    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.equation = equation
        self.output_shape = output_shape if isinstance(output_shape, int) else [*output_shape]
        self.activation = activations.get(activation)
        self.bias_axes = bias_axes
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self._terms = _parsed(equation)

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias of the sizes that the equation and the input say."""
        sizes = self._sizes(standardize_shape(input_shape))
        kernel, output = self._terms[1], self._terms[2]
        self.kernel = self.add_weight(
            name="kernel",
            shape=tuple(self._known(sizes, letter) for letter in kernel),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.bias_axes:
            unknown = set(self.bias_axes) - set(output)
            if unknown:
                raise ConfigError(
                    f"The bias axis '{min(unknown)}' is not in the output of '{self.equation}'.",
                    fix="use letters of the output",
                )
            self.bias = self.add_weight(
                name="bias",
                shape=self._bias_shape(sizes, len(input_shape)),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.built = True

    def _sizes(self, shape: Any) -> dict[str, Any]:
        """Return the sizes of the letters, as far as input and `output_shape` tell."""
        inputs, _, output = self._terms
        letters, out = inputs.replace("...", ""), output.replace("...", "")
        if len(shape) < len(letters) or ("..." not in inputs and len(shape) != len(letters)):
            raise ShapeError(
                f"{self._description} with the equation '{self.equation}' received an input of shape {list(shape)}.",
                fix=f"pass an input with the axes '{inputs}'",
            )
        aligned = shape[: len(letters)] if inputs.endswith("...") else shape[len(shape) - len(letters) :]
        sizes = dict(zip(letters, aligned, strict=True))
        wanted = [self.output_shape] if isinstance(self.output_shape, int) else self.output_shape
        named = out[1 : len(wanted) + 1] if output.endswith("...") else out[max(len(out) - len(wanted), 0) :]
        for letter, size in zip(named, wanted[len(wanted) - len(named) :], strict=True):
            if size is not None and sizes.get(letter) not in (None, size):
                raise ShapeError(
                    f"{self._description} should return the size {size} for the axis '{letter}', "
                    f"which is {sizes[letter]} in its input.",
                    fix="use None in output_shape for axes that are handed through",
                )
            if size is not None:
                sizes[letter] = size
        return sizes

    def _known(self, sizes: dict[str, Any], letter: str) -> int:
        size = sizes.get(letter)
        if size is None:
            raise ShapeError(
                f"{self._description} does not know the size of the axis '{letter}' of '{self.equation}'.",
                why="weights need sizes that are known",
                fix="give it in output_shape, or in Input(...)",
            )
        return int(size)

    def _bias_shape(self, sizes: dict[str, Any], rank: int) -> tuple[int, ...]:
        inputs, _, output = self._terms
        axes = self.bias_axes or ""
        letters = output.replace("...", "")
        first = min(letters.index(letter) for letter in axes)
        shape = [self._known(sizes, letter) if letter in axes else 1 for letter in letters[first:]]
        elided = rank - len(inputs.replace("...", "")) if output.endswith("...") else 0
        return (*shape, *[1] * elided)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Compute the sum of products, add the bias, apply the activation."""
        if self.bias is not None and inputs.dtype == self._dtype and self._is_affine():
            outputs = self._affine(inputs)
        else:
            outputs = ops.einsum(self.equation, inputs, self.kernel)
            outputs = outputs if self.bias is None else ops.add(outputs, self.bias)
        return outputs if self.activation is activations.linear else self.activation(outputs)

    def _is_affine(self) -> bool:
        """Say whether the last axes of the input become the last axes of the output, each with a bias."""
        inputs, kernel, output = self._terms
        count = _shared(inputs, kernel)
        lost, new = kernel[:count], kernel[count:]
        return bool(lost and new) and output == inputs[: -len(lost)] + new and set(self.bias_axes or "") == set(new)

    def _affine(self, inputs: Any) -> Any:
        """Compute one product of matrices: several axes count as one."""
        count = _shared(*self._terms[:2])
        sizes = self.kernel.shape
        matrix = math.prod(sizes[:count]), math.prod(sizes[count:])
        kept = ops.shape(inputs)[:-count]
        x = inputs if count == 1 else ops.reshape(inputs, (*kept, matrix[0]))
        if len(sizes) == 2:
            return affine(x, self.kernel, self.bias)
        y = affine(x, ops.reshape(self.kernel, matrix), ops.reshape(self.bias, matrix[1:]))
        return y if len(sizes) == count + 1 else ops.reshape(y, (*kept, *sizes[count:]))


def _shared(inputs: str, kernel: str) -> int:
    """Return with how many letters the kernel begins that the input ends with."""
    return max((n for n in range(1, len(kernel) + 1) if inputs.endswith(kernel[:n])), default=0)


def _parsed(equation: str) -> tuple[str, str, str]:
    """Divide an equation into the letters of input, kernel and output."""
    left, arrow, output = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    fits = bool(arrow) and len(terms) == 2 and ("..." in terms[0]) == ("..." in output) and "..." not in terms[1]
    letters = "".join((*terms, output)).replace("...", "")
    if not fits or not letters.isalpha():
        raise ConfigError(
            f"EinsumDense has no meaning for the equation {equation!r}.",
            why="it names the axes of input, kernel and output",
            fix="write it like 'abc,cd->abd' or '...x,xy->...y'",
        )
    return terms[0], terms[1], output
