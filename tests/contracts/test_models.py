"""Laws of every model: called in every way it gives the same, and what describes it gives it back.

The models are in `model_samples`.
"""

from __future__ import annotations

import copy
import gc
import json
import os
import pickle
import subprocess
import sys
import weakref
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import GradientTape, Input, Model, Sequential, layers, ops, tree
from hybrid.layers.base.tracking import walk
from hybrid.models import clone_model, load_model, model_from_json
from tests.comparing import assert_equal, describe, placeholders, values
from tests.contracts.model_samples import SAMPLES, Residual, Scale, array, seeded

every_model = pytest.mark.parametrize("name", SAMPLES)


class Wrapper(Model):
    def __init__(self, inner: Any):
        super().__init__()
        self.inner = inner

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs)


# -- one model, every way ---------------------------------------------------------------------------------------------


@every_model
def test_functional_call_equals_eager(name: str) -> None:
    model, inputs = seeded(name), SAMPLES[name].inputs
    x = placeholders(inputs)
    assert_equal(Model(x, model(x))(inputs), model(inputs))


@every_model
def test_inside_a_subclass_equals_eager(name: str) -> None:
    model, inputs = seeded(name), SAMPLES[name].inputs
    expected = values(model(inputs))
    assert_equal(Wrapper(model)(inputs), expected)
    x = placeholders(inputs)
    assert_equal(Model(x, Wrapper(model)(x))(inputs), expected)


@pytest.mark.parametrize("name", [name for name in SAMPLES if not tree.is_nested(SAMPLES[name].inputs)])
def test_inside_a_sequential_equals_eager(name: str) -> None:
    model, inputs = seeded(name), SAMPLES[name].inputs
    assert_equal(Sequential([model])(inputs), model(inputs))
    assert_equal(Sequential([Input(inputs.shape[1:], dtype=inputs.dtype.name), model])(inputs), model(inputs))


@every_model
def test_training_is_the_same_in_every_style(name: str) -> None:
    inputs = SAMPLES[name].inputs
    expected = seeded(name)(inputs, training=True)
    assert_equal(Wrapper(seeded(name))(inputs, training=True), expected)
    model, x = seeded(name), placeholders(inputs)
    assert_equal(Model(x, model(x))(inputs, training=True), expected)
    model = seeded(name)
    assert_equal(Model(x, model(x, training=True))(inputs), expected)


@every_model
def test_symbolic_output_promises_what_comes(name: str) -> None:
    model, inputs = seeded(name), SAMPLES[name].inputs
    promised = model(placeholders(inputs))
    for batch in (1, 2, 3):
        outputs = model(tree.map_structure(lambda x, n=batch: x[:n], inputs))
        fixed = model(placeholders(inputs, batch))
        tree.assert_same_structure(promised, outputs)
        for spec, exact, output in zip(*map(tree.flatten, (promised, fixed, outputs)), strict=True):
            assert spec.spec.accepts(output.spec)
            assert exact.spec.accepts(output.spec)


@every_model
def test_recording_has_no_side_effects(name: str) -> None:
    model, inputs = seeded(name), SAMPLES[name].inputs
    before = [variable.numpy() for variable in model.variables]
    described, config = describe(model), model.to_json()
    x = placeholders(inputs)
    outputs = model(x, training=True)
    assert_equal([variable.numpy() for variable in model.variables], before)
    assert describe(model) == described
    assert model.to_json() == config
    assert tree.flatten(outputs)


# -- round trips ------------------------------------------------------------------------------------------------------


def via_config(model: Any, path: Path) -> Any:
    return _with_weights(type(model).from_config(model.get_config()), model)


def via_json(model: Any, path: Path) -> Any:
    return _with_weights(model_from_json(model.to_json()), model)


def via_clone(model: Any, path: Path) -> Any:
    return _with_weights(clone_model(model), model)


def via_file(model: Any, path: Path) -> Any:
    model.save(path / "model.hybrid")
    return load_model(path / "model.hybrid")


def via_pickle(model: Any, path: Path) -> Any:
    return pickle.loads(pickle.dumps(model))


def via_deepcopy(model: Any, path: Path) -> Any:
    return copy.deepcopy(model)


def _with_weights(twin: Any, model: Any) -> Any:
    """Build a twin that waits for its first input, and give it the weights."""
    if len(twin.weights) != len(model.weights):
        twin(_EXAMPLES[model.__dict__["_sample"]])
    twin.set_weights(model.get_weights())
    return twin


_EXAMPLES = {name: sample.inputs for name, sample in SAMPLES.items()}
ROUND_TRIPS = [via_config, via_json, via_clone, via_file, via_pickle, via_deepcopy]
every_round_trip = pytest.mark.parametrize("copied", ROUND_TRIPS, ids=lambda function: function.__name__)


