"""Laws of what is recorded of every imperative model: it shows each call, gives each feature, and computes the same."""

from __future__ import annotations

import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hybrid import Functional, Model, tree
from hybrid.errors import NotBuiltError
from hybrid.layers.base.tracking import walk
from hybrid.models import clone_model, extract, load_model, model_from_json, to_functional
from hybrid.models.recording import graph_of
from hybrid.models.summary import rows_of
from tests.comparing import assert_equal, describe, values
from tests.imperative.collection import RECORDABLE
from tests.imperative.entry import Entry
from tests.imperative.test_laws import give_state, known_classes, placeholders, run, state_of
from tests.looking_inside import Call, captured_calls, check_rows, path_below, path_of

__all__ = ["known_classes"]

every_entry = pytest.mark.parametrize("entry", RECORDABLE, ids=lambda entry: entry.name)


def calls_of(entry: Entry, model: Any, training: bool = False) -> list[Call]:
    """Return what every layer below a model returns in an eager run."""
    with captured_calls(model) as found:
        run(entry, model, training=training)
    return found


def as_one(entry: Entry) -> Any:
    """Return the arguments of a call as the one structure that the recorded model takes."""
    args, kwargs = entry.inputs()
    named = {name: value for name, value in kwargs.items() if holds_arrays(value)}
    if named:
        names = entry.make()._call_signature.positional
        return {**dict(zip(names, args, strict=False)), **named}
    return args[0] if len(args) == 1 else list(args)


def holds_arrays(value: Any) -> bool:
    return any(isinstance(leaf, np.ndarray) for leaf in tree.flatten(value))


def run_one(entry: Entry, model: Any, function: Any, training: bool = False) -> Any:
    """Call what was made of a model, and put the state back."""
    return run(entry, model, lambda *args, training, **kwargs: function(as_one(entry), training=training), training)


# -- features of inner layers -----------------------------------------------------------------------------------------


@every_entry
def test_features_of_every_call_are_what_it_returned(entry: Entry) -> None:
    model = entry.seeded()
    for call in calls_of(entry, model):
        features = extract(model, path_of(model, call))
        assert_equal(run_one(entry, model, features), call.outputs)


@every_entry
def test_model_of_an_inner_output_is_what_it_returned(entry: Entry) -> None:
    model = entry.seeded()
    calls = calls_of(entry, model)
    times = {id(call.chain[-1][0]): 0 for call in calls}
    for call in calls:
        times[id(call.chain[-1][0])] += 1
    for call in calls:
        if times[id(call.chain[-1][0])] > 1:
            continue
        path = path_below(model, call.chain[-1][0]) or ""
        features = Model(model.input, model.get_layer(path).output)
        assert_equal(run_one(entry, model, features), call.outputs)


# -- one functional model ---------------------------------------------------------------------------------------------


def built_on_placeholders(entry: Entry) -> Any:
    """Make a model as `seeded` does; its layers were built for any batch size, as those of a copy are."""
    model = entry.make()
    for training in (False, True):
        args, kwargs, _ = placeholders(entry)
        model(*args, **kwargs, training=training)
    give_state(model, state_of(entry.seeded()))
    return model


@every_entry
@pytest.mark.parametrize("expand", [False, True], ids=["whole", "expanded"])
def test_functional_form_computes_the_same(entry: Entry, expand: bool) -> None:
    model = entry.seeded()
    functional = to_functional(model, expand=expand)
    assert type(functional) is Functional
    for training in (False, True):
        state = state_of(model)
        args, kwargs = entry.inputs()
        expected = values(model(*args, **kwargs, training=training))
        losses, after = values(model.losses), state_of(model)
        give_state(model, state)
        found = values(functional(as_one(entry), training=training))
        assert_equal(found, expected)
        assert_equal(sorted(values(functional.losses)), sorted(losses))
        assert_equal(state_of(model), after)
        give_state(model, state)


@every_entry
@pytest.mark.parametrize("expand", [False, True], ids=["whole", "expanded"])
def test_functional_form_has_the_same_weights(entry: Entry, expand: bool) -> None:
    model = entry.seeded()
    functional = to_functional(model, expand=expand)
    assert {id(w) for w in functional.weights} == {id(w) for w in model.weights}
    assert {id(w) for w in functional.trainable_weights} == {id(w) for w in model.trainable_weights}
    if expand:
        nodes = graph_of(functional).graph.nodes
        assert not any(isinstance(node.operation, Model) for node in nodes)


