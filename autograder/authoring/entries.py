"""The entries of a new chapter in what lists all chapters: contents, index, map, glossary, tests.

An entry is a function of a file's text and the chapter that gives the text with the chapter in it.
"""

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

from autograder.authoring.skeleton import UNWRITTEN, Chapter
from autograder.errors import CourseError

Entry = Callable[[str, Chapter], str]
NOTE = f"% {UNWRITTEN}: the end of the chapter before until now; let it speak of this one too."

# In book/map.md: the box of a chapter, with its column and its row, and measures of the drawing.
_BOX = re.compile(r'^    (\d+): \("[\w-]+", \(.*\), (LEFT|RIGHT), (\d+)\),\n', re.MULTILINE)
_WIDTH, _HEIGHT, _PITCH, _LINE = 142, 44, 88, 18
_MIDDLE, _BESIDE = {"LEFT": 71, "RIGHT": 301}, {"LEFT": 79, "RIGHT": 295}
_TERM = re.compile(r"^(.+)\n: ", re.MULTILINE)
_QUESTION = re.compile(r"\*\*[^*]+\?\*\*")


class _MissingError(Exception):
    """What an entry belongs beside is not in the file."""


def entered(root: Path, chapter: Chapter) -> dict[str, str]:
    """The new text of each file that a chapter is entered in, by its path in the course.

    Raises:
        CourseError: a file is not there, or not what it was when this was written.
    """
    entries: dict[str, Entry] = {
        f"book/{chapter.previous}.md": without_farewell,
        "_toc.yml": _contents,
        "book/index.md": _index,
        "book/map.md": _map,
        "book/glossary.md": _glossary,
        "tests/support/assignments.py": _plan,
        "tests/content/test_course.py": _nothing_published,
    }
    texts = {}
    for file, entry in entries.items():
        try:
            texts[file] = entry((root / file).read_text(encoding="utf-8"), chapter)
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise CourseError(
                f"{file}: cannot be read ({why}); a chapter is made in a copy of the whole "
                "repository, and nothing was written"
            ) from error
        except _MissingError as error:
            raise CourseError(
                f"{file}: there is no {error}, beside which the chapter would be entered; "
                "nothing was written"
            ) from error
    return texts


def farewell(page: str) -> tuple[int, int]:
    """Where the sections stand in which the last chapter takes leave of the reader.

    They follow the further reading, up to the cell that ends the page. Both places are the same
    where there are none.
    """
    reading = page.find("\n## Further reading\n")
    if reading < 0:
        raise _MissingError("section 'Further reading'")
    last_cell = page.rfind("\n```{code-cell}", reading)
    end = last_cell if last_cell >= 0 else len(page)
    start = page.find("\n## ", reading + 1, end)
    return (start, end) if start >= 0 else (end, end)


def without_farewell(page: str, chapter: Chapter) -> str:
    """The page of the chapter before, which is not the last one any more: it ends in a question."""
    start, end = farewell(page)
    reading = page.index("\n## Further reading\n")
    leave = re.split(r"^- .*\n(?: +.*\n)*", page[reading:start] + "\n", flags=re.MULTILINE)[-1]
    question = (
        ""
        if _QUESTION.search(leave)
        else f"\n{UNWRITTEN}: what this chapter leaves open. **What comes after it?**\n"
        f"[The next chapter]({chapter.name}.md) takes it up.\n"
    )
    return page[:start] + question + page[end:]


def with_farewell(page: str, before: str) -> str:
    """The page of the new chapter, with the leave that the chapter `before` took until now."""
    start, end = farewell(before)
    if start == end:
        return page
    _, place = farewell(page)
    heading, _, text = before[start:end].lstrip("\n").partition("\n")
    note = "" if NOTE in text else f"\n{NOTE}\n"  # two chapters may be begun in a row
    return f"{page[:place]}\n{heading}\n{note}{text}{page[place:]}"


def _after(pattern: str, text: str, addition: str, what: str) -> str:
    """The text with an addition behind the one place of a pattern."""
    match = re.search(pattern, text, re.MULTILINE)
    if not match:
        raise _MissingError(what)
    return text[: match.end()] + addition + text[match.end() :]


def _contents(text: str, chapter: Chapter) -> str:
    line = rf"^ *- file: book/{chapter.previous}\n"
    indent = "      "
    return _after(line, text, f"{indent}- file: book/{chapter.name}\n", chapter.previous)


def _index(text: str, chapter: Chapter) -> str:
    row = f"| {chapter.number} | [{chapter.title}]({chapter.name}.md) | {UNWRITTEN}: which? |\n"
    return _after(rf"^\| {chapter.number - 1} \| .*\n", text, row, "row of the chapter before")


def _map(text: str, chapter: Chapter) -> str:
    """Put a box into a new row, below the box of the chapter before, and an arrow between them."""
    boxes = {int(number): (column, int(row)) for number, column, row in _BOX.findall(text)}
    if chapter.number - 1 not in boxes:
        raise _MissingError("box of the chapter before")
    column, above = boxes[chapter.number - 1]
    row = 1 + max(row for _, row in boxes.values())
    first, *others = textwrap.wrap(chapter.title, _LINE)
    words = ", ".join(f'"{line}"' for line in (first, *filter(None, [" ".join(others)])))
    words += "," * (not others)
    box = f'    {chapter.number}: ("{chapter.name}", ({words}), {column}, {row}),\n'
    text = _after(rf"^    {chapter.number - 1}: \(.*\n", text, box, "box of the chapter before")
    x, start, end = _MIDDLE[column], _PITCH * above + _HEIGHT, _PITCH * row
    arrow = (
        f'    ({chapter.number - 1}, {chapter.number}, ("{UNWRITTEN}:", "the idea"), '
        f'"{chapter.slug}-state", {chapter.number}, [({x}, {start}), ({x}, {end})], '
        f"({_BESIDE[column]}, {start + 14})),\n"
    )
    return _after(r"^IDEAS = \[.*\n(?:    .*\n)*", text, arrow, "list IDEAS")


def _glossary(text: str, chapter: Chapter) -> str:
    """Put a term in its place in the alphabet."""

    def key(term: str) -> str:
        return term.lower().replace("-", " ")

    term = f"fading state of chapter {chapter.number}"
    entry = (
        f"{term}\n: {UNWRITTEN}: a term of the chapter and what it means, in a sentence or two.\n"
        f"  Chapter {chapter.number}, {{ref}}`{chapter.slug}-state`\n"
    )
    places = [found.start() for found in _TERM.finditer(text) if key(found[1]) > key(term)]
    if places:
        return f"{text[: places[0]]}{entry}\n{text[places[0] :]}"
    return f"{text.rstrip()}\n\n{entry}"


def _plan(text: str, chapter: Chapter) -> str:
    plan = (
        f"    # {UNWRITTEN}: what it is meant to be.\n"
        f'    "{chapter.name}": Plan(\n'
        '        "fading_step fading_forward",\n'
        "        hours=2,\n        misconceptions=10,\n        alternatives=4,\n    ),\n"
    )
    return _after(r"^PLANS = \{\n(?:    .*\n)*", text, plan, "list PLANS")


def _nothing_published(text: str, chapter: Chapter) -> str:
    line = f'    "{chapter.name}",  # {UNWRITTEN}: or a row in book/measured.md\n'
    return _after(r"^NOTHING_PUBLISHED = \{\n(?:    .*\n)*", text, line, "list NOTHING_PUBLISHED")
