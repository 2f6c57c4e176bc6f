"""What people see of a graded notebook: students no hidden tests, nobody a student's HTML at work.

nbgrader_config.py switches these on, for `nbgrader generate_feedback` and for the formgrader.
"""

import re
from html import unescape
from typing import Any

import bleach
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

# A line this short, such as `else:`, says nothing about a hidden test.
_TELLING = 12
_NOTE = "# Hidden tests ran here."
_ANSI = re.compile(r"\x1b\[[\d;]*m")

_TAGS = bleach.ALLOWED_TAGS | {
    *("br", "caption", "dd", "del", "details", "div", "dl", "dt", "figcaption", "figure"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "ins", "kbd", "p", "pre", "s", "samp"),
    *("small", "span", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead"),
    *("tr", "u", "var"),
}
# What a box or a table needs to look like itself; nothing that loads, and nothing that leaves its
# place and covers what it does not own.
_STYLES = ALLOWED_CSS_PROPERTIES | {
    "border-radius",
    "display",
    "max-width",
    "text-align",
    *(f"border{side}" for side in ("", "-bottom", "-left", "-right", "-top")),
    *(f"margin{side}" for side in ("", "-bottom", "-left", "-right", "-top")),
    *(f"padding{side}" for side in ("", "-bottom", "-left", "-right", "-top")),
}


class HideTests(NbGraderPreprocessor):
    """Takes hidden tests out of a graded notebook before students get it."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Put a note in the place of each hidden test, and cut what outputs quote of it."""
        clear = ClearHiddenTests(config=self.config)
        # A test that is not closed would raise here; everything after its beginning is hidden.
        clear.enforce_metadata = False
        quotes = set()
        for cell in nb.cells:
            if clear.begin_test_delimeter not in cell.source:
                continue
            shown, hidden = _split(
                cell.source, clear.begin_test_delimeter, clear.end_test_delimeter
            )
            quotes |= {line.strip() for line in hidden if len(line.strip()) >= _TELLING}
            cell.source = shown
        for cell in nb.cells:
            if quotes and cell.cell_type == "code":
                cell.outputs = [_without(output, quotes) for output in cell.outputs]
        return nb, resources


def clean_html(html: object) -> str:
    """HTML without what could run, load or escape its place; nbconvert's filter, with our boxes."""
    text = html.decode() if isinstance(html, bytes) else str(html)
    return bleach.clean(
        text,
        tags=_TAGS,
        attributes=_is_harmless,
        protocols=("http", "https", "mailto", "data"),
        css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
    )


@pass_context
def markdown2html(context: Any, source: str) -> str:
    """Markdown as HTML that is clean; nbgrader's pages show written answers with this filter."""
    attachments = context.get("cell", {}).get("attachments", {})
    renderer = IPythonRenderer(escape=False, attachments=attachments)
    return clean_html(MarkdownWithMath(renderer=renderer).render(source))


def _is_harmless(tag: str, name: str, value: str) -> bool:
    """Whether an attribute may stay."""
    if tag == "img" and name == "src":
        # Other pictures would tell a server who reads this, and when.
        return value.startswith("data:image/")
    if tag == "a" and name == "href":
        return not value.lower().startswith("data:")
    return name in ("style", "title", "alt", "class", "align", "colspan", "rowspan", "width") or (
        tag == "details" and name == "open"
    )


def _split(source: str, begin: str, end: str) -> tuple[str, list[str]]:
    """The text of a cell with a note for each hidden part, and the hidden lines."""
    shown: list[str] = []
    hidden: list[str] = []
    is_hidden = False
    for line in source.split("\n"):
        if begin in line:
            is_hidden = True
            shown.append(_NOTE)
        elif is_hidden and end in line:
            is_hidden = False
        else:
            (hidden if is_hidden else shown).append(line)
    return "\n".join(shown), hidden


def _without(output: NotebookNode, quotes: set[str]) -> NotebookNode:
    """An output as it is, or with a note in the place of what quotes a hidden line."""
    if output.output_type == "error":
        if _quotes("\n".join(output.traceback), quotes):
            output.traceback = [f"{output.ename}: {output.evalue}"]
        if _quotes(f"{output.ename} {output.evalue}", quotes):
            output.evalue = "in a hidden test"
            output.traceback = [f"{output.ename}: {output.evalue}"]
    elif output.output_type == "stream":
        if _quotes(output.text, quotes):
            output.text = "(This output quoted a hidden test.)\n"
    elif _quotes(str(dict(output.data)), quotes):
        output.data = NotebookNode({"text/plain": "(This output quoted a hidden test.)"})
    return output


def _quotes(text: str, quotes: set[str]) -> bool:
    plain = unescape(_ANSI.sub("", text))
    return any(quote in plain for quote in quotes)
