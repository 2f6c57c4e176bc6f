"""What every chapter of the course has to have, as rules that say what a page lacks.

A rule is a function of a `Course` and a `Chapter` that yields a line for each fault. `faults`
applies all of them. The rules look at the text of the pages; what the built site has to do is in
test_site.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

SECTIONS = [
    "A question",
    "What you will be able to do",
    "The idea",
    "The mathematics",
    "The implementation",
    "The check",
    "The experiment",
    "What goes wrong",
    "Exercises",
    "The assignment",
    "What to remember",
    "Further reading",
]
FIGURES = 4
POINTS = 20
QUARTER = 15  # minutes

CELL = re.compile(r"^(`{3,}|:{3,})\{code-cell\}[^\n]*\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
MARGIN = re.compile(r"^(`{3,}|:{3,})\{margin\}[^\n]*\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
YAML = re.compile(r"\A---\n(.*?)^---$", re.MULTILINE | re.DOTALL)
READING = re.compile(
    r"^\*Reading: about (\d+) minutes\. Assignment: about (\d+)( and a half)? hours\.\*$",
    re.MULTILINE,
)
ROW = re.compile(r"^\| \d+ \| (.*) \| (\d+) \| (\d+) \|$", re.MULTILINE)
TOGETHER = re.compile(
    r"^\| \| \*\*together\*\* \| \*\*about (\d+)( and a half)? hours\*\* \| \*\*(\d+)\*\* \|$",
    re.MULTILINE,
)
ROLE = re.compile(r"\{(ref|eq|numref|doc|prf:ref)\}`(?:[^`<]*<([^`>]+)>|([^`<]+))`")
LINK = re.compile(r"\]\(([^)\s#]+)\.md(?:#[^)]*)?\)")
LABELS = re.compile(
    r"^\(([\w:-]+)\)=$|^:(?:label|name): *([\w:-]+)$|^\$\$ *\(([\w:-]+)\)"
    r"|\\label\{([\w:-]+)\}",
    re.MULTILINE,
)
CITED = re.compile(r"\{cite(?::[a-z]+)?\}`([^`]+)`")
BOLD_QUESTION = re.compile(r"\*\*[^*]+\?\*\*")
WRITTEN = re.compile(r'^# %%.*role="written".*points=(\d+)', re.MULTILINE)
TESTS = re.compile(r'^# %%.*role="tests".*of="(\w+)".*points=(\d+)', re.MULTILINE)
EFFORT = re.compile(r"\*\(?(\d+) minutes\b")


@dataclass(frozen=True)
class Chapter:
    """A page of the course."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def number(self) -> int:
        return int(self.name[:2])

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The page without its code."""
        return CELL.sub("", self.text)

    @cached_property
    def sections(self) -> dict[str, str]:
        """The prose under each heading of the second level."""
        _, *parts = re.split(r"^## (.*)$", self.prose, flags=re.MULTILINE)
        return dict(zip(parts[::2], parts[1::2], strict=True))

    @cached_property
    def labels(self) -> list[str]:
        """What can be referred to in the page; numbers of equations, figures and sections."""
        drawn = [options.get("figure", {}).get("name", "") for options in self.figures]
        return ["".join(found) for found in LABELS.findall(self.prose)] + [*filter(None, drawn)]

    @cached_property
    def figures(self) -> list[dict[str, Any]]:
        """The options of the cells that draw a figure."""
        heads = [head for cell in CELL.finditer(self.text) if (head := YAML.match(cell[2]))]
        drawn = [yaml.safe_load(head[1]).get("mystnb", {}) for head in heads]
        return [option for option in drawn if "figure" in option or "image" in option]


@dataclass(frozen=True)
class Course:
    """The course in a folder: its pages, its assignments, its notation and its references."""

    root: Path

    @cached_property
    def chapters(self) -> list[Chapter]:
        """The chapters in the order of the contents."""
        contents = yaml.safe_load((self.root / "_toc.yml").read_text(encoding="utf-8"))
        files = [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
        numbered = [name for name in files if re.match(r"book/\d\d-", name)]
        return [Chapter(self.root / f"{name}.md") for name in numbered]

    def is_last(self, chapter: Chapter) -> bool:
        """Whether a chapter is the last one, which may take leave as it likes."""
        return chapter.number == max(other.number for other in self.chapters)

    @cached_property
    def pages(self) -> list[Chapter]:
        """All pages of the book."""
        return [Chapter(path) for path in sorted((self.root / "book").rglob("*.md"))]

    @cached_property
    def home(self) -> dict[str, str]:
        """The page of each label."""
        return {label: page.name for page in self.pages for label in page.labels}

    @cached_property
    def references(self) -> set[str]:
        text = (self.root / "book" / "references.bib").read_text(encoding="utf-8")
        return set(re.findall(r"^@\w+\{([^,\s]+),", text, re.MULTILINE))

    @cached_property
    def notation(self) -> set[str]:
        """The symbols in the first columns of the tables of notation.md."""
        lines = (self.root / "book" / "notation.md").read_text(encoding="utf-8").splitlines()
        first = [line.split(" | ")[0] for line in lines if line.startswith("| ")]
        return set().union(*(symbols(formula) for formula in formulas("\n".join(first))))

    def targets(self, text: str) -> set[str]:
        """The pages that a text links to."""
        found = {Path(name).name for name in LINK.findall(text)}
        for role, long, short in ROLE.findall(text):
            target = (long or short).strip()
            found.add(Path(target).name if role == "doc" else self.home.get(target, ""))
        return found - {""}


Rule = Callable[[Course, Chapter], Iterator[str]]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Enter a rule."""
    RULES.append(function)
    return function


