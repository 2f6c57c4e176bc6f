"""What students and instructors see of graded work: nothing hidden, and nothing that runs."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.apps.baseapp import NbGrader
from nbgrader.server_extensions.formgrader import handlers
from support.courses import hand_in, make_tiny, run_command
from traitlets.config import Config

from autograder.authoring.build import build
from autograder.course import Course
from autograder.nbgrader_hooks.feedback import HideTests, clean_html
from unrolled.checks.show import Verdict

NAME = "01-tiny"
SCALE = "def scale(x, factor):\n    return x * factor"
# A mistake that only the hidden test of `total` sees, and an answer that tries to run.
WRONG_ONCE = "def total(x, factor):\n    return scale(x, factor).sum() + (x.size == 1)"
SCRIPTS = {
    "a script": "<script>run()</script>",
    "an event": '<img src="x" onerror="run()">',
    "a link": '<a href="javascript:run()">x</a>',
    "a link in Markdown": "[x](javascript:run())",
    "a link in disguise": '<a href="java&#10;script:run()">x</a>',
    "a frame": '<iframe srcdoc="<script>run()</script>"></iframe>',
    "a picture with a script": '<svg onload="run()"><script>run()</script></svg>',
    "a style that loads": '<div style="background:url(javascript:run())">x</div>',
    "a form": '<form action="https://example.org"><input autofocus onfocus="run()"></form>',
    "a document": '<object data="data:text/html,<script>run()</script>"></object>',
    "an embedded one": '<embed src="data:text/html,<script>run()</script>">',
    "a base": '<base href="https://example.org/">',
    "a refresh": '<meta http-equiv="refresh" content="0;url=javascript:run()">',
    "a comment that ends early": "<!--><script>run()</script>-->",
    "a data link": '<a href="data:text/html,<script>run()</script>">x</a>',
}


class Watcher(HTMLParser):
    """Finds what would run, load or lead away when a browser shows a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a dangerous tag or attribute."""
        if tag in {"script", "iframe", "object", "embed", "form", "base", "meta", "svg", "link"}:
            self.found.append(tag)
        for name, value in attrs:
            target = re.sub(r"\s", "", value or "").lower()
            leads = name in ("href", "src", "style") and re.search("script:|url\\(", target)
            if name.startswith("on") or leads or (name == "href" and target.startswith("data:")):
                self.found.append(f"{tag} {name}={value}")


def runs(html: str) -> list[str]:
    """What of a student's would run in a page."""
    watcher = Watcher()
    watcher.feed(html)
    return watcher.found


