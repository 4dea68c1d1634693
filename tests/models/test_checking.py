"""`model.check`: what is found, what is not, and that nothing changes by it."""

from __future__ import annotations

import pickle
from itertools import product
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Layer, Model, Sequential, errors, layers, ops
from hybrid.layers.base.rollback import Snapshot
from hybrid.layers.base.tracking import walk
from hybrid.models.problems import Problem, Report
from tests.contracts.model_samples import SAMPLES, STYLES, seeded
from tests.imperative.collection import ENTRIES
from tests.imperative.entry import Entry
from tests.models import faulty_losses
from tests.models.faulty_models import FAULTY, built, dense, model_of


def looks(model: Any) -> Any:
    """Return what a model and all below look like: attributes, contents, values, and the global generator."""
    values = [variable.numpy().tobytes() for variable in model.variables]  # first: to read a random value draws it
    snapshot = Snapshot(model)
    parts = [(id(part), list(vars(part)), part.built, part.path, list(part._nodes)) for part in walk(model)]
    states = {key: {n: id(v) for n, v in state.items()} for key, (_, state) in snapshot._states.items()}
    contents = {key: repr(contents) for key, (_, contents) in snapshot._contents.items() if key not in states}
    return parts, states, list(contents.values()), values


def described(problem: Problem) -> str:
    return str(problem)


@pytest.mark.parametrize("name", FAULTY)
def test_every_fault_is_found_and_nothing_else(name: str) -> None:
    faulty = FAULTY[name]
    report = faulty.make().check(*faulty.specs, y=faulty.y)
    found = [(problem.kind, problem.path) for problem in report]
    assert found == [(fault.kind, fault.path) for fault in faulty.faults], str(report)
    for problem, fault in zip(report, faulty.faults, strict=True):
        assert fault.words in described(problem), str(report)
        assert problem.fix or problem.kind == "code", str(problem)


@pytest.mark.parametrize("name", FAULTY)
def test_check_changes_nothing(name: str) -> None:
    faulty = FAULTY[name]
    model = faulty.make()
    draws = hybrid.random.SeedGenerator(1), hybrid.random.normal(1).numpy()
    hybrid.utils.set_random_seed(3)
    before = looks(model)
    model.check(*faulty.specs, y=faulty.y)
    assert looks(model) == before
    after = hybrid.random.normal(2).numpy()
    hybrid.utils.set_random_seed(3)
    np.testing.assert_array_equal(after, hybrid.random.normal(2).numpy())
    assert draws


class Changeable(Layer):
    """Can be broken after everything around it was built."""

    def __init__(self) -> None:
        super().__init__(name="changeable")
        self.a = self.b = dense(4)

    def call(self, x: Any) -> Any:
        return self.a(x) + self.b(x)


@pytest.mark.parametrize("styles", list(product(STYLES, repeat=3)), ids="_in_".join)
def test_a_fault_is_found_at_any_depth_of_any_styles(styles: tuple[str, ...]) -> None:
    broken = Changeable()
    model: Any = broken
    for style in styles:
        model = STYLES[style](model)
    model(np.ones((2, 4), "float32"))
    assert not model.check()
    broken.b = dense(3)
    report = model.check()
    assert [(problem.kind, problem.path) for problem in report] == [("shape", broken.path)], str(report)
    assert "self.a(x) + self.b(x)" in str(report)


def test_there_are_many_faults() -> None:
    assert len(FAULTY) >= 45 and faulty_losses.__doc__
    assert {fault.kind for faulty in FAULTY.values() for fault in faulty.faults} >= {
        "shape", "dtype", "call", "value", "code", "untracked", "created_in_call", "never_called", "unused_weight",
        "unused_input", "constant_output", "activation", "target", "nested_compile",
    }  # fmt: skip


