"""Assignment 5: its solution against PyTorch and differences, its inputs, its texts."""

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
from unrolled.checks.recorded import Recorded

ROOT = Path(__file__).resolve().parent.parent
NAME = "05-stable-gradients"
FUNCTIONS = [
    "global_norm",
    "clip_by_norm",
    "clip_by_value",
    "cosine",
    "guarded_step",
    "descend",
    "relu_step_forward",
    "relu_step_backward",
    "identity_start",
    "reverse_padded",
]
SEEDS = (0, 1, 2)


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


def random_grads(seed: int, scale: float = 1.0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [scale * rng.normal(size=shape) for shape in ((4, 3), (4, 4), (4,), (2, 1, 3))]


# --- the solution ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_clipping_agrees_with_torch(solution: dict[str, Any], seed: int, scale: float) -> None:
    grads = random_grads(seed, scale)
    for by_norm in (True, False):
        weights = [torch.nn.Parameter(torch.zeros(g.shape).double()) for g in grads]
        for weight, g in zip(weights, grads, strict=True):
            weight.grad = torch.from_numpy(g.copy())
        if by_norm:
            theirs = torch.nn.utils.clip_grad_norm_(weights, 2.0)
            mine, norm = solution["clip_by_norm"](grads, 2.0)
            assert norm == pytest.approx(theirs.item(), rel=1e-12)
        else:
            torch.nn.utils.clip_grad_value_(weights, 2.0)
            mine = solution["clip_by_value"](grads, 2.0)
        for m, weight in zip(mine, weights, strict=True):
            # PyTorch adds 1e-6 to the norm.
            np.testing.assert_allclose(m, weight.grad.numpy(), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("exponent", [-300, -160, 0, 160, 300])
def test_norm_holds_where_squares_do_not(solution: dict[str, Any], exponent: int) -> None:
    grads = random_grads(3)
    plain = np.sqrt(sum(np.sum(g**2) for g in grads))
    far = solution["global_norm"]([g * 10.0**exponent for g in grads])
    assert far / 10.0**exponent == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_cosine_agrees_with_torch(solution: dict[str, Any], seed: int) -> None:
    one, other = random_grads(seed), random_grads(seed + 10)
    flat = [torch.from_numpy(np.concatenate([g.ravel() for g in gs])) for gs in (one, other)]
    theirs = torch.cosine_similarity(*flat, dim=0).item()
    assert solution["cosine"](one, other) == pytest.approx(theirs, rel=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_guarded_step_agrees_with_sgd(solution: dict[str, Any], seed: int) -> None:
    params, grads = random_grads(seed), random_grads(seed + 5, 3.0)
    weights = [torch.nn.Parameter(torch.from_numpy(p.copy())) for p in params]
    for weight, g in zip(weights, grads, strict=True):
        weight.grad = torch.from_numpy(g.copy())
    torch.nn.utils.clip_grad_norm_(weights, 1.5)
    torch.optim.SGD(weights, lr=0.2).step()
    mine, ok = solution["guarded_step"](params, 0.5, grads, 0.2, 1.5)
    assert ok
    for m, weight in zip(mine, weights, strict=True):
        np.testing.assert_allclose(m, weight.detach().numpy(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("N", "D", "H"), [(3, 4, 5), (1, 2, 3), (6, 1, 7)])
def test_relu_gradients(solution: dict[str, Any], seed: int, N: int, D: int, H: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = ((N, D), (N, H), (H, D), (H, H), (H,))
    arrays = [rng.normal(size=shape) for shape in shapes]
    dh_t = rng.normal(size=(N, H))
    tensors = [torch.from_numpy(a).requires_grad_() for a in arrays]
    x_t, h_prev, W_x, W_h, b = tensors
    theirs = torch.relu(x_t @ W_x.T + h_prev @ W_h.T + b)
    gradients = torch.autograd.grad(theirs, tensors, torch.from_numpy(dh_t))
    h_t = solution["relu_step_forward"](*arrays)
    assert np.abs(h_t - theirs.detach().numpy()).max() < 1e-12
    mine = solution["relu_step_backward"](dh_t, h_t, *arrays[:4])
    for m, gradient in zip(mine, gradients, strict=True):
        assert np.abs(m - gradient.numpy()).max() < 1e-8
    step = 1e-6
    for place, m in enumerate(mine):
        for index in np.ndindex(m.shape):
            pair = []
            for sign in (1, -1):
                moved = [a.copy() for a in arrays]
                moved[place][index] += sign * step
                pair.append(np.sum(solution["relu_step_forward"](*moved) * dh_t))
            assert (pair[0] - pair[1]) / (2 * step) == pytest.approx(m[index], abs=1e-7)


def test_the_start_keeps_what_it_reads(solution: dict[str, Any]) -> None:
    weights = solution["identity_start"](np.random.default_rng(0).normal(size=(6, 2)) / 10)
    h = np.random.default_rng(1).random((3, 6))
    for _ in range(100):
        kept = solution["relu_step_forward"](np.zeros((3, 2)), h, *weights)
        assert np.array_equal(kept, h)


@pytest.mark.parametrize("seed", SEEDS)
def test_reversal_agrees_with_flip(solution: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, lengths = rng.normal(size=(5, 8, 3)), rng.integers(0, 9, size=5)
    turned = solution["reverse_padded"](x, lengths)
    for n, length in enumerate(lengths):
        assert np.array_equal(turned[n, :length], np.flip(x[n, :length], axis=0))
        assert np.array_equal(turned[n, length:], x[n, length:])
    assert np.array_equal(solution["reverse_padded"](turned, lengths), x)


def test_gradients_of_the_losses_in_the_setup(solution: dict[str, Any]) -> None:
    for loss_and_grads, place in (
        (solution["ledge"], [np.array([[0.7, 2.0]]), np.array([3.1])]),
        (solution["cliff"], [np.array([5.5]), np.array([-2.4])]),
    ):
        _, grads = loss_and_grads(place)
        for i, g in enumerate(grads):
            for index in np.ndindex(g.shape):
                pair = []
                for sign in (1, -1):
                    moved = [p.copy() for p in place]
                    moved[i][index] += sign * 1e-6
                    pair.append(loss_and_grads(moved)[0])
                assert (pair[0] - pair[1]) / 2e-6 == pytest.approx(g[index], rel=1e-5, abs=1e-8)


def test_descents_of_the_checks_fail_where_they_should(solution: dict[str, Any]) -> None:
    """A failure right at a checkpoint and one between two of them: neither is left to chance."""
    outcomes: list[bool] = []
    step = solution["guarded_step"]

    def spy(*arguments: Any) -> Any:
        new_params, ok = step(*arguments)
        outcomes.append(ok)
        return new_params, ok

    fixed_array = solution["fixed_array"]
    start = [3 + fixed_array(2, 3, start=6000), 5 + fixed_array(2, start=6050)]
    solution["guarded_step"] = spy
    try:
        solution["descend"](start, solution["ledge"], 0.35, np.inf, 26, 3)
    finally:
        solution["guarded_step"] = step
    good, at_failure = 0, []
    for ok in outcomes:
        good += ok
        if not ok:
            at_failure.append(good % 3)
    assert len(at_failure) >= 4
    assert set(at_failure) == {0, 1, 2} or len(set(at_failure)) == 2


def test_model_answer_quotes_the_experiment(
    assignment: Assignment, solution: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (walks,) = (
        cell.source
        for cell in assignment.cells
        if cell.type == "code" and "walks = {}" in cell.source
    )
    exec(walks, dict(solution))
    plain, by_norm, by_value = capsys.readouterr().out.strip().splitlines()
    (answer,) = (cell.source for cell in assignment.of_role("written"))
    number = r"([\d.]+)"
    for line, pattern in (
        (plain, f"largest gradient +{number}"),
        (by_norm, f"largest gradient +{number}"),
        (by_value, f"turned by up to +{number}"),
    ):
        value = float(re.search(pattern, line)[1])
        assert f"{value:.1f}" in answer or f"{value:.0f}" in answer, line
    longest = float(re.search(f"longest step {number}", plain)[1])
    assert f"{longest:.2f}" in answer


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
    assert "about 3 and a half hours" in " ".join(text_of(assignment).split())
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
    """What the function under test is called with in the visible part of each tests cell."""
    calls: dict[str, list[tuple]] = {}
    defined: dict[str, Any] = {}

    def spy(function: Any) -> Any:
        def called(*arguments: Any) -> Any:
            calls.setdefault(cell.id, []).append(arguments)
            return function(*arguments)

        return called

    for cell in assignment.cells:
        if cell.role in ("setup", "solution"):
            exec(cell.source, defined)
    defined["check"] = Mock()
    for cell in assignment.of_role("tests"):
        lines = cell.source.split("\n")
        visible = [line for n, line in enumerate(lines, 1) if n not in hidden_lines(cell.source)]
        function = defined[cell.of]
        defined[cell.of] = spy(function)
        exec("\n".join(visible), defined)
        defined[cell.of] = function
    return calls


def test_inputs_hide_no_mistake(assignment: Assignment, solution: dict[str, Any]) -> None:
    """Sizes differ, no weight is zero or symmetric, and both branches of every case are met."""
    calls = arguments_of_visible_checks(assignment)
    x_t, h_prev, *weights = calls["test-relu"][0]
    assert len({x_t.shape[0], x_t.shape[1], h_prev.shape[1]}) == 3
    for call in (calls["test-relu-backward"][0], calls["test-relu-backward-edges"][-1]):
        dh_t, h_t, x_t, h_prev, W_x, W_h = call
        assert len({*x_t.shape, h_prev.shape[1]}) == 3
        assert 0.2 < (h_t > 0).mean() < 0.8
        assert np.abs(dh_t).min() > 0.01
        # The mask of the state before the step is another one.
        assert ((h_t > 0) != (h_prev > 0)).any()
        weights += [W_x, W_h]
    for array in weights:
        assert np.abs(array).min() > 0.005
        if array.ndim == 2 and array.shape[0] == array.shape[1]:
            assert np.abs(array - array.T).max() > 0.1
    norm = solution["global_norm"]
    long, short = calls["test-clip"][:2]
    assert norm(long[0]) > 2 * long[1]
    assert norm(short[0]) < short[1] / 2
    assert all(norm([g]) > 3 for g in calls["test-norm"][0][0])
    grads, limit = calls["test-value"][0]
    for g in grads:
        assert (g > limit).any()
        assert (g < -limit).any()
        assert (np.abs(g) < limit).any()
    for x, lengths in calls["test-reverse"][:3]:
        assert len(set(lengths)) == len(lengths) == len(x)
        assert len(set(x.shape)) == x.ndim
        assert x.shape[1] in lengths or max(lengths) < x.shape[1]


def test_graded_path_is_light(assignment: Assignment, recorded: Recorded) -> None:
    sources = solution_sources(assignment)
    started = time.process_time()
    results = mark(assignment, sources, recorded)
    assert time.process_time() - started < 1.0
    assert all(result.passed for result in results.values())


# --- the catalogue ---------------------------------------------------------------------------


def test_catalogue_is_large_and_covers_every_function(catalogue: Catalogue) -> None:
    assert len(catalogue.misconceptions) >= 20
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
        assert "  " not in entry.hint, entry.name
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
