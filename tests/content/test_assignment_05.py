"""Assignment 5: its solution against PyTorch and differences, its inputs, its experiment."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="arg-type, index, misc, union-attr"

import re
from typing import Any

import numpy as np
import pytest
import torch
from support.assignments import central_differences, indistinct, visible_calls

from autograder.authoring.assignment import Assignment

NAME = "05-stable-gradients"
SEEDS = (0, 1, 2)


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

    def loss(*moved: np.ndarray) -> float:
        return float(np.sum(solution["relu_step_forward"](*moved) * dh_t))

    for m, difference in zip(mine, central_differences(loss, arrays, 1e-6), strict=True):
        assert m == pytest.approx(difference, abs=1e-7)


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

        def loss(*moved: np.ndarray, of: Any = loss_and_grads) -> float:
            return float(of(moved)[0])

        _, grads = loss_and_grads(place)
        for g, difference in zip(grads, central_differences(loss, place, 1e-6), strict=True):
            assert difference == pytest.approx(g, rel=1e-5, abs=1e-8)


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


# --- the inputs of the checks ----------------------------------------------------------------


def test_inputs_hide_no_mistake(assignment: Assignment, solution: dict[str, Any]) -> None:
    """Sizes differ, no weight is zero or symmetric, and both branches of every case are met."""
    calls = visible_calls(assignment, by="id")
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
    assert not indistinct(weights, smallest=0.005, asymmetry=0.1)
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
