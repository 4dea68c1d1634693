"""Every example in a docstring of the package is run.

The objects are collected here and not by `doctest.testmod`, which overlooks what a decorator wrapped: most ops are.
"""

from __future__ import annotations

import doctest
import importlib
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import hybrid

_PACKAGE = Path(hybrid.__file__).parent
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.REPORT_NDIFF


def _module_names() -> list[str]:
    names = []
    for path in sorted(_PACKAGE.rglob("*.py")):
        parts = path.relative_to(_PACKAGE.parent).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def _documented(module: types.ModuleType) -> Iterator[tuple[str, str]]:
    """Yield name and docstring of a module and of what it defines, each object once."""
    yield module.__name__, module.__doc__ or ""
    seen: set[int] = set()
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) == module.__name__ and id(value) not in seen:
            seen.add(id(value))
            yield from _documented_object(f"{module.__name__}.{name}", value)


def _documented_object(name: str, value: object) -> Iterator[tuple[str, str]]:
    own = value.__doc__
    if isinstance(own, str) and (isinstance(value, type) or own is not type(value).__doc__):
        yield name, own
    if isinstance(value, type):
        for member_name, member in vars(value).items():
            if isinstance(member, type) and member.__qualname__.startswith(f"{value.__qualname__}."):
                yield from _documented_object(f"{name}.{member_name}", member)
            elif isinstance(member, types.FunctionType | property | classmethod | staticmethod):
                yield f"{name}.{member_name}", member.__doc__ or ""


def run_examples(module: types.ModuleType) -> str:
    """Run the examples of a module; returns the report of those that fail."""
    report: list[str] = []
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=_FLAGS, verbose=False)
    for name, text in _documented(module):
        names = {**vars(module), "np": np, "hybrid": hybrid}
        example = parser.get_doctest(text, names, name, module.__file__, 0)
        if example.examples:
            runner.run(example, out=report.append)
    return "".join(report)


@pytest.mark.parametrize("name", _module_names())
def test_examples_of_module_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report = run_examples(importlib.import_module(name))
    assert not report, report


_SYNTHETIC = '''
"""A module.

>>> 1 + 1
{module}
"""
import functools


def decorate(function):
    return functools.wraps(function)(Wrapped(function))


class Wrapped:
    def __init__(self, function):
        self.function = function

    def __call__(self, x):
        return self.function(x)


@decorate
def double(x):
    """Double.

    >>> double(np.int64(3))
    np.int64({wrapped})
    """
    return 2 * x


class Box:
    """A class.

    >>> Box().size
    {cls}
    """

    @property
    def size(self):
        """A property.

        >>> Box().size * 2
        {property}
        """
        return 1
'''
_RIGHT = {"module": 2, "wrapped": 6, "cls": 1, "property": 2}


def _synthetic(**results: int) -> types.ModuleType:
    module = types.ModuleType("synthetic")
    exec(_SYNTHETIC.format(**results), vars(module))
    module.__doc__ = f">>> 1 + 1\n{results['module']}\n"
    module.__file__ = "synthetic.py"
    return module


def test_right_examples_pass() -> None:
    assert run_examples(_synthetic(**_RIGHT)) == ""


@pytest.mark.parametrize("place", _RIGHT)
def test_wrong_example_is_reported(place: str) -> None:
    report = run_examples(_synthetic(**{**_RIGHT, place: 777}))
    assert "777" in report and report.count("Failed example") == 1
