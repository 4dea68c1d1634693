"""Runs a model case: builds the model, records what is known without data, its outputs and gradients, its training."""

from __future__ import annotations

from typing import Any

import numpy as np

from .data import draw
from .framework import Framework
from .runner import Result, fill, make, record_derivatives, set_drawn_weights, tensors, weight_facts
from .specification import Array, Chain, Graph, ModelCase
from .structure import array_leaves, replace


def build_model(framework: Framework, model: Graph | Chain, *names: object) -> Any:
    """The Sequential or functional model, not compiled, with its initial weights."""
    if isinstance(model, Chain):
        return _build_chain(framework, model, *names)
    places: dict[str, Any] = {
        key: framework.module.Input(shape=shape, dtype=dtype, name=key) for key, (shape, dtype) in model.inputs.items()
    }
    layers: dict[str, Any] = {}
    for node in model.nodes:
        if isinstance(node.layer, str):
            layers[node.key] = layers[node.layer]
        else:
            layers[node.key] = make(framework, node.layer, *names, node.key)
        arguments = _look_up(node.arguments, places)
        keywords = _look_up(node.keywords, places)
        positional = arguments if isinstance(arguments, tuple) else (arguments,)
        places[node.key] = layers[node.key](*positional, **keywords)
    return framework.module.Model(_look_up(model.call_with, places), _look_up(model.outputs, places))


def _build_chain(framework: Framework, model: Chain, *names: object) -> Any:
    layers = [make(framework, layer, *names, index) for index, layer in enumerate(model.layers)]
    if model.input_shape is None:
        return framework.module.Sequential(layers)
    return framework.module.Sequential([framework.module.Input(shape=model.input_shape, dtype=model.dtype), *layers])


def _look_up(value: Any, places: dict[str, Any]) -> Any:
    return replace(value, lambda path, leaf: places.get(leaf, leaf) if isinstance(leaf, str) else leaf)


def run_model(framework: Framework, case: ModelCase) -> Result:
    """Facts, outputs, gradients for inputs and weights; then history, evaluation, prediction and trained weights."""
    model = build_model(framework, case.model, case.name)
    call = {"inputs": case.inputs}
    specifications = dict(array_leaves(call))
    places = [path for path, array in specifications.items() if array.differentiable]

    def forward(values: list[Any]) -> list[Any]:
        return tensors(model(fill(framework, call, dict(zip(places, values, strict=True)), case.name)["inputs"]))

    arrays = [draw(specifications[place], case.name, place) for place in places]
    forward([framework.tensor(array) for array in arrays])
    set_drawn_weights(model, case.name)
    result = Result(facts=_model_facts(model, case))
    trainable, state = list(model.trainable_weights), list(model.non_trainable_weights)
    record_derivatives(framework, case, result, forward, places, arrays, trainable, state)
    if case.targets is not None:
        set_drawn_weights(model, case.name)
        _record_training(framework, case, model, result)
    return result


def _model_facts(model: Any, case: ModelCase) -> dict[str, Any]:
    shapes = replace(case.inputs, lambda path, leaf: (None, *leaf.shape[1:]))
    facts = {
        "parameters": int(model.count_params()),
        "weights": weight_facts(model),
        "layer classes": [type(layer).__name__ for layer in model.layers],
        "output shape": _as_lists(model.compute_output_shape(shapes)),
    }
    if case.names:
        facts["layer names"] = [layer.name for layer in model.layers]
    return facts


def _as_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_lists(item) for key, item in value.items()}
    return [_as_lists(item) for item in value] if isinstance(value, (list, tuple)) else value


def _plain_arrays(value: Any, *names: object) -> Any:
    return replace(value, lambda path, leaf: draw(leaf, *names, path) if isinstance(leaf, Array) else leaf)


def _record_training(framework: Framework, case: ModelCase, model: Any, result: Result) -> None:
    data = _plain_arrays({"inputs": case.inputs, "targets": case.targets}, case.name)
    inputs, targets = data["inputs"], data["targets"]
    model.compile(**make(framework, case.compile, case.name))
    fit = _plain_arrays(case.fit, case.name, "fit")
    history = model.fit(inputs, targets, shuffle=False, verbose=0, **fit).history
    result.facts["history"] = sorted(history)
    for key, values in history.items():
        result.arrays[f"history/{key}"] = np.array(values, "float32")
    options = _plain_arrays(case.evaluate, case.name, "evaluate")
    evaluation = model.evaluate(inputs, targets, verbose=0, return_dict=True, **options)
    result.facts["evaluation"] = sorted(evaluation)
    for key, value in evaluation.items():
        result.arrays[f"evaluation/{key}"] = np.array(value, "float32")
    for index, output in enumerate(tensors(model.predict(inputs, verbose=0))):
        result.arrays[f"prediction/{index}"] = np.asarray(output)
    for index, weight in enumerate(model.get_weights()):
        result.arrays[f"trained/{index}"] = np.asarray(weight)
