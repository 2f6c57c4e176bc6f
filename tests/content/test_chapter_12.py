"""What chapter 12 claims, held against the code that its page shows."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="arg-type, var-annotated"

import json
import math
import random
import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from chapter import cells, definitions

ROOT = Path(__file__).resolve().parents[2]

SEEDS = (0, 1, 2)
NAME = "12-sequence-to-sequence"
page = definitions(NAME)
measuring = page.measuring
SIZES, RAGGED = measuring.SIZES, measuring.RAGGED
# What is checked: the page's network, its batches, and its loss.
CHECKED = page.EncoderDecoder, page.make_batch, page.masked_loss


# the network and its gradient


@pytest.mark.parametrize("sizes", [RAGGED, [(5, 0)], [(1, 1), (9, 12)]])
def test_forward_loss_and_gradients_agree_with_pytorch(seed: int, sizes: Any) -> None:
    differences = measuring.compare_with_pytorch(*CHECKED, sizes, seed)
    assert len(differences) == 5
    assert max(differences.values()) < 1e-8


def test_each_equation_of_the_backward_pass_agrees_with_autograd(seed: int) -> None:
    by_equation = measuring.check_equations(*CHECKED, RAGGED, seed)
    assert len(by_equation) == 6
    assert max(by_equation.values()) < 1e-8


def test_the_gradient_agrees_with_central_differences(seed: int) -> None:
    model = page.EncoderDecoder(*SIZES).double()
    batch = measuring.ragged_batch(page.make_batch, RAGGED, seed)
    parameters = list(model.parameters())
    gradients = torch.autograd.grad(page.loss_of(model, batch), parameters)
    directions = [torch.randn_like(parameter) for parameter in parameters]
    expected = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))

    @torch.no_grad()
    def moved(eps: Any) -> Any:
        for parameter, direction in zip(parameters, directions, strict=True):
            parameter += eps * direction
        value = page.loss_of(model, batch)
        for parameter, direction in zip(parameters, directions, strict=True):
            parameter -= eps * direction
        return value

    assert torch.isclose((moved(1e-5) - moved(-1e-5)) / 2e-5, expected, rtol=1e-6)


@pytest.mark.parametrize("cell", [nn.GRU, nn.LSTM])
def test_gated_networks_have_the_same_loss(seed: int, cell: Any) -> None:
    """The masked mean is that of CrossEntropyLoss for logits of any network."""
    _, _, inputs, targets = measuring.ragged_batch(page.make_batch, RAGGED, seed)
    embedding, output = nn.Embedding(9, 4).double(), nn.Linear(5, 9).double()
    logits = output(cell(4, 5, batch_first=True).double()(embedding(inputs))[0])
    theirs = nn.CrossEntropyLoss(ignore_index=-100)(logits.flatten(0, 1), targets.flatten())
    assert abs(page.masked_loss(logits, targets) - theirs) < 1e-12


def test_inputs_are_targets_shifted_by_one() -> None:
    _, lengths, inputs, targets = page.make_batch([([3, 4], [5, 6, 7]), ([2], [8])])
    assert inputs.tolist() == [[0, 5, 6, 7], [0, 8, 1, 1]]
    assert targets.tolist() == [[5, 6, 7, 1], [8, 1, -100, -100]]
    assert lengths.tolist() == [2, 1]


def test_probabilities_of_all_targets_sum_to_at_most_one(seed: int) -> None:
    """Up to four symbols from three: together with what is longer they are all there is."""
    model = page.EncoderDecoder((7, 3, 5), (4, 2, 6)).double()
    source, lengths = torch.tensor([[1, 4, 2]]), torch.tensor([3])
    state, _ = model.encode(source, lengths)
    total, longer = 0.0, 0.0
    for k in range(5):
        for target in product((0, 2, 3), repeat=k):
            inputs = torch.tensor([[0, *target]])
            log_p = torch.log_softmax(model.decode(inputs, state)[0][0], dim=-1)
            begin = sum(log_p[t, symbol] for t, symbol in enumerate(target))
            total += (begin + log_p[k, 1]).exp().item()
            if k == 4:
                longer += (begin + torch.log1p(-log_p[k, 1].exp())).exp().item()
    assert total < 1
    assert total + longer == pytest.approx(1)


@pytest.mark.parametrize("kind", ["vanilla", "GRU", "attention"])
def test_padding_changes_nothing(seed: int, kind: Any) -> None:
    """A pair has the same loss alone as beside a longer one, and sends the same gradient."""
    if kind == "vanilla":
        model = page.EncoderDecoder((7, 3, 5), (9, 4, 6)).double()
    else:
        model = page.Translator(7, 9, 4, 6, kind == "attention", seed).double()
    pairs = [([3, 1, 2], [4, 5]), ([6, 5, 4, 3, 2, 1], [7, 7, 8, 6, 5])]
    source, lengths, inputs, targets = page.make_batch(pairs)
    targets[1] = page.Mark.NONE
    together = page.loss_of(model, (source, lengths, inputs, targets))
    alone = page.loss_of(model, page.make_batch(pairs[:1]))
    assert abs(together - alone) < 1e-12
    parameters = list(model.parameters())
    for one, other in zip(
        torch.autograd.grad(together, parameters),
        torch.autograd.grad(alone, parameters),
        strict=True,
    ):
        assert (one - other).abs().max() < 1e-12


# decoding


def test_each_row_is_written_as_it_is_alone(seed: int) -> None:
    counts, differ = measuring.check_writing(
        page.EncoderDecoder, page.make_batch, page.write, page.Mark.STOP, 3 * RAGGED, seed
    )
    assert differ == 0
    assert all(1 <= count <= 12 for count in counts)


def test_writing_ends_at_the_stop_symbol_or_at_the_largest_length() -> None:
    model = page.EncoderDecoder(*SIZES)
    source, lengths, _, _ = measuring.ragged_batch(page.make_batch, RAGGED, 0)
    with torch.no_grad():
        model.output.bias[page.Mark.STOP] = 100.0
        written, counts = page.write(model, source, lengths, 5)
        assert counts.tolist() == [1] * 4
        assert (written == page.Mark.STOP).all()
        model.output.bias[page.Mark.STOP] = -100.0
        written, counts = page.write(model, source, lengths, 5)
        assert counts.tolist() == [5] * 4
        assert (written != page.Mark.STOP).all()


def test_sampling_follows_the_probabilities(seed: int) -> None:
    model = page.EncoderDecoder(*SIZES)
    source, lengths = torch.tensor([[1, 2, 3]]).expand(4000, 3), torch.full((4000,), 3)
    state, _ = model.encode(source[:1], lengths[:1])
    p = torch.softmax(model.decode(torch.zeros(1, 1, dtype=torch.long), state)[0][0, 0], -1)
    drawn, _ = page.write(model, source, lengths, 1, temperature=1.0)
    shares = torch.bincount(drawn[:, 0], minlength=9) / 4000
    assert (shares - p).abs().max() < 0.03
    cold, _ = page.write(model, source[:50], lengths[:50], 4, temperature=1e-4)
    assert torch.equal(cold, page.write(model, source[:50], lengths[:50], 4)[0])


def test_the_example_of_beam_search() -> None:
    assert pytest.approx(2 * 0.6 * 0.3) == 0.4 * 0.9


# teacher forcing


@pytest.fixture(scope="module")
def copiers() -> Any:
    return [page.train_copier(seed, 6, 24, 150) for seed in SEEDS]


def test_up_to_the_first_mistake_both_ways_of_feeding_are_the_same(copiers: Any) -> None:
    for model in copiers:
        source, lengths, inputs, targets = page.copy_batch(200, range(2, 9), random.Random(5))
        inside = targets != page.Mark.NONE
        state, memory = model.encode(source, lengths)
        forced = model.decode(inputs, state, memory)[0].argmax(dim=-1)
        free, _ = page.write(model, source, lengths, targets.shape[1])
        wrong = ((free != targets) & inside).long()
        reached = (wrong.cumsum(dim=1) - wrong == 0) & inside  # no mistake before this place
        assert torch.equal(free[reached], forced[reached])
        measured = page.measure(model, (source, lengths, inputs, targets))
        assert measured["whole"] == measured["whole if forced"]
        assert measured["free"] < measured["forced"] - 0.03


def test_a_target_that_ended_too_early_has_no_right_stop_symbol() -> None:
    model = page.Translator(8, 10, 16, 24)
    with torch.no_grad():
        model.output.bias[page.Mark.STOP] = 100.0
    measured = page.measure(model, page.copy_batch(20, [5], random.Random(1)))
    assert measured["forced by place"] == [0, 0, 0, 0, 0, 1]
    assert measured["free"] == measured["whole"] == 0


def test_what_was_learned_ends_with_the_length(copiers: Any) -> None:
    for model in copiers:
        whole = [
            page.measure(model, page.copy_batch(200, [length], random.Random(6)))["whole"]
            for length in (1, 2, 6, 8)
        ]
        assert whole[0] > 0.9
        assert whole[1] > 0.6
        assert whole[2] < 0.4
        assert whole[3] < 0.1


# reversing


def test_the_first_word_gets_a_gradient_only_if_reversed(seed: int) -> None:
    for cell in (nn.RNN, nn.GRU):
        in_order, last = measuring.first_word_share(cell, False, seed)
        reversed_first, reversed_last = measuring.first_word_share(cell, True, seed)
        assert in_order < 1e-3 < 0.2 < last
        assert reversed_last < 1e-3 < 0.2 < reversed_first


def stored_of(name: Any) -> Any:
    return json.loads((ROOT / "experiments" / f"{name}.json").read_text())


def by_order(task: Any, size: Any, name: Any) -> Any:
    found = {}
    for row in stored_of("reversed_source")["results"]:
        if row["task"] == task:
            value = row[str(size)][name]
            found.setdefault(row["reversed"], []).append(value[:9] if name == "by place" else value)
    return found[False], found[True]


def test_reversed_sentences_are_the_same_sentences(seed: int) -> None:
    in_order = page.toy_batch(20, [1, 2], random.Random(seed))
    turned = page.toy_batch(20, [1, 2], random.Random(seed), is_reversed=True)
    assert torch.equal(in_order[2], turned[2])
    for row, other, length in zip(in_order[0], turned[0], in_order[1], strict=True):
        assert torch.equal(row[:length], other[:length].flip(0))
        assert (other[length:] == 0).all()


def test_reversing_is_worth_what_the_page_says() -> None:
    for task, size in (("copying", 8), ("translation", 1)):
        in_order, turned = by_order(task, size, "whole")
        assert len(in_order) == len(turned) == 3
        assert min(turned) > max(in_order) + 0.05
    for name, sign in (("whole", 1), ("perplexity", -1)):
        in_order, turned = by_order("translation", 2, name)
        assert sign * (sum(turned) - sum(in_order)) > 0.1
    for task, size, place in (("copying", 8, 6), ("translation", 2, 5)):
        in_order, turned = (np.array(rows) for rows in by_order(task, size, "by place"))
        assert min(in_order[:, 0].min(), turned[:, 0].min()) > 0.98
        assert turned[:, place].mean() > in_order[:, place].mean() + 0.05


# the bottleneck and attention


def test_the_weights_of_attention_are_a_mean_over_the_source(seed: int) -> None:
    model = page.Translator(7, 9, 4, 6, True, seed).double()
    source, lengths, inputs, _ = measuring.ragged_batch(page.make_batch, RAGGED, seed)
    _, memory = model.encode(source, lengths)
    h = torch.randn(4, inputs.shape[1], 6).double()
    looks = model.look(h, memory)
    assert torch.allclose(looks.sum(dim=-1), torch.ones(4, inputs.shape[1]).double())
    assert (looks[~memory[1][:, None].expand_as(looks)] == 0).all()
    for t, n in product(range(inputs.shape[1]), range(4)):
        states = memory[0][n, : lengths[n]]
        scores = torch.stack([h[n, t] @ (model.score.weight @ state) for state in states])
        assert torch.allclose(looks[n, t, : lengths[n]], torch.softmax(scores, 0), atol=1e-12)


def test_attention_is_one_step_from_every_word(seed: int) -> None:
    """Its share of the gradient at the first of 60 words; without it next to nothing is there."""
    norms = []
    for attention in (True, False):
        model = page.Translator(70, 9, 4, 16, attention, seed)
        source = torch.arange(60)[None]  # every word occurs once
        state, memory = model.encode(source, torch.tensor([60]))
        logits, _ = model.decode(torch.zeros(1, 1, dtype=torch.long), state, memory)
        (found,) = torch.autograd.grad(logits[0, 0, 3], model.source.weight)
        norms.append((found[0].norm() / found.norm()).item())
    assert norms[0] > 1e-3
    assert norms[1] < 1e-8


@pytest.fixture(scope="module")
def translators() -> Any:
    return [page.train_translator(seed, 150) for seed in SEEDS]


def test_attention_translates_and_finds_the_words(translators: Any) -> None:
    for model in translators:
        one, three = (
            page.measure(model, page.toy_batch(100, [clauses], random.Random(3)))["whole"]
            for clauses in (1, 3)
        )
        assert one > 0.4
        assert three < 0.2
        assert measuring.found_share(model, page.where_it_looks, N=12) > 0.6


def whole_by_length() -> Any:
    stored = stored_of("bottleneck")
    found = {}
    for row in stored["results"]:
        found.setdefault(row["network"], []).append(row["whole"])
    return stored["settings"]["lengths"], {name: np.array(rows) for name, rows in found.items()}


def test_a_larger_state_copies_longer_and_attention_as_long_as_trained() -> None:
    lengths, whole = whole_by_length()
    small, large, look = (whole[name] for name in ("32 units", "128 units", "32, attention"))
    assert all(len(rows) == 3 for rows in whole.values())
    at = lengths.index
    assert large[:, at(8)].min() > small[:, at(8)].max() + 0.2
    assert look[:, at(12)].min() > large[:, at(12)].max()
    assert look[:, at(12)].min() > 0.9
    assert max(rows[:, at(16)].max() for rows in whole.values()) < 0.2


def test_stored_free_running_parts_after_the_first_place() -> None:
    for row in stored_of("bottleneck")["results"]:
        forced, free = row["forced by place"], row["free by place"]
        assert forced[0] == free[0]
        if row["network"] == "32 units":
            assert sum(forced[9:12]) > sum(free[9:12]) + 0.3


@pytest.mark.parametrize("name", ["bottleneck", "reversed_source", "number_model"])
def test_stored_results_say_how_they_were_made(name: Any) -> None:
    stored = stored_of(name)
    assert stored["command"] == f"python experiments/{name}.py"
    assert {"python", "torch"} <= stored["versions"].keys()
    assert stored["seconds"] > 0
    assert stored["spread"]


# the tasks


def test_the_invented_language(seed: int) -> None:
    rng = random.Random(seed)
    for clauses in (1, 2, 3):
        source, target = measuring.toy_pair(clauses, rng)
        content = [word for word in source if word in page.Toy.WORDS]
        assert sorted(word[::-1] for word in target if word[::-1] in page.Toy.WORDS) == sorted(
            content
        )
        assert source.count("and") == clauses - 1
        assert source.count("not") == target.count("nai")
        assert target.count("ga") == target.count("wo") == clauses
    assert len(set(page.Toy.TARGET)) == len(page.Toy.TARGET) == len(page.Toy.WORDS) + 5


def test_words_of_the_invented_language_are_told_apart() -> None:
    reversed_words = {word[::-1] for word in page.Toy.WORDS}
    assert len(reversed_words) == len(page.Toy.WORDS)
    assert not reversed_words & {"start", "stop", "ga", "wo", "nai"}


# the exercises


def test_wholes_by_the_power_of_parts() -> None:
    assert pytest.approx(0.82, abs=0.005) == 0.99**20
    assert pytest.approx(0.12, abs=0.005) == 0.9**20
    assert pytest.approx(0.5) == (0.5 ** (1 / 20)) ** 20


def test_bits_of_a_sentence() -> None:
    assert 20 * math.log2(10_000) == pytest.approx(265.75, abs=0.01)


def test_counting_weights() -> None:
    model = page.EncoderDecoder((80, 32, 64), (60, 32, 48))
    by_hand = 80 * 32 + 64 * 97 + 48 * 65 + 60 * 32 + 48 * 81 + 60 * 49
    assert sum(p.numel() for p in model.parameters()) == by_hand


# the page


def test_no_result_is_typed_into_the_text() -> None:
    text = (ROOT / "book" / f"{NAME}.md").read_text(encoding="utf-8")
    for cell in cells(NAME):
        text = text.replace(cell, "")
    glued = re.findall(r"\{glue:text\}`[^`]*`", text)
    prose = re.sub(r"\{glue:text\}`[^`]*`|\$[^$]*\$|alt: >-\n(?: {6}.*\n)+", "", text)
    assert len(glued) > 40
    assert re.findall(r"\d+\.\d+", prose) == []


def test_every_figure_has_a_caption_and_a_description() -> None:
    text = (ROOT / "book" / f"{NAME}.md").read_text(encoding="utf-8")
    assert "plt.subplots(" not in text  # what draws lies beside the page
    drawn = text.count("    name: fig-")
    assert drawn >= 4
    assert text.count("    alt: >-\n") == text.count("    caption: |\n") == drawn
