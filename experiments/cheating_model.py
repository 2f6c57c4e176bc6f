"""Chapter 9's language model that cheats, larger and trained for longer than on the page.

    python experiments/cheating_model.py          about 2 minutes on one core

LSTMs read CPython's manual character by character. Two are asked for the next character: one
direction with H units, and two directions with H/2 units each, which have the answer in their
input. Two are asked for characters that are blanked out in their input. Result:
experiments/cheating_model.json, read by the page: perplexities, by seed.
"""

from __future__ import annotations

import json
import math
import platform
import time
from pathlib import Path

import torch

from chapter import definitions

SETTINGS = {
    "H": 96,
    "D": 24,
    "updates": 1000,
    "share masked": 0.15,
    "rate": 0.01,
    "seeds": [0, 1, 2],
}


def draw_masked(ids: torch.Tensor, blank: int, N: int = 32, T: int = 32):
    """Return windows with blanks, what stood there, and where the blanks are."""
    at = torch.randint(len(ids) - T, (N, 1)) + torch.arange(T)
    mask = torch.rand(N, T) < SETTINGS["share masked"]
    return ids[at].masked_fill(mask, blank), ids[at], mask


def main() -> None:
    page = definitions("09-bidirectional")
    torch.set_num_threads(1)
    started = time.process_time()
    train_ids, test_ids, letters = page.measuring.manual_texts()
    V = len(letters)
    results = []
    for reads, H in (("forward", SETTINGS["H"]), ("both", SETTINGS["H"] // 2)):
        row = {"model": f"next, {reads}", "training text": [], "new text": [], "input cut": []}
        masked = {"model": f"masked, {reads}", "new text": []}
        for seed in SETTINGS["seeds"]:
            torch.manual_seed(seed)
            model = page.Tagger(reads, V, H, C=V, D=SETTINGS["D"], cell=torch.nn.LSTM)
            page.train(
                model, lambda: page.draw_text(train_ids), SETTINGS["updates"], SETTINGS["rate"]
            )
            inside, cut = page.perplexities(model, test_ids)
            on_training, _ = page.perplexities(model, train_ids)
            for place, value in (
                ("training text", on_training),
                ("new text", inside),
                ("input cut", cut),
            ):
                row[place].append(round(value, 3))
            print(
                f"next, {reads}, seed {seed}: {on_training:.3f} {inside:.3f} {cut:.2f}", flush=True
            )

            torch.manual_seed(seed)
            model = page.Tagger(reads, V + 1, H, C=V, D=SETTINGS["D"], cell=torch.nn.LSTM)
            page.train(
                model,
                lambda: draw_masked(train_ids, V),
                SETTINGS["updates"],
                SETTINGS["rate"],
            )
            torch.manual_seed(1000)
            with torch.no_grad():
                ids, targets, mask = draw_masked(test_ids, V, N=1500)
                loss = page.losses(model(ids), targets)[mask].mean().item()
            masked["new text"].append(round(math.exp(loss), 3))
            print(f"masked, {reads}, seed {seed}: {math.exp(loss):.3f}", flush=True)
        results += [row, masked]
    stored = {
        "command": "python experiments/cheating_model.py",
        "settings": SETTINGS,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}",
        "seconds": round(time.process_time() - started, 1),
        "spread": {"training text": 0.4, "new text": 0.4, "input cut": 6.0},
        "results": results,
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
