"""The figures of the chapter on convolutions over text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle
from numpy.typing import NDArray

from unrolled import data, figures

if TYPE_CHECKING:
    from measuring.convolutions import Picked

# Legends over axes.
ABOVE: dict[str, Any] = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "fontsize": 11}
ABOVE |= {"handletextpad": 0.3, "columnspacing": 1.2}

# Colour and marker of each network.
BY_TASK = {
    "window": ("olive", "s"),
    "RNN": ("orange", "v"),
    "LSTM": ("purple", "^"),
    "CNN": ("blue", "o"),
}
BY_DISTANCE = {
    "LSTM": ("purple", "^"),
    "conv + LSTM": ("pink", "v"),
    "dilated": ("green", "D"),
    "CNN 2-max": ("olive", "s"),
    "stack": ("orange", "X"),
    "CNN": ("blue", "o"),
}


def _square(ax: Axes, x: float, y: float, value: float, framed: bool = False) -> None:
    """Draw a number as a square."""
    colour = figures.DIVERGING[int(value > 0)]
    corner = (x - 0.3, y - 0.3), 0.6, 0.6
    ax.add_patch(Rectangle(*corner, color=colour, alpha=0.15 + 0.75 * abs(value), lw=0))
    ax.add_patch(Rectangle(*corner, fill=False, ec=figures.INK, lw=2.5 if framed else 0.6))


def _answers() -> NDArray[Any]:
    """Return what three filters of random weights answer to four pairs of five random words."""
    torch.manual_seed(5)
    vectors, pair_filters = torch.randn(5, 4), torch.randn(3, 8) / 2
    pairs = torch.cat([vectors[:-1], vectors[1:]], dim=1)
    return torch.tanh(pairs @ pair_filters.T).T.numpy()


def conv_idea() -> None:
    """Draw a sentence, the answers of three filters to its pairs, and the largest of each."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.62))
    answers = _answers()
    for i, word in enumerate(["the", "country", "of", "my", "birth"]):
        corner = (1.2 * i - 0.55, -0.3), 1.1, 0.6
        ax.add_patch(Rectangle(*corner, fill=False, ec=figures.INK, lw=1.2))
        ax.text(1.2 * i, 0, word, ha="center", va="center", fontsize=11)
    for t in range(4):
        for end in (0, 1.2):
            ax.plot([1.2 * t + end, 1.2 * t + 0.6], [0.35, 1.1], color=figures.INK, lw=1)
        for j in range(3):
            best = t == int(answers[j].argmax())
            _square(ax, 1.2 * t + 0.6, 1.5 + 0.75 * j, float(answers[j, t]), framed=best)
    for j in range(3):
        y = 1.5 + 0.75 * j
        arrow: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 13}
        ax.add_patch(FancyArrowPatch((4.65, y), (5.75, y), color=figures.INK, **arrow))
        _square(ax, 6.15, y, float(answers[j].max()), framed=True)
        ax.text(-0.15, y, f"filter {j + 1}", ha="right", va="center", fontsize=11)
    ax.text(5.2, 3.4, "max over time", ha="center", fontsize=11)
    ax.text(2.4, 3.4, "pairs", ha="center", fontsize=11)
    ax.set(xlim=(-1.2, 6.6), ylim=(-0.4, 3.8), aspect="equal")
    ax.axis("off")


def conv_zeros() -> None:
    """Draw the windows of width 3 over five words, narrow, wide, and with a stride."""
    size, heights = figures.figure_size(0.95), {"height_ratios": [3, 7, 4]}
    _, axes = plt.subplots(3, 1, figsize=size, gridspec_kw=heights)
    panels = (
        (0, 1, "narrow: no zeros"),
        (2, 1, "wide: two zeros at each end"),
        (2, 2, "wide, stride 2"),
    )
    for ax, (zeros, stride, title) in zip(axes, panels, strict=True):
        for place in range(-zeros, 5 + zeros):
            real = 0 <= place < 5
            corner = (place - 0.45, -0.45), 0.9, 0.9
            hatch = "" if real else "/////"
            ax.add_patch(Rectangle(*corner, fill=False, ec=figures.INK, hatch=hatch, lw=1))
            if real:
                ax.text(place, 0, f"$x_{place + 1}$", ha="center", va="center")
        count = (5 + 2 * zeros - 3) // stride + 1
        for window in range(count):
            corner = (window * stride - zeros - 0.42, 0.8 + 0.8 * window), 2.84, 0.45
            ax.add_patch(Rectangle(*corner, color=figures.PALETTE["blue"], lw=0))
        ax.set(xlim=(-2.6, 6.6), ylim=(-0.6, 0.9 + 0.8 * count))
        ax.set_title(f"{title}: {count} windows", fontsize=11.5)
        ax.axis("off")


