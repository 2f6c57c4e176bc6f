"""Chapter 2's character model, larger and trained for longer than a page can wait.

    python experiments/manual_model.py          about 4 minutes on one core

Result: experiments/manual_model.json, read by the page. Seeds 0, 1, 2.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import torch

from chapter import definitions
from unrolled import data

SETTINGS = {"H": 256, "D": 64, "N": 32, "T": 48, "updates": 4000, "rate": 0.004}


def main() -> None:
    page = definitions("02-vanilla-rnn")
    torch.set_num_threads(1)
    vocabulary = data.Vocabulary(data.manual_text())
    splits = [vocabulary.encode(text) for text in data.manual_splits()]
    train_ids, _, test_ids = map(torch.from_numpy, splits)
    results = []
    for seed in (0, 1, 2):
        started = time.perf_counter()
        torch.manual_seed(seed)
        model = page.LanguageModel(len(vocabulary), D=SETTINGS["D"], H=SETTINGS["H"])
        page.train(
            model,
            lambda: page.draw_windows(train_ids, N=SETTINGS["N"], T=SETTINGS["T"]),
            SETTINGS["updates"],
            rate=SETTINGS["rate"],
        )
        by_place = page.losses_by_place(model, test_ids)
        results.append(
            {
                "seed": seed,
                "perplexity": by_place.mean().exp().item(),
                "perplexity by characters seen": [round(p, 4) for p in by_place.exp().tolist()],
                "seconds": round(time.perf_counter() - started, 1),
            }
        )
        print(f"seed {seed}: perplexity {results[-1]['perplexity']:.3f}")
    stored = {
        "command": "python experiments/manual_model.py",
        "settings": SETTINGS,
        "V": len(vocabulary),
        "n-gram perplexities": [
            page.measuring.best_ngram(*splits, n, len(vocabulary))[0] for n in range(1, 6)
        ],
        "weights": sum(parameter.numel() for parameter in model.parameters()),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "results": results,
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
