"""Operations on tensors, with the names and arguments of `keras.ops`.

Each takes concrete and symbolic tensors, Variables, arrays and numbers alike.
"""

from . import (
    arithmetic,
    bitwise,
    conversion,
    creation,
    einstein,
    exponential,
    finiteness,
    indexing,
    linear,
    matrices,
    numpy_table,
    reduction,
    rounding,
    running,
    selection,
    sequences,
    shaping,
    sorting,
    statistics,
    tiling,
    trigonometry,
)
from .arithmetic import *  # noqa: F403
from .bitwise import *  # noqa: F403
from .conversion import *  # noqa: F403
from .creation import *  # noqa: F403
from .einstein import *  # noqa: F403
from .exponential import *  # noqa: F403
from .finiteness import *  # noqa: F403
from .linear import *  # noqa: F403
from .matrices import *  # noqa: F403
from .reduction import *  # noqa: F403
from .rounding import *  # noqa: F403
from .running import *  # noqa: F403
from .selection import *  # noqa: F403
from .sequences import *  # noqa: F403
from .shaping import *  # noqa: F403
from .sorting import *  # noqa: F403
from .statistics import *  # noqa: F403
from .tiling import *  # noqa: F403
from .trigonometry import *  # noqa: F403

__all__ = [
    *arithmetic.__all__,
    *bitwise.__all__,
    *conversion.__all__,
    *creation.__all__,
    *einstein.__all__,
    *exponential.__all__,
    *finiteness.__all__,
    *indexing.__all__,
    *linear.__all__,
    *matrices.__all__,
    *numpy_table.__all__,
    *reduction.__all__,
    *rounding.__all__,
    *running.__all__,
    *selection.__all__,
    *sequences.__all__,
    *shaping.__all__,
    *sorting.__all__,
    *statistics.__all__,
    *tiling.__all__,
    *trigonometry.__all__,
]
