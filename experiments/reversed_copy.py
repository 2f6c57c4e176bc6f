"""Chapter 5's copying of a sequence that is read in order or reversed, three seeds each.

    python experiments/reversed_copy.py             about a minute on one core

Result: experiments/reversed_copy.json, read by the page. Seeds 0, 1, 2.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import torch

from chapter import definitions

SEEDS = (0, 1, 2)
SETTINGS = {
    "length": 16,
    "V": 8,
    "H": 64,
    "N": 32,
    "updates": 2000,
    "rate": 0.002,
    "max_norm": 1.0,
    "test sequences": 1000,
    "every": 500,
}
# The most that a figure may move on another machine: about the range over the seeds.
SPREAD = {"accuracy by place": 0.25}


def run(page, is_reversed: bool, seed: int, settings: dict) -> dict:
    """Train one network to copy and return its accuracy by place, now and then."""
    started = time.process_time()
    length, V = settings["length"], settings["V"]
    torch.manual_seed(10_000)
    x, y = page.measuring.copy_batch(settings["test sequences"], length, V, is_reversed)
    torch.manual_seed(seed)
    model = page.measuring.Copier(V, settings["H"])
    accuracy = {}

    def watch(update: int) -> None:
        with torch.no_grad():
            right = (model(x).argmax(dim=-1) == y).double().mean(dim=0)
        accuracy[str(update)] = [round(share, 4) for share in right.tolist()]

    page.measuring.train(
        page.clip_by_norm,
        model,
        lambda: page.measuring.copy_batch(settings["N"], length, V, is_reversed),
        page.measuring.copy_loss,
        settings["updates"],
        rate=settings["rate"],
        max_norm=settings["max_norm"],
        watch=watch,
        every=settings["every"],
    )
    return {
        "reversed": is_reversed,
        "seed": seed,
        "accuracy by place": accuracy,
        "seconds": round(time.process_time() - started, 1),
    }


def main() -> None:
    page = definitions("05-stable-gradients")
    torch.set_num_threads(1)
    stored: dict = {
        "command": "python experiments/reversed_copy.py",
        "settings": SETTINGS,
        "spread": SPREAD,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "machine": f"one core, {platform.machine()}",
        },
        "results": [run(page, r, seed, SETTINGS) for seed in SEEDS for r in (False, True)],
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
