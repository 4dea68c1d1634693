"""Links: which step makes a value, and which steps need it.

Floor 7. What passes that look for patterns ask of a program.
"""

from __future__ import annotations

from typing import Any

from ..program import Program, Step, Value
from .rewriting import shape_of

__all__ = ["Links", "takes"]


def takes(step: Step, name: str, *arguments: Any) -> bool:
    """Say whether a step is of a certain operation and has certain arguments last.

    Args:
        step: to be asked about.
        name: of the operation.
        *arguments: values or constants, compared by identity; by shape where only that counts.
    """
    if step.operation.name != name:
        return False
    count = len(step.arguments)
    likes = () if step.operation.is_composite else step.operation.likes(count)
    return all(
        given is expected or (place in likes and shape_of(given) == shape_of(expected))
        for place, given, expected in zip(
            range(count - len(arguments), count), step.arguments[count - len(arguments) :], arguments, strict=True
        )
    )


class Links:
    """The links of a program, as it is now.

    Args:
        program: whose values are asked for.

    Example:
        >>> program = hybrid.jit(lambda x: hybrid.ops.exp(x) * 2.0).lower(np.ones(2)).after
        >>> links = Links(program)
        >>> first, second = program.steps
        >>> links.maker(second.arguments[0], "exp") is first, links.users(first.outputs[0]) == [second]
        (True, True)
    """

    def __init__(self, program: Program):
        self._makers: dict[Value, Step] = {}
        self._users: dict[Value, list[Step]] = {}
        self._results = {value for value in program.results if type(value) is Value}
        for step in program.steps:
            for value in step.outputs:
                self._makers[value] = step
            for argument in dict.fromkeys(argument for argument in step.arguments if type(argument) is Value):
                self._users.setdefault(argument, []).append(step)

    def maker(self, value: Any, name: str) -> Step | None:
        """Return the step that makes a value, if it has a certain name.

        Args:
            value: or a constant, which no step makes.
            name: of the operation.
        """
        step = self._makers.get(value) if type(value) is Value else None
        return step if step is not None and step.operation.name == name else None

    def users(self, value: Value) -> list[Step] | None:
        """Return the steps that need a value, in order; `None` if it leaves the program."""
        return None if value in self._results else self._users.get(value, [])
