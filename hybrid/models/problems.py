"""What is wrong with a model, and lists of that.

Floor 10. Plain data: nothing here looks at models.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .. import errors
from ..core.source import SourceLine, source_text

__all__ = ["Problem", "Report"]

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a model.

    Attributes:
        kind: what it is about: `"shape"`, `"dtype"`, `"call"` (arguments and options), `"value"` (`call` depends on
            values), `"code"` (an exception of the user's own code), `"untracked"`, `"created_in_call"`,
            `"never_called"`, `"unused_weight"`, `"unused_input"`, `"constant_output"`, `"activation"`, `"target"` or
            `"nested_compile"`.
        message: what is wrong, in a sentence.
        path: of the layer that it concerns.
        place: the line of the user's code, `None` where there is none.
        why: the rule that is broken.
        fix: what to do about it.
        severity: `"error"` if the model will fail or learn the wrong thing, `"warning"` if it is odd.
        error: class of the exception that stands for it.

    Example:
        >>> problem = Problem("unused_weight", "No output depends on it.", path="net/bias", severity="warning")
        >>> print(problem)
        warning: No output depends on it.
          where: net/bias
    """

    kind: str
    message: str
    path: str = ""
    place: SourceLine | None = None
    why: str | None = None
    fix: str | None = None
    severity: str = ERROR
    error: type[errors.HybridError] = errors.ConfigError

    @property
    def is_error(self) -> bool:
        """Whether the model will fail or learn the wrong thing."""
        return self.severity == ERROR

    def __str__(self) -> str:
        return errors.compose(f"{self.severity}: {self.message}", where=self._where(), why=self.why, fix=self.fix)

    def _where(self) -> str:
        if self.place is None:
            return self.path
        text = source_text(self.place)
        line = f"{self.place}: {text}" if text else str(self.place)
        return f"{self.path}, {line}" if self.path else line


class Report(tuple[Problem, ...]):
    """All that is wrong with a model: a tuple of problems, empty (and so false) if there is none.

    Args:
        problems: in the order in which they are to be read.
        subject: what was looked at, for the first line of the text.

    Example:
        >>> print(Report([], "model 'net'"))
        No problem was found in model 'net'.
    """

    subject: str

    def __new__(cls, problems: Iterable[Problem] = (), subject: str = "the model") -> Report:
        """Make the tuple."""
        report = super().__new__(cls, problems)
        report.subject = subject
        return report

    @property
    def errors(self) -> Report:
        """The problems with which the model fails or learns the wrong thing."""
        return Report([problem for problem in self if problem.is_error], self.subject)

    @property
    def warnings(self) -> Report:
        """The problems that are odd, but may be meant so."""
        return Report([problem for problem in self if not problem.is_error], self.subject)

    def of_kind(self, *kinds: str) -> Report:
        """Return the problems of some kinds."""
        return Report([problem for problem in self if problem.kind in kinds], self.subject)

    def raise_if_any(self) -> None:
        """Raise one error that lists all problems, if there are any; for errors only: `report.errors.raise_if_any()`.

        Raises:
            HybridError: of the class that suits the first problem, a ShapeError for one of shapes.
        """
        if self:
            raise self[0].error(str(self)) from None

    def __str__(self) -> str:
        if not self:
            return f"No problem was found in {self.subject}."
        title = "1 problem was" if len(self) == 1 else f"{len(self)} problems were"
        numbered = [f"{number}. {problem}".replace("\n", "\n   ") for number, problem in enumerate(self, 1)]
        return "\n".join([f"{title} found in {self.subject}:", *numbered])

    def __repr__(self) -> str:
        return f"<Report of {len(self)} problems: {', '.join(problem.kind for problem in self) or 'none'}>"

    def __reduce__(self) -> tuple[type[Report], tuple[list[Problem], str]]:
        return Report, (list(self), self.subject)
