"""The numbers in the text of the chapter “The vanilla RNN”."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from prelude import glue


def learning(
    curves: Any,
    V: Any,
    ngrams: Any,
    perplexities: Any,
    weights: Any,
    seconds: Any,
    UPDATES: Any,
    stored: Any,
    longer: Any,
) -> None:
    """Keep the numbers that the text tells at learning."""
    start_perplexity = float(np.mean([curve[0][1] for curve in curves]))
    glue("V", V)
    glue("start_perplexity", start_perplexity)
    glue("unigram", ngrams[0][0])
    glue("bigram", ngrams[1][0])
    glue("trigram", ngrams[2][0])
    glue("fivegram", ngrams[4][0])
    glue("fivegram_counts", ngrams[4][1])
    glue("rnn_mean", perplexities.mean().item())
    glue("rnn_low", perplexities.min().item())
    glue("rnn_high", perplexities.max().item())
    glue("weights", weights)
    glue("seconds", seconds)
    glue("updates", UPDATES)
    glue("longer_weights", stored["weights"])
    glue("longer_updates", stored["settings"]["updates"])
    glue("longer_mean", float(np.mean(longer)))
    glue("longer_low", min(longer))
    glue("longer_high", max(longer))
    # The manual differs between Python versions: stored figures are held against stored ones.
    assert max(longer) < stored["n-gram perplexities"][4]
    assert perplexities.max() < ngrams[2][0] < ngrams[1][0] < ngrams[0][0]


def context(by_place: Any, longer_by_place: Any) -> None:
    """Keep the numbers that the text tells at context."""
    mean_place = by_place.mean(0)
    glue("seen_one", mean_place[0].exp().item())
    glue("seen_five", mean_place[4].exp().item())
    glue("longer_five", longer_by_place[4])
    glue("longer_late", np.exp(np.log(longer_by_place[32:]).mean()))
    glue("seen_late", mean_place[32:].mean().exp().item())
    assert mean_place[0] > mean_place[2] > mean_place[8:12].mean()


def state(follows: Any, one_unit: Any, truths: Any) -> None:
    """Keep the numbers that the text tells at state."""
    for name, reads in zip(("word", "quote", "line"), follows.values()):
        glue(name, float(np.mean(reads)))
        glue(f"{name}_low", min(reads))
        glue(f"{name}_high", max(reads))
    word, quote, line = follows.values()
    assert min(word) > 0.6
    assert min(word) > max(quote)
    assert min(quote) > max(line)
    assert all(max(one_unit[fact]) < min(follows[fact]) for fact in truths)


def serial(
    lengths_tried: Any, serial: Any, parallel: Any, built_in: Any, seconds_to_run: Any, rnn: Any
) -> None:
    """Keep the numbers that the text tells at serial."""
    glue("longest", lengths_tried[-1])
    glue("serial_ms", serial[-1])
    glue("parallel_ms", parallel[-1])
    glue("serial_ratio", serial[-1] / parallel[-1])
    glue("built_in_ms", built_in[-1])
    glue("wide", 32)
    glue("wide_T", 256)
    one, many = (torch.randn(n, 256, 64) for n in (1, 32))
    glue(
        "wide_ratio",
        seconds_to_run(lambda: rnn(many)) / seconds_to_run(lambda: rnn(one)),
    )


def temperature(
    real: Any, letters: Any, name_perplexities: Any, temperatures: Any, new: Any, malformed: Any
) -> None:
    """Keep the numbers that the text tells at temperature."""
    glue("name_count", len(real))
    glue("name_V", len(letters))
    glue("name_perplexity", float(np.mean(name_perplexities)))
    glue("name_low", min(name_perplexities))
    glue("name_high", max(name_perplexities))
    glue("cold", temperatures[0])
    glue("cold_new", 100 * new.mean(0)[0])
    glue("cold_malformed", 100 * malformed.mean(0)[0])
    glue("own_new", 100 * new.mean(0)[temperatures.index(1.0)])
    glue("own_malformed", 100 * malformed.mean(0)[temperatures.index(1.0)])
    glue("hot", temperatures[-1])
    glue("hot_malformed", 100 * malformed.mean(0)[-1])
    assert malformed.mean(0)[-1] > malformed.mean(0)[temperatures.index(1.0)] > malformed.mean(0)[0]


def exercises(RNN: Any) -> None:
    """Keep the numbers of the answers to the exercises."""
    state, decay = 0.0, []
    for value in (1, 0, 0):
        state = math.tanh(value + 0.5 * state)
        decay.append(state)
    for step, value in enumerate(decay, start=1):
        glue(f"decay_{step}", value)
    D_exercise, H_exercise = 64, 128
    glue("count_x", H_exercise * D_exercise)
    glue("count_h", H_exercise**2)
    glue("count_b", H_exercise)
    glue("count_all", H_exercise * D_exercise + H_exercise**2 + H_exercise)
    assert sum(p.numel() for p in RNN(64, 128).parameters()) == H_exercise * (
        D_exercise + H_exercise + 1
    )
    sure, unsure = 900, 100
    glue(
        "joint_perplexity",
        math.exp((sure * math.log(2) + unsure * math.log(50)) / (sure + unsure)),
    )
    glue("mean_perplexity", (sure * 2 + unsure * 50) / (sure + unsure))
