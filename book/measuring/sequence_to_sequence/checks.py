"""Encoder and decoder against PyTorch, their equations against autograd, and their writing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import rnn as torch_rnn

from .tasks import Pair, ragged_pairs

# Source (N, T), lengths (N,), inputs and targets (N, T').
Batch = tuple[Tensor, Tensor, Tensor, Tensor]
# V, D and H of one side; lengths of pairs.
Sizes = tuple[int, int, int]
Lengths = Sequence[tuple[int, int]]
# These are the page's: the network (from sizes of source and target), the batch, the loss of
# logits, and free running.
EncoderDecoder = Callable[[Sizes, Sizes], Any]
MakeBatch = Callable[[Sequence[Pair]], Batch]
MaskedLoss = Callable[[Tensor, Tensor], Tensor]
Write = Callable[..., tuple[Tensor, Tensor]]

SIZES: tuple[Sizes, Sizes] = ((7, 3, 5), (9, 4, 6))
RAGGED: Lengths = ((6, 2), (1, 7), (4, 4), (3, 1))


def ragged_batch(make_batch: MakeBatch, lengths: Lengths, seed: int) -> Batch:
    """Return a batch of random pairs with the given lengths."""
    return make_batch(ragged_pairs(SIZES[0][0], SIZES[1][0], lengths, seed))


def torch_twin(cell: Any) -> Any:
    """Return PyTorch's RNN with the weights of ours."""
    H, D = cell.W_x.shape
    theirs: Any = nn.RNN(D, H, batch_first=True).to(cell.W_x)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(cell.W_x)
        theirs.weight_hh_l0.copy_(cell.W_h)
        theirs.bias_ih_l0.copy_(cell.b)
        theirs.bias_hh_l0.zero_()
    return theirs


