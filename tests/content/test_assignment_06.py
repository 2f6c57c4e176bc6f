"""Assignment 6: its solution against PyTorch and central differences, and its inputs."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="list-item"

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from support.assignments import central_differences, filled, indistinct, repeated, visible_calls
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from autograder.authoring.assignment import Assignment
from unrolled.models import LSTMRun, load_lstm_run

NAME = "06-lstm"


# --- the solution against PyTorch ------------------------------------------------------------

SHAPES = [(3, 7, 4, 5), (1, 6, 2, 3), (5, 1, 3, 2), (4, 60, 7, 9)]
NAMES = ("dx", "dh_0", "dc_0", "dW_x", "dW_h", "db")


def random_weights(rng: np.random.Generator, D: int, H: int) -> list[np.ndarray]:
    return [rng.uniform(-1, 1, shape) / np.sqrt(H) for shape in ((4 * H, D), (4 * H, H), (4 * H,))]


def torch_lstm(weights: list[np.ndarray]) -> torch.nn.LSTM:
    """A float64 `torch.nn.LSTM` with the given W_x, W_h, b; its second bias is zero."""
    (_, D), (_, H) = weights[0].shape, weights[1].shape
    lstm = torch.nn.LSTM(D, H, batch_first=True, dtype=torch.float64)
    return filled(lstm, [*weights, np.zeros(4 * H)])


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

    def loss(*arrays: np.ndarray) -> float:
        return float((solution["lstm_forward"](*arrays, lengths)[0] * dh).sum())

    for name, one, other in zip(NAMES, mine, central_differences(loss, inputs), strict=True):
        assert one == pytest.approx(other, abs=1e-8), name


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


# --- the inputs of the checks ----------------------------------------------------------------


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """All sizes differ, so that a transposed array fails; no weight is zero."""
    calls = visible_calls(assignment)
    x_t, h_prev, _, *weights = calls["lstm_step_forward"][0]
    sizes = [(*x_t.shape, h_prev.shape[1])]
    x, h_0, _, *others, _ = calls["lstm_forward"][0]
    sizes.append((*x.shape, h_0.shape[1]))
    lengths = calls["lstm_forward"][1][-1]
    assert len(set(lengths)) == len(lengths)
    for _, x, h_0, *_, W_x, W_h, _ in calls["lstm_backward"]:
        sizes.append((*x.shape, h_0.shape[1]))
        weights += [W_x, W_h]
    assert not repeated(sizes)
    assert not indistinct(weights + others, smallest=1e-3)
    for array in weights + others:
        blocks = np.split(array, 4)
        assert all(np.abs(a - b).max() > 0.05 for a, b in combinations(blocks, 2))
