"""Assignment 11: its solution against PyTorch and central differences, its inputs and its texts."""

import re
import time
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from torch.nn.functional import conv1d

from autograder.authoring import Assignment, read_assignment
from autograder.catalogue import Catalogue, read_catalogue, solution_sources, with_entry
from autograder.course import Course
from autograder.marks import hidden_lines
from autograder.recording import record
from autograder.trial import mark
from unrolled.checks.recorded import Recorded

ROOT = Path(__file__).resolve().parent.parent
NAME = "11-convolutions"
FUNCTIONS = [
    "conv_lengths",
    "conv_forward",
    "conv_backward",
    "max_over_time",
    "max_backward",
    "kim_forward",
    "kim_backward",
]


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return read_assignment(Course(ROOT).assignment(NAME))


@pytest.fixture(scope="module")
def catalogue(assignment: Assignment) -> Catalogue:
    return read_catalogue(assignment)


@pytest.fixture(scope="module")
def solution(assignment: Assignment) -> dict[str, Any]:
    """What the setup and the solution cells define."""
    defined: dict[str, Any] = {}
    for cell in assignment.of_role("setup", "solution"):
        exec(cell.source, defined)
    return defined


@pytest.fixture(scope="module")
def recorded(assignment: Assignment, catalogue: Catalogue) -> Recorded:
    """The recorded values of its checks: right ones, and those of each known mistake."""
    return record(assignment, catalogue)


def text_of(assignment: Assignment) -> str:
    return "\n".join(cell.source for cell in assignment.cells if cell.type == "markdown")


# --- the solution against PyTorch ------------------------------------------------------------

SHAPES = [(3, 7, 4, 5, 2), (1, 6, 2, 3, 4), (5, 1, 3, 2, 1), (4, 60, 7, 9, 5)]
STEPS = [(1, 0), (1, 4), (2, 1), (3, 2)]


