"""What chapter 12 claims, held against the code that its page shows."""

import json
import random
import sys
from itertools import product
from pathlib import Path

import pytest
import torch
from torch import nn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "experiments"))
from chapter import definitions  # noqa: E402

SEEDS = (0, 1, 2)
NAME = "12-sequence-to-sequence"
SIZES = (7, 3, 5), (9, 4, 6)
RAGGED = [(6, 2), (1, 7), (4, 4), (3, 1)]
page = definitions(NAME)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=SEEDS)
def seed(request):
    torch.manual_seed(request.param)
    return request.param


# the network and its gradient


@pytest.mark.parametrize("sizes", [RAGGED, [(5, 0)], [(1, 1), (9, 12)]])
def test_forward_loss_and_gradients_agree_with_pytorch(seed, sizes):
    differences = page.compare_with_pytorch(*SIZES, sizes, seed)
    assert len(differences) == 5
    assert max(differences.values()) < 1e-8


def test_each_equation_of_the_backward_pass_agrees_with_autograd(seed):
    by_equation = page.check_equations(*SIZES, RAGGED, seed)
    assert len(by_equation) == 6
    assert max(by_equation.values()) < 1e-8


def test_the_gradient_agrees_with_central_differences(seed):
    model = page.EncoderDecoder(*SIZES).double()
    batch = page.ragged_batch(7, 9, RAGGED, seed)
    parameters = list(model.parameters())
    gradients = torch.autograd.grad(page.loss_of(model, batch), parameters)
    directions = [torch.randn_like(parameter) for parameter in parameters]
    expected = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))

    @torch.no_grad()
    def moved(eps):
        for parameter, direction in zip(parameters, directions, strict=True):
            parameter += eps * direction
        value = page.loss_of(model, batch)
        for parameter, direction in zip(parameters, directions, strict=True):
            parameter -= eps * direction
        return value

    assert torch.isclose((moved(1e-5) - moved(-1e-5)) / 2e-5, expected, rtol=1e-6)


@pytest.mark.parametrize("cell", [nn.GRU, nn.LSTM])
def test_gated_networks_have_the_same_loss(seed, cell):
    """The masked mean is that of CrossEntropyLoss for logits of any network."""
    _, _, inputs, targets = page.ragged_batch(7, 9, RAGGED, seed)
    embedding, output = nn.Embedding(9, 4).double(), nn.Linear(5, 9).double()
    logits = output(cell(4, 5, batch_first=True).double()(embedding(inputs))[0])
    theirs = nn.CrossEntropyLoss(ignore_index=-100)(logits.flatten(0, 1), targets.flatten())
    assert abs(page.masked_loss(logits, targets) - theirs) < 1e-12


def test_inputs_are_targets_shifted_by_one():
    _, lengths, inputs, targets = page.make_batch([([3, 4], [5, 6, 7]), ([2], [8])])
    assert inputs.tolist() == [[0, 5, 6, 7], [0, 8, 1, 1]]
    assert targets.tolist() == [[5, 6, 7, 1], [8, 1, -100, -100]]
    assert lengths.tolist() == [2, 1]


def test_probabilities_of_all_targets_sum_to_at_most_one(seed):
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
def test_padding_changes_nothing(seed, kind):
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


def test_each_row_is_written_as_it_is_alone(seed):
    counts, differ = page.check_writing(*SIZES, 3 * RAGGED, seed)
    assert differ == 0
    assert all(1 <= count <= 12 for count in counts)


def test_writing_ends_at_the_stop_symbol_or_at_the_largest_length():
    model = page.EncoderDecoder(*SIZES)
    source, lengths, _, _ = page.ragged_batch(7, 9, RAGGED, 0)
    with torch.no_grad():
        model.output.bias[page.Mark.STOP] = 100.0
        written, counts = page.write(model, source, lengths, 5)
        assert counts.tolist() == [1] * 4
        assert (written == page.Mark.STOP).all()
        model.output.bias[page.Mark.STOP] = -100.0
        written, counts = page.write(model, source, lengths, 5)
        assert counts.tolist() == [5] * 4
        assert (written != page.Mark.STOP).all()


def test_sampling_follows_the_probabilities(seed):
    model = page.EncoderDecoder(*SIZES)
    source, lengths = torch.tensor([[1, 2, 3]]).expand(4000, 3), torch.full((4000,), 3)
    state, _ = model.encode(source[:1], lengths[:1])
    p = torch.softmax(model.decode(torch.zeros(1, 1, dtype=torch.long), state)[0][0, 0], -1)
    drawn, _ = page.write(model, source, lengths, 1, temperature=1.0)
    shares = torch.bincount(drawn[:, 0], minlength=9) / 4000
    assert (shares - p).abs().max() < 0.03
    cold, _ = page.write(model, source[:50], lengths[:50], 4, temperature=1e-4)
    assert torch.equal(cold, page.write(model, source[:50], lengths[:50], 4)[0])


def test_the_example_of_beam_search():
    assert pytest.approx(2 * 0.6 * 0.3) == 0.4 * 0.9


# teacher forcing


@pytest.fixture(scope="module")
def copiers():
    return [page.train_copier(seed, 6, 24, 250) for seed in SEEDS]


def test_up_to_the_first_mistake_both_ways_of_feeding_are_the_same(copiers):
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


def test_what_was_learned_ends_with_the_length(copiers):
    for model in copiers:
        whole = [
            page.measure(model, page.copy_batch(200, [length], random.Random(6)))["whole"]
            for length in (1, 2, 6, 8)
        ]
        assert min(whole[:2]) > 0.8
        assert whole[2] < 0.4
        assert whole[3] < 0.1


# reversing


def test_the_first_word_gets_a_gradient_only_if_reversed(seed):
    for cell in (nn.RNN, nn.GRU):
        in_order, last = page.first_word_share(cell, False, seed)
        reversed_first, reversed_last = page.first_word_share(cell, True, seed)
        assert in_order < 1e-3 < 0.2 < last
        assert reversed_last < 1e-3 < 0.2 < reversed_first


def stored_of(name):
    return json.loads((ROOT / "experiments" / f"{name}.json").read_text())


def by_order(task, size, name):
    found = {}
    for row in stored_of("reversed_source")["results"]:
        if row["task"] == task:
            found.setdefault(row["reversed"], []).append(row[str(size)][name])
    return found[False], found[True]
