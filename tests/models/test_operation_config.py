"""Models whose graphs hold more than layers: control flow, draws, own derivatives, gradients through layers."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import layers, models, ops, random, saving
from hybrid.errors import LoadError, SerializationError

DATA = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)


@saving.register_keras_serializable("operation_config")
@hybrid.custom_gradient
def sevenfold(x: Any) -> Any:
    return x * x, lambda upstream: upstream * 7.0


def _input_gradient(x: Any) -> Any:
    dense = layers.Dense(3)
    return x + hybrid.grad(lambda t: ops.sum(dense(t) ** 2))(x)


def _kernel_gradient(x: Any) -> Any:
    dense = layers.Dense(3)
    with hybrid.GradientTape() as tape:
        y = ops.sum(dense(x) ** 2)
    return x + tape.gradient(y, dense.kernel)[0]


def _layer_in_a_branch(x: Any) -> Any:
    dense = layers.Dense(3)
    return ops.cond(ops.sum(x) > 9, lambda: x, lambda: dense(x))


RECORDED: dict[str, Callable[[Any], Any]] = {
    "cond": lambda x: ops.cond(ops.sum(x) > 0, lambda: x * 2, lambda: x - 1),
    "switch": lambda x: ops.switch(ops.cast(ops.sum(x), "int32"), [lambda t: t, lambda t: -t], x),
    "scan": lambda x: ops.scan(lambda c, t: (c + t, c * t), ops.zeros((3,)), x, reverse=True)[1],
    "map": lambda x: ops.map(lambda t: ops.cond(ops.sum(t) > 0, lambda: t * 2, lambda: -t), x),
    "vectorized_map": lambda x: ops.vectorized_map(lambda t: t[::2] + np.ones(2, "float32"), x),
    "fori_loop": lambda x: ops.fori_loop(0, 3, lambda i, c: c * 2 + ops.cast(i, "float32"), x),
    "while_loop": lambda x: ops.while_loop(lambda c: ops.sum(c * c) < 99, lambda c: (c * 2,), (x,))[0],
    "layer in a branch": _layer_in_a_branch,
    "draw": lambda x: x + random.normal(ops.shape(x), seed=5),
    "custom_gradient": sevenfold,
    "custom_gradient in a map": lambda x: ops.map(sevenfold, x),
    "gradient of custom_gradient": lambda x: hybrid.grad(lambda t: ops.sum(sevenfold(t)))(x),
    "gradient of an input": _input_gradient,
    "gradient of a kernel": _kernel_gradient,
}


def _again(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config())


def _twins(model: Any, folder: Path) -> dict[str, Any]:
    model.save(folder / "model.hybrid")
    return {
        "config": hybrid.Model.from_config(model.get_config()),
        "json": models.model_from_json(model.to_json()),
        "saved": models.load_model(folder / "model.hybrid"),
        "clone": models.clone_model(model),
        "clone by function": models.clone_model(model, clone_function=_again),
        "pickle": pickle.loads(pickle.dumps(model)),
        "deepcopy": copy.deepcopy(model),
    }


@pytest.mark.parametrize("name", RECORDED)
def test_what_stands_among_layers_survives_every_round_trip(name: str, tmp_path: Path) -> None:
    x = hybrid.Input((3,))
    model = hybrid.Model(x, RECORDED[name](x))
    expected = model(DATA).numpy()
    for way, twin in _twins(model, tmp_path).items():
        if not model.weights:
            assert twin.to_json() == model.to_json(), way
        if way in ("saved", "pickle", "deepcopy"):
            np.testing.assert_array_equal(twin(DATA).numpy(), expected, err_msg=way)
        twin.set_weights([weight + 1 for weight in model.get_weights()])
        np.testing.assert_array_equal(model(DATA).numpy(), expected, err_msg=way)
        twin.set_weights(model.get_weights())
        np.testing.assert_array_equal(twin(DATA).numpy(), expected, err_msg=way)


def test_draws_share_their_generator_after_a_round_trip() -> None:
    generator, x = random.SeedGenerator(3), hybrid.Input((3,))
    drawn = random.normal(ops.shape(x), seed=generator) * random.uniform(ops.shape(x), seed=generator)
    model = hybrid.Model(x, x + drawn)
    twin = models.model_from_json(model.to_json())
    np.testing.assert_array_equal(twin(DATA).numpy(), model(DATA).numpy())
    np.testing.assert_array_equal(twin(DATA).numpy(), model(DATA).numpy())


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m)), models.clone_model])
def test_a_copied_draw_without_seed_follows_the_global_seed(copied: Callable[[Any], Any]) -> None:
    x = hybrid.Input((3,))
    model = hybrid.Model(x, x + random.normal(ops.shape(x)))
    twin = copied(model)
    results = []
    for each in (model, twin):
        hybrid.utils.set_random_seed(4)
        results.append(each(DATA).numpy())
    np.testing.assert_array_equal(*results)


def test_a_custom_gradient_holds_inside_recorded_control_flow() -> None:
    x = hybrid.Input((3,))
    for y in (ops.map(sevenfold, x), ops.cond(ops.sum(x) > -99, lambda: sevenfold(x), lambda: x)):
        model = hybrid.Model(x, y)
        slope = hybrid.grad(lambda t, model=model: ops.sum(model(t)))(DATA)
        np.testing.assert_array_equal(slope.numpy(), np.full_like(DATA, 7))


def test_an_unregistered_custom_gradient_is_refused_when_saved_and_cloned_in_memory() -> None:
    @hybrid.custom_gradient
    def own(x: Any) -> Any:
        return x * 1.0, lambda upstream: upstream

    x = hybrid.Input((3,))
    model = hybrid.Model(x, own(x))
    with pytest.raises(SerializationError, match=r"'own' cannot be saved(.|\n)*register_keras_serializable"):
        model.get_config()
    np.testing.assert_array_equal(models.clone_model(model)(DATA).numpy(), DATA)


def test_unknown_control_flow_is_refused() -> None:
    x = hybrid.Input((3,))
    model = hybrid.Model(x, ops.cond(ops.sum(x) > 0, lambda: x, lambda: -x))
    text = model.to_json().replace('"name": "cond", "options"', '"name": "bond", "options"')
    with pytest.raises(LoadError, match="no control flow named 'bond'"):
        models.model_from_json(text)


def test_a_weight_that_the_graph_uses_beside_its_layer_stays_the_layers(tmp_path: Path) -> None:
    tokens = hybrid.Input((4,), dtype="int32")
    embedding = layers.Embedding(5, 3)
    model = hybrid.Model(tokens, ops.einsum("bth,vh->btv", embedding(tokens), embedding.embeddings))
    data = np.arange(8).reshape(2, 4) % 5
    for way, twin in _twins(model, tmp_path).items():
        assert len(twin.weights) == len(model.weights) == 1, way
        twin.set_weights(model.get_weights())
        np.testing.assert_array_equal(twin(data).numpy(), model(data).numpy(), err_msg=way)


def _lent_kernel(x: Any) -> Any:
    dense = layers.Dense(3)
    dense.build((None, 3))
    return dense(ops.matmul(x, dense.kernel))


def _lent_after_another_layer(x: Any) -> Any:
    norm = layers.LayerNormalization()
    norm.build((None, 3))
    return norm(layers.Dense(3)(x) * norm.gamma)


def _lent_by_a_nested_model(x: Any) -> Any:
    start, dense = hybrid.Input((3,)), layers.Dense(3)
    inner = hybrid.Model(start, dense(start))
    return inner(ops.matmul(x, dense.kernel))


@pytest.mark.parametrize("record", [_lent_kernel, _lent_after_another_layer, _lent_by_a_nested_model])
def test_a_weight_may_feed_the_first_call_of_its_own_layer(record: Any, tmp_path: Path) -> None:
    x = hybrid.Input((3,))
    model = hybrid.Model(x, record(x))
    for way, twin in _twins(model, tmp_path).items():
        assert len(twin.weights) == len(model.weights), way
        twin.set_weights(model.get_weights())
        np.testing.assert_array_equal(twin(DATA).numpy(), model(DATA).numpy(), err_msg=way)


def test_generator_that_a_graph_draws_from_is_state_of_the_model(tmp_path: Path) -> None:
    generator = hybrid.random.SeedGenerator(3)
    x = hybrid.Input((2,))
    model = hybrid.Model(x, x + hybrid.random.normal(hybrid.ops.shape(x), seed=generator))
    assert [id(variable) for variable in model.variables] == [id(generator.state)] and model.weights == []
    zeros = np.zeros((4, 2), "float32")
    model(zeros)
    model.save(tmp_path / "m.hybrid")
    loaded = hybrid.models.load_model(tmp_path / "m.hybrid")
    np.testing.assert_array_equal(loaded(zeros), model(zeros))


def test_global_generator_belongs_to_no_model() -> None:
    x = hybrid.Input((2,))
    assert hybrid.Model(x, x + hybrid.random.normal(hybrid.ops.shape(x))).variables == []
