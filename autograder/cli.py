"""The command `autograder`."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.course import Course
from autograder.errors import CourseError

if TYPE_CHECKING:
    from autograder.grading.placement import Placement

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""From an assignment's source to a graded class.

The usual order: **build** the notebooks, **selftest** their tests, **simulate** a class to try
things on, **grade** what was handed in. `nbgrader` works in the same folder at any time.

Exit codes: 0 all is well; 1 something needs attention (a test that fails, a submission that could
not be graded, a notebook that is not what its source says); 2 the command could not be carried out,
and the last line says why.""",
)
_options = {"course": Path()}

Assignments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ASSIGNMENT]...", help="Names under solutions/; all, if none is given."
    ),
]
OneAssignment = Annotated[
    str, typer.Argument(metavar="ASSIGNMENT", help="A name under solutions/.")
]
SomeStudents = Annotated[
    list[str] | None, typer.Option(help="Only this student; may be given several times.")
]
NoSandbox = Annotated[
    bool,
    typer.Option(
        "--no-sandbox",
        help="Run the students' code with your rights, on a machine that cannot isolate: it "
        "can then read and change all that you can. Only for code you trust; the audit log "
        "keeps that it was done.",
    ),
]


@app.callback()
def _choose_course(
    course: Annotated[
        Path, typer.Option(help="A folder in the course; by default the current one.")
    ] = Path(),
) -> None:
    _options["course"] = course


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Number and name, such as 13-attention.")
    ],
) -> None:
    """Begin a new chapter, the one after the last.

    Makes page, drawings, assignment, mistakes, tests and entries of a small chapter that keeps all
    rules of the course, and its notebook. Its author writes wherever the word UNWRITTEN stands.
    Overwrites nothing; if something cannot be written, nothing is.
    """
    from autograder.authoring.new import new_chapter
    from autograder.authoring.skeleton import UNWRITTEN
    from autograder.tables import console

    made = new_chapter(Course.around(_options["course"]), name)
    for file in made.new:
        console.print(f"new      {file}")
    for file in made.changed:
        console.print(f"changed  {file}")
    console.print(f"Write wherever `grep -r {UNWRITTEN} book solutions tests` shows a place.")


@app.command()
def build(
    assignments: Assignments = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail if anything would change.")
    ] = False,
) -> None:
    """Generate the notebooks that students get.

    Reads solutions/ASSIGNMENT/, runs the solution and every known mistake to record what the checks
    expect, releases the notebook with nbgrader's own generate_assignment into
    notebooks/ASSIGNMENT/, and enters the assignment in the gradebook. With `--check` nothing is
    written: the notebooks are generated aside and compared.
    """
    from autograder.authoring import build as building
    from autograder.authoring.parallel import for_each
    from autograder.tables import console, progress

    course = Course.around(_options["course"])
    names = assignments or course.assignments()
    lines: list[str] = []
    with progress("check" if check else "build", len(names)) as advance:
        if check:
            found = for_each(partial(building.differences, course), names)
            for name, of_this in zip(names, found, strict=True):
                lines += of_this
                advance(name)
        else:
            # One after the other: each is entered in the gradebook.
            for name in names:
                building.build(course, name)
                advance(name)
    for line in lines:
        console.print(f"[red]{line}[/red]; run `autograder build` and commit the result")
    if lines:
        raise typer.Exit(1)
    done = "are what their sources say" if check else "built"
    console.print(f"{len(names)} of {len(names)} assignments {done}.")


@app.command()
def selftest(assignments: Assignments = None) -> None:
    """Test the tests with the catalogue of known mistakes.

    Prints the matrix of implementations against test cells. The blank notebook must fail every
    cell, the solution and every alternative must pass them all, every misconception must fail in
    the cells of its own function and in no other, and hints must name at least nine in ten.
    """
    from autograder.authoring.parallel import for_each
    from autograder.authoring.selftest import selftest as run
    from autograder.tables import console, print_matrix

    course = Course.around(_options["course"])
    failed = False
    for matrix in for_each(partial(run, course), assignments or course.assignments()):
        print_matrix(matrix)
        for problem in matrix.problems:
            console.print(f"[red]✗ {problem}[/red]")
        failed = failed or bool(matrix.problems)
        console.print("" if matrix.problems else "The tests tell right from wrong.")
    if failed:
        raise typer.Exit(1)


