"""The figures of the chapter “Convolutions over text”."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.patches import FancyArrowPatch, Rectangle

from unrolled import data, figures

# Legends over axes.
ABOVE = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "fontsize": 11}
ABOVE |= {"handletextpad": 0.3, "columnspacing": 1.2}


def conv_idea(sentence: Any) -> None:
    """Draw fig-conv-idea: from a sentence to a vector of fixed size."""
    torch.manual_seed(5)
    vectors, pair_filters = torch.randn(5, 4), torch.randn(3, 8) / 2
    pairs = torch.cat([vectors[:-1], vectors[1:]], dim=1)
    answers = torch.tanh(pairs @ pair_filters.T).T  # filters, pairs
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.62))

    def square(x, y, value, framed=False):
        """Draw a number as a square."""
        colour = figures.DIVERGING[int(value > 0)]
        corner = (x - 0.3, y - 0.3), 0.6, 0.6
        alpha = 0.15 + 0.75 * abs(float(value))
        ax.add_patch(Rectangle(*corner, color=colour, alpha=alpha, lw=0))
        edge = 2.5 if framed else 0.6
        ax.add_patch(Rectangle(*corner, fill=False, ec=figures.INK, lw=edge))

    for i, word in enumerate(sentence):
        corner = (1.2 * i - 0.55, -0.3), 1.1, 0.6
        ax.add_patch(Rectangle(*corner, fill=False, ec=figures.INK, lw=1.2))
        ax.text(1.2 * i, 0, word, ha="center", va="center", fontsize=11)
    for t in range(4):
        for end in (0, 1.2):
            ends = [1.2 * t + end, 1.2 * t + 0.6]
            ax.plot(ends, [0.35, 1.1], color=figures.INK, lw=1)
        for j in range(3):
            best = t == int(answers[j].argmax())
            square(1.2 * t + 0.6, 1.5 + 0.75 * j, answers[j, t], framed=best)
    for j in range(3):
        y = 1.5 + 0.75 * j
        ends = (4.65, y), (5.75, y)
        arrow = {"arrowstyle": "-|>", "mutation_scale": 13}
        ax.add_patch(FancyArrowPatch(*ends, color=figures.INK, **arrow))
        square(6.15, y, answers[j].max(), framed=True)
        ax.text(-0.15, y, f"filter {j + 1}", ha="right", va="center", fontsize=11)
    ax.text(5.2, 3.4, "max over time", ha="center", fontsize=11)
    ax.text(2.4, 3.4, "pairs", ha="center", fontsize=11)
    ax.set(xlim=(-1.2, 6.6), ylim=(-0.4, 3.8), aspect="equal")
    ax.axis("off")


def conv_zeros() -> None:
    """Draw fig-conv-zeros: the windows of width 3 over five words."""
    size, heights = figures.figure_size(0.95), {"height_ratios": [3, 7, 4]}
    _figure, axes = plt.subplots(3, 1, figsize=size, gridspec_kw=heights)
    panels = (
        (0, 1, "narrow: no zeros"),
        (2, 1, "wide: two zeros at each end"),
        (2, 2, "wide, stride 2"),
    )
    for ax, (zeros, stride, title) in zip(axes, panels):
        for place in range(-2, 7):
            real = 0 <= place < 5
            if not real and not zeros:
                continue
            corner = (place - 0.45, -0.45), 0.9, 0.9
            hatch = "" if real else "/////"
            ax.add_patch(Rectangle(*corner, fill=False, ec=figures.INK, hatch=hatch, lw=1))
            if real:
                ax.text(place, 0, f"$x_{place + 1}$", ha="center", va="center")
        count = (5 + 2 * zeros - 3) // stride + 1
        for window in range(count):
            start = window * stride - zeros
            corner = (start - 0.42, 0.8 + 0.8 * window), 2.84, 0.45
            ax.add_patch(Rectangle(*corner, color=figures.PALETTE["blue"], lw=0))
        ax.set(xlim=(-2.6, 6.6), ylim=(-0.6, 0.9 + 0.8 * count))
        ax.set_title(f"{title}: {count} windows", fontsize=11.5)
        ax.axis("off")


def conv_kim(gains: Any, SETS: Any) -> None:
    """Draw fig-conv-kim: what word vectors from elsewhere are worth."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for shift, (name, marker) in enumerate(
        (("static", "s"), ("non-static", "o"), ("multichannel", "^"))
    ):
        places = np.arange(7) + 0.2 * (shift - 1)
        ax.plot(places, gains[name], marker, ms=8, label=name)
    ax.axhline(0, color=figures.INK, lw=1)
    ax.set_xticks(range(7), SETS)
    ax.set(xlabel="data set", ylabel="points above CNN-rand", ylim=(-0.5, 6.8))
    ax.grid(False, axis="x")
    ax.legend(ncols=3, **ABOVE)


