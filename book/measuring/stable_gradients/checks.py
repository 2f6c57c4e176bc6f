"""Clipping against PyTorch's, gradients of ReLU against autograd, and the bound on angles."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from prelude import glue

#: The page's clipping by norm: shortens gradients in place and returns their norm before.
Clip = Callable[..., Tensor]
#: The page's identity RNN, by its sizes D and H.
MakeRNN = Callable[..., Any]


def some_gradients(scale: float) -> list[nn.Parameter]:
    """Return three weights of different shapes with gradients in place."""
    shapes = ((5, 3), (5, 5), (5,))
    weights = [nn.Parameter(torch.zeros(shape, dtype=torch.float64)) for shape in shapes]
    for weight in weights:
        weight.grad = scale * torch.randn_like(weight)
    return weights


def _gradients(weights: Sequence[nn.Parameter]) -> list[Tensor]:
    return [weight.grad for weight in weights if weight.grad is not None]


def clip_like_pytorch(clip_by_norm: Clip) -> None:
    """Print how far clipping of a long and of a short gradient is from PyTorch's."""
    torch.manual_seed(0)
    for name, scale, tolerance in (("long", 10.0, 1e-6), ("short", 0.01, 1e-14)):
        weights = some_gradients(scale)
        mine = [gradient.clone() for gradient in _gradients(weights)]
        norm = clip_by_norm(mine, 1.0)
        their_norm = nn.utils.clip_grad_norm_(weights, 1.0)
        worst = max((m - g).abs().max().item() for m, g in zip(mine, _gradients(weights)))
        difference = max(worst, (norm - their_norm).abs().item())
        print(f"a {name} gradient of norm {norm:7.3f}: largest difference {difference:.1e}")
        assert difference < tolerance


def relu_backward(
    dh: Tensor, a: Tensor, h_prev: Tensor, x_t: Tensor, W_h: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return gradients of one ReLU step: h_prev, W_h, W_x, b (column vectors)."""
    da = dh * (a > 0)
    return W_h.T @ da, torch.outer(da, h_prev), torch.outer(da, x_t), da


def span_jacobian(rnn: Any, x: Tensor, h_k: Tensor) -> Tensor:
    """Return dh_t / dh_k of a ReLU RNN over all steps of x (T, D), by autograd."""

    def run(h: Tensor) -> Tensor:
        for x_t in x:
            h = torch.relu(rnn.weight_ih_l0 @ x_t + rnn.bias_ih_l0 + rnn.weight_hh_l0 @ h)
        return h

    jacobian: Tensor = torch.autograd.functional.jacobian(run, h_k)
    return jacobian


def _active_throughout(rnn: Any, x: Tensor, h: Tensor) -> Tensor:
    """Return which units of an identity RNN stay active over all steps of x (T, D)."""
    active = torch.ones(len(h), dtype=torch.bool)
    for x_t in x:
        a = h + rnn.weight_ih_l0.detach() @ x_t
        active &= a > 0
        h = torch.relu(a)
    return active


def follow_relu(identity_rnn: MakeRNN) -> None:
    """Print how far one ReLU step backward, and the Jacobian over a span, are from autograd."""
    torch.manual_seed(1)
    D, H, T = 3, 7, 40
    W_x, W_h, b, x_t, h_prev = (
        torch.randn(shape, dtype=torch.float64, requires_grad=True)
        for shape in ((H, D), (H, H), (H,), (D,), (H,))
    )
    a = W_x @ x_t + W_h @ h_prev + b
    dh = torch.randn(H, dtype=torch.float64)
    theirs = torch.autograd.grad(torch.relu(a) @ dh, (h_prev, W_h, W_x, b))
    mine = relu_backward(dh, a, h_prev, x_t, W_h)
    one_step = max((m - t).abs().max().item() for m, t in zip(mine, theirs))

    rnn = identity_rnn(D, H).double()
    x, h_k = torch.randn(T, D, dtype=torch.float64), torch.full((H,), 2.0, dtype=torch.float64)
    jacobian, active = span_jacobian(rnn, x, h_k), _active_throughout(rnn, x, h_k)
    span = (jacobian - torch.diag(active.double())).abs().max().item()
    print(f"one ReLU step backward: largest difference {one_step:.1e}")
    print(f"Jacobian over {T} steps: largest difference {span:.1e}")
    print("its diagonal:", jacobian.diagonal().int().tolist())
    assert one_step < 1e-12
    assert span == 0
    assert 0 < active.sum() < H


def cosine_by_value(g: Tensor, limit: float) -> Tensor:
    """Return the cosine between gradients (..., P) and themselves clipped by value."""
    return torch.cosine_similarity(g.clamp(-limit, limit), g, dim=-1)


def turn_by_value() -> None:
    """Print cosines of clipping by value for usual, skewed and worst gradients, and the bound."""
    torch.manual_seed(2)
    cosines: list[Any] = []
    for P in (4, 100, 10_000):
        g = torch.randn(300, P, dtype=torch.float64)
        skewed = g**5  # few numbers are much larger than the rest
        worst = torch.ones(P, dtype=torch.float64)
        worst[0] = 1e9
        cosines = [
            cosine_by_value(g, 0.1).min(),
            cosine_by_value(skewed, 0.1).min(),
            cosine_by_value(worst, 1.0),
        ]
        bound = 1 / math.sqrt(P)
        print(f"P = {P:6}: cosine", *(f"{c:.4f}" for c in cosines), f" bound {bound:.4f}")
        assert min(cosines) >= bound - 1e-9
        assert cosines[-1] < bound * (1 + 1e-4)
    glue("angle_n", 10_000)
    for name, cosine in zip(("normal", "skewed", "worst"), cosines):
        glue(f"angle_{name}", math.degrees(math.acos(cosine)))
