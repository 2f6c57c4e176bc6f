"""How far a readout of a new network sees."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from .checks import Readout

READOUTS = ("forward alone", "last step of both", "both ends")
SEEDS = (0, 1, 2)


def readout_reach(
    both_ends: Readout,
    readout: str,
    seed: int,
    N: int = 64,
    T: int = 40,
    D: int = 3,
    H: int = 32,
) -> Tensor:
    """Return the gradient of a readout at each input, largest set to 1."""
    torch.manual_seed(seed)
    net = nn.RNN(D, H, batch_first=True, bidirectional=True).double()
    x = torch.randn(N, T, D).double().requires_grad_()
    h, lengths = net(x)[0], torch.full((N,), T)
    weights = torch.randn(2 * H).double()
    if readout == "both ends":
        s = both_ends(h, lengths)
    else:
        s = h[:, -1]
        weights[H:] *= readout == "last step of both"
    (dx,) = torch.autograd.grad((s @ weights).sum(), x)
    norms: Tensor = dx.norm(dim=-1).mean(dim=0)
    return norms.div(norms.max())


def reach_of_readouts(both_ends: Readout) -> dict[str, Tensor]:
    """Print and return, by readout, its gradients at the inputs (seeds, steps)."""
    seen = {
        readout: torch.stack([readout_reach(both_ends, readout, seed) for seed in SEEDS])
        for readout in READOUTS
    }
    for readout, norms in seen.items():
        early = ", ".join(f"{norm:.0e}" for norm in norms[:, 0])
        print(f"{readout:>17}: gradient at the first step {early}")
    return seen


def numbers_of_readouts(seen: Mapping[str, Tensor]) -> dict[str, float]:
    """Return what the text says of the readouts."""
    assert seen["both ends"][:, 0].min() > 0.3
    assert seen["last step of both"][:, 0].max() < 1e-3
    assert seen["both ends"][:, 18:22].max() < 0.05
    return {
        "ends_first": seen["both ends"][:, 0].min().item(),
        "ends_last_first": seen["last step of both"][:, 0].max().item(),
    }
