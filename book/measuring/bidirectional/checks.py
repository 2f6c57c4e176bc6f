"""The network against PyTorch, its equations against autograd, autograd against differences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import rnn as torch_rnn

# Each of these is the page's: a network of one direction (D, H), one of two such networks, and
# the readout of its states (N, T, 2H) and lengths (N,).
Cell = Callable[[int, int], Any]
Joined = Callable[[nn.Module, nn.Module], nn.Module]
Readout = Callable[[Tensor, Tensor], Tensor]

# What autograd says, and what an equation says.
Claims = list[tuple[Tensor, Tensor]]

UNEQUAL = torch.tensor([9, 1, 6, 4])


def torch_twin(kind: str, nets: Sequence[Any], D: int, H: int) -> nn.Module:
    """Return PyTorch's bidirectional network with the weights of ours."""
    twin: nn.Module = getattr(nn, kind)(D, H, batch_first=True, bidirectional=True).double()
    with torch.no_grad():
        for net, end in zip(nets, ("", "_reverse"), strict=True):
            getattr(twin, f"weight_ih_l0{end}").copy_(net.W_x)
            getattr(twin, f"weight_hh_l0{end}").copy_(net.W_h)
            getattr(twin, f"bias_ih_l0{end}").copy_(net.b)
            getattr(twin, f"bias_hh_l0{end}").zero_()
    return twin


def _weights_of_twin(twin: nn.Module) -> list[Tensor]:
    """Return PyTorch's weights in the order of ours, its second biases left out."""
    names = ("weight_ih", "weight_hh", "bias_ih")
    return [getattr(twin, f"{name}_l0{end}") for end in ("", "_reverse") for name in names]


