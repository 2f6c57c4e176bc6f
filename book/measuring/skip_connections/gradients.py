"""Gradients on their way down through new networks, and states on their way up.

The functions take the page's: `Block` makes a block, `make_net` a network by name, depth and
seed, and `gradient_by_depth` returns the size of the gradient at each of its states.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from prelude import glue, tenfold

MakeBlock = Callable[[str, int, int], Any]
MakeNet = Callable[..., Any]
GradientByDepth = Callable[[Any, Tensor, Tensor], Tensor]
Images = tuple[Tensor, Tensor]  # images (N, 64), digits (N,)
Grown = dict[str, list[tuple[float, float]]]  # by kind and seed: of the state, of the gradient

SEEDS, DEEP = (0, 1, 2), 64
PLAIN = ("plain sigmoid", "plain relu", "plain", "plain scaled", "plain relu scaled")
SKIP = ("residual", "highway", "highway bias -2", "dense")


def load_images() -> tuple[Images, Images]:
    """Return the training set and the test set."""
    pixels, digits = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(digits))
    x = torch.tensor(pixels[order] - pixels.mean(), dtype=torch.float32)
    x, y = x / pixels.std(), torch.tensor(digits[order])
    return (x[360:], y[360:]), (x[:360], y[:360])


def images() -> tuple[Images, Images, Images]:
    """Print the sizes of the sets; return both, and 200 images in double precision."""
    train, test = load_images()
    print(len(train[0]), "training images,", len(test[0]), "test images")
    return train, test, (train[0][:200].double(), train[1][:200])


def go_down(
    make_net: MakeNet, gradient_by_depth: GradientByDepth, few: Images
) -> dict[str, Tensor]:
    """Print what is left at the first state; return sizes (seeds, states) by network."""
    down = {
        name: torch.stack(
            [gradient_by_depth(make_net(name, DEEP, seed).double(), *few) for seed in SEEDS]
        )
        for name in PLAIN + SKIP
    }
    print("gradient at the first state, relative to the last, by seed:")
    for name, norms in down.items():
        print(f"{name:>17}:", *(f"{norm:.0e}" for norm in norms[:, 0]))
    return down


def _keep_rates(down: dict[str, Tensor]) -> None:
    """Keep by what a layer in the middle multiplies a gradient, in the geometric mean."""
    expected = {
        "plain": ("tanh", math.sqrt(1 / 3), 0.05),
        "plain relu": ("relu", math.sqrt(1 / 6), 0.05),
        "plain sigmoid": ("sigmoid", math.sqrt(1 / 3) / 4, 0.02),
    }
    for name, (key, value, tolerance) in expected.items():
        rate = down[name][:, 8].div(down[name][:, 56]).log().mean().div(48).exp()
        glue(f"rate_{key}", rate)
        assert abs(rate - value) < tolerance


def keep_down(down: dict[str, Tensor]) -> None:
    """Keep the numbers of the text beside fig-skip-down."""
    _keep_rates(down)
    ends = {name: norms[:, 0] for name, norms in down.items()}
    scaled = torch.cat([ends["plain scaled"], ends["plain relu scaled"]])
    glue("end_tanh", tenfold(ends["plain"].max().item()))
    glue("scaled_low", scaled.min())
    glue("scaled_high", scaled.max())
    glue("residual_low", ends["residual"].min())
    glue("residual_high", ends["residual"].max())
    glue("highway_end", ends["highway"].mean())
    glue("highway_two_end", tenfold(ends["highway bias -2"].mean().item()))
    glue("carry_four", (1 / (1 + math.exp(-4))) ** DEEP)
    glue("carry_two", tenfold((1 / (1 + math.exp(-2))) ** DEEP))
    glue("dense_end", ends["dense"].mean())
    assert ends["plain"].max() < 1e-12
    assert ends["plain relu"].max() < 1e-20
    assert scaled.min() > 0.01
    assert ends["residual"].min() > 5
    assert ends["residual"].max() < 80
    assert ends["highway"].min() > 0.1
    assert ends["dense"].min() > 0.1
    assert 1e-4 < ends["highway bias -2"].min() < ends["highway bias -2"].max() < 2e-3


def _spread(norms: Tensor, d: int) -> float:
    """Return how the power of ten of the gradient spreads over the seeds, d layers down."""
    return norms[:, DEEP - d].log10().std().item()


def repeat_a_layer(
    make_net: MakeNet, gradient_by_depth: GradientByDepth, few: Images
) -> tuple[Tensor, Tensor]:
    """Print how gradients spread over 12 seeds; return sizes for one layer, and for different."""
    x, y = few[0][:30], few[1][:30]

    def sizes(tied: bool) -> Tensor:
        nets = [make_net("plain", DEEP, seed, tied).double() for seed in range(12)]
        return torch.stack([gradient_by_depth(net, x, y) for net in nets])

    one, many = sizes(tied=True), sizes(tied=False)
    for d in (16, 64):
        print(
            f"{d} layers down: the power of ten of the gradient spreads by",
            f"{_spread(one, d):.2f} (one layer),",
            f"{_spread(many, d):.2f} (different layers)",
        )
    return one, many


def keep_repeated(one: Tensor, many: Tensor) -> None:
    """Keep the numbers of the text beside fig-skip-tied."""
    for name, norms in (("one", one), ("many", many)):
        glue(f"{name}_growth", _spread(norms, 64) / _spread(norms, 16))
        glue(f"{name}_low", f"−{-norms[:, 0].log10().min().item():.1f}")
        glue(f"{name}_high", f"−{-norms[:, 0].log10().max().item():.1f}")
    assert _spread(one, 64) > 3 * _spread(many, 64)
    assert _spread(one, 64) / _spread(one, 16) > 3
    assert 1.3 < _spread(many, 64) / _spread(many, 16) < 3.5


def _new_content(Block: MakeBlock, kind: str, h: Tensor, blocks: int) -> Tensor:
    """Return F(h) of a new block: with tanh, or two layers with ReLU, and what is done to them."""
    H = h.shape[1]
    if kind == "tanh":
        made: Tensor = Block("plain", H, H).double()(h)
        return made
    W_1 = torch.randn(H, H).double() * math.sqrt(2 / H)
    W_2 = torch.randn(H, H).double() / math.sqrt(H)
    new = torch.relu(h @ W_1.mT) @ W_2.mT
    if kind == "normalised":
        return nn.functional.batch_norm(new, None, None, training=True)
    return new / math.sqrt(blocks) if kind == "divided" else new


def growth(
    Block: MakeBlock, kind: str, seed: int, B: int = 64, H: int = 32, N: int = 64
) -> tuple[float, float]:
    """Return how a residual network scales a state and a gradient."""
    torch.manual_seed(seed)
    h = h_0 = torch.randn(N, H).double().requires_grad_()
    for _ in range(B):
        h = h + _new_content(Block, kind, h, B)
    dy = torch.randn(N, H).double()
    (dx,) = torch.autograd.grad(h, h_0, dy)
    return (h.norm() / h_0.norm()).item(), (dx.norm() / dy.norm()).item()


def print_growth(Block: MakeBlock) -> Grown:
    """Print and return how residual networks scale a state and a gradient."""
    kinds = ("relu", "normalised", "divided", "tanh")
    grown = {kind: [growth(Block, kind, seed) for seed in SEEDS] for kind in kinds}
    for kind, runs in grown.items():
        states = " ".join(f"{state:7.2g}" for state, _ in runs)
        slopes = " ".join(f"{slope:7.2g}" for _, slope in runs)
        print(f"{kind:>10}: states {states}   gradients {slopes}")
    return grown


def keep_growth(grown: Grown) -> None:
    """Keep the numbers of the section “How the state grows”."""
    states = {kind: [state for state, _ in runs] for kind, runs in grown.items()}
    glue("relu_state", tenfold(max(states["relu"])))
    glue("relu_expected", tenfold(2.0**32))
    glue("normalised_state", max(states["normalised"]))
    glue("normalised_expected", math.sqrt(65))
    glue("divided_state", max(states["divided"]))
    glue("tanh_state", max(states["tanh"]))
    assert min(states["relu"]) > 1e7
    assert max(states["relu"]) < 1e12
    assert min(states["normalised"]) > 6
    assert max(states["normalised"]) < 12
    assert min(states["divided"]) > 1.2
    assert max(states["divided"]) < 2.5
    assert max(states["tanh"]) < 12
