"""How far a gradient reaches before training, by activation and initial weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from prelude import glue

from .adding import adding_batch
from .checks import MakeRNN
from .cliff import SEEDS

NETWORKS: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "ReLU, identity": (torch.relu, "identity"),
    "tanh, identity": (torch.tanh, "identity"),
    "tanh, uniform": (torch.tanh, "uniform"),
    "ReLU, uniform": (torch.relu, "uniform"),
}


def reach(
    identity_rnn: MakeRNN,
    activation: Callable[[Tensor], Tensor],
    start: str,
    seed: int,
    T: int = 100,
    H: int = 100,
) -> Tensor:
    """Return gradient norms by distance from the last state, mean over a batch."""
    torch.manual_seed(seed)
    rnn = identity_rnn(2, H) if start == "identity" else nn.RNN(2, H)
    W_x, W_h, b, b_more = (p.detach().double() for p in rnn.parameters())
    x = adding_batch(16, T)[0].double()
    h_t, states = torch.zeros(16, H, dtype=torch.float64, requires_grad=True), []
    for t in range(T):
        h_t = activation(x[:, t] @ W_x.T + h_t @ W_h.T + b + b_more)
        states.append(h_t)
    readout = torch.randn(H, dtype=torch.float64) / math.sqrt(H)
    gradients = torch.autograd.grad((h_t @ readout).sum(), states)
    return torch.stack([g.norm(dim=1).mean() for g in gradients]).flip(0)


def measure_reach(identity_rnn: MakeRNN) -> dict[str, Tensor]:
    """Return gradient norms by distance, (seeds, T), by network; keep what the text tells."""
    reaches = {
        name: torch.stack([reach(identity_rnn, *network, seed) for seed in SEEDS])
        for name, network in NETWORKS.items()
    }
    _keep(reaches)
    return reaches


def _keep(reaches: Mapping[str, Tensor]) -> None:
    def share(name: str) -> float:
        return (reaches[name][:, -1] / reaches[name][:, 0]).mean().item()

    def orders(name: str) -> float:
        return math.log10(reaches[name].log().mean(0)[-1].exp().item())

    flat = share("ReLU, identity")
    glue("flat", flat)
    glue("half", math.sqrt(0.5))
    glue("tanh_identity", share("tanh, identity"))
    glue("tanh_reach", 10 ** orders("tanh, uniform"))
    glue("relu_reach", 10 ** orders("ReLU, uniform"))
    assert 0.5 < flat < 0.85
    assert orders("tanh, uniform") < -12
    assert orders("ReLU, uniform") < -30
    assert (reaches["tanh, identity"][:, -1] < 0.5 * reaches["ReLU, identity"][:, -1]).all()
