"""The figures of the chapter on bidirectional RNNs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from numpy.typing import NDArray
from torch import Tensor

from unrolled import figures

BLUE, OLIVE = figures.PALETTE["blue"], figures.PALETTE["olive"]
ORANGE, PINK = figures.PALETTE["orange"], figures.PALETTE["pink"]

Place = tuple[float, float]


def _arrow(ax: Axes, start: Place, end: Place, colour: str) -> None:
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=12,
            lw=1.5,
            color=colour,
            shrinkA=0,
            shrinkB=0,
            connectionstyle="arc3,rad=0.0",
        )
    )


def _box(ax: Axes, x: float, y: float, colour: str, filled: bool) -> None:
    ax.add_patch(
        FancyBboxPatch(
            (x - 0.3, y - 0.22),
            0.6,
            0.44,
            lw=1.8,
            ec=colour,
            fc=colour if filled else "none",
            boxstyle="round,pad=0,rounding_size=0.1",
        )
    )


def bi_net(words: Sequence[str] = ("They", "read", "it", "yesterday"), chosen: int = 1) -> None:
    """Draw both directions over some words; fill what one output sees."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.42))
    last = len(words) - 1
    for t, word in enumerate(words):
        x = 2.0 * t
        _box(ax, x - 0.35, 1.3, BLUE, t <= chosen)
        _box(ax, x + 0.35, 2.3, ORANGE, t >= chosen)
        _arrow(ax, (x - 0.35, 0.3), (x - 0.35, 1.08), figures.INK)
        _arrow(ax, (x + 0.35, 0.3), (x + 0.35, 2.08), figures.INK)
        _arrow(ax, (x - 0.35, 1.52), (x - 0.1, 3.2), BLUE)
        _arrow(ax, (x + 0.35, 2.52), (x + 0.1, 3.2), ORANGE)
        if t < last:
            _arrow(ax, (x - 0.05, 1.3), (x + 1.35, 1.3), BLUE)
            _arrow(ax, (x + 2.05, 2.3), (x + 0.65, 2.3), ORANGE)
        ax.text(x, 0.05, word, ha="center", va="center", fontsize=12)
        ax.text(x, 3.45, f"$z_{t + 1}$", ha="center", va="center", fontsize=14)
    ax.add_patch(Circle((2.0 * chosen, 3.45), 0.33, fill=False, color=figures.INK))
    ax.text(-1.0, 1.3, "forward", color=BLUE, ha="right", va="center")
    ax.text(-1.0, 2.3, "reverse", color=ORANGE, ha="right", va="center")
    ax.set(xlim=(-2.5, 2.0 * last + 1), ylim=(-0.2, 3.9), aspect="equal")
    ax.axis("off")


def bi_ends(seen: Mapping[str, Tensor]) -> None:
    """Plot the gradient of each readout at each input, (seeds, steps)."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.55))
    steps = np.arange(1, 41)
    for readout, colour, style in (
        ("forward alone", OLIVE, "-"),
        ("last step of both", PINK, "--"),
        ("both ends", BLUE, "-"),
    ):
        for norms in seen[readout]:
            ax.plot(steps, norms, style, color=colour, lw=1.4)
    ax.text(8, 0.2, "both ends", color=BLUE)
    ax.text(24, 1e-8, "forward alone", color=OLIVE)
    ax.text(24, 7e-10, "last step of both", color=PINK)
    ax.set(xlabel="step of the input", ylabel="relative gradient")
    ax.set(yscale="log", xlim=(1, 40), ylim=(1e-10, 3))


def bi_distance(by_distance: Mapping[str, NDArray[np.float64]], sizes: Mapping[str, int]) -> None:
    """Plot the accuracy of each network by the place of the cue, (seeds, places)."""
    _, axes = plt.subplots(3, 1, figsize=figures.figure_size(0.8), sharex=True, sharey=True)
    farthest = next(iter(by_distance.values())).shape[1] // 2
    places = np.arange(-farthest, farthest + 1)
    for ax, colour, (reads, shares) in zip(
        axes, (OLIVE, ORANGE, BLUE), by_distance.items(), strict=True
    ):
        for share in shares:
            ax.plot(places, share, color=colour, lw=1.4)
        ax.axhline(0.5, color=figures.INK, lw=1, ls="--")
        ax.set_title(f"{reads}, {sizes[reads]} weights", color=colour)
        ax.set(ylim=(0.4, 1.05), xlim=(-farthest, farthest))
    axes[1].set_ylabel("accuracy")
    axes[-1].set_xlabel("behind  ←  where the cue lies, in steps  →  ahead")


def bi_delay(late: Mapping[int, Sequence[float]], both: Sequence[float]) -> None:
    """Plot the errors of one direction by its delay, and those of two as a band."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.55))
    delays = list(late)
    ax.plot(delays, [np.mean(late[d]) for d in delays], color=OLIVE, lw=1.4)
    for delay, errors in late.items():
        ax.plot([delay] * len(errors), errors, "o", ms=4, color=OLIVE)
    ax.axhspan(min(both), max(both), color=BLUE, alpha=0.5, lw=0)
    ax.text(5.9, 9, "one direction", color=OLIVE, ha="right")
    ax.text(8, min(both) - 0.9, "two directions", color=BLUE, ha="right")
    ax.set(xlabel="delay of the answer, in characters", ylabel="wrong, in %")
    ax.set(ylim=(0, None), xticks=delays)


def bi_cheat(results: Mapping[str, Mapping[str, Sequence[float]]], guessing: float) -> None:
    """Plot the perplexities of the honest and of the cheating model at three places."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.55))
    spots = ("training text", "new text", "input cut")
    for name, colour, shift, label in (
        ("next, forward", OLIVE, -0.1, "one direction"),
        ("next, both", PINK, 0.1, "two directions"),
    ):
        for x, place in enumerate(spots):
            values = results[name][place]
            at, shown = [x + shift] * len(values), label if x == 0 else None
            ax.plot(at, values, "o", color=colour, label=shown)
    ax.axhline(guessing, color=figures.INK, lw=1, ls="--")
    ax.set_xticks(range(3), spots)
    ax.set(ylabel="perplexity", yscale="log", ylim=(0.8, 500), xlim=(-0.5, 2.5))
    ax.set_yticks([1, 10, 100], ["1", "10", "100"])
    ax.minorticks_off()
    ax.legend(loc="upper left")


def bi_influence(maps: Mapping[str, Tensor]) -> None:
    """Map the influence of each input on each output, (seeds, 16, 16), of the first seed."""
    _, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.52), sharey=True)
    corners = np.repeat(np.arange(0.5, 17), 2)
    for ax, colour, (name, per_seed) in zip(axes, (OLIVE, PINK), maps.items(), strict=True):
        table = per_seed[0].numpy() / per_seed[0].max().item()
        shades = np.zeros((16, 16, 4))
        shades[..., :3] = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        shades[..., 3] = np.sqrt(table)
        ax.imshow(shades, extent=(0.5, 16.5, 16.5, 0.5), interpolation="nearest")
        ax.plot(corners[1:], corners[:-1], color=figures.INK, lw=1)
        ax.set(title=name, xlabel="input step $k$")
        ax.set(xticks=(1, 8, 16), yticks=(1, 8, 16))
        ax.grid(False)
    axes[0].set_ylabel("output step $t$")
