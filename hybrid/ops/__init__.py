"""Operations on tensors, with the names and arguments of `keras.ops`.

Each takes concrete and symbolic tensors, Variables, arrays and numbers alike.
"""

from .arithmetic import *  # noqa: F403
from .conversion import *  # noqa: F403
from .creation import *  # noqa: F403
from .linear import *  # noqa: F403
from .reduction import *  # noqa: F403
from .shaping import *  # noqa: F403
from . import indexing  # noqa: F401
from .convolution import *  # noqa: F403
from .activation import *  # noqa: F403
from .normalization import *  # noqa: F403
from .pooling import *  # noqa: F403
from .shrinkage import *  # noqa: F403
from . import image  # noqa: F401
from .attention import *  # noqa: F403
from .crossentropy import *  # noqa: F403
from .encoding import *  # noqa: F403
from .gathering import *  # noqa: F403
from .slicing import *  # noqa: F403
