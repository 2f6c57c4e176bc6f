"""Assignment 1: its solution against PyTorch, its inputs, its texts, and its experiment."""

import re
import time
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from autograder.authoring import Assignment, read_assignment
from autograder.catalogue import Catalogue, read_catalogue, solution_sources, with_entry
from autograder.course import Course
from autograder.marks import hidden_lines
from autograder.recording import record
from autograder.trial import mark
from unrolled.checks.recorded import Recorded

ROOT = Path(__file__).resolve().parent.parent
NAME = "01-sequences-and-windows"
FUNCTIONS = [
    "pad_batch",
    "length_mask",
    "masked_mean",
    "context_windows",
    "classifier_forward",
    "accuracy",
    "last_step",
    "count_weights",
]


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return read_assignment(Course(ROOT).assignment(NAME))


@pytest.fixture(scope="module")
def catalogue(assignment: Assignment) -> Catalogue:
    return read_catalogue(assignment)


@pytest.fixture(scope="module")
def recorded(assignment: Assignment, catalogue: Catalogue) -> Recorded:
    return record(assignment, catalogue)


@pytest.fixture(scope="module")
def solution(assignment: Assignment) -> dict[str, Any]:
    """What the setup and the solution cells define."""
    defined: dict[str, Any] = {}
    for cell in assignment.of_role("setup", "solution"):
        exec(cell.source, defined)
    return defined


def text_of(assignment: Assignment) -> str:
    return "\n".join(cell.source for cell in assignment.cells if cell.type == "markdown")


