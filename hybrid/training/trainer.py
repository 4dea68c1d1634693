"""`Trainer`: compile, fit, evaluate, predict.

Floor 9. A mixin for layers: it knows losses, metrics, optimizers and callbacks, but not models. It is put together of
parts that can be read alone: `feeding` and `data` (where batches come from), `compiled_loss` and `compiled_metrics`,
`checks`, `steps`, `loop`, `state`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import optimizers, tree
from ..callbacks.callback_list import CallbackList
from ..callbacks.history import History
from ..callbacks.progress_bar import is_interactive
from ..core.random import default_seed
from ..errors import ConfigError, NotCompiledError, StructureError
from ..layers.base.layer import Layer
from ..layers.base.tracking import walk
from ..metrics import Mean
from ..serialization import deserialize_keras_object, serialize_keras_object
from ..typing import Structure
from .arrays import to_arrays
from .checks import check_labels, dry_run
from .compiled_loss import CompiledLoss
from .compiled_metrics import CompiledMetrics
from .data import ArraySource, SequenceSource, Source, pack_batch
from .feeding import Feed, make_source, split_off
from .loop import FitPlan, plain_logs, run_evaluation, run_fit, run_prediction
from .state import TrainingState
from .steps import Steps, _is_overridden

__all__ = ["Trainer"]

_OURS = (
    "_compiled_loss _compiled_metrics _compile_arguments _loss_tracker _training_state _guard _trained _callbacks "
    "optimizer loss loss_weights history train_function test_function predict_function"
).split()
_TRANSIENT = ("_guard", "_trained", "_callbacks", "train_function", "test_function", "predict_function")


class Trainer(Steps):
    """What a model can be trained with. Mix it in before `Layer`.

    Attributes:
        check_data: whether NaN, infinities and labels out of range are looked for before the first step.
    """

    _untracked = Layer._untracked | frozenset(_OURS)

    compiled = False
    optimizer: Any = None
    loss: Any = None
    loss_weights: Any = None
    history: Any = None
    stop_training = False
    check_data = True
    run_eagerly = False
    jit_compile: Any = "auto"
    steps_per_execution = 1
    train_function: Any = None
    test_function: Any = None
    predict_function: Any = None
    _compiled_loss: CompiledLoss | None = None
    _compiled_metrics: CompiledMetrics | None = None
    _compile_arguments: dict[str, Any] | None = None
    _loss_tracker: Any = None
    _guard: Any = None
    _trained: Any = None
    _callbacks: Any = None

    # -- compile -------------------------------------------------------------------------------------------------------
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Structure = None,
        loss_weights: Structure = None,
        metrics: Structure = None,
        weighted_metrics: Structure = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Say how the model is trained.

        Args:
            optimizer: name, configuration or object.
            loss: name, function or object; a list or dict of them (by output) for several outputs.
            loss_weights: factors of the losses, as a list or dict by output.
            metrics: list of names, functions or objects that ignore sample weights; a list or dict of lists for several
                outputs. "accuracy" and "crossentropy" mean the ones that suit targets and predictions.
            weighted_metrics: likewise, with sample weights.
            run_eagerly: whether steps always run operation by operation.
            steps_per_execution: number of batches between two calls of the callbacks.
            jit_compile: `"auto"`, True or False; accepted for Keras's sake.
            auto_scale_loss: accepted for Keras's sake.

        Raises:
            ConfigError: for an unknown name, or something that is no loss, metric or optimizer.
        """
        if jit_compile not in ("auto", True, False):
            raise ConfigError(f"jit_compile is {jit_compile!r}.", fix="use 'auto', True or False")
        if isinstance(steps_per_execution, bool) or not isinstance(steps_per_execution, int) or steps_per_execution < 1:
            raise ConfigError(f"steps_per_execution is {steps_per_execution!r}.", fix="use a positive whole number")
        # Everything that can be wrong is made before anything is assigned.
        made = optimizers.get(optimizer)
        declared = self._declared_outputs()
        compiled_loss = None if loss is None else CompiledLoss(loss, loss_weights, declared)
        compiled_metrics = CompiledMetrics(metrics, weighted_metrics, declared)
        state = self._training_state
        if state.shuffle_seed is None:
            state.shuffle_seed = default_seed()
        self.__dict__.update(
            optimizer=made,
            loss=loss,
            loss_weights=loss_weights,
            run_eagerly=bool(run_eagerly),
            jit_compile=jit_compile,
            steps_per_execution=steps_per_execution,
            compiled=True,
            stop_training=False,
            _compiled_loss=compiled_loss,
            _compiled_metrics=compiled_metrics,
            _loss_tracker=Mean(name="loss"),
            _compile_arguments={
                "optimizer": made,
                "loss": loss,
                "loss_weights": loss_weights,
                "metrics": metrics,
                "weighted_metrics": weighted_metrics,
                "run_eagerly": bool(run_eagerly),
                "steps_per_execution": steps_per_execution,
                "jit_compile": jit_compile,
            },
        )

    def _declared_outputs(self) -> list[str] | None:
        try:
            names = getattr(self, "output_names", None)
        except ValueError:
            return None
        return list(names) if names else None

    def get_compile_config(self) -> dict[str, Any]:
        """Return the arguments of `compile` as plain data.

        Raises:
            SerializationError: for a function that was not registered.
        """
        if not self.compiled or self._compile_arguments is None:
            return {}
        return {key: serialize_keras_object(value) for key, value in self._compile_arguments.items()}

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile with what `get_compile_config` returned."""
        if not config:
            return
        self.compile(**{key: deserialize_keras_object(value) for key, value in config.items()})
        if self.optimizer is not None and self.built:  # type: ignore[attr-defined]
            self.optimizer.build(self.trainable_variables)  # type: ignore[attr-defined]

    def _require_compiled(self, what: str) -> None:
        if not self.compiled:
            raise NotCompiledError(
                f"'{self.path}' cannot {what}: it was not compiled.",  # type: ignore[attr-defined]
                fix="model.compile(optimizer='adam', loss='mse') before",
            )
        if what == "fit" and self.optimizer is None and not _is_overridden(self, "train_step"):
            raise NotCompiledError(
                "The model has no optimizer to train with.", fix="model.compile(optimizer='adam', ...)"
            )

    # -- metrics -------------------------------------------------------------------------------------------------------
    @property
    def metrics(self) -> list[Any]:
        """Loss, compiled metrics, losses of single outputs, and the metrics in attributes of the model and layers."""
        found: list[Any] = []
        if self.compiled:
            found = [self._loss_tracker, self._compiled_metrics]
            found += self._compiled_loss.trackers if self._compiled_loss is not None else []
        known = {id(metric) for metric in found}
        for layer in walk(self):
            for metric in layer._owned().metrics:
                if id(metric) not in known:
                    known.add(id(metric))
                    found.append(metric)
        return found

    @property
    def metrics_names(self) -> list[str]:
        """Names of loss and metrics in logs, in the order in which `evaluate` lists their values."""
        return list(self._ordered(plain_logs(self.get_metrics_result()))) if self.compiled else []

    def reset_metrics(self) -> None:
        """Set the state of all metrics back."""
        for metric in self.metrics:
            metric.reset_state()

    def _ordered(self, logs: dict[str, Any]) -> dict[str, Any]:
        """Put loss first, then the losses of single outputs in their order, then the rest by name."""
        trackers = self._compiled_loss.trackers if self._compiled_loss is not None else []
        first = [name for name in ("loss", *(tracker.name for tracker in trackers)) if name in logs]
        return {name: logs[name] for name in (*first, *(name for name in logs if name not in first))}

    def _returned(self, logs: dict[str, Any], return_dict: bool) -> Any:
        if return_dict:
            return logs
        values = list(self._ordered(logs).values())
        return values[0] if len(values) == 1 else values

    # -- the state of a training ---------------------------------------------------------------------------------------
    @property
    def _training_state(self) -> TrainingState:
        state = self.__dict__.get("_state_of_training")
        if state is None:
            state = self.__dict__["_state_of_training"] = TrainingState()
        return state  # type: ignore[no-any-return]

    def get_training_state(self) -> dict[str, Any]:
        """Return what, beside the Variables, a training needs to be taken up again, as data that JSON can hold."""
        state = self._training_state
        if self._callbacks is not None:
            state.callbacks = self._callbacks.get_states()
        if self.history is not None:
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
        state = super().__getstate__()  # type: ignore[misc]
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
        self._check(source)
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
        return self.history  # type: ignore[no-any-return]

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

    def _check(self, source: Source, prefix: str = "") -> None:
        """Check data against the model before anything is changed."""
        if _is_overridden(self, "train_step", "test_step") or type(self).call is Layer.call:  # type: ignore[attr-defined]
            return
        first = source.first()
        y_pred = dry_run(self, self._tensors(first))
        if self.check_data and self._compiled_loss is not None:
            data = source.data if isinstance(source, ArraySource) else first
            check_labels(self._compiled_loss, data[1], y_pred, prefix=prefix)

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

        Args:
            x: as in `fit`; of batches with targets only the inputs are used.
            batch_size: 32 by default.
            verbose: as in `fit`.
            steps: number of batches; all by default.
            callbacks: list of callbacks.
        """
        source = make_source(x, None, None, Feed(batch_size=batch_size, steps=steps, checks=False))
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
        outputs = self.predict_step(pack_batch(*self._tensors((to_arrays(x, "x"), None, None))))
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
