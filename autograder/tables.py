"""What the commands print: tables and progress, for a terminal and for a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from autograder.text import printable

if TYPE_CHECKING:
    from autograder.authoring.selftest import Matrix, Row
    from autograder.doctor import Finding
    from autograder.grading.class_report import ClassReport

console = Console(highlight=False)
Advance = Callable[[str], None]


class _Rate(ProgressColumn):
    """Steps per second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f} a second" if task.speed else "")


@contextmanager
def progress(title: str, total: int) -> Iterator[Advance]:
    """A progress bar in a terminal, a line every tenth of the way in a log: rate and time left.

    Yields:
        A function to call after each step, with a word on it.
    """
    if console.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[word]}"),
        )
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(title, total=total, word="")
            yield lambda word: bar.update(task, advance=1, word=escape(word))
        return
    started, done = time.monotonic(), 0

    def advance(word: str) -> None:
        nonlocal done
        done += 1
        if done == total or done * 10 // total > (done - 1) * 10 // total:
            passed = time.monotonic() - started
            left = f", {passed / done * (total - done):.0f} s left" if done < total else ""
            rate = f"{done / passed:.1f} a second" if passed else ""
            console.print(f"{title}: {done}/{total}, {passed:.0f} s, {rate}{left}  {escape(word)}")

    yield advance


def print_matrix(matrix: "Matrix") -> None:
    """Print a selftest: implementations down, tests cells across."""
    cells = matrix.assignment.of_role("tests")
    table = Table(title=f"{matrix.assignment.name}: implementations against test cells")
    table.add_column("implementation", no_wrap=True)
    for column in range(1, len(cells) + 1):
        table.add_column(str(column), justify="center")
    table.add_column("points", justify="right")
    table.add_column("named", justify="center")
    for row in matrix.rows:
        marks = ["●" if row.results[cell.id].passed else "[red]✗[/red]" for cell in cells]
        named_mark = ("yes" if row.is_named else "[yellow]no[/yellow]") if _is_wrong(row) else ""
        name = f"[red]{row.name}[/red]" if row.problem else row.name
        table.add_row(f"{row.kind[:3]} {name}", *marks, f"{row.points:g}", named_mark)
    wide = Console(highlight=False, width=max(console.width, 60 + 4 * len(cells)))
    wide.print(table)
    for number, tests in enumerate(cells, start=1):
        console.print(f"  {number:>2}  {tests.id}: {tests.points:g} points, {tests.of}")
    named, count = matrix.named
    console.print(
        f"{matrix.by_checks:g} points by checks, {matrix.by_hand:g} by hand; "
        f"hints name {named} of {count} misconceptions; "
        f"graded path {matrix.seconds * 1000:.0f} ms of CPU"
    )


def _is_wrong(row: "Row") -> bool:
    return row.kind == "misconception"


def print_class(report: "ClassReport") -> None:
    """Print a graded class: each cell's mean, and what is left to do."""
    table = Table()
    for heading in ("cell", "points", "mean", "right", "to grade by hand"):
        table.add_column(heading, justify="left" if heading == "cell" else "right")
    for row in report.cells:
        waiting = str(row.waiting) if row.waiting else ""
        share = f"{row.mean / row.points:.0%}"
        table.add_row(row.cell, f"{row.points:g}", f"{row.mean:.2f}", share, waiting)
    console.print(table)
    scores = report.scores
    if scores:
        mean = sum(scores) / len(scores)
        console.print(
            f"{report.count('graded')} graded, {report.count('unchanged')} unchanged; "
            f"mean {mean:.1f} of {report.points:g} points, from {min(scores):g} to {max(scores):g}"
        )
    for result in report.results:
        if result.state == "needs attention":
            line = escape(f"{printable(result.student)}: {result.reason}")
            console.print(f"[red]needs attention[/red] {line}", soft_wrap=True)


def print_findings(findings: "list[Finding]") -> None:
    """Print what was found on a machine, and what to do about it."""
    for finding in findings:
        mark = "[green]✓[/green]" if finding.ok else "[red]✗[/red]"
        console.print(f"{mark} {finding.name}: {escape(finding.found)}", soft_wrap=True)
        if finding.remedy:
            console.print(f"    {escape(finding.remedy)}", soft_wrap=True)
