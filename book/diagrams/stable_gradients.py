"""The figures of the chapter “Keeping gradients stable”."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Circle, Rectangle
from numpy.typing import NDArray
from torch import Tensor

from unrolled import figures

Array = NDArray[np.floating[Any]]
Span = tuple[float, float]

INK, COLOURS = figures.INK, list(figures.PALETTE.values())
CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}
BLUE, ORANGE, GREEN, PURPLE = (
    figures.PALETTE[name] for name in ("blue", "orange", "green", "purple")
)
NETWORKS = {"tanh RNN": ORANGE, "identity RNN": BLUE, "LSTM": GREEN}


def _clips(ax: Axes, arrows: Array, ends: Array) -> None:
    """Draw arrows from the origin, thin, and what is left of them, thick."""
    for arrow, end, colour in zip(arrows, ends, COLOURS):
        for tip, width, alpha in ((arrow, 1.2, 0.8), (end, 3, 1)):
            look = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "alpha": alpha}
            ax.annotate("", tip, (0, 0), arrowprops={**look, "color": colour, "lw": width})


def two_clips() -> None:
    """Draw six gradients before and after clipping by norm and by value."""
    _, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.54))
    arrows = np.array(
        [[2.9, 0.5], [1.2, 2.6], [-1.6, 2.4], [-2.8, -0.7], [-0.5, -2.7], [0.5, -0.4]]
    )
    lengths = np.linalg.norm(arrows, axis=1, keepdims=True)
    clipped = (arrows / np.maximum(lengths, 1), np.clip(arrows, -1, 1))
    shapes = (
        Circle((0, 0), 1, fill=False, ec=INK, lw=1.2, ls="--"),
        Rectangle((-1, -1), 2, 2, fill=False, ec=INK, lw=1.2, ls="--"),
    )
    for ax, ends, shape, title in zip(axes, clipped, shapes, ("by norm", "by value")):
        ax.add_patch(shape)
        _clips(ax, arrows, ends)
        ax.set(xlim=(-3.1, 3.1), ylim=(-3.1, 3.1), aspect="equal", title=title)
        ax.set(xlabel="$g_1$", ylabel="$g_2$", xticks=(-2, 0, 2), yticks=(-2, 0, 2))


def _pair(ax: Axes, source: int, target: int, j: int) -> None:
    """Draw a source word, a target word, and the arc between them."""
    colour, span = COLOURS[j - 1], target - source
    centre, angle = (source + target) / 2, np.linspace(0, np.pi, 60)
    x, y = centre + span / 2 * np.cos(angle), 0.45 + 0.33 * span * np.sin(angle)
    ax.plot(x, y, color=colour, lw=1.8)
    ax.plot(source, 0, "o", ms=17, color=colour)
    ax.plot(target, 0, "o", ms=17, mfc="none", mec=colour, mew=1.8)
    ax.text(source, 0, f"$x_{j}$", color="white", **CENTRED)
    ax.text(target, 0, f"$y_{j}$", **CENTRED)


def _distances(ax: Axes, order: Iterable[int], length: int) -> None:
    """Draw source and target on a line, an arc for each pair, and the extreme distances."""
    place = {j: step for step, j in enumerate(order, start=1)}
    spans = {j: length + j - place[j] for j in place}
    for j in spans:
        _pair(ax, place[j], length + j, j)
    for span in {min(spans.values()), max(spans.values())}:
        shown = [j for j in spans if spans[j] == span]
        j = length if length in shown else shown[0]
        middle, top = (length + j + place[j]) / 2, 0.48 + 0.33 * span
        ax.text(middle, top, f"{span}", ha="center", va="bottom", size=10)
    top = 1.1 + 0.33 * max(spans.values())
    ax.set(xlim=(0.4, 2 * length + 0.6), ylim=(-0.5, top))
    ax.set(xlabel="step", xticks=range(1, 2 * length + 1), yticks=[])
    ax.spines["left"].set_visible(False)
    ax.grid(False)


def reverse(length: int = 6) -> None:
    """Draw which input each output depends on, if words correspond one to one."""
    size = figures.figure_size(0.76)
    _, axes = plt.subplots(2, 1, figsize=size, sharex=True, height_ratios=(3.6, 5.2))
    _distances(axes[0], range(1, length + 1), length)
    _distances(axes[1], range(length, 0, -1), length)
    axes[0].set(xlabel="", title="source in order")
    axes[1].set_title("source reversed")
    axes[0].tick_params(labelbottom=False)


def _map(ax: Axes, loss: Callable[[Tensor, Tensor], Tensor], across: Span, up: Span) -> Any:
    """Draw the loss over w and b as a map; return what a bar of colours needs."""
    violet = LinearSegmentedColormap.from_list("loss", [PURPLE + "00", PURPLE + "d0"])
    sides = (torch.linspace(*across, steps=241), torch.linspace(*up, steps=241))
    w, b = torch.meshgrid(*sides, indexing="xy")
    ax.set(xlabel="w", ylabel="b", xlim=across, ylim=up)
    ax.grid(False)
    look: dict[str, Any] = {"vmin": 0, "vmax": 0.47, "shading": "auto", "rasterized": True}
    return ax.pcolormesh(w, b, loss(w.double(), b.double()), cmap=violet, **look)


def cliff_walk(walks: Mapping[str, Any], loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Draw the loss as a map, and the walks on it, by name: all of it, and a part."""
    figure, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.56))
    frames = (((3.5, 7), (-3.8, 4)), ((4.4, 5.4), (-2.75, -1.95)))
    for ax, frame in zip(axes, frames):
        image = _map(ax, loss, *frame)
        for (name, walk), colour in zip(walks.items(), (ORANGE, GREEN)):
            x, y = walk.places[:, 0].T
            ax.plot(x, y, ".-", ms=4, lw=1.2, color=colour, label=name)
            ax.plot(x[-1], y[-1], "o", ms=8, color=colour)
    start = walks["plain"].places[0, 0]
    axes[0].plot(*start, "s", ms=7, color=INK)
    axes[0].annotate("start", start, (6, 5), textcoords="offset points")
    axes[0].legend(loc="upper left", handlelength=1)
    bar = figure.colorbar(image, ax=axes, pad=0.02, aspect=30)
    bar.set_label("loss L")
    bar.outline.set_visible(False)


