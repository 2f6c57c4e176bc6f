"""Train the character model of names that ships with the package.

    python experiments/name_model.py

A vanilla RNN reads Italian family names (Faker's list, lower case, letters a to z) one letter at
a time, with a point before and after each. One name in ten is held out; the weights of the epoch
with the lowest loss on these are kept. Writes ``unrolled/models/names.npz`` (float32) and, beside
this script, ``name_model.json`` with the losses. About 10 s on one core. The last digits depend on
the machine, so the stored files are the reference.
"""

from __future__ import annotations

import json
import math
import string
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

from unrolled.data import Vocabulary, names

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python experiments/name_model.py"
LANGUAGE = "Italian"
SEED = 2
D, H = 12, 64
EPOCHS, BATCH, RATE, DECAY = 40, 64, 4e-3, 3e-2
LETTERS = Vocabulary("." + string.ascii_lowercase)
V = len(LETTERS)


class NameRNN(nn.Module):
    """Embedding, vanilla RNN, linear layer: ids (N, T) to logits (N, T, V)."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.rnn = nn.RNN(D, H, batch_first=True)
        self.output = nn.Linear(H, V)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.output(self.rnn(self.embedding(ids))[0])


def batch(chosen: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return inputs and targets, both (N, T); targets in the padding are -100."""
    ids = [torch.from_numpy(LETTERS.encode(f".{name}.")) for name in chosen]
    inputs = pad_sequence([name[:-1] for name in ids], batch_first=True)
    return inputs, pad_sequence([name[1:] for name in ids], batch_first=True, padding_value=-100)


def loss_of(model: NameRNN, chosen: list[str]) -> torch.Tensor:
    """Mean negative log likelihood per symbol, the closing point included."""
    inputs, targets = batch(chosen)
    return nn.functional.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


def main() -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    corpus = [
        name for name in names([LANGUAGE])[LANGUAGE] if set(name) <= set(string.ascii_lowercase)
    ]
    order = torch.randperm(len(corpus)).tolist()
    cut = len(corpus) // 10
    held_out, training = [[corpus[i] for i in part] for part in (order[:cut], order[cut:])]

    model = NameRNN()
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
    best, best_epoch, best_state = math.inf, 0, model.state_dict()
    for epoch in range(1, EPOCHS + 1):
        shuffled = torch.randperm(len(training)).tolist()
        for first in range(0, len(training), BATCH):
            loss = loss_of(model, [training[i] for i in shuffled[first : first + BATCH]])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        schedule.step()
        with torch.no_grad():
            held_out_loss = loss_of(model, held_out).item()
        if held_out_loss < best:
            best, best_epoch = held_out_loss, epoch
            best_state = {key: value.clone() for key, value in model.state_dict().items()}
        if epoch % 10 == 0:
            print(f"epoch {epoch:3d}  training {loss.item():.3f}  held out {held_out_loss:.3f}")

    print(f"kept: epoch {best_epoch}")
    model.load_state_dict(best_state)
    with torch.no_grad():
        training_loss = loss_of(model, training).item()
    weights = {
        "E": model.embedding.weight,
        "W_x": model.rnn.weight_ih_l0,
        "W_h": model.rnn.weight_hh_l0,
        # PyTorch adds two biases; one vector holds their sum.
        "b": model.rnn.bias_ih_l0 + model.rnn.bias_hh_l0,
        "W_y": model.output.weight,
        "b_y": model.output.bias,
    }
    arrays = {key: value.detach().numpy().astype(np.float32) for key, value in weights.items()}
    np.savez_compressed(
        ROOT / "unrolled" / "models" / "names.npz",
        **arrays,
        letters=np.array("".join(LETTERS.characters)),
    )
    result = {
        "command": COMMAND,
        "seed": SEED,
        "data": f"{len(corpus)} {LANGUAGE} family names from Faker, {cut} of them held out",
        "sizes": {"V": V, "D": D, "H": H},
        "epochs": EPOCHS,
        "loss": {"training": round(training_loss, 4), "held_out": round(best, 4)},
        "perplexity": {
            "training": round(math.exp(training_loss), 2),
            "held_out": round(math.exp(best), 2),
        },
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
