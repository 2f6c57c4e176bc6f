"""The numbers in the text of the chapter “Sequences and windows”."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from prelude import glue
from unrolled import data


def cliff(widths: Any, distances: Any, cliff: Any, SYMBOLS: Any) -> None:
    """Keep the numbers that the text tells at cliff."""
    sees = np.array([[d < K for K in widths] for d in distances])
    blind, seeing = cliff.transpose(0, 2, 1)[~sees], cliff.transpose(0, 2, 1)[sees]
    glue("symbols", SYMBOLS)
    glue("chance", 1 / SYMBOLS)
    glue("blind_low", blind.min())
    glue("blind_high", blind.max())
    glue("blind_count", blind.size)
    glue("seeing_low", seeing.min())
    glue("seeing_mean", seeing.mean())
    glue("seeing_count", seeing.size)
    assert blind.max() < 0.3
    assert np.median(seeing) > 0.99
    assert cliff.min(axis=1)[sees].mean() > 0.9


def quotes(
    back: Any, inside: Any, text_widths: Any, found: Any, false_alarms: Any, train_lines: Any
) -> None:
    """Keep the numbers that the text tells at quotes."""
    quoted_back = back[inside & (back >= 0)]
    for width, shares in zip(text_widths, found):
        glue(f"reach_{width}", 100 * shares[:, width - 1].mean())
        glue(f"beyond_{width}", 100 * shares[:, width].mean())
        hidden = (quoted_back >= width).float().mean().item()
        glue(f"hidden_{width}", 100 * hidden)
    glue("middle_16", 100 * found[2][:, 8].mean())
    glue("unseen_15_4", 100 * found[0][:, 15].mean())
    glue("unseen_15_8", 100 * found[1][:, 15].mean())
    glue("false_alarms", math.ceil(100 * false_alarms.max()))
    glue("quoted_share", 100 * (back[inside] >= 0).float().mean().item())
    glue("farthest_mark", quoted_back.max().item())
    for distance in (3, 15):
        glue(f"examples_{distance}", (train_lines[2] == distance).sum().item())
    glue("train_line_count", len(train_lines[0]))
    for i, width in enumerate(text_widths[:2]):  # the cliffs
        assert (found[i, :, width - 1] - found[i, :, width]).min() > 0.2
    assert (found[2, :, 8] - found[2, :, 15]).min() > 0.2
    assert found[2, :, 15].mean() < found[:2, :, 15].mean() + 0.1


def wide(from_few: Any, wide: Any, counts: Any, WindowClassifier: Any, SYMBOLS: Any) -> None:
    """Keep the numbers that the text tells at wide."""
    means = from_few.mean(axis=1)
    fit, widest = wide.index(5), len(wide) - 1
    glue("few", counts[0])
    glue("few_fit", means[0, fit])
    glue("few_widest", means[0, widest])
    glue("many", counts[-1])
    glue("many_fit", means[-1, fit])
    glue("many_widest", means[-1, widest])
    glue("widest", wide[-1])

    def weights_of(width):
        model = WindowClassifier(SYMBOLS, H=32, C=SYMBOLS, left=width - 1)
        return sum(parameter.numel() for parameter in model.parameters())

    glue("weights_fit", weights_of(5))
    glue("weights_widest", weights_of(wide[-1]))
    assert means[0, fit] > 0.7
    assert means[0, widest] < 0.4
    assert (from_few[:, :, fit] > from_few[:, :, 0]).all()


def padding_share(lengths, N=32):
    """Return the share of padding in batches of N, taken in order."""
    batches = [lengths[i : i + N] for i in range(0, len(lengths), N)]
    places = sum(len(batch) * batch.max() for batch in batches)
    return 1 - lengths.sum() / places


def exercises() -> None:
    """Keep the numbers of the answers to the exercises."""
    symbols, units, outputs = 29, 80, 26
    for width in (7, 15):
        glue(
            f"nettalk_{width}",
            units * width * symbols + units + outputs * units + outputs,
        )
    losses = {"a": [1.0], "b": [2.0, 4.0, 6.0]}
    counted = [value for row in losses.values() for value in row]
    glue("mean_counted", float(np.mean(counted)))
    glue("mean_all", float(np.sum(counted) / 6))
    glue("mean_rows", float(np.mean([np.mean(row) for row in losses.values()])))
    family = sorted({name for group in data.names().values() for name in group})
    name_lengths = np.array([len(name) for name in family])
    shuffled = np.random.default_rng(0).permutation(name_lengths)
    glue("name_count", len(family))
    glue("padding_shuffled", 100 * padding_share(shuffled))
    glue("padding_sorted", 100 * padding_share(np.sort(name_lengths)))
    glue("mixed_ceiling", 4 / 8 + 4 / 8 / 4)
