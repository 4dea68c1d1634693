"""The errors users meet: one class per user mistake, one form of message.

Floor 1: knows nothing of the rest of the package.

Every class derives from `HybridError` *and* from the builtin that a user would catch:

    HybridError
    ├── ShapeError (ValueError)              shapes that do not fit together
    ├── DTypeError (TypeError)               a dtype that an operation cannot take
    ├── OutOfRangeError (IndexError)         an index beyond the end of an axis
    ├── StructureError (ValueError)          nested arguments of the wrong structure, names or number
    ├── PlaceholderError (TypeError)         a symbolic tensor was asked for a value it does not have
    ├── FrozenValueError (ValueError)        a value computed from a Variable would be frozen into a graph
    ├── DisconnectedGraphError (ValueError)  outputs that cannot be computed from the given inputs
    ├── NotBuiltError (ValueError)           variables were needed before they exist
    ├── UntrackedLayerError (ValueError)     a layer was called that its owner cannot find
    ├── ConfigError (ValueError)             a wrong, unknown or contradictory option
    ├── SerializationError (TypeError)       an object that cannot be written as data
    ├── LoadError (ValueError)               a file that cannot be trusted, read or matched
    ├── WeightMismatchError (ValueError)     values that do not fit the variables they are meant for
    ├── GradientError (ValueError)           a derivative that was asked for and does not exist
    ├── DataError (ValueError)               training data that contradicts the model
    ├── NotCompiledError (RuntimeError)      training was asked of a model without a loss or an optimizer
    ├── UnsupportedOpError (TypeError)       a function that cannot take our tensors
    └── MissingExtraError (ImportError)      an optional package that is not installed
"""

from __future__ import annotations


def compose(what: str, *, where: str | None = None, why: str | None = None, fix: str | None = None) -> str:
    """Write a message in the house form: what happened, and, indented below it, where, why and how to mend it."""
    lines = [what]
    for label, text in (("where", where), ("why", why), ("fix", fix)):
        if text:
            lines.append(f"  {label + ':':<6} {text}")
    return "\n".join(lines)


class HybridError(Exception):
    """Base of all errors that hybrid raises on purpose.

    Args:
        what: one sentence saying what happened.
        where: layer path, operation, shapes and the user's own line.
        why: the rule that was broken.
        fix: what to write instead.

    Example:
        >>> print(ShapeError("Dense 'head' received 10 features but was built for 12.", fix="pass 12 features"))
        Dense 'head' received 10 features but was built for 12.
          fix:   pass 12 features
    """

    def __init__(self, what: str = "", *, where: str | None = None, why: str | None = None, fix: str | None = None):
        super().__init__(compose(what, where=where, why=why, fix=fix))
        self.what, self.where, self.why, self.fix = what, where, why, fix

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class ShapeError(HybridError, ValueError):
    """Shapes that do not fit together."""


class DTypeError(HybridError, TypeError):
    """A dtype that an operation cannot take."""


class OutOfRangeError(HybridError, IndexError):
    """An index beyond the end of an axis."""


class StructureError(HybridError, ValueError):
    """Nested arguments of the wrong structure, with wrong names, or too many or too few of them."""


class PlaceholderError(HybridError, TypeError):
    """A symbolic tensor was asked for a value, which it does not have."""


class FrozenValueError(HybridError, ValueError):
    """A value that was computed from a Variable would be frozen into a graph."""


class DisconnectedGraphError(HybridError, ValueError):
    """Outputs that cannot be computed from the given inputs."""


class NotBuiltError(HybridError, ValueError):
    """Variables were needed before they were created."""


class UntrackedLayerError(HybridError, ValueError):
    """A layer was called that its owner cannot find among its attributes."""


class ConfigError(HybridError, ValueError):
    """A wrong, unknown or contradictory option."""


class SerializationError(HybridError, TypeError):
    """An object that cannot be written as plain data."""


class LoadError(HybridError, ValueError):
    """A file that cannot be trusted, read or matched with what is there."""


class WeightMismatchError(HybridError, ValueError):
    """Values that do not fit the variables they are meant for."""


class GradientError(HybridError, ValueError):
    """A derivative that was asked for and does not exist."""


class DataError(HybridError, ValueError):
    """Training data that contradicts the model or its loss."""


class NotCompiledError(HybridError, RuntimeError):
    """Training was asked of a model that has no loss or no optimizer."""


class UnsupportedOpError(HybridError, TypeError):
    """A function that cannot take our tensors."""


class MissingExtraError(HybridError, ImportError):
    """An optional package that is not installed.

    Args:
        package: the package that is missing.
        purpose: what it is needed for.
        extra: name of the extra of `hybrid` that installs it; the package's own name by default.
        more: what else there is to do, or what needs no package.
    """

    def __init__(self, package: str, purpose: str = "this", extra: str | None = None, *, more: str = ""):
        super().__init__(
            f"{purpose} needs the package '{package}', which is not installed.",
            fix=f'pip install "hybrid[{extra or package}]"{more}',
        )
