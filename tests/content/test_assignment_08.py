"""Assignment 8: its solution against PyTorch and central differences, and its inputs."""

import math
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from support.assignments import (
    PACES,
    central_differences,
    indistinct,
    measured,
    repeated,
    visible_calls,
)
from torch.nn.functional import linear

from autograder.authoring.assignment import Assignment

NAME = "08-skip-connections"


# --- the solution against PyTorch ------------------------------------------------------------

KINDS = ["plain", "residual", "highway", "dense"]
SIZES = [(3, 4, 6), (1, 5, 2), (6, 2, 7), (4, 9, 3)]  # N, H, inner or new units


def random_block(rng: np.random.Generator, kind: str, H: int, size: int) -> tuple[str, list[Any]]:
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

    def loss(*arrays: np.ndarray) -> float:
        return float((solution[f"{kind}_forward"](*arrays)[0] * dy).sum())

    for one, other in zip(mine, central_differences(loss, inputs), strict=True):
        assert one == pytest.approx(other, abs=1e-7)


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


# --- what the written answer is about --------------------------------------------------------


@pytest.fixture(scope="module")
def experiment(assignment: Assignment, solution: dict[str, Any]) -> dict[str, Any]:
    """What the two experiment cells leave behind."""
    defined = dict(solution)
    with measured() as taken:
        for cell in assignment.cells:
            if cell.type == "code" and "random_blocks" in cell.source:
                exec(cell.source, defined)
    assert taken.paces < PACES
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


# --- the inputs of the checks ----------------------------------------------------------------


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """All sizes differ, so that a transposed array fails; no weight is zero."""
    calls = visible_calls(assignment)
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
    assert not repeated(sizes)
    assert not indistinct(weights, smallest=1e-4, asymmetry=0.05)
    (J,) = calls["paths_by_length"][0]
    assert np.abs(J - J.transpose(0, 2, 1)).max() > 0.05