def _run_twin(twin: nn.Module, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Return PyTorch's states (N, T, 2H) and its final states of both directions (N, 2H)."""
    packed = torch_rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    packed_h, final = twin(packed)
    h_n = final[0] if isinstance(final, tuple) else final
    h, _ = torch_rnn.pad_packed_sequence(packed_h, batch_first=True, total_length=x.shape[1])
    return h, torch.cat([h_n[0], h_n[1]], dim=-1)


def compare_with_pytorch(
    joined: Joined,
    both_ends: Readout,
    cell: Cell,
    N: int,
    T: int,
    D: int,
    H: int,
    lengths: Tensor,
    seed: int,
) -> dict[str, float]:
    """Return the largest differences, forward and backward, for the cell `RNN` or `LSTM`."""
    torch.manual_seed(seed)
    nets = cell(D, H), cell(D, H)
    mine = joined(*nets).double()
    twin = torch_twin(cell.__name__, nets, D, H)
    x = torch.randn(N, T, D).double().requires_grad_()
    weights = torch.randn(N, T, 2 * H).double()
    end_weights = torch.randn(N, 2 * H).double()

    their_h, their_s = _run_twin(twin, x, lengths)
    inside = (torch.arange(T) < lengths[:, None])[..., None]
    h = mine(x, lengths) * inside
    s = both_ends(h, lengths)

    def loss(h: Tensor, s: Tensor) -> Tensor:
        return (h * weights).sum() + (s * end_weights).sum()

    ours = torch.autograd.grad(loss(h, s), [x, *mine.parameters()])
    theirs = torch.autograd.grad(loss(their_h, their_s), [x, *_weights_of_twin(twin)])
    found = {"states": h - their_h, "both ends": s - their_s}
    names = ["x", *(name for name, _ in mine.named_parameters())]
    for name, one, other in zip(names, ours, theirs, strict=True):
        found[f"gradient of {name}"] = one - other
    return {name: gap.abs().max().item() for name, gap in found.items()}


def agreement(joined: Joined, both_ends: Readout, cells: Iterable[Cell]) -> float:
    """Print for each cell how far it is from PyTorch; return the largest difference."""
    largest = []
    for cell in cells:
        found = compare_with_pytorch(joined, both_ends, cell, 4, 9, 3, 5, UNEQUAL, seed=0)
        largest.append(max(found.values()))
        print(f"{cell.__name__:>4}, states, both ends, gradients: {largest[-1]:.0e} at most")
    assert max(largest) < 1e-8
    return max(largest)


def _one_sequence(
    nets: Sequence[Any], x: Sequence[Tensor]
) -> tuple[list[list[Tensor]], list[list[Tensor]]]:
    """Return states and pre-activations of both directions, T each."""
    T, states, pre = len(x), [], []
    for net, order in zip(nets, (range(T), range(T)[::-1]), strict=True):
        h_t, h, a = torch.zeros_like(net.b), list(x), list(x)
        for t in order:
            a[t] = net.W_x @ x[t] + net.W_h @ h_t + net.b
            h_t = h[t] = torch.tanh(a[t])
        states.append(h)
        pre.append(a)
    return states, pre


def check_equations(rnn: Cell, T: int, D: int, H: int, seed: int) -> dict[str, float]:
    """Return, by equation, the largest difference from autograd."""
    torch.manual_seed(seed)
    nets = [rnn(D, H).double() for _ in range(2)]
    x = [torch.randn(D).double().requires_grad_() for _ in range(T)]
    given = torch.randn(2, T, H).double()
    states, pre = _one_sequence(nets, x)
    loss = torch.stack([(g * torch.stack(h)).sum() for g, h in zip(given, states, strict=True)])
    found: dict[str, Claims] = {}
    for_input = torch.zeros(T, D).double()
    for name, net, h, a, dh, after in zip(
        ("forward", "reverse"), nets, states, pre, given, (1, -1), strict=True
    ):
        wanted = [*a, net.W_x, net.W_h, net.b]
        grads = torch.autograd.grad(loss.sum(), wanted, retain_graph=True)
        claims = _claims(net, x, h, dh, grads, after)
        found |= {f"{name}: {what}": pairs for what, pairs in claims.items()}
        for_input = for_input + torch.stack([net.W_x.T @ delta_t for delta_t in grads[:T]])
    found["input"] = [(torch.stack(torch.autograd.grad(loss.sum(), x)), for_input)]
    return {
        name: max((a - b).abs().max().item() for a, b in pairs) for name, pairs in found.items()
    }


def _claims(
    net: Any,
    x: Sequence[Tensor],
    h: Sequence[Tensor],
    dh: Tensor,
    grads: Sequence[Tensor],
    after: int,
) -> dict[str, Claims]:
    """Return by equation of one direction what autograd says, and what the equation says.

    Args:
        net: the direction.
        x, h, dh: inputs, states, and what the loss gives to the states directly.
        grads: autograd's gradients of the T pre-activations and of W_x, W_h and b.
        after: how far on the step lies that is read next, 1 or -1.
    """
    T, zero = len(x), torch.zeros_like(h[0])
    delta, (dW_x, dW_h, db) = grads[:T], grads[T:]

    def at(values: Sequence[Tensor], t: int) -> Tensor:
        return values[t] if 0 <= t < T else zero

    def product(t: int) -> Tensor:
        found: Tensor = (dh[t] + net.W_h.T @ at(delta, t + after)) * (1 - h[t] ** 2)
        return found

    def total(terms: Iterable[Tensor]) -> Tensor:
        return torch.stack(list(terms)).sum(dim=0)

    return {
        "pre-activations": [(delta[t], product(t)) for t in range(T)],
        "recurrent weights": [
            (dW_h, total(torch.outer(delta[t], at(h, t - after)) for t in range(T)))
        ],
        "input weights": [(dW_x, total(torch.outer(delta[t], x[t]) for t in range(T)))],
        "bias": [(db, total(delta))],
    }


def check_central(
    joined: Joined,
    both_ends: Readout,
    cell: Cell,
    N: int,
    T: int,
    D: int,
    H: int,
    lengths: Tensor,
    seed: int,
    eps: float = 1e-5,
) -> tuple[float, float]:
    """Return autograd's and the central difference's derivative of a loss."""
    torch.manual_seed(seed)
    net = joined(cell(D, H), cell(D, H)).double()
    x, weights = torch.randn(N, T, D).double(), torch.randn(N, 2 * H).double()
    parameters = list(net.parameters())
    along = [torch.randn_like(parameter) for parameter in parameters]

    def loss() -> Tensor:
        h = net(x, lengths)
        found: Tensor = (both_ends(h, lengths) * weights).sum() + h[:, 0].pow(2).sum()
        return found

    gradients = torch.autograd.grad(loss(), parameters)
    by_autograd = sum((g * a).sum().item() for g, a in zip(gradients, along, strict=True))
    ends = []
    for step in (eps, -2 * eps):
        with torch.no_grad():
            for parameter, a in zip(parameters, along, strict=True):
                parameter.add_(a, alpha=step)
            ends.append(loss().item())
    return by_autograd, (ends[0] - ends[1]) / (2 * eps)


def equations(joined: Joined, both_ends: Readout, rnn: Cell, lstm: Cell) -> float:
    """Print how far equations, autograd and differences are apart; return the equations'."""
    by_equation = check_equations(rnn, T=6, D=3, H=5, seed=0)
    largest = max(by_equation.values())
    print(f"{len(by_equation)} equations, largest difference {largest:.0e}")
    assert largest < 1e-8
    for cell in (rnn, lstm):
        one, other = check_central(joined, both_ends, cell, 4, 9, 3, 5, UNEQUAL, seed=0)
        print(f"{cell.__name__:>4}: autograd {one:.7f}, differences {other:.7f}")
        assert abs(one - other) < 1e-6
    return largest