def faults(course: Course, chapter: Chapter) -> list[str]:
    """Return all that the chapter lacks."""
    return [fault for one in RULES for fault in one(course, chapter)]


@rule
def standard_sections(course: Course, chapter: Chapter) -> Iterator[str]:
    missing = [section for section in SECTIONS if section not in chapter.sections]
    for section in missing:
        yield f"section missing: {section}"
    further = [section for section in chapter.sections if section not in SECTIONS]
    if not course.is_last(chapter):
        for section in further:
            yield f"section of its own: {section}"
    found = [section for section in chapter.sections if section in SECTIONS]
    if found != [section for section in SECTIONS if section in found]:
        yield f"sections in another order: {', '.join(found)}"


@rule
def times_and_points(course: Course, chapter: Chapter) -> Iterator[str]:
    assignment = chapter.sections.get("The assignment", "")
    head, total = READING.search(chapter.prose), TOGETHER.search(assignment)
    if not head:
        yield "the times to read and to solve are not printed below the title"
    if not total:
        yield "the assignment's table has no last row with hours and points"
    if not head or not total:
        return
    rows = [(what, int(minutes), int(points)) for what, minutes, points in ROW.findall(assignment)]
    hours = int(total[1]) + 0.5 * bool(total[2])
    minutes, points = sum(row[1] for row in rows), sum(row[2] for row in rows)
    if (head[2], head[3]) != (total[1], total[2]):
        yield "title and table state different hours"
    if abs(minutes - 60 * hours) > QUARTER:
        yield f"the parts take {minutes} minutes together, the page says {hours:g} hours"
    if not points == int(total[3]) == POINTS:
        yield f"the parts give {points} points, the last row says {total[3]}"
    source = course.root / "solutions" / chapter.name / f"{chapter.name}.py"
    if not source.is_file():
        yield f"no assignment: {source.relative_to(course.root).as_posix()}"
        return
    yield from _points_of_parts(rows, source.read_text(encoding="utf-8"))


def _points_of_parts(rows: list[tuple[str, int, int]], source: str) -> Iterator[str]:
    """Hold the table of the page against the source of the assignment."""
    tested: Counter[str] = Counter()
    for function, points in TESTS.findall(source):
        tested[function] += int(points)
    written = sum(int(points) for points in WRITTEN.findall(source))
    if sum(tested.values()) + written != POINTS:
        yield f"the source gives {sum(tested.values()) + written} points"
    if not written:
        yield "the source asks no question that is answered in writing"
    for what, _, points in rows:
        functions = [name for name in re.findall(r"`(\w+)`", what) if name in tested]
        expected = sum(tested.pop(name) for name in functions)
        if not functions:
            expected, written = written, 0
        if points != expected:
            yield f"{what}: {points} points on the page, {expected} in the source"
    for function in tested:
        yield f"the table does not name {function}"
    minutes, stated = sum(row[1] for row in rows), sum(map(int, EFFORT.findall(source)))
    if minutes != stated:
        yield f"the parts take {minutes} minutes on the page, {stated} in the source"


