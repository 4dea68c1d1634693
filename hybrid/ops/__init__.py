"""Operations on tensors, with the names and arguments of `keras.ops`.

Each takes concrete and symbolic tensors, Variables, arrays and numbers alike. Floor 5; `ops.image` is a namespace of
its own.
"""

from . import (
    activation,
    affine_convolution,  # noqa: F401 - enters its primitive in the registry
    arithmetic,
    attention,
    bitwise,
    control_flow,
    conversion,
    convolution,
    creation,
    crossentropy,
    einstein,
    encoding,
    exponential,
    finiteness,
    gathering,
    gru,
    image,
    indexing,
    linear,
    loops,
    lstm,
    matrices,
    missing,
    normalization,
    numpy_table,
    pooled_convolution,  # noqa: F401 - enters its primitive in the registry
    pooling,
    reduction,
    rounding,
    running,
    selection,
    sequences,
    shaping,
    shrinkage,
    simple_rnn,
    slicing,
    sorting,
    statistics,
    tiling,
    trigonometry,
)
from .activation import *  # noqa: F403
from .arithmetic import *  # noqa: F403
from .attention import *  # noqa: F403
from .bitwise import *  # noqa: F403
from .control_flow import *  # noqa: F403
from .conversion import *  # noqa: F403
from .convolution import *  # noqa: F403
from .creation import *  # noqa: F403
from .crossentropy import *  # noqa: F403
from .einstein import *  # noqa: F403
from .encoding import *  # noqa: F403
from .exponential import *  # noqa: F403
from .finiteness import *  # noqa: F403
from .gathering import *  # noqa: F403
from .linear import *  # noqa: F403
from .loops import *  # noqa: F403
from .matrices import *  # noqa: F403
from .missing import *  # noqa: F403
from .normalization import *  # noqa: F403
from .pooling import *  # noqa: F403
from .reduction import *  # noqa: F403
from .rounding import *  # noqa: F403
from .running import *  # noqa: F403
from .selection import *  # noqa: F403
from .sequences import *  # noqa: F403
from .shaping import *  # noqa: F403
from .shrinkage import *  # noqa: F403
from .slicing import *  # noqa: F403
from .sorting import *  # noqa: F403
from .statistics import *  # noqa: F403
from .tiling import *  # noqa: F403
from .trigonometry import *  # noqa: F403

__all__ = [
    *activation.__all__,
    *arithmetic.__all__,
    *attention.__all__,
    *bitwise.__all__,
    *control_flow.__all__,
    *conversion.__all__,
    *convolution.__all__,
    *creation.__all__,
    *crossentropy.__all__,
    *einstein.__all__,
    *encoding.__all__,
    *exponential.__all__,
    *finiteness.__all__,
    *gathering.__all__,
    *gru.__all__,
    *indexing.__all__,
    *linear.__all__,
    *loops.__all__,
    *lstm.__all__,
    *matrices.__all__,
    *missing.__all__,
    *normalization.__all__,
    *numpy_table.__all__,
    *pooling.__all__,
    *reduction.__all__,
    *rounding.__all__,
    *running.__all__,
    *selection.__all__,
    *sequences.__all__,
    *shaping.__all__,
    *shrinkage.__all__,
    *simple_rnn.__all__,
    *slicing.__all__,
    *sorting.__all__,
    *statistics.__all__,
    *tiling.__all__,
    *trigonometry.__all__,
    "image",
]
