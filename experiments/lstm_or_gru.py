"""LSTM against GRU on two tasks of earlier chapters, with as many weights or as many units.

    python experiments/lstm_or_gru.py          about 2 minutes on one core

The character model of chapter 2, both networks with about as many weights: perplexity on held-out
text. The memory task of chapter 6, both with 16 units: error relative to guessing, counted as
solved below a tenth. Result: experiments/lstm_or_gru.json, read by the page of chapter 7. The
stated spread of the perplexity is that over the seeds, of both networks together.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import torch
from torch import Tensor, nn

from chapter import definitions
from unrolled import data

TEXT = {
    "seeds": [0, 1, 2],
    "units": {"LSTM": 128, "GRU": 152},
    "D": 32,
    "N": 32,
    "T": 48,
    "updates": 400,
    "rate": 0.005,
}
HOLD = {
    "seeds": [0, 1, 2, 3, 4],
    "T": [20],
    "H": 16,
    "N": 32,
    "updates": 800,
    "rate": 0.01,
    "solved below": 0.1,
}


def opened(net: nn.Module, keep_bias: float) -> nn.Module:
    """Set the bias of the gate that keeps, and all other biases to zero."""
    blocks, place = (4, 1) if isinstance(net, nn.LSTM) else (3, 1)
    with torch.no_grad():
        net.bias_ih_l0.zero_()
        net.bias_hh_l0.zero_()
        net.bias_ih_l0.chunk(blocks)[place].fill_(keep_bias)
    return net


class Reader(nn.Module):
    """Predict the next of V symbols at every step."""

    def __init__(self, kind: str, V: int, D: int, H: int, seed: int):
        super().__init__()
        torch.manual_seed(seed)
        self.embedding = nn.Embedding(V, D)
        self.net = opened(getattr(nn, kind)(D, H, batch_first=True), 1.0)
        self.output = nn.Linear(H, V)

    def forward(self, ids: Tensor, lengths: None = None) -> tuple[Tensor, None]:
        """Return logits (N, T, V)."""
        return self.output(self.net(self.embedding(ids))[0]), None


def read_text() -> list[dict]:
    """Return weights and perplexities by network."""
    page = definitions("02-vanilla-rnn")
    vocabulary = data.Vocabulary(data.manual_text())
    train_ids, _, test_ids = (
        torch.from_numpy(vocabulary.encode(text)) for text in data.manual_splits()
    )
    results = []
    for kind, H in TEXT["units"].items():
        perplexity = []
        for seed in TEXT["seeds"]:
            model = Reader(kind, len(vocabulary), TEXT["D"], H, seed)
            page.train(
                model,
                lambda: page.draw_windows(train_ids, N=TEXT["N"], T=TEXT["T"]),
                TEXT["updates"],
                rate=TEXT["rate"],
            )
            perplexity.append(page.losses_by_place(model, test_ids).mean().exp().item())
            print(f"{kind:>5} seed {seed}: perplexity {perplexity[-1]:.3f}", flush=True)
        weights = sum(parameter.numel() for parameter in model.net.parameters())
        rounded = [round(value, 3) for value in perplexity]
        results.append({"network": kind, "weights": weights, "perplexity": rounded})
    return results


def hold() -> list[dict]:
    """Return how many seeds learned to hold a value, by network and length."""
    page = definitions("06-lstm")
    results = []
    for kind in ("LSTM", "GRU"):
        for keep_bias in (0.0, 5.0):
            solved = []
            for T in HOLD["T"]:
                errors = []
                for seed in HOLD["seeds"]:
                    torch.manual_seed(seed)
                    model = page.Holder("RNN", HOLD["H"], seed)
                    net = getattr(nn, kind)(2, HOLD["H"], batch_first=True)
                    model.net = opened(net, keep_bias)
                    optimiser = torch.optim.Adam(model.parameters(), lr=HOLD["rate"])
                    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
                        optimiser, HOLD["updates"]
                    )
                    for _ in range(HOLD["updates"]):
                        x, target = page.measuring.draw_hold(HOLD["N"], T)
                        loss = (model(x) - target).pow(2).mean()
                        optimiser.zero_grad()
                        loss.backward()
                        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                        optimiser.step()
                        schedule.step()
                    errors.append(page.measuring.error_of(model, T))
                solved.append(sum(error < HOLD["solved below"] for error in errors))
                print(f"{kind:>5} bias {keep_bias:.0f} T = {T}", *(f"{e:.3f}" for e in errors))
            results.append({"network": f"{kind} bias {keep_bias:.0f}", "solved": solved})
    return results


def main() -> None:
    torch.set_num_threads(1)
    started = time.process_time()
    text = read_text()
    ranges = [max(row["perplexity"]) - min(row["perplexity"]) for row in text]
    stored = {
        "command": "python experiments/lstm_or_gru.py",
        "settings": {"text": TEXT, "hold": HOLD},
        "spread": {"perplexity": round(max(ranges), 3), "solved": 1},
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}",
        "text": text,
        "hold": hold(),
    }
    stored["seconds"] = round(time.process_time() - started, 1)
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
