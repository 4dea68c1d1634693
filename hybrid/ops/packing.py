"""Several tensors as one vector, and back: what optimizers record, so that one pass of a rule serves many variables.

Floor 5. Not public: users concatenate and reshape.
"""

from __future__ import annotations

from typing import Any

from ..core.column import packed, places_of, unpacked
from ..core.door import apply
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, size_of
from .definition import floats

__all__: list[str] = []


def _infer_pack(*xs: Any) -> TensorSpec:
    sizes = [size_of(x.shape) for x in xs]
    return TensorSpec.of((None if None in sizes else sum(sizes),), xs[0].dtype)  # type: ignore[arg-type]


def _compute_unpack(flat: Any, *like: Any) -> Any:
    return tuple(unpacked(flat, [x.shape for x in like], places_of([x.size for x in like])))


def _pull_back_unpack(index: int, g: Any, y: Any, flat: Any, *like: Any) -> Any:
    return pack(g) if index == 0 else None


PACK: Primitive = Primitive(
    "pack",
    lambda *arrays: packed(arrays),
    _infer_pack,
    lambda index, g, y, *xs: unpack(g, xs)[index],
    samples=lambda rng: [
        ((floats(rng, 2, 3), floats(rng), floats(rng, 4)), {}),
        ((floats(rng, 2), floats(rng, 0, 3)), {}),
    ],
)
UNPACK: Primitive = Primitive(
    "unpack",
    _compute_unpack,
    lambda flat, *like: tuple(TensorSpec.of(x.shape, flat.dtype) for x in like),
    _pull_back_unpack,
    samples=lambda rng: [((floats(rng, 8), floats(rng, 2, 3), floats(rng), floats(rng, 1)), {})],
)


def pack(xs: Any) -> Any:
    """Return tensors of one dtype as one vector.

    Example:
        >>> pack([np.ones((2, 2)), np.zeros(1)]).shape
        (5,)
    """
    return apply(PACK, *xs)


def unpack(flat: Any, like: Any) -> Any:
    """Return the parts of a vector in the shapes of other tensors.

    Example:
        >>> [part.shape for part in unpack(np.zeros(5), [np.ones((2, 2)), np.ones(1)])]
        [(2, 2), (1,)]
    """
    return apply(UNPACK, flat, *like)