@rule
def downloads(course: Course, chapter: Chapter) -> Iterator[str]:
    assignment = chapter.sections.get("The assignment", "")
    for file in (f"{chapter.name}.ipynb", "checks.json"):
        place = f"notebooks/{chapter.name}/{file}"
        if not re.search(rf"\{{download\}}`[^`]*<\.\./{re.escape(place)}>`", assignment):
            yield f"no link to download {place}"
        if not (course.root / place).is_file():
            yield f"there is no {place}"


@rule
def questions(course: Course, chapter: Chapter) -> Iterator[str]:
    first = chapter.sections.get("A question", "")
    if not BOLD_QUESTION.search(first):
        yield "the first section asks no question in bold"
    if chapter.number > 1 and not _earlier(course, chapter, first):
        yield "the first section does not link to an earlier chapter"
    if not course.is_last(chapter):
        leave = re.split(r"^- .*\n(?: +.*\n)*", chapter.prose.rstrip() + "\n", flags=re.MULTILINE)
        if not BOLD_QUESTION.search(leave[-1]):
            yield "no question in bold after the further reading"


def _earlier(course: Course, chapter: Chapter, text: str) -> set[str]:
    """Return the earlier chapters that a text of the chapter links to."""
    names = {other.name for other in course.chapters if other.number < chapter.number}
    return names & course.targets(text)


@rule
def links(course: Course, chapter: Chapter) -> Iterator[str]:
    if chapter.number > 1 and not _earlier(course, chapter, chapter.prose):
        yield "links to no earlier chapter"
    before = [other for other in course.chapters if other.number < chapter.number]
    index = [page for page in course.pages if page.name == "index"]
    if not any(chapter.name in course.targets(page.prose) for page in before + index):
        yield "is linked to by no earlier chapter and not by the index"


@rule
def described_figures(course: Course, chapter: Chapter) -> Iterator[str]:
    if len(chapter.figures) < FIGURES:
        yield f"{len(chapter.figures)} figures, fewer than {FIGURES}"
    for options in chapter.figures:
        name = options.get("figure", {}).get("name", "without a name")
        if len((options.get("image") or {}).get("alt", "")) < 30:
            yield f"figure {name} has no text that stands for it"
        if not options.get("figure", {}).get("caption"):
            yield f"figure {name} has no caption"


@rule
def known_references(course: Course, chapter: Chapter) -> Iterator[str]:
    keys = {key.strip() for found in CITED.findall(chapter.text) for key in found.split(",")}
    for key in sorted(keys - course.references):
        yield f"references.bib has no {key}"


@rule
def labels_once(course: Course, chapter: Chapter) -> Iterator[str]:
    everywhere = Counter(label for page in course.pages for label in page.labels)
    for label in sorted({label for label in chapter.labels if everywhere[label] > 1}):
        yield f"label defined {everywhere[label]} times in the book: {label}"


@rule
def known_symbols(course: Course, chapter: Chapter) -> Iterator[str]:
    allowed = set(EVERYWHERE) | set(EXCEPTIONS.get(chapter.name, {}))
    allowed |= {element(symbol) for symbol in course.notation}
    prose = MARGIN.sub("", chapter.prose)  # margins show the letters of others
    used: dict[str, str] = {}
    for formula in formulas(prose):
        found = {DIRECTION.sub(r"\1", symbol) for symbol in symbols(formula)}
        for symbol in found - course.notation - allowed:
            used.setdefault(symbol, " ".join(formula.split())[:60])
    for symbol in sorted(used):
        yield f"notation.md has no {symbol}, which stands in {used[symbol]}"


# Symbols of formulas

