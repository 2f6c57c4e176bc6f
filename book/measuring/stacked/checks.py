"""The stack against PyTorch, its orders, its equations against autograd, and its paths."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

# Each of these is the page's: the stack, a layer run over a padded batch, a stack run in an
# order, and an order of `layers` and `T` steps.
Stack = Callable[..., nn.Module]
RunLayer = Callable[[nn.Module, Tensor, Tensor], Tensor]
Pairs = Sequence[tuple[int, int]]
RunInOrder = Callable[..., tuple[dict[tuple[int, int], Any], dict[tuple[int, int], Tensor]]]
Order = Callable[[int, int], Pairs]
# W_x, W_h and b of each layer.
Weights = Sequence[Sequence[Tensor]]


def _copy(source: Iterable[Tensor], target: nn.Module) -> None:
    """Copy parameters into a module that has them in the same order."""
    with torch.no_grad():
        for other, weight in zip(target.parameters(), source, strict=True):
            other.copy_(weight)


def compare_with_pytorch(
    stack: Stack,
    run_layer: RunLayer,
    cell: Callable[..., nn.Module],
    layers: int,
    both_ways: bool,
    lengths: Tensor,
    seed: int,
) -> dict[str, float]:
    """Return the largest differences from PyTorch's own stack."""
    torch.manual_seed(seed)
    N, T, D, H = len(lengths), int(max(lengths)), 3, 5
    mine = stack(cell, D, H, layers, both_ways=both_ways).double()
    theirs = cell(D, H, num_layers=layers, bidirectional=both_ways, batch_first=True).double()
    weights = list(mine.parameters())  # in the order of theirs
    _copy(weights, theirs)
    x = torch.randn(N, T, D).double().requires_grad_()
    top = mine(x, lengths)[0]
    their_top = run_layer(theirs, x, lengths)
    dtop = torch.randn_like(top)
    found = {"states of the top": top - their_top}
    ours = torch.autograd.grad(top, [x, *weights], dtop)
    others = torch.autograd.grad(their_top, [x, *theirs.parameters()], dtop)
    found["gradient of x"] = ours[0] - others[0]
    for number in range(layers):
        size = len(weights) // layers
        part = slice(1 + number * size, 1 + (number + 1) * size)
        gaps = [(a - b).flatten() for a, b in zip(ours[part], others[part], strict=True)]
        found[f"gradients of layer {number + 1}"] = torch.cat(gaps)
    return {name: gap.abs().max().item() for name, gap in found.items()}


def agreement(stack: Stack, run_layer: RunLayer) -> float:
    """Print the differences from PyTorch of three layers of LSTMs; return the largest."""
    lengths = torch.tensor([9, 1, 6, 4])
    differences = compare_with_pytorch(stack, run_layer, nn.LSTM, 3, True, lengths, seed=0)
    for name, difference in differences.items():
        print(f"{name:>20}: largest difference {difference:.0e}")
    assert max(differences.values()) < 1e-8
    return max(differences.values())


def make_cells(cell: Callable[[int, int], nn.Module], D: int, H: int, layers: int) -> list[Any]:
    """Return a cell of one step for each layer, in double precision."""
    return [cell(D if k == 0 else H, H).double() for k in range(layers)]


def compare_orders(
    run_in_order: RunInOrder, orders: Iterable[Order], layers: int, T: int, seed: int
) -> dict[str, float]:
    """Return how far each order is from PyTorch's stack of LSTMs."""
    torch.manual_seed(seed)
    cells = make_cells(nn.LSTMCell, 3, 5, layers)
    theirs = nn.LSTM(3, 5, num_layers=layers, batch_first=True).double()
    _copy([weight for cell in cells for weight in cell.parameters()], theirs)
    x = torch.randn(4, T, 3).double()
    gaps = {}
    for order in orders:
        _, handed_up = run_in_order(cells, x, order(layers, T))
        top = [handed_up[layers - 1, t] for t in range(T)]
        gap = torch.stack(top, dim=1) - theirs(x)[0]
        gaps[order.__name__] = gap.abs().max().item()
    return gaps


def orders_agree(run_in_order: RunInOrder, *orders: Order) -> float:
    """Print how far each order is from PyTorch; return the largest difference."""
    gaps = compare_orders(run_in_order, orders, layers=3, T=9, seed=0)
    for name, gap in gaps.items():
        print(f"{name:>12}: largest difference from nn.LSTM {gap:.0e}")
    assert max(gaps.values()) < 1e-12
    return max(gaps.values())


