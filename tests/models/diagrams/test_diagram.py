"""A diagram says of a model what its graph says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import Input, Model, layers, ops
from hybrid.core.tensor import SymbolicTensor
from hybrid.core.variable import Variable
from hybrid.models.diagrams import Box, Diagram, diagram_of
from hybrid.models.diagrams.diagram import arrows_of
from hybrid.models.recording import graph_or_none
from tests.models.diagrams.pictured import MODELS, Kept, diagram_named, model_named


def levels_of(diagram: Diagram) -> list[Diagram]:
    found = [diagram]
    for level in found:
        found.extend(box.inner for box in level.boxes if box.inner is not None)
    return found


def drawn(diagram: Diagram) -> list[Box]:
    """The boxes of an opened picture."""
    found: list[Box] = []
    levels = [diagram]
    for level in levels:
        for box in level.boxes:
            if box.opens and box.inner is not None:
                levels.append(box.inner)
            elif level is diagram or box.role != "input":
                found.append(box)
    return found


def edges(model: Any) -> set[tuple[str, str]]:
    return {(arrow.source.box.name, arrow.target.name) for arrow in arrows_of(diagram_of(model), expand=True)}


@pytest.mark.parametrize("name", MODELS)
def test_every_argument_of_every_call_is_an_arrow(name: str) -> None:
    graph = graph_or_none(model_named(name))
    diagram = diagram_named(name)
    if graph is None:
        assert not diagram.is_connected and not list(arrows_of(diagram, expand=False))
        return
    expected = sorted(
        (graph.names[id(a.node)] if isinstance(a, SymbolicTensor) else a.path, graph.names[id(node)])
        for node in graph.graph.nodes
        for a in node.arguments
        if isinstance(a, SymbolicTensor | Variable)
    )
    found = sorted((source.box.name, target.name) for source, target in arrows_of(diagram, expand=False))
    assert found == expected
    assert len(diagram.outputs) == len(graph.graph.outputs)
    assert [box.name for box in diagram.inputs] == graph.input_names


@pytest.mark.parametrize("name", MODELS)
def test_boxes_stand_after_what_they_take(name: str) -> None:
    for level in levels_of(diagram_named(name)):
        seen: set[int] = set()
        for box in level.boxes:
            assert all(id(source.box) in seen for source in box.arguments)
            seen.add(id(box))


@pytest.mark.parametrize("name", MODELS)
def test_opened_arrows_join_boxes_that_are_drawn(name: str) -> None:
    diagram = diagram_named(name)
    boxes = {id(box): box for box in drawn(diagram)}
    arrows = list(arrows_of(diagram, expand=True))
    assert all(id(source.box) in boxes and id(target) in boxes for source, target in arrows)
    assert len(arrows) == sum(len(box.arguments) for box in boxes.values())
    # Shapes agree on both ends: an arrow that took a wrong turn would carry another tensor.
    for box in boxes.values():
        expected = [source.box.outputs[source.output].spec for source in box.arguments if source.box.outputs]
        given = [source.box.outputs[source.output].spec for source, target in arrows if target is box]
        assert [spec.shape for spec in given] == [spec.shape for spec in expected]


@pytest.mark.parametrize("name", MODELS)
def test_count_is_that_of_the_boxes(name: str) -> None:
    diagram = diagram_named(name)
    assert diagram.count(expand=False) == len(diagram.boxes)
    assert diagram.count(expand=True) == len(drawn(diagram))


def all_boxes(diagram: Diagram) -> list[Box]:
    return [box for level in levels_of(diagram) for box in level.boxes]


@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_those_of_the_layers(name: str) -> None:
    model, diagram = model_named(name), diagram_named(name)
    counts = {box.name: box.parameters for box in diagram.boxes if box.role == "layer"}
    assert counts == {box_name: model.get_layer(box_name).count_params() for box_name in counts}


def test_shared_layer_tells_its_inside_once() -> None:
    first, second = (box for box in diagram_named("siamese").boxes if box.name == "tower")
    assert (first.call, first.calls, second.call, second.calls) == (0, 2, 1, 2)
    assert first.inner is not None and second.inner is None
    assert edges(model_named("siamese")) == {
        ("left", "dense"),
        ("dense", "dense_1"),
        ("dense_1", "multiply"),
        ("right", "tower"),
        ("tower", "multiply"),
        ("multiply", "sum"),
    }


def test_dict_reaches_the_inputs_of_its_keys() -> None:
    assert edges(model_named("swapped")) == {("two", "of_two"), ("three", "of_three"), ("of_three", "after")}


def test_arrows_go_through_what_gives_what_it_takes() -> None:
    found = edges(model_named("through"))
    assert found == {("x", "d"), ("d", "crossed"), ("x", "crossed"), ("crossed", "subtract")}


def test_outputs_have_the_names_of_their_structure() -> None:
    lstm = next(box for box in diagram_named("states").boxes if box.name == "lstm")
    assert [port.name for port in lstm.outputs] == ["0", "1", "2"]
    results = {box.name: box.results for box in diagram_named("states").boxes if box.results}
    assert results == {"dense": ["a"], "add": ["b"]}


def test_only_outputs_of_the_whole_model_are_results() -> None:
    results = [box.name for box in all_boxes(diagram_named("nested")) if box.results]
    assert results == ["stack"]


class Branches(Model):
    def __init__(self) -> None:
        super().__init__(name="branches")
        self.blocks = [layers.Dense(4, name="a", activation="relu"), layers.Dense(4, name="b")]

    def call(self, inputs: Any) -> Any:
        return self.blocks[float(ops.sum(inputs)) > 0](inputs)


def test_model_that_depends_on_values_shows_its_layers() -> None:
    model = Branches()
    model(np.ones((2, 4), "float32"))
    model.blocks[0](np.ones((2, 4), "float32"))
    model.blocks[1].trainable = False
    diagram = diagram_of(model)
    assert not diagram.is_connected
    assert [(box.name, box.kind, box.parameters, box.trainable) for box in diagram.boxes] == [
        ("a", "Dense", 20, True),
        ("b", "Dense", 20, False),
    ]
    assert [box.activation for box in diagram.boxes] == ["relu", "linear"]
    assert list(arrows_of(diagram, expand=True)) == []


def test_a_mask_that_is_used_inside_a_block_is_drawn_as_its_tensor() -> None:
    tokens = Input((3,), dtype="int32", name="tokens")
    x = layers.Embedding(5, 4, mask_zero=True, name="embedding")(tokens)
    model = Model(tokens, Kept(name="block")(x)[0])
    found = edges(model)
    assert {("embedding", "dense"), ("embedding", "getitem"), ("getitem", "cast"), ("cast", "multiply")} <= found
    diagram = diagram_of(model)
    shown = {id(box) for box in drawn(diagram)}
    assert all(id(source.box) in shown for source, _ in arrows_of(diagram, expand=True))
