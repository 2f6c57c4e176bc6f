"""Networks of random weights: their gradients by distance, products of Jacobians, and bounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from prelude import glue, tenfold

# The page's: a run of a network, which gives states (N, T, H) and Jacobians (N, T, H, H), and the
# products (N, T + 1, H, H) of those Jacobians.
StatesAndJacobians = Callable[..., tuple[Tensor, Tensor]]
Products = Callable[[Tensor], Tensor]
Network = tuple[Tensor, Tensor, Tensor]


class Compared(NamedTuple):
    """Norms (N, T + 1) of dh_t / dh_0: at the bound, driven by inputs, and of a random W_h."""

    tight: Tensor
    driven: Tensor
    random: Tensor
    alpha: Tensor  # the norm of the random W_h


def norm(A: Tensor) -> Tensor:
    """Return the largest singular value of each matrix (..., H, H)."""
    largest: Tensor = torch.linalg.matrix_norm(A, ord=2)
    return largest


def spectral_radius(A: Tensor) -> Tensor:
    """Return the largest absolute eigenvalue of each matrix (..., H, H)."""
    largest: Tensor = torch.linalg.eigvals(A).abs().amax(dim=-1)
    return largest


def random_network(D: int, H: int, radius: float, seed: int) -> Network:
    """Return W_x, W_h, b with W_h random, scaled to a spectral radius."""
    generator = torch.Generator().manual_seed(seed)
    W_x, W_h = (
        torch.randn(H, n, generator=generator, dtype=torch.float64) / math.sqrt(n) for n in (D, H)
    )
    return W_x, W_h * radius / spectral_radius(W_h), torch.zeros(H, dtype=torch.float64)


def gradient_by_distance(
    x: Tensor, h_0: Tensor, W_x: Tensor, W_h: Tensor, b: Tensor, seed: int = 0
) -> Tensor:
    """Return norms (N, T + 1) of the gradient of a loss at the last state."""
    states = [h_0.clone().requires_grad_()]
    for x_t in x.unbind(dim=1):
        states.append(torch.tanh(x_t @ W_x.T + states[-1] @ W_h.T + b))
    generator = torch.Generator().manual_seed(seed)
    direction = torch.randn(h_0.shape, generator=generator, dtype=h_0.dtype)
    loss = (states[-1] * nn.functional.normalize(direction)).sum()
    gradients = torch.autograd.grad(loss, states)
    return torch.stack([g.norm(dim=1) for g in reversed(gradients)], dim=1)


def idea() -> dict[float, Tensor]:
    """Return gradients by distance for three scales; keep what the text tells of one number."""
    torch.manual_seed(0)
    x, h_0 = 0.3 * torch.randn(16, 60, 4).double(), torch.zeros(16, 32).double()
    glue("idea_steps", 50)
    glue("idea_low", 0.9**50)
    glue("idea_high", 1.1**50)
    glue("unit_gap", 20)
    glue("unit_sigmoid", tenfold(0.25**20))
    glue("unit_tanh_low", 0.9**20)
    glue("unit_tanh_high", 1.1**20)
    return {
        radius: gradient_by_distance(x, h_0, *random_network(4, 32, radius, 1))
        for radius in (0.6, 1.4, 3.5)
    }


def check(states_and_jacobians: StatesAndJacobians, products_from_first: Products) -> None:
    """Print how far a product of Jacobians is from autograd and from central differences."""
    torch.manual_seed(0)
    T, D, H = 7, 3, 5
    network = random_network(D, H, radius=1.4, seed=2)
    x, h_0 = torch.randn(1, T, D).double(), torch.randn(1, H).double() / 2

    def last_state(h: Tensor) -> Tensor:
        return states_and_jacobians(x, h[None], *network)[0][0, -1]

    J = states_and_jacobians(x, h_0, *network)[1]
    product = products_from_first(J)[0, -1]
    by_autograd: Any = torch.autograd.functional.jacobian(last_state, h_0[0])
    pushes = 1e-5 * torch.eye(H).double()
    differences = [last_state(h_0[0] + push) - last_state(h_0[0] - push) for push in pushes]
    turned = J[0, 0]
    for J_t in J[0, 1:]:
        turned = turned @ J_t
    apart = {
        "autograd": (product - by_autograd).abs().max().item(),
        "differences": (product - torch.stack(differences, dim=1) / 2e-5).abs().max().item(),
        "wrong order": (turned - by_autograd).abs().max().item(),
    }
    for name, difference in apart.items():
        print(f"{name:>11}: largest difference {difference:.0e}")
    assert apart["autograd"] < 1e-12
    assert apart["differences"] < 1e-8
    assert apart["wrong order"] > 1e-3
    glue("agreement", tenfold(apart["autograd"]))
    glue("agreement_differences", tenfold(apart["differences"]))


def measured(
    states_and_jacobians: StatesAndJacobians,
    products_from_first: Products,
    x: Tensor,
    network: Network,
) -> Tensor:
    """Return norms (N, T + 1) of dh_t / dh_0."""
    h_0 = torch.zeros(len(x), network[1].shape[0]).double()
    return norm(products_from_first(states_and_jacobians(x, h_0, *network)[1]))


def against_bound(
    states_and_jacobians: StatesAndJacobians, products_from_first: Products
) -> list[Compared]:
    """Return what three networks measure beside their bounds; keep what the text tells."""
    H, T = 32, 60
    curves = []

    def norms(x: Tensor, *network: Tensor) -> Tensor:
        W_x, W_h, b = network
        return measured(states_and_jacobians, products_from_first, x, (W_x, W_h, b))

    for seed in (0, 1, 2):
        torch.manual_seed(seed)
        x = torch.randn(4, T, 4).double()
        W_x, W_h, b = random_network(4, H, 0.9, seed)
        Q = torch.linalg.qr(W_h).Q
        tight = norms(0 * x, W_x, 0.95 * Q, b)
        driven = norms(0.5 * x, W_x, 0.95 * Q, b)
        random = norms(0.5 * x, W_x, W_h, b)
        curves.append(Compared(tight, driven, random, norm(W_h)))
        distances = torch.arange(T + 1, dtype=torch.float64)
        assert (random <= norm(W_h) ** distances * (1 + 1e-9)).all()
        assert torch.allclose(tight, (0.95**distances).expand_as(tight))
        assert (driven <= tight * (1 + 1e-9)).all()
    _keep_bound(curves)
    return curves


def _keep_bound(curves: list[Compared]) -> None:
    random_norms = [curve.alpha.item() for curve in curves]
    last = torch.stack([curve.random[:, 50] for curve in curves])
    driven = torch.stack([curve.driven[:, 60] for curve in curves])
    glue("bound_norm_low", min(random_norms))
    glue("bound_norm_high", max(random_norms))
    glue("bound_fifty_low", tenfold(min(random_norms) ** 50))
    glue("measured_fifty_high", tenfold(last.max().item()))
    glue("driven_sixty", tenfold(driven.median().item()))
    glue("tight_sixty", 0.95**60)
    assert min(random_norms) > 1
    assert last.max() < 1e-3
