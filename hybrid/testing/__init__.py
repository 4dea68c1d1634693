"""The laws that hold for every layer, to be checked on one's own."""

from .cases import LayerCase
from .gradients import check_gradients
from .layer_laws import (
    LAYER_LAWS,
    check_arrays_and_placeholders_refused_alike,
    check_compute_output_shape,
    check_config,
    check_copies,
    check_layer,
    check_recording_changes_nothing,
    check_specs,
    check_styles,
)
from .masks import check_masks

__all__ = [
    "LAYER_LAWS",
    "LayerCase",
    "check_arrays_and_placeholders_refused_alike",
    "check_compute_output_shape",
    "check_config",
    "check_copies",
    "check_gradients",
    "check_layer",
    "check_masks",
    "check_recording_changes_nothing",
    "check_specs",
    "check_styles",
]
