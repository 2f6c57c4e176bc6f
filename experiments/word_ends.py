"""Chapter 9's word ends: one direction that answers late, against two directions.

    python experiments/word_ends.py          about 2 minutes on one core

LSTMs read CPython's manual without its spaces and say at which characters a word ends. One
direction has H units and answers 0 to 8 characters late, two directions have H/2 units each.
Result: experiments/word_ends.json, read by the page: share of wrong characters of new text in
percent, by seed.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import torch

from chapter import definitions

SETTINGS = {"H": 64, "updates": 500, "seeds": [0, 1, 2], "delays": [0, 1, 2, 3, 4, 6, 8]}


def main() -> None:
    page = definitions("09-bidirectional")
    torch.set_num_threads(1)
    started = time.process_time()
    train_text, test_text, V = page.measuring.word_texts()
    results = []
    runs = [("forward", delay, SETTINGS["H"]) for delay in SETTINGS["delays"]]
    for reads, delay, H in [*runs, ("both", 0, SETTINGS["H"] // 2)]:
        models = [
            page.train_on_words(reads, delay, seed, train_text, V, H, SETTINGS["updates"])
            for seed in SETTINGS["seeds"]
        ]
        errors = [round(page.measuring.error_in_windows(m, *test_text, delay), 2) for m in models]
        row = {
            "reads": reads,
            "delay": delay,
            "units": H,
            "weights": page.measuring.count_weights(models[0]),
        }
        results.append(row | {"error": errors})
        print(f"{reads:>8}, delay {delay}:", *errors, flush=True)
    stored = {
        "command": "python experiments/word_ends.py",
        "settings": SETTINGS,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}",
        "seconds": round(time.process_time() - started, 1),
        "spread": {"error": 0.8},
        "results": results,
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
