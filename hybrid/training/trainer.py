"""`Trainer`: compile, fit, evaluate, predict.

Floor 9. A mixin for layers: it knows losses, metrics, optimizers and callbacks, but not models. It is put together of
parts that can be read alone: `compilation`, `compiled_loss` and `compiled_metrics`, `feeding` and `data` (where
batches come from), `checks`, `steps`, `loop`, `state`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from .. import tree
from ..callbacks.callback_list import CallbackList
from ..callbacks.history import History
from ..callbacks.progress_bar import is_interactive
from ..errors import ConfigError, StructureError
from ..layers.base.layer import Layer
from ..layers.base.rollback import built_or_as_before, unchanged
from ..typing import Structure
from .arrays import to_arrays
from .checks import check_labels, check_weighted_classes, dry_run
from .compilation import Compilation
from .data import ArraySource, SequenceSource, Source
from .feeding import Feed, make_source, split_off
from .loop import FitPlan, plain_logs, run_evaluation, run_fit, run_prediction
from .state import TrainingState
from .steps import _is_overridden
from .trial import Trial

__all__ = ["Trainer"]

_OURS = (
    "_compiled_loss _compiled_metrics _compile_arguments _loss_tracker _state_of_training _guard _trained _callbacks "
    "_trial _programs optimizer loss loss_weights history train_function test_function predict_function"
).split()
_TRANSIENT = "_guard _trained _trial _callbacks _programs train_function test_function predict_function".split()


class Trainer(Compilation):
    """What a model can be trained with. Mix it in before `Layer`.

    Attributes:
        check_data: whether NaN, infinities and labels out of range are looked for before the first step.
    """

    _untracked = Layer._untracked | frozenset(_OURS)
    _incidental = Layer._incidental | frozenset((*_TRANSIENT, "history", "stop_training"))

    history: Any = None
    stop_training = False
    check_data = True
    train_function: Any = None
    test_function: Any = None
    predict_function: Any = None
    _guard: Any = None
    _trained: Any = None
    _programs: Any = None
    _callbacks: Any = None

    # -- the state of a training ---------------------------------------------------------------------------------------

    def get_training_state(self) -> dict[str, Any]:
        """Return what, beside the Variables, a training needs to be taken up again, as data that JSON can hold."""
        state = self._training_state
        if self._callbacks is not None:
            state.callbacks = self._callbacks.get_states()
        if self.history is not None and not state.is_restored:
            state.epochs, state.history = self.history.epoch, self.history.history
        return state.plain()

    def set_training_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `get_training_state` returned.

        The next `fit` that begins at the epoch where it stands (`initial_epoch`) goes on with the same order of
        samples, the same history and the same states of the callbacks.

        Raises:
            LoadError: if it is no such state.
        """
        self.__dict__["_state_of_training"] = TrainingState.of_plain(state)

    def resume_from_training_state(self) -> None:
        """Let the fit that has just begun go on at the epoch and batch of the training state."""
        state = self._training_state
        self.__dict__["_resume_at"] = (state.epoch, state.batch)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {key: value for key, value in state.items() if key not in _TRANSIENT}  # type: ignore[attr-defined]

    # -- fit -----------------------------------------------------------------------------------------------------------
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Train the model for a number of epochs.

        Before the first step the data is checked against itself, the model, its loss and its metrics; if something is
        wrong, nothing has been changed.

        Args:
            x: array, list or dict of arrays; or something that gives batches `(x, y)` or `(x, y, sample_weight)`: a
                generator, an iterable, an object with `__len__` and `__getitem__`.
            y: targets, as arrays; none if `x` gives batches.
            batch_size: number of samples of a batch, 32 by default; the last batch may be smaller.
            epochs: number of the epoch to stop before.
            verbose: 0 nothing, 1 a progress bar, 2 one line per epoch; "auto" chooses by where the output goes.
            callbacks: list of callbacks.
            validation_split: fraction of the samples, the last ones, to validate on.
            validation_data: `(x, y)`, `(x, y, sample_weight)`, or something that gives batches.
            shuffle: whether samples (or the batches of a sequence) come in another order each epoch.
            class_weight: weights of the samples by class number.
            sample_weight: weight of each sample.
            initial_epoch: number of the first epoch.
            steps_per_epoch: number of batches to count as an epoch.
            validation_steps: number of batches to validate on.
            validation_batch_size: as `batch_size`.
            validation_freq: validate after every so many epochs, or after the epochs (from 1) of a list.

        Returns:
            the history: loss and metrics by epoch.

        Raises:
            NotCompiledError: if the model was not compiled.
            DataError: or StructureError, ShapeError: if the data does not fit; says what, where and why.
        """
        self._require_compiled("fit")
        _check_counts(epochs, initial_epoch, validation_freq)
        if validation_data is not None:
            validation_split = 0.0
        held_out: Any = None
        if validation_split:
            (x, y, sample_weight), held_out = split_off(x, y, sample_weight, validation_split)
        source = make_source(
            x,
            y,
            sample_weight,
            Feed(batch_size=batch_size, steps=steps_per_epoch, class_weight=class_weight, checks=self.check_data),
        )
        validation = None
        if validation_data is not None or held_out is not None:
            data = held_out if held_out is not None else validation_data
            validation = self._validation_source(data, validation_batch_size or batch_size, validation_steps)
        self._check(source, "", (False, True), class_weight=class_weight)
        if validation is not None:
            self._check(validation, "validation ")
        self._shuffle(source, shuffle)
        listed = self._callback_list(
            callbacks, verbose, epochs=epochs, steps=source.steps, validates=validation is not None
        )
        self.history = listed.history
        self._callbacks = listed
        try:
            run_fit(self, FitPlan(source, validation, validation_freq, epochs, initial_epoch), listed)
        finally:
            self._callbacks = None
        return self.history

    def _validation_source(self, data: Any, batch_size: int | None, steps: int | None) -> Source:
        feed = Feed(batch_size=batch_size, steps=steps, checks=self.check_data, prefix="validation ")
        if not isinstance(data, (tuple, list)):
            return make_source(data, None, None, feed)
        if not 2 <= len(data) <= 3:
            raise StructureError(f"validation_data has {len(data)} parts.", fix="pass (x, y) or (x, y, sample_weight)")
        x, y, sample_weight = (*data, None)[:3]
        return make_source(x, y, sample_weight, feed)

    def _shuffle(self, source: Source, shuffle: bool) -> None:
        if shuffle and isinstance(source, (ArraySource, SequenceSource)):
            source.shuffle_seed = self._training_state.shuffle_seed

    def _refuse_calls(self, x: Structure, error: Exception | None) -> None:
        """Raise all that is wrong with calls on such inputs, where more is known than the first error.

        Args:
            x: tensors of a batch.
            error: of a call, which is raised if nothing else is; `None` if the call made layers.
        """

    def _is_sound(self) -> bool:
        """Say whether the call was checked when the model was made."""
        return False

    def _try_calls(self, x: Structure, trainings: Sequence[bool]) -> None:
        """Raise all that is wrong with calling the model, before anything is changed."""
        if not self._is_sound():
            self.__dict__.setdefault("_trial", Trial()).run(self, x, trainings)

    def _check(
        self,
        source: Source,
        prefix: str = "",
        trainings: Sequence[bool] = (False,),
        class_weight: Mapping[int, float] | None = None,
    ) -> None:
        """Check data against the model before anything is changed."""
        if _is_overridden(self, "train_step", "test_step") or type(self).call is Layer.call:  # type: ignore[attr-defined]
            return
        first = source.first()
        batch = self._tensors(first)
        with built_or_as_before(self):
            self._try_calls(batch[0], trainings)
            with nullcontext() if self._is_sound() else unchanged(self):
                y_pred = dry_run(self, batch)
            if self.check_data and self._compiled_loss is not None:
                data = source.data if isinstance(source, ArraySource) else first
                check_labels(self._compiled_loss, data[1], y_pred, prefix=prefix)
                if class_weight is not None:
                    check_weighted_classes(self._compiled_loss, class_weight, y_pred)

    def _callback_list(self, callbacks: Any, verbose: Any, **params: Any) -> CallbackList:
        if verbose not in ("auto", 0, 1, 2, True, False):
            raise ConfigError(
                f"verbose is {verbose!r}.", fix="use 'auto', 0 (nothing), 1 (a bar) or 2 (a line per epoch)"
            )
        if verbose == "auto":
            verbose = 1 if is_interactive() else 2
        verbose = int(verbose)
        if isinstance(callbacks, CallbackList):
            if "epochs" in params and callbacks.history is None:
                callbacks.append(History())
            callbacks.set_model(self)
            callbacks.set_params({"verbose": verbose, **params})
            return callbacks
        return CallbackList(
            callbacks, add_history="epochs" in params, add_progbar=verbose != 0, model=self, verbose=verbose, **params
        )

    # -- evaluate and predict ------------------------------------------------------------------------------------------
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return loss and metrics on data, as exact means over its samples.

        Args:
            x: as in `fit`.
            y: as in `fit`.
            batch_size: 32 by default.
            verbose: as in `fit`.
            sample_weight: weight of each sample.
            steps: number of batches; all by default.
            callbacks: list of callbacks.
            return_dict: whether a dict by name is returned.
            **kwargs: none are known.

        Returns:
            the loss; with metrics a list that begins with it, in the order of `metrics_names`; or a dict.

        Raises:
            NotCompiledError: if the model was not compiled.
        """
        if kwargs:
            raise ConfigError(f"evaluate has no argument '{next(iter(kwargs))}'.", fix="see help(model.evaluate)")
        self._require_compiled("evaluate")
        source = make_source(x, y, sample_weight, Feed(batch_size=batch_size, steps=steps, checks=self.check_data))
        self._check(source)
        listed = self._callback_list(callbacks, verbose, steps=source.steps)
        return self._returned(run_evaluation(self, source, listed), return_dict)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Structure:
        """Return the predictions for data, as arrays.

        Several threads may predict with one model, also while another trains it: each batch sees the weights of one
        step, if it runs as a program.

        Args:
            x: as in `fit`; of batches with targets only the inputs are used.
            batch_size: 32 by default.
            verbose: as in `fit`.
            steps: number of batches; all by default.
            callbacks: list of callbacks.
        """
        source = make_source(x, None, None, Feed(batch_size=batch_size, steps=steps, checks=False))
        if not _is_overridden(self, "predict_step") and not self._is_sound():
            self._try_calls(self._tensors(source.first())[0], (False,))
        return run_prediction(self, source, self._callback_list(callbacks, verbose, steps=source.steps))

    # -- single batches ------------------------------------------------------------------------------------------------
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Train on one batch and return its loss and metrics, as `evaluate` does.

        Args:
            x: inputs.
            y: targets.
            sample_weight: weight of each sample.
            class_weight: weights by class number.
            return_dict: whether a dict by name is returned.
        """
        self._require_compiled("fit")
        feed = Feed(class_weight=class_weight, checks=False)
        return self._on_batch(self.make_train_function() or self.train_function, feed, x, y, sample_weight, return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Return loss and metrics of one batch, as `evaluate` does.

        Args:
            x: inputs.
            y: targets.
            sample_weight: weight of each sample.
            return_dict: whether a dict by name is returned.
        """
        self._require_compiled("evaluate")
        function = self.make_test_function() or self.test_function
        return self._on_batch(function, Feed(checks=False), x, y, sample_weight, return_dict)

    def _on_batch(self, function: Any, feed: Feed, x: Any, y: Any, sample_weight: Any, return_dict: bool) -> Any:
        batch = feed.convert((to_arrays(x, "x"), to_arrays(y, "y"), to_arrays(sample_weight, "sample_weight")))
        self.reset_metrics()
        logs = function(iter((batch,)))
        return self._returned(plain_logs(self.get_metrics_result() if logs is None else logs), return_dict)

    def predict_on_batch(self, x: Any) -> Structure:
        """Return the predictions for one batch, as arrays.

        Args:
            x: inputs.
        """
        outputs = self._predict((to_arrays(x, "x"), None, None))
        return tree.map_structure(np.asarray, outputs)


def _check_counts(epochs: Any, initial_epoch: Any, validation_freq: Any) -> None:
    for name, value, least in (("epochs", epochs, 0), ("initial_epoch", initial_epoch, 0)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ConfigError(f"{name} is {value!r}.", fix="pass a whole number")
    if isinstance(validation_freq, int):
        valid = validation_freq >= 1
    else:
        valid = isinstance(validation_freq, (list, tuple, set)) and all(
            isinstance(each, int) for each in validation_freq
        )
    if not valid:
        raise ConfigError(f"validation_freq is {validation_freq!r}.", fix="pass a positive number, or a list of epochs")
