"""The numbers in the text of the chapter “The GRU, and what gates can count”."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from torch import nn

from prelude import glue


def gru_counter(differences: Any, by_equation: Any, carried: Any) -> None:
    """Keep the numbers that the text tells at gru-counter."""
    glue("gru_agreement", max(differences.values()))
    glue(
        "gru_equations",
        max(max(found.values()) for found in by_equation.values()),
    )
    for place, name in enumerate(("raw", "turned", "open")):
        glue(f"carry_{name}_low", carried[:, place].min())
        glue(f"carry_{name}_high", carried[:, place].max())
    assert carried[:, 0].min() > 0.05
    assert carried[:, 1].min() > 0.005
    assert carried[:, 2].max() < 1e-12


def gru_mix(LIVE_TOP: Any, LIVE_UPDATES: Any, live_right: Any) -> None:
    """Keep the numbers that the text tells at gru-mix."""
    glue("live_top", LIVE_TOP)
    glue("live_updates", LIVE_UPDATES)
    for kind, found in live_right.items():
        glue(f"live_{kind}_low", min(found))
        glue(f"live_{kind}_high", max(found))
        assert min(found) >= 5
        assert max(found) < 60


def gru_trace(TRACED: Any, traces: Any) -> None:
    """Keep the numbers that the text tells at gru-trace."""
    tops = {
        kind: [abs(trace[k].item()) for k, trace in zip(TRACED, curves)]
        for kind, curves in traces.items()
    }
    for kind, found in tops.items():
        for k, top in zip(TRACED, found):
            glue(f"top_{kind}_{k}", top)
    assert tops["LSTM"][2] > 1.5 * tops["LSTM"][1]
    assert abs(tops["GRU"][2] - tops["GRU"][1]) < 0.3
    assert max(tops["GRU"]) < 1


def gru_largest(stored: Any, largest: Any, PUBLISHED: Any, right: Any) -> tuple[Any, ...]:
    """Keep the numbers that the text tells at gru-largest."""
    glue("stored_top", stored["settings"]["top"])
    glue("stored_updates", f"{stored['settings']['updates']:,}")
    glue("stored_seeds", len(stored["settings"]["seeds"]))
    for kind in largest:
        glue(f"right_{kind}_low", min(largest[kind]))
        glue(f"right_{kind}_high", max(largest[kind]))
        glue(f"published_{kind}", PUBLISHED[kind])
    glue("words_GRU_low", min(right["GRU"]))
    glue("words_GRU_high", max(right["GRU"]))
    glue("failed_GRU", sum(k < stored["settings"]["top"] for k in largest["GRU"]))
    assert min(largest["LSTM"]) > max(largest["GRU"])
    assert min(largest["LSTM"]) > stored["settings"]["top"]
    assert min(right["LSTM"]) > max(right["GRU"])
    counts = stored["counts"]
    apart = {row["network"]: np.array(row["log10 apart"]) for row in stored["results"]}
    return counts, apart


def gru_apart(fades: Any, RATES: Any, spacing: Any, by_hand: Any, counts: Any, apart: Any) -> None:
    """Keep the numbers that the text tells at gru-apart."""
    alike = {z: int((fade == 0).int().argmax()) for z, fade in fades.items()}
    for z in RATES:
        glue(f"alike_{z}", alike[z])
        predicted = math.log(spacing / z) / math.log(1 - z)
        assert abs(alike[z] - predicted) < 0.1 * predicted
    assert (by_hand == 1).all()
    low, mid, far = (counts.index(k) for k in (1, 100, 1000))
    glue("lstm_apart_low", 10 ** apart["LSTM"].min())
    glue("lstm_apart_high", 10 ** apart["LSTM"].max())
    for place, name in ((low, "near"), (mid, "mid"), (far, "far")):
        found = 10 ** apart["GRU"][:, place]
        glue(f"gru_apart_{name}_low", found.min())
        glue(f"gru_apart_{name}_high", found.max())
    assert apart["LSTM"].min() > math.log10(0.5)
    assert (apart["GRU"][:, mid] < apart["GRU"][:, low] - 1).all()
    assert (apart["GRU"][:, far] < apart["GRU"][:, mid]).all()


def gru_or_lstm(SIZES: Any, ratios: Any) -> None:
    """Keep the numbers that the text tells at gru-or-lstm."""
    glue("size_small", SIZES[0])
    glue("size_large", SIZES[-1])
    glue("as_it_comes_32", ratios[False, True][0])
    glue("as_it_comes_256", ratios[False, True][-1])
    glue("same_code_256", ratios[True, True][-1])
    glue("forward_256", ratios[True, False][-1])
    wins = sum(ratio < 1 for ratio in ratios[False, True])
    glue("verdict", {0: "at none", len(SIZES): "at each"}.get(wins, f"at {wins}"))
    assert ratios[True, False][-1] < 1.1


def gru_or_lstm_2(compared: Any, hold: Any) -> None:
    """Keep the numbers that the text tells at gru-or-lstm."""
    perplexity = {row["network"]: row["perplexity"] for row in compared["text"]}
    solved = {row["network"]: row["solved"] for row in compared["hold"]}
    glue("text_updates", compared["settings"]["text"]["updates"])
    glue("hold_T", hold["T"][0])
    glue("hold_seeds", len(hold["seeds"]))
    for kind, found in perplexity.items():
        glue(f"perplexity_{kind}_low", min(found))
        glue(f"perplexity_{kind}_high", max(found))
        for bias in (0, 5):
            glue(f"solved_{kind}_{bias}", solved[f"{kind} bias {bias}"][0])
    assert max(perplexity["GRU"]) < min(perplexity["LSTM"])
    assert solved["LSTM bias 5"] > solved["LSTM bias 0"]
    assert solved["GRU bias 0"] > solved["LSTM bias 0"]


def exercises() -> None:
    """Keep the numbers of the answers to the exercises."""
    D_count, H_count = 64, 128
    for kind in (nn.GRU, nn.LSTM):
        count = sum(p.numel() for p in kind(D_count, H_count).parameters())
        glue(f"count_{kind.__name__}", count)
        assert kind is nn.LSTM or count == 3 * H_count * (D_count + H_count + 2)
    glue("keep_bias", math.log(0.01 / 0.99))
    glue("keep_half", math.log(0.5) / math.log(0.99))
    best = 1 / 101
    glue("best_apart", best * (1 - best) ** 100)
    glue("best_guess", 1 / (math.e * 100))
