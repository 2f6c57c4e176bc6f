"""The stored runs of `experiments/counting.py` and `experiments/lstm_or_gru.py`."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prelude import glue

EXPERIMENTS = Path(__file__).resolve().parents[3] / "experiments"
PUBLISHED = {"LSTM": 256, "GRU": 37}  # Weiss, Goldberg and Yahav (2018)
Stored = dict[str, Any]


def _load(name: str) -> Stored:
    stored: Stored = json.loads((EXPERIMENTS / f"{name}.json").read_text(encoding="utf-8"))
    return stored


def stored_counts() -> Stored:
    """Return the stored run of the counting task."""
    return _load("counting")


def print_counts(stored: Stored) -> dict[str, list[int]]:
    """Print how many words were judged right; return up to which k, by network and seed."""
    for row in stored["results"]:
        print(f"{row['network']:>4}: right up to k =", *row["largest"])
        print("      words right:", *row["right"])
    return {row["network"]: row["largest"] for row in stored["results"]}


def keep_counts(stored: Stored, largest: dict[str, list[int]]) -> None:
    """Keep the numbers of the text beside fig-gru-largest."""
    top = stored["settings"]["top"]
    right = {row["network"]: row["right"] for row in stored["results"]}
    glue("stored_top", top)
    glue("stored_updates", f"{stored['settings']['updates']:,}")
    glue("stored_seeds", len(stored["settings"]["seeds"]))
    for kind in largest:
        glue(f"right_{kind}_low", min(largest[kind]))
        glue(f"right_{kind}_high", max(largest[kind]))
        glue(f"published_{kind}", PUBLISHED[kind])
    glue("words_GRU_low", min(right["GRU"]))
    glue("words_GRU_high", max(right["GRU"]))
    glue("failed_GRU", sum(k < top for k in largest["GRU"]))
    assert min(largest["LSTM"]) > max(largest["GRU"])
    assert min(largest["LSTM"]) > top
    assert min(right["LSTM"]) > max(right["GRU"])


def apart_by_count(stored: Stored) -> dict[str, NDArray[np.float64]]:
    """Return, by network, the distances to the nearest count as powers of ten (seeds, counts)."""
    return {row["network"]: np.array(row["log10 apart"]) for row in stored["results"]}


def keep_apart(stored: Stored, apart: dict[str, NDArray[np.float64]]) -> None:
    """Keep the numbers of the trained networks beside fig-gru-apart."""
    low, mid, far = (stored["counts"].index(k) for k in (1, 100, 1000))
    glue("lstm_apart_low", 10 ** apart["LSTM"].min())
    glue("lstm_apart_high", 10 ** apart["LSTM"].max())
    for place, name in ((low, "near"), (mid, "mid"), (far, "far")):
        found = 10 ** apart["GRU"][:, place]
        glue(f"gru_apart_{name}_low", found.min())
        glue(f"gru_apart_{name}_high", found.max())
    assert apart["LSTM"].min() > math.log10(0.5)
    assert (apart["GRU"][:, mid] < apart["GRU"][:, low] - 1).all()
    assert (apart["GRU"][:, far] < apart["GRU"][:, mid]).all()


def print_comparison() -> Stored:
    """Print and return the stored comparison on two tasks."""
    compared = _load("lstm_or_gru")
    print("perplexity, by seed")
    for row in compared["text"]:
        found = " ".join(f"{value:.2f}" for value in row["perplexity"])
        print(f"{row['network']:>4}, {row['weights']:,} weights:", found)
    hold = compared["settings"]["hold"]
    print(f"solved, of {len(hold['seeds'])} seeds, for T =", *hold["T"])
    for row in compared["hold"]:
        print(f"{row['network']:>11}:", *row["solved"])
    return compared


def keep_comparison(compared: Stored) -> None:
    """Keep the numbers of the text on both tasks."""
    hold = compared["settings"]["hold"]
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
