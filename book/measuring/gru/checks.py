"""The step of a GRU held against PyTorch, autograd and the bound, in both conventions.

Each function takes the page's classes: the GRU of the lectures, and PyTorch's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils import rnn as torch_rnn

from prelude import glue

Kind = Callable[[int, int], Any]  # D and H, to a network of the page
SEEDS = (0, 1, 2)
NAMES = ("W_x", "W_h", "b_x", "b_h")


def _torch_gru(mine: Any) -> nn.GRU:
    """Return PyTorch's GRU with the weights of ours."""
    (_, D), (_, H) = mine.W_x.shape, mine.W_h.shape
    theirs = nn.GRU(D, H, batch_first=True).to(mine.W_x)
    with torch.no_grad():
        for weight, own in zip(theirs.parameters(), mine.parameters()):
            weight.copy_(own)
    return theirs


def _run_packed(net: nn.GRU, x: Tensor, h_0: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Return PyTorch's states, zero in the padding, and final states."""
    packed = torch_rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    h, h_n = net(packed, h_0[None])
    return torch_rnn.pad_packed_sequence(h, batch_first=True, total_length=x.shape[1])[0], h_n[0]


def differences_from_pytorch(
    TorchGRU: Kind,
    lengths: Sequence[int] = (9, 1, 6, 4),
    seed: int = 0,
    *,
    T: int = 9,
    D: int = 3,
    H: int = 5,
) -> dict[str, float]:
    """Return the largest differences, forward and backward, on a padded batch."""
    torch.manual_seed(seed)
    mine, N = TorchGRU(D, H).double(), len(lengths)
    theirs, ends = _torch_gru(mine), torch.tensor(lengths)
    x = torch.randn(N, T, D).double().requires_grad_()
    h_0 = torch.randn(N, H).double().requires_grad_()
    target = torch.randn(N, H).double()
    h, _ = mine(x, ends, h_0)
    their_h, h_n = _run_packed(theirs, x, h_0, ends)
    h_running = h * (torch.arange(T) < ends[:, None])[..., None]
    found = {"hidden states": h_running - their_h, "final hidden states": h[:, -1] - h_n}
    loss = h_running.pow(2).sum() + (h[:, -1] * target).sum()
    their_loss = their_h.pow(2).sum() + (h_n * target).sum()
    ours = torch.autograd.grad(loss, [x, h_0, *mine.parameters()])
    others = torch.autograd.grad(their_loss, [x, h_0, *theirs.parameters()])
    for name, one, other in zip(("x", "h_0", *NAMES), ours, others):
        found[f"gradient of {name}"] = one - other
    return {name: gap.abs().max().item() for name, gap in found.items()}


def compare_with_pytorch(TorchGRU: Kind) -> dict[str, float]:
    """Print and return the largest differences from PyTorch."""
    differences = differences_from_pytorch(TorchGRU)
    for name, difference in differences.items():
        print(f"{name:>19}: largest difference {difference:.0e}")
    assert max(differences.values()) < 1e-8
    return differences


def _back_lectures(
    gru: Any, h_prev: Tensor, gates: tuple[Tensor, ...], d_g: Tensor, d_z: Tensor
) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    """Return what the lectures' form derives: δ^r, the gradient through weights, ∂W_h, none."""
    r, (W_r, W_z, W_g) = gates[0], gru.W_h.chunk(3)
    e = W_g.T @ d_g
    d_r = e * h_prev * r * (1 - r)
    pairs = (d_r, h_prev), (d_z, h_prev), (d_g, r * h_prev)
    dW_h = torch.cat([torch.outer(*pair) for pair in pairs])
    return d_r, e * r + W_r.T @ d_r + W_z.T @ d_z, dW_h, []


def _back_torch(
    gru: Any, h_prev: Tensor, gates: tuple[Tensor, ...], d_g: Tensor, d_z: Tensor
) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    """Return what PyTorch's form derives: δ^r, the gradient through weights, ∂W_h, ∂b_h."""
    r, W_g, b_g = gates[0], gru.W_h.chunk(3)[2], gru.b_h.chunk(3)[2]
    d_r = d_g * (W_g @ h_prev + b_g) * r * (1 - r)
    delta_h = torch.cat([d_r, d_z, r * d_g])
    return d_r, gru.W_h.T @ delta_h, torch.outer(delta_h, h_prev), [delta_h]


def differences_from_autograd(kind: Kind, seed: int, *, D: int = 3, H: int = 5) -> dict[str, float]:
    """Return, by gradient, the largest difference of the derivation from autograd, in a step."""
    torch.manual_seed(seed)
    gru = kind(D, H).double()
    is_torch = hasattr(gru, "b_h")
    x_t, h_prev, dh_t = (torch.randn(size).double() for size in (D, H, H))
    wanted = [x_t.requires_grad_(), h_prev.requires_grad_(), *gru.parameters()]
    h_t, kept = gru.step(x_t, h_prev)
    autograd = torch.autograd.grad(dh_t @ h_t, wanted)

    _, z, g = gates = kept.chunk(3)
    keep, write, sign = (z, 1 - z, -1) if is_torch else (1 - z, z, 1)
    d_z = sign * dh_t * (g - h_prev) * z * (1 - z)
    d_g = dh_t * write * (1 - g**2)
    back = _back_torch if is_torch else _back_lectures
    d_r, through, dW_h, db_h = back(gru, h_prev, gates, d_g, d_z)
    delta = torch.cat([d_r, d_z, d_g])
    dx_t, dW_x = gru.W_x.T @ delta, torch.outer(delta, x_t)
    derived = [dx_t, dh_t * keep + through, dW_x, dW_h, delta, *db_h]
    gaps = zip(("x_t", "h_prev", *NAMES), autograd, derived)
    return {name: (one - other).abs().max().item() for name, one, other in gaps}


def compare_with_autograd(*kinds: Kind) -> dict[str, dict[str, float]]:
    """Print and return the largest differences from autograd, by convention and gradient."""
    by_equation = {kind.__name__: differences_from_autograd(kind, seed=0) for kind in kinds}
    for name, found in by_equation.items():
        largest = max(found.values())
        print(f"{name:>8}: {len(found)} gradients, largest difference {largest:.0e}")
        assert largest < 1e-8
    return by_equation


def compare_conventions(carry_over: Callable[..., list[float]]) -> NDArray[np.float64]:
    """Print and return how far states are apart by seed: as is, z turned, reset open."""
    carried = np.array([carry_over(D=3, H=5, T=20, seed=seed) for seed in SEEDS])
    for row in carried:
        print("as it is {:.2f}, z turned {:.2f}, reset open {:.0e}".format(*row))
    return carried


@torch.no_grad()
def share_of_bound(kind: Kind, seed: int, *, D: int = 3, H: int = 5, T: int = 200) -> float:
    """Return the largest |h_t| / max(|h_0|, 1) over the steps."""
    torch.manual_seed(seed)
    gru = kind(D, H).double()
    for weight in gru.parameters():
        weight *= 8
    h_0 = 3 * torch.randn(16, H).double()
    h, _ = gru(3 * torch.randn(16, T, D).double(), h_0=h_0)
    return float((h.abs() / h_0.abs().clamp(min=1)[:, None]).max())


def shares_of_bound(*kinds: Kind) -> None:
    """Print how much of the bound is used, by convention and seed."""
    for kind in kinds:
        used = [share_of_bound(kind, seed) for seed in SEEDS]
        print(f"{kind.__name__:>8}:", *(f"{share:.6f}" for share in used))
        assert max(used) <= 1


def keep_checks(
    differences: dict[str, float],
    by_equation: dict[str, dict[str, float]],
    carried: NDArray[np.float64],
) -> None:
    """Keep the numbers of the section “The check”."""
    glue("gru_agreement", max(differences.values()))
    glue("gru_equations", max(max(found.values()) for found in by_equation.values()))
    for place, name in enumerate(("raw", "turned", "open")):
        glue(f"carry_{name}_low", carried[:, place].min())
        glue(f"carry_{name}_high", carried[:, place].max())
    assert carried[:, 0].min() > 0.05
    assert carried[:, 1].min() > 0.005
    assert carried[:, 2].max() < 1e-12
