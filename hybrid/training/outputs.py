"""Which entry of a list or dict belongs to which output of a model.

Floor 9. Dicts are matched by name, never by position; a name that is no output is an error that lists the outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import tree
from ..core.door import is_tensor
from ..errors import StructureError
from ..naming import nearest
from ..typing import Structure

__all__ = ["check_names", "names_of_outputs", "per_output"]


def names_of_outputs(outputs: Structure, declared: Sequence[str] | None) -> list[str]:
    """Return the names of a model's outputs, in the order in which they are flattened.

    Args:
        outputs: what the model returned.
        declared: names that the model gives.

    Returns:
        keys for a dict, else the declared names, else `output` or `output_0`, `output_1` …

    Example:
        >>> names_of_outputs({"b": 1, "a": 2}, None), names_of_outputs([1, 2], None)
        (['a', 'b'], ['output_0', 'output_1'])
    """
    paths = [path for path, _ in tree.flatten_with_path(outputs)]
    if isinstance(outputs, dict):
        return ["_".join(map(str, path)) for path in paths]
    if declared is not None and len(declared) == len(paths):
        return list(declared)
    if not tree.is_nested(outputs):
        return ["output"]
    return ["output_" + "_".join(map(str, path)) for path in paths]


def check_names(given: dict[str, Any], names: Sequence[str], what: str) -> None:
    """Raise if a dict has a key that is no output.

    Raises:
        StructureError: names the nearest output and lists all.
    """
    for key in given:
        if key not in names:
            close = nearest(key, names)
            raise StructureError(
                f"{what} names an output {key!r} that the model does not have.",
                why=f"its outputs are: {', '.join(map(repr, names))}",
                fix=f"did you mean {' or '.join(map(repr, close))}?" if close else "use these names",
            )


def per_output(
    value: Any, names: Sequence[str], outputs: Structure, what: str, *, required: bool = False, spread: bool = True
) -> list[Any]:
    """List the entries of an argument by output.

    Args:
        value: one entry for all outputs; a list in their order; a dict by their names; or a structure like `outputs`.
        names: of the outputs.
        outputs: what the model returned; only its structure counts.
        what: the argument, for messages.
        required: whether a dict must name every output (with `None` where there is none).
        spread: whether one entry serves several outputs.

    Returns:
        one entry per output, `None` where there is none.

    Raises:
        StructureError: if number or names do not fit.
    """
    count = len(names)
    if value is None:
        return [None] * count
    if isinstance(value, dict):
        return _by_name(value, names, outputs, what, required)
    if isinstance(value, (list, tuple)):
        return _by_position(value, names, outputs, what)
    if count > 1 and not spread:
        raise StructureError(
            f"{what} is one array, but the model has {count} outputs: {', '.join(map(repr, names))}.",
            fix=f"pass a dict by their names: {{{', '.join(f'{name!r}: ...' for name in names)}}}",
        )
    return [value] * count


def _by_name(value: dict[str, Any], names: Sequence[str], outputs: Structure, what: str, required: bool) -> list[Any]:
    if isinstance(outputs, dict) and any(isinstance(child, (list, tuple, dict)) for child in outputs.values()):
        tree.assert_same_structure(outputs, value)
        return tree.flatten(value)
    check_names(value, names, what)
    missing = [name for name in names if name not in value]
    if missing and required:
        raise StructureError(
            f"{what} has nothing for output {missing[0]!r}.",
            why=f"the model's outputs are: {', '.join(map(repr, names))}; given are: {', '.join(map(repr, value))}",
            fix=f"add {missing[0]!r}, with None if it is not to be trained",
        )
    return [value.get(name) for name in names]


def _by_position(value: Sequence[Any], names: Sequence[str], outputs: Structure, what: str) -> list[Any]:
    count = len(names)
    if isinstance(outputs, dict):
        raise StructureError(
            f"{what} is a list, but the outputs are a dict.",
            why="dicts are matched by key, never by position",
            fix=f"pass a dict with the keys {', '.join(map(repr, names))}",
        )
    if len(value) != count and tree.is_nested(outputs) and len(tree.flatten(value)) == count:
        tree.assert_same_structure(outputs, list(value) if isinstance(outputs, list) else tuple(value))
        return tree.flatten(value)
    if len(value) != count:
        raise StructureError(
            f"{what} has {len(value)} entries for {count} {'output' if count == 1 else 'outputs'}.",
            why=f"the model's outputs are: {', '.join(map(repr, names))}",
            fix="pass one entry per output, in this order, or a dict by name"
            + ("; make one array of a list of samples: np.stack(...)" if any(map(_is_array, value)) else ""),
        )
    return list(value)


def _is_array(value: Any) -> bool:
    return is_tensor(value) or hasattr(value, "shape")
