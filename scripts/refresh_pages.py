"""Forget the executed pages of the book whose inputs have changed.

    python scripts/refresh_pages.py

Jupyter Book runs a page again when its own code changes. A page also shows what it imports, from
``unrolled`` or from beside it, and what it reads: trained weights, stored results. This script
hashes these inputs for each page, compares with the hashes of the last build, and removes the
stored outputs of the pages that differ, so that the next build runs them again and no others.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "experiments"))
from chapter import cells_of  # noqa: E402

DATA_FOLDERS = ("unrolled", "experiments")
# Where what a page may import lies, below the root.
PACKAGES = {"unrolled": ".", "diagrams": "book", "measuring": "book", "prelude": "book"}


def code_of(page: Path) -> str:
    """Return the code of all cells of a page."""
    return "\n".join(cells_of(page))


def imported(code: str, package: str) -> Iterator[str]:
    """Yield the dotted names that `code` may import; `package` resolves relative imports."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(parents if node.level else []), *filter(None, [node.module])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def module_files(code: str, root: Path) -> set[Path]:
    """Return the course's own files that running `code` can import, directly or not."""
    found: set[Path] = set()
    waiting = list(imported(code, ""))
    while waiting:
        parts = waiting.pop().split(".")
        if parts[0] not in PACKAGES:
            continue
        top = root / PACKAGES[parts[0]]
        for depth in range(1, len(parts) + 1):
            base = top.joinpath(*parts[:depth])
            for file in (base.with_suffix(".py"), base / "__init__.py"):
                if file.is_file() and file not in found:
                    found.add(file)
                    package = ".".join(file.parent.relative_to(top).parts)
                    waiting.extend(imported(file.read_text(encoding="utf-8"), package))
    return found


def inputs(page: Path, root: Path) -> list[Path]:
    """Return the files whose content the outputs of `page` depend on, its own text aside.

    These are the course's modules that it imports, the data files whose names (with or without
    suffix) stand in its code or in that of these modules, and the lock.
    """
    code = code_of(page)
    modules = module_files(code, root)
    words = set(re.findall(r"[\w.-]+", code + "".join(m.read_text("utf-8") for m in modules)))
    data = {
        file
        for folder in DATA_FOLDERS
        for file in (root / folder).rglob("*")
        if file.is_file()
        and file.suffix not in (".py", ".pyc")
        and ({file.name, file.stem} & words)
    }
    return sorted(modules | data | {root / "requirements.lock"})


def digest(page: Path, root: Path) -> str:
    """Return one hash over names and contents of the inputs of `page`."""
    total = hashlib.sha256()
    for file in inputs(page, root):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(root).as_posix()} {content}\n".encode())
    return total.hexdigest()


def forget(pages: list[str], root: Path) -> None:
    """Remove the stored outputs of `pages` (paths below `root`)."""
    for page in pages:
        (root / "_build" / ".doctrees" / page).with_suffix(".doctree").unlink(missing_ok=True)
    folder = root / "_build" / ".jupyter_cache"
    if folder.is_dir():
        from jupyter_cache import get_cache

        cache = get_cache(folder)
        stale = {str(root / page) for page in pages}
        for record in cache.list_cache_records():
            if record.uri in stale:
                cache.remove_cache(record.pk)


def refresh(root: Path = ROOT) -> list[str]:
    """Forget what is stale, store the new hashes, and return the forgotten pages."""
    stored = root / "_build" / "page_inputs.json"
    before = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}
    now = {
        page.relative_to(root).as_posix(): digest(page, root)
        for page in sorted((root / "book").rglob("*.md"))
        if code_of(page)
    }
    stale = [page for page, value in now.items() if page in before and before[page] != value]
    if stale:
        forget(stale, root)
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
    return stale


if __name__ == "__main__":
    for page in refresh():
        print(f"site: what {page} imports or reads has changed; it runs again")
