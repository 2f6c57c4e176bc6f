"""The scripts behind the Makefile."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load(name: str) -> ModuleType:
    """Import scripts/NAME.py."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RUNNABLE = """---
file_format: mystnb
kernelspec:
  display_name: Python 3
  name: python3
---
# A page

```{code-cell} ipython3
print(NUMBER + 1)
```
"""

# refresh_pages: which page depends on which file

PAGE = """---
file_format: mystnb
---
# A page

```{code-cell} ipython3
---
tags: [hide-input]
---
%matplotlib inline
import json
from pathlib import Path
```

```{code-cell} ipython3
:tags: [remove-cell]

from diagrams import second

from unrolled import data
result = json.loads(Path("experiments/slow.json").read_text())
```
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A small course: one page that imports and reads, one that does neither."""
    files = {
        "requirements.lock": "numpy==2.0\n",
        "book/02.md": PAGE,
        "book/03.md": "```{code-cell}\nprint(1)\n```\n",
        "book/diagrams/__init__.py": "",
        "book/diagrams/second.py": "from prelude import begin\n",
        "book/diagrams/third.py": "z = 1\n",
        "book/prelude.py": "begin = print\n",
        "book/text.md": "No cells, from unrolled import figures.\n",
        "unrolled/__init__.py": "from .arrays import x\n",
        "unrolled/arrays.py": "x = 1\n",
        "unrolled/data.py": "def weights():\n    return load('names.npz')\n",
        "unrolled/figures.py": "y = 1\n",
        "unrolled/models/names.npz": "1",
        "unrolled/models/other.npz": "1",
        "experiments/slow.py": "1\n",
        "experiments/slow.json": "1",
        "experiments/fast.json": "1",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_inputs_are_what_a_page_imports_and_reads(course: Path) -> None:
    pages = load("refresh_pages")
    found = [p.relative_to(course).as_posix() for p in pages.inputs(course / "book/02.md", course)]
    assert found == [
        "book/diagrams/__init__.py",
        "book/diagrams/second.py",
        "book/prelude.py",
        "experiments/slow.json",
        "requirements.lock",
        "unrolled/__init__.py",
        "unrolled/arrays.py",
        "unrolled/data.py",
        "unrolled/models/names.npz",
    ]


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("unrolled/arrays.py", ["book/02.md"]),
        ("unrolled/models/names.npz", ["book/02.md"]),
        ("experiments/slow.json", ["book/02.md"]),
        ("requirements.lock", ["book/02.md", "book/03.md"]),
        ("book/diagrams/second.py", ["book/02.md"]),
        ("book/prelude.py", ["book/02.md"]),
        ("book/diagrams/third.py", []),
        ("unrolled/figures.py", []),
        ("experiments/fast.json", []),
        ("experiments/slow.py", []),
        ("book/02.md", []),  # Jupyter Book sees that itself
    ],
)
def test_only_pages_with_changed_inputs_are_forgotten(
    course: Path, changed: str, stale: list[str]
) -> None:
    pages = load("refresh_pages")
    assert pages.refresh(course) == []
    doctrees = course / "_build" / ".doctrees" / "book"
    doctrees.mkdir(parents=True)
    for name in ("02", "03"):
        (doctrees / f"{name}.doctree").touch()
    with (course / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert pages.refresh(course) == stale
    left = {f"book/{path.stem}.md" for path in doctrees.iterdir()}
    assert left == {"book/02.md", "book/03.md"} - set(stale)
    assert pages.refresh(course) == []


def test_forgotten_page_leaves_the_execution_cache(course: Path) -> None:
    import nbformat.v4
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    pages = load("refresh_pages")
    cache = get_cache(course / "_build" / ".jupyter_cache")
    for name in ("book/02.md", "book/03.md"):
        cell = nbformat.v4.new_code_cell(f"print({name!r})", execution_count=1)
        notebook = nbformat.v4.new_notebook(cells=[cell])
        cache.cache_notebook_bundle(
            CacheBundleIn(notebook, str(course / name)), check_validity=False
        )
    pages.forget(["book/02.md"], course)
    assert [record.uri for record in cache.list_cache_records()] == [str(course / "book/03.md")]


def test_pages_run_together_and_the_build_finds_them_in_the_cache(tmp_path: Path) -> None:
    from jupyter_cache import get_cache
    from myst_nb.core.read import myst_nb_reader_plugin

    (tmp_path / "book").mkdir()
    for number in (1, 2):
        text = RUNNABLE.replace("NUMBER", str(number))
        (tmp_path / "book" / f"0{number}.md").write_text(text, encoding="utf-8")
    (tmp_path / "book" / "words.md").write_text("# Words\n", encoding="utf-8")
    sys.path.insert(0, str(ROOT / "scripts"))
    pages = load("run_pages")
    assert pages.run(tmp_path) == ["book/01.md", "book/02.md"]
    cache = get_cache(tmp_path / "_build" / ".jupyter_cache")
    for number in (1, 2):
        page = myst_nb_reader_plugin(str(tmp_path / "book" / f"0{number}.md"))
        _, found = cache.merge_match_into_notebook(page)
        assert found.cells[-1].outputs[0].text == f"{number + 1}\n"
    assert pages.run(tmp_path) == []
    # What a page was called before is no longer looked for.
    (tmp_path / "book" / "02.md").rename(tmp_path / "book" / "03.md")
    assert pages.run(tmp_path) == []


def test_of_some_pages_it_is_known_which_failed(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    for name, code in (("01", "1 + 1"), ("02", "1 / 0"), ("03", "1 / 0")):
        text = RUNNABLE.replace("print(NUMBER + 1)", code)
        (tmp_path / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    sys.path.insert(0, str(ROOT / "scripts"))
    pages = load("run_pages")
    ran = pages.run(tmp_path, only=["01", "02"])
    assert ran == ["book/01.md", "book/02.md"]
    assert pages.failed(ran, tmp_path) == ["book/02.md"]


def test_every_page_of_the_book_can_be_read() -> None:
    pages = load("refresh_pages")
    for page in (ROOT / "book").rglob("*.md"):
        assert pages.digest(page, ROOT)


# system-packages.sh, demo.sh, environment.py


def script(*command: str, path: Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a script that finds only the programs in `path`."""
    environment = {"PATH": str(path), "HOME": str(path), "CHROMIUM": ""}
    return subprocess.run(
        ["/bin/bash", *command], env=environment, cwd=cwd, capture_output=True, text=True
    )


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs with the few that the scripts always need."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("cat", "dirname", "env", "find", "mkdir", "mktemp", "rm", "tail", "wc"):
        target = next(p for d in ("/usr/bin", "/bin") if (p := Path(d, name)).exists())
        (folder / name).symlink_to(target)
    return folder


