"""Take the definitions of a chapter's page, so that scripts and tests use the code it shows."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from types import SimpleNamespace

BOOK = Path(__file__).resolve().parent.parent / "book"
# Pages import what lies beside them.
sys.path.insert(0, str(BOOK))

_CELL = re.compile(r"^(`{3,}|:{3,})\{code-cell\}.*?\n(.*?)^\1", re.MULTILINE | re.DOTALL)
_OPTIONS = re.compile(r"\A(?:---\n.*?^---\n|(?::[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
_MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)


def cells_of(page: Path) -> list[str]:
    """Return the code of every cell of a page, without cell options and magics."""
    found = _CELL.finditer(page.read_text(encoding="utf-8"))
    return [_MAGIC.sub("", _OPTIONS.sub("", cell[2])) for cell in found]


def cells(name: str) -> list[str]:
    """Return the code of every cell of the page ``book/<name>.md``."""
    return cells_of(BOOK / f"{name}.md")


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
