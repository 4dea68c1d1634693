"""Every style of model in every other, three deep: weights, paths, freezing, looking inside, copies.

The three levels are each a Sequential, a functional or a subclassed model; the variants say what else is in them.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import hybrid
from hybrid import Functional, GradientTape, Input, Model, Sequential, layers, ops, optimizers
from hybrid.layers.base.tracking import walk
from hybrid.models import clone_model, extract, load_model, model_from_json, to_functional
from hybrid.models.recording import graph_of
from hybrid.models.summary import rows_of
from hybrid.saving import register_keras_serializable
from hybrid.saving.paths import variable_paths
from tests.comparing import assert_equal, describe, values
from tests.contracts.model_samples import MaskedMean, PositiveMask, Residual, Scale, array
from tests.looking_inside import captured_calls, check_rows, path_of

STYLES = ("sequential", "functional", "subclassed")
serializable = register_keras_serializable("mixing")


class Variant(NamedTuple):
    """What the levels of a model hold besides the level below, and what the outermost is called on.

    Attributes:
        wrap: `(style, inner) -> model`, the next level around a part.
        core: makes the innermost part.
        inputs: `style of the outermost -> arrays`.
    """

    wrap: Callable[[str, Any], Model]
    core: Callable[[], Any]
    inputs: Callable[[str], Any]


def one_input(style: str) -> Any:
    return array(5, 4)


# -- plain ------------------------------------------------------------------------------------------------------------


def plain(style: str, inner: Any) -> Model:
    if style == "sequential":
        return Sequential([layers.Dense(4), inner, layers.Dense(4)])
    if style == "subclassed":
        return Residual(inner)
    x = Input((4,))
    hidden = layers.Dense(4)(x)
    return Model(x, inner(hidden) + inner(x) * 0.5)


# -- masks ------------------------------------------------------------------------------------------------------------


@serializable
class KeepReal(layers.Layer):
    """Uses the mask, and hands it on."""

    supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        return inputs * 3 if mask is None else ops.where(mask[..., None], inputs, 0.5)


@serializable
class Masked(Model):
    """Hands a mask on, and uses it explicitly as well."""

    def __init__(self, inner: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.keep, self.inner, self.mean = KeepReal(), inner, MaskedMean()

    def call(self, inputs: Any, mask: Any = None) -> Any:
        hidden = self.inner(self.keep(inputs) + 1)
        return hidden + self.mean(hidden, mask=mask)[:, None]


def with_masks(style: str, inner: Any) -> Model:
    if style == "sequential":
        return Sequential([PositiveMask(), layers.Dense(4), inner, KeepReal()])
    if style == "subclassed":
        return Masked(inner)
    x = Input((3, 4))
    hidden = inner(layers.Dense(4)(PositiveMask()(x)))
    return Model(x, KeepReal()(hidden) + MaskedMean()(hidden)[:, None])


# -- what depends on training -----------------------------------------------------------------------------------------


@serializable
class Trained(Model):
    """Hands `training` on, and branches on it."""

    def __init__(self, inner: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.norm, self.drop, self.inner = layers.BatchNormalization(), layers.Dropout(0.4, seed=3), inner

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        hidden = self.inner(self.drop(self.norm(inputs, training=training), training=training), training=training)
        return hidden * 2 if training else hidden + 1


def with_training(style: str, inner: Any) -> Model:
    if style == "sequential":
        return Sequential(
            [layers.Dropout(0.3, seed=1), layers.BatchNormalization(), inner, layers.Dropout(0.3, seed=2)]
        )
    if style == "subclassed":
        return Trained(inner)
    x = Input((4,))
    hidden = layers.BatchNormalization()(layers.Dropout(0.2, seed=4)(x))
    return Model(x, inner(hidden) + layers.BatchNormalization()(hidden, training=False))


# -- several inputs ---------------------------------------------------------------------------------------------------


@serializable
class Joined(Model):
    """Takes two arguments, one of them by keyword."""

    def __init__(self, inner: Any, takes: str, **kwargs: Any):
        super().__init__(**kwargs)
        self.inner, self.takes, self.first, self.second = inner, takes, layers.Dense(4), layers.Dense(4)

    def call(self, left: Any, *, right: Any) -> Any:
        left, right = self.first(left), self.second(right)
        return left + give(self.inner, self.takes, left, right)


def give(inner: Any, takes: str, left: Any, right: Any) -> Any:
    """Call a part with two tensors, in the way it takes them."""
    if takes == "list":
        return inner([left, right])
    return inner(left, right=right) if takes == "keyword" else inner(left * right)


TAKES = {"Functional": "list", "Joined": "keyword"}


def with_several_inputs(style: str, inner: Any) -> Model:
    takes = TAKES.get(type(inner).__name__, "one")
    if style == "subclassed":
        return Joined(inner, takes)
    if style == "functional":
        left, right = Input((4,), name="left"), Input((4,), name="right")
        return Model([left, right], give(inner, takes, layers.Dense(4)(left), right))
    if takes == "one":
        return Sequential([layers.Dense(4), inner])
    x = Input((4,))
    return Sequential([layers.Dense(4), Model(x, give(inner, takes, x, layers.Dense(4)(x)))])


def two_inputs(style: str) -> Any:
    return {"sequential": array(5, 4), "functional": [array(5, 4), array(5, 4)[::-1]]}.get(style, Both())


class Both:
    """The arguments of a call that takes one of two by keyword."""

    args = (array(5, 4),)
    kwargs = {"right": array(5, 4)[::-1]}


# -- an instance shared by two levels ---------------------------------------------------------------------------------


@serializable
class Sharing(Model):
    """Calls what it is given, and the layer that others call too."""

    def __init__(self, inner: Any, shared: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.inner, self.shared = inner, shared

    def call(self, inputs: Any) -> Any:
        return self.shared(self.inner(self.shared(inputs)))


def with_a_shared_layer(style: str, inner: Any) -> Model:
    shared = next(part for part in walk(inner) if part.name == "shared")
    if style == "sequential":
        return Sequential([layers.Dense(4), inner, shared])
    if style == "subclassed":
        return Sharing(inner, shared)
    x = Input((4,))
    return Model(x, shared(inner(shared(x)) + inner(x)))


# -- children in lists and dicts --------------------------------------------------------------------------------------


@serializable
class Holding(Model):
    """Keeps its parts in lists and dicts, the level below among them, twice."""

    def __init__(self, inner: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.parts = {"blocks": [layers.Dense(4), inner], "norm": (layers.LayerNormalization(),)}
        self.stages = []
        for units in (4, 4):
            self.stages.append({"dense": layers.Dense(units), "again": inner})

    def call(self, inputs: Any) -> Any:
        for block in self.parts["blocks"]:
            inputs = block(inputs)
        for stage in self.stages:
            inputs = inputs + stage["dense"](inputs)
        return self.parts["norm"][0](self.stages[0]["again"](inputs))


def with_containers(style: str, inner: Any) -> Model:
    if style == "subclassed":
        return Holding(inner)
    if style == "sequential":
        return Sequential([Holding(layers.Dense(4)), inner])
    x = Input((4,))
    return Model(x, Holding(inner)(x) + inner(x))


VARIANTS: dict[str, Variant] = {
    "plain": Variant(plain, Scale, one_input),
    "masks": Variant(with_masks, KeepReal, lambda style: array(5, 3, 4)),
    "training": Variant(with_training, Scale, one_input),
    "several_inputs": Variant(with_several_inputs, partial(layers.Dense, 4), two_inputs),
    "shared": Variant(with_a_shared_layer, partial(layers.Dense, 4, name="shared"), one_input),
    "containers": Variant(with_containers, Scale, one_input),
}
CASES = [(variant, *styles) for variant in VARIANTS for styles in product(STYLES, repeat=3)]


class Mixed:
    """One model of the matrix.

    Args:
        case: the variant, and the styles from the outermost level to the innermost.
    """

    def __init__(self, case: tuple[str, str, str, str]):
        name, *styles = case
        self.variant = VARIANTS[name]
        inputs = self.variant.inputs(styles[0])
        self.args, self.kwargs = (inputs.args, inputs.kwargs) if isinstance(inputs, Both) else ((inputs,), {})
        hybrid.utils.set_random_seed(7)
        part = self.variant.core()
        for style in reversed(styles):
            part = self.variant.wrap(style, part)
        self.model = part
        self.call(part)
        for number, weight in enumerate(self.model.trainable_weights):
            weight.assign(weight.numpy() + 0.01 * (number + 1))

    @property
    def levels(self) -> list[Any]:
        """The models, from the outermost on."""
        return [layer for layer in walk(self.model) if isinstance(layer, Model)]

    @property
    def as_one(self) -> Any:
        """The arguments in the one structure that a functional model takes."""
        return {"left": self.args[0], **self.kwargs} if self.kwargs else self.args[0]

    def call(self, model: Any, training: bool = False) -> Any:
        return model(*self.args, **self.kwargs, training=training)

    def results(self, call: Callable[..., Any]) -> list[Any]:
        """Return what a call gives, and what it leaves in the Variables, which are then put back."""
        found = []
        state = state_of(self.model)
        for training in (False, True):
            found.append([values(call(training=training)), state_of(self.model)])
            give_state(self.model, state)
        return found


def state_of(model: Any) -> list[Any]:
    return [variable.numpy() for variable in variable_paths(model).values()]


def give_state(model: Any, state: list[Any]) -> None:
    for variable, value in zip(variable_paths(model).values(), state, strict=True):
        variable.assign(value)


every_case = pytest.mark.parametrize("case", CASES, ids="-".join)


# -- weights ----------------------------------------------------------------------------------------------------------


def documented_order(layer: Any, seen: set[int]) -> list[Any]:
    """List the weights as `Layer.weights` says: own ones first, then depth first those of the children in order."""
    if id(layer) in seen:
        return []
    seen.add(id(layer))
    own = [weight for weight in layer._own_variables if id(weight) not in seen]
    found = sorted(own, key=lambda weight: not weight.born_trainable)
    seen.update(map(id, own))
    children: list[Any] = list(getattr(layer, "layers", layer._layers))
    if not isinstance(layer, (Functional, Sequential)):
        children = []
        waiting = [value for name, value in vars(layer).items() if not name.startswith("_")]
        while waiting:
            value = waiting.pop(0)
            if isinstance(value, layers.Layer):
                children.append(value)
            elif isinstance(value, (list, tuple, dict)):
                waiting[:0] = value.values() if isinstance(value, dict) else value
    return [*found, *(weight for child in children for weight in documented_order(child, seen))]


@every_case
def test_weights_appear_once_in_the_order_of_the_layers(case: Any) -> None:
    mixed = Mixed(case)
    model, weights = mixed.model, mixed.model.weights
    assert len({id(weight) for weight in weights}) == len(weights)
    assert len({weight.path for weight in weights}) == len(weights)
    assert all(weight.path.startswith(f"{model.name}/") for weight in weights)
    assert [id(weight) for weight in weights] == [id(weight) for weight in documented_order(model, set())]
    again = Mixed(case)
    mixed.call(model, training=True)
    model.trainable = False
    to_functional(model, expand=True)
    model.summary(print_fn=lambda line: None)
    assert [weight.path for weight in again.model.weights] == [weight.path for weight in weights]
    assert [id(weight) for weight in model.weights] == [id(weight) for weight in weights]


@every_case
def test_freezing_works_at_every_level(case: Any) -> None:
    mixed = Mixed(case)
    model = mixed.model
    trainable = {id(weight) for weight in model.trainable_weights}
    for part in walk(model):
        part.trainable = False
        frozen = {id(weight) for weight in part.weights}
        assert not part.trainable_weights
        assert {id(weight) for weight in model.trainable_weights} == trainable - frozen
        part.trainable = True
        assert {id(weight) for weight in model.trainable_weights} == trainable


@every_case
def test_a_step_leaves_frozen_weights_alone(case: Any) -> None:
    mixed = Mixed(case)
    model = mixed.model
    inner = mixed.levels[-1]
    inner.trainable = False
    frozen = {id(weight) for weight in inner.weights}
    before = {id(weight): weight.numpy() for weight in model.weights}
    with GradientTape() as tape:
        loss = ops.mean(ops.square(mixed.call(model, training=True) - 1))
    gradients = tape.gradient(loss, model.trainable_weights)
    assert all(gradient is not None for gradient in gradients)
    optimizers.SGD(0.1).apply(gradients, model.trainable_weights)
    moved = [weight for weight in model.weights if not np.array_equal(weight.numpy(), before[id(weight)])]
    assert not [weight.path for weight in moved if id(weight) in frozen and weight.born_trainable]
    assert bool([weight for weight in moved if weight.trainable]) == bool(model.trainable_weights)


# -- looking inside ---------------------------------------------------------------------------------------------------


@every_case
def test_summary_shows_all_of_it(case: Any) -> None:
    model = Mixed(case).model
    rows = rows_of(model, expand_nested=True)
    check_rows(rows, graph_of(model), 0)
    lines: list[str] = []
    model.summary(expand_nested=True, print_fn=lines.append)
    assert f" Total params: {model.count_params():,} (" in "\n".join(lines)


@every_case
def test_features_of_every_call_are_what_it_returned(case: Any) -> None:
    mixed = Mixed(case)
    model = mixed.model
    with captured_calls(model) as calls:
        mixed.call(model)
    assert len(calls) >= 3
    for call in calls:
        features = extract(model, path_of(model, call))
        assert_equal(features(mixed.as_one), call.outputs)


@every_case
def test_flat_functional_form_computes_the_same(case: Any) -> None:
    mixed = Mixed(case)
    flat = to_functional(mixed.model, expand=True)
    assert not any(isinstance(layer, Model) for layer in flat.layers)
    assert {id(weight) for weight in flat.weights} == {id(weight) for weight in mixed.model.weights}
    expected = mixed.results(partial(mixed.call, mixed.model))
    assert_equal(mixed.results(partial(flat, mixed.as_one)), expected)


# -- copies -----------------------------------------------------------------------------------------------------------


def via_config(model: Any, path: Path) -> Any:
    return type(model).from_config(model.get_config())


def via_json(model: Any, path: Path) -> Any:
    return model_from_json(model.to_json())


def via_clone(model: Any, path: Path) -> Any:
    return clone_model(model)


def via_file(model: Any, path: Path) -> Any:
    model.save(path / "model.hybrid")
    return load_model(path / "model.hybrid")


def via_pickle(model: Any, path: Path) -> Any:
    return pickle.loads(pickle.dumps(model))


@every_case
def test_copies_are_exact(case: Any, tmp_path: Path) -> None:
    mixed = Mixed(case)
    model = mixed.model
    expected, described = mixed.results(partial(mixed.call, model)), describe(model)
    for copied in (via_config, via_json, via_clone, via_file, via_pickle):
        twin = copied(model, tmp_path)
        if copied in (via_config, via_json, via_clone):
            mixed.call(twin)
            give_state(twin, state_of(model))
        other = Mixed.__new__(Mixed)
        other.__dict__.update({**mixed.__dict__, "model": twin})
        assert_equal(other.results(partial(mixed.call, twin)), expected)
        assert describe(twin) == described, copied


@every_case
def test_flat_functional_form_can_be_copied(case: Any, tmp_path: Path) -> None:
    mixed = Mixed(case)
    flat = to_functional(mixed.model, expand=True)
    expected = values(flat(mixed.as_one))
    twin = via_file(flat, tmp_path)
    assert type(twin) is Functional
    assert list(variable_paths(twin)) == list(variable_paths(flat))
    assert [type(layer) for layer in twin.layers] == [type(layer) for layer in flat.layers]
    assert_equal(twin(mixed.as_one), expected)