def add(folder: Path, name: str, body: str) -> None:
    """Write a small shell program."""
    path = folder / name
    path.write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


def test_present_packages_need_nothing(programs: Path) -> None:
    add(programs, "bwrap", "")
    add(programs, "chromium", "")
    run = script("scripts/system-packages.sh", "bubblewrap", "chromium", path=programs)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_missing_package_without_rights_is_one_line_with_the_command(programs: Path) -> None:
    add(programs, "apt-get", "exit 1")
    add(programs, "id", "echo 1000")
    run = script("scripts/system-packages.sh", "bubblewrap", "chromium", path=programs)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "sudo apt-get install bubblewrap chromium" in run.stderr


def test_missing_package_without_apt_is_one_line(programs: Path) -> None:
    run = script("scripts/system-packages.sh", "bubblewrap", path=programs)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "bubblewrap" in run.stderr


def test_missing_package_is_installed_where_it_may_be(programs: Path) -> None:
    add(programs, "id", "echo 0")
    add(
        programs,
        "apt-get",
        'echo "$@" >> "$HOME/calls"; [[ "$*" != *install* ]] || : > "$HOME/bwrap"; '
        '[ ! -e "$HOME/bwrap" ] || chmod 755 "$HOME/bwrap"',
    )
    (programs / "chmod").symlink_to("/bin/chmod")
    run = script("scripts/system-packages.sh", "bubblewrap", path=programs)
    assert run.returncode == 0, run.stderr
    calls = (programs / "calls").read_text(encoding="utf-8").splitlines()
    assert "update" in calls[0]
    assert calls[1].endswith("bubblewrap")


@pytest.fixture
def class_folder(tmp_path: Path, programs: Path) -> Path:
    """A course folder with demo.sh, whose autograder only writes down how it was called."""
    folder = tmp_path / "course"
    (folder / "scripts").mkdir(parents=True)
    (folder / "scripts" / "demo.sh").write_bytes((ROOT / "scripts" / "demo.sh").read_bytes())
    add(programs, "autograder", 'echo "$@" >> calls')
    return folder


def test_demo_hands_in_and_grades(class_folder: Path, programs: Path) -> None:
    run = script("scripts/demo.sh", "02", "30", path=programs, cwd=class_folder)
    assert run.returncode == 0, run.stderr
    calls = (class_folder / "calls").read_text(encoding="utf-8").splitlines()
    assert [call.split()[0] for call in calls] == ["simulate", "grade"]


