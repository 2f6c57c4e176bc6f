"""The numbers of the exercises."""

from __future__ import annotations

from torch import nn

from .cues import count_weights


def _size(D: int, H: int, C: int, directions: int) -> int:
    """Return the weights and biases of a tagger, by the chapter's equation."""
    return directions * (H * D + H * H + H) + directions * H * C + C


def numbers_of_exercises() -> dict[str, object]:
    """Return what the solutions say."""
    D, H, C = 50, 100, 10
    one = _size(D, H, C, 1)
    fits = max(units for units in range(1, 200) if _size(D, units, C, 2) <= one)
    net = nn.RNN(D, H, bidirectional=True)
    assert count_weights(net) == 2 * (H * D + H**2 + H)
    return {
        "ex_one": f"{one:,}",
        "ex_half": f"{_size(D, H // 2, C, 2):,}",
        "ex_equal": fits,
        "ex_equal_count": f"{_size(D, fits, C, 2):,}",
    }
