"""Take the definitions of a chapter's page, so that scripts and tests use the code it shows."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import SimpleNamespace

BOOK = Path(__file__).resolve().parent.parent / "book"

_CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_OPTIONS = re.compile(r"\A(?:---\n.*?\n---\n|(?::[a-z-]+:[^\n]*\n)+)", re.DOTALL)


def cells(name: str) -> list[str]:
    """Return the code of every cell of the page ``book/<name>.md``, without cell options."""
    text = (BOOK / f"{name}.md").read_text(encoding="utf-8")
    return [_OPTIONS.sub("", cell) for cell in _CELL.findall(text)]


def definitions(name: str) -> SimpleNamespace:
    """Run the imports, functions and classes of a page, and nothing else, and return them."""
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    body = [
        node
        for cell in cells(name)
        for node in ast.parse(cell).body
        if isinstance(node, kept) and "myst_nb" not in ast.unparse(node)
    ]
    namespace: dict[str, object] = {}
    exec(compile(ast.Module(body, []), f"{name}.md", "exec"), namespace)
    return SimpleNamespace(**namespace)
