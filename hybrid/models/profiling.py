"""`model.profile`: where the time of a step of training, testing or predicting goes.

Floor 10. A mixin of `Model`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .. import engine
from ..errors import ConfigError
from ..layers.base.rollback import keeping_no_placeholders
from ..training.arrays import to_arrays

__all__ = ["Profiled"]

_STEPS = {"train": ("fit", "train_step"), "test": ("evaluate", "test_step"), "predict": ("predict", "predict_step")}


class Profiled:
    """The part of a model that says where its time goes."""

    def profile(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        mode: str = "train",
        print_fn: Callable[[str], Any] | None = print,
    ) -> engine.Profile:
        """Print where the time of one step goes, by layer and by primitive. Nothing changes by it.

        The step runs as the program that `fit`, `evaluate` or `predict` would make of it, on one batch, again and again
        for about a second. Weights, slots, metrics and seeds keep their values; a model or an optimizer that was never
        used gets its variables.

        What the columns say: the part of the time, the time in a step, how much of it is spent on derivatives, the
        number of calls, and operations and bytes per second, as far as they are known. Where element-wise steps of
        several layers run as one (a `chain`), each layer counts for the same part of it.

        Args:
            x: one batch of inputs.
            y: its targets; not for `mode="predict"`.
            sample_weight: weight of each sample.
            mode: which step: "train", "test" or "predict".
            print_fn: called with the text; `None` to print nothing.

        Returns:
            the profile: `layers` and `primitives` are its rows.

        Raises:
            ConfigError: for another mode.
            NotCompiledError: to train or to test, if the model was not compiled.
            PlaceholderError: or what else keeps the step from being a program.

        Example:
            >>> model = hybrid.Sequential([hybrid.Input((8,)), hybrid.layers.Dense(4, name="head")], name="model")
            >>> model.compile("adam", "mse")
            >>> found = model.profile(np.ones((2, 8)), np.ones((2, 4)), print_fn=None)
            >>> {"model/head", "loss", "metrics", "optimizer"} <= {row.name for row in found.layers}
            True
        """
        if mode not in _STEPS:
            raise ConfigError(
                f"There is no mode {mode!r} to profile.", fix=f"use one of {', '.join(map(repr, _STEPS))}"
            )
        what, name = _STEPS[mode]
        if mode != "predict":
            self._require_compiled(what)  # type: ignore[attr-defined]
        batch = to_arrays(x, "x"), to_arrays(y, "y"), to_arrays(sample_weight, "sample_weight")
        step, data = self._step_on(name, batch)  # type: ignore[attr-defined]
        title = f"{name} of {type(self).__name__} '{self.path}'"  # type: ignore[attr-defined]
        found = engine.profile(step, (data,), title, partial(keeping_no_placeholders, self))
        if print_fn is not None:
            print_fn(str(found))
        return found
