"""What trained networks do: paths that carry gradient, accuracies, movements of layers.

A network is the page's, made by its `make_net`: `first`, `blocks` and `last`.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from prelude import glue

Images = tuple[Tensor, Tensor]  # images (N, 64), digits (N,)
MakeNet = Callable[..., Any]
Accuracies = dict[str, list[float]]  # by network, a number for each seed

SEEDS = (0, 1, 2)
# The short run: blocks, updates, learning rate.
LIVE_DEPTH, LIVE_UPDATES, LIVE_RATE = 32, 120, 0.02
MOVED_UPDATES = 100


def train_net(
    make_net: MakeNet,
    name: str,
    depth: int,
    seed: int,
    train: Images,
    updates: int,
    rate: float,
    adam: bool = False,
    N: int = 50,
) -> Any:
    """Return a new network, trained with momentum, or else with Adam."""
    net = make_net(name, depth, seed)
    x, y = train
    optimiser: torch.optim.Optimizer
    if adam:
        optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    else:
        optimiser = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    for _ in range(updates):
        chosen = torch.randint(len(x), (N,))
        loss = nn.functional.cross_entropy(net(x[chosen]), y[chosen])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
    return net


def _train_live(make_net: MakeNet, name: str, train: Images, depth: int = LIVE_DEPTH) -> list[Any]:
    """Return networks after the short run, one for each seed."""
    run = (train, LIVE_UPDATES, LIVE_RATE)
    return [train_net(make_net, name, depth, seed, *run) for seed in SEEDS]


def new_and_trained(make_net: MakeNet, name: str, train: Images) -> tuple[list[Any], list[Any]]:
    """Return networks as they start, and after the short run, one for each seed."""
    new = [make_net(name, LIVE_DEPTH, seed) for seed in SEEDS]
    return new, _train_live(make_net, name, train)


def count_paths(blocks: int) -> NDArray[np.float64]:
    """Return how many paths there are with 0, 1, … functions on them."""
    return np.array([math.comb(blocks, k) for k in range(blocks + 1)], float)


def _mean_length(part: Tensor) -> float:
    return float((torch.arange(len(part)) * part).sum())


def lengths(
    carried_by_length: Callable[[Any, Tensor, Tensor], Tensor],
    new: Sequence[Any],
    trained: Sequence[Any],
    few: Images,
) -> tuple[list[Tensor], list[Tensor]]:
    """Print mean lengths; return what paths of each length carry, in new and trained networks."""
    x, y = few[0][:2], few[1][:2]
    before, after = (
        [carried_by_length(copy.deepcopy(net).double(), x, y) for net in nets]
        for nets in (new, trained)
    )
    for title, parts in (("before", before), ("after", after)):
        means = [_mean_length(part) for part in parts]
        print(f"{title} training, mean length:", *(f"{mean:.1f}" for mean in means))
    return before, after


def keep_paths(before: Sequence[Tensor], after: Sequence[Tensor]) -> None:
    """Keep the numbers of the text beside fig-skip-paths."""
    for name, parts in (("before", before), ("after", after)):
        means = [_mean_length(part) for part in parts]
        glue(f"path_{name}_low", min(means))
        glue(f"path_{name}_high", max(means))
        assert max(means) < 10
    blocks = len(before[0]) - 1
    count = count_paths(blocks)
    long_paths = max(part[blocks // 2 :].sum().item() for part in (*before, *after))
    glue("path_long", 100 * long_paths)
    glue("path_long_count", 100 * count[blocks // 2 :].sum() / count.sum())
    assert long_paths < 0.15


@torch.no_grad()
def accuracy(net: Any, images: Images) -> float:
    """Return the fraction of images that are recognised."""
    x, y = images
    return float((net(x).argmax(dim=1) == y).float().mean())


def short_run(
    make_net: MakeNet, residual: list[Any], train: Images, test: Images
) -> tuple[Accuracies, Accuracies]:
    """Print and return the accuracies of trained networks, on test and on training images."""
    others = ("plain", "plain scaled", "dense")
    runs = {"residual": residual} | {name: _train_live(make_net, name, train) for name in others}
    live, seen = (
        {name: [accuracy(net, part) for net in nets] for name, nets in runs.items()}
        for part in (test, train)
    )
    for title, found in (("test", live), ("training", seen)):
        print(f"accuracy on {title} images, by seed")
        for name, values in found.items():
            print(f"{name:>14}:", *(f"{100 * value:5.1f}%" for value in values))
    return live, seen


def without_blocks(make_net: MakeNet, train: Images, test: Images) -> list[float]:
    """Return the accuracies on test images of networks without any block."""
    return [accuracy(net, test) for net in _train_live(make_net, "plain", train, depth=0)]


def keep_live(live: Accuracies, seen: Accuracies, linear: list[float]) -> None:
    """Keep the numbers of the short run, and of networks without blocks."""
    glue("live_updates", LIVE_UPDATES)
    glue("seen_low", 100 * min(seen["plain scaled"]))
    glue("seen_high", 100 * max(seen["plain scaled"]))
    glue("linear_low", 100 * min(linear))
    glue("linear_high", 100 * max(linear))
    assert max(seen["plain scaled"]) < 0.8 < min(seen["residual"])
    assert min(linear) > 0.85
    assert min(live["residual"]) > 0.85
    assert max(live["plain"]) < 0.2


def first_to_last(net: Any, x: Tensor, y: Tensor) -> float:
    """Return the size of the first block's gradient by the last's."""
    loss = nn.functional.cross_entropy(net(x), y)
    ends = [net.blocks[place].layer.weight for place in (0, -1)]
    first, last = torch.autograd.grad(loss, ends)
    return float(first.norm() / last.norm())


def movement(
    make_net: MakeNet, name: str, seed: int, train: Images, updates: int = MOVED_UPDATES
) -> list[float]:
    """Return how far the weights of four blocks moved, relative to their size."""
    start = make_net(name, 4, seed)
    net = train_net(make_net, name, 4, seed, train, updates, rate=0.05)
    moved = []
    for old, new in zip(start.blocks, net.blocks):
        step = new.layer.weight - old.layer.weight
        moved.append((step.norm() / old.layer.weight.norm()).item())
    return moved


def movements(make_net: MakeNet, train: Images) -> dict[str, NDArray[np.float64]]:
    """Print, and return by network (seeds, blocks), how far weights moved."""
    moved = {
        name: np.array([movement(make_net, name, seed, train) for seed in SEEDS])
        for name in ("plain sigmoid", "residual sigmoid")
    }
    print("first to last of four blocks, mean of three seeds")
    for name, parts in moved.items():
        print(f"{name:>16}:", *(f"{part:.3f}" for part in parts.mean(axis=0)))
    return moved


def keep_movement(moved: dict[str, NDArray[np.float64]]) -> None:
    """Keep the numbers of the section “Lower layers learn slowly”."""
    glue("moved_updates", MOVED_UPDATES)
    slow, steady = moved["plain sigmoid"], moved["residual sigmoid"]
    slow_ratio, even = slow[:, -1] / slow[:, 0], steady[:, -1] / steady[:, 0]
    glue("slow_low", slow_ratio.min())
    glue("slow_high", slow_ratio.max())
    glue("even_low", even.min())
    glue("even_high", even.max())
    assert slow_ratio.min() > 5
    assert even.max() < 3
