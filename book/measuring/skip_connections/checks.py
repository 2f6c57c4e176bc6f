"""The four blocks held against PyTorch's LSTM cell and autograd, and the sum over paths.

A block is the page's: a layer `layer`, and for a highway block a layer `gate`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from prelude import glue

MakeBlock = Callable[[str, int, int], Any]
MakeNet = Callable[..., Any]
SumsOverPaths = Callable[[Any, Tensor], Tensor]


def _as_lstm_cell(block: Any) -> nn.LSTMCell:
    """Return an LSTM cell whose next cell state is the block's output."""
    units, _ = block.layer.weight.shape
    cell = nn.LSTMCell(1, units).double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        rows = dict(zip("ifgo", cell.weight_hh.chunk(4)))
        bias = dict(zip("ifgo", cell.bias_hh.chunk(4)))
        rows["g"].copy_(block.layer.weight)
        bias["g"].copy_(block.layer.bias)
        for name, sign in (("i", 1), ("f", -1)):
            if block.gate is None:
                bias[name].fill_(50.0)
            else:
                rows[name].copy_(sign * block.gate.weight)
                bias[name].copy_(sign * block.gate.bias)
    return cell


def difference_from_cell(Block: MakeBlock, kind: str, seed: int, N: int = 6, H: int = 5) -> float:
    """Return the largest difference from an LSTM cell, in outputs and in gradients."""
    torch.manual_seed(seed)
    block = Block(kind, H, H).double()
    x, dy = torch.randn(2, N, H).double()
    x.requires_grad_()
    y = block(x)
    _, c = _as_lstm_cell(block)(torch.zeros(N, 1).double(), (x, x))
    (dx,) = torch.autograd.grad(y, x, dy)
    (dx_cell,) = torch.autograd.grad(c, x, dy)
    gaps: list[Tensor] = [y - c, dx - dx_cell]
    return max(gap.abs().max().item() for gap in gaps)


def compare_with_cell(Block: MakeBlock) -> None:
    """Print the largest differences of two blocks from an LSTM cell."""
    for kind in ("highway", "residual"):
        difference = difference_from_cell(Block, kind, seed=0)
        print(f"{kind:>8} block and LSTMCell: {difference:.0e}")
        assert difference < 1e-12


def _derived(block: Any, x: Tensor, dy: Tensor) -> dict[str, Tensor]:
    """Return the gradients of a block by the equations of the page."""
    W, u = block.layer.weight, torch.tanh(block.layer(x))
    derived = {}
    if block.kind == "highway":
        W_gate, gate = block.gate.weight, torch.sigmoid(block.gate(x))
        delta = dy * gate * (1 - u * u)
        delta_gate = dy * (u - x) * gate * (1 - gate)
        derived["x"] = (1 - gate) * dy + W.T @ delta + W_gate.T @ delta_gate
        derived["gate.weight"] = torch.outer(delta_gate, x)
        derived["gate.bias"] = delta_gate
    elif block.kind == "dense":
        delta = (1 - u * u) * dy[len(x) :]
        derived["x"] = dy[: len(x)] + W.T @ delta
    else:
        delta = (1 - u * u) * dy
        derived["x"] = (dy if block.kind == "residual" else 0) + W.T @ delta
    derived["layer.weight"] = torch.outer(delta, x)
    derived["layer.bias"] = delta
    return derived


def difference_from_autograd(
    Block: MakeBlock, kind: str, seed: int, H: int = 5, G: int = 3
) -> dict[str, float]:
    """Return, by gradient, the largest difference of the derivation from autograd."""
    torch.manual_seed(seed)
    block = Block(kind, H, G if kind == "dense" else H).double()
    x = (2 * torch.randn(H).double()).requires_grad_()
    y = block(x)
    dy = torch.randn(len(y)).double()
    wanted = {"x": x, **dict(block.named_parameters())}
    autograd = dict(zip(wanted, torch.autograd.grad(y, list(wanted.values()), dy)))
    derived = _derived(block, x, dy)
    assert derived.keys() == autograd.keys()
    return {name: (derived[name] - autograd[name]).abs().max().item() for name in derived}


def compare_with_autograd(Block: MakeBlock) -> float:
    """Print the largest differences from autograd, by block; return the largest of all."""
    differences = []
    for kind in ("plain", "residual", "highway", "dense"):
        found = difference_from_autograd(Block, kind, seed=0)
        differences.append(max(found.values()))
        print(f"{kind:>8}: {len(found)} gradients, difference {differences[-1]:.0e}")
        assert differences[-1] < 1e-8
    return max(differences)


def difference_of_paths(
    make_net: MakeNet, sums_over_paths: SumsOverPaths, seed: int, depth: int = 12
) -> float:
    """Return how far the sum of all paths is from autograd's Jacobian."""
    net = make_net("residual", depth, seed).double()
    x = torch.randn(64).double()
    whole = torch.func.jacrev(nn.Sequential(*net.blocks))
    gap = whole(net.first(x)) - sums_over_paths(net, x).sum(dim=0)
    return float(gap.detach().abs().max())


def sum_paths(make_net: MakeNet, sums_over_paths: SumsOverPaths) -> float:
    """Print and return how far the sum of all paths is from autograd's Jacobian."""
    difference = difference_of_paths(make_net, sums_over_paths, seed=0)
    print(f"sum over all paths of 12 blocks: {difference:.0e}")
    assert difference < 1e-10
    return difference


def keep_checks(*differences: float) -> None:
    """Keep the number of the section “The check”."""
    glue("skip_agreement", max(differences))
