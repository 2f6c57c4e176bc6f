"""Assignment 9: its solution against PyTorch and central differences, and its inputs."""

from typing import Any

import numpy as np
import pytest
import torch
from support.assignments import central_differences, filled, indistinct, repeated, visible_calls
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from autograder.authoring.assignment import Assignment

NAME = "09-bidirectional"


# --- the solution against PyTorch ------------------------------------------------------------

SHAPES = [(3, 7, 4, 5), (1, 6, 2, 3), (5, 1, 3, 2), (4, 60, 7, 9)]
PARTS = [
    f"{part}_l0{end}" for end in ("", "_reverse") for part in ("weight_ih", "weight_hh", "bias_ih")
]

Weights = tuple[np.ndarray, np.ndarray, np.ndarray]


def random_weights(rng: np.random.Generator, D: int, H: int) -> Weights:
    W_x, W_h, b = (rng.uniform(-1, 1, shape) / np.sqrt(H) for shape in ((H, D), (H, H), (H,)))
    return W_x, W_h, b


def torch_rnn(weights: Weights, weights_reverse: Weights) -> torch.nn.RNN:
    """A float64 bidirectional `torch.nn.RNN` with the given weights; its second biases are zero."""
    H, D = weights[0].shape
    rnn = torch.nn.RNN(D, H, batch_first=True, bidirectional=True, dtype=torch.float64)
    stored = [*weights, np.zeros(H), *weights_reverse, np.zeros(H)]
    return filled(rnn, stored)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("N", "T", "D", "H"), SHAPES)
