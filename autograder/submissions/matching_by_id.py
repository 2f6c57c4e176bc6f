"""Which submitted cell counts as which cell of the assignment, and which are the student's own."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property

from nbformat import NotebookNode

from autograder.cells.markers import is_solution
from autograder.submissions.handout import Handout
from autograder.submissions.parse import SubmittedCell
from autograder.submissions.repair_report import Repair

# What a submission may not change in a cell that nbgrader knows.
_FIXED_SETTINGS = ("grade", "solution", "locked", "points")
_DEFINITION = re.compile(r"^(?:async +def|def|class) +(\w+)", re.MULTILINE)
_ELSEWHERE = "# The work for this cell was handed in as part of another cell."


@dataclass
class Matching:
    """Which submitted cell counts as which cell of the handout, and which are the student's own."""

    handout: Handout
    cells: list[SubmittedCell]
    recognised: list[str] = field(default_factory=list)

    @cached_property
    def claims(self) -> dict[str, list[int]]:
        """For each cell of the handout that was handed in, the places where it was."""
        claims = defaultdict(list)
        for index, cell in enumerate(self.cells):
            # nbgrader's id goes first: Jupyter copies it with a cell, and makes a new cell id.
            for key in (cell.settings.get("grade_id"), cell.id):
                if isinstance(key, str) and key in self.handout.cells:
                    claims[key].append(index)
                    break
        return dict(claims)

    @cached_property
    def counted(self) -> dict[str, int]:
        """The one place that counts for each cell of the handout that was handed in."""
        counted = {key: self._first_to_count(key, places) for key, places in self.claims.items()}
        for key in self.handout.cells:
            if key in counted:
                continue
            place = self._place_of_definition(key, set(counted.values()))
            if place is not None:
                counted[key] = place
                self.recognised.append(key)
        return counted

    @cached_property
    def added(self) -> list[int]:
        """The places of the student's own cells.

        A copy that was changed is one of them: a helper may have been written into it, and the
        second half of a cell that was split in Jupyter comes as one. It runs where it stands, so
        that the last definition before a test is tested, as in the student's own kernel. An
        unchanged copy says nothing new and is left out: as a stub it would undo the real cell.
        """
        texts = {
            text.rstrip()
            for key, text in self.handout.released.items()
            if not self.handout.is_plain(key)
        }
        texts |= {self.cells[place].text.rstrip() for place in self._open_places()}
        counted = set(self.counted.values())
        return [
            place
            for place, cell in enumerate(self.cells)
            if place not in counted and cell.text.rstrip() not in texts - {""}
        ]

    def text(self, key: str) -> str:
        """The text of a cell in the result."""
        if key in self.counted and self.handout.is_open(key):
            return self.cells[self.counted[key]].text
        # The stub would undo what another cell defines, such as one that was merged with this.
        return _ELSEWHERE if self._is_elsewhere(key) else str(self.handout.cells[key].source)

    def repairs(self) -> list[Repair]:
        """What is not as the student handed it in."""
        repairs = [Repair("line ends")] if any(cell.windows for cell in self.cells) else []
        moved = self._moved()
        for key in self.handout.cells:
            kinds = self._kinds_of_repair(key) + (["moved"] if key in moved else [])
            repairs += [Repair(kind, self.handout.label(key)) for kind in kinds]
        return repairs

    def _first_to_count(self, key: str, places: list[int]) -> int:
        """An open cell's first place with work in it; a locked one's first unchanged place."""
        released = self.handout.released[key].rstrip()
        for place in places:
            is_unchanged = self.cells[place].text.rstrip() == released
            if is_unchanged != self.handout.is_open(key):
                return place
        return places[0]

    def _place_of_definition(self, key: str, taken: set[int]) -> int | None:
        """Where the functions of a missing solution cell are defined, if they are.

        Students delete a cell and write a new one. Were the stub put back behind it, it would
        undo their work.
        """
        wanted = self._functions(key)
        if not wanted:
            return None
        claimed = {place for places in self.claims.values() for place in places}
        for place, cell in enumerate(self.cells):
            free = cell.type == "code" and place not in taken | claimed
            if free and wanted <= _definitions(cell.text):
                return place
        return None

    def _functions(self, key: str) -> set[str]:
        """What the student was to define in a cell."""
        is_code = self.handout.cells[key].cell_type == "code" and is_solution(
            self.handout.cells[key]
        )
        return _definitions(self.handout.released[key]) if is_code else set()

    def _is_elsewhere(self, key: str) -> bool:
        """Whether a missing cell's functions are all defined in a cell that counts or was added."""
        wanted = self._functions(key)
        if key in self.counted or not wanted:
            return False
        open_places = [place for key, place in self.counted.items() if self.handout.is_open(key)]
        cells = [self.cells[place] for place in (*open_places, *self.added)]
        return any(cell.type == "code" and wanted <= _definitions(cell.text) for cell in cells)

    def _open_places(self) -> list[int]:
        """The places of solution cells and written answers."""
        return [
            place
            for key, place in self.counted.items()
            if self.handout.is_open(key) and not self.handout.is_plain(key)
        ]

    def _moved(self) -> set[str]:
        """The cells that are not in their order, as few as explain it."""
        found = sorted(self.counted, key=self.counted.__getitem__)
        expected = [key for key in self.handout.cells if key in self.counted]
        blocks = SequenceMatcher(None, expected, found, autojunk=False).get_matching_blocks()
        kept = {key for block in blocks for key in expected[block.a : block.a + block.size]}
        return set(expected) - kept

    def _kinds_of_repair(self, key: str) -> list[str]:
        if key in self.recognised:
            return ["recognised"]
        if key not in self.counted:
            return ["elsewhere" if self._is_elsewhere(key) else "missing"]
        if self.handout.is_plain(key):
            return []
        cell, original = self.cells[self.counted[key]], self.handout.cells[key]
        is_open = self.handout.is_open(key)
        known = (self.handout.released[key].rstrip(), original.source.rstrip())
        return [
            kind
            for kind, holds in {
                "edited": not is_open and cell.text.rstrip() not in known,
                "settings": self._settings_changed(key, cell, original),
                "retyped": cell.type != original.cell_type,
                "repeated": len(self.claims[key]) > 1,
            }.items()
            if holds
        ]

    def _settings_changed(self, key: str, cell: SubmittedCell, original: NotebookNode) -> bool:
        wanted = original.metadata.nbgrader
        return (
            cell.settings.get("grade_id") != key
            or any(cell.settings.get(name) != wanted.get(name) for name in _FIXED_SETTINGS)
            # A tag can have a cell skipped. On their own cells, students may have any.
            or (cell.tagged and not self.handout.is_open(key))
        )


def _definitions(text: str) -> set[str]:
    """The functions and classes that a text defines at its top level, also if it does not parse."""
    return set(_DEFINITION.findall(text))
