"""Courses in temporary folders, and what is done in them: hand in, run commands, read grades."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from autograder.course import Course

ROOT = Path(__file__).resolve().parents[2]

TINY_SOURCE = '''\
# %% [markdown]
# # Tiny
# Two functions and a question.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("01-tiny")
x = fixed_array(3, 4, start=1)

# %% role="solution" id="scale"
def scale(x, factor):
    """Multiply x by factor."""
    ### BEGIN SOLUTION
    return x * factor
    ### END SOLUTION

# %% role="tests" id="test-scale" of="scale" points=2
check("scale: values", scale(x, 3.0))
check.that("scale: shape kept", scale(x, 2.0).shape == x.shape)

# %% role="solution" id="total"
def total(x, factor):
    """The sum of all scaled entries."""
    ### BEGIN SOLUTION
    return scale(x, factor).sum()
    ### END SOLUTION

# %% role="tests" id="test-total" of="total" points=1
check("total: value", total(x, 3.0))
### BEGIN HIDDEN TESTS
check("total: one entry", total(x[:1, :1], 5.0))
### END HIDDEN TESTS

# %% role="agreement" id="agree"
torch = check.import_torch()
if torch:
    check.agrees("total", total(x, 3.0), torch.tensor(x).mul(3.0).sum())

# %% [markdown] role="written" id="why" points=1
# Why?
#
# ### BEGIN SOLUTION
# Because. The rest follows.
# ### END SOLUTION

# %% role="summary" id="summary"
check.summary()
'''

TINY_MISCONCEPTIONS = """\
from autograder.authoring.catalogue import misconception


@misconception(
    of="scale", diagnosis="the factor is added", hint="Scaling is a product.", section="scaling"
)
def factor_added(x, factor):
    return x + factor


@misconception(
    of="total", diagnosis="the mean is taken", hint="Do not divide.", section="scaling"
)
def mean_taken(x, factor):
    return scale(x, factor).mean()
"""

TINY_ALTERNATIVES = """\
import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(of="total", note="one product")
def factor_outside(x, factor):
    return factor * np.sum(x)
"""

TINY_CHAPTER = """\
# Tiny

(scaling)=
## Scaling `x`

Words.
"""


def make_tiny(root: Path) -> Course:
    """Write the tiny course into a folder."""
    folder = root / "solutions" / "01-tiny"
    folder.mkdir(parents=True)
    (root / "book").mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (folder / "01-tiny.py").write_text(TINY_SOURCE)
    (folder / "misconceptions.py").write_text(TINY_MISCONCEPTIONS)
    (folder / "alternatives.py").write_text(TINY_ALTERNATIVES)
    (root / "book" / "01-tiny.md").write_text(TINY_CHAPTER)
    return Course(root)


def rewrite(path: Path, old: str, new: str) -> None:
    """Replace every `old` in a file, which must hold one."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def run_command(course: Course, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the environment in the course's folder, as an instructor does."""
    scripts = Path(sys.executable).parent
    return subprocess.run(
        [str(scripts / words[0]), *words[1:]],
        cwd=course.root,
        env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def hand_in(course: Course, student: str, name: str, sources: dict[str, str]) -> Path:
    """Hand in the released notebook with other sources in the cells of these grade ids."""
    paths = course.assignment(name)
    folder = course.submitted / student / name
    shutil.copytree(paths.released, folder)
    notebook = nbformat.read(paths.released_notebook, as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        cell.source = sources.get(grade_id, cell.source)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder


def scores(course: Course, name: str) -> dict[str, dict[str, float | None]]:
    """What nbgrader's gradebook holds: the automatic score of each graded cell, by student."""
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        return {
            submission.student.id: {
                grade.name: grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in gradebook.assignment_submissions(name)
        }