def test_the_watcher_sees_every_kind_of_script() -> None:
    for kind, text in SCRIPTS.items():
        assert runs(text) or "Markdown" in kind or "early" in kind, kind


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A graded class: right work, one hidden failure, and answers full of scripts."""
    course = make_tiny(tmp_path_factory.mktemp("feedback") / "course")
    build(course, NAME)
    display = "\n".join(
        f"display({{'text/html': {text!r}, 'text/plain': 'x'}}, raw=True)"
        for text in SCRIPTS.values()
    )
    attack = {
        "scale": f"from IPython.display import display\n{display}\n"
        "display({'application/javascript': 'run()'}, raw=True)\n"
        f"display({{'text/markdown': '<script>run()</script>'}}, raw=True)\n{SCALE}",
        "total": WRONG_ONCE,
        "why": "\n\n".join(SCRIPTS.values()),
    }
    hand_in(course, "ada", NAME, {"scale": SCALE, "total": WRONG_ONCE, "why": "Because $a < b$."})
    hand_in(course, "eve", NAME, attack)
    hand_in(course, "zoe", NAME, {})
    done = run_command(course, "autograder", "grade", NAME)
    assert done.returncode == 0, done.stdout + done.stderr
    done = run_command(course, "nbgrader", "generate_feedback", NAME)
    assert done.returncode == 0, done.stderr
    return course


def page(course: Course, student: str) -> str:
    return (course.root / "feedback" / student / NAME / f"{NAME}.html").read_text()


def hidden_lines(course: Course) -> list[str]:
    """The lines of the hidden tests in the source notebook, the packed values among them."""
    cells = nbformat.read(course.assignment(NAME).built_notebook, as_version=4).cells
    [source] = [cell.source for cell in cells if "BEGIN HIDDEN" in cell.source]
    lines = source.split("### BEGIN HIDDEN TESTS\n")[1].split("\n### END HIDDEN TESTS")[0]
    return lines.split("\n")


def test_feedback_shows_no_hidden_test_and_outputs_hold_none(course: Course) -> None:
    lines = hidden_lines(course)
    assert any("load_hidden" in line for line in lines)
    secrets = [*lines, *re.findall(r'load_hidden\("(.{40})', "\n".join(lines))]
    for student in ("ada", "eve", "zoe"):
        html = page(course, student)
        plain = re.sub(r"<[^>]*>", "", html)
        file = course.root / "autograded" / student / NAME / f"{NAME}.ipynb"
        outputs = [cell.get("outputs") for cell in nbformat.read(file, as_version=4).cells]
        for secret in secrets:
            assert secret not in html
            assert secret not in plain
            assert secret not in str(outputs)
        assert "Hidden tests ran here." in plain


def test_feedback_says_which_hidden_check_failed_and_not_what_it_expects(course: Course) -> None:
    plain = re.sub(r"<[^>]*>", "", page(course, "ada"))
    assert "total: one entry" in plain
    assert "expected" not in plain.split("total: one entry")[1][:200]


def test_nothing_that_a_student_wrote_runs_in_feedback(course: Course) -> None:
    body = page(course, "eve").split("<body")[1]
    assert not runs(body)
    assert "Because $a &lt; b$." in page(course, "ada")


def test_nothing_that_a_student_wrote_runs_in_the_formgrader(course: Course) -> None:
    body = formgrader_page(course, "eve").split('id="notebook"')[1]
    assert not runs(body.split('<div class="help">')[0])


def formgrader_page(course: Course, student: str) -> str:
    """A submission as the formgrader shows it."""
    app = NbGrader(config_dir=str(course.root))
    app.load_cwd_config = False
    config = Config(course.nbgrader_config())
    config.Exporter.default_preprocessors = []
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    names: dict[str, Any] = dict.fromkeys(
        ("base_url", "assignment_id", "notebook_id", "submission_id", "notebook_path"), "x"
    )
    names |= {"index": 0, "total": 1, "student": student, "last_name": "", "first_name": ""}
    file = course.root / "autograded" / student / NAME / f"{NAME}.ipynb"
    html, _ = HTMLExporter(config=config).from_filename(str(file), resources=names)
    return html


@pytest.mark.parametrize("kind", SCRIPTS)
def test_clean_html_disarms(kind: str) -> None:
    assert not runs(clean_html(SCRIPTS[kind]))


def test_the_boxes_of_the_checks_keep_their_looks() -> None:
    box = Verdict("h", False, ("the shape is (3,), expected (4,)",)).as_html()
    assert clean_html(box).replace(" ", "").replace(";", "") == box.replace(" ", "").replace(
        ";", ""
    )


def test_pictures_stay_where_they_are_part_of_the_page() -> None:
    assert "data:image/png;base64,AAAA" in clean_html('<img src="data:image/png;base64,AAAA">')
    assert "example.org" not in clean_html('<img src="https://example.org/seen.png">')


HIDDEN = (
    "check('a', 1)\n### BEGIN HIDDEN TESTS\ncheck.load_hidden(\"c-PACKED\")\n"
    "check('b', f(17.25))\n### END HIDDEN TESTS\nprint('done')"
)


def graded_by_stock_nbgrader() -> NotebookNode:
    """A notebook as nbgrader alone leaves it: outputs quote the hidden test."""
    trace = "\x1b[0;31mAssertionError\x1b[0m ----> 4 check('b', f(\x1b[31m17.25\x1b[0m))"
    outputs = [
        nbformat.v4.new_output("stream", text="all is well\n"),
        nbformat.v4.new_output("stream", text="check('b', f(17.25))\n"),
        nbformat.v4.new_output("display_data", data={"text/html": "check(&#39;b&#39;, f(17.25))"}),
        nbformat.v4.new_output("error", ename="AssertionError", evalue="no", traceback=[trace]),
        nbformat.v4.new_output("error", ename="E", evalue="check('b', f(17.25))", traceback=[]),
    ]
    test = nbformat.v4.new_code_cell(HIDDEN, outputs=outputs)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1"), test])


def test_what_outputs_quote_of_hidden_tests_is_cut() -> None:
    notebook, _ = HideTests().preprocess(graded_by_stock_nbgrader(), {})
    nbformat.validate(notebook)
    text = str(notebook)
    assert "17.25" not in text
    assert "PACKED" not in text
    assert "all is well" in text
    assert notebook.cells[1].source == "check('a', 1)\n# Hidden tests ran here.\nprint('done')"
    kinds = [output.output_type for output in notebook.cells[1].outputs]
    assert kinds == ["stream", "stream", "display_data", "error", "error"]


def test_a_hidden_test_that_is_never_closed_is_hidden_to_the_end() -> None:
    notebook = graded_by_stock_nbgrader()
    notebook.cells[1].source = HIDDEN.replace("### END HIDDEN TESTS\n", "")
    notebook, _ = HideTests().preprocess(notebook, {})
    assert notebook.cells[1].source == "check('a', 1)\n# Hidden tests ran here."


def test_feedback_of_every_student_is_there(course: Course) -> None:
    pages = sorted(Path(course.root / "feedback").rglob("*.html"))
    assert [path.parts[-3] for path in pages] == ["ada", "eve", "zoe"]
