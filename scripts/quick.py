"""Run what a change can have broken, in a minute or two.

    python scripts/quick.py            # what is not committed yet, or else the last commit
    python scripts/quick.py main       # all that differs from a branch or commit
    python scripts/quick.py --list     # only say what would run

Style, types and the directions of imports are looked at as a whole. Of the tests those run that a
changed file reaches: through the graph of imports where it is a module, through its name where it
is a page or an assignment; and the pages run that show it. Tests that are marked slow are left to
`make test`, as is the site.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grimp
from refresh_pages import code_of, inputs

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("autograder", "unrolled")
ASSIGNMENT = re.compile(r"(?:solutions|notebooks)/(\d\d)-[^/.]+/")
# What tests of the project as a whole look at.
PROJECT = {
    "CONTRIBUTING.md": ["tests/website/test_contributing.py"],
    "README.md": ["tests/website/test_repository.py"],
    "pyproject.toml": ["tests/website/test_repository.py", "tests/website/test_contributing.py"],
    "requirements.lock": ["tests/website/test_repository.py"],
    "scripts/": ["tests/website/test_scripts.py", "tests/website/test_contributing.py"],
    "book/": ["tests/content/test_course.py"],
    # What is used by its name alone: as a command, by nbgrader, in a box.
    "autograder/cli.py": ["tests/grading/test_class.py", "tests/unit/test_selftest.py"],
    "autograder/tables.py": ["tests/grading/test_class.py", "tests/unit/test_selftest.py"],
    "autograder/nbgrader_hooks/": [
        "tests/grading/test_nbgrader.py",
        "tests/grading/test_feedback.py",
    ],
    "autograder/inside/": [
        "tests/sandbox/test_sandbox.py",
        "tests/sandbox/test_limits.py",
        "tests/sandbox/test_isolation.py",
        "tests/grading/test_examiner.py",
        "tests/grading/test_shortcuts.py",
    ],
    "autograder/authoring/template/": [
        "tests/unit/test_new.py",
        "tests/content/test_course.py",
        "tests/content/test_assignments.py",
    ],
    "notebooks/": ["tests/website/test_repository.py"],
    "nbgrader_config.py": ["tests/grading/test_nbgrader.py"],
}


def git(*words: str) -> list[str]:
    """Return the lines that git prints."""
    run = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def changed(base: str) -> list[str]:
    """Return the changed files: against `base`, or what is not committed, or the last commit."""
    untracked = git("ls-files", "--others", "--exclude-standard")
    if base:
        return sorted({*git("diff", "--name-only", base), *untracked})
    return sorted({*git("diff", "--name-only", "HEAD"), *untracked}) or sorted(
        git("diff", "--name-only", "HEAD~1", "HEAD")
    )


def module_of(path: str) -> str:
    """Return the dotted name of a module of the packages, "" for any other file."""
    parts = Path(path).with_suffix("").parts
    if not path.endswith(".py") or parts[0] not in PACKAGES:
        return ""
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> set[str]:
    """Return the names that a test file imports, and what it imports from tests/support."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    for name in [name for name in found if name.startswith("support.")]:
        helper = (ROOT / "tests" / name.replace(".", "/")).with_suffix(".py")
        if helper.is_file() and helper != path:
            found |= imported(helper)
    return found


def names_of(files: list[str]) -> set[str]:
    """Return the dotted names by which others import the changed files, or their packages."""
    names = {name for file in files if (name := module_of(file))}
    if names:
        graph = grimp.build_graph(*PACKAGES)
        known = names & graph.modules
        names = names.union(*(graph.find_modules_that_directly_import(name) for name in known))
    for file in files:
        # What tests share: tests/support/courses.py is support.courses there.
        parts = Path(file).with_suffix("").parts
        if parts[0] == "tests" and len(parts) == 3 and not parts[2].startswith("test_"):
            names |= {f"{parts[1]}.{parts[2]}", parts[1]}
    return names


def pages_of(files: list[str]) -> list[str]:
    """Return the pages that are changed, or show what a changed file beside the book does.

    The packages are left out: nearly every page imports `unrolled`.
    """
    beside = {ROOT / file for file in files if file.startswith(("book/", "experiments/"))}
    if not beside:
        return []
    pages = sorted((ROOT / "book").glob("*.md"))
    return [
        page.stem
        for page in pages
        if code_of(page) and (page in beside or beside & set(inputs(page, ROOT)))
    ]


def reached(files: list[str]) -> Iterator[str]:
    """Yield the tests that changed files reach."""
    names = names_of(files)
    folders = {Path(file).parent for file in files if Path(file).name == "conftest.py"}
    for test in sorted((ROOT / "tests").rglob("test_*.py")):
        inside = bool(folders & set(test.relative_to(ROOT).parents))
        if inside or (names and imported(test) & names):
            yield test.relative_to(ROOT).as_posix()
    for page in pages_of(files):
        yield f"tests/content/test_chapter_{page[:2]}.py"
    for file in files:
        if match := ASSIGNMENT.match(file):
            yield f"tests/content/test_assignment_{match[1]}.py"
        if file.startswith("tests/") and Path(file).name.startswith("test_"):
            yield file
        for start, tests in PROJECT.items():
            if file.startswith(start):
                yield from tests


def commands(files: list[str]) -> Iterator[list[str]]:
    """Yield what is to be run, the quickest first."""
    yield ["ruff", "check"]
    yield ["ruff", "format", "--check"]
    yield ["lint-imports", "--no-logo"]
    yield ["mypy"]
    for name in sorted({file.split("/")[1] for file in files if file.startswith("solutions/")}):
        yield ["autograder", "build", "--check", name]
        yield ["autograder", "selftest", name]
        yield ["pytest", "-q", "-k", name, "tests/content/test_assignments.py"]
    if pages := pages_of(files):
        yield ["python", "scripts/run_pages.py", *pages]
    tests = sorted({test for test in reached(files) if (ROOT / test).is_file()})
    if tests:
        yield ["pytest", "-q", "-n", "2", "-m", "not slow", *tests]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("base", nargs="?", default="", help="a branch or commit to compare with")
    parser.add_argument("--list", action="store_true", help="run nothing")
    chosen = parser.parse_args()
    files = changed(chosen.base)
    print(f"quick: {len(files)} files have changed", flush=True)
    started = time.monotonic()
    for command in commands(files):
        print(f"quick: {' '.join(command)}", flush=True)
        if not chosen.list and (code := subprocess.run(command, cwd=ROOT).returncode) not in (0, 5):
            return code
    print(f"quick: all well after {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
