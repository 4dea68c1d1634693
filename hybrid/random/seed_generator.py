"""Seeds: `SeedGenerator`, the global one, and draws as steps on a seed state.

Floor 5.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from ..configurable import Configurable, deserialize_keras_object, serialize_keras_object
from ..core.context import SCOPE
from ..core.door import apply, convert
from ..core.operators import OPERATORS
from ..core.primitive import Composite, Primitive, primitive_named
from ..core.random import STATE, default_seed, give_defaults_again, note_defaults, seed_defaults
from ..core.tensor import Tensor, wrap
from ..core.variable import Variable
from ..errors import ConfigError
from ..registry import register_builtin

__all__ = ["SeedGenerator", "draw", "note_global_generator", "seed_global_generator"]

_LIMIT = 2**32
_STEP = np.array([0, 1], "uint32")
# One for all generators: holding it costs less than a lock that copies and pickles would have to leave out.
_LOCK = threading.Lock()


@register_builtin
class SeedGenerator:
    """A seed and a count of the draws that were made with it.

    Every draw uses the present state and moves the counter on, so that draws differ, and a generator with the same seed
    repeats them. While recording, nothing moves: the recorded draw takes the next state whenever it is run.

    Args:
        seed: int from 0 to 2³² - 1; chosen at random by default (repeatable after `utils.set_random_seed`).
        name: local name of the generator.

    Variables:
        state: uint32 [2], the seed and the counter, which starts at 0; not trainable.

    Raises:
        ConfigError: if the seed is no int of that range.

    Example:
        >>> a, b = SeedGenerator(1), SeedGenerator(1)
        >>> hybrid.random.normal(3, seed=a).tolist() == hybrid.random.normal(3, seed=b).tolist()
        True
    """

    def __init__(self, seed: int | None = None, name: str | None = None):
        self.seed = None if seed is None else checked_seed(seed)
        self.name = name or "seed_generator"
        start = np.array([default_seed() if self.seed is None else self.seed, 0], "uint32")
        self.state = Variable(start, trainable=False, name="seed_generator_state")
        self._draws: dict[str, Draw] = {}

    # Whether it belongs to the process rather than to whoever holds it.
    is_global = False

    def next(self, ordered: bool = True) -> Any:
        """Return the present state, uint32 [2], and move the counter on.

        Args:
            ordered: accepted for Keras's sake.
        """
        scope = SCOPE.get()
        if scope.trace is None and scope.state is None:
            with _LOCK:
                present = self.state._tensor._value
                self.state._set_array(present + _STEP)
            return wrap(present)
        symbolic = self.state.value
        self.state.assign(OPERATORS["add"](symbolic, _STEP))
        return symbolic

    def reset(self, seed: int) -> None:
        """Start again, from another seed or the same."""
        self.seed = checked_seed(seed)
        self.state.assign(np.array([self.seed, 0], "uint32"))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor as plain data."""
        return {"seed": self.seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """Make a generator of what `get_config` returned; its counter starts at 0."""
        return cls(**config)

    def draw_of(self, primitive: Primitive) -> Draw:
        """Return the operation that draws with this generator."""
        found = self._draws.get(primitive.name)
        if found is None:
            found = self._draws[primitive.name] = Draw(primitive, self)
        return found

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_draws": {}}

    def __repr__(self) -> str:
        return f"<SeedGenerator {self.name}, seed {self.seed}>"


class Draw(Configurable, Composite):
    """A draw from a generator: takes its next state whenever it is run.

    Args:
        primitive: function of a seed state and the arguments.
        generator: whose state is taken.
    """

    differentiable = False

    def __init__(self, primitive: Primitive, generator: SeedGenerator):
        self.name = primitive.name
        self.primitive = primitive
        self.generator = generator

    def get_config(self) -> dict[str, Any]:
        """Return the primitive's name and the generator as plain data, `None` for the global generator."""
        generator = None if self.generator is _GLOBAL else serialize_keras_object(self.generator)
        return {"primitive": self.name, "generator": generator}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Draw:
        """Return the draw of what `get_config` returned."""
        generator = deserialize_keras_object(config["generator"])
        return (_GLOBAL if generator is None else generator).draw_of(primitive_named(config["primitive"]))

    @property
    def variables(self) -> list[Variable]:
        """The state of the generator."""
        return [self.generator.state]

    def infer(self, *specs: Any, **params: Any) -> Any:
        """Return what the primitive gives."""
        return self.primitive.infer(STATE, *specs, **params)

    def run(self, *arguments: Any, **params: Any) -> Any:
        """Take the next state and draw with it."""
        return apply(self.primitive, self.generator.next(), *arguments, **params)


def checked_seed(seed: Any) -> int:
    """Return a seed as an int.

    Raises:
        ConfigError: if it is none, or too large.
    """
    if isinstance(seed, (bool, np.bool_)) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < _LIMIT:
        raise ConfigError(
            f"A seed must be an int from 0 to 2**32 - 1 or a SeedGenerator, not {seed!r}.",
            fix="pass such an int (the same values at each call), a SeedGenerator (new values at each), or None",
        )
    return int(seed)


class _GlobalSeedGenerator(SeedGenerator):
    """The generator of the process: a copy, or what was pickled, is the global generator again."""

    is_global = True

    def __reduce__(self) -> tuple[Any, ...]:
        return _global_generator, ()


_GLOBAL = _GlobalSeedGenerator(name="global_seed_generator")


def _global_generator() -> SeedGenerator:
    return _GLOBAL


def seed_global_generator(seed: int) -> None:
    """Make everything that is drawn without a seed of its own repeatable from now on."""
    seed = checked_seed(seed)
    seed_defaults(seed)
    _GLOBAL.reset(seed)


def note_global_generator() -> Callable[[], None]:
    """Return a function that takes back all draws without a seed of their own that are made from now on."""
    defaults, seed, tensor = note_defaults(), _GLOBAL.seed, _GLOBAL.state._tensor

    def take_back() -> None:
        give_defaults_again(defaults)
        _GLOBAL.seed, _GLOBAL.state._tensor = seed, tensor

    return take_back


def draw(primitive: Primitive, seed: Any, *arguments: Any, **params: Any) -> Any:
    """Draw with a seed.

    Args:
        primitive: function of a seed state and the arguments.
        seed: `None` for the global generator, an int for the same values at each call, a SeedGenerator, or a state
            that `taken` returned.
        *arguments: tensors and symbolic sizes.
        **params: static parameters.

    Raises:
        ConfigError: if the seed is something else.
    """
    if isinstance(seed, Tensor):
        return apply(primitive, seed, *arguments, **params)
    if seed is None:
        return apply(_GLOBAL.draw_of(primitive), *arguments, **params)
    if isinstance(seed, SeedGenerator):
        return apply(seed.draw_of(primitive), *arguments, **params)
    return apply(primitive, taken(seed), *arguments, **params)


def taken(seed: Any) -> Any:
    """Take from a seed what one draw needs, so that it can be made later, whatever is drawn in between.

    Raises:
        ConfigError: if the seed is none.

    Example:
        >>> generator = SeedGenerator(1)
        >>> first = taken(generator)
        >>> later = hybrid.random.normal(3, seed=generator)
        >>> hybrid.random.normal(3, seed=first).tolist() == hybrid.random.normal(3, seed=1).tolist()
        True
    """
    if seed is None or isinstance(seed, SeedGenerator):
        return (_GLOBAL if seed is None else seed).next()
    return wrap(np.array([checked_seed(seed), 0], "uint32"))


def tensor_or_number(value: Any) -> Any:
    """Return a parameter of a distribution as a number or a tensor."""
    if type(value) in (int, float) or hasattr(value, "spec"):
        return value
    return convert(value)