@pytest.fixture(params=SAMPLES)
def model(request: Any) -> Any:
    made = seeded(request.param)
    object.__setattr__(made, "_sample", request.param)
    return made


@every_round_trip
def test_round_trip_is_exact(model: Any, copied: Any, tmp_path: Path) -> None:
    inputs = _EXAMPLES[model._sample]
    expected = values(model(inputs))
    for number, variable in enumerate(model.weights):
        variable.assign(variable.numpy() + 0.01 * number)
    changed = values(model(inputs))
    twin = copied(model, tmp_path)
    assert type(twin) is type(model)
    assert_equal(twin(inputs), changed)
    assert describe(twin) == describe(model)
    assert twin.to_json() == model.to_json()
    for variable in twin.weights:
        variable.assign(variable.numpy() * 0)
    assert_equal(model(inputs), changed)
    same = [a.tobytes() == b.tobytes() for a, b in zip(tree.flatten(expected), tree.flatten(changed), strict=True)]
    assert all(same) == (not model.weights)


@pytest.mark.parametrize("copied", ROUND_TRIPS[1:], ids=lambda function: function.__name__)
def test_freezing_survives(model: Any, copied: Any, tmp_path: Path) -> None:
    for layer in walk(model)[1::2]:
        layer.trainable = False
    if model.trainable_weights:
        model.trainable_weights[0].trainable = False
    frozen = describe(model)
    assert describe(copied(model, tmp_path)) == frozen
    model.trainable = False
    twin = copied(model, tmp_path)
    assert describe(twin) == describe(model)
    twin.trainable = True
    model.trainable = True
    assert describe(twin) == describe(model)


def test_configuration_keeps_a_frozen_model_frozen(model: Any, tmp_path: Path) -> None:
    model.trainable = False
    assert not via_config(model, tmp_path).trainable_weights


# -- weights ----------------------------------------------------------------------------------------------------------


@every_model
def test_weights_are_listed_once_and_have_paths_of_their_own(name: str) -> None:
    model = seeded(name)
    weights = model.weights
    assert len({id(weight) for weight in weights}) == len(weights)
    paths = [weight.path for weight in weights]
    assert len(set(paths)) == len(paths)
    other = seeded(name)
    assert paths == [weight.path for weight in other.weights]
    assert {id(w) for w in model.trainable_weights} | {id(w) for w in model.non_trainable_weights} == {
        id(weight) for weight in weights
    }
    model(SAMPLES[name].inputs, training=True)
    assert paths == [weight.path for weight in model.weights]


@every_model
def test_every_weight_reacts_to_freezing_and_back(name: str) -> None:
    model = seeded(name)
    trainable = [weight.path for weight in model.trainable_weights]
    model.trainable = False
    assert not model.trainable_weights
    assert len(model.non_trainable_weights) == len(model.weights)
    model.trainable = True
    assert [weight.path for weight in model.trainable_weights] == trainable


