"""Models that the laws of pictures are tried on: those of the contracts, and some whose shape is hard to draw."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from hybrid import Input, Model, Sequential, layers, ops
from hybrid.models.diagrams import Diagram, diagram_of
from tests.contracts.model_samples import SAMPLES, seeded

NASTY = "<script>alert(\"1\")</script> & 'x' \\n #35; ]]> 層".replace("/", "")


def residual(blocks: int = 2) -> Model:
    x = image = Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", name="stem")(x)
    for number in range(blocks):
        y = layers.Conv2D(4, 3, padding="same", name=f"first_{number}")(x)
        y = layers.Conv2D(4, 3, padding="same", name=f"second_{number}")(y)
        x = layers.Add(name=f"add_{number}")([x, y])
    return Model(image, x, name="residual")


def inception() -> Model:
    x = Input((8, 8, 3), name="image")
    branches = [x]
    for length in range(1, 4):
        y = x
        for number in range(length):
            y = layers.Conv2D(4, 1, name=f"conv_{length}_{number}")(y)
        branches.append(y)
    return Model(x, layers.Concatenate(name="join")(branches), name="inception")


def nested() -> Model:
    def block(name: str, inner: Any = None) -> Model:
        x = Input((8,), name="in")
        y = layers.Dense(8, name="first")(x)
        y = y if inner is None else inner(y)
        return Model(x, layers.Add(name="add")([x, layers.Dense(8, name="last")(y)]), name=name)

    x = Input((8,), name="x")
    y = block("outer", block("inner"))(x)
    return Model(
        x, Sequential([layers.Dense(4, name="s1"), layers.Dense(2, name="s2")], name="stack")(y), name="nested"
    )


def siamese() -> Model:
    left, right = Input((4,), name="left"), Input((4,), name="right")
    tower = Sequential([layers.Dense(3), layers.Dense(3)], name="tower")
    return Model([left, right], ops.sum(tower(left) * tower(right), axis=-1), name="siamese")


def states() -> Model:
    x = Input((5, 8), name="x")
    y, h, c = layers.LSTM(4, return_state=True, name="lstm")(x)
    return Model(x, {"a": layers.Dense(2)(y), "b": h + c}, name="states")


def swapped() -> Model:
    """A model whose nested model gets a dict in another order than its inputs stand."""
    a, b = Input((2,), name="b_first"), Input((3,), name="a_second")
    inner = Model([a, b], [layers.Dense(1, name="of_two")(a), layers.Dense(1, name="of_three")(b)], name="inner")
    two, three = Input((2,), name="two"), Input((3,), name="three")
    first, second = inner({"a_second": three, "b_first": two})
    return Model([two, three], [first, layers.Dense(1, name="after")(second)], name="swapped")


def through() -> Model:
    """A model with nested ones that give what they take."""
    x = Input((4,), name="x")
    one, two = Input((4,), name="one"), Input((4,), name="two")
    crossed = Model([one, two], [two, one], name="crossed")
    a, b = crossed([x, layers.Dense(4, name="d")(x)])
    a, b = crossed([a, b])
    return Model(x, a - b, name="through")


def named() -> Model:
    x = Input((4,), name=NASTY)
    y = layers.Dense(3, name="層" * 30)(x)
    y = layers.Dense(3, name="a_very_long_name_that_no_box_can_hold_in_one_line_of_text_at_all")(y)
    return Model(x, layers.Dense(3, name="W" * 50)(y), name=NASTY)


class Kept(layers.Layer):
    """A block that calculates with the mask its input carries, and gives it, too."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.dense = layers.Dense(4)

    def call(self, x: Any, mask: Any = None) -> Any:
        return self.dense(x) * ops.cast(mask[..., None], "float32"), mask


def masked() -> Model:
    tokens = Input((3,), dtype="int32", name="tokens")
    first, mask = Kept(name="first")(layers.Embedding(5, 4, mask_zero=True, name="embedding")(tokens))
    return Model(tokens, [*Kept(name="second")(first), mask], name="masked")


_OWN = [residual, inception, nested, siamese, states, swapped, through, named, masked]
MODELS: dict[str, Callable[[], Model]] = {make.__name__: make for make in _OWN}
MODELS.update({name: lambda name=name: seeded(name) for name in SAMPLES})


@cache
def model_named(name: str) -> Model:
    return MODELS[name]()


@cache
def diagram_named(name: str) -> Diagram:
    return diagram_of(model_named(name))
