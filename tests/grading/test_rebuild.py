"""Rebuild: edited papers and damaged files are graded as the honest part of the work deserves."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from support.courses import hand_in, make_tiny, run_command, scores
from traitlets.config import Config

from autograder.authoring.build import build
from autograder.course import Course
from autograder.grading.class_report import Result
from autograder.grading.class_run import grade, submissions
from autograder.submissions.handout import Handout
from autograder.submissions.parse import DamagedSubmission, read_notebook
from autograder.submissions.rebuild import rebuild, rebuild_file
from autograder.submissions.repair_report import Repair, describe

NAME = "01-tiny"
SCALE = "def scale(x, factor):\n    return x * factor"
TOTAL = "def total(x, factor):\n    return scale(x, factor).sum()"
WORK = {"scale": SCALE, "total": TOTAL, "why": "Because of the naïve café."}
# Half of the work, so that an edited paper has a point to gain.
HALF = {"scale": SCALE, "why": WORK["why"]}
HALF_SCORES = {"test-scale": 2.0, "test-total": 0.0, "why": None}

Edit = Callable[[NotebookNode], None]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course, built."""
    course = make_tiny(tmp_path_factory.mktemp("rebuild") / "course")
    build(course, NAME)
    return course


@pytest.fixture(scope="module")
def source(course: Course) -> NotebookNode:
    return nbformat.read(course.source / NAME / f"{NAME}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def config(course: Course) -> Config:
    return course.nbgrader_config()


def work(course: Course, sources: dict[str, str]) -> NotebookNode:
    """The released notebook with these texts in it."""
    notebook = nbformat.read(course.assignment(NAME).released_notebook, as_version=4)
    for key, text in sources.items():
        cell_of(notebook, key).source = text
    return notebook


def place(notebook: NotebookNode, key: str) -> int:
    [found] = [
        index
        for index, cell in enumerate(notebook.cells)
        if cell.metadata.get("nbgrader", {}).get("grade_id", cell.get("id")) == key
    ]
    return found


def cell_of(notebook: NotebookNode, key: str) -> NotebookNode:
    return notebook.cells[place(notebook, key)]


def code(text: str) -> NotebookNode:
    return nbformat.v4.new_code_cell(text)


def copy_of(cell: NotebookNode, **changes: object) -> NotebookNode:
    return nbformat.from_dict(json.loads(json.dumps(cell)) | changes)


def texts(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells]


# The paper, edited: each of these tries to gain the point of test-total.


def change_a_test(notebook: NotebookNode) -> None:
    cell_of(notebook, "test-total").source = "pass"


def move_a_test_to_the_top(notebook: NotebookNode) -> None:
    notebook.cells.insert(0, notebook.cells.pop(place(notebook, "test-total")))


def duplicate_a_test(notebook: NotebookNode) -> None:
    at = place(notebook, "test-total")
    notebook.cells.insert(at, copy_of(notebook.cells[at], source="pass", id="copy"))
    notebook.cells.insert(at + 2, copy_of(notebook.cells[at], source="1", id="copy-2"))


def delete_a_test(notebook: NotebookNode) -> None:
    del notebook.cells[place(notebook, "test-total")]


def retype_a_test_as_markdown(notebook: NotebookNode) -> None:
    at = place(notebook, "test-total")
    old = notebook.cells[at]
    notebook.cells[at] = nbformat.v4.new_markdown_cell(old.source, metadata=old.metadata, id=old.id)


def retype_a_test_as_raw(notebook: NotebookNode) -> None:
    at = place(notebook, "test-total")
    old = notebook.cells[at]
    notebook.cells[at] = nbformat.v4.new_raw_cell(old.source, metadata=old.metadata, id=old.id)


def raise_the_points(notebook: NotebookNode) -> None:
    cell_of(notebook, "test-scale").metadata.nbgrader.points = 100


def take_the_grade_mark_away(notebook: NotebookNode) -> None:
    cell_of(notebook, "test-total").metadata.nbgrader.grade = False


def make_a_test_a_solution(notebook: NotebookNode) -> None:
    cell_of(notebook, "test-total").metadata.nbgrader.solution = True
    cell_of(notebook, "test-total").source = "pass"


def tag_a_test_to_be_skipped(notebook: NotebookNode) -> None:
    cell_of(notebook, "test-total").metadata.tags = ["skip-execution", "raises-exception"]


def swap_two_ids(notebook: NotebookNode) -> None:
    one, other = cell_of(notebook, "test-scale"), cell_of(notebook, "test-total")
    one.metadata.nbgrader.grade_id, other.metadata.nbgrader.grade_id = "test-total", "test-scale"


def take_all_ids_from_a_test(notebook: NotebookNode) -> None:
    cell = cell_of(notebook, "test-total")
    cell.metadata, cell.id = NotebookNode(), "mine"
    cell.source = "pass"


def take_nbgraders_data_away(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata = NotebookNode()


def name_another_kernel(notebook: NotebookNode) -> None:
    notebook.metadata.kernelspec = {"name": "no-such-kernel", "display_name": "No"}


def store_outputs(notebook: NotebookNode) -> None:
    cell = cell_of(notebook, "test-total")
    cell.outputs = [
        nbformat.v4.new_output("execute_result", {"text/plain": "1.0"}, execution_count=1)
    ]
    cell.execution_count = 1


EDITS: dict[Edit, str] = {
    change_a_test: "The cell `test-total` was edited; the original was graded.",
    move_a_test_to_the_top: "The cell `test-total` was moved; it was put back in its place.",
    duplicate_a_test: "The cell `test-total` was there more than once; it counts once.",
    delete_a_test: "The cell `test-total` was missing; it was put back as it was handed out.",
    retype_a_test_as_markdown: "The cell `test-total` was of another type; its type was restored.",
    retype_a_test_as_raw: "The cell `test-total` was of another type; its type was restored.",
    raise_the_points: "The settings of the cell `test-scale` (points, role, tags) were changed",
    take_the_grade_mark_away: "The settings of the cell `test-total`",
    make_a_test_a_solution: "The cell `test-total` was edited; the original was graded.",
    tag_a_test_to_be_skipped: "The settings of the cell `test-total`",
    swap_two_ids: "The cells `test-scale`, `test-total` were edited; the originals were graded.",
    take_all_ids_from_a_test: "The cell `test-total` was missing; it was put back",
    take_nbgraders_data_away: "The settings of the cells `setup`, `scale`, `test-scale`, `total`",
    # What is always made afresh is no repair.
    name_another_kernel: "",
    store_outputs: "",
}

# Damage to the file that is repaired: how it comes about, and what is said of it.
FILES: dict[str, tuple[Callable[[str], bytes], list[Repair]]] = {
    "byte order mark": (
        lambda text: text.encode("utf-8-sig"),
        [Repair("encoding", "UTF-8 with a byte order mark")],
    ),
    "utf-16": (lambda text: text.encode("utf-16"), [Repair("encoding", "UTF-16")]),
    "utf-16 without a mark": (
        lambda text: text.encode("utf-16-le"),
        [Repair("encoding", "UTF-16-LE")],
    ),
    "latin-1": (lambda text: text.encode("latin-1"), [Repair("encoding", "Windows-1252")]),
    "windows line ends in the file": (lambda text: text.replace("\n", "\r\n").encode(), []),
    "windows line ends in the cells": (
        lambda text: text.replace("\\n", "\\r\\n").encode(),
        [Repair("line ends")],
    ),
    "format 3": (lambda text: _downgraded(text), [Repair("format", "3")]),
    "format 4.0, without ids": (lambda text: _with_ids(text, lambda _: None), []),
    "repeated ids": (lambda text: _with_ids(text, lambda _: "same"), []),
    "malformed ids": (lambda text: _with_ids(text, lambda number: f"no id? {number}"), []),
    "ids that are numbers": (lambda text: _with_ids(text, lambda number: number), []),
    "no kernel name": (lambda text: _changed(text, metadata={}), []),
    "no metadata at all": (lambda text: _changed(text, metadata=None, nbformat_minor="?"), []),
    "a wrong format": (lambda text: _changed(text, nbformat=2), []),
    "no format": (lambda text: _changed(text, nbformat=None), []),
}

UNREADABLE = {
    b"": "is empty",
    b" \r\n": "is empty",
    b"print('hello')": "is not a notebook: not JSON (line 1: Expecting value)",
    b"PK\x03\x04\x00\xff\xfe": "is not a notebook: not JSON",
    b"[1, 2]": "is not a notebook: it has no cells",
    b'{"a": 1}': "is not a notebook: it has no cells",
    b'{"cells": {}, "nbformat": 4}': "is not a notebook: it has no cells",
    b'{"cells": [], "nbformat": 5}': "is in notebook format 5, and the newest one known is 4",
    b'{"worksheets": 3, "nbformat": 3}': "is in the old format 3 and cannot be converted",
    b'{"nbformat": 2}': "is in the old format 2 and cannot be converted",
    b"[" * 100_000: "is not a notebook: unusable JSON (RecursionError)",
}


def _downgraded(text: str) -> bytes:
    return nbformat.writes(nbformat.convert(nbformat.reads(text, as_version=4), 3)).encode()


def _changed(text: str, **changes: object) -> bytes:
    return json.dumps(json.loads(text) | changes).encode()


def _with_ids(text: str, name: Callable[[int], object]) -> bytes:
    data = json.loads(text)
    data["nbformat_minor"] = 0
    for number, cell in enumerate(data["cells"]):
        # A cell that nbgrader does not know has nothing else to be recognised by.
        if cell["metadata"]:
            cell["id"] = name(number)
    return json.dumps(data).encode()


@pytest.fixture(scope="module")
def graded(course: Course) -> Iterator[dict[str, Result]]:
    """One batch: all edited papers, some repairable files, all kinds of damage; by student."""
    for edit in EDITS:
        folder = hand_in(course, edit.__name__, NAME, HALF)
        notebook = work(course, HALF)
        edit(notebook)
        nbformat.write(notebook, folder / f"{NAME}.ipynb")
    good = nbformat.writes(work(course, WORK))
    for kind in ("utf-16", "format 3", "no metadata at all"):
        folder = hand_in(course, kind, NAME, {})
        (folder / f"{NAME}.ipynb").write_bytes(FILES[kind][0](good))
    hand_in_unreadable(course, good)
    hand_in(course, "zoe", NAME, WORK)
    before = content_of(course.submitted)
    results: dict[str, Result] = {}
    grade(
        course,
        NAME,
        submissions(course, NAME),
        False,
        lambda result: results.update({result.student: result}),
    )
    assert content_of(course.submitted) == before
    yield results
    shutil.rmtree(course.submitted)


def hand_in_unreadable(course: Course, good: str) -> None:
    for number, content in enumerate(UNREADABLE):
        (hand_in(course, f"unreadable-{number}", NAME, {}) / f"{NAME}.ipynb").write_bytes(content)
    truncated = hand_in(course, "truncated", NAME, {}) / f"{NAME}.ipynb"
    truncated.write_text(good[: len(good) // 2])

    def emptied(student: str) -> Path:
        folder = hand_in(course, student, NAME, {})
        (folder / f"{NAME}.ipynb").unlink()
        return folder

    emptied("nothing")
    (emptied("renamed") / "rnn.ipynb").write_text(good)
    (emptied("odd file") / "a\nb[red].ipynb").write_text(good)
    hand_in(course, "line\nend", NAME, WORK)
    nested = emptied("nested") / "deeper"
    nested.mkdir()
    (nested / f"{NAME}.ipynb").write_text(good)
    several = emptied("several")
    for name in ("a.ipynb", f"{NAME}.ipynb.txt"):
        (several / name).write_text(good)
    (emptied("folder") / f"{NAME}.ipynb").mkdir()
    (emptied("dangling") / f"{NAME}.ipynb").symlink_to("nowhere")
    data = hand_in(course, "data is a folder", NAME, WORK) / "checks.json"
    data.unlink()
    data.mkdir()
    (course.submitted / "file").mkdir()
    (course.submitted / "file" / NAME).write_text(good)


def content_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_an_edited_paper_gains_nothing_and_the_feedback_says_what_was_repaired(
    graded: dict[str, Result], course: Course, edit: Edit
) -> None:
    student = edit.__name__
    assert graded[student].state == "graded"
    assert scores(course, NAME)[student] == HALF_SCORES
    result = nbformat.read(
        course.root / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4
    )
    first = result.cells[0].source
    assert EDITS[edit] in first
    assert first.startswith("**Repaired before grading.**") == bool(EDITS[edit])
    assert cell_of(result, "test-scale").metadata.nbgrader.points == 2
    assert result.metadata.kernelspec.name == "python3"
    assert "tags" not in cell_of(result, "test-total").metadata


@pytest.mark.parametrize("student", ["utf-16", "format 3", "no metadata at all", "zoe"])
def test_a_repaired_file_is_graded_as_the_good_one(
    graded: dict[str, Result], course: Course, student: str
) -> None:
    assert graded[student].state == "graded"
    assert scores(course, NAME)[student] == {"test-scale": 2.0, "test-total": 1.0, "why": None}


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        *(
            (f"unreadable-{number}", f"{NAME}/{NAME}.ipynb: {reason}")
            for number, reason in enumerate(UNREADABLE.values())
        ),
        ("truncated", ".ipynb: breaks off in line"),
        ("nothing", f"submitted/nothing/{NAME}: no notebook named {NAME}.ipynb; the folder holds"),
        (
            "renamed",
            f"submitted/renamed/{NAME}: no notebook named {NAME}.ipynb; found rnn.ipynb: rename it",
        ),
        ("odd file", "found a?b[red].ipynb: rename it"),
        ("line\nend", "submitted/line?end: the folder's name holds characters"),
        ("nested", f"found deeper/{NAME}.ipynb: move it"),
        ("several", f"found {NAME}.ipynb.txt, a.ipynb: rename the one that counts"),
        ("folder", f"{NAME}/{NAME}.ipynb: a folder where a file is expected"),
        ("dangling", f"{NAME}/{NAME}.ipynb: a symbolic link, which is not followed"),
        ("data is a folder", f"{NAME}/checks.json: a folder where a file is expected"),
        ("file", f"submitted/file/{NAME}: not a folder; make a folder of this name"),
    ],
)
def test_what_cannot_be_graded_says_why_and_is_not_a_zero(
    graded: dict[str, Result], course: Course, student: str, reason: str
) -> None:
    result = graded[student]
    assert result.state == "needs attention"
    assert reason in result.reason
    assert len(result.reason.splitlines()) == 1
    assert result.score is None
    assert student not in scores(course, NAME)


@pytest.mark.slow
def test_nbgrader_alone_repairs_and_goes_on_behind_what_cannot_be_read(course: Course) -> None:
    (hand_in(course, "plain-1", NAME, {}) / f"{NAME}.ipynb").write_text("nonsense")
    repaired = hand_in(course, "plain-2", NAME, {}) / f"{NAME}.ipynb"
    repaired.write_bytes(nbformat.writes(work(course, HALF)).encode("utf-16"))
    done = run_command(course, "nbgrader", "autograde", NAME, "--student", "plain-*")
    assert done.returncode == 1
    assert f"plain-1/{NAME}/{NAME}.ipynb: is not a notebook: not JSON" in done.stderr
    assert scores(course, NAME)["plain-2"] == HALF_SCORES


@pytest.mark.parametrize("kind", FILES)
def test_a_damaged_file_is_read_as_the_good_one(
    course: Course, source: NotebookNode, config: Config, kind: str
) -> None:
    damage, expected = FILES[kind]
    good = work(course, WORK)
    notebook, repairs = read_notebook(damage(nbformat.writes(good)))
    nbformat.validate(notebook)
    rebuilt, further = rebuild(notebook, source, config)
    # Format 3 knows no ids, so plain cells are not recognised and come twice.
    if kind == "format 3":
        assert [r.kind for r in further] == ["missing"]
        assert texts(rebuilt)[0] == texts(rebuilt)[1]
        del rebuilt.cells[0]
        further = []
    assert rebuilt == rebuild(good, source, config)[0]
    assert repairs + further == expected


def test_honest_work_is_rebuilt_without_repairs(
    course: Course, source: NotebookNode, config: Config
) -> None:
    for sources in (WORK, HALF, {}):
        notebook = work(course, sources)
        notebook.cells.insert(2, code("helper = 1"))
        notebook.cells.append(code(""))
        cell_of(notebook, "cell-01").source = "# Tiny\nMy notes."
        rebuilt, repairs = rebuild(notebook, source, config)
        assert repairs == []
        expected = texts(notebook)
        at = place(notebook, "test-total")
        expected[at] = cell_of(source, "test-total").source
        assert texts(rebuilt) == expected


def test_stubs_and_never_solutions_stand_where_nothing_was_handed_in(
    course: Course, source: NotebookNode, config: Config
) -> None:
    empty = nbformat.v4.new_notebook()
    rebuilt, repairs = rebuild(empty, source, config)
    assert {repair.kind for repair in repairs} == {"missing"}
    blank, _ = rebuild(work(course, {}), source, config)
    assert rebuilt == blank
    assert "not written yet" in cell_of(rebuilt, "scale").source
    assert "Because." not in cell_of(rebuilt, "why").source


def test_the_first_copy_with_work_counts_and_an_empty_copy_undoes_nothing(
    course: Course, source: NotebookNode, config: Config
) -> None:
    stub = cell_of(work(course, {}), "scale")
    notebook = work(course, {"scale": SCALE})
    at = place(notebook, "scale")
    notebook.cells.insert(at + 1, copy_of(stub, id="later"))
    notebook.cells.insert(at, copy_of(stub, id="earlier"))
    rebuilt, repairs = rebuild(notebook, source, config)
    assert repairs == [Repair("repeated", "`scale`")]
    assert rebuilt == rebuild(work(course, {"scale": SCALE}), source, config)[0]


def test_a_split_cell_keeps_its_second_half(
    course: Course, source: NotebookNode, config: Config
) -> None:
    notebook = work(course, {"scale": "FACTOR = 1"})
    at = place(notebook, "scale")
    notebook.cells.insert(at + 1, copy_of(notebook.cells[at], source=SCALE, id="half"))
    rebuilt, _ = rebuild(notebook, source, config)
    assert texts(rebuilt)[at : at + 2] == ["FACTOR = 1", SCALE]
    assert rebuilt.cells[at + 1].metadata == {}
    assert rebuilt.cells[at + 1].id == "added-1"


def test_a_cell_that_lost_its_id_is_recognised_by_its_function(
    course: Course, source: NotebookNode, config: Config
) -> None:
    notebook = work(course, WORK)
    at = place(notebook, "scale")
    notebook.cells[at] = code(f"%matplotlib inline\n{SCALE}")
    rebuilt, repairs = rebuild(notebook, source, config)
    assert texts(rebuilt)[at] == f"%matplotlib inline\n{SCALE}"
    assert describe(repairs) == [
        "The cell `scale` had lost its id; it was recognised by the function that it defines."
    ]


def test_no_stub_undoes_a_function_from_a_merged_cell(
    course: Course, source: NotebookNode, config: Config
) -> None:
    notebook = work(course, {"scale": f"{SCALE}\n\n{TOTAL}"})
    del notebook.cells[place(notebook, "total")]
    rebuilt, repairs = rebuild(notebook, source, config)
    assert repairs == [Repair("elsewhere", "`total`")]
    assert cell_of(rebuilt, "total").source.startswith("# The work for this cell")


def test_a_solution_of_another_type_keeps_its_text(
    course: Course, source: NotebookNode, config: Config
) -> None:
    notebook = work(course, WORK)
    for key in ("scale", "why"):
        at = place(notebook, key)
        old = notebook.cells[at]
        new = code if key == "why" else nbformat.v4.new_markdown_cell
        notebook.cells[at] = new(old.source)
        notebook.cells[at].update(metadata=old.metadata, id=old.id)
    rebuilt, repairs = rebuild(notebook, source, config)
    assert repairs == [Repair("retyped", "`scale`"), Repair("retyped", "`why`")]
    assert rebuilt == rebuild(work(course, WORK), source, config)[0]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
# What is done to one cell; "keep" is there more than once, so that something stays intact.
DEEDS = (
    "keep",
    "keep",
    "keep",
    "drop",
    "copy",
    "retype",
    "metadata",
    "settings",
    "text",
    "replace",
)
KEYS = ("grade_id", "grade", "solution", "locked", "points", "task", "schema_version")

FUZZED = settings(
    max_examples=int(os.environ.get("EXAMPLES", "300")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def mangled(draw: st.DrawFn, notebook: dict[str, Any]) -> tuple[Any, list[str]]:
    """A mangled copy of a notebook, as JSON, and the solution texts that were left intact."""
    cells: list[object] = []
    for cell in json.loads(json.dumps(notebook["cells"])):
        deed = draw(st.sampled_from(DEEDS))
        if deed == "retype":
            cell["cell_type"] = draw(st.sampled_from(["code", "markdown", "raw", "heading", 3]))
        elif deed == "metadata":
            cell["metadata"] = draw(ANYTHING)
        elif deed == "settings" and "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"][draw(st.sampled_from(KEYS))] = draw(ANYTHING)
        elif deed == "text":
            cell["source"] = draw(st.text() | ANYTHING)
        elif deed == "replace":
            cell = draw(ANYTHING)
        cells += [cell] * {"drop": 0, "copy": 2}.get(deed, 1)
    if draw(st.booleans()):
        cells = draw(st.permutations(cells))
    whole = dict(notebook, cells=cells)
    for key in draw(st.sets(st.sampled_from(["metadata", "nbformat", "nbformat_minor", "cells"]))):
        whole[key] = draw(ANYTHING)
    kept = whole["cells"] if isinstance(whole["cells"], list) else []
    intact = [key for key in ("scale", "total", "why") if any(is_intact(c, key) for c in kept)]
    return whole, intact


def is_intact(cell: object, key: str) -> bool:
    return (
        isinstance(cell, dict)
        and cell.get("source") == WORK[key]
        and isinstance(cell.get("metadata"), dict)
        and isinstance(cell["metadata"].get("nbgrader"), dict)
        and cell["metadata"]["nbgrader"].get("grade_id") == key
    )


def check_result(
    rebuilt: NotebookNode, source: NotebookNode, intact: list[str], whole: object
) -> None:
    nbformat.validate(rebuilt)
    for key in ("test-scale", "test-total"):
        cell, original = cell_of(rebuilt, key), cell_of(source, key)
        assert cell.source == original.source
        assert cell.cell_type == "code"
        assert cell.metadata.nbgrader.points == original.metadata.nbgrader.points
    known = [c for c in rebuilt.cells if "nbgrader" in c.metadata]
    assert len(known) == len([c for c in source.cells if "nbgrader" in c.metadata])
    for key in intact:
        assert WORK[key] in texts(rebuilt), (key, whole)


def read_or_refuse(content: bytes) -> NotebookNode | None:
    """The notebook in a file, valid, or None where a reason in one line was given."""
    try:
        notebook, _ = read_notebook(content)
    except DamagedSubmission as error:
        reason = str(error)
    else:
        nbformat.validate(notebook)
        return notebook
    assert len(reason.splitlines()) == 1
    return None


@FUZZED
@given(data=st.data())
def test_any_mangled_notebook_is_rebuilt(
    course: Course, source: NotebookNode, config: Config, data: st.DataObject
) -> None:
    whole, intact = data.draw(mangled(work(course, WORK)))
    # As a notebook in memory, and by way of a file.
    if isinstance(whole["cells"], list):
        rebuilt, _ = rebuild(nbformat.from_dict(whole), source, config)
        check_result(rebuilt, source, intact, whole)
    content = json.dumps(whole).encode()
    notebook = read_or_refuse(content)
    if notebook is not None:
        rebuilt, _ = rebuild(notebook, source, config)
        check_result(rebuilt, source, intact, whole)
        at_once, repairs = rebuild_file(Handout.of(source, config), content)
        assert at_once.cells[bool(repairs) :] == rebuilt.cells


@FUZZED
@given(data=st.data())
def test_any_mangled_file_is_read_or_refused_with_a_reason(
    course: Course, data: st.DataObject
) -> None:
    good = nbformat.writes(work(course, WORK)).encode()
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(good))] * 2)))
    content = good[:start] + data.draw(st.binary(max_size=20)) + good[end:]
    read_or_refuse(content)
