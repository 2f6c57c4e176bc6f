"""Assignment 8: its solution against PyTorch and central differences, its inputs and its texts."""

import math
import re
import time
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from torch.nn.functional import linear

from autograder.authoring import Assignment, read_assignment
from autograder.catalogue import Catalogue, read_catalogue, solution_sources, with_entry
from autograder.course import Course
from autograder.marks import hidden_lines
from autograder.recording import record
from autograder.trial import mark
from unrolled.checks.recorded import Recorded

ROOT = Path(__file__).resolve().parent.parent
NAME = "08-skip-connections"
FUNCTIONS = [
    "residual_forward",
    "residual_backward",
    "highway_forward",
    "highway_backward",
    "dense_forward",
    "dense_backward",
    "deep_forward",
    "deep_backward",
    "gradient_norms",
    "paths_by_length",
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

KINDS = ["plain", "residual", "highway", "dense"]
SIZES = [(3, 4, 6), (1, 5, 2), (6, 2, 7), (4, 9, 3)]  # N, H, inner or new units


def random_block(rng: np.random.Generator, kind: str, H: int, size: int) -> tuple[str, list]:
    shapes = {
        "plain": [(size, H), (size,)],
        "residual": [(size, H), (size,), (H, size), (H,)],
        "highway": [(H, H), (H,), (H, H), (H,)],
        "dense": [(size, H), (size,)],
    }
    return kind, [rng.normal(size=shape) for shape in shapes[kind]]


def through_torch(kind: str, x: torch.Tensor, weights: list[torch.Tensor]) -> torch.Tensor:
    if kind == "plain":
        return torch.relu(linear(x, *weights))
    if kind == "residual":
        return x + linear(torch.relu(linear(x, *weights[:2])), *weights[2:])
    if kind == "highway":
        new, gate = torch.tanh(linear(x, *weights[:2])), torch.sigmoid(linear(x, *weights[2:]))
        return torch.lerp(x, new, gate)
    return torch.cat([x, torch.relu(linear(x, *weights))], dim=1)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_blocks_agree_with_torch(
    solution: dict[str, Any], kind: str, sizes: tuple[int, int, int], seed: int
) -> None:
    """Forward and backward, to 1e-8 in float64."""
    rng = np.random.default_rng(seed)
    N, H, size = sizes
    _, weights = random_block(rng, kind, H, size)
    x = rng.normal(size=(N, H))
    leaves = [torch.from_numpy(array).requires_grad_() for array in (x, *weights)]
    theirs = through_torch(kind, leaves[0], leaves[1:])
    y, *inner = solution[f"{kind}_forward"](x, *weights)
    assert np.abs(y - theirs.detach().numpy()).max() < 1e-8
    dy = rng.normal(size=y.shape)
    gradients = torch.autograd.grad(theirs, leaves, torch.from_numpy(dy))
    mine = solution[f"{kind}_backward"](dy, x, *inner, *weights[::2])
    for one, other in zip(mine, gradients, strict=True):
        assert np.abs(one - other.numpy()).max() < 1e-8


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_blocks_agree_with_central_differences(
    solution: dict[str, Any], kind: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    _, weights = random_block(rng, kind, 4, 3)
    inputs = [rng.normal(size=(2, 4)), *weights]
    y, *inner = solution[f"{kind}_forward"](*inputs)
    dy = rng.normal(size=y.shape)
    mine = solution[f"{kind}_backward"](dy, inputs[0], *inner, *weights[::2])
    for place, gradient in enumerate(mine):
        for index in np.ndindex(gradient.shape):
            moved = []
            for step in (1e-5, -1e-5):
                changed = [array.copy() for array in inputs]
                changed[place][index] += step
                moved.append((solution[f"{kind}_forward"](*changed)[0] * dy).sum())
            assert gradient[index] == pytest.approx((moved[0] - moved[1]) / 2e-5, abs=1e-7)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_deep_networks_agree_with_torch(solution: dict[str, Any], seed: int) -> None:
    """Twenty blocks of all kinds; the gradient of every state and every weight."""
    rng = np.random.default_rng(seed)
    blocks, width = [], 5
    for place in range(20):
        kind = KINDS[place % 4]
        blocks.append(random_block(rng, kind, width, 4))
        for array in blocks[-1][1]:
            array *= 0.5
        width = {"plain": 4, "dense": width + 4}.get(kind, width)
    x = rng.normal(size=(3, 5))
    theirs = [torch.from_numpy(x).requires_grad_()]
    leaves = [[torch.from_numpy(a).requires_grad_() for a in weights] for _, weights in blocks]
    for (kind, _), weights in zip(blocks, leaves, strict=True):
        theirs.append(through_torch(kind, theirs[-1], weights))
    states, inner = solution["deep_forward"](x, blocks)
    assert len(states) == len(inner) + 1 == 21
    for one, other in zip(states, theirs, strict=True):
        assert np.abs(one - other.detach().numpy()).max() < 1e-8
    dy = rng.normal(size=states[-1].shape)
    flat = [*theirs, *(leaf for weights in leaves for leaf in weights)]
    gradients = torch.autograd.grad(theirs[-1], flat, torch.from_numpy(dy))
    dstates, grads = solution["deep_backward"](dy, states, inner, blocks)
    mine = [*dstates, *(gradient for of_block in grads for gradient in of_block)]
    for one, other in zip(mine, gradients, strict=True):
        assert np.abs(one - other.numpy()).max() < 1e-8


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_paths_add_up_to_the_product(solution: dict[str, Any], seed: int) -> None:
    """All of them to the product of I + J; those of each length to a sum over all choices."""
    J = np.random.default_rng(seed).normal(size=(6, 4, 4))
    P = solution["paths_by_length"](J)
    product = np.eye(4)
    for J_l in J:
        product = (np.eye(4) + J_l) @ product
    assert np.abs(P.sum(axis=0) - product).max() < 1e-10
    for k in range(7):
        chosen = np.zeros((4, 4))
        for places in combinations(range(6), k):
            path = np.eye(4)
            for place in places:
                path = J[place] @ path
            chosen += path
        assert np.abs(P[k] - chosen).max() < 1e-10


def test_gradient_norms(solution: dict[str, Any]) -> None:
    found = solution["gradient_norms"]([np.array([[3.0, 4], [0, 1]]), np.array([[2.0], [4]])])
    assert found == pytest.approx([1, 1])


# --- what the written answer is about ---------------------------------------------------------


@pytest.fixture(scope="module")
def experiment(assignment: Assignment, solution: dict[str, Any]) -> dict[str, Any]:
    """What the two experiment cells leave behind."""
    defined = dict(solution)
    started = time.process_time()
    for cell in assignment.cells:
        if cell.type == "code" and "random_blocks" in cell.source:
            exec(cell.source, defined)
    assert time.process_time() - started < 1.0
    return defined


def at_the_input(
    solution: dict[str, Any], experiment: dict[str, Any], kind: str, scale: float, bias: float
) -> list[float]:
    found = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        blocks = experiment["random_blocks"](kind, rng, scale, bias)
        states, inner = solution["deep_forward"](rng.normal(size=(16, 20)), blocks)
        dy = rng.normal(size=states[-1].shape)
        dstates, _ = solution["deep_backward"](dy, states, inner, blocks)
        found.append(solution["gradient_norms"](dstates)[0])
    return found


def test_the_model_answer_on_the_gate_bias(
    solution: dict[str, Any], experiment: dict[str, Any]
) -> None:
    def carried(bias: float) -> float:
        return (1 / (1 + math.exp(bias))) ** 30

    assert carried(-3.76) > 0.5 > carried(-3.7)
    printed = [at_the_input(solution, experiment, "highway", 0.2, b) for b in (0.0, -2.0, -4.0)]
    for bias, values in zip((0.0, -2.0, -4.0), printed, strict=True):
        assert min(values) > 0.9 * carried(bias)
    assert max(printed[0]) < 1e-3
    assert 0.015 < min(printed[1]) < max(printed[1]) < 0.06
    assert max(printed[2]) == pytest.approx(carried(-4.0), rel=0.15)


def test_the_model_answer_on_growth_and_paths(
    solution: dict[str, Any], experiment: dict[str, Any]
) -> None:
    assert min(at_the_input(solution, experiment, "residual", 1.0, 0.0)) > 1e3
    assert max(at_the_input(solution, experiment, "residual", 0.2, 0.0)) < 4
    assert max(at_the_input(solution, experiment, "plain", 1.0, 0.0)) < 1e-3
    carried = np.array(experiment["carried"])  # of the last scale, which is 1
    assert 8 <= carried.argmax() <= 20
    assert carried[15] > 1e3 * carried[1]


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
    row = re.compile(r"^\| \d+ \| (?:`(\w+)`)?.* \| (\d+) \| (\d+) \|$", re.MULTILINE)
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
    x, *weights = calls["residual_forward"][0]
    sizes = [(*x.shape, len(weights[0]))]
    x, *others = calls["highway_forward"][0]
    sizes.append(x.shape)
    weights += others
    x, *others = calls["dense_forward"][0]
    sizes.append((*x.shape, len(others[0])))
    weights += others
    _, x, a, W_1, W_2 = calls["residual_backward"][0]
    sizes.append((*x.shape, a.shape[1]))
    weights += [W_1, W_2]
    assert (a == 0).sum() == 1  # the slope of relu at 0 is asked for
    _, x, u, gate, W_u, W_gate = calls["highway_backward"][0]
    sizes.append(x.shape)
    weights += [W_u, W_gate]
    assert 0 < gate.min() < gate.max() < 1
    _, x, u, W = calls["dense_backward"][0]
    sizes.append((*x.shape, u.shape[1]))
    weights.append(W)
    for _, block_weights in calls["deep_forward"][0][1] + calls["deep_backward"][0][3]:
        weights += block_weights
    for entry in sizes:
        assert len(set(entry)) == len(entry), entry
    for array in weights:
        assert np.abs(array).min() > 1e-4
        if array.ndim == 2 and len(set(array.shape)) == 1:
            assert np.abs(array - array.T).max() > 0.05
    (J,) = calls["paths_by_length"][0]
    assert np.abs(J - J.transpose(0, 2, 1)).max() > 0.05


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
