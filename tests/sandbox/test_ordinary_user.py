"""The sandbox, for a user without any rights.

A file of its own, so that the others go on meanwhile: it takes as long as the tests that it runs.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.boxes import ROOT

from autograder.sandbox import visible_files

_THESE_TESTS = [
    str(Path(__file__).with_name(f"test_{name}.py"))
    for name in ("sandbox", "limits", "isolation", "doctor")
]


@pytest.mark.slow
def test_the_sandbox_holds_for_an_ordinary_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Its tests, run by a user to whom root shows Python and this project."""
    if os.geteuid():
        return  # they are anyway
    own = tmp_path_factory.mktemp("ordinary")
    os.chown(own, 61234, 61234)
    as_somebody = ["setpriv", "--reuid=61234", "--regid=61234", "--clear-groups"]
    environment = ["env", f"HOME={own}", "USER=somebody", "LOGNAME=somebody"]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    command += [f"--basetemp={own}/tests", *_THESE_TESTS]
    result = subprocess.run(
        [*_shown_to_all(own), *as_somebody, *environment, *command],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr
    assert " passed" in result.stdout


def _shown_to_all(writable: Path) -> list[str]:
    """A command that runs another one where anybody can read Python and the project.

    In root's own folders nobody else can look up anything, so they are covered by empty ones, in
    which only what is needed appears.
    """
    needed = [*visible_files.python_folders(), str(ROOT), str(writable)]
    words = ["bwrap", "--bind", "/", "/", "--dev-bind", "/dev", "/dev"]
    made: set[Path] = set()
    for name in needed:
        above = list(reversed(Path(name).parents))[1:]
        closed = next((path for path in above if not path.stat().st_mode & 0o001), None)
        if closed is None:
            continue
        if closed not in made:
            words += ["--tmpfs", str(closed)]
        for path in above:
            if visible_files.is_below(str(path), str(closed)) and path not in made:
                words += ["--dir", str(path)]
                made.add(path)
        words += ["--bind", name, name]
    return words
