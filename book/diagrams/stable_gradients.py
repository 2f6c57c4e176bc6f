"""The figures of the chapter “Keeping gradients stable”."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch

from unrolled import figures


def draw_clips(axes):
    """Draw six arrows before and after clipping by norm and by value."""
    arrows = np.array(
        [
            [2.9, 0.5],
            [1.2, 2.6],
            [-1.6, 2.4],
            [-2.8, -0.7],
            [-0.5, -2.7],
            [0.5, -0.4],
        ]
    )
    colours = list(figures.PALETTE.values())
    lengths = np.linalg.norm(arrows, axis=1, keepdims=True)
    clipped = (arrows / np.maximum(lengths, 1), np.clip(arrows, -1, 1))
    shapes = (
        plt.Circle((0, 0), 1, fill=False, ec=figures.INK, lw=1.2, ls="--"),
        plt.Rectangle((-1, -1), 2, 2, fill=False, ec=figures.INK, lw=1.2, ls="--"),
    )
    for ax, ends, shape, title in zip(axes, clipped, shapes, ("by norm", "by value")):
        ax.add_patch(shape)
        for arrow, end, colour in zip(arrows, ends, colours):
            for tip, width, alpha in ((arrow, 1.2, 0.8), (end, 3, 1)):
                style = {
                    "arrowstyle": "-|>",
                    "shrinkA": 0,
                    "shrinkB": 0,
                    "alpha": alpha,
                }
                ax.annotate(
                    "",
                    tip,
                    (0, 0),
                    arrowprops={**style, "color": colour, "lw": width},
                )
        ax.set(xlim=(-3.1, 3.1), ylim=(-3.1, 3.1), aspect="equal", title=title)
        ax.set(xlabel="$g_1$", ylabel="$g_2$", xticks=(-2, 0, 2), yticks=(-2, 0, 2))


def two_clips() -> None:
    """Draw fig-two-clips."""
    _figure, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.54))
    draw_clips(axes)


def draw_distances(axes, length=6):
    """Draw source and target on a line, and an arc for each pair."""
    colours = list(figures.PALETTE.values())
    orders = (range(1, length + 1), range(length, 0, -1))
    for ax, order, title in zip(axes, orders, ("source in order", "source reversed")):
        place = {j: step for step, j in enumerate(order, start=1)}
        spans = {j: length + j - place[j] for j in place}
        for j, span in spans.items():
            centre, angle = (
                (length + j + place[j]) / 2,
                np.linspace(0, np.pi, 60),
            )
            ax.plot(
                centre + span / 2 * np.cos(angle),
                0.45 + 0.33 * span * np.sin(angle),
                color=colours[j - 1],
                lw=1.8,
            )
            ax.plot(place[j], 0, "o", ms=17, color=colours[j - 1])
            ax.plot(
                length + j,
                0,
                "o",
                ms=17,
                mfc="none",
                mec=colours[j - 1],
                mew=1.8,
            )
            ax.text(place[j], 0, f"$x_{j}$", color="white", ha="center", va="center")
            ax.text(length + j, 0, f"$y_{j}$", ha="center", va="center")
        for span in {min(spans.values()), max(spans.values())}:
            j = max(spans, key=lambda j: (spans[j] == span, j == length))
            top = 0.48 + 0.33 * span
            ax.text(
                (length + j + place[j]) / 2,
                top,
                f"{span}",
                ha="center",
                va="bottom",
                size=10,
            )
        top = 1.1 + 0.33 * max(spans.values())
        ax.set(xlim=(0.4, 2 * length + 0.6), ylim=(-0.5, top), title=title)
        ax.set(xlabel="step", xticks=range(1, 2 * length + 1), yticks=[])
        ax.spines["left"].set_visible(False)
        ax.grid(False)


def reverse() -> None:
    """Draw fig-reverse: which input each output depends on, if words correspond one to one."""
    _figure, axes = plt.subplots(
        2,
        1,
        figsize=figures.figure_size(0.76),
        sharex=True,
        height_ratios=(3.6, 5.2),
    )
    draw_distances(axes)
    axes[0].set_xlabel("")
    axes[0].tick_params(labelbottom=False)


def cliff_walk(walks: Any, cliff: Any) -> None:
    """Draw fig-cliff-walk."""

    def draw_cliff(figure, axes, walks):
        """Draw the loss as a map, and paths on it: all of it, and a part."""
        shades = plt.matplotlib.colors.LinearSegmentedColormap.from_list(
            "loss",
            [figures.PALETTE["purple"] + "00", figures.PALETTE["purple"] + "d0"],
        )
        frames = (((3.5, 7), (-3.8, 4)), ((4.4, 5.4), (-2.75, -1.95)))
        for ax, (across, up) in zip(axes, frames):
            w, b = torch.meshgrid(
                torch.linspace(*across, 241),
                torch.linspace(*up, 241),
                indexing="xy",
            )
            loss = cliff(w.double(), b.double())
            image = ax.pcolormesh(
                w,
                b,
                loss,
                cmap=shades,
                vmin=0,
                vmax=0.47,
                shading="auto",
                rasterized=True,
            )
            for (name, (places, *_)), colour in zip(walks.items(), ("orange", "green")):
                x, y = places[:, 0].T
                ax.plot(
                    x,
                    y,
                    ".-",
                    ms=4,
                    lw=1.2,
                    color=figures.PALETTE[colour],
                    label=name,
                )
                ax.plot(x[-1], y[-1], "o", ms=8, color=figures.PALETTE[colour])
            ax.set(xlabel="w", ylabel="b", xlim=across, ylim=up)
            ax.grid(False)
        axes[0].plot(*walks["plain"][0][0, 0], "s", ms=7, color=figures.INK)
        axes[0].annotate("start", walks["plain"][0][0, 0], (6, 5), textcoords="offset points")
        axes[0].legend(loc="upper left", handlelength=1)
        bar = figure.colorbar(image, ax=axes, pad=0.02, aspect=30)
        bar.set_label("loss L")
        bar.outline.set_visible(False)

    figure, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.56))
    draw_cliff(figure, axes, walks)


def clip_bias(tail: Any, thresholds: Any, predicted: Any, settled: Any) -> None:
    """Draw fig-clip-bias."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for value, name in ((tail.mean(), "mean"), (np.median(tail), "median")):
        ax.axhline(value, color=figures.INK, lw=1.2, ls="--")
        ax.text(7.2, value, name, va="center")
    ax.plot(thresholds, predicted, color=figures.PALETTE["blue"])
    for (N, rows), colour, height in zip(settled.items(), ("blue", "orange"), (0.025, -0.045)):
        for row in rows:
            ax.plot(thresholds, row, "o", ms=4, color=figures.PALETTE[colour])
        ax.text(
            0.43,
            rows.mean(0)[3] + height,
            f"N = {N}",
            color=figures.PALETTE[colour],
        )
    ax.set(
        xlabel=r"threshold $\kappa$",
        ylabel=r"settled at $\theta$",
        xscale="log",
        xlim=(0.045, 6.9),
    )
    ax.set_xticks(thresholds, [f"{value:g}" for value in thresholds])
    ax.minorticks_off()


