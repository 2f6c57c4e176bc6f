"""Convolution and maximum against PyTorch, their equations against autograd, receptive fields."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

# These are the page's: a layer of filters (D, H, width, stride, zeros, dilation), the number of
# windows (lengths, width, stride, zeros), the maximum, and Kim's classifier.
Convolution = Callable[..., Any]
ConvLengths = Callable[..., Tensor]
MaxOverTime = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
KimCNN = Callable[..., Any]

# Width, stride, zeros, dilation.
SETTINGS = ((2, 1, 0, 1), (3, 1, 2, 1), (4, 2, 3, 1), (3, 3, 1, 1), (3, 1, 2, 2))


def _largest(one: Tensor, other: Tensor) -> float:
    return (one - other).abs().max().item()


def compare_with_pytorch(
    convolution: Convolution,
    max_over_time: MaxOverTime,
    D: int,
    H: int,
    setting: Sequence[int],
    seed: int,
) -> dict[str, float]:
    """Return the largest differences from nn.Conv1d, forward and backward."""
    torch.manual_seed(seed)
    lengths = torch.tensor([9, 4, 7, 5])
    N, T = len(lengths), 9
    mine = convolution(D, H, *setting).double()
    with torch.no_grad():
        mine.b -= 2.5
    width, stride, zeros, dilation = setting
    theirs = nn.Conv1d(D, H, width, stride, zeros, dilation).double()
    with torch.no_grad():
        theirs.weight.copy_(mine.W_c)
        theirs.bias.copy_(mine.b)  # type: ignore[union-attr]
    x = torch.randn(N, T, D).double()
    padding = torch.arange(T) >= lengths[:, None]
    x = x.masked_fill(padding[..., None], 1e6).requires_grad_()
    a, counts = mine(x, lengths)
    pooled, _ = max_over_time(torch.tanh(a), counts)
    rows = [theirs(x[n, : lengths[n]].T).T for n in range(N)]  # windows, filters
    best = torch.stack([torch.tanh(row).max(dim=0).values for row in rows])
    assert (best < 0).all()  # zeros would win
    found = {
        "windows": float(sum(abs(len(rows[n]) - counts[n].item()) for n in range(N))),
        "pre-activations": max(_largest(rows[n], a[n, : counts[n]]) for n in range(N)),
        "maximum over time": _largest(pooled, best),
    }
    weights = torch.randn(N, H).double()
    ours = torch.autograd.grad((pooled * weights).sum(), [x, mine.W_c, mine.b])
    others = torch.autograd.grad((best * weights).sum(), [x, *theirs.parameters()])
    for name, one, other in zip(("x", "W_c", "b"), ours, others, strict=True):
        found[f"gradient of {name}"] = _largest(one, other)
    return found


def agreement(convolution: Convolution, max_over_time: MaxOverTime) -> dict[str, float]:
    """Print the differences from PyTorch over all settings; return what the text says."""
    found = [compare_with_pytorch(convolution, max_over_time, 3, 5, s, seed=0) for s in SETTINGS]
    differences = {name: max(one[name] for one in found) for name in found[0]}
    for name, gap in differences.items():
        print(f"{name:>17}: largest difference {gap:.0e}")
    assert max(differences.values()) < 1e-8
    return {"conv_agreement": max(differences.values())}


def check_equations(
    convolution: Convolution,
    max_over_time: MaxOverTime,
    T: int,
    D: int,
    H: int,
    setting: Sequence[int],
    seed: int,
) -> dict[str, float]:
    """Return, by equation, the largest difference from autograd."""
    torch.manual_seed(seed)
    width, stride, zeros = setting
    layer = convolution(D, H, width, stride, zeros).double()
    x, dpooled = torch.randn(T, D).double(), torch.randn(H).double()
    x.requires_grad_()
    a, counts = layer(x[None], torch.tensor([T]))
    h = torch.tanh(a)
    pooled, picked = max_over_time(h, counts)
    dh, da, *of_layer = torch.autograd.grad(
        (pooled[0] * dpooled).sum(), [h, a, x, layer.W_c, layer.b]
    )
    by_hand = torch.zeros_like(dh[0])
    by_hand[picked[0], torch.arange(H)] = dpooled
    dx, dW, db = (torch.zeros_like(value) for value in (x, layer.W_c, layer.b))
    for t, delta in enumerate(da[0]):
        db += delta
        for j in range(width):
            i = t * stride - zeros + j
            if 0 <= i < T:
                dx[i] += layer.W_c[:, :, j].T @ delta
                dW[:, :, j] += torch.outer(delta, x[i])
    gaps = {"maximum": _largest(dh[0], by_hand)}
    for name, one, other in zip(("input", "weights", "bias"), of_layer, (dx, dW, db), strict=True):
        gaps[name] = _largest(one, other)
    return gaps


def equations(convolution: Convolution, max_over_time: MaxOverTime) -> dict[str, float]:
    """Print the largest difference of equations from autograd; return what the text says."""
    undilated = [setting[:3] for setting in SETTINGS]
    found = [check_equations(convolution, max_over_time, 11, 3, 5, s, seed=0) for s in undilated]
    worst = max(max(gaps.values()) for gaps in found)
    print(f"equations of the backward pass: largest difference {worst:.0e}")
    assert worst < 1e-8
    return {"conv_equations": worst}


def measured_field(
    convolution: Convolution, dilations: Sequence[int], width: int = 3, T: int = 201
) -> int:
    """Return how many inputs the middle feature of a stack depends on."""
    torch.manual_seed(0)
    x = torch.randn(1, T, 2).double().requires_grad_()
    h, lengths = x, torch.tensor([T])
    for d in dilations:
        layer = convolution(h.shape[2], 4, width, zeros=d, dilation=d).double()
        h = torch.tanh(layer(h, lengths)[0])
    (dx,) = torch.autograd.grad(h[0, T // 2].sum(), x)
    return int((dx[0].abs().sum(dim=1) > 0).sum())


def fields(convolution: Convolution) -> dict[str, int]:
    """Print receptive fields by depth, without and with dilation; return what the text says."""
    depths = range(1, 7)
    plain = [measured_field(convolution, [1] * depth) for depth in depths]
    doubled = [measured_field(convolution, [2**i for i in range(depth)]) for depth in depths]
    print("plain:  ", *plain)
    print("doubled:", *doubled)
    assert plain == [1 + 2 * depth for depth in depths]
    assert doubled == [1 + 2 * (2**depth - 1) for depth in depths]
    return {"plain_six": plain[-1], "doubled_six": doubled[-1]}


def numbers_of_exercises(conv_lengths: ConvLengths, kim_cnn: KimCNN) -> dict[str, Any]:
    """Return what the solutions of the exercises say."""

    def windows_of(length: int, width: int, stride: int, zeros: int) -> int:
        return int(conv_lengths(torch.tensor([length]), width, stride, zeros))

    kim = kim_cnn(1, 2, D=300, H=100, widths=(3, 4, 5))
    weights = sum(p.numel() for p in kim.filters.parameters())
    assert weights == 360_300
    pairs = [{a + b for a, b in zip("·" + word, word + "·")} for word in ("abaca", "acaba")]
    assert pairs[0] == pairs[1]
    return {
        "ex_narrow": windows_of(20, 4, 1, 0),
        "ex_wide": windows_of(20, 4, 1, 3),
        "ex_stride": windows_of(20, 4, 3, 0),
        "ex_short": windows_of(2, 4, 1, 0),
        "ex_short_wide": windows_of(2, 4, 1, 3),
        "ex_weights": f"{weights:,}",
        "ex_plain": math.ceil((500 - 1) / 2),
        "ex_doubled": next(i for i in range(20) if 1 + 2 * (2**i - 1) >= 500),
    }
