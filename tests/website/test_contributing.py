"""CONTRIBUTING.md is right about where things are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
STEPS = re.findall(r"\[`(\w+)`\]\(([\w/]+\.py)\)", TEXT)


def defined(path: Path) -> set[str]:
    """The functions and classes that a file defines, and its own name."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {path.stem} | {node.name for node in body if isinstance(node, kinds)}


@pytest.mark.parametrize(("name", "file"), STEPS)
def test_each_step_of_a_way_exists(name: str, file: str) -> None:
    assert name in defined(ROOT / file)


def test_both_ways_are_told() -> None:
    ways = {
        heading: len(re.findall(r"\]\([\w/]+\.py\)", part))
        for heading, part in re.findall(r"### The way of a (\w+)\n(.*?)(?=\n##)", TEXT, re.DOTALL)
    }
    assert ways.keys() == {"submission", "mistake"}
    assert min(ways.values()) >= 10


def test_the_table_of_rooms_is_the_contract() -> None:
    drawn = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "rooms.py")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert drawn.stdout in TEXT


def test_no_file_of_the_packages_is_long_and_no_function_either() -> None:
    long = []
    for package in ("autograder", "unrolled"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if text.count("\n") > 300:
                long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    lines = (node.end_lineno or 0) - node.lineno + 1
                    if lines > 40:
                        long.append(f"{path.relative_to(ROOT)}: {node.name}: {lines} lines")
    assert not long
