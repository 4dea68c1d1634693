"""Laws of every imperative model of the collection: it runs, trains, and can be copied and nested in every way."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import GradientTape, Input, Model, Sequential, losses, optimizers, tree
from hybrid.errors import PlaceholderError
from hybrid.layers.base.tracking import walk
from hybrid.models import clone_model, load_model, model_from_json
from hybrid.saving import custom_object_scope
from hybrid.saving.paths import variable_paths
from tests.both_ways import assert_close
from tests.comparing import assert_equal, describe, values
from tests.imperative.collection import ENTRIES, RECORDABLE, VALUE_DEPENDENT
from tests.imperative.entry import Entry


def laws_of(entries: list[Entry]) -> Any:
    return pytest.mark.parametrize("entry", entries, ids=lambda entry: entry.name)


every_entry = laws_of(ENTRIES)
every_recordable = laws_of(RECORDABLE)
every_symbolic = laws_of([entry for entry in ENTRIES if entry.recordable or entry.states_output])


def state_of(model: Any) -> list[Any]:
    """Return the values of all Variables, those of seeds and counters too."""
    return [variable.numpy() for variable in variable_paths(model).values()]


def give_state(model: Any, state: list[Any]) -> None:
    for variable, value in zip(variable_paths(model).values(), state, strict=True):
        variable.assign(value)


def run(entry: Entry, model: Any, call: Any = None, training: bool = False) -> Any:
    """Call a model, or something that holds it, and put its state back: what a call draws or counts is undone."""
    args, kwargs = entry.inputs()
    state = state_of(model)
    outputs = values((call or model)(*args, **kwargs, training=training))
    give_state(model, state)
    return outputs


def placeholders(entry: Entry) -> tuple[tuple[Any, ...], dict[str, Any], list[Any]]:
    """Return symbolic arguments of a call, and the placeholders among them as a flat list."""
    found: list[Any] = []

    def replace(leaf: Any) -> Any:
        if not isinstance(leaf, np.ndarray):
            return leaf
        found.append(Input(leaf.shape[1:], dtype=leaf.dtype.name))
        return found[-1]

    args, kwargs = tree.map_structure(replace, entry.inputs())
    return args, kwargs, found


def arrays(entry: Entry) -> list[Any]:
    return [leaf for leaf in tree.flatten(entry.inputs()) if isinstance(leaf, np.ndarray)]


def loss_of(entry: Entry, model: Any) -> Any:
    """Call a model in training and return its loss as a tensor."""
    args, kwargs = entry.inputs()
    outputs = model(*args, **kwargs, training=True)
    total = sum(model.losses)
    if entry.targets is not None:
        tree.assert_same_structure(entry.targets, outputs)
        pairs = zip(tree.flatten(entry.targets), tree.flatten(outputs), strict=True)
        named = tree.flatten(entry.loss) if tree.is_nested(entry.loss) else [entry.loss] * len(tree.flatten(outputs))
        wanted = [(loss, pair) for loss, pair in zip(named, pairs, strict=True) if loss is not None]
        total = total + sum(np.mean(losses.get(loss)(*pair)) for loss, pair in wanted)
    return total


def train(entry: Entry, model: Any, steps: int) -> list[float]:
    """Train a compiled model for some steps and return the losses: with `fit` where it has one argument."""
    if entry.fits:
        history = model.fit(entry.inputs().args[0], entry.targets, batch_size=1000, epochs=steps, verbose=0).history
        return history.get("loss", [])
    return [train_by_hand(entry, model, model.optimizer) for _ in range(steps)]


def train_by_hand(entry: Entry, model: Any, optimizer: Any) -> float:
    with GradientTape() as tape:
        loss = loss_of(entry, model)
    optimizer.apply(tape.gradient(loss, model.trainable_weights), model.trainable_weights)
    return float(loss)


class Wrapper(Model):
    """A model of one part."""

    def __init__(self, inner: Any):
        super().__init__()
        self.inner = inner

    def call(self, *args: Any, **kwargs: Any) -> Any:
        return self.inner(*args, **kwargs)


# -- it runs ----------------------------------------------------------------------------------------------------------


@every_entry
def test_eager_call_is_deterministic(entry: Entry) -> None:
    model, twin = entry.seeded(), entry.seeded()
    for training in (False, True):
        expected = run(entry, model, training=training)
        assert all(np.isfinite(leaf).all() for leaf in tree.flatten(expected))
        assert_equal(run(entry, model, training=training), expected)
        assert_equal(run(entry, twin, training=training), expected)
    assert describe(model) == describe(twin)
    assert model.to_json() == twin.to_json()


@every_entry
def test_call_changes_nothing_unless_it_draws(entry: Entry) -> None:
    model = entry.seeded()
    args, kwargs = entry.inputs()
    before, described = state_of(model), describe(model)
    first = values(model(*args, **kwargs))
    second = values(model(*args, **kwargs))
    assert describe(model) == described
    same = all(a.tobytes() == b.tobytes() for a, b in zip(tree.flatten(first), tree.flatten(second), strict=True))
    assert same != entry.stochastic
    if not entry.stochastic:
        assert_equal(state_of(model), before)


@every_entry
def test_weights_appear_once_with_paths_of_their_own(entry: Entry) -> None:
    model = entry.seeded()
    assert model.weights
    assert len({id(weight) for weight in model.weights}) == len(model.weights)
    paths = [weight.path for weight in model.weights]
    assert len(set(paths)) == len(paths)
    assert all(path.startswith(f"{model.name}/") for path in paths)
    trainable, rest = model.trainable_weights, model.non_trainable_weights
    assert sorted(map(id, [*trainable, *rest])) == sorted(map(id, model.weights))
    run(entry, model, training=True)
    assert [weight.path for weight in model.weights] == paths


@every_entry
def test_freezing_leaves_nothing_to_train(entry: Entry) -> None:
    model = entry.seeded()
    trainable = [weight.path for weight in model.trainable_weights]
    frozen = {weight.path for weight in model.weights if weight.born_trainable} - set(trainable)
    model.trainable = False
    assert not model.trainable_weights
    model.trainable = True
    assert set(trainable) == {weight.path for weight in model.trainable_weights} - frozen


# -- it trains --------------------------------------------------------------------------------------------------------


@laws_of([entry for entry in ENTRIES if entry.compile is None])
def test_every_weight_gets_a_finite_gradient(entry: Entry) -> None:
    model = entry.seeded()
    with GradientTape() as tape:
        loss = loss_of(entry, model)
    assert loss.shape == ()
    for weight, gradient in zip(model.trainable_weights, tape.gradient(loss, model.trainable_weights), strict=True):
        assert gradient is not None, weight.path
        assert gradient.shape == weight.shape
        assert np.isfinite(gradient.numpy()).all(), weight.path


@every_entry
def test_training_lowers_the_loss(entry: Entry) -> None:
    model = entry.compiled(entry.seeded())
    before = [weight.numpy() for weight in model.trainable_weights]
    history = train(entry, model, 12)
    assert all(np.isfinite(weight.numpy()).all() for weight in model.weights)
    moved = [not np.array_equal(old, new.numpy()) for old, new in zip(before, model.trainable_weights, strict=True)]
    assert np.mean(moved) > 0.6, "the others have gradients that are zero on this data"
    if entry.compile is None:
        assert np.mean(history[-2:]) < 0.95 * history[0]


@every_entry
def test_fit_builds_what_was_never_called(entry: Entry) -> None:
    model = entry.compiled(entry.make())
    train(entry, model, 2)
    twin = entry.seeded()
    assert [weight.path for weight in model.weights] == [weight.path for weight in twin.weights]
    assert entry.compile is not None or len(model.optimizer.variables) > len(model.trainable_weights)


@laws_of([entry for entry in ENTRIES if entry.compile is None])
def test_tape_loop_lowers_the_loss(entry: Entry) -> None:
    model, optimizer = entry.seeded(), optimizers.Adam(entry.learning_rate)
    history = [train_by_hand(entry, model, optimizer) for _ in range(12)]
    assert np.mean(history[-2:]) < 0.95 * history[0]


@laws_of([entry for entry in ENTRIES if entry.fits])
def test_predict_equals_the_call(entry: Entry) -> None:
    model = entry.seeded()
    state = state_of(model)
    expected = run(entry, model)
    predicted = model.predict(entry.inputs().args[0], batch_size=1000, verbose=0)
    assert_close(predicted, expected)  # a program: equal to rounding
    give_state(model, state)


# -- it can be copied -------------------------------------------------------------------------------------------------


def via_clone(model: Any, path: Path) -> Any:
    return clone_model(model)


def via_config(model: Any, path: Path) -> Any:
    return type(model).from_config(model.get_config())


def via_json(model: Any, path: Path) -> Any:
    return model_from_json(model.to_json())


def via_file(model: Any, path: Path) -> Any:
    model.save(path / "model.hybrid")
    return load_model(path / "model.hybrid")


def via_pickle(model: Any, path: Path) -> Any:
    return pickle.loads(pickle.dumps(model))


def via_deepcopy(model: Any, path: Path) -> Any:
    return copy.deepcopy(model)


ROUND_TRIPS = [via_clone, via_config, via_json, via_file, via_pickle, via_deepcopy]
WITH_VALUES = [via_file, via_pickle, via_deepcopy]


@pytest.fixture(autouse=True)
def known_classes(request: Any) -> Iterator[None]:
    """None of the classes is registered: whoever loads a model says what the names in it mean."""
    entry = getattr(request.node, "callspec", None) and request.node.callspec.params.get("entry")
    with custom_object_scope({} if entry is None else entry.custom_objects):
        yield


@every_entry
@pytest.mark.parametrize("copied", ROUND_TRIPS, ids=lambda function: function.__name__)
def test_round_trip_is_exact(entry: Entry, copied: Any, tmp_path: Path) -> None:
    model = entry.seeded()
    original = run(entry, model)
    for number, weight in enumerate(model.weights):
        weight.assign(weight.numpy() + 0.01 * (number + 1))
    expected, state = run(entry, model), state_of(model)
    twin = copied(model, tmp_path)
    assert type(twin) is type(model)
    if copied not in WITH_VALUES:
        entry.built(twin)
        give_state(twin, state)
    assert_equal(run(entry, twin), expected)
    assert_equal(run(entry, twin, training=True), run(entry, model, training=True))
    assert describe(twin) == describe(model)
    assert twin.to_json() == model.to_json()
    assert not {id(weight) for weight in twin.weights} & {id(weight) for weight in model.weights}
    for weight in twin.weights:
        weight.assign(weight.numpy() * 0)
    assert_equal(run(entry, model), expected)
    pairs = zip(tree.flatten(original), tree.flatten(expected), strict=True)
    assert not all(a.tobytes() == b.tobytes() for a, b in pairs)


@every_entry
def test_clone_of_a_model_that_is_not_built_is_another_such_model(entry: Entry) -> None:
    model = entry.make()
    twin = clone_model(model)
    assert type(twin) is type(model) and twin is not model
    assert describe(twin) == describe(model)


@every_entry
@pytest.mark.parametrize("copied", WITH_VALUES, ids=lambda function: function.__name__)
def test_training_goes_on_in_a_copy(entry: Entry, copied: Any, tmp_path: Path) -> None:
    model = entry.compiled(entry.seeded())
    train(entry, model, 2)
    twin = copied(model, tmp_path)
    assert_equal(state_of(twin), state_of(model))
    losses_here, losses_there = train(entry, model, 2), train(entry, twin, 2)
    assert losses_there == losses_here
    assert_equal(state_of(twin), state_of(model))


@every_entry
def test_weights_go_through_a_file_into_a_new_model(entry: Entry, tmp_path: Path) -> None:
    model, other = entry.seeded(), entry.seeded()
    for number, weight in enumerate(model.weights):
        weight.assign(weight.numpy() + 0.01 * (number + 1))
    model.save_weights(tmp_path / "model.hybrid")
    other.load_weights(tmp_path / "model.hybrid")
    assert_equal(run(entry, other), run(entry, model))


_IN_ANOTHER_PROCESS = """
import sys
from tests.imperative.collection import ENTRIES
for entry in reversed(ENTRIES):
    entry.seeded().save(f"{sys.argv[1]}/{entry.name}.hybrid")
