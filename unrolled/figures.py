"""One plotting style for the whole course, readable on a light and on a dark page.

A figure has no background of its own. Its lines, text and colours are mid-tones that stand
out from white and from the dark page colour of the site alike (contrast of at least 3 to 1,
for text at least 4 to 1). Matplotlib is imported when a function needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DIVERGING", "INK", "PALETTE", "contrast", "figure_size", "label_line", "use_style"]

#: Text, axes and ticks.
INK = "#7b7b7b"

#: Colours by name, in the order in which a plot uses them.
PALETTE = {
    "blue": "#2f7fd0",
    "orange": "#c8660a",
    "green": "#1f8f5f",
    "pink": "#cf4f92",
    "purple": "#8b6bd8",
    "olive": "#8a8000",
}

#: From negative through "nothing here" (transparent) to positive.
DIVERGING = (PALETTE["orange"], PALETTE["blue"])

#: The page colours of the site in light and in dark mode.
BACKGROUNDS = ("#ffffff", "#121212")

_WIDTH = 5.6


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours written ``#rrggbb``, from 1 to 21.

    Raises:
        ValueError: if a colour is not written that way.

    Source: Web Content Accessibility Guidelines 2.2, "contrast ratio".
    """
    for name, colour in (("one", one), ("other", other)):
        if len(colour) != 7 or colour[0] != "#":
            raise ValueError(f"{name}: expected a colour such as '#1f8f5f', got {colour!r}")
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def figure_size(height: float = 0.5, width: float = 1.0) -> tuple[float, float]:
    """Return the size of a figure in inches for ``plt.subplots(figsize=...)``.

    Args:
        height: height as a fraction of the figure's width.
        width: width as a fraction of the text's width.

    Raises:
        ValueError: if ``height`` is not positive or ``width`` is not in (0, 1].
    """
    if not height > 0:
        raise ValueError(f"height: expected a positive fraction, got {height!r}")
    if not 0 < width <= 1:
        raise ValueError(f"width: expected a fraction in (0, 1], got {width!r}")
    return _WIDTH * width, _WIDTH * width * height


#: Matplotlib's settings for all figures; the colours and the size are set beside them.
_STYLE: Any = {
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 12,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "font.size": 12,
    "grid.alpha": 0.25,
    "grid.color": INK,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 2.0,
    "savefig.facecolor": "none",
    "savefig.transparent": True,
    "svg.hashsalt": "unrolled",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def use_style() -> None:
    """Set the course's plotting style, and crisp vector figures where a notebook runs."""
    import matplotlib as mpl
    from cycler import cycler

    mpl.rcParams.update(_STYLE)
    mpl.rcParams["axes.prop_cycle"] = cycler(color=list(PALETTE.values()))
    mpl.rcParams["figure.figsize"] = figure_size()
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None}, bbox_inches="tight")


def label_line(ax: Axes, line: Any, text: str, dy: float = 0.0) -> None:
    """Write ``text`` in a line's colour at its right end, in place of a legend.

    Args:
        ax: the axes.
        line: what ``ax.plot`` returned for one line.
        text: the label.
        dy: how far to move the label up, in points.
    """
    x, y = line.get_data()
    ax.annotate(
        text,
        (x[-1], y[-1]),
        xytext=(6, dy),
        textcoords="offset points",
        color=line.get_color(),
        va="center",
        annotation_clip=False,
    )