# -- no false alarms --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_sound_models_have_an_empty_report(name: str) -> None:
    new = SAMPLES[name].make()
    before = looks(new)
    assert not new.check(SAMPLES[name].inputs)
    assert looks(new) == before
    assert not seeded(name).check()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_imperative_models_have_an_empty_report(entry: Entry) -> None:
    targets = None if entry.targets is None or entry.loss is None else entry.targets
    args, kwargs = entry.inputs()
    expected = [] if entry.recordable else ["value"]
    if not kwargs:
        new = entry.compiled(entry.make())
        before = looks(new)
        report = new.check(*args, y=targets)
        assert [problem.kind for problem in report] in ([], expected), str(report)
        assert looks(new) == before
    report = entry.compiled(entry.seeded()).check(y=targets)
    assert [problem.kind for problem in report] in ([], expected), str(report)


def test_lazily_made_layers_are_fine() -> None:
    def call(self: Any, x: Any) -> Any:
        if not hasattr(self, "lazy"):
            self.lazy = layers.Dense(3)
        return layers.ReLU()(self.lazy(x))

    assert not model_of(call).check((None, 4))


def test_layers_of_other_methods_and_steps_are_fine() -> None:
    class Coder(Model):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.decoder = dense(2), dense(4)

        def call(self, x: Any) -> Any:
            return self.encoder(x)

        def decode(self, z: Any) -> Any:
            return self.decoder(z)

    class Gan(Model):
        def __init__(self) -> None:
            super().__init__()
            self.generator, self.discriminator = dense(2), dense(1)

        def call(self, x: Any) -> Any:
            return self.generator(x)

        def train_step(self, data: Any) -> Any:
            return {}

    class Steps(Gan):
        call = Model.call

    assert not Steps().check((None, 4))
    assert not Coder().check((None, 4))
    assert not Gan().check((None, 4))


def test_tied_weights_are_used() -> None:
    def call(self: Any, x: Any) -> Any:
        return self.embedding(x) @ ops.transpose(self.embedding.embeddings)

    assert not model_of(call, embedding=layers.Embedding(5, 3)).check(hybrid.TensorSpec((None, 4), "int32"))


def test_outputs_without_a_loss_need_no_target() -> None:
    x = hybrid.Input((4,))
    model = Model(x, {"a": dense(2)(x), "b": dense(3)(x)})
    model.compile("sgd", {"a": "mse", "b": None}, metrics={"a": ["mae"], "b": []})
    assert not model.check(y={"a": (None, 2), "b": None})
    assert not model.check(y={"a": np.ones((5, 2), "float32"), "b": None})


def test_errors_that_the_code_catches_are_fine() -> None:
    def call(self: Any, x: Any) -> Any:
        try:
            return self.a(x) + x
        except ValueError:
            return self.a(x)

    assert not model_of(call, a=dense(3)).check((None, 4))


# -- reports ----------------------------------------------------------------------------------------------------------


def test_report_is_a_tuple_with_a_text() -> None:
    report = FAULTY["two_independent_clashes"].make().check((None, 8))
    assert len(report) == 2 and report and isinstance(report[0], Problem)
    text = str(report)
    assert "2 problems were found in model 'net'" in text
    for words in ("1. error: Shapes [None, 4] and [None, 3]", "faulty_models.py:", "fix:", "2. error: "):
        assert words in text, text
    assert "shape, shape" in repr(report)
    assert str(Report([], "model 'x'")) == "No problem was found in model 'x'."
    assert pickle.loads(pickle.dumps(report)) == report


def test_report_raises_the_class_of_its_first_problem() -> None:
    with pytest.raises(errors.ShapeError, match="2 problems"):
        FAULTY["two_independent_clashes"].make().check((None, 8)).raise_if_any()
    with pytest.raises(errors.DTypeError):
        FAULTY["float_indices"].make().check((None, 6)).raise_if_any()
    warned = FAULTY["a_branch_on_values"].make().check((None, 8))
    warned.errors.raise_if_any()
    assert warned.warnings == warned == warned.of_kind("value")
    with pytest.raises(errors.PlaceholderError):
        warned.raise_if_any()


def test_unbuilt_model_without_specs_says_what_to_pass() -> None:
    with pytest.raises(errors.NotBuiltError, match="model.check"):
        Sequential([dense(2)]).check()


# -- before fit, evaluate and predict ---------------------------------------------------------------------------------

X, Y = np.ones((6, 8), "float32"), np.ones((6, 3), "float32")