def via_config(model: Any, path: Path) -> Any:
    return Functional.from_config(model.get_config())


def via_json(model: Any, path: Path) -> Any:
    return model_from_json(model.to_json())


def via_clone(model: Any, path: Path) -> Any:
    return clone_model(model)


def via_file(model: Any, path: Path) -> Any:
    model.save(path / "model.hybrid")
    return load_model(path / "model.hybrid")


def via_pickle(model: Any, path: Path) -> Any:
    return pickle.loads(pickle.dumps(model))


ROUND_TRIPS = [via_config, via_json, via_clone, via_file, via_pickle]


def results_of(entry: Entry, model: Any, state: list[Any]) -> list[Any]:
    """Call a model both ways from the same state: outputs, losses, and what it assigned."""
    results = []
    for training in (False, True):
        give_state(model, state)
        outputs = values(model(as_one(entry), training=training))
        results.append([outputs, values(model.losses), state_of(model)])
    give_state(model, state)
    return results


@every_entry
@pytest.mark.parametrize("expand", [False, True], ids=["whole", "expanded"])
def test_functional_form_round_trips(entry: Entry, expand: bool, tmp_path: Path) -> None:
    functional = to_functional(built_on_placeholders(entry), expand=expand)
    state, described, json = state_of(functional), describe(functional), functional.to_json()
    expected = results_of(entry, functional, state)
    for copied in ROUND_TRIPS:
        twin = copied(functional, tmp_path)
        assert_equal(results_of(entry, twin, state), expected)
        if copied is not via_config:  # says nothing of an input's `trainable`, which means nothing
            assert describe(twin) == described, copied
            assert twin.to_json() == json, copied


# -- what is shown ----------------------------------------------------------------------------------------------------


@every_entry
def test_recorded_specs_are_those_of_compute_output_spec(entry: Entry) -> None:
    model = entry.seeded()
    args, kwargs, _ = placeholders(entry)
    promised = model.compute_output_spec(*args, **kwargs)
    tree.assert_same_structure(promised, model.output)
    for one, other in zip(tree.flatten(promised), tree.flatten(model.output), strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)


@every_entry
def test_summary_shows_each_connection(entry: Entry) -> None:
    model = entry.seeded()
    graph = graph_of(model)
    rows = rows_of(model, expand_nested=True)
    # What is called inside a loop has no call in a graph.
    assert all("?" not in row.shape for row in rows if not row.kind.endswith("Cell"))
    check_rows(rows, graph, 0)
    lines: list[str] = []
    model.summary(expand_nested=True, show_trainable=True, line_length=1000, print_fn=lines.append)
    text = "\n".join(lines)
    for row in rows:
        assert f"{row.name} ({row.kind})" in text
        assert row.connected_to in text or "Connected to" not in text
    for label, weights in [
        ("Total", model.weights),
        ("Trainable", model.trainable_weights),
        ("Non-trainable", model.non_trainable_weights),
    ]:
        assert f" {label} params: {sum(weight.numpy().size for weight in weights):,} (" in text


# -- without side effects ---------------------------------------------------------------------------------------------


def looked_at(model: Any) -> None:
    """Ask for all that is recorded."""
    _ = model.inputs, model.outputs, model.input_shape, model.output_shape
    model.summary(expand_nested=True, show_trainable=True, print_fn=lambda line: None)
    to_functional(model)
    to_functional(model, expand=True)
    extract(model, "")
    for layer in walk(model)[1:]:
        with suppress(NotBuiltError):  # ambiguous, or called inside a loop
            _ = layer.input, layer.output


@every_entry
def test_looking_inside_changes_nothing(entry: Entry) -> None:
    model = entry.seeded()
    expected = run(entry, model, training=True)
    state, described, config, pickled = state_of(model), describe(model), model.to_json(), len(pickle.dumps(model))
    attributes = [(id(layer), list(vars(layer))) for layer in walk(model)]
    looked_at(model)
    assert_equal(state_of(model), state)
    assert describe(model) == described
    assert model.to_json() == config
    assert abs(len(pickle.dumps(model)) - pickled) <= 0
    ignored = {"_recordings"}
    assert [(id(layer), [n for n in vars(layer) if n not in ignored]) for layer in walk(model)] == [
        (identity, [n for n in names if n not in ignored]) for identity, names in attributes
    ]
    assert_equal(run(entry, model, training=True), expected)