def clip_bias(settled: Any) -> None:
    """Draw where clipped descent settles against the threshold."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for value, name in ((settled.data.mean(), "mean"), (np.median(settled.data), "median")):
        ax.axhline(value, color=INK, lw=1.2, ls="--")
        ax.text(7.2, value, name, va="center")
    ax.plot(settled.thresholds, settled.predicted, color=BLUE)
    looks = ((BLUE, 0.025), (ORANGE, -0.045))
    for (N, rows), (colour, height) in zip(settled.found.items(), looks):
        for row in rows:
            ax.plot(settled.thresholds, row, "o", ms=4, color=colour)
        ax.text(0.43, rows.mean(0)[3] + height, f"N = {N}", color=colour)
    ax.set(xlabel=r"threshold $\kappa$", ylabel=r"settled at $\theta$")
    ax.set(xscale="log", xlim=(0.045, 6.9))
    ax.set_xticks(settled.thresholds, [f"{value:g}" for value in settled.thresholds])
    ax.minorticks_off()


def reach(reaches: Mapping[str, Tensor]) -> None:
    """Draw gradient norms against the distance, (seeds, T), by network."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.58))
    for (name, rows), colour in zip(reaches.items(), COLOURS):
        for row in rows:
            ax.plot(row, color=colour, lw=1.3)
        level = rows.log().mean(0)[-1].exp().item()
        apart = {"ReLU, identity": 12, "tanh, identity": 1e-2}.get(name, 1)
        ax.text(101.5, level * apart, name, color=colour, va="center")
    ax.set(xlabel="distance in steps", ylabel="gradient norm", yscale="log")
    ax.set(xlim=(0, 100), ylim=(1e-42, 1e3))
    ax.set_yticks([1e-40, 1e-30, 1e-20, 1e-10, 1])


def adding(stored: Mapping[str, Any]) -> None:
    """Draw the stored errors on the adding problem during training."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.58))
    results, settings = stored["results"], stored["settings"]
    for result in results:
        updates = settings["every"] * np.arange(len(result["curve"]))
        ax.plot(updates, result["curve"], color=NETWORKS[result["network"]], lw=1.3)
    ax.axhline(1 / 6, color=INK, lw=1.2, ls="--")
    for network, colour in NETWORKS.items():
        errors = [result["error"] for result in results if result["network"] == network]
        level = np.exp(np.mean(np.log(errors)))
        ax.text(settings["updates"] * 1.02, level, network, color=colour, va="center")
    ax.set(xlabel="updates", ylabel="mean squared error", yscale="log")
    ax.set(xlim=(0, settings["updates"]), ylim=(5e-5, 1.5))


def digits(stored: Mapping[str, Any]) -> None:
    """Draw the stored accuracies on digits during training, by the number of steps."""
    size = figures.figure_size(0.5)
    _, axes = plt.subplots(1, 2, figsize=size, sharey=True, width_ratios=(2, 1.3))
    for ax, steps in zip(axes, (64, 256)):
        end = 0
        for result in stored["results"]:
            if result["steps"] == steps:
                updates = stored["settings"]["every"] * np.arange(len(result["curve"]))
                shares, colour = 100 * np.array(result["curve"]), NETWORKS[result["network"]]
                ax.plot(updates, shares, color=colour, lw=1.3)
                end = int(updates[-1])
        ax.set(xlabel="updates", xlim=(0, end), ylim=(0, 100), title=f"{steps} steps")
        ax.set_xticks(range(0, end + 1, 2000 if steps == 64 else 1000))
    for network, height in (("LSTM", 21), ("tanh RNN", 13), ("identity RNN", 5)):
        axes[0].text(4900, height, network, color=NETWORKS[network], ha="right")
    axes[0].set_ylabel("% of test images right")


def copy(V: int, copied: Mapping[tuple[str, str], Array]) -> None:
    """Draw shares of V symbols written right, (seeds, places), by order and updates."""
    _, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.5), sharey=True)
    for ax, update in zip(axes, ("500", "2000")):
        for order, colour in (("in order", BLUE), ("reversed", ORANGE)):
            rows = copied[order, update]
            places = np.arange(1, rows.shape[1] + 1)
            for row in rows:
                ax.plot(places, row, color=colour, lw=0.7)
            ax.plot(places, rows.mean(axis=0), color=colour, label=order)
        ax.axhline(100 / V, color=INK, lw=1.2, ls="--")
        ax.set(xlabel="place", ylim=(0, 102), title=f"after {update} updates")
        ax.set_xticks([1, 4, 8, 12, 16])
    axes[0].set_ylabel("% of symbols right")
    axes[0].legend(loc="upper right")