def reach(reaches: Any) -> None:
    """Draw fig-reach."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.58))
    for (name, rows), colour in zip(reaches.items(), figures.PALETTE.values()):
        for row in rows:
            (_line,) = ax.plot(row, color=colour, lw=1.3)
        level = rows.log().mean(0)[-1].exp().item()
        apart = {"ReLU, identity": 12, "tanh, identity": 1e-2}.get(name, 1)
        ax.text(101.5, level * apart, name, color=colour, va="center")
    ax.set(xlabel="distance in steps", ylabel="gradient norm", yscale="log")
    ax.set(xlim=(0, 100), ylim=(1e-42, 1e3))
    ax.set_yticks([1e-40, 1e-30, 1e-20, 1e-10, 1])


def adding(adding: Any, errors: Any) -> tuple[Any, ...]:
    """Draw fig-adding: the adding problem over 100 steps, stored."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.58))
    every = adding["settings"]["every"]
    lines = {"tanh RNN": "orange", "identity RNN": "blue", "LSTM": "green"}
    for result in adding["results"]:
        updates = every * np.arange(len(result["curve"]))
        colour = figures.PALETTE[lines[result["network"]]]
        ax.plot(updates, result["curve"], color=colour, lw=1.3)
    ax.axhline(1 / 6, color=figures.INK, lw=1.2, ls="--")
    right = adding["settings"]["updates"] * 1.02
    for network, colour in lines.items():
        level = np.exp(np.mean(np.log(errors[network])))
        ax.text(right, level, network, color=figures.PALETTE[colour], va="center")
    ax.set(
        xlabel="updates",
        ylabel="mean squared error",
        yscale="log",
        xlim=(0, adding["settings"]["updates"]),
        ylim=(5e-5, 1.5),
    )
    return every, lines


def digits(digits: Any, lines: Any) -> None:
    """Draw fig-digits: digits read pixel by pixel, stored."""
    _figure, axes = plt.subplots(
        1, 2, figsize=figures.figure_size(0.5), sharey=True, width_ratios=(2, 1.3)
    )
    for ax, steps in zip(axes, (64, 256)):
        for result in digits["results"]:
            if result["steps"] == steps:
                updates = digits["settings"]["every"] * np.arange(len(result["curve"]))
                colour = figures.PALETTE[lines[result["network"]]]
                ax.plot(updates, 100 * np.array(result["curve"]), color=colour, lw=1.3)
        ax.set(
            xlabel="updates",
            xlim=(0, updates[-1]),
            ylim=(0, 100),
            title=f"{steps} steps",
        )
        ax.set_xticks(range(0, updates[-1] + 1, 2000 if steps == 64 else 1000))
    for network, height in (("LSTM", 21), ("tanh RNN", 13), ("identity RNN", 5)):
        axes[0].text(4900, height, network, color=figures.PALETTE[lines[network]], ha="right")
    axes[0].set_ylabel("% of test images right")


def copy(copying: Any, place_right: Any) -> None:
    """Draw fig-copy: copying, stored."""
    _figure, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.5), sharey=True)
    places = np.arange(1, copying["settings"]["length"] + 1)
    for ax, update in zip(axes, ("500", "2000")):
        for order, colour in (("in order", "blue"), ("reversed", "orange")):
            rows = place_right[order, update]
            for row in rows:
                ax.plot(places, row, color=figures.PALETTE[colour], lw=0.7)
            ax.plot(
                places,
                rows.mean(axis=0),
                color=figures.PALETTE[colour],
                label=order,
            )
        ax.axhline(100 / copying["settings"]["V"], color=figures.INK, lw=1.2, ls="--")
        ax.set(xlabel="place", ylim=(0, 102), title=f"after {update} updates")
        ax.set_xticks([1, 4, 8, 12, 16])
    axes[0].set_ylabel("% of symbols right")
    axes[0].legend(loc="upper right")
