"""What a layer owns is found in its attributes, however nested, and whenever it was put there."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Input, Layer, Model, Sequential, Variable, layers
from hybrid.errors import ConfigError, NotBuiltError, UntrackedLayerError, WeightMismatchError
from hybrid.layers.base.tracking import walk


class Holder(Layer):
    def call(self, inputs: Any) -> Any:
        return inputs


DATA = np.ones((2, 3), "float32")


def dense(**options: Any) -> Any:
    layer = layers.Dense(3, **options)
    layer.build((None, 3))
    return layer


@pytest.mark.parametrize(
    "hold",
    [
        lambda layer: layer,
        lambda layer: [layer],
        lambda layer: (layer, 1),
        lambda layer: {"key": layer},
        lambda layer: {"key": [{"deep": (layer,)}]},
        lambda layer: [[], [[layer]], None],
    ],
)
def test_layer_in_a_structure_is_found(hold: Any) -> None:
    holder, layer = Holder(), dense()
    holder.anything = hold(layer)
    assert holder._layers == [layer]
    assert layer.path == "holder/dense"
    assert [w.path for w in holder.weights] == ["holder/dense/kernel", "holder/dense/bias"]


def test_what_is_appended_later_is_found() -> None:
    holder = Holder()
    holder.items, holder.table = [], {}
    first, second = dense(), dense()
    holder.items.append(first)
    holder.table["x"] = {"y": second}
    assert len(holder.weights) == 4


def test_layer_that_is_appended_and_called_gets_a_name_of_its_own() -> None:
    class Grows(Model):
        def __init__(self) -> None:
            super().__init__()
            self.blocks: list[Any] = []
            for _ in range(3):
                self.blocks.append(layers.Dense(3))

        def call(self, inputs: Any) -> Any:
            for block in self.blocks:
                inputs = block(inputs)
            return inputs

    model = Grows()
    model(DATA)
    assert [w.path for w in model.weights[::2]] == [
        "grows/dense/kernel",
        "grows/dense_1/kernel",
        "grows/dense_2/kernel",
    ]


def test_lists_and_dicts_stay_what_they_are() -> None:
    holder = Holder()
    items: list[Any] = [dense()]
    holder.items = items
    assert holder.items is items
    assert type(holder.items) is list


def test_replaced_and_deleted_attributes_are_forgotten() -> None:
    holder = Holder()
    holder.layer = dense()
    holder.layer = replacement = dense()
    assert holder._layers == [replacement]
    del holder.layer
    assert not holder.weights


def test_shared_layer_is_listed_once() -> None:
    holder, layer = Holder(), dense()
    holder.a, holder.b, holder.c = layer, [layer], {"x": layer}
    assert holder._layers == [layer]
    assert len(holder.weights) == 2


def test_cycles_end() -> None:
    first, second = Holder(), Holder()
    first.other, second.other = second, first
    loop: list[Any] = [first]
    loop.append(loop)
    second.loop = loop
    assert walk(first) == [first, second]
    assert first.weights == []
    assert second.path == "holder/holder"


def test_variables_metrics_and_seeds_are_found() -> None:
    holder = Holder()
    holder.scale = Variable(np.ones(2), name="scale")
    holder.more = [Variable(1.0, trainable=False, name="count")]
    holder.metric = hybrid.metrics.Mean(name="seen")
    holder.seed = hybrid.random.SeedGenerator(3)
    assert [v.path for v in holder.weights] == ["holder/scale", "holder/count"]
    assert holder.metrics == [holder.metric]
    assert len(holder.variables) == 2 + len(holder.metric.variables) + 1
    assert [v.name for v in holder.trainable_variables] == ["scale"]


def test_untracked_layer_with_weights_is_refused() -> None:
    lost = dense(name="lost")

    class Careless(Layer):
        def call(self, inputs: Any) -> Any:
            return lost(inputs)

    with pytest.raises(UntrackedLayerError) as error:
        Careless()(DATA)
    for part in ("Dense 'lost'", "'careless'", "test_tracking.py:", "2 weights", "attribute of Careless"):
        assert part in str(error.value)
    with pytest.raises(UntrackedLayerError):
        Careless()(Input((3,)))


def test_layer_made_in_call_is_refused() -> None:
    class Forgetful(Layer):
        def call(self, inputs: Any) -> Any:
            return layers.Dense(3)(inputs)

    with pytest.raises(UntrackedLayerError, match="not trained|trained, counted or saved"):
        Forgetful()(DATA)


def test_attribute_before_super_is_refused_with_the_fix() -> None:
    class Hasty(Layer):
        def __init__(self) -> None:
            self.inner = layers.Dense(2)
            super().__init__()

    with pytest.raises(ConfigError, match=r"(?s)Hasty.__init__ sets 'inner'.*super\(\).__init__"):
        Hasty()


# -- names ------------------------------------------------------------------------------------------------------------


def test_names_depend_on_siblings_only() -> None:
    for _ in range(2):
        model = Sequential([layers.Dense(1), layers.Dense(1, name="mine"), layers.Dense(1), Holder()])
        assert [layer.name for layer in model.layers] == ["dense", "mine", "dense_1", "holder"]


def test_explicit_name_is_kept_and_others_avoid_it() -> None:
    model = Sequential([layers.Dense(1, name="dense_1"), layers.Dense(1), layers.Dense(1)])
    assert [layer.name for layer in model.layers] == ["dense_1", "dense", "dense_2"]


@pytest.mark.parametrize("style", ["sequential", "functional"])
def test_equal_explicit_names_are_refused(style: str) -> None:
    a, b = layers.Dense(3, name="same"), layers.Dense(3, name="same")
    with pytest.raises(ConfigError, match=r"(?s)named 'same'.*another name"):
        if style == "sequential":
            Sequential([a, b])
        else:
            x = Input((3,))
            Model(x, b(a(x)))


def test_equal_names_in_a_subclass_have_different_paths() -> None:
    holder = Holder()
    holder.a, holder.b = dense(name="same"), dense(name="same")
    paths = [w.path for w in holder.weights]
    assert len(set(paths)) == 4


@pytest.mark.parametrize("name", ["", "a/b", 3])
def test_names_that_are_no_names_are_refused(name: Any) -> None:
    with pytest.raises(ConfigError, match="Not a name"):
        layers.Dense(1, name=name)


# -- freezing ---------------------------------------------------------------------------------------------------------


def test_freezing_reaches_everything_below_and_can_be_undone() -> None:
    holder = Holder()
    holder.inner = [dense(), dense()]
    still = Variable(0.0, trainable=False)
    holder.still = still
    holder.trainable = False
    assert not holder.trainable_weights
    assert not holder.inner[0].trainable
    holder.trainable = True
    assert len(holder.trainable_weights) == 4
    assert not still.trainable


def test_layer_can_be_frozen_alone_or_before_it_is_built() -> None:
    model = Sequential([Input((3,)), layers.Dense(3), layers.Dense(3, trainable=False)])
    assert len(model.trainable_weights) == 2
    model.layers[0].trainable = False
    assert not model.trainable_weights
    model.layers[1].trainable = True
    assert [w.path for w in model.trainable_weights] == ["sequential/dense_1/kernel", "sequential/dense_1/bias"]


def test_layer_shared_by_a_frozen_and_an_active_owner_stays_active() -> None:
    shared = dense()
    for order in (0, 1):
        holder, frozen, active = Holder(), Holder(), Holder()
        frozen.layer, active.layer = shared, shared
        holder.items = [frozen, active] if order else [active, frozen]
        frozen.__dict__["_trainable"] = False
        assert len(holder.trainable_weights) == 2


def test_constructor_can_make_a_frozen_layer() -> None:
    holder = Holder(trainable=False)
    holder.inner = dense()
    assert not holder.trainable_weights


# -- values -----------------------------------------------------------------------------------------------------------


def test_set_weights_changes_all_or_nothing() -> None:
    layer = dense()
    before = layer.get_weights()
    for wrong in ([np.zeros((3, 3))], [np.zeros((3, 3)), np.zeros(4)], [np.zeros((3, 3)), np.array(["a", "b", "c"])]):
        with pytest.raises((WeightMismatchError, ValueError, TypeError)):
            layer.set_weights(wrong)
        for old, new in zip(before, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)


def test_get_weights_gives_copies() -> None:
    layer = dense()
    layer.get_weights()[0][:] = 7
    assert not np.any(layer.get_weights()[0] == 7)


def test_weight_mismatch_names_the_weights() -> None:
    with pytest.raises(WeightMismatchError, match=r"(?s)2 weights, but 1 .*dense/kernel, dense/bias"):
        dense().set_weights([np.zeros((3, 3))])
    with pytest.raises(WeightMismatchError, match=r"dense/bias.*\[3\].*\[4\]"):
        dense().set_weights([np.zeros((3, 3)), np.zeros(4)])


def test_counting_needs_weights() -> None:
    assert dense().count_params() == 12
    with pytest.raises(NotBuiltError, match="build"):
        layers.Dense(3).count_params()


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_copies_are_complete_and_separate(built: bool, copied: Any) -> None:
    layer = layers.Dense(3, activation="relu", name="mine")
    if built:
        layer(DATA)
    twin = copied(layer)
    assert twin.name == "mine"
    assert twin.get_config() == layer.get_config()
    assert len(twin.weights) == len(layer.weights) == 2 * built
    if built:
        np.testing.assert_array_equal(twin(DATA), layer(DATA))
        twin.kernel.assign(np.zeros((3, 3)))
        assert np.any(layer.kernel.numpy())
        assert twin.kernel.path == "mine/kernel"
        assert twin.kernel is twin.weights[0]


# -- other values in the place of the Variables' ----------------------------------------------------------------------


def test_stateless_call_uses_and_returns_values() -> None:
    class Counts(Layer):
        def build(self, input_shape: Any) -> None:
            self.factor = self.add_weight(shape=(), initializer="ones", name="factor")
            self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")

        def call(self, inputs: Any) -> Any:
            self.count.assign_add(1.0)
            self.add_loss(hybrid.ops.sum(inputs))
            return inputs * self.factor + self.count

    layer = Counts()
    layer(DATA)
    outputs, updated, losses = layer.stateless_call([3.0], [10.0], DATA, return_losses=True)
    np.testing.assert_array_equal(outputs, DATA * 3 + 11)
    np.testing.assert_array_equal(updated[0], 11)
    assert float(losses[0]) == 6
    assert float(layer.factor) == 1
    assert float(layer.count) == 1


def test_stateless_call_checks_its_values() -> None:
    with pytest.raises(NotBuiltError, match="no variables yet"):
        layers.Dense(2).stateless_call([], [], DATA)
    with pytest.raises(ValueError, match="1 trainable values were given for 2"):
        dense().stateless_call([1.0], [], DATA)


def test_what_is_appended_knows_its_owner_before_any_call() -> None:
    holder = Holder(name="holder")
    holder.blocks = []
    holder.table = {}
    for _ in range(2):
        holder.blocks.append(dense())
    holder.table["scale"] = Variable(1.0, name="scale")
    paths = {weight.path for weight in holder.weights}
    assert paths == {
        "holder/scale",
        *(f"holder/{name}/{w}" for name in ("dense", "dense_1") for w in ("kernel", "bias")),
    }


def test_cell_of_a_loop_is_built_again_from_a_file(tmp_path: Any) -> None:
    class Loop(Model):
        def __init__(self) -> None:
            super().__init__()
            self.cell = layers.LSTMCell(2)

        def call(self, x: Any) -> Any:
            state = [x[:, 0] * 0, x[:, 0] * 0]
            for step in range(x.shape[1]):
                output, state = self.cell(x[:, step], state)
            return output

    model, x = Loop(), np.ones((2, 3, 2), "float32")
    expected = model(x)
    assert model.cell.get_build_config() == {"input_shape": [None, 2]}
    model.save(tmp_path / "loop.hybrid")
    loaded = hybrid.models.load_model(tmp_path / "loop.hybrid", custom_objects={"Loop": Loop})
    np.testing.assert_array_equal(loaded(x), expected)
