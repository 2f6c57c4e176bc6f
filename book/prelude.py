"""What every page of the book starts with, and no reader needs to see.

A page's first cell, which is not shown::

    from prelude import begin, clock, glue

    begin()
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch

from unrolled import figures


def begin() -> None:
    """Set the style of figures, and one thread: for small matrices a second one costs time."""
    figures.use_style()
    torch.set_num_threads(1)


def glue(name: str, value: Any) -> None:
    """Keep a number or a text under a name, for the text of the page to show.

    Args:
        name: what the text calls it, in ``{glue:text}``.
        value: a number, a text, or an array or tensor of one element.
    """
    from myst_nb import glue as keep

    is_scalar = isinstance(value, (np.generic, torch.Tensor))
    keep(name, value.item() if is_scalar else value, display=False)


def span(low: float, high: float) -> str:
    """Return "low to high" in whole numbers, or one number where both are the same."""
    low, high = round(low), round(high)
    return f"{low}" if low == high else f"{low} to {high}"


def tenfold(value: float) -> str:
    """Return a number as a digit times a power of ten, ``2 × 10⁻⁵``."""
    digit, power = f"{value:.0e}".split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digit} × 10{raised}"


def clock() -> None:
    """Print the processor time that the page has taken up to here."""
    print(f"The page took {time.process_time():.1f} s of CPU.")
