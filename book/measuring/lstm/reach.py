"""How far gradients reach in networks with random weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from prelude import glue

from .checks import MakeLSTM

#: The page's function that sets the bias of the forget gates.
SetForgetBias = Callable[[nn.LSTM, float], None]

SEEDS = (0, 1, 2)
KINDS = ("RNN", "RNN radius 1", "LSTM bias 0", "LSTM bias 1", "LSTM bias 3")


def make_net(set_forget_bias: SetForgetBias, kind: str, D: int, H: int, seed: int) -> nn.RNNBase:
    """Return a new network by name: RNN, RNN radius 1, or LSTM bias B."""
    torch.manual_seed(seed)
    if kind.startswith("LSTM"):
        lstm = nn.LSTM(D, H, batch_first=True)
        set_forget_bias(lstm, float(kind.split()[-1]))
        return lstm
    rnn = nn.RNN(D, H, batch_first=True)
    if kind.endswith("radius 1"):
        with torch.no_grad():
            values = torch.linalg.eigvals(rnn.weight_hh_l0)
            rnn.weight_hh_l0 /= values.abs().max()
    return rnn


def gradient_by_distance(net: nn.Module, x: Tensor, seed: int) -> Tensor:
    """Return the gradient's norm at each input, the last input first."""
    x = x.detach().requires_grad_()
    h = net(x)[0]
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(h.shape[-1], generator=generator).to(h)
    (dx,) = torch.autograd.grad((h[:, -1] @ weights).sum(), x)
    norms: Tensor = dx.norm(dim=-1).mean(dim=0).flip(0)
    return norms


def relative_reach(
    set_forget_bias: SetForgetBias,
    kind: str,
    seed: int,
    T: int = 200,
    D: int = 3,
    H: int = 32,
    N: int = 16,
) -> Tensor:
    """Return a new network's gradient by distance, relative to distance 0."""
    net = make_net(set_forget_bias, kind, D, H, seed).double()
    norms = gradient_by_distance(net, torch.randn(N, T, D).double(), seed)
    return norms / norms[0]


def measure_reach(set_forget_bias: SetForgetBias) -> dict[str, Tensor]:
    """Return the gradients by distance, (seeds, T), by kind; print and keep what the text tells."""
    reach = {
        kind: torch.stack([relative_reach(set_forget_bias, kind, seed) for seed in SEEDS])
        for kind in KINDS
    }
    print("gradient 50 steps back, relative to the last step, by seed:")
    for kind, norms in reach.items():
        print(f"{kind:>13}:", *(f"{norm:.0e}" for norm in norms[:, 50]))
    _keep_reach(reach)
    return reach


def _rate(norms: Tensor, near: int = 20, far: int = 50) -> Tensor:
    """Return the factor per step, a geometric mean over steps and seeds."""
    return (norms[:, far] / norms[:, near]).log().mean().div(far - near).exp()


def _keep_reach(reach: Mapping[str, Tensor]) -> None:
    kinds = {"rnn": "RNN", "zero": "LSTM bias 0", "one": "LSTM bias 1"}
    rates = {name: _rate(reach[kind]) for name, kind in kinds.items()}
    for name, rate in rates.items():
        glue(f"rate_{name}", rate)
    assert rates["rnn"] < rates["zero"] < rates["one"]
    three = reach["LSTM bias 3"]
    low, high = three[:, 20:151].min(), three[:, 20:151].max()
    glue("three_low", low)
    glue("three_high", high)
    glue("three_end_low", three[:, -1].min())
    glue("three_end_high", three[:, -1].max())
    assert low > 0.1
    assert high < 10
    assert three[:, -1].min() > three[:, 50].max()


def reach_through_cell(
    LSTM: MakeLSTM, scale: float, seed: int, T: int = 100, D: int = 3, H: int = 32, N: int = 8
) -> list[Tensor]:
    """Return gradients at c_0 to c_T: of the whole, and the cell alone."""
    torch.manual_seed(seed)
    lstm = LSTM(D, H).double()
    with torch.no_grad():
        lstm.W_h *= scale
    x = torch.randn(N, T, D).double()
    results = []
    for cell_only in (False, True):
        h_t = torch.zeros(N, H).double()
        c = [torch.zeros(N, H).double().requires_grad_()]
        for t in range(T):
            seen = h_t.detach() if cell_only else h_t
            h_t, c_t, _ = lstm.step(x[:, t], seen, c[-1])
            c.append(c_t)
        grads = torch.autograd.grad(c[-1].sum(), c)
        norms = torch.stack([g.norm(dim=-1).mean() for g in grads])
        results.append(norms.flip(0) / norms[-1])
    return results


def measure_paths(LSTM: MakeLSTM) -> dict[float, list[Sequence[Any]]]:
    """Return gradients of all paths and of the cell alone, by seed and the scale of W_h."""
    paths: dict[float, list[Sequence[Any]]] = {
        scale: [reach_through_cell(LSTM, scale, seed) for seed in SEEDS] for scale in (12.0, 1.0)
    }
    print("100 steps back, W_h times 12, whole and through the cell alone:")
    for whole, alone in paths[12.0]:
        print(f"  {whole[-1]:.0e}  {alone[-1]:.0e}")
    ends = [whole[-1].item() for whole, _ in paths[12.0]]
    glue("explode_low", math.log10(min(ends)))
    glue("explode_high", math.log10(max(ends)))
    assert min(ends) > 1e3
    assert max(alone[-1] for _, alone in paths[12.0]) < 1
    return paths
