"""The figures of the chapter “The vanilla RNN”."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path as Curve

from unrolled import figures


def draw_unrolled(ax, steps=4):
    """Draw the loop at the left and the unrolled network at the right."""
    ink, weights = figures.INK, figures.PALETTE
    colours = {
        "x": weights["green"],
        "h": weights["blue"],
        "y": weights["orange"],
    }

    def node(x, y, text):
        ax.add_patch(plt.Circle((x, y), 0.33, fill=False, color=ink, lw=1.5))
        ax.text(x, y, text, ha="center", va="center", fontsize=14)

    def arrow(kind, **where):
        style = {
            "arrowstyle": "-|>",
            "lw": 2.2,
            "mutation_scale": 16,
            "color": colours[kind],
        }
        ax.add_patch(FancyArrowPatch(shrinkA=0, shrinkB=0, **style, **where))

    def column(x, suffix):
        node(x, 0, f"$x_{{{suffix}}}$" if suffix else "$x$")
        node(x, 1.5, f"$h_{{{suffix}}}$" if suffix else "$h$")
        node(x, 3, f"$z_{{{suffix}}}$" if suffix else "$z$")
        arrow("x", posA=(x, 0.33), posB=(x, 1.17))
        arrow("y", posA=(x, 1.83), posB=(x, 2.67))

    column(0, "")
    loop = Curve([(0.24, 1.73), (1.2, 2.3), (1.2, 0.7), (0.26, 1.25)], [1, 4, 4, 4])
    arrow("h", path=loop)
    ax.text(1.9, 1.5, "=", ha="center", va="center", fontsize=22)
    node(2.7, 1.5, "$h_0$")
    for step in range(1, steps + 1):
        x = 2.7 + 1.35 * step
        column(x, str(step))
        arrow("h", posA=(x - 1.02, 1.5), posB=(x - 0.33, 1.5))
    labels = [
        ("x", 0.12, 0.68),
        ("x", 4.17, 0.68),
        ("y", 0.12, 2.2),
        ("y", 4.17, 2.2),
    ]
    for kind, x, y in [*labels, ("h", 1.0, 1.5), ("h", 3.2, 1.78)]:
        ax.text(x, y, f"$W_{kind}$", color=colours[kind], fontsize=13, va="center")
    ax.set(xlim=(-0.5, 3.2 + 1.35 * steps), ylim=(-0.45, 3.45), aspect="equal")
    ax.axis("off")


def unrolled() -> None:
    """Draw fig-unrolled: one network, drawn twice."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.46))
    draw_unrolled(ax)


def learning(curves: Any, ngrams: Any, longer: Any, UPDATES: Any) -> None:
    """Draw fig-learning."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.58))
    for curve in curves:
        ax.plot(*zip(*curve), color=figures.PALETTE["blue"], lw=1.5)
    baselines = [(p, name) for (p, _), name in zip(ngrams, ("unigram", "bigram", "trigram"))]
    for perplexity, name in [*baselines, (np.mean(longer), "RNN, stored")]:
        ax.axhline(perplexity, color=figures.INK, lw=1.2, ls="--")
        ax.text(UPDATES * 1.02, perplexity, name, va="center")
    live = curves[0][-1][1] * 1.02
    ax.text(UPDATES * 1.02, live, "RNN", color=figures.PALETTE["blue"], va="center")
    ax.set(
        xlabel="updates",
        ylabel="test perplexity",
        yscale="log",
        xlim=(0, UPDATES),
        ylim=(3.9, 120),
        yticks=[4, 5, 10, 20, 50, 100],
        yticklabels=["4", "5", "10", "20", "50", "100"],
    )
    ax.minorticks_off()


def context(by_place: Any, ngrams: Any, stored: Any) -> Any:
    """Draw fig-context: test perplexity by the number of characters seen."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.5))
    seen = torch.arange(1, by_place.shape[1] + 1)
    curves_by_place = by_place.exp()
    ax.fill_between(
        seen,
        curves_by_place.min(0).values,
        curves_by_place.max(0).values,
        color=figures.PALETTE["blue"],
        alpha=0.25,
        lw=0,
    )
    ax.plot(seen, curves_by_place.mean(0), color=figures.PALETTE["blue"])
    ax.plot(
        range(1, 5),
        [p for p, _ in ngrams[1:]],
        "o",
        color=figures.PALETTE["orange"],
    )
    ax.text(
        2.6,
        ngrams[1][0],
        "n-gram models",
        color=figures.PALETTE["orange"],
        va="center",
    )
    ax.text(
        24,
        curves_by_place.mean(0)[20:28].max() + 0.6,
        "RNN",
        color=figures.PALETTE["blue"],
    )
    by_seed = [r["perplexity by characters seen"] for r in stored["results"]]
    longer_by_place = np.exp(np.log(by_seed).mean(axis=0))
    ax.plot(seen, longer_by_place, color=figures.PALETTE["green"])
    ax.text(
        24,
        longer_by_place[20:28].min() - 1.3,
        "RNN, stored",
        color=figures.PALETTE["green"],
    )
    ax.set(
        xlabel="characters seen",
        ylabel="test perplexity",
        xlim=(0.5, 48.5),
        ylim=(2.2, None),
    )
    return longer_by_place