def run_by_hand(
    weights: Weights, x: Tensor, masks: Tensor, p: float, skips: bool
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Return what the top hands out, what each layer reads (T, .) and its states (T, H)."""
    read, handed_up = x, x
    reads: list[Tensor] = []
    states: list[Tensor] = []
    for k, (W_x, W_h, b) in enumerate(weights):
        h_t, h = torch.zeros_like(b), []
        for read_t in read:
            h_t = torch.tanh(W_x @ read_t + W_h @ h_t + b)
            h.append(h_t)
        reads.append(read)
        states.append(torch.stack(h))
        handed_up = handed_up + states[k] if skips and k else states[k]
        if k < len(masks):
            read = handed_up * masks[k] / (1 - p)
    return handed_up, reads, states


def back_by_hand(
    du: Tensor,
    weights: Weights,
    reads: Sequence[Tensor],
    states: Sequence[Tensor],
    masks: Tensor,
    p: float,
    skips: bool,
) -> list[Tensor]:
    """Return the gradients of all weights, from that of the top."""
    gradients: list[Tensor] = []
    for k in reversed(range(len(weights))):
        (W_x, W_h, _), h = weights[k], states[k]
        from_later, delta = torch.zeros_like(h[0]), torch.zeros_like(h)
        for t in reversed(range(len(h))):
            delta[t] = (1 - h[t] ** 2) * (du[t] + from_later)
            from_later = W_h.T @ delta[t]
        before = torch.cat([torch.zeros_like(h[:1]), h[:-1]])
        gradients = [delta.T @ reads[k], delta.T @ before, delta.sum(0), *gradients]
        if k > 0:
            through = delta @ W_x * masks[k - 1] / (1 - p)
            du = du + through if skips else through
    return gradients


def check_equations(
    skips: bool, seed: int, T: int = 7, D: int = 3, H: int = 5, layers: int = 4, p: float = 0.3
) -> tuple[float, float]:
    """Return how far the equations are from autograd, and from central differences."""
    torch.manual_seed(seed)
    weights = []
    for k in range(layers):
        shapes = (H, D if k == 0 else H), (H, H), (H,)
        weights.append([torch.randn(*shape).double() for shape in shapes])
    flat = [w.div_(math.sqrt(H)).requires_grad_() for layer in weights for w in layer]
    x, masks = torch.randn(T, D).double(), torch.rand(layers - 1, T, H) > p
    du = torch.randn(T, H).double()
    given = masks.double(), p, skips
    top, reads, states = run_by_hand(weights, x, *given)
    autograd = torch.autograd.grad(top, flat, du)
    with torch.no_grad():
        derived = back_by_hand(du, weights, reads, states, *given)
        gaps = [(a - b).abs().max().item() for a, b in zip(autograd, derived, strict=True)]
        ways = [torch.randn_like(w) for w in flat]
        moved, eps = [], 1e-5
        for step in (eps, -2 * eps, eps):  # there, to the other side, back
            for w, way in zip(flat, ways, strict=True):
                w.add_(step * way)
            moved.append((run_by_hand(weights, x, *given)[0] * du).sum().item())
        slope = sum((g * way).sum().item() for g, way in zip(derived, ways, strict=True))
        central = (moved[0] - moved[1]) / (2 * eps)
    return max(gaps), abs(central / slope - 1)


def equations() -> float:
    """Print how far equations, autograd and differences are apart; return the equations'."""
    largest = []
    for skips in (False, True):
        gap, relative = check_equations(skips, seed=0)
        print(f"skips {skips!s:>5}: from autograd {gap:.0e}", end=", ")
        print(f"from central differences {relative:.0e}, relative")
        assert gap < 1e-8
        assert relative < 1e-6
        largest.append(gap)
    return max(largest)


class LinearCell(nn.Module):
    """One unit without tanh and bias: h_t = v x_t + w h_prev."""

    def __init__(self, v: float, w: float) -> None:
        super().__init__()
        self.v, self.w = v, w

    def forward(self, x_t: Tensor, h_prev: Tensor | None) -> Tensor:
        """Return the next state."""
        return self.v * x_t + (0 if h_prev is None else self.w * h_prev)


def check_paths(
    run_in_order: RunInOrder, layers: int, T: int, v: float, w: float, skips: bool
) -> float:
    """Return the largest relative gap between autograd and the count."""
    x = torch.randn(1, T, 1).double().requires_grad_()
    order = [(k, t) for k in range(layers) for t in range(T)]
    _, handed_up = run_in_order([LinearCell(v, w)] * layers, x, order, skips)
    (dx,) = torch.autograd.grad(handed_up[layers - 1, T - 1].sum(), x)
    gaps = []
    for k in range(T):
        if skips:
            counted = sum(
                math.comb(layers - 1, j) * math.comb(k + j, j) * v ** (j + 1) for j in range(layers)
            )
        else:
            counted = math.comb(k + layers - 1, layers - 1) * v**layers
        gaps.append(abs(dx[0, T - 1 - k, 0].item() / (w**k * counted) - 1))
    return max(gaps)


def paths(run_in_order: RunInOrder) -> None:
    """Print how far the count of paths is from autograd."""
    for skips in (False, True):
        gap = check_paths(run_in_order, layers=4, T=30, v=0.7, w=0.8, skips=skips)
        print(f"skips {skips!s:>5}: paths counted and autograd differ by {gap:.0e}")
        assert gap < 1e-10


def numbers_of_exercises() -> Mapping[str, float]:
    """Return what the solutions of the exercises say."""
    two_ways = nn.LSTM(64, 128, num_layers=3, bidirectional=True)
    count = 4 * 128 * 2 * ((64 + 128 + 1) + 2 * (256 + 128 + 1))
    in_torch = sum(w.numel() for w in two_ways.parameters())
    assert in_torch == count + 4 * 128 * 2 * 3
    return {
        "ex_count": count,
        "ex_torch": in_torch,
        "ex_paths": math.comb(10 + 3, 3),
        "ex_paths_skip": sum(math.comb(3, j) * math.comb(10 + j, j) for j in range(4)),
        "ex_mask": 100 * 0.9**30,
        "ex_mask_up": 100 * 0.9**2,
    }
