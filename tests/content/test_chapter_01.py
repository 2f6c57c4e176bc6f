"""What chapter 1 claims, held against the code that its page shows."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="arg-type, index, union-attr"

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from chapter import cells, definitions
from unrolled import data

ROOT = Path(__file__).resolve().parents[2]

NAME = "01-sequences-and-windows"
SEEDS = (0, 1, 2)
SYMBOLS = 4
page = definitions(NAME)
# The constants of the page that its functions read.
vocabulary = data.Vocabulary(data.manual_text())
vars(page)["train"].__globals__.update(SEEDS=SEEDS, SYMBOLS=SYMBOLS, vocabulary=vocabulary)


# the batch


def test_padding_shows_only_where_inside_is_false(seed: int) -> None:
    sequences = [torch.randn(length, 3) for length in (4, 1, 6)]
    x, inside = page.pad(sequences)
    assert x.shape == (3, 6, 3)
    assert inside.sum(dim=1).tolist() == [4, 1, 6]
    assert torch.equal(x[inside], torch.cat(sequences))
    assert not x[~inside].any()
    # The share of padding: 1 - sum of lengths / (N T).
    assert (~inside).float().mean().item() == pytest.approx(1 - 11 / 18)


def test_sorting_by_length_leaves_little_padding() -> None:
    lengths = np.array(sorted(len(n) for group in data.names().values() for n in set(group)))
    for seed in SEEDS:
        shuffled = np.random.default_rng(seed).permutation(lengths)
        assert page.measuring.padding_share(shuffled) > 0.25
        assert page.measuring.padding_share(lengths) < 0.02


# the mean


def test_the_mean_agrees_with_pytorch_and_its_gradient_stops_at_the_mask(seed: int) -> None:
    logits = torch.randn(4, 9, 7).double().requires_grad_()
    targets, mask = torch.randint(7, (4, 9)), torch.rand(4, 9) < 0.5
    losses = functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
    ignored = targets.where(mask, torch.tensor(-100))
    theirs = functional.cross_entropy(logits.transpose(1, 2), ignored)
    losses.retain_grad()
    mine = page.masked_mean(losses, mask)
    assert torch.allclose(mine, theirs, rtol=1e-12)
    mine.backward()
    assert torch.allclose(losses.grad, mask.double() / mask.sum())
    assert not logits.grad[~mask].any()
    assert logits.grad[mask].abs().sum(dim=1).min() > 0


def test_the_gradient_of_the_mean_agrees_with_central_differences(seed: int) -> None:
    losses, mask = torch.randn(3, 5).double(), torch.rand(3, 5) < 0.5
    mask[0, 0] = True
    losses.requires_grad_()
    assert torch.autograd.gradcheck(lambda loss: page.masked_mean(loss, mask), losses)


def test_what_stands_in_the_padding_does_not_matter_but_would_in_a_product() -> None:
    loss = torch.tensor([[1.0, 3.0, torch.nan, torch.inf]])
    mask = torch.tensor([[True, True, False, False]])
    assert page.masked_mean(loss, mask) == 2
    assert torch.isnan((loss * mask).sum() / mask.sum())


def test_the_other_means_weigh_as_the_page_says(seed: int) -> None:
    lengths = torch.tensor([5, 1, 3])
    mask = torch.arange(5) < lengths[:, None]
    loss = torch.rand(3, 5).double()
    mean, M, N, T = page.masked_mean(loss, mask), mask.sum(), *mask.shape
    over_all = (loss * mask).mean()
    assert torch.allclose(over_all, M / (N * T) * mean)
    by_row = ((loss * mask).sum(dim=1) / lengths).mean()
    weights = mask / (N * lengths[:, None])
    assert torch.allclose(by_row, (weights * loss).sum())


# windows and the classifier


@pytest.mark.parametrize(("left", "right"), [(0, 0), (3, 0), (0, 2), (2, 5), (12, 1)])
def test_windows_are_those_of_the_equations(seed: int, left: Any, right: Any) -> None:
    sequences = [torch.randn(length, 3) for length in (8, 1, 5)]
    x, inside = page.pad(sequences)
    x[~inside] = torch.nan
    model = page.WindowClassifier(3, 7, 5, left, right)
    model.edge += torch.randn(3)
    assert torch.equal(
        model.windows(x, inside)[inside], page.measuring.windows_by_hand(model, sequences)
    )


def test_the_classifier_is_a_convolution_and_a_sum_over_places(seed: int) -> None:
    N, T, D, H, C, left, right = 4, 9, 3, 7, 5, 2, 1
    model = page.WindowClassifier(D, H, C, left, right).double()
    x, inside = torch.randn(N, T, D).double(), torch.ones(N, T, dtype=torch.bool)
    kernel = model.W_v.unflatten(1, (-1, D)).transpose(1, 2)
    padded = functional.pad(x.transpose(1, 2), (left, right))
    h = torch.tanh(functional.conv1d(padded, kernel, model.b)).transpose(1, 2)
    logits = model(x, inside)
    assert torch.allclose(logits, h @ model.W_y.T + model.b_y, atol=1e-12)
    blocks = model.W_v.split(D, dim=1)
    t = 4
    total = sum(
        block @ x[0, t + j] for j, block in zip(range(-left, right + 1), blocks, strict=True)
    )
    assert torch.allclose(total, model.W_v @ model.windows(x, inside)[0, t], atol=1e-12)


def test_the_gradients_of_the_classifier_agree_with_central_differences(seed: int) -> None:
    model = page.WindowClassifier(2, 4, 3, 1, 1).double()
    x, inside = page.pad([torch.randn(length, 2).double() for length in (4, 2)])
    x.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: model(x, inside)[inside], x)


def test_a_window_reaches_as_far_as_it_says_and_no_farther(seed: int) -> None:
    left, right, t = 3, 2, 7
    model = page.WindowClassifier(3, 7, 5, left, right).double()
    x = torch.randn(1, 15, 3).double().requires_grad_()
    model(x, torch.ones(1, 15, dtype=torch.bool))[0, t].sum().backward()
    touched = x.grad[0].abs().sum(dim=1) > 0
    assert touched.nonzero().flatten().tolist() == list(range(t - left, t + right + 1))


def test_one_sequence_knows_nothing_of_another_nor_of_the_padding(seed: int) -> None:
    model = page.WindowClassifier(3, 7, 5, 4, 4)
    sequences = [torch.randn(length, 3) for length in (6, 2, 9)]
    x, inside = page.pad(sequences)
    logits = model(x.masked_fill(~inside[..., None], 1e9), inside)
    for n, sequence in enumerate(sequences):
        alone = model(sequence[None], torch.ones(1, len(sequence), dtype=torch.bool))
        assert torch.allclose(logits[n, : len(sequence)], alone[0], atol=1e-5)


@pytest.mark.parametrize("width", [1, 4, 16])
def test_the_number_of_weights_grows_with_the_width(width: Any) -> None:
    D, H, C = 5, 11, 3
    model = page.WindowClassifier(D, H, C, left=width - 1)
    assert sum(p.numel() for p in model.parameters()) == H * width * D + H + C * H + C


# what no window shows


def test_the_bound_is_chance_or_certainty() -> None:
    """The best function of a window, by counting all sequences of six symbols."""
    T, C = 6, 3
    every = np.stack(np.meshgrid(*[range(C)] * T, indexing="ij"), axis=-1).reshape(-1, T)
    for d in (1, 3, 5):
        y = (every[:, -1] + every[:, -1 - d]) % C
        for left in range(T):
            seen = every[:, T - 1 - left :] @ C ** np.arange(left + 1)
            counts = np.zeros((seen.max() + 1, C))
            np.add.at(counts, (seen, y), 1)
            best = counts.max(axis=1).sum() / len(every)
            assert best == pytest.approx(1 if left >= d else 1 / C)


def test_the_bound_holds_for_every_function_and_is_reached_by_one() -> None:
    """All functions of a window that can show four things, three classes."""
    for seed in SEEDS:
        joint = np.random.default_rng(seed).random((4, 3))
        joint /= joint.sum()  # P(v, y)
        bound = joint.max(axis=1).sum()
        every = np.stack(np.meshgrid(*[range(3)] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
        right = joint[range(4), every].sum(axis=1)
        assert (right <= bound + 1e-12).all()
        assert np.isclose(right, bound).sum() == 1


def test_the_cue_is_where_the_page_says(seed: int) -> None:
    for distance in (2, 6):
        x, inside, targets, mask = page.draw_cue_task(50, distance)
        ids = x.argmax(dim=2)
        assert not mask[:, :distance].any()
        assert torch.equal(mask[:, distance:], inside[:, distance:])
        for n, t in mask.nonzero().tolist():
            assert targets[n, t] == (ids[n, t] + ids[n, t - distance]) % SYMBOLS


@pytest.mark.parametrize("distance", [1, 3, 5])
def test_accuracy_jumps_where_the_window_reaches_the_cue(seed: int, distance: Any) -> None:
    below = [page.accuracy_at(width, distance, seed) for width in (1, distance)]
    above = [page.accuracy_at(width, distance, seed) for width in (distance + 1, distance + 3)]
    assert max(below) < 0.29
    assert min(above) > 0.95


def test_neither_size_nor_training_moves_the_cliff(seed: int) -> None:
    model = page.WindowClassifier(SYMBOLS, H=128, C=SYMBOLS, left=2)
    page.train(model, lambda: page.draw_cue_task(48, 3), 300)
    assert page.share_right(model, *page.draw_cue_task(300, 3)) < 0.29


# the quotation marks


def test_quoted_counts_back_to_the_opening_mark() -> None:
    assert page.measuring.quoted('a "bc" d"').tolist() == [-1, -1, 0, 1, 2, -1, -1, -1, 0]


@pytest.fixture(scope="module")
def text_curves() -> Any:
    """By width: the shares found (seeds, distances), trained as on the page."""
    train_text, _, test_text = data.manual_splits()
    train_lines, (ids, inside, back) = (
        page.measuring.lines_of(text, vocabulary, page.pad) for text in (train_text, test_text)
    )
    curves = {}
    for width in (4, 8, 16):
        rows = []
        for seed in SEEDS:
            model = page.train_on_lines(*train_lines, width, seed, updates=200)
            with torch.no_grad():
                says = model(ids, inside).argmax(dim=2) == 1
            rows.append([says[inside & (back == d)].float().mean().item() for d in range(18)])
        curves[width] = np.array(rows)
    return curves


def test_in_a_text_too_windows_fail_beyond_their_width(text_curves: Any) -> None:
    for width in (4, 8):
        found = text_curves[width]
        # The text is the manual of the Python that runs, which differs between releases.
        assert found[:, 1 : width - 1].min() > 0.65
        assert (found[:, width - 1] - found[:, width]).min() > 0.15


def test_a_mark_far_back_in_a_wide_window_is_overlooked(text_curves: Any) -> None:
    found = text_curves[16]
    assert (found[:, 7] - found[:, 15]).min() > 0.2
    assert found[:, 1:5].min() > 0.8
    blind = [text_curves[width][:, 15].mean() for width in (4, 8)]
    assert found[:, 15].mean() < max(blind) + 0.15


# places and width


def test_what_is_learned_at_one_place_holds_there_only(seed: int) -> None:
    shares = page.found_by_place((0, 1, 2), seed)
    assert min(shares[:3]) > 0.95
    assert max(shares[3:]) < 0.1
    assert min(page.found_by_place(tuple(range(9)), seed)) > 0.95


def test_with_few_sequences_a_wide_window_is_worse_and_more_sequences_help(seed: int) -> None:
    few = [page.accuracy_from_few(10, width, seed) for width in (4, 5, 16)]
    assert few[0] < 0.3
    assert few[1] > few[2] + 0.2
    assert page.accuracy_from_few(40, 16, seed) > few[2] + 0.2
    assert page.accuracy_from_few(20, 5, seed) > 0.9


# the exercises


def test_exercise_nettalk() -> None:
    model = page.WindowClassifier(29, H=80, C=26, left=3, right=3)
    assert sum(p.numel() for p in model.parameters()) == 29 * 7 * 80 + 80 + 26 * 80 + 26
    now, then = "I read it now", "I read it yesterday"
    at = now.index("e")
    for letter in range(at - 1, at + 3):
        assert now[max(letter - 3, 0) : letter + 4] == then[max(letter - 3, 0) : letter + 4]


def test_exercise_three_means() -> None:
    rows = [[1.0], [2.0, 4.0, 6.0]]
    joined = [*rows, [3.25] * 6]

    def means(batch: Any) -> Any:
        values = [value for row in batch for value in row]
        places = len(batch) * max(map(len, batch))
        return np.mean(values), np.sum(values) / places, np.mean([np.mean(row) for row in batch])

    before, after = means(rows), means(joined)
    assert before[0] == after[0] == 3.25
    assert before[1] != pytest.approx(after[1])
    assert before[2] != pytest.approx(after[2])
    assert sum(map(sum, joined)) == 10 * 3.25


@pytest.mark.parametrize(("K", "layers"), [(3, 1), (3, 2), (5, 3), (3, 50)])
def test_exercise_a_window_on_a_window(K: Any, layers: Any) -> None:
    T = 1 + layers * (K - 1) + 4
    x = torch.randn(1, 1, T).double().requires_grad_()
    h = x
    for _ in range(layers):
        layer = nn.Conv1d(1, 1, K, padding=K // 2, bias=False).double()
        nn.init.constant_(layer.weight, 1 / K)
        h = layer(h)
    h[0, 0, T // 2].backward()
    assert (x.grad != 0).sum() == 1 + layers * (K - 1)


def test_exercise_mixed_distances() -> None:
    rng, C, reach = np.random.default_rng(0), 4, 4
    d, cue, now = rng.integers(1, 9, 40_000), rng.integers(C, size=40_000), 2
    answer = np.where(d <= reach, (now + cue) % C, 0)  # beyond the window: any guess
    assert (answer == (now + cue) % C).mean() == pytest.approx(4 / 8 + 4 / 8 / C, abs=0.01)


# the page


def test_no_result_is_typed_into_the_text() -> None:
    text = (ROOT / "book" / f"{NAME}.md").read_text(encoding="utf-8")
    for cell in cells(NAME):
        text = text.replace(cell, "")
    glued = re.findall(r"\{glue:text\}`[^`]*`", text)
    prose = re.sub(r"\{glue:text\}`[^`]*`|\$[^$]*\$", "", text)
    assert len(glued) > 25
    assert re.findall(r"\d+\.\d+|\d%", prose) == []


def test_every_figure_has_a_caption_and_a_description() -> None:
    text = (ROOT / "book" / f"{NAME}.md").read_text(encoding="utf-8")
    assert "plt.subplots(" not in text  # what draws lies beside the page
    drawn = text.count("    name: fig-")
    assert drawn >= 4
    assert text.count("    alt: >-\n") == text.count("    caption: |\n") == drawn
