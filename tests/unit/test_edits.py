"""Known mistakes that are edits of the solution: what they become, and what is refused."""

from __future__ import annotations

import pytest
from support.courses import rewrite

from autograder.authoring.catalogue import read_catalogue
from autograder.authoring.edits import edited
from autograder.authoring.source import read_assignment
from autograder.course import Course
from autograder.errors import CourseError

FUNCTION = '''\
def step(x, h, W, b):
    """Return tanh(x + h)."""
    # All of it.
    a = x @ W.T + h @ W.T + b
    for t in range(3):
        a = a + t
        h = h * t
    return np.tanh(a)'''


def body(change: dict[str, str]) -> str:
    """The function after an edit, without what stands before its first statement."""
    return edited(FUNCTION, change, "here").partition("# All of it.\n")[2]


def test_a_fragment_is_replaced_where_it_stands() -> None:
    assert "a = x @ W.T + h @ W.T\n" in body({" + b": ""})


def test_fragments_are_replaced_at_the_same_time() -> None:
    assert "a = h @ W.T + x @ W.T + b" in body({"x @ W.T": "h @ W.T", "h @ W.T": "x @ W.T"})


def test_a_line_whose_place_is_taken_by_nothing_goes() -> None:
    assert body({"h = h * t": ""}).split("\n")[2:] == ["        a = a + t", "    return np.tanh(a)"]


def test_a_block_is_indented_as_the_line_in_which_it_stands() -> None:
    block = """
    a = a + t
    h = h * t
    """
    instead = """
    if t:
        a = a - t
    """
    assert "        if t:\n            a = a - t\n    return" in body({block: instead})


def test_a_line_becomes_several() -> None:
    found = body(
        {
            "return np.tanh(a)": """
            a[0] = 0
            return np.tanh(a)
            """
        }
    )
    assert found.endswith("    a[0] = 0\n    return np.tanh(a)")


def test_the_docstring_is_not_searched() -> None:
    assert "np.tanh(x + a)" in body({"tanh(a)": "tanh(x + a)"})
    with pytest.raises(CourseError, match="stands 0 times"):
        body({"tanh(x + h)": "tanh(x)"})


REFUSED = {
    "fragment that is not there": ({"c = 1": "c = 2"}, "stands 0 times"),
    "fragment that stands twice": ({"W.T": "W"}, "stands 2 times"),
    "empty fragment": ({" ": "x"}, "stands 0 times"),
    "fragment replaced by itself": ({" + b": " + b"}, "replaced by itself"),
    "fragments that overlap": ({"x @ W.T + h": "h", "h @ W.T + b": "b"}, "overlap"),
    "edit that does not parse": ({" + b": " +"}, "does not parse"),
    "edit that changes nothing": ({"# All of it.": "# All."}, "changes nothing"),
    "edit of the name": ({"def step": "def stop"}, "something else than the function"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_edit_that_is_none_is_told_with_its_entry(case: str) -> None:
    change, expected = REFUSED[case]
    with pytest.raises(CourseError) as caught:
        body(change)
    assert expected in str(caught.value)
    assert str(caught.value).startswith("here: ")
    assert "\n" not in str(caught.value)


EDIT = """

tripled = misconception(
    of="scale",
    diagnosis="the factor counts three times",
    hint="Once is enough.",
    section="scaling",
    change={"x * factor": "x * factor**3"},
)
"""


def test_an_entry_of_the_catalogue_is_the_edited_solution(tiny: Course) -> None:
    paths = tiny.assignment("01-tiny")
    file = paths.folder / "misconceptions.py"
    file.write_text(file.read_text() + EDIT)
    entries = read_catalogue(read_assignment(paths)).misconceptions
    assert [entry.name for entry in entries] == ["factor_added", "mean_taken", "tripled"]
    assert entries[-1].source.endswith("    return x * factor**3")
    assert "BEGIN SOLUTION" not in entries[-1].source


DAMAGED = {
    "neither an edit nor a function": (
        '    change={"x * factor": "x * factor**3"},\n',
        "",
        "tripled: neither change= nor a function",
    ),
    "a name given twice": ("tripled =", "factor_added =", "2 entries have this name"),
    "both": ("tripled = misc", "@misc", "does not run"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_entry_is_one_line(tiny: Course, damage: str) -> None:
    old, new, expected = DAMAGED[damage]
    paths = tiny.assignment("01-tiny")
    file = paths.folder / "misconceptions.py"
    file.write_text(file.read_text() + EDIT + ("def f(): ...\n" if damage == "both" else ""))
    rewrite(file, old, new)
    with pytest.raises(CourseError) as caught:
        read_catalogue(read_assignment(paths))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
