"""All cases, by unique name."""

from __future__ import annotations

from .cases_layers import LAYER_CASES
from .cases_losses import LOSS_CASES
from .cases_metrics import METRIC_CASES
from .cases_models import MODEL_CASES
from .cases_more_layers import MORE_LAYER_CASES
from .cases_objects import OBJECT_CASES
from .cases_op_dtypes import OP_DTYPE_CASES
from .cases_op_functions import OP_FUNCTION_CASES
from .cases_op_shapes import OP_SHAPE_CASES
from .cases_ops import OP_CASES
from .cases_optimizers import OPTIMIZER_CASES
from .cases_recurrent import RECURRENT_CASES
from .specification import Case

ALL: tuple[Case, ...] = (
    *LAYER_CASES,
    *MORE_LAYER_CASES,
    *RECURRENT_CASES,
    *OP_CASES,
    *OP_DTYPE_CASES,
    *OP_SHAPE_CASES,
    *OP_FUNCTION_CASES,
    *LOSS_CASES,
    *METRIC_CASES,
    *OPTIMIZER_CASES,
    *OBJECT_CASES,
    *MODEL_CASES,
)

BY_NAME: dict[str, Case] = {case.name: case for case in ALL}

if len(BY_NAME) != len(ALL):
    names = [case.name for case in ALL]
    raise ValueError(
        f"case names must be unique; repeated: {sorted({name for name in names if names.count(name) > 1})}"
    )
