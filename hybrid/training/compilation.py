"""How a model is compiled, and the metrics that follow from it.

Floor 9. A mixin of `Trainer`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from .. import optimizers
from ..core.random import default_seed
from ..errors import ConfigError, NotCompiledError, SerializationError
from ..layers.base.tracking import walk
from ..metrics import Mean
from ..serialization import deserialize_keras_object, serialize_keras_object
from ..typing import Structure
from .compiled_loss import CompiledLoss
from .compiled_metrics import CompiledMetrics
from .loop import plain_logs
from .state import TrainingState
from .steps import Steps, _is_overridden

__all__ = ["Compilation"]


class Compilation(Steps):
    """Optimizer, loss and metrics of a model that is trained."""

    compiled = False
    optimizer: Any = None
    loss: Any = None
    loss_weights: Any = None
    run_eagerly = False
    jit_compile: Any = "auto"
    steps_per_execution = 1
    _compiled_loss: CompiledLoss | None = None
    _compiled_metrics: CompiledMetrics | None = None
    _compile_arguments: dict[str, Any] | None = None
    _loss_tracker: Any = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "compile" in vars(cls):
            cls.compile = _remembering_arguments(cls.compile)  # type: ignore[method-assign]

    @property
    def _training_state(self) -> TrainingState:
        state = self.__dict__.get("_state_of_training")
        if state is None:
            state = self.__dict__["_state_of_training"] = TrainingState()
        return state

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
            jit_compile: whether a whole step is recorded and run as one program. "auto" does so where it can, and runs
                steps that depend on values operation by operation; True says which and why; False never does.
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
            _programs=None,
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
        config = {}
        for name, value in self._compile_arguments.items():
            try:
                config[name] = serialize_keras_object(value)
            except SerializationError as error:
                error.add_note(f"  argument: '{name}' of compile")
                raise
        return config

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


def _remembering_arguments(compile: Callable[..., Any]) -> Callable[..., Any]:
    """Make a user's own `compile` note its arguments, so that a loaded model can be compiled as it was."""
    signature = inspect.signature(compile)

    @functools.wraps(compile)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = compile(self, *args, **kwargs)
        given = signature.bind(self, *args, **kwargs).arguments
        arguments = dict(list(given.items())[1:])
        for name, parameter in signature.parameters.items():
            if parameter.kind is parameter.VAR_KEYWORD:
                arguments.update(arguments.pop(name, {}))
        self.__dict__["_compile_arguments"] = arguments
        return result

    return wrapped