def state(test_text: Any, half: Any, truths: Any, readings: Any) -> None:
    """Draw fig-state."""
    width = 46

    def quotation(line: str) -> int:
        """Return the length of the first quotation in a line, 0 if there is none."""
        parts = line[:width].split('"')
        return len(parts[1]) if len(parts) == 3 and len(line) >= width else 0

    lines = test_text[half : 2 * half].split("\n")
    chosen = max(range(len(lines)), key=lambda i: quotation(lines[i]))
    begin = half + sum(len(line) + 1 for line in lines[:chosen])
    shown = slice(begin, begin + width)
    titles = dict(
        zip(
            truths,
            (
                "letters into the word",
                "inside quotation marks (0 or 1)",
                "characters into the line",
            ),
        )
    )
    figure, axes = plt.subplots(3, 1, figsize=figures.figure_size(0.68), sharex=True)
    for ax, (fact, truth), colour in zip(axes, truths.items(), figures.PALETTE.values()):
        ax.bar(range(width), readings[fact][shown], color=colour, width=0.75)
        ax.step(range(width), truth[shown], where="mid", color=figures.INK, lw=1.5)
        ax.set(xlim=(-0.7, width - 0.3), title=titles[fact])
        ax.grid(False)
    axes[-1].set_xticks(
        range(width),
        test_text[shown].replace(" ", "␣"),
        family="monospace",
        fontsize=11,
    )
    axes[-1].tick_params(length=0)
    axes[-1].set_xlabel("character read")
    figure.supylabel("value", fontsize=12)


def serial(serial: Any, built_in: Any, parallel: Any, lengths_tried: Any) -> None:
    """Draw fig-serial: time of a forward pass for one sequence."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.48))
    for times, name, colour in (
        (serial, "step after step", "blue"),
        (built_in, "torch.nn.RNN", "green"),
        (parallel, "all at once", "orange"),
    ):
        (line,) = ax.plot(lengths_tried, times, "o-", color=figures.PALETTE[colour])
        slower = times[-1] == max(serial[-1], built_in[-1])
        figures.label_line(ax, line, name, dy=6 if slower else -6)
    ax.set(xlabel="steps T", ylabel="milliseconds", xscale="log", yscale="log")
    ax.set_xticks(lengths_tried, [str(T) for T in lengths_tried])
    ax.set_yticks([0.01, 0.1, 1, 10], ["0.01", "0.1", "1", "10"])
    ax.minorticks_off()


def temperature(new: Any, malformed: Any, temperatures: Any) -> None:
    """Draw fig-temperature: what the temperature trades."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.48))
    for shares, name, colour in (
        (new, "new and distinct", "blue"),
        (malformed, "malformed", "orange"),
    ):
        shares = 100 * shares
        ax.fill_between(
            temperatures,
            shares.min(0),
            shares.max(0),
            color=figures.PALETTE[colour],
            alpha=0.25,
            lw=0,
        )
        (line,) = ax.plot(temperatures, shares.mean(0), color=figures.PALETTE[colour])
        figures.label_line(ax, line, name)
    ax.axvline(1, color=figures.INK, lw=1, ls="--")
    ax.set(
        xlabel="temperature",
        ylabel="% of generated names",
        ylim=(0, 100),
        xlim=(0.3, 1.5),
    )