# The notation says what an arrow over any symbol means: one of two directions of reading.
DIRECTION = re.compile(r"^\\over(?:right|left)arrow\{(.+)\}$")
EVERYWHERE = {
    "e": "base of the natural logarithm",
    r"\pi": "the number",
    "i": "an index: a row, a unit, a place in a vector",
    "j": "an index: a column, a unit, a distance in a sum",
}
# Symbols that one page explains where they stand and uses nowhere else, each with its reason.
EXCEPTIONS: dict[str, dict[str, str]] = {
    "02-vanilla-rnn": dict.fromkeys(
        (r"\mathbf{U}", r"\mathbf{V}", r"\mathbf{e}"),
        "the letters of slides, in a table beside ours",
    ),
    "06-lstm": dict.fromkeys(
        (r"\mathbf{U}", r"\tilde{\mathbf{c}}"), "the letters of slides, in a table beside ours"
    ),
}

FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)((?:[^$\\]|\\.)+?)\$", re.DOTALL)
# Fences of directives, roles with what they hold, and code between text.
FENCE = re.compile(r"^(`{3,}|:{3,}).*$", re.MULTILINE)
IN_TICKS = re.compile(r"\{[\w:-]+\}`[^`]*`|(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
GREEK = re.compile(
    r"(?:var)?(?:alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma"
    r"|tau|upsilon|phi|chi|psi|omega|ell)",
    re.IGNORECASE,
)
FONTS = ("mathbf", "boldsymbol", "bm", "mathcal", "mathbb", "mathrm", "mathsf", "operatorname")
ACCENTS = (
    "hat",
    "tilde",
    "bar",
    "vec",
    "dot",
    "overline",
    "widehat",
    "widetilde",
    "overrightarrow",
)
WORDS = ("text", "textbf", "textit", "textrm", "texttt", "label", "tag", "begin", "end", "hspace")
TOKEN = re.compile(r"\\([A-Za-z]+)\*?|([A-Za-z])|.", re.DOTALL)


def formulas(text: str) -> list[str]:
    """Return the formulas of a text: what stands between dollar signs, outside code."""
    text = IN_TICKS.sub(" ", FENCE.sub(" ", text))
    return [displayed or inline for displayed, inline in FORMULA.findall(text)]


def _argument(formula: str, start: int) -> int:
    """Return where the argument ends that begins at `start`: a group, a command or a character."""
    while start < len(formula) and formula[start].isspace():
        start += 1
    if start < len(formula) and formula[start] == "{":
        depth = 0
        for place in range(start, len(formula)):
            escaped = place > 0 and formula[place - 1] == "\\"
            depth += (formula[place] == "{" and not escaped) - (
                formula[place] == "}" and not escaped
            )
            if depth == 0:
                return place + 1
        return len(formula)
    match = TOKEN.match(formula, start)
    if match and match[1] in (*FONTS, *ACCENTS, *WORDS):
        return _argument(formula, match.end())
    return match.end() if match else len(formula)


def element(symbol: str) -> str:
    """Return the plain letter of a bold one, accent and all: an element of the vector or matrix."""
    return re.sub(r"\\(?:mathbf|boldsymbol)\{([A-Za-z]|\\[a-z]+)\}", r"\1", symbol)


def symbols(formula: str) -> set[str]:
    r"""Return the symbols of a formula without their indices and exponents.

    A symbol is a letter, a Greek letter, or either in bold or another font, with its accent:
    ``\mathbf{h}_{t-1}`` gives ``\mathbf{h}``, ``\hat{y}^2`` gives ``\hat{y}``.
    """
    found: set[str] = set()
    place = 0
    while place < len(formula):
        match = TOKEN.match(formula, place)
        assert match
        command, letter = match[1], match[2]
        place = match.end()
        if match[0] in "_^":
            place = _argument(formula, place)
        elif command in (*FONTS, *ACCENTS):
            end = _argument(formula, place)
            inside = formula[place:end].strip()
            inside = inside[1:-1] if inside.startswith("{") else inside
            inside = re.sub(r"\s|[_^](\{[^}]*\}|\\?\w+)", "", inside)
            if re.search("[A-Za-z]", inside):  # not the vector of zeros
                found.add(rf"\{command}{{{inside}}}")
            place = end
        elif command in WORDS:
            place = _argument(formula, place)
        elif command and GREEK.fullmatch(command):
            found.add(rf"\{command}")
        elif letter:
            found.add(letter)
    return found
