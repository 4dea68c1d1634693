"""Laws of files that are loaded where the classes of a model are not known."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hybrid import GradientTape, tree
from hybrid.errors import LoadError
from hybrid.models import RecordedCopy, clone_model, load_model
from hybrid.saving.paths import layer_paths, variable_paths
from tests.comparing import values
from tests.imperative.collection import RECORDABLE, VALUE_DEPENDENT
from tests.imperative.entry import Entry
from tests.imperative.test_laws import laws_of, loss_of, run


def copy_without_code(entry: Entry, model: Any, tmp_path: Path) -> Any:
    path = tmp_path / "model.hybrid"
    model.save(path)
    with pytest.warns(UserWarning, match=f"without the code of .*{type(model).__name__}.*recorded copy"):
        return load_model(path)


def assert_close(actual: Any, expected: Any) -> None:
    tree.assert_same_structure(actual, expected)
    for one, other in zip(tree.flatten(actual), tree.flatten(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)


@laws_of(RECORDABLE)
def test_recorded_copy_computes_the_same(entry: Entry, tmp_path: Path) -> None:
    model = entry.seeded()
    copy = copy_without_code(entry, model, tmp_path)
    assert isinstance(copy, RecordedCopy) and copy.original == type(model).__name__
    for training in (False, True):
        assert_close(run(entry, copy, training=training), run(entry, model, training=training))


@laws_of(RECORDABLE)
def test_recorded_copy_has_the_same_layers_and_variables(entry: Entry, tmp_path: Path) -> None:
    model = entry.seeded()
    copy = copy_without_code(entry, model, tmp_path)
    assert list(layer_paths(copy)) == list(layer_paths(model))
    assert [(path, v.shape, v.dtype, v.trainable) for path, v in variable_paths(copy).items()] == [
        (path, v.shape, v.dtype, v.trainable) for path, v in variable_paths(model).items()
    ]
    assert [w.path for w in copy.trainable_weights] == [w.path for w in model.trainable_weights]
    for mine, other in zip(copy.weights, model.weights, strict=True):
        np.testing.assert_array_equal(mine.numpy(), other.numpy())


@laws_of([entry for entry in RECORDABLE if entry.targets is not None])
def test_recorded_copy_has_the_same_gradients(entry: Entry, tmp_path: Path) -> None:
    model = entry.seeded()
    copy = copy_without_code(entry, model, tmp_path)
    results = []
    for each in (model, copy):
        with GradientTape() as tape:
            loss = loss_of(entry, each)
        results.append([float(np.mean(values(loss))), *tape.gradient(loss, each.trainable_weights)])
    assert_close(*[[0.0 if g is None else values(g) for g in result] for result in results])


@laws_of(RECORDABLE)
def test_recorded_copy_is_copied_saved_and_loaded_again(entry: Entry, tmp_path: Path) -> None:
    copy = copy_without_code(entry, entry.seeded(), tmp_path)
    clone = clone_model(copy)
    clone.set_weights(copy.get_weights())
    copy.save(tmp_path / "again.hybrid")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = load_model(tmp_path / "again.hybrid")
    for other in (clone, again):
        for mine, theirs in zip(variable_paths(copy).values(), variable_paths(other).values(), strict=True):
            theirs.assign(mine.numpy())
        assert_close(run(entry, other), run(entry, copy))


@laws_of(VALUE_DEPENDENT)
def test_what_depends_on_values_is_loaded_by_its_class_only(entry: Entry, tmp_path: Path) -> None:
    model = entry.seeded()
    model.save(tmp_path / "model.hybrid")
    with pytest.raises(LoadError) as caught:
        load_model(tmp_path / "model.hybrid")
    assert type(model).__name__ in str(caught.value) and "no graph of it could be stored" in str(caught.value)


PROGRAM = """
import sys, warnings, numpy as np, hybrid
warnings.simplefilter("ignore")
for name in sys.argv[2:]:
    stored = np.load(f"{sys.argv[1]}/{name}.npz")
    model = hybrid.models.load_model(f"{sys.argv[1]}/{name}.hybrid")
    inputs = [stored[f"input_{i}"] for i in range(sum(key.startswith("input") for key in stored))]
    outputs = model(*inputs)
    for i, output in enumerate(hybrid.tree.flatten(outputs) if hasattr(hybrid, "tree") else [outputs]):
        np.testing.assert_allclose(output.numpy(), stored[f"output_{i}"], rtol=1e-6, atol=1e-6, err_msg=name)
    model.fit(inputs[0], stored["output_0"], epochs=1, verbose=0)
    print(name)
"""


def test_saved_here_and_loaded_in_a_process_without_the_classes(tmp_path: Path) -> None:
    simple = [e for e in RECORDABLE if e.has_one_input and isinstance(e.targets, np.ndarray) and not e.stochastic]
    for entry in simple:
        model = entry.compiled(entry.seeded())
        arrays = {"input_0": entry.inputs().args[0], "output_0": values(model(*entry.inputs().args))}
        np.savez(tmp_path / f"{entry.name}.npz", **arrays)
        model.compile("sgd", "mse")
        model.save(tmp_path / f"{entry.name}.hybrid")
    names = [entry.name for entry in simple]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), *names], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == names, done.stderr
