"""Chapter 4's language model of agreement, trained for longer and with more distractors.

    python experiments/agreement.py          about 3 minutes on one core

Three runs with seeds 0 to 4: "seldom" draws sentences as the page does, "long" puts one more
adjective before each noun, "even" makes every number of further nouns from 0 to 6 equally frequent.
Result: experiments/agreement.json, read by the page.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import numpy as np
import torch

from chapter import definitions

SEEDS = (0, 1, 2, 3, 4)
COUNTS = (0, 1, 2, 3, 4, 5, 6)
SETTINGS = {"D": 16, "H": 32, "N": 32, "updates": 4000, "rate": 0.005}
STORED = (200, 400, 600, 800, 1000, 1500, 2000, 3000, 4000)
# The most that a figure may move on another machine. The rule is learned within a few hundred
# updates, some hundred sooner or later; what is stored for the end is steady.
SPREAD = {"errors": 0.9, "errors[-1]": 0.1}


def evenly(rng: np.random.Generator) -> int:
    """Draw how many nouns follow the first one, from 0 to 6."""
    return int(rng.integers(7))


def train(page, seed: int, draw_count, least: int) -> dict:
    """Train one network and return the errors on the way, by the number of distractors."""
    started = time.process_time()
    errors = {}

    def watch(update, model, grammar):
        errors[update] = [page.measuring.error_rate(model, grammar, count) for count in COUNTS]

    page.measuring.train_reader(
        seed,
        SETTINGS["updates"],
        watch,
        draw_count,
        least,
        rate=SETTINGS["rate"],
        N=SETTINGS["N"],
    )
    return {
        "seed": seed,
        "errors": [[round(error, 3) for error in errors[update]] for update in STORED],
        "seconds": round(time.process_time() - started, 1),
    }


def main() -> None:
    page = definitions("04-vanishing-and-exploding")
    torch.set_num_threads(1)
    runs = {
        "seldom": (page.measuring.seldom, 0),
        "long": (page.measuring.seldom, 1),
        "even": (evenly, 0),
    }
    results = {name: [] for name in runs}
    for name, (draw_count, least) in runs.items():
        for seed in SEEDS:
            results[name].append(train(page, seed, draw_count, least))
            print(name, results[name][-1])
    stored = {
        "command": "python experiments/agreement.py",
        "settings": SETTINGS,
        "spread": SPREAD,
        "distractors": list(COUNTS),
        "errors after updates": list(STORED),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "results": results,
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
