"""How images are prepared for a network.

Floor 11.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import config
from ..core.door import is_tensor
from ..errors import ConfigError
from ..ops import cast

__all__: list[str] = []


def as_floats(images: Any) -> Any:
    """Return images, an array or a tensor, in the default float type."""
    return cast(images, config.floatx()) if is_tensor(images) else np.asarray(images, config.floatx())


def channel_axis(data_format: str | None) -> int:
    """Return the axis of an image's channels, counted from the end.

    Raises:
        ConfigError: for an unknown data format.
    """
    data_format = config.image_data_format() if data_format is None else data_format
    if data_format not in ("channels_last", "channels_first"):
        raise ConfigError(f"There is no data format {data_format!r}.", fix="use 'channels_last' or 'channels_first'")
    return -1 if data_format == "channels_last" else -3
