"""The kinds of check: what a notebook may do with its object `check`. A new kind begins here.

Three classes satisfy this interface. In a student's notebook `session.Checks` compares and
explains; while an assignment is built its author's `Observer`, and while a class is graded the
examiner's `Collector`, keep what checks are given. None of them inherits from another, and all
methods are abstract: one that lacks a way to call checks cannot be made, and never runs the
student's version in its place.
"""

from abc import abstractmethod
from types import ModuleType
from typing import Any, Protocol


class NotebookChecks(Protocol):
    """What the cells of a notebook call."""

    @property
    @abstractmethod
    def being_graded(self) -> bool:
        """Whether the notebook runs to be graded, not to be read."""

    @abstractmethod
    def __call__(self, name: str, value: Any) -> None:
        """Compare a value with the one recorded under a name."""

    @abstractmethod
    def that(self, name: str, condition: Any) -> None:
        """Check a property: the condition must be true."""

    @abstractmethod
    def load_hidden(self, packed: str) -> None:
        """Add the recorded values of hidden checks."""

    @abstractmethod
    def import_torch(self) -> ModuleType | None:
        """PyTorch for a comparison, or None where there is to be none."""

    @abstractmethod
    def agrees(self, name: str, mine: Any, theirs: Any, tolerance: float = 1e-10) -> None:
        """Hold a value against an independent computation."""

    @abstractmethod
    def summary(self) -> None:
        """Show every graded cell with its state."""
