"""The loops over epochs and batches.

Floor 9. They call the steps and the callbacks, and keep the order of events; they know nothing of losses and weights.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import tree
from ..callbacks.callback_list import CallbackList
from ..core.tensor import Tensor
from ..core.variable import Variable
from ..errors import DataError
from ..typing import Structure
from .data import Batch, Source
from .interrupts import InterruptGuard

__all__ = ["FitPlan", "plain_logs", "run_evaluation", "run_fit", "run_prediction"]


@dataclass
class FitPlan:
    """What a fit is to do.

    Attributes:
        source: of the batches to train on.
        validation: of the batches to validate on, or `None`.
        validation_freq: validate after every so many epochs, or after the epochs (counted from 1) of a list.
        epochs: number of the epoch to stop before.
        initial_epoch: number of the first epoch.
    """

    source: Source
    validation: Source | None
    validation_freq: Any
    epochs: int
    initial_epoch: int

    def validates_after(self, epoch: int) -> bool:
        """Say whether an epoch, counted from 0, is followed by a validation."""
        if self.validation is None:
            return False
        if isinstance(self.validation_freq, int):
            return (epoch + 1) % self.validation_freq == 0
        return (epoch + 1) in self.validation_freq


def plain_logs(logs: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return logs as Python numbers, sorted by name; nested dicts are spread out.

    Example:
        >>> plain_logs({"loss": np.float32(0.5), "a": {"b": 1}})
        {'b': 1.0, 'loss': 0.5}
    """
    flat: dict[str, Any] = {}
    for key, value in (logs or {}).items():
        if isinstance(value, Mapping):
            flat.update(plain_logs(value))
        else:
            flat[key] = _plain(value)
    return dict(sorted(flat.items()))


def _plain(value: Any) -> Any:
    if isinstance(value, (Tensor, Variable)):
        value = value.numpy()
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if isinstance(value, (bool, int)):
        return float(value)
    return value


def run_fit(model: Any, plan: FitPlan, callbacks: CallbackList) -> None:
    """Train from `plan.initial_epoch` to `plan.epochs`.

    Whatever ends it, callbacks learn of it: `on_train_end` at the end, `on_train_abort` for an exception or Ctrl-C,
    which is raised again.
    """
    model.stop_training = False
    logs: dict[str, Any] = {}
    with InterruptGuard() as guard:
        model.__dict__.update(_guard=guard, _trained=None)
        try:
            callbacks.on_train_begin()
            first, start = _begin(model, plan, callbacks)
            for epoch in range(first, plan.epochs):
                done = _run_epoch(model, plan, callbacks, epoch, start)
                start = 0
                if done is None:
                    break
                logs = done
                if model.stop_training:
                    break
            _finish_weights(model, plan.epochs)
            model._training_state.callbacks = callbacks.get_states()
            callbacks.on_train_end(logs)
        except BaseException as error:
            callbacks.on_train_abort(error, logs)
            raise
        finally:
            model.__dict__.update(_guard=None, _trained=None)


def _begin(model: Any, plan: FitPlan, callbacks: CallbackList) -> tuple[int, int]:
    """Return epoch and batch to begin with.

    A state that was read back, by loading the model or by a callback, goes on: history and callbacks take up theirs.
    """
    state = model._training_state
    place = model.__dict__.pop("_resume_at", None)
    if place is None:
        place = (plan.initial_epoch, state.batch if state.is_restored and state.epoch == plan.initial_epoch else 0)
    if state.is_restored and place == (state.epoch, state.batch) and place > (0, 0):
        callbacks.set_states(state.callbacks)
        _unfinish_weights(model)
        if callbacks.history is not None:
            callbacks.history.epoch = list(state.epochs)
            callbacks.history.history = {key: list(values) for key, values in state.history.items()}
    state.is_restored = False
    state.epoch, state.batch = place
    return place


def _finish_weights(model: Any, epochs: int) -> None:
    finalize = getattr(model.optimizer, "finalize_variable_values", None)
    if finalize is not None and epochs > 0:
        finalize(model.trainable_variables)


def _unfinish_weights(model: Any) -> None:
    resume = getattr(model.optimizer, "resume_variable_values", None)
    if resume is not None:
        resume()