@every_model
def test_gradients_flow_to_every_weight_that_matters(name: str) -> None:
    model, inputs = seeded(name), SAMPLES[name].inputs

    def loss() -> Any:
        return sum(ops.sum(output * array(*output.shape)) for output in tree.flatten(model(inputs)))

    with GradientTape() as tape:
        total = loss()
    gradients = tape.gradient(total, model.trainable_weights)
    x = placeholders(inputs)
    recorded = Model(x, model(x))
    with GradientTape() as tape:
        outputs = tree.flatten(recorded(inputs))
        total = sum(ops.sum(output * array(*output.shape)) for output in outputs)
    again = tape.gradient(total, model.trainable_weights)
    for one, other in zip(gradients, again, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_array_equal(one, other)


def test_gradients_through_nested_models_equal_the_flat_computation() -> None:
    hybrid.utils.set_random_seed(3)
    first, second = layers.Dense(4, activation="tanh"), layers.Dense(4)
    x = Input((4,))
    functional = Model(x, second(x))
    nested = Residual(Sequential([Input((4,)), functional, first]))
    data = array(6, 4)
    nested(data)
    before = nested.before
    with GradientTape() as tape:
        loss = ops.sum(nested(data) ** 2)
    gradients = tape.gradient(loss, nested.trainable_weights)
    w, v, u = before.kernel, second.kernel, first.kernel
    with GradientTape() as tape:
        hidden = np.tanh(data @ w + before.bias) @ v + second.bias
        loss = ops.sum((data + 1.0 * np.tanh(hidden @ u + first.bias)) ** 2)
    for one, other in zip(gradients, tape.gradient(loss, nested.trainable_weights), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-6, atol=1e-6)


# -- nothing depends on history ---------------------------------------------------------------------------------------


def contents(path: Path) -> dict[str, bytes]:
    """Return the entries of an archive, the time of saving left out."""
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        assert len({entry.date_time for entry in archive.infolist()}) == 1
    metadata = json.loads(entries["metadata.json"])
    del metadata["date_saved"]
    return {**entries, "metadata.json": json.dumps(metadata).encode()}


@every_model
def test_building_twice_gives_equal_bytes(name: str, tmp_path: Path) -> None:
    first, second = seeded(name), seeded(name)
    assert first.to_json() == second.to_json()
    first.save(tmp_path / "first.hybrid")
    second.save(tmp_path / "second.hybrid")
    assert contents(tmp_path / "first.hybrid") == contents(tmp_path / "second.hybrid")


_IN_ANOTHER_PROCESS = """
import sys
from tests.comparing import assert_equal, describe, placeholders, values
from tests.contracts.model_samples import SAMPLES, seeded
for name in reversed(SAMPLES):
    seeded(name).save(f"{sys.argv[1]}/{name}.hybrid")
"""


def test_another_process_gives_equal_bytes(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    root = Path(hybrid.__file__).parent.parent
    command = [sys.executable, "-c", _IN_ANOTHER_PROCESS, str(tmp_path)]
    subprocess.run(command, check=True, cwd=root, env=environment, timeout=120)
    for name, sample in SAMPLES.items():
        path = tmp_path / f"{name}.hybrid"
        here = tmp_path / "here.hybrid"
        seeded(name).save(here)
        assert contents(here) == contents(path), name
        assert_equal(load_model(path)(sample.inputs), seeded(name)(sample.inputs))


# -- linear cost, no growth -------------------------------------------------------------------------------------------


@every_model
def test_model_dies_with_its_last_reference(name: str) -> None:
    gc.collect()
    gc.disable()
    try:
        model = seeded(name)
        dying = [weakref.ref(variable) for variable in model.variables]
        dying += [weakref.ref(node) for layer in walk(model) for node in layer._inbound_nodes]
        dying += [weakref.ref(layer) for layer in walk(model)]
        del model
        assert [reference() for reference in dying if reference() is not None] == []
    finally:
        gc.enable()


def test_building_and_dropping_leaves_memory_flat() -> None:
    def cycle() -> None:
        x = Input((4,))
        inner = Sequential([layers.Dense(3), Scale()])
        model = Model(x, inner(x) + Residual(layers.Dense(4))(x)[:, :3])
        model(array(2, 4))

    for _ in range(50):
        cycle()
    gc.collect()
    # Cheaper than tracemalloc. Counts the blocks of small objects, arrays among them, but not the data of large arrays.
    before = sys.getallocatedblocks()
    for _ in range(1000):
        cycle()
    gc.collect()
    assert sys.getallocatedblocks() - before < 1000


def calls_while(function: Any) -> int:
    """Count the function calls of our package that something makes: a measure of time that is always the same."""
    count = 0
    root = str(Path(hybrid.__file__).parent)

    def profile(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        if event == "call" and frame.f_code.co_filename.startswith(root):
            count += 1

    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def functional_chain(length: int) -> Model:
    x = hidden = Input((2,))
    for _ in range(length):
        hidden = layers.Dense(2)(hidden)
    return Model(x, hidden)


def sequential_chain(length: int) -> Model:
    return Sequential([Input((2,)), *(layers.Dense(2) for _ in range(length))])


@pytest.mark.parametrize("make", [functional_chain, sequential_chain])
def test_cost_is_linear(make: Any, tmp_path: Path) -> None:
    def work(length: int) -> list[int]:
        model = make(length)
        return [
            calls_while(lambda: make(length)),
            calls_while(lambda: clone_model(model)),
            calls_while(lambda: model.save(tmp_path / "chain.hybrid")),
            calls_while(lambda: load_model(tmp_path / "chain.hybrid")),
            calls_while(lambda: model(array(1, 2))),
            calls_while(lambda: model.summary(print_fn=lambda text: None)),
        ]

    work(10)
    for short, long in zip(work(50), work(200), strict=True):
        assert long < 4.6 * short


def test_a_chain_of_ten_thousand_layers_works(tmp_path: Path) -> None:
    model = functional_chain(10_000)
    twin = clone_model(model)
    assert len(twin.layers) == 10_001
    model.save(tmp_path / "chain.hybrid")
    loaded = load_model(tmp_path / "chain.hybrid")
    assert_equal(loaded(array(1, 2)), model(array(1, 2)))
    assert_equal(pickle.loads(pickle.dumps(model))(array(1, 2)), model(array(1, 2)))
