"""Chapter 3's cost of truncation on real text: chapter 2's character model, its gradient cut.

    python experiments/truncation.py          about 8 minutes on one core

Every run sees the same windows of 48 characters and hands its states on through all of them. Only
the gradient is cut, before every K-th step; with K = 48 it is not cut at all.

Result: experiments/truncation.json, read by the page. Seeds 0, 1, 2.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from chapter import definitions
from unrolled import data

SETTINGS = {"H": 128, "D": 64, "N": 32, "T": 48, "updates": 1500, "rate": 0.01}
KS = (1, 2, 3, 5, 8, 12, 24, 48)
SEEDS = (0, 1, 2)

manual, bptt = definitions("02-vanilla-rnn"), definitions("03-bptt")


class CutRNN(manual.RNN):
    """Chapter 2's RNN with chapter 3's truncated forward pass.

    Args:
        D: numbers in an input.
        H: hidden units.
        K: steps in a chunk.

    Raises:
        ValueError: if ``K`` is not a positive integer.
    """

    def __init__(self, D: int, H: int, K: int) -> None:
        super().__init__(D, H)
        if not isinstance(K, int) or K < 1:
            raise ValueError(f"K: expected a positive integer, got {K!r}")
        self.K = torch.tensor(K)

    def forward(
        self, x: Tensor, lengths: Tensor | None = None, h_0: Tensor | None = None
    ) -> Tensor:
        """Return all states (N, T, H) from inputs (N, T, D); the gradient is cut."""
        if h_0 is None:
            h_0 = x.new_zeros(len(x), len(self.b))
        weights = (self.W_x, self.W_h, self.b)
        return bptt.forward(x, h_0, weights, lengths, bptt.chunks_of(self.K))


def run(seed: int, K: int, settings: dict[str, Any]) -> float:
    """Train a model whose gradient is cut and return its perplexity on the test text."""
    vocabulary = data.Vocabulary(data.manual_text())
    train_text, _, test_text = data.manual_splits()
    train_ids = torch.from_numpy(vocabulary.encode(train_text))
    test_ids = torch.from_numpy(vocabulary.encode(test_text))
    torch.manual_seed(seed)
    model = manual.LanguageModel(len(vocabulary), D=settings["D"], H=settings["H"])
    cut = CutRNN(settings["D"], settings["H"], K)
    cut.load_state_dict(model.rnn.state_dict())
    model.rnn = cut
    torch.manual_seed(seed)  # the same windows for every K
    manual.train(
        model,
        lambda: manual.draw_windows(train_ids, N=settings["N"], T=settings["T"]),
        settings["updates"],
        rate=settings["rate"],
    )
    return float(manual.losses_by_place(model, test_ids).mean().exp())


def main(Ks: Iterable[int] = KS) -> None:
    torch.set_num_threads(1)
    results = []
    for K in Ks:
        started = time.process_time()
        perplexities = [run(seed, K, SETTINGS) for seed in SEEDS]
        seconds = time.process_time() - started
        results.append({"K": K, "perplexity": perplexities, "seconds": round(seconds, 1)})
        print(f"K = {K:2}:", *(f"{p:.3f}" for p in perplexities), flush=True)
    stored = {
        "command": "python experiments/truncation.py",
        "settings": SETTINGS,
        "seeds": list(SEEDS),
        "machine": "one core; seconds are CPU seconds for the three seeds together",
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "results": results,
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
