"""The figure of the closing page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

from unrolled import figures


def measured(ratios: Sequence[tuple[str, NDArray[Any], float]]) -> None:
    """Draw, for each claim, a ratio of ours by seed beside the published one."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.72))
    for row, (_, ours, published) in enumerate(ratios):
        shift = np.linspace(-0.14, 0.14, len(ours))
        ax.plot(ours, row + shift, "o", color=figures.PALETTE["blue"])
        ax.plot(published, row, "D", color=figures.PALETTE["orange"], ms=9, mfc="none", mew=2)
    ax.axvline(1, color=figures.INK, ls="--", lw=1.2)
    ax.set(xlabel="ratio", xlim=(-0.05, 2.7), ylim=(len(ratios) - 0.5, -0.5))
    ax.set_yticks(range(len(ratios)), [claim for claim, _, _ in ratios])
    ax.grid(False, axis="y")
