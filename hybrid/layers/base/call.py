"""How arguments reach a layer's `call`: one binder for eager and symbolic calls.

Floor 8. A call is divided into its tensors, which are positional and may be symbolic, and a template that holds
everything static and says where the tensors go.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import tree
from ...core.door import convert, is_tensor
from ...core.tensor import SymbolicTensor, Tensor, wrap
from ...core.variable import Variable
from ...errors import ConfigError, ShapeError
from ...naming import nearest

_TENSORS = frozenset((Tensor, SymbolicTensor))


class Slot:
    """Marks the place of a tensor in a template."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "*"

    def __reduce__(self) -> str:
        return "SLOT"

    def __deepcopy__(self, memo: Any) -> Slot:
        return self


SLOT = Slot()


class CallTemplate:
    """The arguments of a call without its tensors.

    Args:
        args: positional arguments, tensors replaced by slots.
        kwargs: keyword arguments, likewise.
        single: whether the only argument is one tensor and nothing else varies.
        plain: whether there is nothing but one tensor, and perhaps `training`.
        training: what a plain call says of it.
    """

    __slots__ = ("args", "kwargs", "plain", "single", "training")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]):
        self.args = args
        self.kwargs = kwargs
        self.single = len(args) == 1 and args[0] is SLOT and not any(map(_has_slot, kwargs.values()))
        self.plain = self.single and (not kwargs or (len(kwargs) == 1 and "training" in kwargs))
        self.training = kwargs["training"] if self.plain and kwargs else None

    def fill(self, leaves: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Put tensors back into their places."""
        if self.single:
            return (leaves[0],), dict(self.kwargs)
        given = iter(leaves)
        args, kwargs = tree.map_structure(lambda item: next(given) if item is SLOT else item, [self.args, self.kwargs])
        return args, kwargs

    def __repr__(self) -> str:
        shown = [repr(item) for item in self.args] + [f"{key}={value!r}" for key, value in self.kwargs.items()]
        return f"call({', '.join(shown)})"


def _has_slot(value: Any) -> bool:
    return any(item is SLOT for item in tree.flatten(value))


SINGLE = CallTemplate((SLOT,), {})
_SINGLE_TRAINING = {flag: CallTemplate((SLOT,), {"training": flag}) for flag in (True, False, None)}


def _template_of_options(kwargs: dict[str, Any]) -> CallTemplate | None:
    """Return the template of a call with one tensor and no option but `training`, `None` if there are others."""
    if len(kwargs) == 1 and "training" in kwargs and type(kwargs["training"]) in (bool, type(None)):
        return _SINGLE_TRAINING[kwargs["training"]]
    return None


class CallSignature:
    """What a layer's `call` takes.

    Args:
        function: the `call` of a layer class.
    """

    def __init__(self, function: Callable[..., Any]):
        self.function = function
        self.signature = inspect.signature(function)
        parameters = list(self.signature.parameters.values())[1:]
        self.names = [
            p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        ]
        self.positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        self.has_training = "training" in self.names
        self.training_position = self.positional.index("training") if "training" in self.positional else len(parameters)
        self.training_default = next(
            (p.default for p in parameters if p.name == "training" and p.default is not p.empty), None
        )
        self.takes_any_keyword = any(p.kind is p.VAR_KEYWORD for p in parameters)
        self.surplus = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "inputs")
        self.sees_training = self.has_training or self.takes_any_keyword
        self.masks = [name for name in self.names if name == "mask" or name.endswith("_mask")]
        self.needs_scope = self.has_training or bool(self.masks)

    def _numbers(self, value: Any) -> Any:
        """Return the tensor of a nested list of numbers that is put first.

        Raises:
            ShapeError: if its parts differ in length.
        """
        try:
            return convert(value)
        except ValueError as error:
            name = (*self.positional, self.surplus)[0]
            raise ShapeError(
                f"The nested numbers passed as '{name}' make no tensor: their parts differ in length or depth.",
                why="numbers that are put first become one tensor, as a NumPy array would",
                fix=f"pad them to one length; for a call that walks through Python values, pass them as {name}=...",
            ) from error

    def renamed(self, names: Sequence[str]) -> CallSignature:
        """Return a signature of any number of arguments with names for the first of them."""
        twin = copy.copy(self)
        twin.positional = list(names)
        return twin

    def divide(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], CallTemplate]:
        """Divide arguments into tensors and a template. Arrays become tensors; so does a list of numbers put first."""
        if len(args) == 1:
            argument = args[0]
            kind = type(argument)
            if kind in _TENSORS or kind is np.ndarray:
                template = _template_of_options(kwargs) if kwargs else SINGLE
                if template is not None:
                    return [argument if kind in _TENSORS else wrap(argument)], template
        if args and not tree.is_nested(args[0]):
            args = (args[0] if _is_static(args[0]) else _tensor(args[0]), *args[1:])
        elif args and _is_numbers(args[0]):
            args = (self._numbers(args[0]), *args[1:])
        leaves: list[Any] = []

        def take(item: Any) -> Any:
            if is_tensor(item) or isinstance(item, np.ndarray):
                leaves.append(_tensor(item))
                return SLOT
            return item

        template = CallTemplate(*tree.map_structure(take, [args, kwargs]))
        return leaves, template

    def settle_training(
        self, inherited: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, tuple[Any, ...]]:
        """Decide whether a call trains: its own argument says so, else the enclosing call, else the default.

        Args:
            inherited: what the enclosing call says.
            args: positional arguments.
            kwargs: keyword arguments; `training` is put in, or taken out where `call` does not take it.

        Returns:
            what holds for this call and those inside it, and the positional arguments.
        """
        position = self.training_position
        by_position = len(args) > position and self.has_training
        given = args[position] if by_position else kwargs.pop("training", None)
        training = given if given is not None else inherited if inherited is not None else self.training_default
        if by_position:
            args = (*args[:position], training, *args[position + 1 :])
        elif self.has_training:
            kwargs["training"] = training
        return training, args

    def settle_training_of_one(self, given: Any, inherited: Any) -> tuple[Any, dict[str, Any]]:
        """Decide, as `settle_training`, for a plain call.

        Returns:
            what holds for this call and those inside it, and the keyword arguments.
        """
        training = given if given is not None else inherited if inherited is not None else self.training_default
        return training, {"training": training} if self.has_training else {}

    def check(self, owner: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Raise unless `call` can take these arguments.

        Raises:
            ConfigError: names the argument that is missing, unknown or too many.
        """
        passed = {key: value for key, value in kwargs.items() if key != "training" or self.has_training}
        try:
            self.signature.bind(None, *args, **passed)
        except TypeError as error:
            unknown = [key for key in passed if key not in self.names and not self.takes_any_keyword]
            close = nearest(unknown[0], self.names) if unknown else []
            raise ConfigError(
                f"{owner} cannot be called like this: {error}.",
                why=f"its call takes ({', '.join(self.names)})",
                fix=f"did you mean {' or '.join(close)}?" if close else "pass the arguments that call takes",
            ) from None

    def by_name(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments by the names of the parameters; surplus ones are numbered."""
        named = dict(zip(self.positional, args, strict=False))
        surplus = args[len(self.positional) :]
        return {**named, **{f"{self.surplus}_{index}": value for index, value in enumerate(surplus)}, **kwargs}


def without_training(layer: Any, template: CallTemplate) -> tuple[CallTemplate, bool | None]:
    """Divide a template into what does not speak of `training`, and what it says of it."""
    signature = layer._call_signature
    args, kwargs = template.args, dict(template.kwargs)
    training = kwargs.pop("training", None)
    position = signature.training_position
    if signature.has_training and len(args) == position + 1:
        args, training = args[:position], args[position]
    return CallTemplate(args, kwargs), training


def _is_static(value: Any) -> bool:
    return value is None or isinstance(value, (str, bool)) or (callable(value) and not hasattr(value, "shape"))


def _tensor(value: Any) -> Any:
    if type(value) in _TENSORS:
        return value
    return value.value if isinstance(value, Variable) else convert(value)


def _is_numbers(value: Any) -> bool:
    leaves = tree.flatten(value) if isinstance(value, (list, tuple)) else [None]
    return bool(leaves) and all(isinstance(leaf, (bool, int, float, np.generic)) for leaf in leaves)
