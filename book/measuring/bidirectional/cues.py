"""Tags that depend on a cue behind or ahead, and on two cues, one on each side."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

SEEDS = (0, 1, 2)
T_CUE, FARTHEST = 20, 15
UNITS = {"forward": 24, "reverse": 24, "both": 12}

# Each of these is the page's: the network that tags, its training, the draw of the first task.
Tagger = Callable[..., nn.Module]
Train = Callable[..., nn.Module]
DrawCue = Callable[[int, int], tuple[Tensor, Tensor, Tensor, Tensor]]


def count_weights(model: nn.Module) -> int:
    """Count a model's parameters, PyTorch's second biases left out."""
    named = model.named_parameters()
    return sum(p.numel() for name, p in named if "bias_hh" not in name)


@torch.no_grad()
def right_by_distance(
    draw_cue: DrawCue, model: nn.Module, T: int, farthest: int, N: int = 3000
) -> list[float]:
    """Return accuracy by the distance from an answer on to its cue."""
    torch.manual_seed(1000)
    ids, targets, _, place = draw_cue(N, T)
    right = (model(ids).argmax(dim=-1) == targets).float()
    distance = place[:, None] - torch.arange(T)
    return [right[distance == d].mean().item() for d in range(-farthest, farthest + 1)]


def cue_runs(
    train_on_cues: Callable[[str, int, int, int], nn.Module], draw_cue: DrawCue
) -> tuple[dict[str, NDArray[np.float64]], dict[str, int]]:
    """Train and print; return by network its accuracies (seeds, places), and its weights."""
    by_distance, sizes = {}, {}
    for reads, H in UNITS.items():
        models = [train_on_cues(reads, seed, T_CUE, H) for seed in SEEDS]
        sizes[reads] = count_weights(models[0])
        by_distance[reads] = np.array(
            [right_by_distance(draw_cue, model, T_CUE, FARTHEST) for model in models]
        )
        behind = by_distance[reads][:, : FARTHEST + 1].mean(axis=1)
        ahead = by_distance[reads][:, FARTHEST + 1 :].mean(axis=1)
        print(
            f"{reads:>8}, {sizes[reads]} weights: cue here or behind",
            *(f"{share:.2f}" for share in behind),
            "ahead",
            *(f"{share:.2f}" for share in ahead),
        )
    return by_distance, sizes


def numbers_of_cues(
    by_distance: Mapping[str, NDArray[np.float64]], sizes: Mapping[str, int]
) -> dict[str, Any]:
    """Return what the text says of the cue ahead or behind."""
    unseen = by_distance["forward"][:, FARTHEST + 1 :], by_distance["reverse"][:, :FARTHEST]
    blind = np.concatenate(unseen, axis=1).mean(axis=1)
    sighted = by_distance["both"].mean(axis=1).min()
    assert blind.min() > 0.45
    assert blind.max() < 0.55
    assert sighted > 0.9
    assert sizes["both"] < sizes["forward"]
    return {
        "cue_T": T_CUE,
        "blind_bi_low": blind.min(),
        "blind_bi_high": blind.max(),
        "sighted_bi": math.floor(1000 * sighted) / 10,  # rounded down
        "size_forward": sizes["forward"],
        "size_both": sizes["both"],
    }


def draw_two_cues(N: int, T: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return symbols and mask (N, T), and the bits behind and ahead (N,)."""
    ids, rows = torch.randint(4, (N, T)), torch.arange(N)
    first = torch.randint(T // 4, (N,))
    second = T - 1 - torch.randint(T // 4, (N,))
    left, right = torch.randint(2, (2, N))
    ids[rows, first], ids[rows, second] = 4 + left, 6 + right
    t = torch.arange(T)
    return ids, (t > first[:, None]) & (t < second[:, None]), left, right


def train_on_two_cues(
    tagger: Tagger, train: Train, seed: int, H: int, T: int = 16, updates: int = 90
) -> tuple[nn.Module, float]:
    """Return a tagger, and how often it gives both bits."""
    torch.manual_seed(seed)
    model = tagger("both", V=8, H=H, C=4)

    def draw(N: int = 32) -> tuple[Tensor, Tensor, Tensor]:
        ids, mask, left, right = draw_two_cues(N, T)
        return ids, (2 * left + right)[:, None].expand(-1, T), mask

    train(model, draw, updates, rate=0.02)
    ids, targets, mask = draw(1000)
    right = model(ids).argmax(dim=-1) == targets
    return model, right[mask].float().mean().item()


def compare_bits(model: Any, hidden: int, seed: int, T: int = 16, updates: int = 120) -> float:
    """Train a readout of a model's states: are both bits the same?

    Return its loss on new sequences; hidden=0 is a linear readout.
    """
    torch.manual_seed(seed)
    H = model.output.in_features
    readout: nn.Module = nn.Linear(H, 2)
    if hidden:
        layers = nn.Linear(H, hidden), nn.Tanh(), nn.Linear(hidden, 2)
        readout = nn.Sequential(*layers)
    optimiser = torch.optim.Adam(readout.parameters(), lr=0.03)

    @torch.no_grad()
    def draw(N: int) -> tuple[Tensor, Tensor]:
        ids, mask, left, right = draw_two_cues(N, T)
        same = (left == right).long()[:, None].expand(-1, T)
        return model.states(model.E(ids))[mask], same[mask]

    h, same = draw(400)
    for _ in range(updates):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(readout(h), same)
        torch.autograd.backward(loss)
        optimiser.step()
    h, same = draw(2000)
    return nn.functional.cross_entropy(readout(h), same).item()


def two_cue_runs(tagger: Tagger, train: Train) -> tuple[list[float], dict[int, list[float]]]:
    """Train and print; return how often both bits are right, and losses by hidden units."""
    runs = [train_on_two_cues(tagger, train, seed, H=12) for seed in SEEDS]
    shares = [share for _, share in runs]
    print("both bits right:", *(f"{share:.3f}" for share in shares))
    opinions = {
        hidden: [compare_bits(runs[seed][0], hidden, seed) for seed in SEEDS] for hidden in (0, 8)
    }
    for hidden, found in opinions.items():
        name = f"{hidden} hidden units" if hidden else "linear readout"
        print(f"same or not, loss, {name}:", *(f"{loss:.3f}" for loss in found))
    print(f"guessing: {math.log(2):.3f}")
    return shares, opinions


def numbers_of_two_cues(
    shares: Sequence[float], opinions: Mapping[int, Sequence[float]]
) -> dict[str, float]:
    """Return what the text says of the cues on both sides."""
    assert min(shares) > 0.95
    assert min(opinions[0]) > 0.66
    assert max(opinions[8]) < 0.1
    return {
        "both_bits": math.floor(1000 * min(shares)) / 10,  # rounded down
        "linear_low": min(opinions[0]),
        "linear_high": max(opinions[0]),
        "hidden_high": max(opinions[8]),
    }
