"""The table that `summary` prints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import Input, Model, Sequential, layers, ops
from hybrid.errors import ConfigError
from hybrid.models.summary import _wrap, display_width, render


def lines_of(model: Any, **options: Any) -> list[str]:
    lines: list[str] = []
    model.summary(print_fn=lines.append, **options)
    return lines


def cells_of(model: Any, **options: Any) -> list[list[str]]:
    rows = [line for line in lines_of(model, **options) if line.startswith(("┃", "│"))]
    return [[cell.strip() for cell in row.replace("┃", "│").split("│")[1:-1]] for row in rows]


def branched() -> Model:
    x, y = Input((4,), name="x"), Input((4,), name="y")
    shared = layers.Dense(3, name="shared")
    inner = Sequential([layers.Dense(3, name="i1"), layers.Dense(3, name="i2")], name="inner")
    out = inner(shared(x)) + shared(y)
    return Model([x, y], [out, layers.Dense(1, name="head")(out)], name="m")


class Sub(Model):
    def __init__(self) -> None:
        super().__init__(name="sub")
        self.a = layers.Dense(3, name="a")
        self.b = [layers.Dense(2, name="b")]

    def call(self, inputs: Any) -> Any:
        return self.b[0](self.a(inputs) * 2)


def test_chain_has_three_columns_and_totals() -> None:
    model = Sequential(
        [Input((4,)), layers.Dense(3, name="a"), layers.Dense(1000, name="b", trainable=False)], name="s"
    )
    assert lines_of(model) == [
        'Model: "s"',
        "┏━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┓",
        "┃ Layer (type) ┃ Output Shape ┃ Param # ┃",
        "┡━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━┩",
        "│ a (Dense)    │ (None, 3)    │      15 │",
        "├──────────────┼──────────────┼─────────┤",
        "│ b (Dense)    │ (None, 1000) │   4,000 │",
        "└──────────────┴──────────────┴─────────┘",
        " Total params: 4,015 (15.68 KB)",
        " Trainable params: 15 (60.00 B)",
        " Non-trainable params: 4,000 (15.62 KB)",
    ]


def test_graph_has_connections() -> None:
    assert cells_of(branched()) == [
        ["Layer (type)", "Output Shape", "Param #", "Connected to"],
        ["x (InputLayer)", "(None, 4)", "0", "-"],
        ["shared (Dense)", "(None, 3)", "15", "x[0][0], y[0][0]"],
        ["y (InputLayer)", "(None, 4)", "0", "-"],
        ["inner (Sequential)", "(None, 3)", "24", "shared[0][0]"],
        ["add (Add)", "(None, 3)", "0", "inner[0][0], shared[1][0]"],
        ["head (Dense)", "(None, 1)", "4", "add[0][0]"],
    ]


def test_nested_layers_are_shown_if_wanted() -> None:
    names = [row[0] for row in cells_of(branched(), expand_nested=True)]
    assert names[4:7] == ["inner (Sequential)", "└ i1 (Dense)", "└ i2 (Dense)"]
    deep = Sequential([Input((3,)), Sequential([Sequential([layers.Dense(1, name="deep")])])])
    assert any("      └ deep" in line for line in lines_of(deep, expand_nested=True))


def test_trainable_column() -> None:
    model = branched()
    model.get_layer("shared").trainable = False
    table = cells_of(model, show_trainable=True)
    assert table[0][-1] == "Trainable"
    assert {row[0]: row[-1] for row in table[1:]} == {
        "x (InputLayer)": "-",
        "y (InputLayer)": "-",
        "shared (Dense)": "N",
        "inner (Sequential)": "Y",
        "add (Add)": "-",
        "head (Dense)": "Y",
    }


def test_layer_range_cuts() -> None:
    names = [row[0] for row in cells_of(branched(), layer_range=["inner", "add"])[1:]]
    assert names == ["inner (Sequential)", "add (Add)"]
    with pytest.raises(ConfigError, match=r"(?s)No layer matches 'nothing'.*shared"):
        branched().summary(layer_range=["nothing", "add"])


def test_unbuilt_model_is_shown_as_such() -> None:
    for model in (Sequential([layers.Dense(3)]), Sub()):
        assert cells_of(model)[1][1:] == ["?", "0 (unbuilt)"]


def test_subclassed_model_loses_nothing() -> None:
    model = Sub()
    model(np.ones((2, 4), "float32"))
    assert cells_of(model)[1:] == [
        ["inputs (InputLayer)", "(None, 4)", "0"],
        ["a (Dense)", "(None, 3)", "15"],
        ["multiply (Multiply)", "(None, 3)", "0"],
        ["b (Dense)", "(None, 2)", "8"],
    ]


def test_subclassed_model_that_depends_on_values_is_still_shown() -> None:
    class Branches(Sub):
        def call(self, inputs: Any) -> Any:
            return super().call(inputs if float(ops.sum(inputs)) > 0 else -inputs)

    model = Branches()
    model(np.ones((2, 4), "float32"))
    assert cells_of(model)[1] == ["a (Dense)", "?", "15"]


def test_summary_changes_nothing() -> None:
    model = Sub()
    model(np.ones((2, 4), "float32"))
    before = model.to_json(), [w.numpy().tolist() for w in model.weights]
    lines_of(model, expand_nested=True)
    assert (model.to_json(), [w.numpy().tolist() for w in model.weights]) == before


@pytest.mark.parametrize("line_length", [40, 60, 79, 120])
def test_every_line_keeps_the_width(line_length: int) -> None:
    lines = [line for line in lines_of(branched(), line_length=line_length) if line[0] not in " M"]
    assert {display_width(line) for line in lines} == {line_length}


def test_long_texts_break_after_words() -> None:
    cells = cells_of(branched(), line_length=60)
    assert ["shared (Dense)", "(None, 3)", "15", "x[0][0],"] in cells
    assert ["", "", "", "y[0][0]"] in cells


def test_wide_characters_keep_the_columns_straight() -> None:
    for name in ("層_層", "e\u0301cole", "plain"):
        model = Sequential([Input((4,)), layers.Dense(3, name=name)])
        table = [line for line in lines_of(model) if line[0] not in " M"]
        assert len({display_width(line) for line in table}) == 1


def test_positions_place_the_columns() -> None:
    lines = lines_of(branched(), line_length=100, positions=[0.3, 0.6, 0.7, 1.0])
    table = [line for line in lines if line[0] not in " M"]
    assert len({display_width(line) for line in table}) == 1


def test_empty_model_prints() -> None:
    assert any("Total params: 0" in line for line in lines_of(Sequential()))
    assert render(["a"], [])[0] == "┏━━━┓"


def test_print_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    Sequential([Input((4,)), layers.Dense(3)]).summary()
    assert "dense (Dense)" in capsys.readouterr().out


def test_several_outputs_of_one_layer() -> None:
    class Two(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs, inputs[:, :1]

    x = Input((3,))
    a, b = Two()(x)
    table = cells_of(Model(x, a + b))
    assert table[2] == ["two (Two)", "[(None, 3), (None, 1)]", "0", "input_layer[0][0]"]
    assert table[3][3] == "two[0][0], two[0][1]"


class _Plain(Model):
    def __init__(self) -> None:
        super().__init__()
        self.head = layers.Dense(3, name="head")

    def call(self, inputs: Any) -> Any:
        return self.head(inputs)


@pytest.mark.parametrize("training", [True, False])
def test_model_whose_call_takes_no_training_prints_after_it_was_called_with_it(training: bool) -> None:
    model = _Plain()
    model(np.ones((2, 4)), training=training)
    assert cells_of(model)[2] == ["head (Dense)", "(None, 3)", "15"]


def test_model_prints_after_fit() -> None:
    model = _Plain()
    model.compile("sgd", "mse")
    model.fit(np.ones((2, 4)), np.ones((2, 3)), verbose=0)
    assert cells_of(model)[2] == ["head (Dense)", "(None, 3)", "15"]


# -- narrow terminals -------------------------------------------------------------------------------------------------


def deep_model() -> Model:
    """Nested six deep, with long and wide names."""
    part: Any = layers.Dense(4, name="層の名前がとても長い密結合層")
    for level in range(6):
        part = Sequential([part, layers.Dense(4)], name=f"段階{level}_with_a_long_name")
    x = Input((4,), name="入力")
    return Model(x, part(x) + layers.Dense(4, name="e\u0301" * 30)(x), name="モデル")


@pytest.mark.parametrize("line_length", [34, 40, 59, 60, 80, 100])
def test_deep_models_of_wide_names_fit_a_narrow_terminal(line_length: int) -> None:
    lines: list[str] = []
    deep_model().summary(line_length, expand_nested=True, show_trainable=True, print_fn=lines.append)
    table = [line for line in lines if line[0] in "┏┃┡│├└"]
    assert {display_width(line) for line in table} == {line_length}
    text = "".join(line.split("│")[1].strip() for line in table if line[0] == "│" and len(line.split("│")) > 2)
    squeezed = text.replace(" ", "")
    assert all(f"段階{level}_with_a_long_name" in squeezed for level in range(6))
    assert "層の名前がとても長い密結合層(Dense)" in squeezed
    if line_length < 60:
        assert "←入力[0][0]" in squeezed


def test_words_that_fit_on_no_line_are_cut_where_the_line_ends() -> None:
    assert _wrap("abcdefgh", 3) == ["abc", "def", "gh"]
    assert _wrap("ab cdefgh", 4) == ["ab", "cdef", "gh"]
    assert _wrap("   ab cd", 6) == ["   ab", "cd"]
    assert _wrap("one\ntwo three", 5) == ["one", "two", "three"]
    assert _wrap("層層層", 4) == ["層層", "層"]