CALLS = {
    "fit": lambda model: model.fit(X, Y, verbose=0),
    "evaluate": lambda model: model.evaluate(X, Y, verbose=0),
    "predict": lambda model: model.predict(X, verbose=0),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "name", ["two_independent_clashes", "subclassed_in_sequential", "two_nested_models_with_one_fault_each"]
)
def test_training_methods_report_every_shape_error_before_anything_changes(name: str, call: str) -> None:
    model = FAULTY[name].make()
    model.compile("sgd", "mse")
    before = looks(model)
    with pytest.raises(errors.ShapeError, match="2 problems were found"):
        CALLS[call](model)
    vars(model).pop("_trial", None)
    assert looks(model) == before


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", ["a_layer_made_and_used_in_call", "a_layer_assigned_in_call"])
def test_training_methods_refuse_layers_made_in_call(name: str, call: str) -> None:
    model = FAULTY[name].make()
    model.compile("sgd", "mse")
    with pytest.raises(errors.UntrackedLayerError):
        CALLS[call](model)
    assert not model.built


def test_fit_tries_the_call_that_trains() -> None:
    model = FAULTY["a_fault_in_training_only"].make()
    model.compile("sgd", "mse")
    with pytest.raises(errors.ShapeError):
        model.fit(np.ones((4, 6)), np.ones((4, 2)), verbose=0)
    assert not model.built


def test_targets_that_do_not_fit_leave_the_model_unbuilt() -> None:
    model = model_of(lambda self, x: self.a(x), a=dense(2))
    model.compile("sgd", "mse")
    before = looks(model)
    with pytest.raises(errors.ShapeError, match="targets of shape"):
        model.fit(X, Y, verbose=0)
    vars(model).pop("_trial", None)
    assert looks(model) == before


def test_what_call_notes_in_attributes_is_not_noted_by_a_trial() -> None:
    def call(self: Any, x: Any) -> Any:
        self.shapes.append(tuple(x.shape))
        self.last = x
        return self.a(x)

    model = model_of(call, a=dense(2), shapes=[])
    model.compile("sgd", "mse", run_eagerly=True)  # recording a program notes once more
    model(X)
    model.shapes.clear()
    model.predict(X, verbose=0)
    assert model.shapes == [(6, 8)] and model.last.numpy().shape == (6, 8)
    model.fit(X, Y[:, :2], verbose=0)
    assert model.shapes == [(6, 8)] * 2


def test_one_error_is_the_error_itself() -> None:
    model = model_of(lambda self, x: self.a(x), a=built(dense(2, name="a"), 5))
    model.compile("sgd", "mse")
    with pytest.raises(errors.ShapeError, match="needs 5 features") as caught:
        model.predict(X, verbose=0)
    assert "found in model" not in str(caught.value)


def test_value_dependent_models_are_passed_over() -> None:
    model = FAULTY["a_branch_on_values"].make()
    model.compile("sgd", "mse")
    model.fit(X, Y[:, :2], verbose=0)
    assert model.predict(X, verbose=0).shape == (6, 2)


def test_a_call_is_tried_once_for_each_structure() -> None:
    calls = []

    def call(self: Any, x: Any, training: bool = False) -> Any:
        calls.append(type(x).__name__)
        return self.a(x)

    model = model_of(call, a=dense(2))
    model.run_eagerly = True  # recording a program is one more symbolic call
    model.predict(X, verbose=0)
    assert calls.count("SymbolicTensor") == 1
    model.predict(X, verbose=0)
    assert calls.count("SymbolicTensor") == 1
    model.a = dense(3)
    model.predict(X, verbose=0)
    assert calls.count("SymbolicTensor") == 2


def test_functional_models_are_not_walked_again() -> None:
    calls = []

    class Noting(Layer):
        def call(self, x: Any) -> Any:
            calls.append(type(x).__name__)
            return x

    x = hybrid.Input((8,))
    model = Model(x, Noting()(x))
    model.run_eagerly = True  # recording a program is one more symbolic call
    before = calls.count("SymbolicTensor")
    model.predict(X, verbose=0)
    assert calls.count("SymbolicTensor") == before
