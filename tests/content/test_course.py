"""The chapters together: each has what all have, and a page that lacks something is found out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from support.chapters import (
    CITED,
    LINK,
    RULES,
    Chapter,
    Course,
    element,
    faults,
    formulas,
    symbols,
)

from autograder.authoring.skeleton import Chapter as NewChapter

COURSE = Course(Path(__file__).resolve().parents[2])
# Their experiments repeat no published one.
NOTHING_PUBLISHED = {
    "01-sequences-and-windows",
    "03-bptt",
}


@pytest.mark.parametrize("chapter", COURSE.chapters, ids=lambda chapter: chapter.name)
def test_chapter_has_all_that_a_chapter_has(chapter: Chapter) -> None:
    assert faults(COURSE, chapter) == []


def test_chapters_are_numbered_and_each_has_its_assignment() -> None:
    numbers = [chapter.number for chapter in COURSE.chapters]
    assert numbers == list(range(1, len(numbers) + 1))
    assignments = sorted(path.name for path in (COURSE.root / "solutions").iterdir())
    assert assignments == [chapter.name for chapter in COURSE.chapters]


def test_index_names_each_chapter_with_its_title() -> None:
    index = (COURSE.root / "book" / "index.md").read_text(encoding="utf-8")
    for chapter in COURSE.chapters:
        title = re.search(r"^# \d+\. (.*)$", chapter.text, re.MULTILINE)
        assert title, f"{chapter.name} has no title with its number"
        assert f"| {chapter.number} | [{title[1]}]({chapter.name}.md) |" in index


def test_glossary_is_in_order_and_its_links_lead_where_they_say() -> None:
    text = (COURSE.root / "book" / "glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"^(.+)\n: ", text, re.MULTILINE)
    assert terms == sorted(set(terms), key=lambda term: term.lower().replace("-", " "))
    links = re.findall(r"Chapter\s+(\d+),\s+\{ref\}`([\w-]+)`$", text, re.MULTILINE)
    assert len(links) == len(terms)
    named = {label: int(number) for number, label in links}
    for chapter in COURSE.chapters:
        found = {label for label, number in named.items() if number == chapter.number}
        assert found, f"the glossary has no term of {chapter.name}"
        assert found <= set(chapter.labels)


def test_closing_page_holds_stored_results_against_published_ones() -> None:
    page = Chapter(COURSE.root / "book" / "measured.md")
    table = re.search(r"^```\{list-table\}\n(.*?)^```$", page.text, re.MULTILINE | re.DOTALL)
    assert table
    _, *rows = re.split(r"^\* - ", table[1], flags=re.MULTILINE)[1:]
    names = [page.name for page in COURSE.pages]
    shown = set()
    for row in rows:
        claim, published, ours, experiment = re.split(r"^  - ", row.strip(), flags=re.MULTILINE)
        assert LINK.findall(claim), claim
        shown |= {name for name in LINK.findall(claim) if name in names}
        assert CITED.search(published), claim
        assert "{glue:text}" in ours, claim
        commands = re.findall(r"`(\w+)`", experiment)
        assert commands, claim
        for file in (f"{name}{ending}" for name in commands for ending in (".py", ".json")):
            assert (COURSE.root / "experiments" / file).is_file(), file
    assert shown >= {chapter.name for chapter in COURSE.chapters} - NOTHING_PUBLISHED
    assert len(page.figures) >= 1


# The rules themselves: a course of what chapters begin with keeps them all, and one fault at a time

NAMES = ["01-first", "02-second", "03-third"]
NOTATION = """# Notation

