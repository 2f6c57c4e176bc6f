"""The figures of the chapter “The vanilla RNN”."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.path import Path as Curve
from numpy.typing import NDArray
from torch import Tensor

from unrolled import figures

Array = NDArray[np.float64]

INK = figures.INK
BLUE, ORANGE, GREEN = (figures.PALETTE[name] for name in ("blue", "orange", "green"))
CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}
#: The colours of weights: from the input, from state to state, to the output.
WEIGHTS = {"x": GREEN, "h": BLUE, "y": ORANGE}


def _node(ax: Axes, x: float, y: float, text: str) -> None:
    ax.add_patch(Circle((x, y), 0.33, fill=False, color=INK, lw=1.5))
    ax.text(x, y, text, fontsize=14, **CENTRED)


def _arrow(ax: Axes, kind: str, **where: Any) -> None:
    """Draw an arrow in the colour of its weights."""
    look: dict[str, Any] = {"lw": 2.2, "mutation_scale": 16, "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch(arrowstyle="-|>", color=WEIGHTS[kind], **look, **where))


def _column(ax: Axes, x: float, step: str = "") -> None:
    """Draw the input, the state and the output of a step, one above the other."""
    for letter, y in (("x", 0), ("h", 1.5), ("z", 3)):
        _node(ax, x, y, f"${letter}_{{{step}}}$" if step else f"${letter}$")
    _arrow(ax, "x", posA=(x, 0.33), posB=(x, 1.17))
    _arrow(ax, "y", posA=(x, 1.83), posB=(x, 2.67))


def unrolled() -> None:
    """Draw one network twice: as a loop at the left, unrolled over four steps at the right."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.46))
    _column(ax, 0)
    loop = Curve([(0.24, 1.73), (1.2, 2.3), (1.2, 0.7), (0.26, 1.25)], [1, 4, 4, 4])
    _arrow(ax, "h", path=loop)
    ax.text(1.9, 1.5, "=", fontsize=22, **CENTRED)
    _node(ax, 2.7, 1.5, "$h_0$")
    for step in range(1, 5):
        x = 2.7 + 1.35 * step
        _column(ax, x, str(step))
        _arrow(ax, "h", posA=(x - 1.02, 1.5), posB=(x - 0.33, 1.5))
    named = [("x", 0.12, 0.68), ("x", 4.17, 0.68), ("y", 0.12, 2.2), ("y", 4.17, 2.2)]
    for kind, x, y in [*named, ("h", 1.0, 1.5), ("h", 3.2, 1.78)]:
        ax.text(x, y, f"$W_{kind}$", color=WEIGHTS[kind], fontsize=13, va="center")
    ax.set(xlim=(-0.5, 3.2 + 1.35 * 4), ylim=(-0.45, 3.45), aspect="equal")
    ax.axis("off")


def learning(
    curves: Sequence[Sequence[tuple[int, float]]],
    ngrams: Sequence[tuple[float, int]],
    longer: Sequence[float],
) -> None:
    """Draw perplexities during training, and those of counting models and stored networks.

    Args:
        curves: pairs of an update and a perplexity, by seed.
        ngrams: pairs of a perplexity and a number of counts, n from 1 on.
        longer: perplexities of the stored networks.
    """
    _, ax = plt.subplots(figsize=figures.figure_size(0.58))
    for curve in curves:
        ax.plot(*zip(*curve), color=BLUE, lw=1.5)
    updates, last = curves[0][-1]
    levels = [(p, name) for (p, _), name in zip(ngrams, ("unigram", "bigram", "trigram"))]
    for perplexity, name in [*levels, (float(np.mean(longer)), "RNN, stored")]:
        ax.axhline(perplexity, color=INK, lw=1.2, ls="--")
        ax.text(updates * 1.02, perplexity, name, va="center")
    ax.text(updates * 1.02, last * 1.02, "RNN", color=BLUE, va="center")
    ax.set(xlabel="updates", ylabel="test perplexity", yscale="log")
    ax.set(xlim=(0, updates), ylim=(3.9, 120))
    ticks = [4, 5, 10, 20, 50, 100]
    ax.set(yticks=ticks, yticklabels=[str(tick) for tick in ticks])
    ax.minorticks_off()


