"""Chapter 12's copying by length, through states of two sizes and with attention, three seeds each.

    python experiments/bottleneck.py                about 2 and a half minutes on one core

Networks learn to copy sequences of 1 to 12 symbols and are tested on up to 20. Result:
experiments/bottleneck.json, read by the page. The figures depend on the machine in how training
went; "spread" says how far they may move.
"""

from __future__ import annotations

import json
import platform
import random
import time
from pathlib import Path

import torch

from chapter import definitions

SETTINGS = {
    "seeds": [0, 1, 2],
    "longest in training": 12,
    "lengths": [1, 2, 4, 6, 8, 10, 12, 14, 16, 20],
    "V": 8,
    "D": 16,
    "N": 32,
    "updates": 1500,
    "rate": 0.004,
    "test sequences": 300,
}
NETWORKS = {"32 units": (32, False), "128 units": (128, False), "32, attention": (32, True)}


def run(page, H: int, attention: bool, seed: int) -> dict:
    """Train one network and return its measures by length."""
    rng = random.Random(seed)
    lengths = range(1, SETTINGS["longest in training"] + 1)
    V = SETTINGS["V"]
    model = page.Translator(V, V + 2, SETTINGS["D"], H, attention, seed)
    draw = lambda N: page.copy_batch(N, lengths, rng, V=V)  # noqa: E731
    page.measuring.train(
        page.loss_of, model, draw, SETTINGS["updates"], SETTINGS["rate"], SETTINGS["N"]
    )
    found: dict = {"forced": [], "free": [], "whole": []}
    for length in SETTINGS["lengths"]:
        batch = page.copy_batch(SETTINGS["test sequences"], [length], random.Random(99), V=V)
        measured = page.measure(model, batch)
        for name in ("forced", "free", "whole"):
            found[name].append(round(measured[name], 4))
        if length == SETTINGS["longest in training"]:
            for name in ("forced by place", "free by place"):
                found[name] = [round(share, 4) for share in measured[name]]
    return found


def main() -> None:
    page = definitions("12-sequence-to-sequence")
    torch.set_num_threads(1)
    started = time.process_time()
    results = []
    for network, (H, attention) in NETWORKS.items():
        for seed in SETTINGS["seeds"]:
            found = run(page, H, attention, seed)
            results.append({"network": network, "seed": seed, **found})
            print(network, seed, "whole:", *found["whole"], flush=True)
    stored = {
        "command": "python experiments/bottleneck.py",
        "settings": SETTINGS,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}",
        "seconds": round(time.process_time() - started, 1),
        "results": results,
        "spread": {"results": 0.2},
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
