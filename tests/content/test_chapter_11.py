"""What chapter 11 claims, held against the code that its page shows."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="arg-type, index"

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from chapter import cells, definitions
from unrolled import data

ROOT = Path(__file__).resolve().parents[2]

SEEDS = (0, 1, 2)
SETTINGS = [(2, 1, 0, 1), (1, 1, 0, 1), (3, 1, 2, 1), (4, 2, 3, 1), (3, 3, 1, 1), (3, 1, 2, 2)]
page = definitions("11-convolutions")
measuring = page.measuring
stored = json.loads((ROOT / "experiments" / "text_classifiers.json").read_text())
NETWORKS = ["window", "RNN", "LSTM", "CNN"]


# the convolution and the maximum


@pytest.mark.parametrize("setting", SETTINGS)
def test_forward_and_backward_agree_with_pytorch(seed: int, setting: Any) -> None:
    """On a padded batch of unequal lengths with large numbers in the padding."""
    differences = measuring.compare_with_pytorch(
        page.Convolution, page.max_over_time, 3, 5, setting, seed
    )
    assert len(differences) == 6
    assert max(differences.values()) < 1e-8


@pytest.mark.parametrize("setting", SETTINGS[:5])
def test_each_equation_of_the_backward_pass_agrees_with_autograd(seed: int, setting: Any) -> None:
    by_equation = measuring.check_equations(
        page.Convolution, page.max_over_time, 11, 3, 5, setting[:3], seed
    )
    assert len(by_equation) == 4
    assert max(by_equation.values()) < 1e-8


def test_the_gradient_agrees_with_central_differences(seed: int) -> None:
    model = page.KimCNN(7, 3, D=4, H=5, widths=(1, 3)).double()
    ids, lengths = torch.randint(7, (4, 6)), torch.tensor([6, 1, 4, 2])

    def loss() -> Any:
        return nn.functional.cross_entropy(model(ids, lengths), torch.tensor([0, 2, 1, 1]))

    parameters = list(model.parameters())
    gradients = torch.autograd.grad(loss(), parameters)
    directions = [torch.randn_like(parameter) for parameter in parameters]
    expected = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))

    def moved(eps: Any) -> Any:
        with torch.no_grad():
            for parameter, direction in zip(parameters, directions, strict=True):
                parameter += eps * direction
            value = loss()
            for parameter, direction in zip(parameters, directions, strict=True):
                parameter -= eps * direction
        return value

    assert torch.isclose((moved(1e-6) - moved(-1e-6)) / 2e-6, expected, rtol=1e-5)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("zeros", [0, 1, 3])
def test_the_number_of_windows(stride: Any, zeros: Any) -> None:
    """Counted one by one: the window begins at the first vector and moves on while it fits."""
    for length in range(12):
        for width in range(1, 6):
            counted, start = 0, 0
            while start + width <= length + 2 * zeros:
                counted, start = counted + 1, start + stride
            found = page.conv_lengths(torch.tensor([length]), width, stride, zeros)
            assert found.tolist() == [counted]


def test_a_convolution_is_the_window_of_chapter_1(seed: int) -> None:
    """The same weights, laid out as there, give the same pre-activations inside a sequence."""
    windows = definitions("01-sequences-and-windows").WindowClassifier(3, 5, 2, left=1, right=2)
    layer = page.Convolution(3, 5, 4)
    with torch.no_grad():
        windows.W_v.copy_(layer.W_c.transpose(1, 2).flatten(1))
        windows.b.copy_(layer.b)
        x = torch.randn(2, 9, 3)
        v = windows.windows(x, torch.ones(2, 9, dtype=torch.bool))
        theirs = v @ windows.W_v.T + windows.b
        mine, _ = layer(x, torch.tensor([9, 9]))
    assert torch.allclose(mine, theirs[:, 1:-2], atol=1e-6)


def test_the_padding_never_wins(seed: int) -> None:
    h = -1 - torch.rand(4, 7, 5)
    lengths = torch.tensor([7, 1, 3, 0])
    for filling in (0.0, 1e6, -1e6):
        spoilt = h.masked_fill(~page.within(lengths, 7), filling)
        pooled, picked = page.max_over_time(spoilt, lengths)
        assert (pooled[:3] < 0).all()
        assert (picked[:3] < lengths[:3, None]).all()
        assert pooled[3].abs().max() == 0


def test_what_is_in_a_batch_beside_a_sentence_makes_no_difference(seed: int) -> None:
    model = page.KimCNN(9, 2)
    ids, lengths = torch.randint(9, (3, 12)), torch.tensor([5, 12, 2])
    together = model(ids, lengths)
    for n in range(3):
        alone = model(ids[n : n + 1, : lengths[n]], lengths[n : n + 1])
        assert torch.allclose(together[n], alone[0], atol=1e-6)


def test_k_max_keeps_the_order_of_the_text() -> None:
    h = torch.tensor([[[1.0], [5.0], [2.0], [4.0], [9.0]]])
    assert page.k_max(h, torch.tensor([4]), 3).tolist() == [[5, 2, 4]]
    assert page.k_max(h, torch.tensor([5]), 2).tolist() == [[5, 9]]


def test_one_of_k_is_the_maximum(seed: int) -> None:
    h, lengths = torch.randn(4, 7, 5), torch.tensor([7, 1, 3, 2])
    assert torch.equal(page.k_max(h, lengths, 1), page.max_over_time(h, lengths)[0])


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_receptive_fields(depth: Any) -> None:
    plain, doubled = (
        measuring.measured_field(page.Convolution, dilations)
        for dilations in ([1] * depth, [2**i for i in range(depth)])
    )
    assert plain == 1 + 2 * depth
    assert doubled == 1 + 2 * (2**depth - 1)


def test_a_static_embedding_is_not_learned(seed: int) -> None:
    torch.manual_seed(seed)
    examples = measuring.draw_sentences("negated", 40)
    model = page.KimCNN(len(measuring.vocabulary()), 2, static=True)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    measuring.train(model, examples, updates=3)
    moved = [bool((a != b).any()) for a, b in zip(before, model.parameters(), strict=True)]
    assert moved == [False] + [True] * (len(before) - 1)


# the tasks


def test_the_tasks_are_what_the_text_says(seed: int) -> None:
    words = measuring.vocabulary()
    no, good, bad, so = (words.index(word) for word in ("not", "good", "bad", "so"))
    for task in ("negated", "first"):
        ids, lengths, targets = measuring.draw_sentences(task, 300)
        assert lengths.min() >= 15
        assert lengths.max() <= 30
        for row, length, target in zip(ids.tolist(), lengths.tolist(), targets, strict=True):
            sentence = row[:length]
            assert sentence.count(good) == sentence.count(bad) == 1
            places = sentence.index(good), sentence.index(bad)
            assert abs(places[0] - places[1]) >= 6
            assert min(places) >= 3
            assert max(places) < length - 3
            if task == "first":
                assert (places[0] < places[1]) == bool(target)
                continue
            assert sentence.count(no) == 1
            after = sentence.index(no) + 1
            after += sentence[after] == so
            assert sentence[after] == (bad if target else good)


def test_the_words_without_their_order_say_nothing(seed: int) -> None:
    for task in ("negated", "first"):
        ids, lengths, targets = measuring.draw_sentences(task, 4000)
        counts = nn.functional.one_hot(ids, len(measuring.vocabulary()))
        counts = (counts * page.within(lengths, 30)).sum(dim=1).float()
        gap = counts[targets == 1].mean(dim=0) - counts[targets == 0].mean(dim=0)
        assert gap.abs().max() < 0.1


def test_sentences_of_one_distance(seed: int) -> None:
    for distance in (6, 14, 26):
        ids, lengths, _ = measuring.draw_sentences("first", 100, 50, 10, distance)
        places = [(ids == word).int().argmax(dim=1) for word in (1, 2)]
        assert ((places[0] - places[1]).abs() == distance).all()
        assert (torch.minimum(*places) >= 10).all()
        assert (torch.maximum(*places) < lengths - 10).all()


def test_no_name_is_in_training_and_test_set(seed: int) -> None:
    *parts, letters = measuring.split_names(seed)
    read = [
        {letters.decode(row[:length].tolist()) for row, length in zip(ids, lengths, strict=True)}
        for ids, lengths, _ in parts
    ]
    assert not read[0] & read[1]
    assert len(read[1]) == 2000
    assert sum(len(part[0]) for part in parts) == sum(map(len, data.names().values()))


# what is learned


def test_a_phrase_suits_the_convolution_and_order_the_recurrence() -> None:
    shares = {
        (task, kind): [
            measuring.learn_sentences(page.new_model, task, kind, 100, seed, updates=90)[1]
            for seed in SEEDS
        ]
        for task in ("negated", "first")
        for kind in ("CNN", "LSTM")
    }
    means = {place: sum(found) / len(found) for place, found in shares.items()}
    assert min(shares["negated", "CNN"]) > 0.95
    assert means["negated", "LSTM"] < means["negated", "CNN"] - 0.05
    assert max(shares["first", "CNN"]) < 0.62
    assert means["first", "LSTM"] > means["first", "CNN"] + 0.15


def accuracies(task: Any, network: Any, count: Any) -> Any:
    for row in stored["results"]:
        if (row["task"], row["network"], row["count"]) == (task, network, count):
            return row.get("accuracy") or row["accuracy, unsteady"]
    raise LookupError


def test_the_stored_result_says_what_the_page_says() -> None:
    assert len(stored["settings"]["seeds"]) >= 3
    assert {"python", "torch"} <= stored["versions"].keys()
    assert 0 < stored["seconds"] < 300
    assert min(accuracies("negated", "CNN", 100)) > 0.97
    assert sum(accuracies("negated", "LSTM", 100)) / 3 < 0.9
    assert min(accuracies("negated", "LSTM", 1000)) > 0.97
    for count in (100, 1000):
        assert max(accuracies("first", "CNN", count)) < 0.62
        assert max(accuracies("first", "window", count)) < 0.62
    assert min(accuracies("first", "LSTM", 1000)) > 0.97
    assert min(accuracies("first", "RNN", 1000)) > 0.95


def test_no_network_is_better_at_names_than_the_seeds_differ() -> None:
    count = max(row["count"] for row in stored["results"])
    means = [sum(a) / len(a) for a in (accuracies("names", kind, count) for kind in NETWORKS)]
    assert max(means) - min(means) < 0.05
    assert min(means) > 0.6


def test_the_stored_figures_agree_with_a_run_of_today() -> None:
    share = measuring.learn_sentences(
        page.new_model, "negated", "CNN", 100, 0, stored["settings"]["updates"]
    )[1]
    expected = accuracies("negated", "CNN", 100)[0]
    assert share == pytest.approx(expected, abs=stored["spread"]["accuracy"])


def test_depth_and_recurrence_see_what_comes_first() -> None:
    away = "far from the ends"
    far = {(row["place"], row["network"]): row["accuracy"] for row in stored["by distance"]}
    assert min(far[away, "dilated"] + far[away, "conv + LSTM"] + far[away, "LSTM"]) > 0.9
    assert max(far[away, "CNN"] + far[away, "stack"]) < 0.6
    near = far["near the ends", "stack"]  # where the zeros behind the ends help
    assert near[-1] > near[0] + 0.1


# the exercises


def test_two_words_with_the_same_pairs(seed: int) -> None:
    ids = torch.tensor([[ord(c) - 97 for c in word] for word in ("abaca", "acaba")])
    lengths = torch.tensor([5, 5])
    for width, same in ((1, True), (2, True), (3, False)):
        z = page.KimCNN(3, 2, widths=(width,))(ids, lengths)
        assert torch.allclose(z[0], z[1], atol=1e-6) == same


def test_two_maxima_set_by_hand_tell_what_comes_first(seed: int) -> None:
    model = page.KimCNN(len(measuring.vocabulary()), 2, D=1, H=1, widths=(1,), k=2)
    with torch.no_grad():
        model.E.zero_()
        model.E[1], model.E[2] = 2, 1
        model.filters[0].W_c.fill_(1)
        model.filters[0].b.zero_()
        model.output.weight.copy_(torch.tensor([[0.0, 0.0], [1.0, -1.0]]))
        model.output.bias.zero_()
    assert measuring.share_right(model, measuring.draw_sentences("first", 500)) == 1


def test_two_channels_with_the_same_weights_are_one(seed: int) -> None:
    layer, lengths = page.Convolution(3, 5, 2), torch.tensor([6])
    with torch.no_grad():
        layer.b.zero_()
        x, other = torch.randn(2, 1, 6, 3)
        both = layer(x, lengths)[0] + layer(other, lengths)[0]
        assert torch.allclose(both, layer(x + other, lengths)[0], atol=1e-6)


def test_numbers_of_the_exercises() -> None:
    def windows_of(length: Any, *setting: Any) -> Any:
        return page.conv_lengths(torch.tensor([length]), *setting).item()

    assert [windows_of(20, 4), windows_of(20, 4, 1, 3), windows_of(20, 4, 3)] == [17, 23, 6]
    assert [windows_of(2, 4), windows_of(2, 4, 1, 3)] == [0, 5]
    kim = page.KimCNN(1, 2, D=300, H=100, widths=(3, 4, 5))
    assert sum(p.numel() for p in kim.filters.parameters()) == (3 + 4 + 5) * 300 * 100 + 300
    assert 1 + 2 * math.ceil(499 / 2) >= 500 > 1 + 2 * (math.ceil(499 / 2) - 1)
    assert 1 + 2 * (2**8 - 1) >= 500 > 1 + 2 * (2**7 - 1)


# the page


def test_kims_figures_in_the_table_and_in_the_picture_are_the_same() -> None:
    text = (ROOT / "book" / "11-convolutions.md").read_text(encoding="utf-8")
    named = {"rand": "random", "static": "static", "non-static": "non-static"}
    named["multichannel"] = "multichannel"
    for variant, key in named.items():
        line = re.search(rf"^\| CNN-{variant} \|(.*)$", text, re.MULTILINE)[1]
        table = [float(value) for value in re.findall(r"\d+\.\d", line)]
        assert table == measuring.KIM[key]
        assert len(table) == 7


def test_no_result_is_typed_into_the_text() -> None:
    text = (ROOT / "book" / "11-convolutions.md").read_text(encoding="utf-8")
    for cell in cells("11-convolutions"):
        text = text.replace(cell, "")
    text = re.sub(r":::\{table\}.*?\n:::", "", text, flags=re.DOTALL)  # published figures
    glued = re.findall(r"\{glue:text\}`[^`]*`", text)
    prose = re.sub(r"\{glue:text\}`[^`]*`|\$[^$]*\$|alt: >-\n(?: {6}.*\n)+", "", text)
    assert len(glued) > 40
    assert re.findall(r"\d+\.\d+", prose) == []


def test_every_figure_has_a_caption_and_a_description() -> None:
    text = (ROOT / "book" / "11-convolutions.md").read_text(encoding="utf-8")
    assert "plt.subplots(" not in text  # what draws lies beside the page
    drawn = text.count("    name: fig-")
    assert drawn >= 4
    assert text.count("    alt: >-\n") == text.count("    caption: |\n") == drawn
