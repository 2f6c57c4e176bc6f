"""Chapter 12's copying and translation with the source in order and reversed, three seeds each.

    python experiments/reversed_source.py           about 4 minutes on one core

Result: experiments/reversed_source.json, read by the page. The figures depend on the machine in how
training went; "spread" says how far they may move.
"""

from __future__ import annotations

import json
import math
import platform
import random
import time
from pathlib import Path

import torch

from chapter import definitions

SETTINGS = {
    "seeds": [0, 1, 2],
    "H": 64,
    "D": 16,
    "N": 32,
    "rate": 0.005,
    "test sequences": 300,
    "tasks": {
        "copying": {"trained on": [1, 2, 3, 4, 5, 6, 7, 8], "tested on": [8], "updates": 1200},
        "translation": {"trained on": [1, 2], "tested on": [1, 2], "updates": 2000},
    },
}


def run(page, task: str, is_reversed: bool, seed: int) -> dict:
    """Train one network and return its measures, by length or by number of clauses."""
    rng, options = random.Random(seed), SETTINGS["tasks"][task]
    if task == "copying":
        V, V_out, make = 8, 10, page.copy_batch
    else:
        V, V_out, make = len(page.Toy.SOURCE), len(page.Toy.TARGET), page.toy_batch
    model = page.Translator(V, V_out, SETTINGS["D"], SETTINGS["H"], seed=seed)
    draw = lambda N: make(N, options["trained on"], rng, is_reversed)  # noqa: E731
    page.measuring.train(
        page.loss_of, model, draw, options["updates"], SETTINGS["rate"], SETTINGS["N"]
    )
    found = {}
    for size in options["tested on"]:
        batch = make(SETTINGS["test sequences"], [size], random.Random(99), is_reversed)
        measured = page.measure(model, batch)
        found[str(size)] = {
            "perplexity": round(math.exp(measured["loss"]), 4),
            **{name: round(measured[name], 4) for name in ("forced", "free", "whole")},
            "by place": [round(share, 4) for share in measured["forced by place"]],
        }
    return found


def main() -> None:
    page = definitions("12-sequence-to-sequence")
    torch.set_num_threads(1)
    started = time.process_time()
    results = []
    for task in SETTINGS["tasks"]:
        for is_reversed in (False, True):
            for seed in SETTINGS["seeds"]:
                found = run(page, task, is_reversed, seed)
                results.append({"task": task, "reversed": is_reversed, "seed": seed, **found})
                print(
                    task, is_reversed, seed, {k: v["whole"] for k, v in found.items()}, flush=True
                )
    stored = {
        "command": "python experiments/reversed_source.py",
        "settings": SETTINGS,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}",
        "seconds": round(time.process_time() - started, 1),
        "results": results,
        "spread": {"results": 0.65},
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