def conv_kim(gains: Mapping[str, NDArray[Any]], sets: Sequence[str]) -> None:
    """Draw what word vectors from elsewhere are worth, by variant and data set."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for shift, (name, marker) in enumerate(zip(gains, "so^", strict=True)):
        places = np.arange(len(sets)) + 0.2 * (shift - 1)
        ax.plot(places, gains[name], marker, ms=8, label=name)
    ax.axhline(0, color=figures.INK, lw=1)
    ax.set_xticks(range(len(sets)), sets)
    ax.set(xlabel="data set", ylabel="points above CNN-rand", ylim=(-0.5, 6.8))
    ax.grid(False, axis="x")
    ax.legend(ncols=3, **ABOVE)


def conv_accuracy(
    accuracies: Mapping[tuple[str, str, int], Sequence[float]], most_frequent: float
) -> None:
    """Draw accuracies by task, number of examples and network, a mark for each seed."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.62))
    groups = [(task, count) for task in ("negated", "first") for count in (100, 1000)]
    groups.append(("names", max(count for *_, count in accuracies)))
    for place, (task, count) in enumerate(groups):
        for shift, (kind, (colour, marker)) in enumerate(BY_TASK.items()):
            shares = accuracies[task, kind, count]
            column = np.full(len(shares), place + 0.19 * (shift - 1.5))
            style: dict[str, Any] = {"color": figures.PALETTE[colour], "ms": 6, "alpha": 0.85}
            ax.plot(column, shares, marker, label=None if place else kind, **style)
        chance = most_frequent if task == "names" else 0.5
        ax.plot([place - 0.42, place + 0.42], [chance] * 2, "--", color=figures.INK, lw=1)
    ax.set_xticks(range(len(groups)), [f"{task}\n{count}" for task, count in groups])
    ax.set(
        ylabel="share of right answers",
        xlabel="task and number of training examples",
        ylim=(0.15, 1.04),
    )
    ax.grid(False, axis="x")
    ax.legend(ncols=4, **ABOVE)


def conv_distance(distances: Sequence[int], accuracies: Mapping[str, Sequence[float]]) -> None:
    """Draw accuracies by the distance between the two words, far from the ends."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.6))
    for kind, (colour, marker) in BY_DISTANCE.items():
        style: dict[str, Any] = {"color": figures.PALETTE[colour], "lw": 1.4, "ms": 6}
        ax.plot(distances, accuracies[kind], f"{marker}-", label=kind, **style)
    ax.axvline(10.5, color=figures.INK, lw=1.2, ls=":")
    ax.axhline(0.5, color=figures.INK, lw=1, ls="--")
    ax.set(
        xlabel="distance between the two words, in words",
        ylabel="share of right answers",
        ylim=(0.4, 1.04),
        xticks=distances,
    )
    ax.legend(ncols=3, **ABOVE)


def _evidence(picked: Picked, n: int) -> NDArray[Any]:
    """Return what the filters add to the logit of name n, spread over the letters they picked."""
    height = np.zeros(int(picked.lengths[n]))
    for j, share in enumerate(picked.shares[n].tolist()):
        start = max(int(picked.first[n, j]), 0)
        end = min(int(picked.first[n, j] + picked.widths[j]), len(height))
        if share > 0:
            height[start:end] += share / (end - start)
    return height


def conv_picked(picked: Picked) -> None:
    """Draw where the evidence comes from, for the name of which the network is most sure."""
    _, axes = plt.subplots(2, 3, figsize=figures.figure_size(0.62))
    middling = (picked.lengths >= 7) & (picked.lengths <= 10)
    chosen = ("Croatian", "Dutch", "Finnish", "Irish", "Italian", "Swedish")
    for ax, language in zip(axes.flat, chosen, strict=True):
        own = middling & (picked.languages == list(data.LANGUAGES).index(language))
        n = int(torch.where(own, picked.sure, torch.zeros(())).argmax())
        height, word = _evidence(picked, n), picked.word(n)
        ax.bar(range(len(height)), height, color=figures.PALETTE["blue"], width=0.8)
        ax.set_xticks(range(len(word)), list(word), fontsize=10.5)
        ax.set_title(language, fontsize=11)
        ax.set_ylim(0)
        ax.grid(False, axis="x")
        ax.tick_params(axis="y", labelsize=9)
    for ax in axes[:, 0]:
        ax.set_ylabel("added to logit", fontsize=10.5)
    axes[1, 1].set_xlabel("letters of the name")
