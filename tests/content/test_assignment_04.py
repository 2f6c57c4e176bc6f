"""Assignment 4: its solution against PyTorch and differences, its inputs, its experiment."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="arg-type, operator"

import re
from typing import Any

import numpy as np
import pytest
import torch
from support.assignments import indistinct, repeated, visible_calls

from autograder.authoring.assignment import Assignment

NAME = "04-vanishing-and-exploding"
SEEDS = (0, 1, 2)


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


# --- the inputs of the checks ----------------------------------------------------------------


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """All sizes differ, so that a transposed array fails; no weight is zero or symmetric."""
    calls = visible_calls(assignment)
    x_t, h_prev, *weights = calls["step_jacobian"][0]
    sizes = [[*x_t.shape, h_prev.shape[1]]]
    weights = list(weights)
    for name in ("span_jacobian", "gradient_norms"):
        jacobians = calls[name][0][0]
        sizes.append(list(jacobians.shape[:3]))
        weights += list(jacobians.reshape(-1, *jacobians.shape[2:]))
    weights += [calls["gradient_bound"][0][0], calls["spectral_radius"][0][0]]
    assert not repeated(sizes)
    assert not indistinct(weights, smallest=1e-4, asymmetry=0.1)


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
