"""What the chapter “Sequences and windows” measures.

Functions take what the page defines: the batch `pad`, the mean `masked_mean`, the class
`WindowClassifier`, and models made of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from prelude import glue
from unrolled import data

Array = NDArray[np.float64]
Pad = Callable[[list[Tensor]], tuple[Tensor, Tensor]]
#: Characters (N, T), which of them are real, and how far back their opening mark is.
Lines = tuple[Tensor, Tensor, Tensor]


# the check


def windows_by_hand(model: Any, sequences: Sequence[Tensor]) -> Tensor:
    """Return the windows at all steps of all sequences, looked up place by place."""
    offsets = range(-model.left, model.right + 1)
    windows = [
        torch.cat([s[t + j] if 0 <= t + j < len(s) else model.edge for j in offsets])
        for s in sequences
        for t in range(len(s))
    ]
    return torch.stack(windows)


@torch.no_grad()
def _logits_by_convolution(model: Any, sequences: Sequence[Tensor]) -> Tensor:
    """Return the logits at all steps of all sequences, from `torch.nn.Conv1d`."""
    D, H, width = len(model.edge), len(model.b), model.left + 1 + model.right
    layer: Any = nn.Conv1d(D, H, kernel_size=width).to(model.edge)
    layer.weight.copy_(model.W_v.unflatten(1, (-1, D)).transpose(1, 2))
    layer.bias.copy_(model.b)
    before, after = model.edge.expand(model.left, D), model.edge.expand(model.right, D)
    convolved = [layer(torch.cat([before, s, after]).T).T for s in sequences]
    logits: Tensor = torch.tanh(torch.cat(convolved)) @ model.W_y.T + model.b_y
    return logits


def compare_with_referees(
    pad: Pad, masked_mean: Callable[[Tensor, Tensor], Tensor], WindowClassifier: Callable[..., Any]
) -> dict[str, float]:
    """Print and return the largest differences from a loop and from PyTorch."""
    torch.manual_seed(0)
    D, H, C, left, right = 3, 7, 5, 3, 2
    sequences = [torch.randn(length, D).double() for length in (8, 1, 6, 4)]
    x, inside = pad(sequences)
    x = x.masked_fill(~inside.unsqueeze(2), 1e6)
    model = WindowClassifier(D, H, C, left, right).double()
    model.edge += torch.randn(D).double()
    with torch.no_grad():
        windows, logits = model.windows(x, inside)[inside], model(x, inside)
    theirs = _logits_by_convolution(model, sequences)

    targets, scores = torch.randint(C, inside.shape), logits.flatten(0, 1)
    cross_entropy = nn.functional.cross_entropy
    losses = cross_entropy(scores, targets.flatten(), reduction="none").view(inside.shape)
    ignored = targets.masked_fill(~inside, -100)
    their_loss = cross_entropy(scores, ignored.flatten(), ignore_index=-100)
    gaps = {
        "windows by hand": windows - windows_by_hand(model, sequences),
        "logits and Conv1d": logits[inside] - theirs,
        "mean loss": masked_mean(losses, inside) - their_loss,
    }
    differences = {name: gap.abs().max().item() for name, gap in gaps.items()}
    for name, difference in differences.items():
        print(f"{name:>18}: largest difference {difference:.1e}")
    assert max(differences.values()) < 1e-10
    return differences


def keep_check(differences: Mapping[str, float]) -> None:
    """Keep the number of the section “The check”, rounded up, so that "or better" is true."""
    glue("agreement", 10.0 ** math.ceil(math.log10(max(differences.values()))))


# the cliff


def keep_cliff(widths: Sequence[int], distances: Sequence[int], cliff: Array, symbols: int) -> None:
    """Keep the numbers of the text beside fig-cliff.

    Args:
        widths: the widths of the windows.
        distances: how many steps back the cue lies.
        cliff: accuracies by distance, seed and width.
        symbols: the number of symbols, of which one is guessed.
    """
    sees = np.array([[d < K for K in widths] for d in distances])
    blind, seeing = cliff.transpose(0, 2, 1)[~sees], cliff.transpose(0, 2, 1)[sees]
    glue("symbols", symbols)
    glue("chance", 1 / symbols)
    glue("blind_low", blind.min())
    glue("blind_high", blind.max())
    glue("blind_count", blind.size)
    glue("seeing_low", seeing.min())
    glue("seeing_mean", seeing.mean())
    glue("seeing_count", seeing.size)
    assert blind.max() < 0.3
    assert np.median(seeing) > 0.99
    assert cliff.min(axis=1)[sees].mean() > 0.9


# the quotation marks


def quoted(line: str) -> Tensor:
    """Return for each character how far back the opening mark is, -1 outside."""
    back: list[int] = []
    inside = False
    for character in line:
        opens = character == '"' and not inside
        inside = inside != (character == '"')
        back.append(0 if opens else back[-1] + 1 if inside else -1)
    return torch.tensor(back)


def lines_of(text: str, vocabulary: data.Vocabulary, pad: Pad) -> Lines:
    """Return the lines of a text that have a quotation mark, as a batch."""
    lines = [line for line in text.split("\n") if '"' in line]
    encoded = [torch.from_numpy(vocabulary.encode(line)) for line in lines]
    ids, inside = pad([line.unsqueeze(1) for line in encoded])
    back, _ = pad([quoted(line).unsqueeze(1) for line in lines])
    return ids.squeeze(2), inside, back.squeeze(2)


@torch.no_grad()
def shares_quoted(
    models: Sequence[Sequence[nn.Module]], lines: Lines, farthest: int = 20
) -> tuple[Array, Array]:
    """Return the shares of characters that models, by width and seed, take for quoted.

    Returns:
        Of those inside quotation marks, by width, seed and distance to the opening mark; and of
        those outside, by width and seed.
    """
    ids, inside, back = lines
    found = np.zeros((len(models), len(models[0]), farthest))
    false_alarms = np.zeros(found.shape[:2])
    for i, of_width in enumerate(models):
        for seed, model in enumerate(of_width):
            says_inside = model(ids, inside).argmax(dim=2) == 1
            for d in range(farthest):
                found[i, seed, d] = says_inside[inside & (back == d)].float().mean()
            false_alarms[i, seed] = says_inside[inside & (back < 0)].float().mean()
    return found, false_alarms


def keep_quotes(
    train_lines: Lines,
    test_lines: Lines,
    widths: Sequence[int],
    found: Array,
    false_alarms: Array,
) -> None:
    """Keep the numbers of the text beside fig-quotes."""
    _, inside, back = test_lines
    quoted_back = back[inside & (back >= 0)]
    for width, shares in zip(widths, found):
        glue(f"reach_{width}", 100 * shares[:, width - 1].mean())
        glue(f"beyond_{width}", 100 * shares[:, width].mean())
        glue(f"hidden_{width}", 100 * (quoted_back >= width).float().mean().item())
    glue("middle_16", 100 * found[2][:, 8].mean())
    glue("unseen_15_4", 100 * found[0][:, 15].mean())
    glue("unseen_15_8", 100 * found[1][:, 15].mean())
    glue("false_alarms", math.ceil(100 * false_alarms.max()))
    glue("quoted_share", 100 * (back[inside] >= 0).float().mean().item())
    glue("farthest_mark", quoted_back.max().item())
    for distance in (3, 15):
        glue(f"examples_{distance}", (train_lines[2] == distance).sum().item())
    glue("train_line_count", len(train_lines[0]))
    for i, width in enumerate(widths[:2]):  # the cliffs
        assert (found[i, :, width - 1] - found[i, :, width]).min() > 0.2
    assert (found[2, :, 8] - found[2, :, 15]).min() > 0.2
    assert found[2, :, 15].mean() < found[:2, :, 15].mean() + 0.1


# places and width


def draw_marks(
    N: int, places: Sequence[int], symbols: int, width: int = 9
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return N sequences of `width` symbols, half of them with one mark.

    The mark is the last symbol and stands at one of `places`, counted back from the last step, at
    which alone an answer is asked for.
    """
    mark = symbols - 1
    ids, has_mark = torch.randint(mark, (N, width)), torch.rand(N) < 0.5
    place = torch.tensor(places)[torch.randint(len(places), (N,))]
    ids[has_mark, width - 1 - place[has_mark]] = mark
    x = nn.functional.one_hot(ids, symbols).float()
    inside = torch.ones(N, width, dtype=torch.bool)
    last = torch.zeros_like(inside)
    last[:, -1] = True
    targets = has_mark.long().unsqueeze(1).expand(N, width)
    return x, inside, targets, last


