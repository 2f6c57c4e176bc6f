"""The files of a new chapter, from the templates beside this file: small, complete, and to be
written over. Wherever its author has something to write stands UNWRITTEN.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from keyword import iskeyword
from pathlib import Path

from autograder.errors import CourseError

UNWRITTEN = "UNWRITTEN"
TEMPLATES = Path(__file__).parent / "template"
FILES = {
    "page.md": "book/{name}.md",
    "diagrams.py": "book/diagrams/{module}.py",
    "source.py": "solutions/{name}/{name}.py",
    "misconceptions.py": "solutions/{name}/misconceptions.py",
    "alternatives.py": "solutions/{name}/alternatives.py",
    "test_chapter.py": "tests/content/test_chapter_{number:02}.py",
    "test_assignment.py": "tests/content/test_assignment_{number:02}.py",
}
_NAME = re.compile(r"(\d\d)-([a-z][a-z0-9]*(?:-[a-z0-9]+)*)")
_LONGEST = 40


@dataclass(frozen=True)
class Chapter:
    """What a new chapter is called.

    Attributes:
        name: the name of its page, its folder and its notebook, such as 13-attention.
        previous: the name of the chapter before it.
    """

    name: str
    previous: str

    def __post_init__(self) -> None:
        match = _NAME.fullmatch(self.name)
        if not match or len(self.name) > _LONGEST or iskeyword(match[2].replace("-", "_")):
            raise CourseError(
                f"{self.name!r} cannot name a chapter; a name is two digits and words of small "
                f"letters and digits, joined by hyphens, at most {_LONGEST} characters and no word "
                "of Python's own, as in 13-attention"
            )

    @property
    def number(self) -> int:
        """Its place in the course."""
        return int(self.name[:2])

    @property
    def slug(self) -> str:
        """Its name without the number, which its labels begin with."""
        return self.name[3:]

    @property
    def module(self) -> str:
        """What its modules are called that draw and measure."""
        return self.slug.replace("-", "_")

    @property
    def title(self) -> str:
        """Its name in words."""
        return self.slug.replace("-", " ").capitalize()

    @cached_property
    def files(self) -> dict[str, str]:
        """The text of each file, by its path in the course."""
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
        )
        names = {
            name: getattr(self, name)
            for name in ("name", "previous", "number", "slug", "module", "title")
        }
        return {
            path.format(**names): templates.get_template(f"{template}.jinja").render(names)
            for template, path in FILES.items()
        }
