"""The mean of the loss over an epoch. Floor 9."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.context import SCOPE
from ..core.tensor import Tensor
from ..metrics import Mean

__all__ = ["add_loss_to_mean"]


def add_loss_to_mean(mean: Mean, loss: Any, count: Any) -> None:
    """Add the loss of a batch to a mean, at the least cost where nothing is recorded.

    Args:
        mean: over the epoch.
        loss: scalar tensor.
        count: how much it counts: the number of samples.
    """
    scope = SCOPE.get()
    if scope.trace is None and scope.state is None and type(loss) is Tensor and type(count) is int:
        # In float64, as the metric itself adds: the same digits for a tenth of the time.
        mean.total._set_array(np.asarray(mean.total._tensor._value + float(loss._value) * count))
        mean.count._set_array(np.asarray(mean.count._tensor._value + float(count)))
    else:
        mean.update_state(loss, sample_weight=count)