@app.command()
def simulate(
    assignment: OneAssignment,
    students: Annotated[int, typer.Option(min=1, help="How many students.")] = 30,
    seed: Annotated[int, typer.Option(help="The same seed makes the same class.")] = 0,
) -> None:
    """Hand in a demo class.

    Writes submissions of simulated students (demo-001, demo-002, …) into submitted/: right
    solutions, right ones written differently, known mistakes, unfinished work, written answers of
    different quality. Refuses where submitted/ holds real work.
    """
    from autograder.authoring import simulate as simulation
    from autograder.authoring.catalogue import read_catalogue
    from autograder.authoring.source import read_assignment
    from autograder.tables import console, progress

    course = Course.around(_options["course"])
    with progress("simulate", students) as advance:
        made = simulation.simulate(course, assignment, students, seed, lambda: advance(""))
    catalogue = read_catalogue(read_assignment(course.assignment(assignment)))
    counts = simulation.composition(made, catalogue)
    parts = ", ".join(f"{number} {kind}" for kind, number in counts.most_common())
    console.print(f"{len(made)} students handed in {assignment}. Their functions: {parts}.")


@app.command()
def grade(
    assignment: OneAssignment,
    student: SomeStudents = None,
    force: Annotated[
        bool, typer.Option("--force", help="Grade again what was graded before.")
    ] = False,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes on this machine; 0 for one a core.")
    ] = 0,
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="A Dask cluster to grade on instead.")
    ] = "",
    no_sandbox: NoSandbox = False,
) -> None:
    """Grade the submissions of an assignment into nbgrader's gradebook.

    Submissions are folders submitted/STUDENT/ASSIGNMENT/. What was graded before and has not
    changed since is left alone, so an interrupted run goes on where it was. A submission that
    cannot be graded is listed with the reason, and the exit code is 1. Each grading leaves a line
    in audit.jsonl.
    """
    from autograder.grading.placement import Placement

    placement = Placement(workers, scheduler, confined=not no_sandbox)
    course = Course.around(_options["course"])
    _grade(course, assignment, student or [], force, placement)


def _grade(
    course: Course, assignment: str, wanted: list[str], force: bool, placement: "Placement"
) -> None:
    """Grade these students' submissions, all where none is named, and print what came out."""
    from autograder.fast_imports import importing
    from autograder.grading.placement import head_start

    with head_start(course.assignment(assignment), placement, len(set(wanted))) as start:
        with importing():
            from autograder.grading import class_run
            from autograder.tables import console, print_class, progress
            from autograder.text import printable
        everyone = class_run.submissions(course, assignment)
        unknown = sorted(set(wanted) - set(everyone))
        if unknown:
            raise CourseError(f"submitted/{unknown[0]}/{assignment}: not found; nothing was graded")
        chosen = sorted(set(wanted)) if wanted else everyone
        if not placement.confined:
            console.print("[yellow]without a sandbox: what students wrote runs with your rights")
        with (
            class_run.begun(course, assignment, chosen, force, placement, start) as go_on,
            progress("grade", len(chosen)) as advance,
        ):
            report = go_on(lambda result: advance(printable(result.student)))
    print_class(report)
    path = course.gradebook_path()
    console.print(f"Gradebook: {path or 'on the database server'}")
    if report.count("needs attention"):
        raise typer.Exit(1)


@app.command()
def doctor() -> None:
    """See whether this machine can grade safely, and say what is missing and how to get it.

    Tries what a sandbox promises: no network, no files but its own, limits, nothing left behind.
    The exit code is 1 if grading cannot be isolated here.
    """
    from autograder import doctor as examination
    from autograder.limits import Limits
    from autograder.tables import print_findings

    course = Course.around(_options["course"])
    findings = examination.examine_machine(Limits.from_config(course.nbgrader_config()))
    print_findings(findings)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def main() -> None:
    """Run the command; a CourseError becomes one line and exit code 2."""
    # nbgrader starts `alembic`, which lies beside this interpreter, whether or not the virtual
    # environment is activated.
    others = filter(None, [os.environ.get("PATH", "")])
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), *others])
    try:
        app()
    except CourseError as error:
        print(f"autograder: {error}", file=sys.stderr)
        sys.exit(2)
