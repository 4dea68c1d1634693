"""What may be written for an activation, a loss, a metric …"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from hybrid import activations, constraints, initializers, losses, metrics, regularizers
from hybrid.errors import ConfigError
from hybrid.registry import custom_object_scope, register_keras_serializable

PACKAGES: list[Any] = [activations, constraints, initializers, losses, metrics, regularizers]


@pytest.mark.parametrize(
    ("package", "name", "expected"),
    [
        (activations, "relu", activations.relu),
        (activations, "swish", activations.silu),
        (losses, "mse", losses.mean_squared_error),
        (losses, "MSE", losses.mean_squared_error),
        (losses, "mean_squared_error", losses.mean_squared_error),
        (losses, "hinge", losses.hinge),
        (losses, "kl_divergence", losses.kl_divergence),
    ],
)
def test_name_of_a_function_gives_the_function(package: Any, name: str, expected: Any) -> None:
    assert package.get(name) is expected


@pytest.mark.parametrize(
    ("package", "name", "expected"),
    [
        (initializers, "glorot_uniform", initializers.GlorotUniform),
        (initializers, "GlorotUniform", initializers.GlorotUniform),
        (initializers, "normal", initializers.RandomNormal),
        (initializers, "IdentityInitializer", initializers.Identity),
        (regularizers, "l1_l2", regularizers.L1L2),
        (regularizers, "l2", regularizers.L2),
        (constraints, "max_norm", constraints.MaxNorm),
        (losses, "MeanSquaredError", losses.MeanSquaredError),
        (losses, "Hinge", losses.Hinge),
        (metrics, "mse", metrics.MeanSquaredError),
        (metrics, "acc", metrics.Accuracy),
        (metrics, "accuracy", metrics.Accuracy),
        (metrics, "binary_accuracy", metrics.BinaryAccuracy),
        (metrics, "sparse_categorical_crossentropy", metrics.SparseCategoricalCrossentropy),
        (metrics, "auc", metrics.AUC),
        (metrics, "f1_score", metrics.F1Score),
    ],
)
def test_name_of_a_class_gives_an_instance(package: Any, name: str, expected: type) -> None:
    assert type(package.get(name)) is expected


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_functions_and_instances_are_returned_as_they_are(package: Any) -> None:
    def mine(*arguments: Any) -> Any:
        return arguments

    assert package.get(mine) is mine


@pytest.mark.parametrize("package", PACKAGES[1:], ids=lambda package: package.__name__)
def test_none_is_none(package: Any) -> None:
    assert package.get(None) is None


def test_no_activation_is_linear() -> None:
    assert activations.get(None) is activations.linear


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
@pytest.mark.parametrize("wrong", [3, {"a": 1}, [1, 2]], ids=str)
def test_what_is_no_identifier_is_refused(package: Any, wrong: Any) -> None:
    with pytest.raises(ConfigError, match="(?i)not (a|an|the)"):
        package.get(wrong)


@pytest.mark.parametrize(
    ("package", "name", "words"),
    [
        (activations, "rellu", ("Unknown activation: 'rellu'", "'relu'")),
        (losses, "mean_square_error", ("Unknown loss", "'mean_squared_error'")),
        (metrics, "acuracy", ("Unknown metric", "'accuracy'")),
        (initializers, "glorot_unifrom", ("Unknown initializer", "'glorot_uniform'")),
        (activations, "zzzzzz", ("Unknown activation: 'zzzzzz'", "known are:", "relu", "register")),
    ],
)
def test_unknown_name_lists_the_nearest(package: Any, name: str, words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        package.get(name)
    for word in words:
        assert word in str(caught.value)


def test_class_is_instantiated() -> None:
    assert type(losses.get(losses.Huber)) is losses.Huber


def test_plain_configuration_without_a_module_is_read() -> None:
    initializer = initializers.get({"class_name": "he_normal", "config": {"seed": 3}})
    assert (type(initializer), initializer.seed) == (initializers.HeNormal, 3)


def test_registered_function_is_found_by_either_name_and_written_by_the_full_one() -> None:
    @register_keras_serializable(package="lookup_test")
    def halved(x: Any) -> Any:
        return x / 2

    assert activations.get("lookup_test>halved") is halved
    assert activations.get("halved") is halved
    assert activations.get(activations.serialize(halved)) is halved


def test_scope_and_argument_name_custom_objects() -> None:
    def named_here(x: Any) -> Any:
        return 2 * x

    with custom_object_scope({"named_here": named_here}):
        assert activations.get("named_here") is named_here
    assert activations.deserialize("named_here", custom_objects={"named_here": named_here}) is named_here
    with pytest.raises(ConfigError, match="Unknown activation"):
        activations.get("named_here")


def test_builtin_names_cannot_be_shadowed() -> None:
    with custom_object_scope({"relu": np.tanh, "MeanSquaredError": losses.Huber}):
        assert activations.get("relu") is activations.relu
        assert type(losses.get("MeanSquaredError")) is losses.MeanSquaredError


@pytest.mark.parametrize("name", sorted(set(activations.__all__) - {"get", "serialize", "deserialize"}))
def test_activation_is_written_as_a_name_that_is_read(name: str) -> None:
    function = getattr(activations, name)
    written = activations.serialize(function)
    assert re.fullmatch(r"\w+", written)
    assert activations.get(written) is function is activations.get(name)


def test_message_speaks_of_a_loss() -> None:
    with pytest.raises(ConfigError, match="neither a loss of hybrid's nor registered"):
        losses.get("mean_square_error")
