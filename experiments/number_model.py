"""Train the encoder and decoder that turn digits into number words and ship with the package.

    python experiments/number_model.py

Two vanilla RNNs, the last state of the first handed to the second through a layer of its own. They
read the digits of a number from 0 to 9999, the first digit first, and write its English words. One
number in four is held out. Writes ``unrolled/models/numbers.npz`` (float32) and, beside this
script, ``number_model.json`` with the shares of right answers. The last digits depend on the
machine, so the stored files are the reference.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from unrolled.data import number_words

ROOT = Path(__file__).resolve().parent.parent
SEED = 0
D, H, D_OUT, H_OUT = 8, 44, 12, 52
UPDATES, BATCH, RATE = 1600, 64, 4e-3
START, STOP = 0, 1
WORDS = ["<start>", "<stop>", *dict.fromkeys(w for n in range(10000) for w in number_words(n))]


def batch(numbers: list[int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return source (N, T), lengths (N,), inputs and targets (N, T'); after the end -100."""
    digits = [[int(digit) for digit in str(number)] for number in numbers]
    words = [[WORDS.index(word) for word in number_words(number)] for number in numbers]
    lengths = torch.tensor([len(row) for row in digits])
    T, T_out = int(lengths.max()), max(map(len, words)) + 1
    source = torch.tensor([row + [0] * (T - len(row)) for row in digits])
    inputs = torch.tensor([[START] + row + [STOP] * (T_out - 1 - len(row)) for row in words])
    targets = torch.tensor([row + [STOP] + [-100] * (T_out - 1 - len(row)) for row in words])
    return source, lengths, inputs, targets


class Numbers(nn.Module):
    """Encoder, bridge, decoder and output layer."""

    def __init__(self) -> None:
        super().__init__()
        self.source = nn.Embedding(10, D)
        self.encoder = nn.RNN(D, H, batch_first=True)
        self.bridge = nn.Linear(H, H_OUT)
        self.target = nn.Embedding(len(WORDS), D_OUT)
        self.decoder = nn.RNN(D_OUT, H_OUT, batch_first=True)
        self.output = nn.Linear(H_OUT, len(WORDS))

    def encode(self, source: Tensor, lengths: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(
            self.source(source), lengths, batch_first=True, enforce_sorted=False
        )
        return torch.tanh(self.bridge(self.encoder(packed)[1]))

    def forward(self, source: Tensor, lengths: Tensor, inputs: Tensor) -> Tensor:
        states, _ = self.decoder(self.target(inputs), self.encode(source, lengths))
        return self.output(states)


def loss_of(model: Numbers, numbers: list[int]) -> Tensor:
    source, lengths, inputs, targets = batch(numbers)
    logits = model(source, lengths, inputs)
    return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


@torch.no_grad()
def accuracy_of(model: Numbers, numbers: list[int]) -> dict[str, float]:
    """Return shares: words right with the right words fed in, and answers right when free."""
    source, lengths, inputs, targets = batch(numbers)
    inside = targets >= 0
    forced = (model(source, lengths, inputs).argmax(dim=-1) == targets)[inside]
    state, symbol, written = model.encode(source, lengths), inputs[:, :1], []
    for _ in range(inputs.shape[1]):
        states, state = model.decoder(model.target(symbol), state)
        symbol = model.output(states).argmax(dim=-1)
        written.append(symbol)
    right = (torch.cat(written, dim=1) == targets) | ~inside
    return {
        "words, teacher forced": round(forced.double().mean().item(), 4),
        "answers, free running": round(right.all(dim=1).double().mean().item(), 4),
    }


def main() -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    started = time.process_time()
    order = torch.randperm(10000).tolist()
    held_out, training = order[:2500], order[2500:]
    # Short numbers are few: each update takes as many of each length.
    by_length = [[n for n in training if len(str(n)) == length] for length in (1, 2, 3, 4)]
    model = Numbers()
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, UPDATES)
    for update in range(1, UPDATES + 1):
        drawn = [
            group[i]
            for group, share in zip(by_length, (1, 7, 16, 40), strict=True)
            for i in torch.randint(len(group), (share * BATCH // 64,)).tolist()
        ]
        loss = loss_of(model, drawn)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if update % 500 == 0:
            print(f"update {update}: loss {loss.item():.4f}", accuracy_of(model, held_out))
    weights = {
        "encoder.E": model.source.weight,
        "encoder.W_x": model.encoder.weight_ih_l0,
        "encoder.W_h": model.encoder.weight_hh_l0,
        # PyTorch adds two biases; one vector holds their sum.
        "encoder.b": model.encoder.bias_ih_l0 + model.encoder.bias_hh_l0,
        "bridge.W": model.bridge.weight,
        "bridge.b": model.bridge.bias,
        "decoder.E": model.target.weight,
        "decoder.W_x": model.decoder.weight_ih_l0,
        "decoder.W_h": model.decoder.weight_hh_l0,
        "decoder.b": model.decoder.bias_ih_l0 + model.decoder.bias_hh_l0,
        "decoder.W_y": model.output.weight,
        "decoder.b_y": model.output.bias,
    }
    arrays = {key: value.detach().numpy().astype(np.float32) for key, value in weights.items()}
    target = ROOT / "unrolled" / "models" / "numbers.npz"
    np.savez_compressed(target, **arrays, words=np.array(WORDS))
    result = {
        "command": "python experiments/number_model.py",
        "settings": {
            "seed": SEED,
            "sizes": {"V": 10, "D": D, "H": H, "V'": len(WORDS), "D'": D_OUT, "H'": H_OUT},
            "updates": UPDATES,
            "N": BATCH,
            "rate": RATE,
        },
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}",
        "seconds": round(time.process_time() - started, 1),
        "accuracy": {
            "training": accuracy_of(model, training),
            "held out": accuracy_of(model, held_out),
        },
        "spread": {"accuracy": 0.1},
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