def test_demo_is_left_out_beside_real_submissions(class_folder: Path, programs: Path) -> None:
    for student in ("ada", "demo-01"):
        (class_folder / "submitted" / student).mkdir(parents=True)
    run = script("scripts/demo.sh", "02", "30", path=programs, cwd=class_folder)
    assert run.returncode == 0
    assert run.stdout.count("\n") == 1
    assert "left out" in run.stdout
    assert not (class_folder / "calls").exists()
    assert sorted(p.name for p in (class_folder / "submitted").iterdir()) == ["ada", "demo-01"]


def test_old_python_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = load("environment")
    monkeypatch.setattr(environment.sys, "version_info", (3, 10, 2))
    with pytest.raises(SystemExit, match=r"3\.11 or newer is needed.*make PYTHON="):
        environment.main([str(tmp_path / "new")])
    assert not (tmp_path / "new").exists()


# together.py, experiments.py


def test_together_heads_each_line_and_fails_with_a_part(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("good:\n\t@echo fine\nbad:\n\t@exit 3\n", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, ROOT / "scripts" / "together.py", "good", "bad"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))},
    )
    assert run.returncode == 1
    assert "good | fine\n" in run.stdout
    assert "bad  | failed after" in run.stdout
    assert "failed: bad" in run.stderr


def test_experiment_results_are_compared_with_a_tolerance() -> None:
    experiments = load("experiments")
    stored = {"seed": 1, "loss": [1.0, 2.0], "data": "names"}
    near = {"seed": 1, "loss": [1.05, 2.0], "data": "names"}
    far = {"seed": 1, "loss": [1.0, 3.0], "data": "words"}
    assert list(experiments.differences(stored, near)) == []
    assert list(experiments.differences(stored, far)) == [
        "data: stored 'names', now 'words'",
        "loss[1]: stored 2.0, now 3.0, which is beyond 10 %",
    ]
    assert list(experiments.differences(stored, json.loads("{}")))


def test_a_result_states_how_far_its_figures_may_move() -> None:
    experiments = load("experiments")
    stored = {"spread": {"accuracy": 0.02}, "runs": [{"accuracy": [0.5, 0.02], "loss": 1.0}]}
    near = {"spread": {"accuracy": 0.02}, "runs": [{"accuracy": [0.515, 0.005], "loss": 1.05}]}
    far = {"spread": {"accuracy": 0.02}, "runs": [{"accuracy": [0.53, 0.02], "loss": 1.2}]}
    assert list(experiments.differences(stored, near)) == []
    assert list(experiments.differences(stored, far)) == [
        "runs[0].accuracy[0]: stored 0.5, now 0.53, which is beyond 0.02",
        "runs[0].loss: stored 1.0, now 1.2, which is beyond 10 %",
    ]


def test_a_result_states_how_far_the_end_of_a_list_may_move() -> None:
    experiments = load("experiments")
    stored = {"spread": {"error": 0.9, "error[-1]": 0.1}, "error": [[1.0, 1.0], [0.0, 0.0]]}
    near = stored | {"error": [[1.0, 0.2], [0.0, 0.05]]}
    far = stored | {"error": [[1.0, 0.2], [0.0, 0.2]]}
    assert list(experiments.differences(stored, near)) == []
    [line] = experiments.differences(stored, far)
    assert line == "error[1][1]: stored 0.0, now 0.2, which is beyond 0.1"


SLEEPER = """import json, os, sys, time
from pathlib import Path

together = Path(os.environ["TOGETHER"])
(together / Path(__file__).stem).touch()
while len(list(together.iterdir())) < 2:  # ends only if both run at once
    time.sleep(0.01)
result = {"threads": os.environ["OMP_NUM_THREADS"], "loss": LOSS, "error": ERROR, "seconds": 0.1}
Path(__file__).with_suffix(".json").write_text(json.dumps(result))
"""


