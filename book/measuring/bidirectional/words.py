"""Where a word ends: the manual without its spaces, short runs on it, and the stored result."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from unrolled import data

EXPERIMENTS = Path(__file__).resolve().parents[3] / "experiments"
SEEDS = (0, 1, 2)

Coded = tuple[Tensor, Tensor]  # characters as numbers, and whether a word ends at each


def without_spaces(text: str) -> tuple[str, Tensor]:
    """Return the characters of a text and whether a word ends at each."""
    words = text.split()
    ends = [t == len(word) - 1 for word in words for t in range(len(word))]
    return "".join(words), torch.tensor(ends).long()


@torch.no_grad()
def error_in_windows(
    model: nn.Module, ids: Tensor, ends: Tensor, delay: int, T: int = 64, ahead: int = 16
) -> float:
    """Return how many characters of a text are tagged wrongly, in %."""
    first = torch.arange(0, len(ids) - T, T - 2 * ahead)
    at = first[:, None] + torch.arange(T)
    guess = model(ids[at]).argmax(dim=-1).roll(-delay, dims=1)
    wrong = (guess != ends[at])[:, ahead : T - ahead]
    return 100 * float(wrong.float().mean())


@functools.cache
def word_texts() -> tuple[Coded, Coded, int]:
    """Return training and test text as ids and word ends, and V."""
    train_text, _, test_text = data.manual_splits()
    texts = [without_spaces(text) for text in (train_text, test_text)]
    letters = data.Vocabulary([characters for characters, _ in texts])
    for_training, for_test = (
        (torch.from_numpy(letters.encode(characters)), ends) for characters, ends in texts
    )
    return for_training, for_test, len(letters)


def short_word_runs(
    train_on_words: Callable[..., nn.Module], updates: int = 60
) -> dict[str, list[float]]:
    """Train vanilla RNNs of one direction and of two, print and return their errors in %."""
    for_training, for_test, V = word_texts()
    found: dict[str, list[float]] = {}
    for reads, H in (("forward", 64), ("both", 32)):
        found[reads] = []
        for seed in SEEDS:
            model = train_on_words(reads, 0, seed, for_training, V, H, updates, nn.RNN)
            found[reads].append(error_in_windows(model, *for_test, 0))
        print(f"{reads:>8}: {' '.join(f'{error:.1f}%' for error in found[reads])}")
    return found


def stored_word_ends() -> dict[str, Any]:
    """Print and return the result of the script word_ends.py."""
    found: dict[str, Any] = json.loads((EXPERIMENTS / "word_ends.json").read_text("utf-8"))
    *rows, both = found["results"]
    assert {row["reads"] for row in rows} == {"forward"}
    assert both["reads"] == "both"
    for row in found["results"]:
        shown = " ".join(f"{error:5.2f}%" for error in row["error"])
        print(f"{row['reads']:>7}, delay {row['delay']}: {shown}")
    return found | {
        "late": {row["delay"]: row["error"] for row in rows},
        "both": both["error"],
    }


def numbers_of_word_ends(
    stored: Mapping[str, Any], live: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    """Return what the text says of the ends of words."""
    late, both, units = stored["late"], stored["both"], stored["settings"]["H"]
    one_row, both_row = stored["results"][0], stored["results"][-1]
    means = {delay: np.mean(errors) for delay, errors in late.items()}
    best, last = min(means, key=lambda delay: means[delay]), max(late)
    _, (_, ends), _ = word_texts()
    assert max(both) < min(late[best])
    assert min(late[0]) > 1.5 * max(late[1])
    assert min(late[last]) > max(late[best])
    assert max(live["both"]) < min(live["forward"])
    assert both_row["weights"] < one_row["weights"]
    return {
        "words_H": units,
        "words_half": units // 2,
        "words_share": 100 * ends.float().mean(),
        "late_0": means[0],
        "late_1": means[1],
        "late_best_at": best,
        "late_best": means[best],
        "late_last_at": last,
        "late_last": means[last],
        "words_both": np.mean(both),
        "words_seeds": len(both),
        "words_weights_one": f"{one_row['weights']:,}",
        "words_weights_both": f"{both_row['weights']:,}",
    }
