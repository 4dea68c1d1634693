"""What the collection lists of a model: how to make it, what to call it on, how to train it. And the data for that."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

import hybrid
from hybrid import Model, losses, tree

CROSSENTROPY = losses.SparseCategoricalCrossentropy(from_logits=True)
BINARY_CROSSENTROPY = losses.BinaryCrossentropy(from_logits=True)


class Arguments(NamedTuple):
    """The arguments of one call."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One imperative model.

    Attributes:
        name: of the entry, unique in the collection.
        make: returns a new model that is not built yet.
        example: arguments of a call; the first axis of every array is the batch.
        targets: what the outputs are trained to be, in their structure; none where the model brings its own loss.
        loss: as `compile` takes it; `None` where the model brings its own.
        recordable: whether `call` can be recorded: it never asks for a value.
        states_output: whether a model that cannot be recorded says what comes out, and so may sit in a graph.
        stochastic: whether a call that does not train draws random numbers.
        learning_rate: at which some steps of Adam lower the loss.
    """

    name: str
    make: Callable[[], Model]
    example: Arguments
    targets: Any = None
    loss: Any = "mse"
    recordable: bool = True
    states_output: bool = False
    stochastic: bool = False
    learning_rate: float = 0.01
    compile: Callable[[Any], None] | None = field(default=None)

    def inputs(self) -> Arguments:
        """Return the arguments of a call, in arrays of the caller's own."""
        return tree.map_structure(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, self.example)

    def seeded(self) -> Any:
        """Make the model and build it; its weights are the same every time, in any process."""
        hybrid.utils.set_random_seed(7)
        return self.built(self.make())

    def built(self, model: Any) -> Any:
        """Build a model by its first calls, and return it: some layers are only called in training."""
        for training in (False, True):
            args, kwargs = self.inputs()
            model(*args, **kwargs, training=training)
        return model

    def compiled(self, model: Any) -> Any:
        """Compile a model of this entry, and return it."""
        if self.compile is not None:
            self.compile(model)
        else:
            model.compile(optimizer=hybrid.optimizers.Adam(self.learning_rate), loss=self.loss)
        return model

    @property
    def fits(self) -> bool:
        """Whether the model is called with one structure of arrays, as `fit` calls it."""
        args, kwargs = self.example
        return len(args) == 1 and not kwargs and all(isinstance(leaf, np.ndarray) for leaf in tree.flatten(args))

    @property
    def has_one_input(self) -> bool:
        """Whether the model is called with one tensor only, so that it can stand in a Sequential."""
        return self.fits and isinstance(self.example.args[0], np.ndarray)

    @property
    def custom_objects(self) -> dict[str, type]:
        """The classes of the entry's file by name: what loading needs, since none of them is registered."""
        module = sys.modules[self.make.__module__]
        found = {
            name: value for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__
        }
        classes = {name: value for name, value in found.items() if isinstance(value, type)}
        inner = [vars(value).items() for value in classes.values()]
        return classes | {name: value for items in inner for name, value in items if isinstance(value, type)}


def collector(entries: list[Entry]) -> Callable[..., Callable[[Callable[[], Model]], Callable[[], Model]]]:
    """Return a decorator that lists functions that make a model: `@entry(*args, targets=…, loss=…, kwargs={…})`."""

    def entry(*args: Any, kwargs: dict[str, Any] | None = None, **options: Any) -> Any:
        def register(make: Callable[[], Model]) -> Callable[[], Model]:
            entries.append(Entry(make.__name__, make, Arguments(args, kwargs or {}), **options))
            return make

        return register

    return entry


# -- data -------------------------------------------------------------------------------------------------------------


def real(*shape: int, phase: float = 0.0) -> np.ndarray[Any, Any]:
    """Return different numbers of both signs; equal arguments give equal arrays."""
    size = int(np.prod(shape))
    return np.sin(1.7 * np.arange(1, size + 1) + phase).astype("float32").reshape(shape)


def classes(count: int, *shape: int) -> np.ndarray[Any, Any]:
    """Return class numbers below `count`, or tokens of a vocabulary of that size."""
    size = int(np.prod(shape))
    return (np.arange(size) * 7 // 3 % count).astype("int32").reshape(shape)


def padded(lengths: list[int], width: int) -> np.ndarray[Any, Any]:
    """Return the mask of sequences of these lengths: true where there is something."""
    return np.arange(width) < np.array(lengths)[:, None]
