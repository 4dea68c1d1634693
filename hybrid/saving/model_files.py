"""Models and their weights in files.

Floor 9. Knows layers, not models: what is saved says its own class and configuration, what is loaded is made through
the registry.
"""

from __future__ import annotations

import datetime
import os
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .. import registry
from ..core.variable import Variable
from ..errors import ConfigError, LoadError, NotBuiltError, WeightMismatchError
from ..layers.base.tracking import walk
from ..layers.base.weights import Allowance, limit_of_loading
from ..naming import nearest
from ..optimizers import Optimizer
from ..serialization import describing_further, deserialize_keras_object, refusing_nonsense, serialize_keras_object
from .archive import read_archive, write_archive
from .paths import measured_paths, variable_paths
from .structure import restore_structure, structure_of

__all__ = ["ModelFiles", "load_model", "load_weights", "save_model", "save_weights"]

FORMAT = 1
_FREE_BYTES = 1 << 20


class ModelFiles:
    """What a model can do with files."""

    def further_descriptions(self) -> Callable[[Any], Mapping[str, Any]]:
        """Return what says more of a part of the model than its class and configuration, for readers without code."""
        return lambda part: {}

    def save(self, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
        """Save the model: structure, weights, optimizer and training state.

        Args:
            filepath: of the archive; the suffix is `.hybrid` by custom.
            overwrite: whether an existing file is replaced; it stays whole until the new one is complete.
            **kwargs: accepted for Keras's sake: `include_optimizer`.

        Raises:
            SerializationError: if a part cannot be written as data, such as a function that was not registered.
            ConfigError: if the file exists and may not be replaced.
        """
        save_model(self, filepath, overwrite=overwrite, **kwargs)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Save the values of all Variables.

        Args:
            filepath: of the archive.
            overwrite: whether an existing file is replaced.

        Raises:
            NotBuiltError: if there are no Variables yet.
        """
        save_weights(self, filepath, overwrite=overwrite)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **options: Any) -> None:
        """Load the values of all Variables.

        Args:
            filepath: of an archive that `save` or `save_weights` wrote.
            skip_mismatch: whether what does not fit is left alone, with a warning, instead of being an error.
            **options: none are known.

        Raises:
            WeightMismatchError: lists every array and every Variable that has no counterpart; then nothing is loaded.
        """
        if options:
            raise ConfigError(
                f"load_weights has no argument '{next(iter(options))}'.", fix="weights are matched by path"
            )
        load_weights(self, filepath, skip_mismatch=skip_mismatch)


def _target(filepath: Any, overwrite: bool) -> Path:
    if not isinstance(filepath, (str, os.PathLike)):
        raise ConfigError(f"Not a path: {filepath!r}.", fix="pass a string or a pathlib.Path")
    path = Path(filepath)
    if path.suffix in (".h5", ".hdf5"):
        raise ConfigError(
            f"hybrid does not write HDF5 files ('{path.name}').",
            why="its archives hold arrays as NumPy writes them",
            fix=f"use '{path.name.rpartition('.')[0]}.hybrid'",
        )
    if path.exists() and not overwrite:
        raise ConfigError(f"The file '{path}' exists.", fix="pass overwrite=True, or another path")
    return path


def save_model(model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True) -> None:
    """Save a model to an archive; see `ModelFiles.save`."""
    path = _target(filepath, overwrite)
    arrays = {f"model/{name}": variable.current().numpy() for name, variable in variable_paths(model).items()}
    documents: dict[str, Any] = {"metadata": _metadata("model"), "config": _describe(model)}
    compiled = model.get_compile_config() if getattr(model, "compiled", False) else None
    if compiled is not None and include_optimizer:
        documents["training"] = {"compile": compiled, "state": model.get_training_state()}
        optimizer = model.optimizer
        if optimizer is not None and optimizer.variables:
            documents["training"]["optimizer_built"] = bool(optimizer.built)
            arrays.update({f"optimizer/{name}": v.current().numpy() for name, v in _optimizer_paths(optimizer).items()})
        for attribute, (optimizer, trained) in _further_optimizers(model).items():
            documents["training"].setdefault("further_optimizers", {})[attribute] = trained
            paths = _optimizer_paths(optimizer)
            arrays.update({f"further_optimizers/{attribute}/{name}": v.current().numpy() for name, v in paths.items()})
    write_archive(path, documents, arrays)


def _metadata(kind: str) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {"format": "hybrid", "format_version": FORMAT, "kind": kind, "date_saved": now}


def _describe(model: Any) -> dict[str, Any]:
    with describing_further(model.further_descriptions()):
        description = {"model": serialize_keras_object(model), "structure": structure_of(model)}
    measured = measured_paths(model)
    return {**description, "measured": measured} if measured else description


def _optimizer_paths(optimizer: Any) -> dict[str, Variable]:
    return {f"{number:04d}_{v.name.replace('/', '_')}": v for number, v in enumerate(optimizer.variables)}


def load_model(
    filepath: Any, custom_objects: Mapping[str, Any] | None = None, compile: bool = True, safe_mode: bool = True
) -> Any:
    """Load a model that `save` wrote.

    Args:
        filepath: of the archive.
        custom_objects: classes and functions by name, for those that are not registered.
        compile: whether the model is compiled as it was, with the state of its optimizer.
        safe_mode: accepted for Keras's sake and without effect: a file never holds code.

    Returns:
        the model, with the values of all Variables.

    Raises:
        LoadError: if the file is no archive of ours, or names classes that are not known.
        WeightMismatchError: if its arrays do not fit the model.
    """
    documents, arrays = read_archive(filepath)
    _check_metadata(documents, filepath)
    if "config" not in documents:
        raise LoadError(f"'{filepath}' holds weights only.", fix="build the model and call model.load_weights(path)")
    with registry.custom_object_scope(custom_objects or {}), _limited(filepath):
        with refusing_nonsense():
            model = _restore(documents["config"])
        _note_copies(model, filepath)
        training = documents.get("training")
        # Before the values: a `compile` of the user's own may make metrics, which have values, too.
        compiled = compile and training is not None and _compile_again(model, training["compile"], filepath)
        values = _part(arrays, "model")
        if not compiled:
            known = variable_paths(model)
            values = _without(values, [path for path in documents["config"].get("measured", ()) if path not in known])
        _assign(model, values, filepath, skip_mismatch=False)
        if compiled and training is not None:
            built = training.get("optimizer_built", True)
            _restore_optimizer(model, _part(arrays, "optimizer"), filepath, built=built)
            further = _part(arrays, "further_optimizers")
            _restore_further_optimizers(model, training.get("further_optimizers", {}), further, filepath)
            model.set_training_state(training["state"])
    return model


def _compile_again(model: Any, config: Mapping[str, Any], filepath: Any) -> bool:
    """Compile a model as it was; a recorded copy of a model with a `compile` of its own cannot be."""
    if not model.is_recorded_copy:
        model.compile_from_config(config)
        return True
    try:
        model.compile_from_config(config)
    except (TypeError, ConfigError) as error:
        warnings.warn(
            f"The model in '{filepath}' was not compiled: {model.original} has a compile of its own, whose code is not "
            f"here ({error}). Compile it before it is trained.",
            stacklevel=3,
        )
        return False
    return True


def _without(arrays: Mapping[str, Any], paths: Collection[str]) -> dict[str, Any]:
    return {path: array for path, array in arrays.items() if path not in paths}


def _restore(description: Mapping[str, Any]) -> Any:
    model = deserialize_keras_object(description["model"])
    if not isinstance(model, ModelFiles):
        raise LoadError(f"The configuration describes no model, but: {type(model).__name__}.")
    restore_structure(model, description.get("structure", {}))
    return model


def _note_copies(model: Any, filepath: Any) -> None:
    """Warn of the layers that were rebuilt without their code."""
    names = sorted({layer.original for layer in walk(model) if layer.is_recorded_copy})
    if names:
        warnings.warn(
            f"The file '{filepath}' was loaded without the code of {', '.join(names)}: a recorded copy does what was "
            "recorded when the model was saved. Register the class, or pass it in custom_objects, to have it back.",
            stacklevel=3,
        )


@contextmanager
def _limited(filepath: Any) -> Iterator[None]:
    """Let loading make as many bytes of weights as the file may account for: each is stored in it."""
    token = limit_of_loading.set(Allowance(_FREE_BYTES + 4 * Path(filepath).stat().st_size))
    try:
        yield
    finally:
        limit_of_loading.reset(token)


def _check_metadata(documents: Mapping[str, Any], filepath: Any) -> None:
    metadata = documents.get("metadata", {})
    if not isinstance(metadata, dict) or metadata.get("format") != "hybrid":
        raise LoadError(f"'{filepath}' is no archive that hybrid wrote.", fix="save a model with model.save(path)")
    version = metadata.get("format_version")
    if not isinstance(version, int) or version < 1:
        raise LoadError(f"'{filepath}' has the format version {version!r}, which does not exist.")
    if version > FORMAT:
        raise LoadError(f"'{filepath}' was written by a newer version of hybrid.", fix="pip install --upgrade hybrid")


def _part(arrays: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name[len(prefix) + 1 :]: array for name, array in arrays.items() if name.startswith(f"{prefix}/")}


def _further_optimizers(model: Any) -> dict[str, tuple[Optimizer, list[str]]]:
    """Find the optimizers in attributes of a model, as a GAN has two, and the paths of what each of them trains."""
    names = {id(variable): path for path, variable in variable_paths(model).items()}
    found = {}
    for attribute, value in vars(model).items():
        if isinstance(value, Optimizer) and value.built and value is not model.optimizer:
            trained = [names[id(v)] for v in value._trainable_variables if id(v) in names]
            if len(trained) == len(value._trainable_variables):
                found[attribute] = value, trained
    return found


def _restore_further_optimizers(model: Any, trained: Any, arrays: Mapping[str, Any], filepath: Any) -> None:
    variables = variable_paths(model)
    with refusing_nonsense():
        for attribute, paths in trained.items():
            optimizer = vars(model).get(attribute)
            if not isinstance(optimizer, Optimizer):
                warnings.warn(
                    f"'{filepath}' holds the state of an optimizer '{attribute}', but neither the constructor nor the "
                    f"compile of {type(model).__name__} makes one: it was left out.",
                    stacklevel=3,
                )
                continue
            optimizer.build([variables[path] for path in paths])
            where = f"the optimizer '{attribute}' in '{filepath}'"
            _match(_optimizer_paths(optimizer), _part(arrays, attribute), where, skip_mismatch=False)


def _restore_optimizer(model: Any, arrays: Mapping[str, Any], filepath: Any, *, built: bool) -> None:
    optimizer = model.optimizer
    if optimizer is None or not arrays:
        return
    if built:
        optimizer.build(model.trainable_variables)
    paths = _optimizer_paths(optimizer)
    if not built:  # saved before its first step: the variables that it would have made then keep their initial values
        paths = {path: variable for path, variable in paths.items() if path in arrays}
    _match(paths, arrays, f"the optimizer in '{filepath}'", skip_mismatch=False)


def save_weights(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Save the values of a model's Variables; see `ModelFiles.save_weights`."""
    path = _target(filepath, overwrite)
    variables = variable_paths(model)
    if not variables and not model.built:
        raise NotBuiltError(f"'{model.path}' has no weights yet.", fix="call it on an input, or build it first")
    write_archive(
        path,
        {"metadata": _metadata("weights")},
        {f"model/{name}": variable.current().numpy() for name, variable in variables.items()},
    )


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False) -> None:
    """Load the values of a model's Variables; see `ModelFiles.load_weights`."""
    documents, arrays = read_archive(filepath)
    _check_metadata(documents, filepath)
    if not variable_paths(model) and not model.built:
        raise NotBuiltError(f"'{model.path}' has no weights yet.", fix="call it on an input, or build it first")
    _assign(model, _part(arrays, "model"), filepath, skip_mismatch=skip_mismatch)


