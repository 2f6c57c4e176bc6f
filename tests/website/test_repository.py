"""The repository as a whole: nothing leaks, imports go one way, the lock fits."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.catalogue import read_catalogue
from autograder.authoring.source import read_assignment
from autograder.course import Course

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENTS = sorted(
    folder.name
    for folder in (ROOT / "solutions").iterdir()
    if (folder / f"{folder.name}.py").is_file()
)
SOLUTION = re.compile(r"### BEGIN SOLUTION(.*?)### END SOLUTION", re.DOTALL)
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS(.*?)### END HIDDEN TESTS", re.DOTALL)


def normal(name: str) -> str:
    """Return a package's name as the index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def lock() -> dict[str, str]:
    """Return the pins of requirements.lock."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("==") for line in lines)


def version(name: str) -> str:
    """Return the installed version of a package, or "none"."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none"


def repository_files() -> list[Path]:
    """Return what git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def telling_lines(parts: list[str], told: str) -> set[str]:
    """Return the lines of `parts` that say something and do not stand in `told` anyway."""
    lines = {line.strip().lstrip("# ") for part in parts for line in part.splitlines()}
    return {line for line in lines if len(line) >= 10 and line not in told}


def body_of(function: str) -> list[str]:
    """Return the statements of a function, without its docstring."""
    [node] = ast.parse(function).body
    assert isinstance(node, (ast.FunctionDef, ast.ClassDef))
    documented = ast.get_docstring(node) is not None
    return [ast.unparse(statement) for statement in node.body[documented:]]


# Nothing of solutions/ reaches a student


def test_there_is_an_assignment() -> None:
    assert ASSIGNMENTS, "solutions/ holds no assignment"
    assert sorted(p.name for p in (ROOT / "notebooks").iterdir()) == ASSIGNMENTS


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_release_is_the_notebook_and_its_recorded_checks(name: str) -> None:
    found = sorted(path.name for path in (ROOT / "notebooks" / name).rglob("*"))
    assert found == [f"{name}.ipynb", "checks.json"]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_release_gives_nothing_away(name: str) -> None:
    source = (ROOT / "solutions" / name / f"{name}.py").read_text(encoding="utf-8")
    solutions, hidden = SOLUTION.findall(source), HIDDEN.findall(source)
    assert solutions, f"{name}.py has no solution"
    assert hidden, f"{name}.py has no hidden tests"
    public = HIDDEN.sub("", SOLUTION.sub("", source))
    secret = telling_lines(solutions + hidden, public)
    catalogue = read_catalogue(read_assignment(Course(ROOT).assignment(name)))
    for entry in (*catalogue.misconceptions, *catalogue.alternatives):
        secret |= telling_lines(body_of(entry.source), public)

    notebook = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells)
    lines = {line.strip().lstrip("# ") for line in text.splitlines()}
    assert not secret & lines
    for delimiter in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS"):
        assert delimiter not in text
    assert not [cell for cell in notebook.cells if cell.get("outputs")]
    # Not in metadata or attachments either.
    released = json.dumps(notebook)
    checks = (ROOT / "notebooks" / name / "checks.json").read_text(encoding="utf-8")
    for line in secret:
        assert json.dumps(line)[1:-1] not in released
        assert json.dumps(line)[1:-1] not in checks


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_names_of_hidden_checks_are_not_released(name: str) -> None:
    source = (ROOT / "solutions" / name / f"{name}.py").read_text(encoding="utf-8")
    called = re.compile(r"""check(?:\.that)?\(\s*(["'])(.+?)\1""", re.DOTALL)
    hidden = {match[2] for part in HIDDEN.findall(source) for match in called.finditer(part)}
    visible = {match[2] for match in called.finditer(HIDDEN.sub("", source))}
    assert hidden
    assert visible
    recorded = json.loads((ROOT / "notebooks" / name / "checks.json").read_text(encoding="utf-8"))
    text = json.dumps(recorded, ensure_ascii=False)
    assert not [check for check in hidden - visible if json.dumps(check) in text]


# One direction of imports


def test_unrolled_never_names_autograder() -> None:
    for path in sorted((ROOT / "unrolled").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not [n for n in names if n.split(".")[0] == "autograder"], f"{path}: {names}"


def test_unrolled_loads_no_autograder_nbgrader_or_torch() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "unrolled").rglob("*.py"))
        if path.name != "__main__.py"
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(*{'autograder', 'nbgrader', 'torch'} & {n.split('.')[0] for n in sys.modules})"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []


def test_unrolled_imports_in_less_time_than_numpy_which_it_needs() -> None:
    """It takes a third; `make bench` tells the milliseconds, which are those of a machine."""
    command = [sys.executable, "-X", "importtime", "-c", "import numpy, unrolled"]
    ratios = []
    for _ in range(7):
        report = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        # import time: self [us] | cumulative | package; the package ends its own subtree.
        parts = [line.split("|") for line in report.stderr.splitlines() if line.count("|") == 2]
        taken = {name.strip(): int(number) for _, number, name in parts if name.count(" ") == 1}
        ratios.append(taken["unrolled"] / taken["numpy"])
    assert min(ratios) < 1, f"import unrolled: {min(ratios):.1f} of numpy at best of {len(ratios)}"


# The lock


def test_lock_names_no_cuda_no_local_version_and_no_index() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert lock()["torch"] == "2.13.0"
    assert not re.findall(r"^(?:nvidia|cuda|triton)\b.*", text, re.MULTILINE | re.IGNORECASE)
    assert "+" not in "".join(lock().values())
    assert not re.findall(r"^\s*-.*|.*://.*", text, re.MULTILINE)


def test_lock_holds_every_requirement_of_the_dev_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *(line for extra in extras.values() for line in extra)]
    names = {normal(re.match(r"[\w.-]+", line)[0]) for line in asked} - {"unrolled"}  # type: ignore[index]
    assert names <= {normal(name) for name in lock()}


