"""What chapter 2 claims, held against the code that its page shows."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="index, operator"

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from chapter import cells, definitions
from unrolled import data

ROOT = Path(__file__).resolve().parents[2]

SEEDS = (0, 1, 2)
page = definitions("02-vanilla-rnn")


def pair(D: Any, H: Any) -> Any:
    """Return the page's RNN and PyTorch's, with the same weights."""
    mine, theirs = page.RNN(D, H).double(), nn.RNN(D, H, batch_first=True).double()
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(mine.W_x)
        theirs.weight_hh_l0.copy_(mine.W_h)
        theirs.bias_ih_l0.copy_(mine.b)
        theirs.bias_hh_l0.zero_()
    return mine, theirs


# the network


def test_the_rnn_agrees_with_pytorch(seed: int) -> None:
    mine, theirs = pair(D=3, H=5)
    x, h_0 = torch.randn(4, 9, 3).double(), torch.randn(4, 5).double()
    with torch.no_grad():
        assert (mine(x) - theirs(x)[0]).abs().max() < 1e-10
        assert (mine(x, h_0=h_0) - theirs(x, h_0[None])[0]).abs().max() < 1e-10


def test_the_gradients_agree_with_pytorch(seed: int) -> None:
    mine, theirs = pair(D=3, H=5)
    x = torch.randn(4, 9, 3).double()
    mine(x).pow(2).sum().backward()
    theirs(x)[0].pow(2).sum().backward()
    assert torch.allclose(mine.W_h.grad, theirs.weight_hh_l0.grad, atol=1e-10)
    assert torch.allclose(mine.W_x.grad, theirs.weight_ih_l0.grad, atol=1e-10)


def test_final_states_of_a_padded_batch_agree_with_pytorch(seed: int) -> None:
    mine, theirs = pair(D=3, H=5)
    x, lengths = torch.randn(4, 9, 3).double(), torch.tensor([9, 1, 6, 4])
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
    with torch.no_grad():
        h = mine(x, lengths)
        assert (h[:, -1] - theirs(packed)[1][0]).abs().max() < 1e-10
        noisy = x.where((torch.arange(9) < lengths[:, None])[..., None], 1e3)
        assert torch.equal(h, mine(noisy, lengths))


def test_steps_one_by_one_are_the_whole(seed: int) -> None:
    rnn, x = page.RNN(3, 5).double(), torch.randn(4, 9, 3).double()
    h_t, whole = torch.zeros(4, 5).double(), rnn(x)
    for t in range(9):
        h_t = rnn.step(x[:, t], h_t)
        assert torch.allclose(h_t, whole[:, t], atol=1e-12)
    assert torch.allclose(rnn(x[:, 4:], h_0=whole[:, 3]), whole[:, 4:], atol=1e-12)


def test_a_state_depends_on_no_later_input_and_on_every_earlier_one(seed: int) -> None:
    rnn = page.RNN(3, 5).double()
    x = torch.randn(1, 7, 3).double().requires_grad_()
    rnn(x)[0, 4].sum().backward()
    touched = x.grad[0].abs().sum(dim=-1) > 0
    assert touched.tolist() == [True] * 5 + [False] * 2


def test_padding_with_zeros_changes_the_state(seed: int) -> None:
    rnn, x = page.RNN(3, 5), torch.randn(2, 6, 3)
    x[:, 4:] = 0
    h = rnn(x)
    assert (h[:, 5] - h[:, 3]).abs().max() > 1e-3


def test_the_number_of_weights_has_no_length_in_it() -> None:
    D, H = 64, 128
    assert sum(p.numel() for p in page.RNN(D, H).parameters()) == H * D + H * H + H


def test_states_stay_bounded(seed: int) -> None:
    assert page.RNN(3, 5)(100 * torch.randn(2, 500, 3)).abs().max() <= 1


# the loss


def test_cross_entropy_agrees_with_pytorch_at_any_size(seed: int) -> None:
    targets, mask = torch.randint(7, (4, 9)), torch.rand(4, 9) < 0.6
    for scale in (1, 1000):
        logits = scale * torch.randn(4, 9, 7).double()
        mine = page.masked_mean(page.cross_entropy(logits, targets), mask)
        assert torch.allclose(mine, nn.functional.cross_entropy(logits[mask], targets[mask]))


def test_the_plain_formula_overflows_where_the_page_says() -> None:
    limit = math.log(np.finfo(np.float64).max)
    with np.errstate(over="ignore"):
        assert np.isfinite(np.exp(limit - 1e-9))
        assert np.isinf(np.exp(limit + 1e-9))


def test_an_even_guess_among_k_has_perplexity_k() -> None:
    for K in (2, 5, 94):
        logits, targets = torch.zeros(3, 4, K), torch.randint(K, (3, 4))
        assert page.cross_entropy(logits, targets).mean().exp().item() == pytest.approx(K, rel=1e-5)


# the language model


@pytest.fixture(scope="module")
def manual() -> Any:
    train_text, _, test_text = data.manual_splits()
    vocabulary = data.Vocabulary(data.manual_text())
    train, test = (torch.from_numpy(vocabulary.encode(text)) for text in (train_text, test_text))
    return len(vocabulary), train, test


@pytest.fixture(scope="module")
def trained(manual: Any) -> Any:
    """Return one model per seed, trained for fewer updates than on the page."""
    V, train, _ = manual
    models = []
    for seed in SEEDS:
        torch.manual_seed(seed)
        model = page.LanguageModel(V, D=64, H=128)
        page.train(model, lambda: page.draw_windows(train, N=24, T=24), updates=300)
        models.append(model)
    return models


def test_longer_ngrams_predict_better(manual: Any) -> None:
    V, *texts = manual
    texts = [ids.numpy() for ids in texts]
    perplexities = [page.measuring.ngram_perplexity(*texts, n, V, 5)[0] for n in range(1, 5)]
    assert perplexities == sorted(perplexities, reverse=True)


def test_an_ngram_model_is_a_distribution() -> None:
    train = np.array([0, 1, 2, 0, 1, 1, 2])
    p = [
        1 / page.measuring.ngram_perplexity(train, np.array([0, 1, k]), 3, V=3, weight=5)[0]
        for k in range(3)
    ]
    assert sum(p) == pytest.approx(1)


def test_untrained_the_model_guesses(manual: Any, seed: int) -> None:
    V, _, test = manual
    perplexity = page.losses_by_place(page.LanguageModel(V, D=64, H=128), test, stride=200)
    assert perplexity.mean().exp().item() == pytest.approx(V, rel=0.15)


def test_trained_the_model_beats_the_bigram_model(manual: Any, trained: Any) -> None:
    V, train, test = manual
    bigram, _ = page.measuring.ngram_perplexity(train.numpy(), test.numpy(), 2, V, 5)
    for model in trained:
        assert page.losses_by_place(model, test, stride=64).mean().exp() < 0.7 * bigram


def test_what_helps_lies_within_a_few_characters(manual: Any, trained: Any) -> None:
    for model in trained:
        perplexity = page.losses_by_place(model, manual[2], stride=16).exp()
        assert perplexity[0] > perplexity[1] > perplexity[3] > perplexity[8:].mean()
        late, early = perplexity[32:].mean().item(), perplexity[8:16].mean().item()
        assert late == pytest.approx(early, rel=0.05)


def test_inputs_and_targets_are_shifted_by_one(manual: Any, seed: int) -> None:
    inputs, targets, mask, _ = page.draw_windows(manual[1], N=3, T=8)
    assert torch.equal(inputs[:, 1:], targets[:, :-1])
    assert mask.sum() == 24


def test_the_state_holds_the_place_in_the_word_better_than_the_place_in_the_line(
    manual: Any, trained: Any
) -> None:
    text, half = data.manual_splits()[2], 8000
    truths = page.measuring.facts(text[: 2 * half])
    word, _, line = truths
    for model in trained:
        with torch.no_grad():
            h = model(manual[2][None, : 2 * half])[1][0].numpy()
        h = np.column_stack([h, np.ones(2 * half)])
        follows = {}
        for fact in (word, line):
            weight = np.linalg.lstsq(h[:half], truths[fact][:half])[0]
            follows[fact] = np.corrcoef(h[half:] @ weight, truths[fact][half:])[0, 1]
        assert follows[word] > 0.6 > 0.5 > follows[line]


def test_facts_of_a_text() -> None:
    word, quoted, line = page.measuring.facts('an "x"\nb').values()
    assert word.tolist() == [1, 2, 0, 0, 1, 0, 0, 1]
    assert quoted.tolist() == [0, 0, 0, 1, 1, 0, 0, 0]
    assert line.tolist() == [1, 2, 3, 4, 5, 6, 0, 1]


def test_the_stored_model_is_the_one_the_page_describes() -> None:
    stored = json.loads((ROOT / "experiments" / "manual_model.json").read_text())
    settings = stored["settings"]
    model = page.LanguageModel(stored["V"], D=settings["D"], H=settings["H"])
    assert sum(p.numel() for p in model.parameters()) == stored["weights"]
    assert len(stored["results"]) == len(SEEDS)
    *_, fivegram = stored["n-gram perplexities"]
    assert max(result["perplexity"] for result in stored["results"]) < fivegram


# time


def test_all_at_once_gives_the_same_states(seed: int) -> None:
    rnn, x = page.RNN(64, 128), torch.randn(1, 512, 64)
    with torch.no_grad():
        h = rnn(x)
    h_before = torch.cat([torch.zeros(1, 1, 128), h[:, :-1]], dim=1)
    assert torch.allclose(page.all_at_once(rnn, x, h_before), h, atol=1e-5)


# sampling


def test_temperature_orders_the_spread_and_keeps_the_order(seed: int) -> None:
    logits = torch.randn(20).double()
    entropies = []
    for temperature in (0.2, 0.5, 1.0, 2.0, 10.0):
        p = torch.softmax(logits / temperature, dim=-1)
        assert torch.equal(p.argsort(), logits.argsort())
        powered = torch.softmax(logits, dim=-1) ** (1 / temperature)
        assert torch.allclose(p, powered / powered.sum())
        entropies.append(-(p * p.log()).sum().item())
    assert entropies == sorted(entropies)


def test_sampling_hands_the_state_on(seed: int) -> None:
    model = page.LanguageModel(6, D=4, H=8).double()
    start = torch.randint(6, (3, 5))
    drawn = page.sample(model, start, 7, 1e-4, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        logits, _ = model(torch.cat([start, drawn], dim=1))
    assert torch.equal(drawn, logits[:, 4:-1].argmax(dim=-1))


def test_hotter_names_are_newer_and_more_often_malformed() -> None:
    real = sorted({name for names in data.names().values() for name in names})
    letters = data.Vocabulary([".", *real])
    page.name_batch.__globals__.update(letters=letters, known=real)
    possible = set().union(*map(page.measuring.pairs, real))
    for seed in SEEDS:
        torch.manual_seed(seed)
        model = page.LanguageModel(len(letters), D=32, H=64)
        page.train(model, lambda: page.draw_names(32), updates=250)
        new, malformed = [], []
        for temperature in (0.3, 1.0, 1.6):
            generator = torch.Generator().manual_seed(seed)
            drawn = page.generate_names(model, 200, temperature, generator)
            new.append(len(set(drawn) - set(real)))
            malformed.append(sum(not page.measuring.pairs(name) <= possible for name in drawn))
        assert new[0] < new[1]
        assert malformed[0] < malformed[1] < malformed[2]


# the exercises


def test_exercise_by_hand() -> None:
    h = 1.0
    for _ in range(30):
        h = math.tanh(0.5 * h)
    assert h < 1e-8
    for start in (0.1, 1.0):
        h = start
        for _ in range(200):
            h = math.tanh(2 * h)
        assert h == pytest.approx(math.tanh(2 * h))
        assert h == pytest.approx(0.9575, abs=1e-3)


def test_exercise_counting_weights() -> None:
    D, H = 64, 128
    smallest = next(k for k in range(1, 10) if k * H * D + H > H * D + H * H + H)
    assert smallest == 4


def test_exercise_without_the_nonlinearity(seed: int) -> None:
    W_x, W_h, x = (
        torch.randn(5, 3).double(),
        torch.randn(5, 5).double() / 2,
        torch.randn(6, 3).double(),
    )
    h = torch.zeros(5).double()
    for x_t in x:
        h = W_x @ x_t + W_h @ h
    powers = [torch.linalg.matrix_power(W_h, k) @ W_x @ x[5 - k] for k in range(6)]
    assert torch.allclose(h, torch.stack(powers).sum(dim=0))


# the page


def test_no_result_is_typed_into_the_text() -> None:
    text = (ROOT / "book" / "02-vanilla-rnn.md").read_text(encoding="utf-8")
    for cell in cells("02-vanilla-rnn"):
        text = text.replace(cell, "")
    glued = re.findall(r"\{glue:text\}`[^`]*`", text)
    prose = re.sub(r"\{glue:text\}`[^`]*`|\$[^$]*\$", "", text)
    assert len(glued) > 40
    assert re.findall(r"\d+\.\d+", prose) == []


def test_every_figure_has_a_caption_and_a_description() -> None:
    text = (ROOT / "book" / "02-vanilla-rnn.md").read_text(encoding="utf-8")
    assert "plt.subplots(" not in text  # what draws lies beside the page
    drawn = text.count("    name: fig-")
    assert drawn >= 4
    assert text.count("    alt: >-\n") == text.count("    caption: |\n") == drawn
