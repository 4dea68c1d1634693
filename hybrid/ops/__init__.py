"""Operations on tensors, with the names and arguments of `keras.ops`.

Each takes concrete and symbolic tensors, Variables, arrays and numbers alike.
"""

from .arithmetic import *  # noqa: F403
from .control_flow import *  # noqa: F403
from .conversion import *  # noqa: F403
from .creation import *  # noqa: F403
from .linear import *  # noqa: F403
from .loops import *  # noqa: F403
from .reduction import *  # noqa: F403
from .shaping import *  # noqa: F403
from . import indexing  # noqa: F401