def keep_places(at_some: Array, at_all: Array) -> None:
    """Keep the numbers of the text beside fig-places, from shares by seed and place."""
    glue("seen_places", 100 * at_some[:, :4].min())
    glue("unseen_places", 100 * at_some[:, 4:].max())
    glue("all_places", 100 * at_all.min())
    assert at_some[:, :4].min() > 0.95 > 0.1 > at_some[:, 4:].max()
    assert at_all.min() > 0.95


def keep_wide(
    counts: Sequence[int],
    widths: Sequence[int],
    from_few: Array,
    classifier_of: Callable[[int], nn.Module],
) -> None:
    """Keep the numbers of the text beside fig-wide.

    Args:
        counts: how many sequences there were to train on.
        widths: the widths of the windows.
        from_few: accuracies by count, seed and width.
        classifier_of: makes the classifier of a width.
    """
    means = from_few.mean(axis=1)
    fit, widest = widths.index(5), len(widths) - 1
    for name, row in (("few", 0), ("many", -1)):
        glue(name, counts[row])
        glue(f"{name}_fit", means[row, fit])
        glue(f"{name}_widest", means[row, widest])
    glue("widest", widths[-1])
    for name, width in (("fit", 5), ("widest", widths[-1])):
        glue(f"weights_{name}", sum(weight.numel() for weight in classifier_of(width).parameters()))
    assert means[0, fit] > 0.7
    assert means[0, widest] < 0.4
    assert (from_few[:, :, fit] > from_few[:, :, 0]).all()


# the exercises


def padding_share(lengths: NDArray[np.int64], N: int = 32) -> float:
    """Return the share of padding in batches of N, taken in order."""
    batches = [lengths[i : i + N] for i in range(0, len(lengths), N)]
    places = sum(len(batch) * batch.max() for batch in batches)
    return float(1 - lengths.sum() / places)


def keep_exercises() -> None:
    """Keep the numbers of the answers to the exercises."""
    symbols, units, outputs = 29, 80, 26
    for width in (7, 15):
        glue(f"nettalk_{width}", units * width * symbols + units + outputs * units + outputs)
    rows = [[1.0], [2.0, 4.0, 6.0]]
    counted = [value for row in rows for value in row]
    glue("mean_counted", float(np.mean(counted)))
    glue("mean_all", float(np.sum(counted) / 6))
    glue("mean_rows", float(np.mean([np.mean(row) for row in rows])))
    family = sorted({name for group in data.names().values() for name in group})
    lengths = np.array([len(name) for name in family])
    shuffled = np.random.default_rng(0).permutation(lengths)
    glue("name_count", len(family))
    glue("padding_shuffled", 100 * padding_share(shuffled))
    glue("padding_sorted", 100 * padding_share(np.sort(lengths)))
    glue("mixed_ceiling", 4 / 8 + 4 / 8 / 4)