def _run_epoch(model: Any, plan: FitPlan, callbacks: CallbackList, epoch: int, start: int) -> dict[str, Any] | None:
    """Train for an epoch, validate, and return the logs; `None` if there was no data."""
    if start == 0:
        model.reset_metrics()
    state = model._training_state
    callbacks.on_epoch_begin(epoch)
    source = plan.source
    step = start
    logs = None
    for step, logs in _train_batches(model, source, callbacks, epoch, start):  # noqa: B007
        if model.stop_training:
            break
    # Where training was interrupted after the last batch of an epoch, only its end remains to be done.
    if step == 0 and not model.stop_training:
        _warn_out_of_data(epoch, source.steps)
        return None
    _apply_rest(model)
    results = plain_logs(model.get_metrics_result() if logs is None else logs)
    source.end_epoch()
    if plan.validates_after(epoch):
        validated = run_evaluation(model, plan.validation, callbacks)  # type: ignore[arg-type]
        results.update({f"val_{key}": value for key, value in validated.items()})
        results = dict(sorted(results.items()))
    state.epoch, state.batch = epoch + 1, 0
    callbacks.on_epoch_end(epoch, results)
    if source.steps is not None and step < source.steps and not model.stop_training:
        _warn_out_of_data(epoch, source.steps)
        model.stop_training = True
    return results


def _apply_rest(model: Any) -> None:
    """Let the optimizer apply what it has accumulated: no group of batches reaches over the end of an epoch."""
    apply_rest = getattr(model.optimizer, "apply_accumulated", None)
    if apply_rest is not None:
        apply_rest()


def _warn_out_of_data(epoch: int, steps: int | None) -> None:
    warnings.warn(
        f"The data ran out in epoch {epoch + 1}; training stops here. "
        + (f"The iterable gave fewer than the {steps} batches of an epoch. " if steps else "")
        + "A generator can be used once: let it loop for ever and pass steps_per_epoch, or pass what can be "
        "iterated over again.",
        stacklevel=4,
    )


def _train_batches(
    model: Any, source: Source, callbacks: CallbackList, epoch: int, start: int
) -> Iterator[tuple[int, Any]]:
    """Train on the batches of an epoch; yield the number of batches done and the logs of each call."""
    function = model.make_train_function() or model.train_function
    batches = source.batches(epoch, start)
    at_once = model.steps_per_execution
    step = start
    for batch in batches:
        group = _Counted(batch, batches, at_once)
        callbacks.on_train_batch_begin(step)
        logs = function(group)
        step += group.count
        model._training_state.batch = step
        callbacks.on_train_batch_end(step - 1, model.get_metrics_result if logs is None else logs)
        yield step, logs


class _Counted:
    """An iterator over a batch and some that follow, that knows how many it gave."""

    def __init__(self, batch: Batch, batches: Iterator[Batch], size: int):
        self._iterator = itertools.chain((batch,), itertools.islice(batches, size - 1))
        self.count = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> Batch:
        batch = next(self._iterator)
        self.count += 1
        return batch


def run_evaluation(model: Any, source: Source, callbacks: CallbackList) -> dict[str, Any]:
    """Evaluate all batches of a source and return the logs."""
    model.reset_metrics()
    function = model.make_test_function() or model.test_function
    callbacks.on_test_begin()
    batches = source.batches(0)
    step, logs = 0, None
    for batch in batches:
        group = _Counted(batch, batches, model.steps_per_execution)
        callbacks.on_test_batch_begin(step)
        logs = function(group)
        step += group.count
        callbacks.on_test_batch_end(step - 1, model.get_metrics_result if logs is None else logs)
    if step == 0:
        raise DataError("There is nothing to evaluate: the data gave no batches.", fix="pass at least one batch")
    results = plain_logs(model.get_metrics_result() if logs is None else logs)
    callbacks.on_test_end(results)
    return results


def run_prediction(model: Any, source: Source, callbacks: CallbackList) -> Structure:
    """Predict for all batches of a source and return the predictions, joined."""
    function = model.make_predict_function() or model.predict_function
    callbacks.on_predict_begin()
    collected: list[Structure] = []
    batches = source.batches(0)
    for batch in batches:
        group = _Counted(batch, batches, model.steps_per_execution)
        callbacks.on_predict_batch_begin(len(collected))
        outputs = function(group)
        collected.extend(outputs)
        callbacks.on_predict_batch_end(len(collected) - 1, lambda outputs=outputs: {"outputs": outputs})
    callbacks.on_predict_end()
    if not collected:
        raise DataError("There is nothing to predict: the data gave no batches.", fix="pass at least one batch")
    return _joined(collected)


def _joined(collected: list[Structure]) -> Structure:
    if len(collected) == 1:
        return tree.map_structure(np.array, collected[0])
    columns = zip(*(tree.flatten(outputs) for outputs in collected), strict=True)
    try:
        joined = [np.concatenate([np.asarray(part) for part in column]) for column in columns]
    except ValueError as error:
        raise DataError(
            f"The predictions of the batches cannot be joined: {error}.",
            why="their shapes differ in more than the first axis",
            fix="pad the inputs to one length, or call predict_on_batch for each batch",
        ) from None
    return tree.unflatten(collected[0], joined)