def test_lock_is_what_is_installed() -> None:
    differing = {
        name: (pin, installed)
        for name, pin in lock().items()
        if (installed := version(name).partition("+")[0]) != pin
    }
    assert not differing, f"(locked, installed) differ: {differing}; run make env"


# What the files say


def test_no_file_names_a_machine_or_an_index() -> None:
    # In pieces, so that this file does not name them either.
    forbidden = [
        "/" + "root/",
        "/" + "home/",
        "/" + "work/",
        "pypi.org/" + "simple",
        "python" + "hosted.org",
        "download." + "pytorch.org",
        "index" + "-url",
        "registry." + "npmjs",
    ]
    found = []
    for path in repository_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {word}" for word in forbidden if word in text]
    assert not found


def test_generated_and_private_things_are_ignored() -> None:
    private = ["_build/x", "submitted/x", "autograded/x", "feedback/x", "gradebook.db", "x.csv"]
    run = subprocess.run(
        ["git", "check-ignore", *private], cwd=ROOT, capture_output=True, text=True
    )
    assert run.stdout.split() == private


def test_ci_runs_the_command_of_the_readme() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["make test"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:bash|sh|console)\n(.*?)```", readme, re.DOTALL)
    assert commands[0] in {line.split("#")[0].strip() for b in blocks for line in b.splitlines()}


def test_pictures_of_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[(.*?)\]\((.*?)\)", readme)
    assert pictures
    for alt, path in pictures:
        assert alt, f"{path} has no alternative text"
        assert (ROOT / path).is_file(), f"{path} is missing"


def test_the_handbook_names_each_limit_with_its_value() -> None:
    from autograder.limits import GIB, MIB, Limits

    text = (ROOT / "book" / "handbook" / "grading.md").read_text(encoding="utf-8")
    row = re.compile(r"^\|[^|]*\| `c\.Limits\.(\w+)` \| (\d+)(?: (\w+))? \|$", re.MULTILINE)
    units = {"": 1, "s": 1, "MiB": MIB, "GiB": GIB}
    shown = {name: float(value) * units[unit] for name, value, unit in row.findall(text)}
    assert shown == vars(Limits())