def _torch_forward(mine: Any, reader: Any, writer: Any, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return logits and loss of PyTorch's networks, with the rest of ours."""
    source, lengths, inputs, targets = batch
    packed = torch_rnn.pack_padded_sequence(
        mine.reader.E[source], lengths, batch_first=True, enforce_sorted=False
    )
    first = torch.tanh(mine.bridge(reader(packed)[1]))
    logits = mine.output(writer(mine.writer.E[inputs], first)[0])
    entropy = nn.CrossEntropyLoss(ignore_index=-100)
    return logits, entropy(logits.flatten(0, 1), targets.flatten())


def compare_with_pytorch(
    network: EncoderDecoder,
    make_batch: MakeBatch,
    masked_loss: MaskedLoss,
    lengths: Lengths,
    seed: int,
) -> dict[str, float]:
    """Return the largest differences, forward and backward."""
    torch.manual_seed(seed)
    mine = network(*SIZES).double()
    batch = ragged_batch(make_batch, lengths, seed)
    logits = mine.decode(batch[2], *mine.encode(*batch[:2]))[0]
    loss = masked_loss(logits, batch[3])
    reader, writer = torch_twin(mine.reader), torch_twin(mine.writer)
    their_logits, their_loss = _torch_forward(mine, reader, writer, batch)

    shared = [mine.reader.E, mine.writer.E]
    shared += [*mine.bridge.parameters(), *mine.output.parameters()]
    ours, theirs = list(shared), list(shared)
    for cell, twin in ((mine.reader, reader), (mine.writer, writer)):
        ours += [cell.W_x, cell.W_h, cell.b]
        theirs += [twin.weight_ih_l0, twin.weight_hh_l0, twin.bias_ih_l0]
    gradients = torch.autograd.grad(loss, ours)
    others = torch.autograd.grad(their_loss, theirs)
    gaps = [(a - b).abs().max().item() for a, b in zip(gradients, others, strict=True)]
    return {
        "logits": (logits - their_logits).abs().max().item(),
        "loss": (loss - their_loss).abs().item(),
        "gradients of the encoder": max(gaps[:1] + gaps[6:9]),
        "gradients of the bridge": max(gaps[2:4]),
        "gradients of the decoder": max(gaps[1:2] + gaps[4:6] + gaps[9:]),
    }


def _largest(differences: Mapping[str, float], width: int) -> float:
    """Print differences by name; return the largest."""
    for name, difference in differences.items():
        print(f"{name:>{width}}: largest difference {difference:.0e}")
    assert max(differences.values()) < 1e-8
    return max(differences.values())


def agreement(
    network: EncoderDecoder, make_batch: MakeBatch, masked_loss: MaskedLoss
) -> dict[str, float]:
    """Print the differences from PyTorch; return what the text says."""
    found = compare_with_pytorch(network, make_batch, masked_loss, RAGGED, seed=0)
    return {"s2s_agreement": _largest(found, 24)}


def _back_by_hand(model: Any, dz: Sequence[Tensor], h: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradients at the decoder's pre-activations and, last, at its first state."""
    cell, W_y = model.writer, model.output.weight
    handed, delta = torch.zeros_like(h[0]), []
    for t in reversed(range(len(dz))):
        delta.append((dz[t] @ W_y + handed) * (1 - h[t + 1] ** 2))
        handed = delta[-1] @ cell.W_h
    return [*delta[::-1], handed]


def check_equations(
    network: EncoderDecoder,
    make_batch: MakeBatch,
    masked_loss: MaskedLoss,
    lengths: Lengths,
    seed: int,
) -> dict[str, float]:
    """Return, by equation, the largest difference from autograd."""
    torch.manual_seed(seed)
    model = network(*SIZES).double()
    _, _, inputs, targets = ragged_batch(make_batch, lengths, seed)
    (N, T_out), cell = targets.shape, model.writer
    h_last = torch.randn(N, SIZES[0][2]).double().requires_grad_()
    h_0 = torch.tanh(model.bridge(h_last))
    a, h = [], [h_0]
    for t in range(T_out):
        a.append(cell.E[inputs[:, t]] @ cell.W_x.mT + h[-1] @ cell.W_h.mT + cell.b)
        h.append(torch.tanh(a[-1]))
    z = [model.output(h_t) for h_t in h[1:]]
    loss = masked_loss(torch.stack(z, dim=1), targets)
    wanted = [*z, *a, h_0, h_last, *model.bridge.parameters()]
    found = torch.autograd.grad(loss, wanted)
    dz, da = found[:T_out], found[T_out : 2 * T_out]
    dh_0, dh_last, dW_c, db_c = found[2 * T_out :]

    counts = (targets >= 0).double()
    onehot = nn.functional.one_hot(targets.clamp(min=0), SIZES[1][0])
    p = torch.softmax(torch.stack(z, dim=1), dim=-1)
    *delta, handed = _back_by_hand(model, dz, h)
    delta_c = handed * (1 - h_0**2)
    masked = (p - onehot) * counts[..., None] / counts.sum()
    gaps = {
        "scores": torch.stack(dz, dim=1) - masked,
        "pre-activations": torch.stack(delta) - torch.stack(da),
        "first state": handed - dh_0,
        "encoder's last state": delta_c @ model.bridge.weight - dh_last,
        "weights of the bridge": delta_c.mT @ h_last - dW_c,
        "bias of the bridge": delta_c.sum(dim=0) - db_c,
    }
    return {name: gap.abs().max().item() for name, gap in gaps.items()}


def equations(
    network: EncoderDecoder, make_batch: MakeBatch, masked_loss: MaskedLoss
) -> dict[str, float]:
    """Print the differences of the equations from autograd; return what the text says."""
    found = check_equations(network, make_batch, masked_loss, RAGGED, seed=0)
    return {"s2s_equations": _largest(found, 22)}


def check_writing(
    network: EncoderDecoder,
    make_batch: MakeBatch,
    write: Write,
    stop: int,
    lengths: Lengths,
    seed: int,
    longest: int = 12,
) -> tuple[list[int], int]:
    """Return lengths written, and in how many rows batch and alone differ."""
    torch.manual_seed(seed)
    model = network(*SIZES).double()
    with torch.no_grad():
        for weight in model.parameters():
            weight *= 2  # clear choices, as after training
    source, read, _, _ = ragged_batch(make_batch, lengths, seed)
    together, counts = write(model, source, read, longest)
    differ = 0
    for n, length in enumerate(read.tolist()):
        alone, count = write(model, source[n : n + 1, :length], read[n : n + 1], longest)
        same = torch.equal(alone[0], together[n]) and bool(count[0] == counts[n])
        ended = bool((together[n, counts[n] :] == stop).all())
        differ += not (same and ended)
    return counts.tolist(), differ


def writing(network: EncoderDecoder, make_batch: MakeBatch, write: Write, stop: int) -> None:
    """Print how many symbols are written in a batch, and in how many rows alone differs."""
    for seed in (0, 1, 2):
        counts, differ = check_writing(network, make_batch, write, stop, 3 * tuple(RAGGED), seed)
        print("symbols written:", *counts, f"  rows that differ: {differ}")
        assert differ == 0


def numbers_of_exercises(network: EncoderDecoder) -> dict[str, float]:
    """Return what the solutions of the exercises say."""
    count = sum(p.numel() for p in network((80, 32, 64), (60, 32, 48)).parameters())
    reader, bridge = 80 * 32 + 64 * (32 + 64 + 1), 48 * (64 + 1)
    assert count == reader + bridge + 60 * 32 + 48 * (32 + 48 + 1) + 60 * (48 + 1)
    return {
        "s2s_power_90": 0.9**20,
        "s2s_power_99": 0.99**20,
        "s2s_need": 0.5 ** (1 / 20),
        "s2s_bits": 20 * math.log2(10_000),
        "s2s_units": math.ceil(20 * math.log2(10_000) / 2),
        "s2s_count": count,
    }
