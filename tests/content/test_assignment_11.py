"""Assignment 11: its solution against PyTorch and central differences, and its inputs."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="call-overload"

from typing import Any

import numpy as np
import pytest
import torch
from support.assignments import (
    central_differences,
    definitions,
    indistinct,
    repeated,
    visible_calls,
)
from torch.nn.functional import conv1d

from autograder.authoring.assignment import Assignment

NAME = "11-convolutions"


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

    def loss(E: Any, W_y: Any, b_y: Any, *flat: Any) -> float:
        pairs = list(zip(flat[::2], flat[1::2], strict=True))
        logits, *_ = solution["kim_forward"](ids, lengths, E, pairs, W_y, b_y)
        return float((logits * dlogits).sum())

    flat, dflat = ([array for pair in pairs for array in pair] for pairs in (filters, dfilters))
    theirs = central_differences(loss, [E, W_y, b_y, *flat], 1e-6)
    for one, other in zip([dE, dW_y, db_y, *dflat], theirs, strict=True):
        assert one == pytest.approx(other, abs=1e-7)


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
    defined = definitions(assignment)
    [cell] = [cell for cell in assignment.cells if "def train_classifier" in cell.source]
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


# --- the inputs of the checks ----------------------------------------------------------------


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """All sizes differ, so that a transposed array fails; no weight is zero."""
    calls = visible_calls(assignment)
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
    assert not repeated(sizes)
    assert not indistinct(weights, smallest=1e-4)
    for array in weights:
        if array.ndim == 3 and array.shape[2] > 1:
            assert np.abs(array - array[:, :, ::-1]).max() > 0.05