def draw(seed: int, N: int, T: int, D: int, H: int, K: int) -> tuple[np.ndarray, ...]:
    """Inputs, lengths, weights and bias; large numbers stand in the padding."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, T + 1, size=N)
    x = rng.normal(size=(N, T, D))
    x[np.arange(T) >= lengths[:, None]] = 1e6
    return x, lengths, rng.normal(size=(H, D, K)) / np.sqrt(D * K), rng.normal(size=H)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("stride", "zeros"), STEPS)
@pytest.mark.parametrize(("N", "T", "D", "H", "K"), SHAPES)
def test_forward_and_backward_agree_with_torch(
    solution: dict[str, Any],
    N: int,
    T: int,
    D: int,
    H: int,
    K: int,
    stride: int,
    zeros: int,
    seed: int,
) -> None:
    """On a padded batch of unequal lengths, each sequence alone in torch, to 1e-8 in float64."""
    if T + 2 * zeros < K:
        pytest.skip("no window fits")
    x, lengths, W_c, b = draw(seed, N, T, D, H, K)
    a = solution["conv_forward"](x, lengths, W_c, b, stride, zeros)
    counts = solution["conv_lengths"](lengths, K, stride, zeros)
    h = np.tanh(a) - 2  # all negative: zeros in the padding would win
    pooled, picked = solution["max_over_time"](h, counts)
    dpooled = np.random.default_rng(seed + 10).normal(size=(N, H))
    leaves = [torch.from_numpy(array).requires_grad_() for array in (x, W_c, b)]
    loss = torch.zeros((), dtype=torch.float64)
    for n, length in enumerate(lengths):
        if length + 2 * zeros < K:
            assert counts[n] == 0
            assert not a[n].any()
            assert not pooled[n].any()
            continue
        row = leaves[0][n : n + 1, :length].transpose(1, 2)
        theirs = conv1d(row, *leaves[1:], stride=stride, padding=zeros)[0]
        assert theirs.shape[1] == counts[n]
        assert np.abs(a[n, : counts[n]] - theirs.detach().numpy().T).max() < 1e-8
        assert not a[n, counts[n] :].any()
        best = (torch.tanh(theirs) - 2).max(dim=1)
        assert np.abs(pooled[n] - best.values.detach().numpy()).max() < 1e-8
        assert np.array_equal(picked[n], best.indices.numpy())
        loss = loss + (best.values * torch.from_numpy(dpooled[n])).sum()
    if not loss.requires_grad:
        return
    dh = solution["max_backward"](dpooled, picked, a.shape[1])
    mine = solution["conv_backward"](dh * (1 - np.tanh(a) ** 2), x, lengths, W_c, stride, zeros)
    for ours, other in zip(mine, torch.autograd.grad(loss, leaves), strict=True):
        assert np.abs(ours - other.numpy()).max() < 1e-8


def classifier(rng: np.random.Generator, sizes: list[tuple[int, int]]) -> list[Any]:
    """An embedding, filters for each (width, H), and the weights of the logits."""
    D, C, V = 4, 3, 8
    filters = [
        (rng.normal(size=(H, D, width)) / np.sqrt(D * width), rng.normal(size=H))
        for width, H in sizes
    ]
    total = sum(H for _, H in sizes)
    return [rng.normal(size=(V, D)), filters, rng.normal(size=(C, total)), rng.normal(size=C)]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_classifier_agrees_with_central_differences(
    solution: dict[str, Any], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    E, filters, W_y, b_y = classifier(rng, [(1, 2), (3, 3)])
    ids, lengths, weights = rng.integers(8, size=(3, 5)), np.array([5, 1, 3]), rng.normal(size=3)
    dlogits = np.outer(weights, [1.0, -2.0, 0.5])
    _, pooled, picked = solution["kim_forward"](ids, lengths, E, filters, W_y, b_y)
    dE, dfilters, dW_y, db_y = solution["kim_backward"](
        dlogits, ids, lengths, E, filters, W_y, pooled, picked, False
    )
    pairs = [(E, dE), (W_y, dW_y), (b_y, db_y)]
    for arrays, gradients in zip(filters, dfilters, strict=True):
        pairs += zip(arrays, gradients, strict=True)
    for array, gradient in pairs:
        assert gradient.shape == array.shape
        for index in np.ndindex(array.shape):
            moved = []
            for step in (1e-6, -1e-6):
                array[index] += step
                logits = solution["kim_forward"](ids, lengths, E, filters, W_y, b_y)[0]
                array[index] -= step
                moved.append((logits * dlogits).sum())
            assert gradient[index] == pytest.approx((moved[0] - moved[1]) / 2e-6, abs=1e-7)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_static_embedding_has_no_gradient_and_filters_the_same(
    solution: dict[str, Any], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    E, filters, W_y, b_y = classifier(rng, [(2, 3), (4, 1)])
    ids, lengths = rng.integers(8, size=(3, 6)), np.array([6, 2, 4])
    _, pooled, picked = solution["kim_forward"](ids, lengths, E, filters, W_y, b_y)
    inputs = rng.normal(size=(3, 3)), ids, lengths, E, filters, W_y, pooled, picked
    static, learned = (solution["kim_backward"](*inputs, flag) for flag in (True, False))
    assert not static[0].any()
    assert learned[0].any()
    for one, other in zip(static[1], learned[1], strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def experiment(assignment: Assignment) -> dict[str, Any]:
    """What the setup, the solution and the definitions of the experiment define."""
    defined: dict[str, Any] = {}
    for cell in assignment.cells:
        if cell.type == "code" and cell.role in ("setup", "solution"):
            exec(cell.source, defined)
        elif "def train_classifier" in cell.source:
            exec(cell.source.split("\nfor gap in")[0], defined)
    return defined


@pytest.mark.parametrize("seed", [3, 4, 5])
@pytest.mark.parametrize(("gap", "width"), [(0, 1), (0, 2), (1, 2), (1, 3)])
def test_a_filter_must_hold_the_phrase(
    experiment: dict[str, Any], gap: int, width: int, seed: int
) -> None:
    """What the written question is about: right if and only if the width is gap + 2 or more."""
    rng = np.random.default_rng(seed)
    trained = experiment["train_classifier"](rng, gap, width)
    ids, lengths, targets = experiment["draw_sentences"](rng, 500, gap)
    logits = experiment["kim_forward"](ids, lengths, *trained)[0]
    share = np.mean(logits.argmax(axis=1) == targets)
    assert share > 0.9 if width >= gap + 2 else share < 0.6


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
    assert "about 3 and a half hours" in " ".join(text_of(assignment).split())
    assert abs(minutes - 210) <= 15


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


def arguments_of_visible_checks(assignment: Assignment) -> dict[str, list[tuple[Any, ...]]]:
    """What each function is called with by the visible checks."""
    calls: dict[str, list[tuple[Any, ...]]] = {}
    defined: dict[str, Any] = {}

    def spy(name: str, function: Any) -> Any:
        def called(*arguments: Any, **named: Any) -> Any:
            calls.setdefault(name, []).append((*arguments, *named.values()))
            return function(*arguments, **named)

        return called

    for cell in assignment.cells:
        if cell.role in ("setup", "solution"):
            exec(cell.source, defined)
    defined["check"] = Mock()
    for cell in assignment.of_role("tests"):
        lines = cell.source.split("\n")
        visible = [line for n, line in enumerate(lines, 1) if n not in hidden_lines(cell.source)]
        function = defined[cell.of]
        defined[cell.of] = spy(cell.of, function)
        exec("\n".join(visible), defined)
        defined[cell.of] = function
    return calls


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """All sizes differ, so that a transposed array fails; no weight is zero."""
    calls = arguments_of_visible_checks(assignment)
    sizes, weights = [], []
    for x, lengths, W_c, b, *_ in calls["conv_forward"]:
        if x.shape[1] > 1:
            sizes.append((*x.shape, len(b)))
            assert len(set(lengths)) in (1, len(lengths))
        weights += [W_c, b]
    for _, x, _, W_c, *_ in calls["conv_backward"]:
        sizes.append((*x.shape, len(W_c)))
        weights.append(W_c)
    for ids, _, E, filters, W_y, b_y in calls["kim_forward"]:
        sizes.append((*ids.shape, E.shape[1], len(b_y)))
        weights += [E, W_y, b_y, *(array for pair in filters for array in pair)]
    for entry in sizes:
        assert len(set(entry)) == len(entry), entry
    for array in weights:
        assert np.abs(array).min() > 1e-4
        if array.ndim == 3 and array.shape[2] > 1:
            assert np.abs(array - array[:, :, ::-1]).max() > 0.05


def test_graded_path_is_light(assignment: Assignment, recorded: Recorded) -> None:
    sources = solution_sources(assignment)
    started = time.process_time()
    results = mark(assignment, sources, recorded)
    assert time.process_time() - started < 1.0
    assert all(result.passed for result in results.values())


# --- the catalogue ---------------------------------------------------------------------------


def test_catalogue_is_large_and_covers_every_function(catalogue: Catalogue) -> None:
    assert len(catalogue.misconceptions) >= 60
    assert len(catalogue.alternatives) >= 8
    for function in FUNCTIONS:
        assert sum(entry.of == function for entry in catalogue.misconceptions) >= 2, function
        assert any(entry.of == function for entry in catalogue.alternatives), function


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
    for entry in catalogue.misconceptions:
        sources = with_entry(assignment, right, entry)
        results = mark(assignment, sources, recorded, hidden_too=False)
        named = [name for result in results.values() for name in result.named]
        assert entry.name in named, entry.name
