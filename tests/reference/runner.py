"""Runs one case in one framework: the code that the recorder and the tests share.

Each function makes the objects that the case names, gives them the same inputs and weights everywhere, and returns
arrays and JSON facts under readable keys. Models are in `runner_models.py`; `dispatch.py` picks the function.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .data import draw, draw_cotangent, draw_weight, generator
from .framework import Framework
from .specification import (
    Array,
    Body,
    CallCase,
    Case,
    LayerCase,
    Make,
    MetricCase,
    OptimizerCase,
    Reference,
    SampleCase,
    ScheduleCase,
)
from .structure import array_leaves, leaves, replace


@dataclass
class Result:
    """What a case gives: arrays compared within a tolerance, and facts compared exactly (statistics: see compare)."""

    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def resolve(framework: Framework, path: str) -> Any:
    """What lies at a dotted path below the framework's top module."""
    return functools.reduce(getattr, path.split("."), framework.module)


def make(framework: Framework, value: Any, *names: object) -> Any:
    """The structure with every `Make` constructed, every `Reference` looked up and every `Array` drawn as NumPy."""

    def change(path: str, leaf: Any) -> Any:
        if isinstance(leaf, Make):
            arguments = replace(leaf.arguments, change, path)
            keywords = replace(leaf.keywords, change, path)
            return resolve(framework, leaf.path)(*arguments, **keywords)
        if isinstance(leaf, Reference):
            return resolve(framework, leaf.path)
        if isinstance(leaf, Body):
            return leaf.build(framework.module)
        return draw(leaf, *names, path) if isinstance(leaf, Array) else leaf

    return replace(value, change)


def fill(framework: Framework, value: Any, given: dict[str, Any], *names: object) -> Any:
    """Like `make`, for the arguments of a call: arrays become tensors, those in `given` are taken from there."""

    def change(path: str, leaf: Any) -> Any:
        if path in given:
            return given[path]
        if isinstance(leaf, Array):
            return framework.tensor(draw(leaf, *names, path))
        return make(framework, leaf, *names)

    return replace(value, change)


def tensors(value: Any) -> list[Any]:
    """The tensors of a nested output, in order."""
    return [leaf for _, leaf in leaves(value)]


def json_config(thing: Any) -> Any:
    """The config of an object as JSON would give it back; None for what has no config."""
    if not hasattr(thing, "get_config"):
        return None
    return json.loads(json.dumps(thing.get_config(), default=lambda value: np.asarray(value).tolist()))


def weight_facts(layer: Any) -> list[list[Any]]:
    """Name, shape and trainability of every weight, in the order of `get_weights`."""
    return [[weight.name, list(weight.shape), bool(weight.trainable)] for weight in layer.weights]


def set_drawn_weights(layer: Any, *names: object) -> None:
    """Give a built layer the weights that belong to these names."""
    drawn = [
        draw_weight(weight.name, tuple(weight.shape), *names, "weight", index)
        for index, weight in enumerate(layer.weights)
    ]
    layer.set_weights(drawn)


def run_layer(framework: Framework, case: LayerCase) -> Result:
    """Outputs, gradients for trainable weights and float inputs, state afterwards, mask, names and config."""
    layer = make(framework, case.layer, case.name)
    masked = {"mask": case.mask} if case.mask is not None and case.call_mask else {}
    call = {"inputs": case.inputs, "keywords": case.keywords | masked}
    places = [path for path, array in array_leaves(call) if array.differentiable]

    def forward(values: list[Any]) -> list[Any]:
        filled = fill(framework, call, dict(zip(places, values, strict=True)), case.name)
        return tensors(layer(*filled["inputs"], **filled["keywords"]))

    specifications = dict(array_leaves(call))
    arrays = [draw(specifications[place], case.name, place) for place in places]
    forward([framework.tensor(array) for array in arrays])
    set_drawn_weights(layer, case.name)
    result = Result(facts={"weights": weight_facts(layer), "config": json_config(layer)})
    state = list(layer.non_trainable_weights)
    record_derivatives(framework, case, result, forward, places, arrays, list(layer.trainable_weights), state)
    for index, weight in enumerate(state):
        result.arrays[f"state/{index}"] = framework.array(weight)
    if case.mask is not None or case.layer.path in {"layers.Masking", "layers.Embedding"}:
        filled = fill(framework, {"inputs": case.inputs, "keywords": {"mask": case.mask}}, {}, case.name)
        computed = layer.compute_mask(filled["inputs"][0], filled["keywords"]["mask"])
        for index, mask in enumerate(tensors(computed)):
            result.arrays[f"mask/{index}"] = framework.array(mask)
    return result