def test_forward_and_backward_agree_with_torch(
    solution: dict[str, Any], N: int, T: int, D: int, H: int, seed: int
) -> None:
    """On a padded batch of unequal lengths, to 1e-8 in float64."""
    rng = np.random.default_rng(seed)
    both = random_weights(rng, D, H), random_weights(rng, D, H)
    x, lengths = rng.normal(size=(N, T, D)), rng.integers(1, T + 1, size=N)
    inside = (np.arange(T) < lengths[:, None])[..., None]
    rnn = torch_rnn(*both)
    leaf = torch.from_numpy(x).requires_grad_()
    packed = pack_padded_sequence(
        leaf, torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
    )
    packed_h, h_n = rnn(packed)
    their_h, _ = pad_packed_sequence(packed_h, batch_first=True, total_length=T)
    their_s = torch.cat([h_n[0], h_n[1]], dim=1)

    h = solution["bidirectional_forward"](x, lengths, *both)
    s = solution["both_ends"](h, lengths)
    assert np.abs(h * inside - their_h.detach().numpy()).max() < 1e-8
    assert np.abs(s - their_s.detach().numpy()).max() < 1e-8

    dh, ds = rng.normal(size=h.shape), rng.normal(size=s.shape)
    loss = (their_h * torch.from_numpy(dh * inside)).sum()
    loss = loss + (their_s * torch.from_numpy(ds)).sum()
    theirs = torch.autograd.grad(loss, [leaf, *(getattr(rnn, part) for part in PARTS)])
    dh_all = dh + solution["both_ends_backward"](ds, lengths, T)
    h = np.where(inside, h, np.nan)  # nothing may depend on the padding
    dx, grads, grads_reverse = solution["bidirectional_backward"](dh_all, x, lengths, h, *both)
    mine = [dx, *grads, *grads_reverse]
    for name, one, other in zip(["x", *PARTS], mine, theirs, strict=True):
        assert np.abs(one - other.numpy()).max() < 1e-8, name


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gradients_agree_with_central_differences(
    solution: dict[str, Any], seed: int, reverse: bool
) -> None:
    rng = np.random.default_rng(seed)
    N, T, D, H = 3, 5, 4, 2
    inputs = [rng.normal(size=(N, T, D)), *random_weights(rng, D, H)]
    lengths, dh = np.array([5, 1, 3]), rng.normal(size=(N, T, H))
    dh *= (np.arange(T) < lengths[:, None])[..., None]

    def states(x: np.ndarray, *weights: np.ndarray) -> np.ndarray:
        return solution["rnn_direction"](x, lengths, *weights, reverse)

    mine = solution["direction_backward"](
        dh, inputs[0], lengths, states(*inputs), *inputs[1:3], reverse
    )
    theirs = central_differences(lambda *arrays: (states(*arrays) * dh).sum(), inputs)
    for name, one, other in zip(("x", "W_x", "W_h", "b"), mine, theirs, strict=True):
        assert one == pytest.approx(other, abs=1e-8), name


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_order_turns_a_batch_and_is_its_own_inverse(
    solution: dict[str, Any], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    N, T = 5, 8
    lengths, x = rng.integers(1, T + 1, size=N), rng.normal(size=(N, T))
    order = solution["reading_order"](lengths, T)
    turned = np.take_along_axis(x, order, axis=1)
    for n, length in enumerate(lengths):
        assert np.array_equal(turned[n, :length], x[n, :length][::-1])
        assert np.array_equal(turned[n, length:], x[n, length:])
    assert np.array_equal(np.take_along_axis(turned, order, axis=1), x)


@pytest.mark.parametrize(("D", "H", "C"), [(4, 5, 3), (1, 1, 1), (30, 12, 7)])
def test_parameters_are_those_of_torch_less_the_second_biases(
    solution: dict[str, Any], D: int, H: int, C: int
) -> None:
    for both in (False, True):
        rnn = torch.nn.RNN(D, H, bidirectional=both)
        output = torch.nn.Linear(2 * H if both else H, C)
        named = [*rnn.named_parameters(), *output.named_parameters()]
        counted = sum(p.numel() for name, p in named if "bias_hh" not in name)
        assert solution["count_parameters"](D, H, C, both) == counted


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_lookahead_of_a_network_is_that_of_its_jacobian(
    solution: dict[str, Any], ahead: int, seed: int
) -> None:
    """A window that reaches `ahead` steps ahead, and an RNN in either direction."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, 7, 3))
    weights = random_weights(rng, 3, 4)
    padded = np.zeros((2, ahead, 3))
    full = np.full(2, 7)
    solution["MODELS"] |= {
        "window": lambda x: np.tanh(x + np.concatenate([x[:, ahead:], padded], axis=1)[:, :7]),
        "forward": lambda x: solution["rnn_direction"](x, full, *weights),
        "reverse": lambda x: solution["rnn_direction"](x, full, *weights, True),
    }
    assert solution["lookahead"]("window", x) == ahead
    assert solution["lookahead"]("forward", x) == 0
    jacobian = torch.autograd.functional.jacobian(
        lambda x: torch_rnn(weights, weights)(x)[0][..., 4:].sum(dim=(0, 2)), torch.from_numpy(x)
    )
    moved = jacobian.abs().sum(dim=(1, 3)).numpy() > 1e-6
    t, k = np.nonzero(moved)
    assert solution["lookahead"]("reverse", x) == (k - t).max()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_experiment_shows_a_model_that_cheats(
    solution: dict[str, Any], assignment: Assignment, seed: int
) -> None:
    """One seed of the experiment's cell, without its figure."""
    (cell,) = (
        cell
        for cell in assignment.cells
        if "share_right_cut" in cell.source or "def share_right" in cell.source
    )
    source = cell.source.replace("range(3)", f"range({seed}, {seed + 1})")
    source = "\n".join(
        line
        for line in source.split("\nuse_style()")[0].split("\n")
        if "matplotlib" not in line and "unrolled.figures" not in line
    )
    defined = dict(solution)
    exec(source, defined)
    (row,) = defined["shares"]
    assert row[0] == row[1]
    assert 25 < row[0] < 45
    assert row[2] > 93
    assert row[3] < 22
    x = np.random.default_rng(seed).normal(size=(2, 6, defined["V"]))
    assert defined["lookahead"]("one direction", x) == 0
    assert defined["lookahead"]("two directions", x) > 0


# --- the inputs of the checks ----------------------------------------------------------------


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """All sizes differ, so that a transposed array fails; no weight is zero."""
    calls = visible_calls(assignment)
    sizes, weights = [], []
    for x, _, W_x, W_h, b, *_ in calls["rnn_direction"]:
        sizes.append((*x.shape, len(b)))
        weights += [W_x, W_h, b]
    assert len(set(calls["rnn_direction"][2][1])) == 3
    for x, _, one, other in calls["bidirectional_forward"]:
        sizes.append((*x.shape, len(one[2])))
        weights += [*one, *other]
        assert all(np.abs(a - b).max() > 0.05 for a, b in zip(one, other, strict=True))
    for _, x, _, h, W_x, W_h, _ in calls["direction_backward"]:
        sizes.append((*x.shape, h.shape[2]))
        weights += [W_x, W_h]
    for _, x, _, h, one, other in calls["bidirectional_backward"]:
        sizes.append((*x.shape, h.shape[2] // 2))
        weights += [*one, *other]
    for h, lengths in calls["both_ends"][:1]:
        sizes.append(h.shape)
        assert len(set(lengths)) == len(lengths)
    assert not repeated(entry for entry in sizes if 1 not in entry)  # a test with a single step
    assert not indistinct(weights, smallest=1e-3, asymmetry=0.1)