| symbol | code | meaning |
| --- | --- | --- |
| $t$, $k$, $T$ | `t` | step |
| $\\mathbf{h}_t$ | `h` | state, with $q$ in another column |
| $\\mathbf{x}_t$, $D$ | `x` | input |
| $\\mathbf{W}_h$, $\\lambda$ | `W_h` | weights |
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A course of three chapters that keeps all rules."""
    for name, previous in zip(NAMES, ["01-first", *NAMES], strict=False):
        for file, text in NewChapter(name, previous).files.items():
            write(tmp_path / file, text)
        for file in (f"{name}.ipynb", "checks.json"):
            write(tmp_path / "notebooks" / name / file, "{}")
    write(
        tmp_path / "book" / "index.md",
        "[First](01-first.md), [second](02-second.md), [third](03-third.md).\n\n(start)=\n",
    )
    write(tmp_path / "book" / "notation.md", NOTATION)
    write(tmp_path / "book" / "references.bib", "@article{elman1990,\n}\n")
    files = ["book/01-first", "book/02-second", "book/03-third", "book/closing"]
    contents = {"parts": [{"chapters": [{"file": file} for file in files]}]}
    write(tmp_path / "_toc.yml", yaml.safe_dump(contents))
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_small_course_keeps_all_rules(small: Path) -> None:
    course = Course(small)
    assert [chapter.name for chapter in course.chapters] == ["01-first", "02-second", "03-third"]
    assert [faults(course, chapter) for chapter in course.chapters] == [[], [], []]


PAGE = "book/02-second.md"
TEXT = NewChapter("02-second", "01-first").files[PAGE]
WRONG = TEXT[TEXT.index("## What goes wrong\n") : TEXT.index("## Exercises\n")]
EXERCISES = TEXT[TEXT.index("## Exercises\n") : TEXT.index("## The assignment\n")]
QUESTION = "**Who chooses the share that\nis kept?**"
SOLUTION = "solutions/02-second/02-second.py"


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        (PAGE, "## The check", "## The checks", "section missing: The check"),
        (PAGE, "## The check", "## The checks", "section of its own: The checks"),
        (PAGE, WRONG + EXERCISES, EXERCISES + WRONG, "sections in another order"),
        (PAGE, "*Reading: about 10 minutes.", "*Reading: long.", "times to read and to solve"),
        (PAGE, "Assignment: about 2 hours", "Assignment: about 3 hours", "different hours"),
        (PAGE, "about 2 hours", "about 2 and a half hours", "120 minutes together"),
        (PAGE, "**20** |", "20 |", "no last row with hours and points"),
        (PAGE, "| 45 | 8 |", "| 45 | 7 |", "the parts give 19 points"),
        (PAGE, "| 45 | 8 |", "| 45 | 7 |", "7 points on the page, 8 in the source"),
        (PAGE, "| 20 | 2 |", "| 25 | 2 |", "125 minutes on the page, 120 in the source"),
        (PAGE, "`fading_step`", "`leap`", "the table does not name fading_step"),
        (SOLUTION, "points=3", "points=2", "the source gives 18 points"),
        (
            SOLUTION,
            'role="written"',
            'role="asked"',
            "asks no question that is answered in writing",
        ),
        (PAGE, "/02-second.ipynb>`", "/02-other.ipynb>`", "no link to download"),
        (PAGE, "/checks.json>`", "/check.json>`", "no link to download"),
        (PAGE, "a state remember?**", "a state remember**", "first section asks no question"),
        (PAGE, "(01-first.md)", "(01-none.md)", "first section does not link to an earlier"),
        (PAGE, "(01-first.md)", "(01-none.md)", "links to no earlier chapter"),
        (PAGE, QUESTION, "The end.", "no question in bold after the further reading"),
        ("book/index.md", "(02-second.md)", "(2.md)", "linked to by no earlier chapter"),
        (PAGE, "  image:\n    alt:", "  x:", "no text that stands"),
        (PAGE, "    caption: |\n      UNWRITTEN: ", "    x: |\n      ", "has no caption"),
        (PAGE, "mystnb:", "other:", "0 figures, fewer than 4"),
        (PAGE, "{cite:t}`elman1990` has", "{cite:p}`elman1990,elman1991` has", "has no elman1991"),
        (PAGE, "(eq-second-state)", "(eq-first-state)", "in the book: eq-first-state"),
        (PAGE, "(second-memory)=", "(start)=", "label defined 2 times in the book: start"),
        (PAGE, "fig-second-half", "fig-second-spread", "in the book: fig-second-spread"),
        (PAGE, r"+ \lambda \mathbf", r"+ q \mathbf", "notation.md has no q, which stands in"),
        (PAGE, r"\lambda \mathbf{W}", r"\lambda \mathbf{Z}", r"has no \mathbf{Z}"),
        (PAGE, r"\lambda \mathbf{W}", r"\hat{\mathbf{W}}", r"has no \hat{\mathbf{W}}"),
        ("book/notation.md", r"$\mathbf{h}_t$", "`h`", r"has no \mathbf{h}, which"),
        (PAGE, r"\lambda \mathbf{W}", r"\overleftarrow{\mathbf{Z}}", r"has no \mathbf{Z}"),
    ],
)
def test_page_that_breaks_a_rule_is_found(
    small: Path, file: str, old: str, new: str, fault: str
) -> None:
    path = small / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    write(path, text.replace(old, new))
    course = Course(small)
    found = faults(course, course.chapters[1])
    assert [line for line in found if fault in line], found


@pytest.mark.parametrize(
    "file", [SOLUTION, "notebooks/02-second/02-second.ipynb", "notebooks/02-second/checks.json"]
)
def test_chapter_without_its_assignment_is_found(small: Path, file: str) -> None:
    (small / file).unlink()
    course = Course(small)
    assert any(file in line for line in faults(course, course.chapters[1]))


def test_each_rule_finds_something_in_an_empty_page(small: Path) -> None:
    write(small / PAGE, "$q$ {cite:t}`nobody`\n\n(start)=\n")
    write(small / "book" / "index.md", "(start)=\n")
    course = Course(small)
    silent = [rule.__name__ for rule in RULES if not list(rule(course, course.chapters[1]))]
    assert silent == []


def test_last_chapter_needs_no_question_for_the_next(small: Path) -> None:
    for number, page in enumerate((PAGE, "book/03-third.md"), start=2):
        text = (small / page).read_text(encoding="utf-8")
        assert QUESTION in text
        write(small / page, text.replace(QUESTION, "The end."))
        course = Course(small)
        found = [x for x in faults(course, course.chapters[number - 1]) if "question" in x]
        assert bool(found) == (number < len(course.chapters))


# Symbols


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        (
            r"\mathbf{h}_t = \tanh(\mathbf{W}_x \mathbf{x}_t)",
            {r"\mathbf{h}", r"\mathbf{W}", r"\mathbf{x}"},
        ),
        (r"\boldsymbol\delta_{t-1}^{(k)}", {r"\boldsymbol{\delta}"}),
        (r"\boldsymbol{\delta}_t", {r"\boldsymbol{\delta}"}),
        (r"\tilde{\mathbf{c}}^{(t)}", {r"\tilde{\mathbf{c}}"}),
        (r"\hat y_i", {r"\hat{y}"}),
        (r"\hat{y_t}", {r"\hat{y}"}),
        (r"\sum_{k=1}^{n} \alpha_k", {r"\alpha"}),
        (r"\mathbf{A}^\top \mathbf{0}", {r"\mathbf{A}"}),
        (r"e^{-\frac{a}{b}} + q", {"e", "q"}),
        (r"\frac{\partial L}{\partial h_{t-1}}", {"L", "h"}),
        (r"\operatorname{diag}(\mathbf{v})", {r"\operatorname{diag}", r"\mathbf{v}"}),
        (r"\operatorname*{arg\,max}_i z_i", {r"\operatorname{arg\,max}", "z"}),
        (r"\begin{aligned} x &= 1 \text{ if } y \end{aligned}", {"x", "y"}),
        (r"\{x\}_{\{y\}}", {"x"}),
        (r"x_\text{edge} y^\mathbf{z}_\hat{u}", {"x", "y"}),
        (r"\lVert \mathbf{W}_h^{100} \rVert_2 \le \ell", {r"\mathbf{W}", r"\ell"}),
    ],
)
def test_symbols_of_a_formula(formula: str, found: set[str]) -> None:
    assert symbols(formula) == found


@pytest.mark.parametrize(
    ("symbol", "plain"),
    [
        (r"\mathbf{h}", "h"),
        (r"\boldsymbol{\delta}", r"\delta"),
        (r"\hat{\mathbf{h}}", r"\hat{h}"),
        (r"\operatorname{diag}", r"\operatorname{diag}"),
        ("q", "q"),
    ],
)
def test_element_of_a_vector(symbol: str, plain: str) -> None:
    assert element(symbol) == plain


def test_formulas_are_found_outside_code_and_roles_only() -> None:
    text = (
        "`$a$` and $b$, {ref}`c $x$ <d>`, $e\n+ f$ `g`, costs \\$5 or \\$6, $h$-fold\n\n"
        "$$\nk = 1\n$$ (eq-k)\n\n```{exercise} A $y$\n$l$\n```\n"
    )
    assert [" ".join(formula.split()) for formula in formulas(text)] == [
        "b",
        "e + f",
        "h",
        "k = 1",
        "l",
    ]