def record_derivatives(
    framework: Framework,
    case: Case,
    result: Result,
    forward: Callable[[list[Any]], list[Any]],
    places: list[str],
    arrays: list[np.ndarray],
    variables: list[Any],
    state: list[Any],
) -> None:
    """Record the outputs, and the gradients for `arrays` (under their `places`) and `variables`."""
    cotangent = functools.partial(_cotangent, case.name)
    derivatives = framework.differentiate(forward, arrays, variables, state, cotangent)
    for index, output in enumerate(derivatives.outputs):
        result.arrays[f"output/{index}"] = output
    for place, gradient in zip(places, derivatives.by_array, strict=True):
        result.arrays[f"gradient{place}"] = gradient
    for index, gradient in enumerate(derivatives.by_variable):
        result.arrays[f"gradient/weight/{index}"] = gradient


def _cotangent(name: str, index: int, shape: tuple[int, ...]) -> np.ndarray:
    return draw_cotangent(tuple(shape), name, index)


def run_call(framework: Framework, case: CallCase) -> Result:
    """Outputs and gradients of a function or callable object."""
    function = make(framework, case.function, case.name)
    call = {"arguments": case.arguments, "keywords": case.keywords}
    roots = tuple(f"/arguments/{position}" for position in case.differentiate)
    specifications = dict(array_leaves(call))
    places = [path for path, array in specifications.items() if array.differentiable and path.startswith(roots)]

    def forward(values: list[Any]) -> list[Any]:
        filled = fill(framework, call, dict(zip(places, values, strict=True)), case.name)
        return tensors(function(*filled["arguments"], **filled["keywords"]))

    arrays = [draw(specifications[place], case.name, place) for place in places]
    result = Result(facts={"config": json_config(function)} if isinstance(case.function, Make) else {})
    record_derivatives(framework, case, result, forward, places, arrays, [], [])
    if case.exact_dtype:
        outputs = [name for name in result.arrays if name.startswith("output/")]
        result.facts["dtypes"] = [result.arrays[name].dtype.name for name in outputs]
    return result


def run_sample(framework: Framework, case: SampleCase) -> Result:
    """Statistics of one large draw."""
    function = make(framework, case.function, case.name)
    call = {"arguments": case.arguments, "keywords": case.keywords}
    filled = fill(framework, call, {}, case.name)
    sample = framework.array(function(*filled["arguments"], **filled["keywords"])).astype("float64")
    statistics = {"size": sample.size, "shape": list(sample.shape), "tails": case.tails}
    statistics |= {"mean": sample.mean(), "deviation": sample.std(), "minimum": sample.min(), "maximum": sample.max()}
    statistics["zeros"] = float((sample == 0.0).mean())
    facts: dict[str, Any] = {"statistics": statistics}
    if isinstance(case.function, Make):
        facts["config"] = json_config(function)
    result = Result(facts=facts)
    if case.gram:
        wide = sample.shape[0] < sample.shape[1]
        result.arrays["gram"] = (sample @ sample.T if wide else sample.T @ sample).astype("float32")
    return result


def run_metric(framework: Framework, case: MetricCase) -> Result:
    """The result after each batch, after a reset, and after the first batch once more."""
    metric = make(framework, case.metric, case.name)
    result = Result(facts={"config": json_config(metric)})

    def update(index: int) -> np.ndarray:
        arguments, weight = case.batches[index]
        filled = fill(framework, {"arguments": arguments, "weight": weight}, {}, case.name, index)
        metric.update_state(*filled["arguments"], sample_weight=filled["weight"])
        return framework.array(metric.result())

    for index in range(len(case.batches)):
        result.arrays[f"result/{index}"] = update(index)
    metric.reset_state()
    result.arrays["result/reset"] = framework.array(metric.result())
    result.arrays["result/again"] = update(0)
    return result


def run_optimizer(framework: Framework, case: OptimizerCase) -> Result:
    """Both variables after every step, after finalising (`use_ema`), and the learning rate at the end."""
    optimizer = make(framework, case.optimizer, case.name)
    shapes = ((3, 2), (4,))
    variables = [
        framework.module.Variable(draw_weight("start", shape, case.name, "start", index), name=f"variable_{index}")
        for index, shape in enumerate(shapes)
    ]
    result = Result(facts={"config": json_config(optimizer)})
    for step in range(case.steps):
        random = generator(case.name, "gradient", step)
        drawn = [(case.scale * random.uniform(-1, 1, shape)).astype("float32") for shape in shapes]
        optimizer.apply([framework.tensor(gradient) for gradient in drawn], variables)
        for index, variable in enumerate(variables):
            result.arrays[f"step/{step}/{index}"] = framework.array(variable)
    optimizer.finalize_variable_values(variables)
    for index, variable in enumerate(variables):
        result.arrays[f"final/{index}"] = framework.array(variable)
    result.arrays["learning_rate"] = framework.array(optimizer.learning_rate)
    result.facts["iterations"] = int(framework.array(optimizer.iterations))
    return result


def run_schedule(framework: Framework, case: ScheduleCase) -> Result:
    """The values at the steps."""
    schedule = make(framework, case.schedule, case.name)
    values = [framework.array(schedule(step)) for step in case.steps]
    return Result({"values": np.array(values, "float32")}, {"config": json_config(schedule)})
