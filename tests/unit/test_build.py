"""From source to release: deterministic, compared, and the same as stock nbgrader's."""

import json
import shutil

import nbformat
import pytest
from support.courses import rewrite, run_command

from autograder.authoring import expected
from autograder.authoring.assignment import Assignment
from autograder.authoring.build import build, differences
from autograder.authoring.catalogue import Catalogue
from autograder.authoring.expected import record
from autograder.course import Course
from autograder.errors import CourseError
from unrolled.checks.recorded import Recorded


def released(course: Course, name: str = "01-tiny") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (course.root / "notebooks" / name).iterdir()}


def test_a_build_made_again_is_the_same_and_keeps_its_dates(tiny: Course) -> None:
    build(tiny, "01-tiny")
    first = released(tiny)
    dates = {path: path.stat().st_mtime_ns for path in (tiny.root / "notebooks").rglob("*.*")}
    assert differences(tiny, "01-tiny") == []
    build(tiny, "01-tiny")
    assert released(tiny) == first
    assert {path: path.stat().st_mtime_ns for path in dates} == dates


def test_values_are_recorded_again_only_where_something_has_changed(
    tiny: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: list[str] = []

    def counted(assignment: Assignment, catalogue: Catalogue) -> Recorded:
        recorded.append(assignment.name)
        return record(assignment, catalogue)

    monkeypatch.setattr(expected, "record", counted)
    build(tiny, "01-tiny")
    build(tiny, "01-tiny")
    assert len(recorded) == 1
    # Whether the same comes out once more is what is asked for here.
    assert differences(tiny, "01-tiny") == []
    assert len(recorded) == 2
    for path in (tiny.assignment("01-tiny").source, tiny.assignment("01-tiny").chapter):
        path.write_text(path.read_text() + "\n")
        count = len(recorded)
        build(tiny, "01-tiny")
        assert len(recorded) == count + 1
    tiny.assignment("01-tiny").kept_recording.write_text('{"key": 1')
    build(tiny, "01-tiny")
    assert len(recorded) == 5


def test_every_hidden_block_of_a_cell_is_hidden(tiny: Course) -> None:
    second = "### BEGIN HIDDEN TESTS\ncheck('total: two', total(x[:1, :2], 5.0))\n"
    end = "### END HIDDEN TESTS\n"
    rewrite(tiny.assignment("01-tiny").source, end, end + second + end)
    build(tiny, "01-tiny")
    files = released(tiny)
    recorded = Recorded.from_json(files["checks.json"].decode(), "checks.json")
    assert sorted(recorded.checks) == ["scale: shape kept", "scale: values", "total: value"]
    assert b"total: two" not in files["01-tiny.ipynb"]


def test_a_release_holds_the_notebook_and_the_visible_recorded_values(tiny: Course) -> None:
    build(tiny, "01-tiny")
    files = released(tiny)
    assert sorted(files) == ["01-tiny.ipynb", "checks.json"]
    recorded = Recorded.from_json(files["checks.json"].decode(), "checks.json")
    assert sorted(recorded.checks) == ["scale: shape kept", "scale: values", "total: value"]
    assert set(recorded.checks["scale: values"].wrong) == {"factor_added"}
    assert set(recorded.checks["total: value"].wrong) == {"factor_added", "mean_taken"}
    notebook = files["01-tiny.ipynb"].decode()
    for secret in ("x * factor", "one entry", "load_hidden", "HIDDEN", "Because", "SOLUTION"):
        assert secret not in notebook


def test_hidden_values_travel_in_the_hidden_tests_of_the_source_notebook(tiny: Course) -> None:
    build(tiny, "01-tiny")
    source = nbformat.read(tiny.source / "01-tiny" / "01-tiny.ipynb", as_version=4)
    [cell] = [c for c in source.cells if "load_hidden" in c.source]
    assert cell.metadata.nbgrader.grade_id == "test-total"
    assert cell.source.index("BEGIN HIDDEN") < cell.source.index("load_hidden")
    assert sorted(path.name for path in (tiny.source / "01-tiny").iterdir()) == [
        "01-tiny.ipynb",
        "checks.json",
    ]


def test_stock_generate_assignment_releases_the_same_bytes(tiny: Course) -> None:
    build(tiny, "01-tiny")
    ours = released(tiny)
    shutil.rmtree(tiny.root / "notebooks")
    done = run_command(tiny, "nbgrader", "generate_assignment", "01-tiny")
    assert done.returncode == 0, done.stderr
    assert released(tiny) == ours


@pytest.mark.slow
def test_every_difference_between_source_and_release_is_reported(tiny: Course) -> None:
    assert len(differences(tiny, "01-tiny")) == 2
    build(tiny, "01-tiny")
    folder = tiny.root / "notebooks" / "01-tiny"
    (folder / "notes.txt").write_text("left behind")
    (folder / "checks.json").write_text("{}")
    (folder / "01-tiny.ipynb").unlink()
    assert differences(tiny, "01-tiny") == [
        "notebooks/01-tiny/01-tiny.ipynb: missing",
        "notebooks/01-tiny/checks.json: differs from what its source gives",
        "notebooks/01-tiny/notes.txt: does not belong here",
    ]
    done = run_command(tiny, "autograder", "build", "--check")
    assert done.returncode == 1
    assert "run `autograder build`" in done.stdout


def test_values_that_another_processor_rounds_differently_are_no_difference(tiny: Course) -> None:
    build(tiny, "01-tiny")
    file = tiny.root / "notebooks" / "01-tiny" / "checks.json"
    stored = json.loads(file.read_text())
    value = stored["checks"]["total: value"]["expected"]["values"]
    stored["checks"]["total: value"]["expected"]["values"] = [value[0] * (1 + 1e-9)]
    file.write_text(json.dumps(stored))
    moved = file.read_bytes()
    assert differences(tiny, "01-tiny") == []
    build(tiny, "01-tiny")
    assert file.read_bytes() == moved
    stored["checks"]["total: value"]["expected"]["values"] = [value[0] * (1 + 1e-5)]
    file.write_text(json.dumps(stored))
    assert differences(tiny, "01-tiny") == [
        "notebooks/01-tiny/checks.json: differs from what its source gives"
    ]


def test_hints_link_to_the_published_book_where_its_address_is_known(tiny: Course) -> None:
    (tiny.root / "_config.yml").write_text("html:\n  baseurl: https://book.example/rnn/\n")
    build(tiny, "01-tiny")
    mistakes = json.loads(released(tiny)["checks.json"])["mistakes"]
    assert mistakes[0]["url"] == "https://book.example/rnn/book/01-tiny.html#scaling"
    assert mistakes[0]["read"] == "chapter 1, “Scaling x”"


@pytest.mark.slow
def test_cells_cannot_change_under_submissions(tiny: Course) -> None:
    build(tiny, "01-tiny")
    run_command(tiny, "autograder", "simulate", "01-tiny", "--students", "1")
    run_command(tiny, "autograder", "grade", "01-tiny")
    paths = tiny.assignment("01-tiny")
    paths.source.write_text(paths.source.read_text().replace('id="test-total"', 'id="test-sum"'))
    before = released(tiny)
    done = run_command(tiny, "autograder", "build")
    assert done.returncode == 2
    assert "nbgrader db assignment remove 01-tiny --force" in done.stderr
    assert done.stderr.count("\n") == 1
    assert released(tiny) == before


def test_a_notebook_that_somebody_has_worked_in_is_not_written_over(tiny: Course) -> None:
    build(tiny, "01-tiny")
    path = tiny.assignment("01-tiny").released_notebook
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].execution_count = 1
    nbformat.write(notebook, path)
    before = path.read_bytes()
    with pytest.raises(CourseError, match="somebody has worked in it"):
        build(tiny, "01-tiny")
    assert path.read_bytes() == before