"""


def test_models_saved_by_another_process_are_the_same(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    root = Path(hybrid.__file__).parent.parent
    subprocess.run([sys.executable, "-c", _IN_ANOTHER_PROCESS, str(tmp_path)], check=True, cwd=root, env=environment)
    for entry in ENTRIES:
        model = entry.seeded()
        loaded = load_model(tmp_path / f"{entry.name}.hybrid", custom_objects=entry.custom_objects)
        assert loaded.to_json() == model.to_json(), entry.name
        assert_equal(run(entry, loaded), run(entry, model))


@every_entry
def test_model_dies_with_its_last_reference(entry: Entry) -> None:
    gc.collect()
    gc.disable()
    try:
        model = entry.compiled(entry.seeded())
        train(entry, model, 1)
        dying = [weakref.ref(layer) for layer in walk(model)]
        del model
        assert [reference() for reference in dying if reference() is not None] == []
    finally:
        gc.enable()


# -- it can be nested -------------------------------------------------------------------------------------------------


@every_entry
def test_inside_a_subclass_equals_eager(entry: Entry) -> None:
    model = entry.seeded()
    wrapper = Wrapper(model)
    for training in (False, True):
        expected = run(entry, model, training=training)
        assert_equal(run(entry, model, wrapper, training=training), expected)
    assert {id(weight) for weight in wrapper.weights} == {id(weight) for weight in model.weights}


@laws_of([entry for entry in ENTRIES if entry.has_one_input])
def test_inside_a_sequential_equals_eager(entry: Entry) -> None:
    model = entry.seeded()
    stack = Sequential([model])
    for training in (False, True):
        expected = run(entry, model, training=training)
        assert_equal(run(entry, model, stack, training=training), expected)


@laws_of([entry for entry in ENTRIES if entry.has_one_input and (entry.recordable or entry.states_output)])
def test_inside_a_sequential_with_an_input_equals_eager(entry: Entry) -> None:
    model, (x,) = entry.seeded(), arrays(entry)
    stack = Sequential([Input(x.shape[1:], dtype=x.dtype.name), model])
    for training in (False, True):
        expected = run(entry, model, training=training)
        assert_equal(run(entry, model, stack, training=training), expected)


@every_symbolic
def test_inside_a_functional_model_equals_eager(entry: Entry) -> None:
    model = entry.seeded()
    args, kwargs, flat = placeholders(entry)
    outer = Model(flat, model(*args, **kwargs))
    for training in (False, True):
        expected = run(entry, model, training=training)
        found = run(entry, model, lambda *a, training, **k: outer(arrays(entry), training=training), training=training)
        assert_equal(found, expected)


@every_recordable
def test_model_recorded_before_it_is_built_equals_eager(entry: Entry) -> None:
    seeded, model = entry.seeded(), entry.make()
    args, kwargs, flat = placeholders(entry)
    model(*args, **kwargs, training=True)
    outer = Model(flat, model(*args, **kwargs))
    assert list(variable_paths(model)) == list(variable_paths(seeded))
    give_state(model, state_of(seeded))
    found = run(entry, model, lambda *a, training, **k: outer(arrays(entry), training=training))
    assert_equal(found, run(entry, seeded))


@every_symbolic
def test_promised_specs_are_what_comes(entry: Entry) -> None:
    model = entry.seeded()
    args, kwargs, _ = placeholders(entry)
    promised = model(*args, **kwargs)
    args, kwargs = entry.inputs()
    outputs = model(*args, **kwargs)
    tree.assert_same_structure(promised, outputs)
    for spec, output in zip(tree.flatten(promised), tree.flatten(outputs), strict=True):
        assert spec.spec.accepts(output.spec)
        assert spec.shape[0] is None, "the batch axis stays open"


@every_symbolic
def test_recording_has_no_side_effects(entry: Entry) -> None:
    model = entry.seeded()
    before, described, config = state_of(model), describe(model), model.to_json()
    for training in (False, True):
        args, kwargs, _ = placeholders(entry)
        model(*args, **kwargs, training=training)
    assert_equal(state_of(model), before)
    assert describe(model) == described
    assert model.to_json() == config


@every_symbolic
def test_gradients_of_a_recorded_call_equal_eager(entry: Entry) -> None:
    model = entry.seeded()
    args, kwargs, flat = placeholders(entry)
    outer = Model(flat, model(*args, **kwargs))

    def gradients(call: Any) -> list[Any]:
        state = state_of(model)
        with GradientTape() as tape:
            total = sum(np.sum(output * output) for output in tree.flatten(call()))
        found = tape.gradient(total, model.trainable_weights)
        give_state(model, state)
        return found

    args, kwargs = entry.inputs()
    eager, recorded = gradients(lambda: model(*args, **kwargs)), gradients(lambda: outer(arrays(entry)))
    for weight, one, other in zip(model.trainable_weights, eager, recorded, strict=True):
        assert (one is None) == (other is None), weight.path
        if one is not None:
            np.testing.assert_array_equal(one, other, err_msg=weight.path)


# -- what asks for values ---------------------------------------------------------------------------------------------


@laws_of([entry for entry in VALUE_DEPENDENT if arrays(entry) and not entry.states_output])
def test_model_that_asks_for_values_refuses_placeholders(entry: Entry) -> None:
    model = entry.seeded()
    described = describe(model)
    args, kwargs, _ = placeholders(entry)
    with pytest.raises(PlaceholderError):
        model(*args, **kwargs)
    assert describe(model) == described


# -- the collection itself --------------------------------------------------------------------------------------------


def test_collection_is_large_and_its_names_are_unique() -> None:
    assert len(ENTRIES) >= 34
    assert len(VALUE_DEPENDENT) >= 4
    names = [entry.name for entry in ENTRIES]
    assert len(set(names)) == len(names)
    assert {entry.name for entry in RECORDABLE} | {entry.name for entry in VALUE_DEPENDENT} == set(names)
