"""One step of training, testing or predicting.

Floor 9. A mixin of `Trainer`. The public steps may be overridden as in Keras; where they are not, the loop runs their
lean form, which leaves the results of metrics to be computed when somebody asks for them.
"""

from __future__ import annotations

import inspect
import warnings
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from .. import engine, ops, tree
from ..core.context import CALL, RECORDING, SCOPE, call_scope
from ..core.derivatives import GradientTape
from ..core.trace import belonging
from ..core.variable import Variable
from ..errors import ConfigError
from ..layers.base.rollback import keeping_no_placeholders
from ..layers.base.tracking import walk
from ..typing import Structure
from .arrays import as_tensors
from .compiled_loss import CompiledLoss, missing_targets
from .data import Batch, pack_batch, unpack_batch
from .loss_mean import add_loss_to_mean

__all__ = ["Steps"]


class Steps:
    """The steps of a model that is trained."""

    optimizer: Any
    _compiled_loss: CompiledLoss | None
    _compiled_metrics: Any
    _loss_tracker: Any
    _guard: Any
    _trained: Any
    _programs: dict[str, engine.Programs] | None
    steps_per_execution: int
    run_eagerly: bool
    jit_compile: Any

    # -- to be overridden ----------------------------------------------------------------------------------------------
    def train_step(self, data: Any) -> dict[str, Any]:
        """Train on one batch: predict, compute the loss, differentiate, update the weights, update the metrics.

        Args:
            data: `x`, `(x, y)` or `(x, y, sample_weight)`.

        Returns:
            values of loss and metrics by name.
        """
        self._train(unpack_batch(data))
        return self.get_metrics_result()

    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluate one batch.

        Args:
            data: `x`, `(x, y)` or `(x, y, sample_weight)`.

        Returns:
            values of loss and metrics by name.
        """
        self._test(unpack_batch(data))
        return self.get_metrics_result()

    def predict_step(self, data: Any) -> Structure:
        """Return the predictions for one batch.

        Args:
            data: `x`, or a tuple that begins with it.
        """
        return self(unpack_batch(data)[0], training=False)  # type: ignore[operator]

    def compute_loss(
        self,
        x: Structure = None,
        y: Structure = None,
        y_pred: Structure = None,
        sample_weight: Structure = None,
        training: bool = True,
    ) -> Any:
        """Return the total loss: that given to `compile`, what layers added, and the penalties of regularizers.

        Args:
            x: inputs.
            y: targets.
            y_pred: predictions.
            sample_weight: weights of the samples.
            training: whether this is a step of training.

        Returns:
            scalar tensor.

        Raises:
            ConfigError: if there is no loss at all.
            DataError: if there is a compiled loss but no targets.
        """
        total = None
        with belonging("loss"):
            if self._compiled_loss is not None:
                if y is None:
                    raise missing_targets(self._compiled_loss.names)
                total = self._compiled_loss(y, y_pred, sample_weight)
            for loss in self._further_losses():
                loss = loss if getattr(loss, "shape", None) == () else ops.sum(loss)
                total = loss if total is None else ops.add(total, ops.cast(loss, total.dtype))
        if total is None:
            raise ConfigError(
                "There is no loss to compute.",
                why="the model was compiled without one, and no layer added one (add_loss) or has a regularizer",
                fix="model.compile(loss='mse'), or override compute_loss",
            )
        return total

    def compute_metrics(
        self, x: Structure, y: Structure, y_pred: Structure, sample_weight: Structure = None
    ) -> dict[str, Any]:
        """Add a batch to the metrics given to `compile` and return the values of all metrics by name.

        Args:
            x: inputs.
            y: targets.
            y_pred: predictions.
            sample_weight: weights of the samples.
        """
        if self._compiled_metrics is not None and y is not None:
            self._compiled_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """Return the values of all metrics by name."""
        results: dict[str, Any] = {}
        for metric in self.metrics:  # type: ignore[attr-defined]
            value = metric.result()
            results.update(value if isinstance(value, dict) else {metric.name: value})
        return results

    def _further_losses(self) -> list[Any]:
        """Return what the last call added, and the penalties; during a fit without looking through all layers again."""
        trained = self._trained
        if trained is None:
            return self.losses  # type: ignore[attr-defined]
        collected = CALL.get().losses  # of this step; a model's own are those of the last call in any thread
        added = [loss for _, loss in (self._call_losses if collected is None else collected)]  # type: ignore[attr-defined]
        return added + [variable.regularizer(variable.value) for variable in trained.regularized]

    # -- lean forms ----------------------------------------------------------------------------------------------------
    def _train(self, batch: Batch) -> None:
        x, y, sample_weight = batch
        with GradientTape() as tape, call_scope(losses=[]):
            y_pred = self(x, training=True)  # type: ignore[operator]
            loss = self._loss_of(x, y, y_pred, sample_weight, True)
            scaled = self.optimizer.scale_loss(loss) if getattr(self.optimizer, "loss_scale_factor", None) else loss
        count = self._track_loss(loss, y_pred, sample_weight)
        variables = self._variables_to_train(tape.watched_variables())
        if variables:
            gradients = tape.gradient(scaled, variables)
            self._update(gradients, variables, count)
        self._update_metrics(x, y, y_pred, sample_weight)

    def _test(self, batch: Batch) -> None:
        x, y, sample_weight = batch
        with call_scope(losses=[]):
            y_pred = self(x, training=False)  # type: ignore[operator]
            loss = self._loss_of(x, y, y_pred, sample_weight, False)
        self._track_loss(loss, y_pred, sample_weight)
        self._update_metrics(x, y, y_pred, sample_weight)

    def _update_metrics(self, x: Structure, y: Structure, y_pred: Structure, sample_weight: Structure) -> None:
        with belonging("metrics"):
            if _is_overridden(self, "compute_metrics"):
                self.compute_metrics(x, y, y_pred, sample_weight)
            elif self._compiled_metrics is not None and y is not None:
                self._compiled_metrics.update_state(y, y_pred, sample_weight)

    def _loss_of(self, x: Structure, y: Structure, y_pred: Structure, sample_weight: Structure, training: bool) -> Any:
        """Call `compute_loss`; an override in an older form does not take `training`."""
        with belonging("loss"):
            if _takes_training(type(self).compute_loss):
                return self.compute_loss(x, y, y_pred, sample_weight, training=training)
            return self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight)

    def _track_loss(self, loss: Any, y_pred: Structure, sample_weight: Structure) -> Any:
        """Add the loss of a batch to the mean over the epoch; return what it counts there."""
        with belonging("metrics"):
            if self._compiled_loss is not None and self._compiled_loss.is_built:
                count = self._compiled_loss.count(y_pred, sample_weight)
            else:
                count = int(tree.flatten(y_pred)[0].shape[0])
            add_loss_to_mean(self._loss_tracker, loss, count)
        return count

    def _update(self, gradients: list[Any], variables: list[Variable], count: Any) -> None:
        """Let the optimizer update the weights; Ctrl-C waits until it is done.

        Args:
            gradients: one for each variable.
            variables: to be updated.
            count: how much the batch counts among those whose gradients are accumulated.
        """
        guard, optimizer = self._guard, self.optimizer
        # An optimizer of the user's own need not know of weights.
        options = {"weight": count} if getattr(optimizer, "gradient_accumulation_steps", None) else {}
        if guard is None or SCOPE.get().trace is not None:
            optimizer.apply(gradients, variables, **options)
            return
        guard.is_busy = True
        try:
            optimizer.apply(gradients, variables, **options)
        finally:
            guard.release()

    def _variables_to_train(self, watched: tuple[Variable, ...]) -> list[Variable]:
        """Return the trainable variables, found again only when something changed.

        Frozen ones are seen by their flag; what was added or thawed is seen by the tape, which watches it.
        """
        trained = self._trained
        if trained is None or not trained.still_holds(watched):
            trained = Trained(self.trainable_variables, watched)  # type: ignore[attr-defined]
            self.__dict__["_trained"] = trained
            if not trained.variables:
                warnings.warn("The model has no trainable variables: training does not change it.", stacklevel=2)
        return trained.variables

    # -- functions that the loop calls ---------------------------------------------------------------------------------
    def make_train_function(self, force: bool = False) -> Any:
        """Return a function that trains on `steps_per_execution` batches of an iterator.

        Args:
            force: accepted for Keras's sake; the function is made anew each time, so that it keeps nothing alive.

        Returns:
            function of an iterator of `(x, y, sample_weight)`, to logs; or to `None`, when the results of the metrics
            can be asked for.
        """
        return self._repeat("train_step", self._lean("train_step"), self.train_step)

    def make_test_function(self, force: bool = False) -> Any:
        """Return a function that tests on batches of an iterator; as `make_train_function`."""
        return self._repeat("test_step", self._lean("test_step"), self.test_step)

    def make_predict_function(self, force: bool = False) -> Any:
        """Return a function that predicts for batches of an iterator: a list of predictions, one entry per batch."""
        return lambda batches: [self._predict(batch) for batch in batches]

    def _predict(self, batch: Batch) -> Structure:
        return self._by_program("predict_step", self.predict_step, pack_batch(*self._tensors(batch)))

    def _tensors(self, batch: Batch) -> Batch:
        dtype = self._dtype  # type: ignore[attr-defined]
        x, y, sample_weight = batch
        return as_tensors(x, dtype), as_tensors(y, dtype), as_tensors(sample_weight, dtype)

    def _lean(self, name: str) -> Callable[[Batch], None] | None:
        """Return the lean form of a step, `None` where it is overridden or has none."""
        lean = {"train_step": self._train, "test_step": self._test}.get(name)
        return None if _is_overridden(self, name, "get_metrics_result") else lean

    def _step_on(self, name: str, batch: Batch) -> tuple[Callable[[Any], Any], Any]:
        """Return the function that a step is, as the loop runs it, and what it is called with."""
        lean, tensors = self._lean(name), self._tensors(batch)
        return (getattr(self, name), pack_batch(*tensors)) if lean is None else (lean, tensors)

    def _repeat(
        self, name: str, lean: Callable[[Batch], None] | None, step: Callable[[Any], dict[str, Any]]
    ) -> Callable[[Iterator[Batch]], Any]:
        def run(batches: Iterator[Batch]) -> Any:
            logs = None
            for batch in batches:
                if lean is not None:
                    self._by_program(name, lean, self._tensors(batch))
                else:
                    logs = self._by_program(name, step, pack_batch(*self._tensors(batch)))
            return logs

        return run

    # -- programs ------------------------------------------------------------------------------------------------------
    def _by_program(self, name: str, step: Callable[[Any], Any], data: Any) -> Any:
        """Call a step as one program, unless the model was compiled to run operation by operation."""
        if self.run_eagerly or not self.jit_compile:
            return step(data)
        known = self._programs
        programs = None if known is None else known.get(name)
        if programs is None:
            programs = self._new_programs(name)
        guard, around, reach = self._guard, partial(keeping_no_placeholders, self), partial(walk, self)
        if guard is None:
            return programs.call(step, (data,), {}, around, reach)
        # A program updates weights at its end, and while it is recorded; Ctrl-C waits for that.
        guard.is_busy = True
        try:
            return programs.call(step, (data,), {}, around, reach)
        finally:
            guard.release()

    def _new_programs(self, name: str) -> engine.Programs:
        """Return the programs of a step, the same ones for every thread that asks."""
        with RECORDING:
            known = self._programs
            if known is None:
                known = self.__dict__["_programs"] = {}
            if name not in known:
                known[name] = engine.Programs(f"{type(self).__name__}.{name}", warns=self.jit_compile is True)
            return known[name]


class Trained:
    """The variables that are trained, and how to see that they are others now.

    Args:
        variables: trainable variables of the model.
        watched: variables that a tape watched; those that are not the model's are left alone.
    """

    __slots__ = ("_known", "regularized", "variables")

    def __init__(self, variables: list[Variable], watched: tuple[Variable, ...]):
        self.variables = variables
        self.regularized = [variable for variable in variables if variable.regularizer is not None]
        self._known = {id(variable) for variable in (*variables, *watched)}

    def still_holds(self, watched: tuple[Variable, ...]) -> bool:
        """Say whether these are still the trainable variables, given what a tape watched."""
        return all(variable.trainable for variable in self.variables) and self._known.issuperset(map(id, watched))


def _is_overridden(model: Any, *names: str) -> bool:
    return any(getattr(type(model), name) is not getattr(Steps, name) or name in vars(model) for name in names)


def _takes_training(function: Callable[..., Any]) -> bool:
    found = _TAKES_TRAINING.get(function)
    if found is None:
        parameters = inspect.signature(function).parameters
        found = "training" in parameters and "x" in parameters
        found = found and list(parameters)[1:5] == ["x", "y", "y_pred", "sample_weight"]
        _TAKES_TRAINING[function] = found
    return found


# Weak: functions of classes that a user has dropped are not kept alive.
_TAKES_TRAINING: weakref.WeakKeyDictionary[Callable[..., Any], bool] = weakref.WeakKeyDictionary()
