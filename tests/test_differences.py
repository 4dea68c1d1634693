"""Every row of the README's table of differences from Keras is run: what it says of hybrid is so.

What it says of Keras was seen in the release named there; nothing of Keras is run here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import errors, layers
from tests.run_readme_commands import ROOT, table_rows

_ROWS = [row[0] for row in table_rows((ROOT / "README.md").read_text(encoding="utf-8"), "Where it differs from Keras")]
CHECKS: dict[str, Callable[[Path], None]] = {}


def row(first_cell: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Enter the check of the row that begins with this cell."""

    def enter(check: Callable[[Path], None]) -> Callable[[Path], None]:
        CHECKS[first_cell] = check
        return check

    return enter


class _Holder(hybrid.Model):
    def __init__(self, inner: hybrid.Model, factor: float = 2.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.inner = inner
        self.factor = factor

    def call(self, x: Any) -> Any:
        return self.factor * self.inner(x)


def _holder() -> hybrid.Model:
    inputs = hybrid.Input((4,))
    model = _Holder(hybrid.Model(inputs, layers.Dense(3)(inputs)), factor=0.5)
    model(np.ones((1, 4), "float32"))
    return model


def _trained_on(x: np.ndarray, y: np.ndarray, loss: str) -> list[np.ndarray]:
    """Try to train a model of three outputs; returns its weights before and after, to show that nothing moved."""
    model = hybrid.Sequential([hybrid.Input((4,)), layers.Dense(3)])
    model.compile(optimizer="sgd", loss=loss)
    before = model.get_weights()
    with pytest.raises(errors.HybridError) as caught:
        model.fit(x, y, verbose=0)
    for first, second in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    return [str(caught.value)]


_X = np.ones((8, 4), "float32")


@row("call `np.tanh` on an `Input`")
def _(folder: Path) -> None:
    inputs = hybrid.Input((4,))
    by_numpy, by_ops = hybrid.Model(inputs, np.tanh(inputs)), hybrid.Model(inputs, hybrid.ops.tanh(inputs))
    np.testing.assert_array_equal(by_numpy(_X), by_ops(_X))


@row("clone or serialize a subclassed model that holds another model")
def _(folder: Path) -> None:
    model = _holder()
    clone = hybrid.models.clone_model(model)
    clone(_X)
    assert type(clone) is _Holder and clone.factor == 0.5 and clone.inner is not model.inner
    rebuilt = hybrid.models.model_from_json(model.to_json(), custom_objects={"_Holder": _Holder})
    assert rebuilt.to_json() == model.to_json()


@row("save and load a subclassed model made as `Scaled(factor=0.5)` in the section above")
def _(folder: Path) -> None:
    model = _holder()
    model.save(folder / "model.hybrid")
    loaded = hybrid.models.load_model(folder / "model.hybrid", custom_objects={"_Holder": _Holder})
    assert loaded.factor == 0.5
    np.testing.assert_array_equal(loaded(_X), model(_X))


@row("build the same model twice in one process")
def _(folder: Path) -> None:
    assert _holder().inner.to_json() == _holder().inner.to_json()


@row("call a layer that no attribute of the model reaches")
def _(folder: Path) -> None:
    class Careless(hybrid.Model):
        def call(self, x: Any) -> Any:
            return layers.Dense(3, name="lost")(x)

    with pytest.raises(errors.HybridError, match="'lost'"):
        Careless()(_X)


@row("train with label 7 on 3 classes")
def _(folder: Path) -> None:
    (message,) = _trained_on(_X, np.array([0, 1, 2, 7] * 2), "sparse_categorical_crossentropy")
    assert "7" in message and "0 to 2" in message


@row("train on data with NaN in it")
def _(folder: Path) -> None:
    x = _X.copy()
    x[3, 2] = np.nan
    assert "NaN" in _trained_on(x, np.ones((8, 3), "float32"), "mse")[0]


@row("`mse` of targets `(n, 1)` and outputs `(n, 3)`")
def _(folder: Path) -> None:
    (message,) = _trained_on(_X, np.ones((8, 1), "float32"), "mse")
    assert "[8, 1]" in message and "[8, 3]" in message


@row("save a `Lambda` made of a Python lambda")
def _(folder: Path) -> None:
    model = hybrid.Sequential([hybrid.Input((4,)), layers.Lambda(lambda x: 2 * x)])
    with pytest.raises(errors.SerializationError, match="register_keras_serializable"):
        model.save(folder / "model.hybrid")
    assert not (folder / "model.hybrid").exists()


@row("load a file with `safe_mode=False`")
def _(folder: Path) -> None:
    hybrid.Sequential([hybrid.Input((4,)), layers.Dense(3)]).save(folder / "model.hybrid")
    safe, same = (hybrid.models.load_model(folder / "model.hybrid", safe_mode=mode) for mode in (True, False))
    assert safe.to_json() == same.to_json()
    np.testing.assert_array_equal(safe(_X), same(_X))


@row("make `applications.VGG19()`")
def _(folder: Path) -> None:
    assert hybrid.applications.VGG19().count_params() == 143_667_240
    with pytest.raises(errors.ConfigError, match=r"(?s)'imagenet'.*neither shipped nor downloaded.*save_weights"):
        hybrid.applications.VGG19(weights="imagenet")


@row("take gradients")
def _(folder: Path) -> None:
    x = hybrid.ops.convert_to_tensor([3.0])
    with hybrid.GradientTape() as outer:
        outer.watch(x)
        with hybrid.GradientTape() as inner:
            inner.watch(x)
            y = x**3
        slope = inner.gradient(y, x)
    assert float(slope[0]) == 27.0 and float(outer.gradient(slope, x)[0]) == 18.0
    value, gradient = hybrid.value_and_grad(lambda x: hybrid.ops.sum(x**2))(x)
    assert float(value) == 9.0 and float(gradient[0]) == 6.0
    assert float(hybrid.grad(lambda x: hybrid.ops.sum(x**2))(x)[0]) == 6.0


@row("ask a subclassed model for `input`, `output` or an inner layer's `output`")
def _(folder: Path) -> None:
    model = _holder()
    assert model.input.shape == (None, 4) and model.output.shape == (None, 3)
    assert model.get_layer("functional/dense").output.shape == (None, 3)


@row("`summary()` of a subclassed model")
def _(folder: Path) -> None:
    lines: list[str] = []
    _branching()(np.ones((1, 4), "float32"))
    model = _branching()
    model.build((None, 4))
    model.summary(print_fn=lines.append)
    assert any("Connected to" in line for line in lines) and any("dense[0][0]" in line for line in lines)


def _branching() -> hybrid.Model:
    class Residual(hybrid.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(4)

        def call(self, x: Any) -> Any:
            return x + self.dense(x)

    return Residual()


@row("`plot_model` of it")
def _(folder: Path) -> None:
    model = _branching()
    model.build((None, 4))
    for suffix in (".svg", ".dot", ".mmd"):
        hybrid.utils.plot_model(model, folder / f"model{suffix}")
        assert "Dense" in (folder / f"model{suffix}").read_text(encoding="utf-8")


@row("load a file where the model's class is not registered")
def _(folder: Path) -> None:
    model = _branching()
    x = np.linspace(-1, 1, 8, dtype="float32").reshape(2, 4)
    expected = model(x)
    model.save(folder / "model.hybrid")
    with pytest.warns(UserWarning, match="recorded copy"):
        loaded = hybrid.models.load_model(folder / "model.hybrid")
    np.testing.assert_array_equal(loaded(x), expected)


@row("`clone_model(model, clone_function=...)` of a subclassed model")
def _(folder: Path) -> None:
    def wider(layer: Any) -> Any:
        return layers.Dense(4, use_bias=False) if isinstance(layer, layers.Dense) else layer

    model = _branching()
    model.build((None, 4))
    clone = hybrid.models.clone_model(model, clone_function=wider)
    assert type(clone) is type(model) and len(clone.weights) == 1


@row("change a layer after construction, then clone")
def _(folder: Path) -> None:
    model = _branching()
    model.dense = layers.Dense(4, activation="relu")
    model.build((None, 4))
    assert hybrid.models.clone_model(model).dense.activation is hybrid.activations.relu


@row("save weights to a file `*.h5`")
def _(folder: Path) -> None:
    with pytest.raises(errors.ConfigError, match=r"weights\.hybrid"):
        _holder().save_weights(folder / "a.weights.h5")
    with pytest.raises(errors.ConfigError, match=r"weights\.hybrid"):
        hybrid.callbacks.ModelCheckpoint("a.weights.h5", save_weights_only=True)


@pytest.mark.parametrize("first_cell", _ROWS)
def test_row_is_true_of_hybrid(first_cell: str, tmp_path: Path) -> None:
    assert first_cell in CHECKS, "add a check of this row here"
    CHECKS[first_cell](tmp_path)


def test_every_check_belongs_to_a_row() -> None:
    assert sorted(CHECKS) == sorted(_ROWS)
