"""Assignment 6: its solution against PyTorch and central differences, its inputs and its texts."""

import re
import time
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from autograder.authoring import Assignment, read_assignment
from autograder.catalogue import Catalogue, read_catalogue, solution_sources, with_entry
from autograder.course import Course
from autograder.marks import hidden_lines
from autograder.recording import record
from autograder.trial import mark
from unrolled.models import LSTMRun, load_lstm_run

ROOT = Path(__file__).resolve().parent.parent
NAME = "06-lstm"
FUNCTIONS = [
    "gate_forward",
    "gate_backward",
    "lstm_step_forward",
    "lstm_forward",
    "lstm_cell_backward",
    "lstm_backward",
    "init_lstm",
    "memory_weights",
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


def text_of(assignment: Assignment) -> str:
    return "\n".join(cell.source for cell in assignment.cells if cell.type == "markdown")


# --- the solution against PyTorch ------------------------------------------------------------

SHAPES = [(3, 7, 4, 5), (1, 6, 2, 3), (5, 1, 3, 2), (4, 60, 7, 9)]
NAMES = ("dx", "dh_0", "dc_0", "dW_x", "dW_h", "db")


def random_weights(rng: np.random.Generator, D: int, H: int) -> list[np.ndarray]:
    return [rng.uniform(-1, 1, shape) / np.sqrt(H) for shape in ((4 * H, D), (4 * H, H), (4 * H,))]


def torch_lstm(weights: list[np.ndarray]) -> torch.nn.LSTM:
    """A float64 `torch.nn.LSTM` with the given W_x, W_h, b; its second bias is zero."""
    (_, D), (_, H) = weights[0].shape, weights[1].shape
    lstm = torch.nn.LSTM(D, H, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for parameter, array in zip(lstm.parameters(), [*weights, np.zeros(4 * H)], strict=True):
            parameter.copy_(torch.from_numpy(array))
    return lstm


def through_torch(
    weights: list[np.ndarray], x: np.ndarray, h_0: np.ndarray, c_0: np.ndarray, lengths: np.ndarray
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """All hidden states and the final states of a packed batch; and what they depend on."""
    lstm = torch_lstm(weights)
    leaves = [torch.from_numpy(array).requires_grad_() for array in (x, h_0, c_0)]
    packed = pack_padded_sequence(
        leaves[0], torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
    )
    packed_h, (h_n, c_n) = lstm(packed, (leaves[1][None], leaves[2][None]))
    h, _ = pad_packed_sequence(packed_h, batch_first=True, total_length=x.shape[1])
    return [h, h_n[0], c_n[0]], [*leaves, lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("N", "T", "D", "H"), SHAPES)
def test_forward_and_backward_agree_with_torch(
    solution: dict[str, Any], N: int, T: int, D: int, H: int, seed: int
) -> None:
    """On a padded batch of unequal lengths, to 1e-8 in float64."""
    rng = np.random.default_rng(seed)
    weights = random_weights(rng, D, H)
    x, h_0, c_0 = rng.normal(size=(N, T, D)), rng.normal(size=(N, H)), rng.normal(size=(N, H))
    lengths = rng.integers(1, T + 1, size=N)
    (their_h, h_n, c_n), wanted = through_torch(weights, x, h_0, c_0, lengths)
    h, c, gates = solution["lstm_forward"](x, h_0, c_0, *weights, lengths)
    inside = (np.arange(T) < lengths[:, None])[..., None]
    assert np.abs(h * inside - their_h.detach().numpy()).max() < 1e-8
    assert np.abs(h[:, -1] - h_n.detach().numpy()).max() < 1e-8
    assert np.abs(c[:, -1] - c_n.detach().numpy()).max() < 1e-8
    step = solution["lstm_step_forward"](x[:, 0], h_0, c_0, *weights)
    assert all(np.array_equal(a, b[:, 0]) for a, b in zip(step, (h, c, gates), strict=True))

    dh, dh_n = rng.normal(size=h.shape) * inside, rng.normal(size=h_0.shape)
    loss = (their_h * torch.from_numpy(dh)).sum() + (h_n * torch.from_numpy(dh_n)).sum()
    theirs = torch.autograd.grad(loss, wanted)
    dh[:, -1] += dh_n
    mine = solution["lstm_backward"](dh, x, h_0, c_0, h, c, gates, *weights[:2], lengths)
    for name, one, other in zip(NAMES, mine, theirs, strict=True):
        assert np.abs(one - other.numpy()).max() < 1e-8, name


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gradients_agree_with_central_differences(solution: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    N, T, D, H = 3, 5, 4, 2
    weights = random_weights(rng, D, H)
    x, h_0, c_0 = rng.normal(size=(N, T, D)), rng.normal(size=(N, H)), rng.normal(size=(N, H))
    lengths, dh = np.array([5, 0, 3]), rng.normal(size=(N, T, H))
    inputs = [x, h_0, c_0, *weights]
    h, c, gates = solution["lstm_forward"](*inputs, lengths)
    mine = solution["lstm_backward"](dh, x, h_0, c_0, h, c, gates, *weights[:2], lengths)
    for place, (name, gradient) in enumerate(zip(NAMES, mine, strict=True)):
        for index in np.ndindex(gradient.shape):
            moved = []
            for step in (1e-5, -1e-5):
                changed = [array.copy() for array in inputs]
                changed[place][index] += step
                moved.append((solution["lstm_forward"](*changed, lengths)[0] * dh).sum())
            assert gradient[index] == pytest.approx((moved[0] - moved[1]) / 2e-5, abs=1e-8), name


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gate_backward_agrees_with_autograd(solution: dict[str, Any], seed: int) -> None:
    torch.manual_seed(seed)
    x, s_prev, ds = torch.randn(3, 4, 6).double().unbind()
    leaves = [array.requires_grad_() for array in (x, s_prev, torch.rand(4, 6).double())]
    theirs = torch.autograd.grad(torch.lerp(leaves[1], leaves[0], leaves[2]), leaves, ds)
    mine = solution["gate_backward"](ds.numpy(), *(array.detach().numpy() for array in leaves))
    for one, other in zip(mine, theirs, strict=True):
        assert np.abs(one - other.numpy()).max() < 1e-12


@pytest.mark.parametrize("name", ["short", "padded", "long"])
def test_recorded_runs_are_what_torch_and_the_solution_compute(
    solution: dict[str, Any], name: str
) -> None:
    run = load_lstm_run(name)
    weights, rows = [run.W_x, run.W_h, run.b], run.lengths > 0
    h, c, gates = solution["lstm_forward"](run.x, run.h_0, run.c_0, *weights, run.lengths)
    for mine, stored in ((h, run.h), (c, run.c), (gates, run.gates)):
        assert np.abs(mine - stored).max() < 1e-12
    start = run.x[rows], run.h_0[rows], run.c_0[rows]
    (_, h_n, c_n), _ = through_torch(weights, *start, run.lengths[rows])
    assert np.abs(run.h[rows, -1] - h_n.detach().numpy()).max() < 1e-8
    assert np.abs(run.c[rows, -1] - c_n.detach().numpy()).max() < 1e-8
    sizes = (*run.x.shape, run.h.shape[-1])
    assert len(set(sizes)) == 4


def test_recorded_runs_are_new_each_time_and_named() -> None:
    run = load_lstm_run("short")
    assert isinstance(run, LSTMRun)
    run.x[:] = 0
    assert load_lstm_run("short").x.any()
    with pytest.raises(ValueError, match="name: expected one of long, padded, short, got 'x'"):
        load_lstm_run("x")


def test_initial_weights(solution: dict[str, Any]) -> None:
    for seed in range(5):
        W_x, W_h, b = solution["init_lstm"](30, 25, seed, 2.0)
        for W in (W_x, W_h):
            assert np.abs(W).max() < 0.2
            assert np.abs(W).mean() == pytest.approx(0.1, rel=0.05)
        assert b.tolist() == [0] * 25 + [2] * 25 + [0] * 50


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_memory_cell_holds_for_500_steps(solution: dict[str, Any], seed: int) -> None:
    """In torch as well: what is written at the mark is kept, whatever else comes in."""
    x = np.zeros((1, 501, 2))
    x[0, :, 0] = np.random.default_rng(seed).uniform(-1, 1, 501)
    x[0, 0] = 0.9, 1.0
    weights = list(solution["memory_weights"](16.0))
    with torch.no_grad():
        _, (_, c_n) = torch_lstm(weights)(torch.from_numpy(x))
    assert c_n.item() == pytest.approx(np.tanh(0.9), abs=1e-4)
    zeros = np.zeros((1, 1))
    for alpha, low, high in ((10.8, 0.985, 0.995), (9.0, 0.92, 0.96), (3.0, -0.5, 0.5)):
        weights = solution["memory_weights"](alpha)
        _, c, _ = solution["lstm_forward"](x, zeros, zeros, *weights, np.array([501]))
        assert low < c[0, -1, 0] / c[0, 0, 0] < high


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_forget_bias_decides_how_far_the_gradient_reaches(
    solution: dict[str, Any], seed: int
) -> None:
    T, D, H = 100, 3, 20
    rng = np.random.default_rng(seed)
    x, zeros, at_50 = rng.normal(size=(1, T, D)), np.zeros((1, H)), []
    dh = np.zeros((1, T, H))
    dh[0, -1] = rng.normal(size=H)
    for forget_bias in (0.0, 1.0, 3.0):
        W_x, W_h, b = solution["init_lstm"](D, H, seed, forget_bias)
        run = solution["lstm_forward"](x, zeros, zeros, W_x, W_h, b, np.array([T]))
        dx = solution["lstm_backward"](dh, x, zeros, zeros, *run, W_x, W_h, np.array([T]))[0]
        norms = np.linalg.norm(dx[0, ::-1], axis=1)
        at_50.append(norms[50] / norms[0])
    assert at_50 == sorted(at_50)
    assert at_50[0] < 1e-8
    assert at_50[2] > 1e-2


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
    x_t, h_prev, _, *weights = calls["lstm_step_forward"][0]
    sizes = [(*x_t.shape, h_prev.shape[1])]
    x, h_0, _, *others, _ = calls["lstm_forward"][0]
    sizes.append((*x.shape, h_0.shape[1]))
    lengths = calls["lstm_forward"][1][-1]
    assert len(set(lengths)) == len(lengths)
    for _, x, h_0, *_, W_x, W_h, _ in calls["lstm_backward"]:
        sizes.append((*x.shape, h_0.shape[1]))
        weights += [W_x, W_h]
    for entry in sizes:
        assert len(set(entry)) == len(entry), entry
    for array in weights + others:
        assert np.abs(array).min() > 1e-3
        blocks = np.split(array, 4)
        assert all(np.abs(a - b).max() > 0.05 for a, b in combinations(blocks, 2))


def test_graded_path_is_light(assignment: Assignment, catalogue: Catalogue) -> None:
    recorded = record(assignment, catalogue)
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
