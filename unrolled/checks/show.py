"""How checks speak: the same content as text and, in a notebook, as HTML."""

import html
import sys
from dataclasses import dataclass

from unrolled.checks.recorded import GradedCell, Mistake

# Mid-tones that are readable on the light and on the dark theme of a notebook.
_GREEN, _RED, _GREY = "#3a9a5b", "#d9534f", "#808890"
# The states of a graded cell, each with its mark and colour.
STATES = {
    "passed": ("✓", _GREEN),
    "not right yet": ("✗", _RED),
    "to do": ("·", _GREY),
    "by hand": ("✎", _GREY),
}


@dataclass(frozen=True)
class Verdict:
    """The outcome of one check, ready to be shown.

    Attributes:
        name: the name of the check.
        right: whether it passed.
        lines: what was found.
        mistakes: the known mistakes that give this value.
        carried: the mistake in an earlier function that explains a value accepted all the same.
    """

    name: str
    right: bool
    lines: tuple[str, ...]
    mistakes: tuple[Mistake, ...] = ()
    carried: Mistake | None = None

    def text(self) -> str:
        """The verdict as plain text, for error messages and terminals."""
        head = f"{'✓' if self.right else '✗'} {self.name}"
        if self.right:
            return f"{head} — {'; '.join(self.lines)}{self._carried_note()}"
        parts = [head, *(f"  {line}" for line in self.lines)]
        for number, mistake in enumerate(self.mistakes):
            parts += ["", f"{'Or' if number else 'It looks like this'}: {mistake.diagnosis}."]
            parts += [f"Hint: {mistake.hint}", f"Read again: {_source(mistake)}"]
        return "\n".join(parts)

    def as_html(self) -> str:
        """The verdict as a box for a notebook."""
        if self.right:
            found = html.escape("; ".join(self.lines) + self._carried_note())
            return _box(_GREEN, f"<b>✓ {html.escape(self.name)}</b> — {found}")
        found = "<br>".join(html.escape(line) for line in self.lines)
        body = f"<b>✗ {html.escape(self.name)}</b><br>{found}"
        for number, mistake in enumerate(self.mistakes):
            lead = "Or" if number else "It looks like this"
            body += (
                f'<div style="margin-top:.5em"><b>{lead}:</b> {html.escape(mistake.diagnosis)}.'
                f"<br><b>Hint:</b> {html.escape(mistake.hint)}"
                f"<br><b>Read again:</b> {_link(mistake)}</div>"
            )
        return _box(_RED, body)

    def _carried_note(self) -> str:
        if self.carried is None:
            return ""
        return (
            f". Right for what {self.carried.of} gives it, where a mistake remains "
            f"({self.carried.diagnosis}): mend that one first"
        )


@dataclass(frozen=True)
class CellState:
    """Where a learner stands with one graded cell: one of the keys of `STATES`."""

    cell: GradedCell
    state: str


@dataclass(frozen=True)
class Progress:
    """Where a learner stands with a notebook; points that checks can give, and those by hand."""

    states: tuple[CellState, ...]

    @property
    def earned(self) -> float:
        """Points of the cells whose visible checks all pass."""
        return sum(s.cell.points for s in self.states if s.state == "passed")

    @property
    def reachable(self) -> float:
        """Points that checks can give."""
        return sum(s.cell.points for s in self.states if s.state != "by hand")

    @property
    def by_hand(self) -> float:
        """Points that a person gives for written answers."""
        return sum(s.cell.points for s in self.states if s.state == "by hand")

    def bar(self, width: int = 20) -> str:
        """The progress bar as text, with the points."""
        filled = round(width * self.earned / self.reachable) if self.reachable else width
        points = f"{self.earned:g} of {_points(self.reachable)}"
        return f"[{'█' * filled}{'░' * (width - filled)}] {points}"

    def bar_html(self) -> str:
        """The progress bar for a notebook."""
        share = 100 * self.earned / self.reachable if self.reachable else 100
        return (
            f'<span style="display:inline-block;width:12em;height:.7em;border:1px solid {_GREY};'
            f'border-radius:.35em;overflow:hidden;vertical-align:baseline">'
            f'<span style="display:block;height:100%;width:{share:.0f}%;background:{_GREEN}">'
            f"</span></span> {self.earned:g} of {_points(self.reachable)}"
        )

    def text(self) -> str:
        """The summary as plain text."""
        rows = [
            f"  {STATES[s.state][0]} {s.cell.id:<28} {s.cell.points:>4g}  {s.state}"
            for s in self.states
        ]
        return "\n".join([self.bar(), *rows, *self._footnotes()])

    def as_html(self) -> str:
        """The summary as a table for a notebook."""
        rows = "".join(
            f'<tr><td style="text-align:left">{html.escape(s.cell.id)}</td>'
            f'<td style="text-align:left">{html.escape(s.cell.of)}</td>'
            f'<td style="text-align:right">{s.cell.points:g}</td>'
            f'<td style="text-align:left;color:{STATES[s.state][1]}"><b>{s.state}</b></td></tr>'
            for s in self.states
        )
        heads = "".join(
            f'<th style="text-align:left">{head}</th>'
            for head in ("check", "function", "points", "state")
        )
        notes = "".join(f"<div>{html.escape(note)}</div>" for note in self._footnotes())
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        return _box(_GREY, self.bar_html() + table + notes)

    def _footnotes(self) -> list[str]:
        notes = ["Hidden tests run after you hand in: they try edge cases of the same functions."]
        if self.by_hand:
            notes.append(f"{_points(self.by_hand)} more can be given by hand for written answers.")
        return notes


def emit(text: str, as_html: str) -> None:
    """Show HTML in a notebook, and text everywhere else."""
    if in_notebook():
        from IPython.display import display

        display({"text/plain": text, "text/html": as_html}, raw=True)
    else:
        print(text)


def in_notebook() -> bool:
    """Whether a kernel shows what this process displays."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def _points(number: float) -> str:
    return f"{number:g} point{'' if number == 1 else 's'}"


def _source(mistake: Mistake) -> str:
    return f"{mistake.read} ({mistake.url})" if mistake.url else mistake.read


def _link(mistake: Mistake) -> str:
    title = html.escape(mistake.read)
    return f'<a href="{html.escape(mistake.url)}">{title}</a>' if mistake.url else title


def _box(colour: str, body: str) -> str:
    return (
        f'<div style="border-left:.3em solid {colour};padding:.2em .8em;margin:.2em 0">{body}</div>'
    )
