"""The stored run of `experiments/truncation.py`: the character model with cut gradients."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prelude import glue

STORED = Path(__file__).resolve().parents[3] / "experiments" / "truncation.json"


def stored_text() -> dict[int, NDArray[np.float64]]:
    """Print and return the test perplexities by chunk length, one for each seed."""
    results = json.loads(STORED.read_text(encoding="utf-8"))["results"]
    perplexity = {result["K"]: np.array(result["perplexity"]) for result in results}
    for K, row in perplexity.items():
        print(f"K = {K:2}: perplexity", *(f"{p:.2f}" for p in row))
    return perplexity


def keep_text(perplexity: dict[int, NDArray[np.float64]]) -> None:
    """Keep the numbers of the text beside fig-text."""
    glue("text_one", perplexity[1].mean())
    glue("text_eight", perplexity[8].mean())
    glue("text_whole", perplexity[max(perplexity)].mean())
    glue("text_updates", json.loads(STORED.read_text(encoding="utf-8"))["settings"]["updates"])
    glue("text_spread", max(np.ptp(row) for row in perplexity.values()))
    assert perplexity[1].min() > perplexity[8].max()
