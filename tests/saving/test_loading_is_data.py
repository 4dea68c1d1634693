"""No configuration can make the reader import, execute or open anything: names are looked up, and that is all."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import hybrid
from hybrid import Input, Model, Sequential, layers
from hybrid.errors import HybridError, LoadError
from hybrid.models import model_from_json
from hybrid.registry import builtin_named
from hybrid.saving import deserialize_keras_object, serialize_keras_object

MODULES = [
    "os", "subprocess", "builtins", "sys", "hybrid.saving.archive", "hybrid.core.tensor", "keras.os", "hybrid..os",
    "importlib", "numpy", "", None, "__main__", "hybrid.layers", "hybrid", 3, ["os"],
]  # fmt: skip
NAMES = [
    "system", "Popen", "eval", "exec", "open", "print", "__import__", "write_archive", "read_archive", "object", "type",
    "Layer.__init__", "__class__", "os.system", "loads", "import_module", "lambda: 1", "CompositeGradient", 7, None, {},
]  # fmt: skip


builtin_named("hybrid.layers", "Nothing")  # loads what the package loads when it is first needed

_FORBIDDEN = {
    "open",
    "import",
    "exec",
    "compile",
    "os.system",
    "subprocess.Popen",
    "os.exec",
    "os.posix_spawn",
    "socket.connect",
}
_events: list[str] | None = None


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _events is not None and event in _FORBIDDEN:
        _events.append(f"{event}{arguments}"[:200])


sys.addaudithook(_listen)  # Python offers no way to remove it: it listens while a test wants it to.


@contextmanager
def nothing_is_executed() -> Iterator[None]:
    """Fail if the interpreter imports, compiles, executes or opens anything in a block."""
    global _events
    _events = []
    try:
        yield
    finally:
        found, _events = _events, None
    assert found == []


def test_the_listener_hears() -> None:
    with pytest.raises(AssertionError, match="compile"), nothing_is_executed():
        eval("1 + 1")


@pytest.mark.parametrize("kind", ["class", "function", "type"])
def test_no_name_leads_outside(kind: str) -> None:
    loaded = set(sys.modules)
    for module in MODULES:
        for name in NAMES:
            for registered in (None, name, "Custom>" + str(name)):
                data = {
                    "module": module,
                    "class_name": name,
                    "config": {"args": ["true"]},
                    "registered_name": registered,
                }
                if kind != "class":
                    data |= {"class_name": kind, "config": name}
                with nothing_is_executed(), pytest.raises(HybridError):
                    deserialize_keras_object(data)
    assert set(sys.modules) == loaded


@pytest.mark.parametrize("name", ["eval", "exec", "print", "system", "os.system", "lambda x: x", "__import__('os')"])
def test_no_argument_of_a_layer_leads_outside(name: str) -> None:
    for argument in ("activation", "kernel_initializer", "kernel_regularizer", "kernel_constraint"):
        for value in (name, {"class_name": "function", "config": name, "module": "builtins"}):
            data = {"module": "hybrid.layers", "class_name": "Dense", "config": {"units": 2, argument: value}}
            with nothing_is_executed(), pytest.raises(HybridError):
                deserialize_keras_object(data)


def test_keras_lambda_with_code_is_refused() -> None:
    code = {"class_name": "__lambda__", "config": {"value": ["4wAAAA==", None, None]}}
    with pytest.raises(LoadError, match="__lambda__"):
        deserialize_keras_object(code)


def test_unknown_class_is_named_with_the_fix() -> None:
    data = {"module": "mine", "class_name": "MyLayer", "config": {}, "registered_name": "pkg>MyLayer"}
    with pytest.raises(LoadError, match=r"(?s)'pkg>MyLayer'.*module 'mine'.*register.*custom_objects=\{'MyLayer'"):
        deserialize_keras_object(data)


def test_deep_nesting_is_refused() -> None:
    data: Any = 1
    for _ in range(5000):
        data = [data]
    with pytest.raises(LoadError, match="deep"):
        deserialize_keras_object(data)
    model: Any = {"module": "hybrid.layers", "class_name": "Dense", "config": {"units": 2}}
    for _ in range(500):
        model = {"module": "hybrid.models", "class_name": "Sequential", "config": {"layers": [model]}}
    with pytest.raises(LoadError, match="deep"):
        deserialize_keras_object(model)


def test_object_that_contains_itself_is_refused() -> None:
    data = {
        "module": "hybrid.models",
        "class_name": "Sequential",
        "shared_object_id": 1,
        "config": {"layers": [{"module": None, "class_name": "Sequential", "config": None, "shared_object_id": 1}]},
    }
    with pytest.raises(LoadError, match="deep"):
        deserialize_keras_object(data)


def test_reference_to_nothing_is_refused() -> None:
    with pytest.raises(LoadError, match="configuration of 'Dense' is missing"):
        deserialize_keras_object({"module": None, "class_name": "Dense", "config": None, "shared_object_id": 5})


def test_sharing_cannot_unfold() -> None:
    """Of objects that each contain the one before twice, each is made once, not 2^n times."""
    inner: Any = layers.Dense(2)
    for _ in range(60):
        inner = Pair(inner, inner)
    with hybrid.saving.CustomObjectScope({"Pair": Pair}):
        data = serialize_keras_object(inner)
        assert len(json.dumps(data)) < 50_000
        again = deserialize_keras_object(json.loads(json.dumps(data)))
    assert again.left is again.right
    assert again.left.left is again.left.right


class Pair(layers.Layer):
    def __init__(self, left: Any, right: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.left, self.right = left, right


def functional_config() -> dict[str, Any]:
    x = Input((3,), name="x")
    result: dict[str, Any] = json.loads(Model(x, layers.Dense(2, name="d")(x)).to_json())
    return result


def refuses(config: dict[str, Any]) -> None:
    with pytest.raises(LoadError):
        model_from_json(json.dumps(config))


def test_graph_that_names_no_such_tensor_is_refused() -> None:
    for history in (["y", 0, 0], ["x", 1, 0], ["x", 0, 5], ["d", 0, 0], ["x"], "x", [None, None, None]):
        config = functional_config()
        config["config"]["layers"][1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = history
        refuses(config)
        config = functional_config()
        config["config"]["output_layers"] = [history] if history != ["d", 0, 0] else ["d", 9, 0]
        refuses(config)


def test_call_on_constants_is_refused() -> None:
    """Loading records; it must not be made to compute, for instance a huge array of zeros."""
    config = functional_config()
    config["config"]["layers"].append(
        {
            "module": "hybrid.ops",
            "class_name": "__primitive__",
            "config": {"name": "exp"},
            "name": "big",
            "inbound_nodes": [{"args": [1.0], "kwargs": {}}],
        }
    )
    with pytest.raises(LoadError, match="on nothing that comes from the inputs"):
        model_from_json(json.dumps(config))


def test_text_that_is_no_json_is_refused() -> None:
    for text in ("", "{", "[" * 10**6, "nonsense"):
        with pytest.raises(LoadError, match="no JSON"):
            model_from_json(text)


def test_misspelt_argument_in_a_configuration_is_named() -> None:
    data = {"module": "hybrid.layers", "class_name": "Dense", "config": {"unit": 2}}
    with pytest.raises(HybridError, match="'unit'.*|units"):
        deserialize_keras_object(data)


def test_loaded_json_equals_what_was_written() -> None:
    model = Sequential([Input((3,)), layers.Dense(2)])
    assert model_from_json(model.to_json(indent=2)).to_json() == model.to_json()
