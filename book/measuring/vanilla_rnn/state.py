"""What can be read out of a state: facts about a text that nobody told the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from prelude import glue

Array = NDArray[np.float64]
#: By fact, a number for each of some networks.
ByFact = dict[str, list[float]]


def facts(text: str) -> dict[str, Array]:
    """Return what is true at each character, one array per fact."""
    quoted, in_line, in_word, rows = False, 0, 0, []
    for character in text:
        quoted = quoted != (character == '"') and character != "\n"
        in_line = 0 if character == "\n" else in_line + 1
        in_word = in_word + 1 if character.isalnum() else 0
        rows.append((in_word, quoted, in_line))
    names = ("into the word", "inside quotation marks", "into the line")
    return dict(zip(names, np.array(rows, dtype=float).T))


@torch.no_grad()
def _states(model: nn.Module, ids: Tensor) -> NDArray[np.float32]:
    """Return the states after all symbols, read in twenty rows, so that there are fewer steps."""
    states: NDArray[np.float32] = model(ids.reshape(20, -1))[1].flatten(0, 1).numpy()
    return states


def follow_facts(
    read_out: Callable[[NDArray[np.float32], Array, int], Array],
    models: Sequence[nn.Module],
    ids: Tensor,
    truths: Mapping[str, Array],
) -> tuple[dict[str, Array], ByFact, ByFact]:
    """Print how closely facts are followed on the second half of a text, and return it.

    Args:
        read_out: the page's; fits a fact on one half of a text and returns it as read on all.
        models: networks that return their states beside their logits.
        ids: the symbols of the text.
        truths: what is true at each symbol, by fact.

    Returns:
        What is read out of the last network; by fact and network, how closely it follows the
        truth; and how closely the best single unit does.
    """
    half = len(ids) // 2
    follows: ByFact = {fact: [] for fact in truths}
    one_unit: ByFact = {fact: [] for fact in truths}
    readings = {}
    for model in models:
        h = _states(model, ids)
        for fact, truth in truths.items():
            readings[fact] = read_out(h, truth, half)
            follows[fact].append(np.corrcoef(readings[fact][half:], truth[half:])[0, 1])
            by_unit = np.corrcoef(h[half:].T, truth[half:])[-1, :-1]
            one_unit[fact].append(np.abs(by_unit).max())
    for fact in truths:
        read, best = (" ".join(f"{r:.2f}" for r in found[fact]) for found in (follows, one_unit))
        print(f"{fact:>23}: {read}   best single unit: {best}")
    return readings, follows, one_unit


def keep_state(follows: ByFact, one_unit: ByFact) -> None:
    """Keep the numbers of the text beside fig-state."""
    for name, reads in zip(("word", "quote", "line"), follows.values()):
        glue(name, float(np.mean(reads)))
        glue(f"{name}_low", min(reads))
        glue(f"{name}_high", max(reads))
    word, quote, line = follows.values()
    assert min(word) > 0.6
    assert min(word) > max(quote)
    assert min(quote) > max(line)
    assert all(max(one_unit[fact]) < min(follows[fact]) for fact in follows)