def test_checkpoints_of_jupyter_are_neither_reported_nor_removed(tiny: Course) -> None:
    build(tiny, "01-tiny")
    checkpoints = tiny.assignment("01-tiny").released / ".ipynb_checkpoints"
    checkpoints.mkdir()
    assert differences(tiny, "01-tiny") == []
    build(tiny, "01-tiny")
    assert checkpoints.is_dir()


@pytest.mark.parametrize("name", ["checks.json", "01-tiny.ipynb"])
def test_a_release_ends_with_one_line_end(tiny: Course, name: str) -> None:
    build(tiny, "01-tiny")
    content = released(tiny)[name]
    assert content.endswith(b"\n")
    assert not content.endswith(b"\n\n")


# What keeps it from the gradebook


def test_alembic_need_not_be_on_the_path(tiny: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    build(tiny, "01-tiny")
    assert (tiny.root / "gradebook.db").is_file()


def test_without_alembic_one_line_says_what_is_missing(
    tiny: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.course.shutil.which", lambda name, path=None: None)
    with pytest.raises(CourseError, match=r"`alembic`.* is not found; .*pip install") as told:
        build(tiny, "01-tiny")
    assert "\n" not in str(told.value)
    assert not (tiny.root / "gradebook.db").exists()


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("sqlite:////nowhere/gradebook.db", "unable to open database file"),
        # No server, or no driver.
        ("postgresql://ada:secret@127.0.0.1:9/grades", "ada:***@127.0.0.1:9/grades cannot be used"),
        ("gradebook.db", "Could not parse"),
    ],
)
def test_a_gradebook_that_cannot_be_opened_is_one_line_with_the_cause(
    tiny: Course, url: str, cause: str
) -> None:
    with (tiny.root / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.CourseDirectory.db_url = {url!r}\n")
    with pytest.raises(CourseError) as told:
        build(tiny, "01-tiny")
    with pytest.raises(CourseError) as told_again, tiny.gradebook():
        pass
    assert str(told.value) == str(told_again.value)
    assert cause in str(told.value)
    assert "\n" not in str(told.value)
    assert "secret" not in str(told.value)
