"""A demo class: plausible submissions made of solutions, alternatives and known mistakes."""

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat

from autograder.authoring.assignment import Assignment, Cell, without_solution_marks
from autograder.authoring.catalogue import (
    Catalogue,
    Entry,
    read_catalogue,
    solution_sources,
    with_entry,
)
from autograder.authoring.source import read_assignment
from autograder.cells.markers import BEGIN_SOLUTION
from autograder.course import AssignmentPaths, Course
from autograder.errors import CourseError

PREFIX = "demo-"
# What a simulated student does with one function, and how often.
_HABITS = {"solution": 0.62, "alternative": 0.14, "misconception": 0.18, "unfinished": 0.06}
# Fixed, so that a class made again is the same class, which needs no new grading.
_DEADLINE = datetime(2026, 11, 1, 22, 0, tzinfo=UTC)
_MODEL = "*Model answer.*"
_ANSWERS = {"full": 0.5, "partial": 0.35, "none": 0.15}


@dataclass(frozen=True)
class Student:
    """A simulated student and what is in the submission.

    Attributes:
        id: the folder name under submitted/.
        first_name, last_name: for the gradebook.
        functions: by function, "solution", "unfinished", or the name of a catalogue entry.
        answers: by written cell, "full", "partial" or "none".
    """

    id: str
    first_name: str
    last_name: str
    functions: dict[str, str]
    answers: dict[str, str]


def simulate(
    course: Course, name: str, count: int, seed: int, progress: Callable[[], None]
) -> list[Student]:
    """Write submissions of `count` simulated students into submitted/, and enter their names.

    What each student handed in is also written to `_build/simulated/ASSIGNMENT.json`, so that a
    report on the class can be held against the truth.

    Args:
        course: where.
        name: the assignment, which must have been built.
        count: how many students, at least 1.
        seed: the same seed makes the same class.
        progress: called after each submission.

    Raises:
        CourseError: the assignment is not built, or submitted/ holds real work.
    """
    paths = course.assignment(name)
    assignment = read_assignment(paths)
    catalogue = read_catalogue(assignment)
    released = _released_notebook(paths)
    _refuse_real_work(course)
    dice = random.Random(f"{name}:{seed}")
    names = _names(count, seed)
    width = max(3, len(str(count)))
    students = [
        _student(f"{PREFIX}{number:0{width}d}", person, assignment, catalogue, dice)
        for number, person in enumerate(names, start=1)
    ]
    for old in course.submitted.glob(f"{PREFIX}*/{name}"):
        shutil.rmtree(old)
    for student in students:
        handed_in = _DEADLINE - timedelta(minutes=dice.randrange(5, 72 * 60))
        _write(course, assignment, catalogue, released, student, handed_in)
        progress()
    _enter_names(course, students)
    _write_truth(course.root / "_build" / "simulated" / f"{name}.json", students)
    return students


def _write_truth(path: Path, students: list[Student]) -> None:
    """Write down who was made to hold which mistake."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(student) for student in students], indent=1) + "\n")


def composition(students: list[Student], catalogue: Catalogue) -> Counter[str]:
    """How many functions of the class are right, unfinished, or hold a known mistake."""
    wrong = {entry.name for entry in catalogue.misconceptions}
    counts: Counter[str] = Counter()
    for student in students:
        for choice in student.functions.values():
            unfinished = choice == "unfinished"
            kind = "unfinished" if unfinished else "mistaken" if choice in wrong else "right"
            counts[kind] += 1
    return counts


def _released_notebook(paths: AssignmentPaths) -> str:
    if not paths.released_notebook.is_file():
        raise CourseError(
            f"{paths.relative(paths.released_notebook)}: not found; "
            f"run `autograder build {paths.name}` first"
        )
    return paths.released_notebook.read_text(encoding="utf-8")


def _refuse_real_work(course: Course) -> None:
    folders = course.submitted.glob("*/") if course.submitted.is_dir() else []
    real = sorted(folder.name for folder in folders if not folder.name.startswith(PREFIX))
    if real:
        raise CourseError(
            f"submitted/ holds the work of {len(real)} students ({real[0]}, …); a demo class "
            "does not go beside it: make it in a copy of the course, with --course"
        )


def _names(count: int, seed: int) -> list[tuple[str, str]]:
    from faker import Faker

    faker = Faker("en_GB")
    faker.seed_instance(seed)
    return [(faker.first_name(), faker.last_name()) for _ in range(count)]


def _student(
    student: str,
    person: tuple[str, str],
    assignment: Assignment,
    catalogue: Catalogue,
    dice: random.Random,
) -> Student:
    functions = {of: _choice(of, catalogue, dice) for of in assignment.home}
    answers = {
        cell.id: dice.choices(list(_ANSWERS), list(_ANSWERS.values()))[0]
        for cell in assignment.of_role("written")
    }
    return Student(student, *person, functions, answers)


def _choice(of: str, catalogue: Catalogue, dice: random.Random) -> str:
    habit = dice.choices(list(_HABITS), list(_HABITS.values()))[0]
    pools = {"alternative": catalogue.alternatives, "misconception": catalogue.misconceptions}
    pool = [entry.name for entry in pools.get(habit, ()) if entry.of == of]
    if pool:
        return dice.choice(pool)
    return "unfinished" if habit == "unfinished" else "solution"


def _write(
    course: Course,
    assignment: Assignment,
    catalogue: Catalogue,
    released: str,
    student: Student,
    handed_in: datetime,
) -> None:
    notebook = nbformat.reads(released, as_version=4)
    blank = {
        cell.metadata["nbgrader"]["grade_id"]: cell.source
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }
    sources = _solutions(assignment, catalogue, blank, student)
    sources |= {
        cell.id: _answer(cell, blank[cell.id], student.answers[cell.id])
        for cell in assignment.of_role("written")
    }
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = sources.get(grade_id, cell.source)
    folder = course.submitted / student.id / assignment.name
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{assignment.name}.ipynb")
    shutil.copy(assignment.paths.released / "checks.json", folder)
    (folder / "timestamp.txt").write_text(f"{handed_in:%Y-%m-%d %H:%M:%S} UTC\n")


def _solutions(
    assignment: Assignment, catalogue: Catalogue, blank: dict[str, str], student: Student
) -> dict[str, str]:
    """The solution cells of one student."""
    entries: dict[str, Entry] = {
        entry.name: entry for entry in (*catalogue.misconceptions, *catalogue.alternatives)
    }
    sources = solution_sources(assignment)
    for of, choice in student.functions.items():
        if choice == "unfinished":
            sources[assignment.home[of].id] = blank[assignment.home[of].id]
        elif choice != "solution":
            sources = with_entry(assignment, sources, entries[choice])
    return sources


def _answer(cell: Cell, blank: str, quality: str) -> str:
    """A written answer: the model answer, its first sentence, or none."""
    if quality == "none":
        return blank
    question = cell.source.split(BEGIN_SOLUTION)[0]
    model = without_solution_marks(cell.source)[len(question) :].strip()
    answer = model.split("\n\n")[0].removeprefix(_MODEL).strip()
    if quality == "partial":
        answer = answer.split(". ")[0].rstrip(".") + "."
    return question + answer


def _enter_names(course: Course, students: list[Student]) -> None:
    with course.gradebook() as gradebook:
        for student in students:
            gradebook.update_or_create_student(
                student.id, first_name=student.first_name, last_name=student.last_name
            )