def context(by_place: Tensor, ngrams: Sequence[tuple[float, int]], longer: Array) -> None:
    """Draw the test perplexity by the number of characters seen.

    Args:
        by_place: the losses of the page's networks (seeds, places).
        ngrams: pairs of a perplexity and a number of counts, n from 1 on.
        longer: the perplexities of the stored network, by place.
    """
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    seen = range(1, by_place.shape[1] + 1)
    curves = by_place.exp()
    mean = curves.mean(0)
    ax.fill_between(seen, curves.amin(0), curves.amax(0), color=BLUE, alpha=0.25, lw=0)
    ax.plot(seen, mean, color=BLUE)
    ax.plot(range(1, 5), [p for p, _ in ngrams[1:]], "o", color=ORANGE)
    ax.text(2.6, ngrams[1][0], "n-gram models", color=ORANGE, va="center")
    ax.text(24, float(mean[20:28].max() + 0.6), "RNN", color=BLUE)
    ax.plot(seen, longer, color=GREEN)
    ax.text(24, longer[20:28].min() - 1.3, "RNN, stored", color=GREEN)
    ax.set(xlabel="characters seen", ylabel="test perplexity", xlim=(0.5, 48.5), ylim=(2.2, None))


def _line_with_quotation(text: str, start: int, end: int, width: int) -> slice:
    """Return where the line begins whose first characters hold the longest quotation."""

    def quotation(line: str) -> int:
        parts = line[:width].split('"')
        return len(parts[1]) if len(parts) == 3 and len(line) >= width else 0

    lines = text[start:end].split("\n")
    chosen = max(range(len(lines)), key=lambda i: quotation(lines[i]))
    begin = start + sum(len(line) + 1 for line in lines[:chosen])
    return slice(begin, begin + width)


def state(text: str, truths: Mapping[str, Array], readings: Mapping[str, Array]) -> None:
    """Draw what is read out of a state and what is true, along a line of a text's second half.

    Args:
        text: the text.
        truths: three facts at each character: in the word, in quotation marks, in the line.
        readings: what is read out, by fact.
    """
    width, end = 46, len(next(iter(truths.values())))
    shown = _line_with_quotation(text, end // 2, end, width)
    figure, axes = plt.subplots(3, 1, figsize=figures.figure_size(0.68), sharex=True)
    titles = (
        "letters into the word",
        "inside quotation marks (0 or 1)",
        "characters into the line",
    )
    for ax, title, fact, colour in zip(axes, titles, truths, figures.PALETTE.values()):
        ax.bar(range(width), readings[fact][shown], color=colour, width=0.75)
        ax.step(range(width), truths[fact][shown], where="mid", color=INK, lw=1.5)
        ax.set(xlim=(-0.7, width - 0.3), title=title)
        ax.grid(False)
    letters = list(text[shown].replace(" ", "␣"))
    axes[-1].set_xticks(range(width), letters, family="monospace", fontsize=11)
    axes[-1].tick_params(length=0)
    axes[-1].set_xlabel("character read")
    figure.supylabel("value", fontsize=12)


def serial(lengths: Sequence[int], times: Mapping[str, Array]) -> None:
    """Draw milliseconds by number of steps: step after step, in PyTorch, and all at once."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.48))
    slowest = max(milliseconds[-1] for milliseconds in times.values())
    names = ("step after step", "torch.nn.RNN", "all at once")
    for milliseconds, name, colour in zip(times.values(), names, (BLUE, GREEN, ORANGE)):
        (line,) = ax.plot(lengths, milliseconds, "o-", color=colour)
        figures.label_line(ax, line, name, dy=6 if milliseconds[-1] == slowest else -6)
    ax.set(xlabel="steps T", ylabel="milliseconds", xscale="log", yscale="log")
    ax.set_xticks(lengths, [str(T) for T in lengths])
    ax.set_yticks([0.01, 0.1, 1, 10], ["0.01", "0.1", "1", "10"])
    ax.minorticks_off()


def temperature(temperatures: Sequence[float], new: Array, malformed: Array) -> None:
    """Draw shares of generated names, by network and temperature."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.48))
    kinds = ((new, "new and distinct", BLUE), (malformed, "malformed", ORANGE))
    for shares, name, colour in kinds:
        percent = 100 * shares
        band = percent.min(0), percent.max(0)
        ax.fill_between(temperatures, *band, color=colour, alpha=0.25, lw=0)
        (line,) = ax.plot(temperatures, percent.mean(0), color=colour)
        figures.label_line(ax, line, name)
    ax.axvline(1, color=INK, lw=1, ls="--")
    ax.set(xlabel="temperature", ylabel="% of generated names", ylim=(0, 100), xlim=(0.3, 1.5))
