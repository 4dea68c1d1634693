"""What Keras users look for under `utils` and `backend`."""

from __future__ import annotations

import pytest

import hybrid as keras
from hybrid import saving


@pytest.mark.parametrize("name", sorted(set(saving.__all__) & set(keras.utils.__all__)))
def test_saving_names_are_the_same_objects(name: str) -> None:
    assert getattr(keras.utils, name) is getattr(saving, name)


@pytest.mark.parametrize("clear", [keras.utils.clear_session, keras.backend.clear_session])
def test_clear_session_harms_nothing(clear: object) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    keras.utils.set_random_seed(1)
    expected = keras.random.normal((2,)).tolist()
    keras.utils.set_random_seed(1)
    clear(free_memory=False)  # type: ignore[operator]
    assert keras.random.normal((2,)).tolist() == expected
    assert model.predict([[1.0, 2.0]], verbose=0).shape == (1, 3)


def test_backend_says_what_config_says() -> None:
    assert keras.backend.floatx() == keras.config.floatx()
    assert keras.backend.backend() == "numpy"


def test_only_placeholders_are_keras_tensors() -> None:
    assert keras.utils.is_keras_tensor(keras.Input((2,)))
    assert not keras.utils.is_keras_tensor(keras.ops.zeros((2,)))