# --- the solution against PyTorch ------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_batch_agrees_with_torch(solution: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    sequences = [rng.normal(size=(length, 3)) for length in rng.integers(1, 9, size=6)]
    x, lengths = solution["pad_batch"](sequences, -2.0)
    theirs = pad_sequence(
        [torch.from_numpy(sequence) for sequence in sequences],
        batch_first=True,
        padding_value=-2.0,
    )
    assert (x == theirs.numpy()).all()
    assert lengths.tolist() == [len(sequence) for sequence in sequences]
    inside = solution["length_mask"](lengths, x.shape[1])
    assert (x[inside] == np.concatenate(sequences)).all()
    assert (x[~inside] == -2.0).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_mean_agrees_with_torch(solution: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = torch.from_numpy(rng.normal(size=(4, 9, 6))).transpose(1, 2)
    targets = torch.from_numpy(rng.integers(0, 6, size=(4, 9)))
    mask = rng.random((4, 9)) < 0.6
    ignored = torch.where(torch.from_numpy(mask), targets, -100)
    losses = functional.cross_entropy(logits, targets, reduction="none").numpy()
    theirs = functional.cross_entropy(logits, ignored).item()
    assert solution["masked_mean"](losses, mask) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize(("left", "right"), [(0, 0), (3, 0), (0, 2), (2, 4), (9, 9)])
def test_network_agrees_with_conv1d(solution: dict[str, Any], left: int, right: int) -> None:
    rng = np.random.default_rng(left + right)
    N, T, D, H, C, width = 4, 7, 3, 5, 2, left + 1 + right
    lengths, edge = [7, 1, 4, 6], rng.normal(size=D)
    x = rng.normal(size=(N, T, D))
    inside = solution["length_mask"](np.array(lengths), T)
    W_v, b = rng.normal(size=(H, width * D)), rng.normal(size=H)
    W_y, b_y = rng.normal(size=(C, H)), rng.normal(size=C)
    v = solution["context_windows"](x, inside, left, right, edge)
    logits = solution["classifier_forward"](v, W_v, b, W_y, b_y)
    kernel = torch.from_numpy(W_v.reshape(H, width, D).transpose(0, 2, 1).copy())
    for n, length in enumerate(lengths):
        extended = np.concatenate(
            [np.tile(edge, (left, 1)), x[n, :length], np.tile(edge, (right, 1))]
        )
        h = torch.tanh(functional.conv1d(torch.from_numpy(extended.T), kernel, torch.from_numpy(b)))
        theirs = W_y @ h.numpy() + b_y[:, None]
        assert np.abs(logits[n, :length] - theirs.T).max() < 1e-10
    parameters = sum(array.size for array in (W_v, b, W_y, b_y))
    assert solution["count_weights"](left, right, D, H, C) == parameters
    last = solution["last_step"](logits, np.array(lengths))
    assert (last == [logits[n, length - 1] for n, length in enumerate(lengths)]).all()


def test_accuracy_is_the_share_of_right_answers(solution: dict[str, Any]) -> None:
    logits = np.array([[[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]])
    targets, mask = np.array([[1, 1, 1]]), np.array([[True, True, False]])
    assert solution["accuracy"](logits, targets, mask) == 0.5


# --- the experiment --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results(assignment: Assignment) -> dict[int, np.ndarray]:
    """What the experiment finds: by distance, the accuracies (widths, seeds)."""
    defined: dict[str, Any] = {}
    for cell in assignment.of_role("setup", "solution"):
        exec(cell.source, defined)
    [experiment] = [cell for cell in assignment.cells if "def accuracy_of_window" in cell.source]
    exec(experiment.source, defined)
    return defined["results"]


def test_experiment_shows_the_cliff_and_the_price(results: dict[int, np.ndarray]) -> None:
    for distance, values in results.items():
        assert values.shape == (9, 3)
        assert np.abs(values[:distance] - 1 / 3).max() < 0.05
        assert values[distance].min() > 0.85
        # The widest window is worse than the one that just reaches the cue, for every seed.
        assert (values[8] < values[distance] - 0.1).all()


def test_model_answer_quotes_the_experiment(
    assignment: Assignment, results: dict[int, np.ndarray], solution: dict[str, Any]
) -> None:
    [question] = assignment.of_role("written")
    blind = np.concatenate([values[:distance].ravel() for distance, values in results.items()])
    low, high = re.search(r"runs lie between (\d\.\d+) and (\d\.\d+)", question.source).groups()
    assert (float(low), float(high)) == (round(blind.min(), 2), round(blind.max(), 2))
    wide = re.search(r"from ([\d.]+) at width 6 to ([\d.]+) at\s+width\s+(?:# )?9", question.source)
    assert [float(a) for a in wide.groups()] == [
        round(float(results[5][i].mean()), 2) for i in (5, 8)
    ]
    for width in (2, 9, 100):
        count = solution["count_weights"](width - 1, 0, 3, 120, 3)
        assert str(count) in question.source.replace(",", ""), width


# --- points, times, inputs -------------------------------------------------------------------


def test_points(assignment: Assignment) -> None:
    graded = assignment.of_role("tests", "written")
    assert assignment.points == 20
    assert 8 <= len(graded) <= 14
    assert [cell.points for cell in assignment.of_role("written")] == [2]
    assert list(assignment.home) == FUNCTIONS
    assert {cell.of for cell in assignment.of_role("tests")} == set(FUNCTIONS)


def test_text_states_the_points_and_times_that_are_given(assignment: Assignment) -> None:
    stated, minutes, points = {}, 0, 0
    for cell in assignment.cells:
        if cell.type == "markdown":
            times = re.findall(r"\*\(?(\d+) minutes", cell.source)
            minutes += sum(map(int, times))
            found = re.search(r"\*\d+ minutes · (\d+) points?\*", cell.source)
            points = int(found[1]) if found else points
        if cell.role == "solution":
            stated[cell.id] = points
        if cell.role == "tests":
            first = cell.source.split("\n")[0]
            plural = "" if cell.points == 1 else "s"
            assert first == f"# {cell.id} ({cell.points:g} point{plural})"
    for function, points in stated.items():
        given = sum(cell.points for cell in assignment.of_role("tests") if cell.of == function)
        assert points == given, function
    assert 120 <= minutes <= 240
    assert "about 3 hours" in text_of(assignment)
    assert abs(minutes - 180) <= 30


def test_chapter_states_the_points_and_times_of_the_assignment(assignment: Assignment) -> None:
    row = re.compile(r"^\| \d \| (?:`(\w+)`)?.* \| (\d+) \| (\d+) \|$", re.MULTILINE)
    chapter = row.findall(assignment.paths.chapter.read_text(encoding="utf-8"))
    stated = re.findall(r"\*(\d+) minutes · (\d+) points?\*", text_of(assignment))
    functions = [(minutes, points) for function, minutes, points in chapter if function]
    assert [function for function, *_ in chapter if function] == FUNCTIONS
    assert functions == stated
    assert sum(int(points) for *_, points in chapter) == assignment.points
    times = re.findall(r"\*\(?(\d+) minutes", text_of(assignment))
    assert sum(int(minutes) for _, minutes, _ in chapter) == sum(map(int, times))


def test_text_is_plain_markdown(assignment: Assignment) -> None:
    text = text_of(assignment)
    assert not re.search(r"^(\(.+\)=|:::|```\{)|\{[a-z:]+\}`", text, re.MULTILINE)
    assert text.count("$$") % 2 == 0


def arguments_of_visible_checks(assignment: Assignment) -> dict[str, list[dict[str, Any]]]:
    """What each function is called with in the visible checks, by tests cell."""
    calls: dict[str, list[dict[str, Any]]] = {}
    defined: dict[str, Any] = {}
    for cell in assignment.of_role("setup", "solution"):
        exec(cell.source, defined)
    defined["check"] = Mock()
    for cell in assignment.of_role("tests"):
        lines = cell.source.split("\n")
        visible = [line for n, line in enumerate(lines, 1) if n not in hidden_lines(cell.source)]
        function = defined[cell.of]

        def called(
            *arguments: Any, cell: Any = cell, function: Any = function, **named: Any
        ) -> Any:
            names = function.__code__.co_varnames
            given = dict(zip(names, arguments, strict=False)) | named
            calls.setdefault(cell.id, []).append(given)
            return function(*arguments, **named)

        defined[cell.of] = called
        exec("\n".join(visible), defined)
        defined[cell.of] = function
    return calls


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """Sizes differ, so that exchanged axes fail; no weight is zero; edge is no ordinary number."""
    calls = arguments_of_visible_checks(assignment)
    sizes = []
    for call in calls["test-pad"]:
        lengths = [len(sequence) for sequence in call["sequences"]]
        sizes.append((len(lengths), max(lengths), call["sequences"][0].shape[1]))
        assert len(set(lengths)) == len(lengths)
        assert call["fill"] not in (0, 1)
    assert any(call["sequences"][0].shape[0] == 3 for call in calls["test-pad"])
    for cell in ("test-windows", "test-window-padding"):
        for call in calls[cell]:
            N, T, D = call["x"].shape
            width = call["left"] + 1 + call["right"]
            sizes += [(N, T, D), (N, T, width * D), (D, width)]
            assert call["left"] != call["right"]
            assert len(set(call["edge"])) == D
            assert not {0.0, 1.0} & set(call["edge"])
    for call in calls["test-classifier"]:
        N, T, M = call["v"].shape
        C, H = call["W_y"].shape
        sizes.append((N, T, M, H, C))
        for weight in ("W_v", "b", "W_y", "b_y"):
            assert np.abs(call[weight]).min() > 1e-3
    for call in calls["test-accuracy"]:
        sizes.append(call["logits"].shape)
        top = np.sort(call["logits"], axis=-1)
        assert (top[..., -1] > top[..., -2]).all()
    for call in calls["test-last"]:
        sizes.append(call["z"].shape)
    for entry in sizes:
        assert len(set(entry)) == len(entry), entry


def test_graded_path_is_light(assignment: Assignment, recorded: Recorded) -> None:
    sources = solution_sources(assignment)
    started = time.process_time()
    results = mark(assignment, sources, recorded)
    assert time.process_time() - started < 1.0
    assert all(result.passed for result in results.values())


# --- the catalogue ---------------------------------------------------------------------------


def test_catalogue_is_large_and_covers_every_function(catalogue: Catalogue) -> None:
    assert len(catalogue.misconceptions) >= 60
    assert len(catalogue.alternatives) >= 20
    for function in FUNCTIONS:
        assert sum(entry.of == function for entry in catalogue.misconceptions) >= 5, function
        assert sum(entry.of == function for entry in catalogue.alternatives) >= 2, function


def test_hints_lead_and_do_not_give_the_code(catalogue: Catalogue) -> None:
    for entry in catalogue.misconceptions:
        assert not entry.diagnosis.endswith("."), entry.name
        assert "\n" not in entry.diagnosis
        assert re.search(r"[.?]$", entry.hint), entry.name
        assert not re.search(r" @ |\.T\b|np\.\w+\(|axis=|return |lambda", entry.hint), entry.name
        assert len(entry.hint) < 240, entry.name
    diagnoses = [(entry.of, entry.diagnosis) for entry in catalogue.misconceptions]
    assert len(set(diagnoses)) == len(diagnoses)


def test_known_mistakes_are_told_apart(catalogue: Catalogue, recorded: Recorded) -> None:
    """Two mistakes in one function differ at some check of that function."""
    for one, other in combinations(catalogue.misconceptions, 2):
        if one.of != other.of:
            continue
        traces = [
            (check.wrong.get(one.name), check.wrong.get(other.name))
            for check in recorded.checks.values()
            if recorded.cells[check.cell].of == one.of
        ]
        assert any(a != b for a, b in traces), f"{one.name} and {other.name}"


def test_every_known_mistake_shows_in_a_visible_check(
    assignment: Assignment, catalogue: Catalogue, recorded: Recorded
) -> None:
    """A student learns of it while working, with a name, not only from the feedback."""
    right = solution_sources(assignment)
    unnamed = []
    for entry in catalogue.misconceptions:
        sources = with_entry(assignment, right, entry)
        results = mark(assignment, sources, recorded, hidden_too=False)
        if entry.name not in [name for result in results.values() for name in result.named]:
            unnamed.append(entry.name)
    assert not unnamed