def conv_accuracy(NETWORKS: Any, groups: Any, accuracies: Any, most_frequent: Any) -> None:
    """Draw fig-conv-accuracy."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.62))
    markers = dict(zip(NETWORKS, "sv^o"))
    colours = dict(zip(NETWORKS, ("olive", "orange", "purple", "blue")))
    for place, (task, count, _) in enumerate(groups):
        for shift, kind in enumerate(NETWORKS):
            shares = accuracies(task, kind, count)
            column = np.full(len(shares), place + 0.19 * (shift - 1.5))
            style = {"color": figures.PALETTE[colours[kind]], "ms": 6, "alpha": 0.85}
            label = kind if place == 0 else None
            ax.plot(column, shares, markers[kind], label=label, **style)
        chance = most_frequent if task == "names" else 0.5
        ends = [place - 0.42, place + 0.42]
        ax.plot(ends, [chance] * 2, "--", color=figures.INK, lw=1)
    ax.set_xticks(range(len(groups)), [label for *_, label in groups])
    ax.set(
        ylabel="share of right answers",
        xlabel="task and number of training examples",
        ylim=(0.15, 1.04),
    )
    ax.grid(False, axis="x")
    ax.legend(ncols=4, **ABOVE)


def conv_distance(shown: Any, distances: Any, far: Any, AWAY: Any) -> None:
    """Draw fig-conv-distance: which comes first, far from the ends?."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.6))
    for kind, (colour, marker) in shown.items():
        style = {"color": figures.PALETTE[colour], "lw": 1.4, "ms": 6}
        ax.plot(distances, far[AWAY, kind], f"{marker}-", label=kind, **style)
    ax.axvline(10.5, color=figures.INK, lw=1.2, ls=":")
    ax.axhline(0.5, color=figures.INK, lw=1, ls="--")
    ax.set(
        xlabel="distance between the two words, in words",
        ylabel="share of right answers",
        ylim=(0.4, 1.04),
        xticks=distances,
    )
    ax.legend(ncols=3, **ABOVE)


def conv_picked(
    languages: Any,
    lengths: Any,
    sure: Any,
    shares: Any,
    first: Any,
    widths: Any,
    letters: Any,
    ids: Any,
) -> None:
    """Draw fig-conv-picked: where the evidence comes from."""
    _figure, axes = plt.subplots(2, 3, figsize=figures.figure_size(0.62))
    chosen = ["Croatian", "Dutch", "Finnish", "Irish", "Italian", "Swedish"]
    heights = {}
    for ax, language in zip(axes.flat, chosen):
        k = list(data.LANGUAGES).index(language)
        own = (languages == k) & (lengths >= 7) & (lengths <= 10)
        n = int(torch.where(own, sure, torch.zeros(())).argmax())
        height = np.zeros(int(lengths[n]))
        for j in range(shares.shape[1]):
            start = max(int(first[n, j]), 0)
            end = min(int(first[n, j] + widths[j]), len(height))
            if shares[n, j] > 0:
                height[start:end] += shares[n, j].item() / (end - start)
        heights[language] = height
        ax.bar(range(len(height)), height, color=figures.PALETTE["blue"], width=0.8)
        word = letters.decode(ids[n, : lengths[n]].tolist())
        ax.set_xticks(range(len(word)), list(word), fontsize=10.5)
        ax.set_title(f"{language}", fontsize=11)
        ax.set_ylim(0)
        ax.grid(False, axis="x")
        ax.tick_params(axis="y", labelsize=9)
    for ax in axes[:, 0]:
        ax.set_ylabel("added to logit", fontsize=10.5)
    axes[1, 1].set_xlabel("letters of the name")
