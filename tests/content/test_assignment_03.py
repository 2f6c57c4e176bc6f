"""Assignment 3: its solution against autograd and differences, its inputs, its experiments."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="assignment, union-attr"

import re
from typing import Any

import numpy as np
import pytest
import torch
from support.assignments import indistinct, repeated, visible_calls
from torch.nn import functional

from autograder.authoring.assignment import Assignment
from autograder.authoring.catalogue import read_catalogue, solution_sources, with_entry

NAME = "03-bptt"
GRADIENTS = ("dx", "dh_0", "dW_x", "dW_h", "db")


# --- the solution against autograd and differences -------------------------------------------

SHAPES = [(3, 7, 4, 5), (1, 6, 2, 3), (5, 1, 3, 2), (4, 60, 7, 9)]


def case(seed: int, N: int, T: int, D: int, H: int) -> tuple[list[np.ndarray], np.ndarray, Any]:
    """x, h_0, W_x, W_h, b; dh; lengths: all random."""
    rng = np.random.default_rng(seed)
    weights = [rng.uniform(-1, 1, shape) / np.sqrt(H) for shape in ((H, D), (H, H), (H,))]
    arrays = [rng.normal(size=(N, T, D)), rng.normal(size=(N, H)), *weights]
    return arrays, rng.normal(size=(N, T, H)), rng.integers(0, T + 1, size=N)


def unrolled_in_torch(
    arrays: list[np.ndarray], lengths: np.ndarray, K: int | None = None
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """All states, and the leaves they were computed from; the gradient is cut into chunks of K."""
    leaves = [torch.from_numpy(array).requires_grad_() for array in arrays]
    x, state, W_x, W_h, b = leaves
    states = []
    for t in range(x.shape[1]):
        if K is not None and t > 0 and t % K == 0:
            state = state.detach()
        stepped = torch.tanh(x[:, t] @ W_x.T + state @ W_h.T + b)
        state = torch.where(torch.from_numpy(t < lengths)[:, None], stepped, state)
        states.append(state)
    return torch.stack(states, dim=1), leaves


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("sizes", SHAPES)
def test_backward_agrees_with_autograd(
    solution: dict[str, Any], sizes: tuple[int, ...], seed: int
) -> None:
    arrays, dh, lengths = case(seed, *sizes)
    h, leaves = unrolled_in_torch(arrays, lengths)
    h.backward(torch.from_numpy(dh))
    x, h_0, W_x, W_h, _ = arrays
    assert np.abs(solution["rnn_forward"](*arrays, lengths) - h.detach().numpy()).max() < 1e-12
    mine = solution["rnn_backward"](dh, x, h.detach().numpy(), h_0, W_x, W_h, lengths)
    for name, array, leaf in zip(GRADIENTS, mine, leaves, strict=True):
        theirs = np.zeros_like(array) if leaf.grad is None else leaf.grad.numpy()
        assert np.abs(array - theirs).max() < 1e-8, name
    padding = np.arange(x.shape[1]) >= lengths[:, None]
    assert not mine[0][padding].any()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_backward_agrees_with_its_own_differences(solution: dict[str, Any], seed: int) -> None:
    arrays, dh, lengths = case(seed, 3, 5, 4, 2)
    x, h_0, W_x, W_h, _ = arrays
    h = solution["rnn_forward"](*arrays, lengths)
    mine = solution["rnn_backward"](dh, x, h, h_0, W_x, W_h, lengths)
    for i, (name, grad) in enumerate(zip(GRADIENTS, mine, strict=True)):

        def loss(value: np.ndarray, i: int = i) -> float:
            moved = [*arrays[:i], value, *arrays[i + 1 :]]
            return float((dh * solution["rnn_forward"](*moved, lengths)).sum())

        differences = solution["numerical_gradient"](loss, arrays[i])
        assert solution["gradient_error"](grad, differences) < 1e-8, name


@pytest.mark.parametrize("K", [1, 3, 7, 100])
@pytest.mark.parametrize("sizes", SHAPES)
def test_truncated_agrees_with_detach(
    solution: dict[str, Any], sizes: tuple[int, ...], K: int
) -> None:
    arrays, dh, _ = case(4, *sizes)
    N, T = sizes[:2]
    h, leaves = unrolled_in_torch(arrays, np.full(N, T), K)
    h.backward(torch.from_numpy(dh))
    x, h_0, W_x, W_h, _ = arrays
    mine = solution["rnn_backward_truncated"](dh, x, h.detach().numpy(), h_0, W_x, W_h, K)
    for name, array, leaf in zip(GRADIENTS, mine, leaves, strict=True):
        assert np.abs(array - leaf.grad.numpy()).max() < 1e-8, name


@pytest.mark.parametrize("scale", [1.0, 40.0, 2000.0])
def test_loss_gradient_agrees_with_autograd(solution: dict[str, Any], scale: float) -> None:
    rng = np.random.default_rng(7)
    logits = scale * rng.normal(size=(4, 9, 6))
    targets = rng.integers(0, 6, size=(4, 9))
    mask = np.arange(9) < np.array([[9], [2], [5], [1]])
    leaf = torch.from_numpy(logits).requires_grad_()
    functional.cross_entropy(
        leaf.flatten(0, 1), torch.from_numpy(np.where(mask, targets, -100)).flatten()
    ).backward()
    mine = solution["cross_entropy_backward"](logits, targets, mask)
    assert np.abs(mine - leaf.grad.numpy()).max() < 1e-12


def test_differences_agree_with_derivatives(solution: dict[str, Any]) -> None:
    x = np.random.default_rng(3).normal(size=(2, 3, 4))
    found = solution["numerical_gradient"](solution["cubes"], x)
    assert solution["gradient_error"](found, 3 * x**2) < 1e-8
    assert solution["gradient_error"](x, 1.5 * x) == pytest.approx(1 / 3)


# --- the inputs of the checks ----------------------------------------------------------------


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """All sizes differ, so that a transposed array fails; no weight is zero or symmetric."""
    by_cell = visible_calls(assignment, by="id")
    calls = {cell: first for cell, (first, *_) in by_cell.items()}
    sizes: list[list[int]] = []
    weights = []
    x, h_0, *others, _ = calls["test-forward"]
    sizes.append([*x.shape, h_0.shape[1]])
    weights += [h_0, *others]
    for cell in ("test-step", "test-step-edges"):
        dh_t, x_t, h_prev, h_t, *others = calls[cell]
        sizes.append([*x_t.shape, h_t.shape[1]] if cell == "test-step" else [])
        weights += [dh_t, h_prev, h_t, *others]
    for cell in ("test-backward", "test-backward-padding", "test-truncated"):
        dh, x, h, h_0, *others, last = calls[cell]
        extra = [last] if cell == "test-truncated" else []
        sizes.append([*x.shape, h.shape[2], *extra])
        weights += [dh, h, h_0, *others]
    for cell in ("test-loss", "test-loss-edges"):
        sizes.append(list(calls[cell][0].shape))
    assert not repeated(sizes)
    assert not indistinct(weights, smallest=1e-4, asymmetry=0.1)
    rows = [array for array in weights if array.ndim < 3 and len(array) == 5]
    assert not indistinct(rows, smallest=0.01)
    lengths = calls["test-backward-padding"][-1]
    assert len(set(lengths)) == len(lengths)
    dh, *_, lengths = calls["test-backward-padding"]
    padding = np.arange(dh.shape[1]) >= lengths[:, None]
    assert np.abs(dh[padding]).min() > 1e-3  # losses in the padding are there to be handed on


def test_tests_hand_over_nothing_that_is_defined_by_student_cells(assignment: Assignment) -> None:
    """Functions passed to `numerical_gradient` are those of the setup cell, or lambdas."""
    setup: dict[str, Any] = {}
    for cell in assignment.of_role("setup"):
        exec(cell.source, setup)
    for cell in assignment.of_role("tests"):
        for given in re.findall(r"numerical_gradient\((\w+)", cell.source):
            assert given == "lambda" or callable(setup[given]), cell.id


# --- the experiments -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def notebook(assignment: Assignment) -> dict[str, Any]:
    """What the notebook has defined after its experiments, with the solution."""
    import matplotlib

    defined: dict[str, Any] = {}
    with matplotlib.rc_context({"backend": "agg"}):
        for cell in assignment.cells:
            if cell.type == "code" and cell.role in ("setup", "solution", ""):
                exec(cell.source, defined)
    return defined


def test_the_gradient_check_of_the_notebook_is_a_v(notebook: dict[str, Any]) -> None:
    steps, errors = notebook["steps_tried"], notebook["errors"]
    best = int(np.argmin(errors))
    assert 1e-6 <= steps[best] <= 1e-4
    assert errors[best] < 1e-9
    assert errors[0] > 1e-3
    assert errors[-1] > 1e-5


def test_the_network_of_the_notebook_learns_from_delay_plus_one(notebook: dict[str, Any]) -> None:
    for K, shares in notebook["shares"].items():
        if notebook["delay"] >= K:
            assert min(shares) > 0.8, K
        else:
            assert max(shares) < 0.3, K


@pytest.mark.slow
def test_with_most_mistakes_the_loss_still_falls(
    assignment: Assignment, notebook: dict[str, Any]
) -> None:
    """So says the chapter: what a wrong gradient trains shows little of the mistake."""
    mistakes = read_catalogue(assignment).misconceptions
    mistakes = [entry for entry in mistakes if entry.of.startswith("rnn_")]
    mistakes = [entry for entry in mistakes if "backward" in entry.of]
    (cell,) = (cell.source for cell in assignment.cells if "def train_echo" in cell.source)
    echo = cell.partition("\n\n\n")[0]
    falls = []
    for entry in mistakes:
        names = dict(notebook)
        for source in with_entry(assignment, solution_sources(assignment), entry).values():
            exec(source, names)
        exec(echo, names)
        try:
            shares = [names["train_echo"](4, seed, 1, 80, T=8) for seed in (0, 1, 2)]
        except ValueError:
            shares = [np.inf]
        falls.append(max(shares) < 0.9)
    assert np.mean(falls) > 0.8
