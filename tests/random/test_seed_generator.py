"""Seeds: repeatable, explicit, and untouched by recording."""

from __future__ import annotations

import copy
import pickle
import random as python_random
import threading
from typing import Any

import numpy as np
import pytest

from hybrid import TensorSpec, ops, random, utils
from hybrid.core.graph import Graph
from hybrid.core.node import placeholder
from hybrid.core.trace import trace
from hybrid.errors import ConfigError
from hybrid.random import SeedGenerator


def draws(generator: Any, count: int = 3) -> list[Any]:
    return [random.normal((4,), seed=generator).tolist() for _ in range(count)]


def test_generator_repeats_with_its_seed_and_differs_from_draw_to_draw() -> None:
    first = draws(SeedGenerator(7))
    assert first == draws(SeedGenerator(7)) and first != draws(SeedGenerator(8))
    assert len({tuple(values) for values in first}) == 3


def test_int_seed_gives_the_same_values_each_call() -> None:
    assert random.uniform((3,), seed=5).tolist() == random.uniform((3,), seed=5).tolist()
    assert random.uniform((3,), seed=5).tolist() != random.uniform((3,), seed=6).tolist()


def test_next_returns_the_state_and_moves_the_counter() -> None:
    generator = SeedGenerator(7)
    assert [generator.next().tolist() for _ in range(2)] == [[7, 0], [7, 1]]
    assert generator.state.tolist() == [7, 2] and not generator.state.trainable
    assert generator.state.dtype == np.uint32


def test_global_seed_makes_everything_repeatable() -> None:
    def everything() -> list[Any]:
        utils.set_random_seed(3)
        return [*draws(None), draws(SeedGenerator()), python_random.random(), np.random.random()]  # noqa: NPY002

    assert everything() == everything()


def test_generators_without_a_seed_differ() -> None:
    assert draws(SeedGenerator()) != draws(SeedGenerator())


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "a", True])
def test_illegal_seed_is_refused(seed: Any) -> None:
    with pytest.raises(ConfigError, match="seed must be an int"):
        SeedGenerator(seed)


def test_recording_moves_no_counter_and_replay_draws_afresh() -> None:
    generator = SeedGenerator(7)
    x = placeholder(TensorSpec((None, 3)))
    outputs = [
        random.dropout(x, 0.5, seed=generator),
        random.normal((ops.shape(x)[0], 2), seed=generator),
        random.shuffle(x, seed=generator),
        random.categorical(x, 4, seed=generator),
    ]
    assert generator.state.tolist() == [7, 0]
    graph = Graph([x], outputs)
    value = np.arange(30, dtype="float32").reshape(10, 3)
    first, second = graph.replay([value]), graph.replay([value])
    assert generator.state.tolist() == [7, 8]
    assert all(not np.array_equal(a.numpy(), b.numpy()) for a, b in zip(first[:3], second[:3], strict=True))


def test_draws_in_a_trace_are_steps_on_the_state() -> None:
    generator = SeedGenerator(7)
    expected = draws(generator)
    state = generator.state.tolist()
    generator.reset(7)
    with trace() as current:
        recorded = [random.normal((4,), seed=generator) for _ in range(3)]
        ((variable, update),) = list(current.updates)
    assert variable is generator.state and generator.state.tolist() == [7, 0]
    graph = Graph([], [*recorded, update])
    for _ in range(2):
        *found, new = graph.replay([])
        assert [values.tolist() for values in found] == expected and new.tolist() == state
    assert generator.state.tolist() == [7, 0]


def test_recorded_loop_draws_as_the_eager_one() -> None:
    generator = SeedGenerator(7)

    def step(carry: Any, x: Any) -> Any:
        return carry + random.dropout(x, 0.5, seed=generator), None

    xs, start = np.ones((5, 3), "float32"), np.zeros(3, "float32")
    expected = ops.scan(step, start, xs)[0].tolist()
    assert generator.state.tolist() == [7, 5]
    generator.reset(7)
    s = placeholder(TensorSpec((None, 3)))
    graph = Graph([s], [ops.scan(step, start, s)[0]])
    assert generator.state.tolist() == [7, 0]
    assert graph.replay([xs])[0].tolist() == expected and generator.state.tolist() == [7, 5]


def test_config_makes_an_equal_generator() -> None:
    generator = SeedGenerator(7, name="noise")
    assert generator.get_config() == {"seed": 7, "name": "noise"}
    assert draws(SeedGenerator.from_config(generator.get_config())) == draws(generator)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))], ids=["deepcopy", "pickle"])
def test_copies_go_on_from_the_same_state_by_themselves(copied: Any) -> None:
    generator = SeedGenerator(7)
    generator.next()
    twin = copied(generator)
    assert draws(twin) == draws(generator) and twin.state is not generator.state


def test_threads_with_generators_of_their_own_do_not_disturb_each_other() -> None:
    expected = [draws(SeedGenerator(seed), 50) for seed in range(4)]
    found: dict[int, Any] = {}
    threads = [
        threading.Thread(target=lambda seed=seed: found.update({seed: draws(SeedGenerator(seed), 50)}))
        for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[seed] for seed in range(4)] == expected


def test_threads_never_take_the_same_state_of_a_shared_generator() -> None:
    generator, taken = SeedGenerator(7), []
    threads = [
        threading.Thread(target=lambda: taken.extend(tuple(generator.next().tolist()) for _ in range(200)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(taken)) == 800