def _assign(model: Any, arrays: Mapping[str, Any], filepath: Any, *, skip_mismatch: bool) -> None:
    _match(variable_paths(model), arrays, f"'{filepath}'", skip_mismatch=skip_mismatch)


def _match(
    variables: Mapping[str, Variable], arrays: Mapping[str, np.ndarray[Any, Any]], where: str, *, skip_mismatch: bool
) -> None:
    """Assign every array to the Variable of its path, if everything is accounted for."""
    problems = [f"no array for the variable '{path}'" for path in variables if path not in arrays]
    for path, array in arrays.items():
        if path not in variables:
            close = nearest(path, variables, count=1)
            problems.append(f"no variable for the array '{path}'" + (f" (like '{close[0]}'?)" if close else ""))
        elif tuple(variables[path].shape) != array.shape:
            mine, stored = list(variables[path].shape), list(array.shape)
            problems.append(f"'{path}' has shape {mine}, but {stored} is stored")
    if problems and not skip_mismatch:
        raise WeightMismatchError(
            f"{len(problems)} of the values in {where} do not fit the model:\n    " + "\n    ".join(problems),
            why="every stored array and every variable must have its counterpart; nothing was loaded",
            fix="load into the model that was saved, or pass skip_mismatch=True to load what fits",
        )
    if problems:
        warnings.warn(f"Skipped while loading {where}: " + "; ".join(problems), stacklevel=4)
    for path, array in arrays.items():
        if path in variables and tuple(variables[path].shape) == array.shape:
            variables[path].assign(array)
