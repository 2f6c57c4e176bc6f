"""Train the small LSTMs that chapter 6 looks into.

    python experiments/hold_inside.py          about half a minute on one core

Ten LSTMs with four units learn to hold a value over 40 steps. Whether a single one learns it hangs
on roundings, and so on the machine. Therefore the trained weights are stored, for the page to look
at: experiments/hold_inside.npz. Beside it experiments/hold_inside.json says how many learned it,
and how many have a cell that can be read.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import numpy as np
import torch

from chapter import definitions

SETTINGS = {
    "network": "LSTM bias 5",
    "T": 40,
    "seeds": list(range(10)),
    "updates": 1000,
    "H": 4,
    "N": 32,
    "rate": 0.02,
    "solved below": 0.1,
}


def main() -> None:
    page = definitions("06-lstm")
    torch.set_num_threads(1)
    options = {name: SETTINGS[name] for name in ("updates", "H", "N", "rate")}
    weights, solved, clear = {}, 0, 0
    started = time.process_time()
    for seed in SETTINGS["seeds"]:
        model = page.train_holder(SETTINGS["network"], SETTINGS["T"], seed, **options)
        error = page.measuring.error_of(model, SETTINGS["T"])
        look = page.measuring.look_inside(page.LSTM, model, SETTINGS["T"])
        gates = page.measuring.mean_gates(look)
        learned = error < SETTINGS["solved below"]
        solved += learned
        clear += learned and page.measuring.is_clear(gates)
        print(f"seed {seed}: error {error:.4f}, gates", *(f"{g:.2f}" for g in gates), flush=True)
        for name, weight in model.state_dict().items():
            weights[f"{seed}/{name}"] = weight.numpy()
    stored = {
        "command": "python experiments/hold_inside.py",
        "settings": SETTINGS,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}",
        "seconds": round(time.process_time() - started, 1),
        "spread": {"solved": 3, "clear": 4},
        "results": {"solved": solved, "clear": clear},
    }
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **weights)
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