@pytest.fixture
def two_experiments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A course with two experiments, one of which no longer gives what is stored."""
    for folder in ("book", "experiments", "unrolled", "together"):
        (tmp_path / folder).mkdir()
    stored = {"threads": "1", "loss": 1.0, "error": 0.5, "spread": {"error": 0.2}}
    for name, error, loss in (("steady", 0.6, 1.05), ("moved", 0.8, 1.0)):
        code = SLEEPER.replace("ERROR", str(error)).replace("LOSS", str(loss))
        code = code.replace('"seconds": 0.1', '"seconds": 0.1, "spread": {"error": 0.2}')
        (tmp_path / "experiments" / f"{name}.py").write_text(code, encoding="utf-8")
        path = tmp_path / "experiments" / f"{name}.json"
        path.write_text(json.dumps(stored), encoding="utf-8")
    monkeypatch.setenv("TOGETHER", str(tmp_path / "together"))
    experiments = load("experiments")
    monkeypatch.setattr(experiments, "ROOT", tmp_path)
    return experiments


def test_experiments_run_at_once_and_the_last_lines_say_what_moved(
    two_experiments: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert two_experiments.main(["--jobs", "2"]) == 1
    lines = capsys.readouterr().out.splitlines()
    line = "error: stored 0.5, now 0.8, which is beyond 0.2"
    assert any(x.startswith("experiments: steady agrees with") for x in lines)
    assert any(x.startswith("experiments: moved differs from") for x in lines)
    assert f"  {line}" in lines
    assert lines[-2:] == ["experiments: 1 of 2 agree with the stored results", f"  moved: {line}"]


def test_experiments_run_one_after_the_other(
    two_experiments: ModuleType, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "together" / "another").touch()
    assert two_experiments.main(["--jobs", "1", "steady"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("1 of 1 agree with the stored results")


def test_experiment_that_fails_says_with_what(
    two_experiments: ModuleType, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "experiments" / "steady.py").write_text("1 / 0", encoding="utf-8")
    assert two_experiments.main(["steady"]) == 1
    failed = "  steady: the script failed: ZeroDivisionError: division by zero"
    assert capsys.readouterr().out.splitlines()[-1] == failed


def test_longest_experiment_is_found_by_the_seconds_it_states() -> None:
    seconds = load("experiments").seconds
    assert seconds({"seconds": 2.5, "results": [{"seconds": 1}, {"error": 3.0}]}) == 3.5
    assert seconds({"seconds": {"LSTM": {"seconds": 4.0}}}) == 4.0
    assert seconds([1.0, "text"]) == 0.0


def test_unknown_experiment_is_one_line() -> None:
    experiments = load("experiments")
    with pytest.raises(SystemExit, match=r"no nothing; there is .*name_model"):
        experiments.main(["nothing"])


# quick.py


@pytest.mark.parametrize(
    ("changed", "some", "none"),
    [
        # A module: its own tests, and those of what imports it.
        ("unrolled/run.py", ["tests/unit/test_run.py"], ["tests/sandbox/test_limits.py"]),
        (
            "autograder/submissions/repair_report.py",
            ["tests/grading/test_rebuild.py"],
            ["tests/content/test_chapter_01.py"],
        ),
        # A page, and what it draws and measures with.
        ("book/06-lstm.md", ["tests/content/test_chapter_06.py"], ["tests/unit/test_run.py"]),
        ("book/diagrams/gru.py", ["tests/content/test_chapter_07.py"], []),
        ("experiments/hold_task.json", ["tests/content/test_chapter_06.py"], []),
        ("book/prelude.py", [f"tests/content/test_chapter_{n:02}.py" for n in range(1, 13)], []),
        # An assignment.
        ("solutions/03-bptt/misconceptions.py", ["tests/content/test_assignment_03.py"], []),
        # Tests, and what they share.
        ("tests/support/boxes.py", ["tests/sandbox/test_limits.py"], ["tests/unit/test_run.py"]),
        ("tests/attacks/target.py", ["tests/grading/test_attacks.py"], []),
        ("tests/content/conftest.py", ["tests/content/test_chapter_02.py"], []),
        ("tests/unit/test_wire.py", ["tests/unit/test_wire.py"], ["tests/unit/test_run.py"]),
        ("Makefile", [], ["tests/unit/test_run.py"]),
    ],
)
def test_a_change_reaches_its_tests(changed: str, some: list[str], none: list[str]) -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    found = set(load("quick").reached([changed]))
    assert found >= set(some)
    assert not found & set(none)


def test_a_changed_page_is_run_and_a_changed_assignment_is_tried() -> None:
    quick = load("quick")
    files = ["book/diagrams/gru.py", "solutions/03-bptt/03-bptt.py"]
    commands = [" ".join(command) for command in quick.commands(files)]
    assert "python scripts/run_pages.py 07-gru" in commands
    assert "autograder selftest 03-bptt" in commands
    assert commands[:2] == ["ruff check", "ruff format --check"]
    assert all(
        (ROOT / test).is_file() for test in commands[-1].split() if test.startswith("tests/")
    )
