"""Record the LSTM runs that the assignment of chapter 6 hands to its backward functions.

    python experiments/lstm_runs.py

Three forward passes of the page's LSTM in double precision with fixed weights and inputs: two that
are short, one of them padded, and a long one. Writes ``unrolled/models/lstm_runs.npz``. A test
holds it against ``torch.nn.LSTM``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from chapter import definitions
from unrolled import fixed_array

TARGET = Path(__file__).resolve().parent.parent / "unrolled" / "models" / "lstm_runs.npz"
# name: D, H, T, lengths
RUNS = {
    "short": (4, 5, 6, [6, 6, 6]),
    "padded": (3, 2, 7, [4, 7, 1, 0]),
    "long": (1, 3, 120, [120, 75]),
}


def main() -> None:
    page = definitions("06-lstm")
    arrays = {}
    for number, (name, (D, H, T, lengths)) in enumerate(RUNS.items()):
        start, N = 20_000 + 1000 * number, len(lengths)
        run = {
            "x": fixed_array(N, T, D, start=start, scale=1.5),
            "h_0": fixed_array(N, H, start=start + 500),
            "c_0": fixed_array(N, H, start=start + 550, scale=2.0),
            "W_x": fixed_array(4 * H, D, start=start + 600, scale=0.9),
            "W_h": fixed_array(4 * H, H, start=start + 700, scale=0.8),
            "b": fixed_array(4 * H, start=start + 850, scale=0.7),
        }
        lstm = page.LSTM(D, H).double()
        with torch.no_grad():
            for weight in ("W_x", "W_h", "b"):
                getattr(lstm, weight).copy_(torch.from_numpy(run[weight]))
            x, h_0, c_0 = (torch.from_numpy(run[part]) for part in ("x", "h_0", "c_0"))
            after = lstm(x, torch.tensor(lengths), h_0, c_0)
        run["lengths"] = np.array(lengths)
        run |= {part: a.numpy() for part, a in zip(("h", "c", "gates"), after, strict=True)}
        arrays |= {f"{name}/{part}": array for part, array in run.items()}
    np.savez_compressed(TARGET, **arrays)


if __name__ == "__main__":
    main()
