"""Draw the rooms of `autograder`, from the contract that `make lint` holds them to.

    python scripts/rooms.py

The drawing is the one in CONTRIBUTING.md; a test sees that they are the same.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def layers(root: Path = ROOT) -> list[list[str]]:
    """Return the rooms, from those that may import all others down to those that import none."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    [rooms] = [contract for contract in contracts if contract["type"] == "layers"]
    return [[name.strip() for name in layer.split("|")] for layer in rooms["layers"]]


def purpose(name: str, root: Path = ROOT) -> str:
    """Return the first line of the docstring of a room, which says what it is for."""
    base = root / "autograder" / name
    file = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.split("\n")[0].rstrip(".")


def drawing(root: Path = ROOT) -> str:
    """Return a table: each floor may import the floors below it, and no room its neighbours."""
    rows = ["| floor | room | what it is for |", "| --- | --- | --- |"]
    floors = layers(root)
    for number, layer in zip(range(len(floors), 0, -1), floors, strict=True):
        rows += [f"| {number} | `{name}` | {purpose(name, root)} |" for name in layer]
    return "\n".join(rows)


if __name__ == "__main__":
    print(drawing())
