"""Assignment 4: its solution against PyTorch and differences, its inputs, its texts."""

import re
import time
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch

from autograder.authoring import Assignment, read_assignment
from autograder.catalogue import Catalogue, read_catalogue, solution_sources, with_entry
from autograder.course import Course
from autograder.marks import hidden_lines
from autograder.recording import record
from autograder.trial import mark

ROOT = Path(__file__).resolve().parent.parent
NAME = "04-vanishing-and-exploding"
FUNCTIONS = [
    "step_jacobian",
    "span_jacobian",
    "gradient_norms",
    "gradient_bound",
    "spectral_radius",
    "iterate",
    "orbit_slopes",
    "fixed_points",
    "is_attracting",
]
SEEDS = (0, 1, 2)


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


def text_of(assignment: Assignment) -> str:
    return "\n".join(cell.source for cell in assignment.cells if cell.type == "markdown")


# --- the solution against PyTorch and differences --------------------------------------------

SHAPES = [(3, 7, 4, 5), (1, 6, 2, 3), (5, 1, 3, 2), (2, 40, 7, 9)]


def run(seed: int, N: int, T: int, D: int, H: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Weights W_x, W_h, b and inputs of a random network."""
    rng = np.random.default_rng(seed)
    weights = [1.3 * rng.uniform(-1, 1, shape) / np.sqrt(H) for shape in ((H, D), (H, H), (H,))]
    return weights, rng.normal(size=(N, T, D))


def states(weights: list[np.ndarray], x: np.ndarray, h_0: torch.Tensor) -> list[torch.Tensor]:
    """All states of a network, from the initial one on, with their graph."""
    W_x, W_h, b = map(torch.from_numpy, weights)
    h = [h_0]
    for x_t in torch.from_numpy(x).unbind(dim=1):
        h.append(torch.tanh(x_t @ W_x.T + h[-1] @ W_h.T + b))
    return h


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("N", "T", "D", "H"), SHAPES)
def test_jacobians_and_gradients_agree_with_autograd(
    solution: dict[str, Any], seed: int, N: int, T: int, D: int, H: int
) -> None:
    weights, x = run(seed, N, T, D, H)
    h_0 = torch.from_numpy(0.5 * np.random.default_rng(seed + 9).normal(size=(N, H)))
    h = states(weights, x, h_0.requires_grad_())
    jacobians = np.stack(
        [solution["step_jacobian"](x[:, t], h[t].detach().numpy(), *weights) for t in range(T)],
        axis=1,
    )
    k, t = T // 3, T
    span = solution["span_jacobian"](jacobians, k, t)
    for i in range(H):
        [by_autograd] = torch.autograd.grad(h[t][:, i].sum(), h[k], retain_graph=True)
        assert np.abs(span[:, i] - by_autograd.numpy()).max() < 1e-8
    dh_T = np.random.default_rng(seed).normal(size=(N, H))
    loss = (h[-1] * torch.from_numpy(dh_T)).sum()
    gradients = torch.autograd.grad(loss, h)
    theirs = torch.stack([g.norm(dim=1) for g in reversed(gradients)], dim=1).numpy()
    assert np.abs(solution["gradient_norms"](jacobians, dh_T) - theirs).max() < 1e-8


@pytest.mark.parametrize("seed", SEEDS)
def test_jacobian_agrees_with_central_differences(solution: dict[str, Any], seed: int) -> None:
    weights, x = run(seed, 3, 1, 4, 5)
    h_0 = 0.5 * np.random.default_rng(seed + 9).normal(size=(3, 5))
    J = solution["step_jacobian"](x[:, 0], h_0, *weights)
    for j, push in enumerate(1e-5 * np.eye(5)):
        ahead, behind = (states(weights, x, torch.from_numpy(h_0 + s * push))[1] for s in (1, -1))
        assert np.abs(J[:, :, j] - (ahead - behind).numpy() / 2e-5).max() < 1e-8


@pytest.mark.parametrize("seed", SEEDS)
def test_bound_and_radius_agree_with_torch(solution: dict[str, Any], seed: int) -> None:
    W = np.random.default_rng(seed).normal(size=(6, 6))
    alpha = torch.linalg.matrix_norm(torch.from_numpy(W), ord=2).item()
    found = solution["gradient_bound"](W, 0.25, np.arange(7))
    assert found == pytest.approx((alpha / 4) ** np.arange(7), rel=1e-10)
    radius = torch.linalg.eigvals(torch.from_numpy(W)).abs().max().item()
    assert solution["spectral_radius"](W) == pytest.approx(radius, rel=1e-10)
    assert radius <= alpha


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_lie_under_the_bound(solution: dict[str, Any], seed: int) -> None:
    weights, x = run(seed, 4, 30, 3, 8)
    h = [state.numpy() for state in states(weights, x, torch.zeros(4, 8).double())]
    jacobians = [solution["step_jacobian"](x[:, t], h[t], *weights) for t in range(30)]
    dh_T = np.random.default_rng(seed).normal(size=(4, 8))
    dh_T /= np.linalg.norm(dh_T, axis=1, keepdims=True)
    norms = solution["gradient_norms"](np.stack(jacobians, axis=1), dh_T)
    bound = solution["gradient_bound"](weights[1], 1.0, np.arange(31))
    assert (norms <= bound * (1 + 1e-9)).all()


def test_slopes_agree_with_differences(solution: dict[str, Any]) -> None:
    def parabola(h: np.ndarray) -> np.ndarray:
        return 3.5 * h * (1 - h)

    starts = np.array([0.11, 0.42, 0.83])
    orbit = solution["iterate"](parabola, starts, 8)
    slopes = solution["orbit_slopes"](lambda h: 3.5 - 7 * h, orbit)
    ahead, behind = (solution["iterate"](parabola, starts + e, 8) for e in (1e-7, -1e-7))
    assert np.allclose(slopes, (ahead - behind) / 2e-7, rtol=1e-5, atol=1e-6)


def test_fixed_points_are_all_of_them(solution: dict[str, Any]) -> None:
    """Their number is what the two ends of the interval with two attractors say."""
    for w in (-15.0, -3.0, 0.0, 2.0, 3.9, 4.5, 5.0, 7.0, 12.0, 20.0):
        for b in np.linspace(-14, 8, 23):
            found = solution["fixed_points"](w, b)
            assert np.allclose(found, solution["sigmoid"](w * found + b), atol=1e-9)
            assert (np.diff(found) > 0).all()
            inside = False
            if w > 4:
                h = (1 + np.array([1, -1]) * np.sqrt(1 - 4 / w)) / 2
                low, high = np.log(h / (1 - h)) - w * h
                inside = low < b < high
                if min(abs(b - low), abs(b - high)) < 0.02:
                    continue
            assert len(found) == (3 if inside else 1), (w, b)
            attracting = solution["is_attracting"](w, found)
            if inside:
                assert attracting.tolist() == [True, False, True]


def test_attracting_points_attract(solution: dict[str, Any]) -> None:
    for w, b in ((5.0, -2.4), (-9.0, 2.0), (2.0, 0.5), (-3.0, 1.0), (7.0, -3.5)):
        points = solution["fixed_points"](w, b)
        for point, attracts in zip(points, solution["is_attracting"](w, points), strict=True):
            orbit = solution["iterate"](
                lambda h, w=w, b=b: solution["sigmoid"](w * h + b), point + 1e-6, 300
            )
            assert (abs(orbit[-1] - point) < 1e-6) == attracts


# --- the tests: edges they promise to cover --------------------------------------------------


def test_inputs_keep_what_the_docstring_of_fixed_points_promises(assignment: Assignment) -> None:
    [cell] = [cell for cell in assignment.of_role("tests") if cell.of == "fixed_points"]
    for w, b in re.findall(r"fixed_points\((-?[\d.]+), (-?[\d.]+)\)", cell.source):
        grid = np.linspace(0, 1, 400_001)
        g = 1 / (1 + np.exp(-(float(w) * grid + float(b)))) - grid
        roots = grid[np.flatnonzero(np.sign(g[:-1]) != np.sign(g[1:]))]
        roots = roots[np.diff(roots, prepend=-1) > 1e-5]
        assert len(roots) in (1, 3)
        assert (np.diff(roots) > 0.01).all()


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


def arguments_of_visible_checks(assignment: Assignment) -> dict[str, list[tuple]]:
    """What each function is called with in the visible checks."""
    calls: dict[str, list[tuple]] = {}
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
    for name in FUNCTIONS:
        defined[name] = spy(name, defined[name])
    for cell in assignment.of_role("tests"):
        lines = cell.source.split("\n")
        visible = [line for n, line in enumerate(lines, 1) if n not in hidden_lines(cell.source)]
        exec("\n".join(visible), defined)
    return calls


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """All sizes differ, so that a transposed array fails; no weight is zero or symmetric."""
    calls = arguments_of_visible_checks(assignment)
    x_t, h_prev, *weights = calls["step_jacobian"][0]
    sizes = [[*x_t.shape, h_prev.shape[1]]]
    weights = list(weights)
    for name in ("span_jacobian", "gradient_norms"):
        jacobians = calls[name][0][0]
        sizes.append(list(jacobians.shape[:3]))
        weights += list(jacobians.reshape(-1, *jacobians.shape[2:]))
    weights += [calls["gradient_bound"][0][0], calls["spectral_radius"][0][0]]
    for entry in sizes:
        assert len(set(entry)) == len(entry), entry
    for array in weights:
        assert np.abs(array).min() > 1e-4
        if array.ndim == 2 and array.shape[0] == array.shape[1]:
            assert np.abs(array - array.T).max() > 0.1


def test_graded_path_is_light(assignment: Assignment, catalogue: Catalogue) -> None:
    recorded = record(assignment, catalogue)
    sources = solution_sources(assignment)
    started = time.process_time()
    results = mark(assignment, sources, recorded)
    assert time.process_time() - started < 1.0
    assert all(result.passed for result in results.values())


# --- the catalogue ---------------------------------------------------------------------------


def test_catalogue_is_large_and_covers_every_function(catalogue: Catalogue) -> None:
    assert len(catalogue.misconceptions) >= 40
    assert len(catalogue.alternatives) >= 15
    for function in FUNCTIONS:
        assert sum(entry.of == function for entry in catalogue.misconceptions) >= 4, function
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


def test_known_mistakes_are_told_apart(assignment: Assignment, catalogue: Catalogue) -> None:
    """Two mistakes in one function differ at some check of that function."""
    recorded = record(assignment, catalogue)
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
    assignment: Assignment, catalogue: Catalogue
) -> None:
    """A student learns of it while working, with a name, not only from the feedback."""
    recorded, right = record(assignment, catalogue), solution_sources(assignment)
    for entry in catalogue.misconceptions:
        sources = with_entry(assignment, right, entry)
        results = mark(assignment, sources, recorded, hidden_too=False)
        named = [name for result in results.values() for name in result.named]
        assert entry.name in named, entry.name


# --- the experiment --------------------------------------------------------------------------


def test_the_experiment_shows_what_the_model_answer_says(assignment: Assignment) -> None:
    """The student's cells run with the solution; their numbers are those of the model answer."""
    import matplotlib

    matplotlib.use("agg")
    printed: list[str] = []
    defined: dict[str, Any] = {"print": lambda *parts: printed.append(" ".join(map(str, parts)))}
    for cell in assignment.cells:
        if cell.type == "code" and cell.role in ("setup", "solution", ""):
            exec(cell.source, defined)
    rows = [line.split() for line in printed]
    rows = [list(map(float, row)) for row in rows if row[0] in ("0.4", "0.9", "3.0")]
    small, middle, large = rows
    assert middle[1:] == pytest.approx([1.80, 2e-10, 5e12], rel=0.2)
    assert small[1] < 1
    assert small[2] < small[3] < 1
    assert 1 < large[2] < large[3]
