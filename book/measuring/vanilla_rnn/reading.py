"""The model of the manual: beside the stored one, against models that count, and by place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from prelude import glue

from .ngrams import Ngram

STORED = Path(__file__).resolve().parents[3] / "experiments" / "manual_model.json"

Stored = Mapping[str, Any]
#: Pairs of an update and the test perplexity at it.
Curve = Sequence[tuple[int, float]]


def stored_model() -> Stored:
    """Return what `experiments/manual_model.py` has stored."""
    stored: Stored = json.loads(STORED.read_text(encoding="utf-8"))
    return stored


def longer_perplexities(stored: Stored) -> list[float]:
    """Return the stored network's test perplexity, by seed."""
    return [result["perplexity"] for result in stored["results"]]


def stored_by_place(stored: Stored) -> NDArray[np.float64]:
    """Return the stored network's test perplexity by characters seen, a mean over seeds."""
    by_seed = [result["perplexity by characters seen"] for result in stored["results"]]
    mean: NDArray[np.float64] = np.exp(np.log(by_seed).mean(axis=0))
    return mean


def print_perplexities(weights: int, perplexities: Tensor, stored: Stored) -> None:
    """Print sizes and test perplexities of the page's network and of the stored one."""
    longer = longer_perplexities(stored)
    print(f"live:   {weights:7,} weights, perplexity", *(f"{p:.2f}" for p in perplexities))
    print(f"stored: {stored['weights']:7,} weights, perplexity", *(f"{p:.2f}" for p in longer))


def keep_learning(
    curves: Sequence[Curve], seconds: float, weights: int, perplexities: Tensor
) -> None:
    """Keep the numbers of the page's networks beside fig-learning.

    Args:
        curves: perplexities during training, by seed.
        seconds: how long a network takes to train.
        weights: how many weights it has.
        perplexities: those after training, by seed.
    """
    glue("updates", curves[0][-1][0])
    glue("seconds", seconds)
    glue("weights", weights)
    glue("start_perplexity", float(np.mean([curve[0][1] for curve in curves])))
    glue("rnn_mean", perplexities.mean().item())
    glue("rnn_low", perplexities.min().item())
    glue("rnn_high", perplexities.max().item())


def keep_baselines(perplexities: Tensor, V: int, ngrams: Sequence[Ngram], stored: Stored) -> None:
    """Keep what stands beside the page's networks, and hold these against models that count.

    Args:
        perplexities: those of the page's networks, by seed.
        V: how many symbols there are.
        ngrams: the models that count, n from 1 on.
        stored: the stored results.
    """
    glue("V", V)
    for place, name in ((0, "unigram"), (1, "bigram"), (2, "trigram"), (4, "fivegram")):
        glue(name, ngrams[place][0])
    glue("fivegram_counts", ngrams[4][1])
    longer = longer_perplexities(stored)
    glue("longer_weights", stored["weights"])
    glue("longer_updates", stored["settings"]["updates"])
    glue("longer_mean", float(np.mean(longer)))
    glue("longer_low", min(longer))
    glue("longer_high", max(longer))
    # The manual differs between Python versions: stored figures are held against stored ones.
    assert max(longer) < stored["n-gram perplexities"][4]
    assert perplexities.max() < ngrams[2][0] < ngrams[1][0] < ngrams[0][0]


def keep_context(by_place: Tensor, longer_by_place: NDArray[np.float64]) -> None:
    """Keep the numbers of the text beside fig-context: losses by place, and perplexities stored."""
    mean = by_place.mean(0)
    glue("seen_one", mean[0].exp().item())
    glue("seen_five", mean[4].exp().item())
    glue("seen_late", mean[32:].mean().exp().item())
    glue("longer_five", longer_by_place[4])
    glue("longer_late", np.exp(np.log(longer_by_place[32:]).mean()))
    assert mean[0] > mean[2] > mean[8:12].mean()
