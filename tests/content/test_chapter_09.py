"""What chapter 9 claims, held against the code that its page shows."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="var-annotated"

import json
import math
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from chapter import cells, definitions

ROOT = Path(__file__).resolve().parents[2]

SEEDS = (0, 1, 2)
page = definitions("09-bidirectional")
measuring = page.measuring
CELLS = {"RNN": page.RNN, "LSTM": page.LSTM}


@pytest.fixture(params=CELLS)
def cell(request: pytest.FixtureRequest) -> Any:
    return CELLS[request.param]


def stored(name: Any) -> Any:
    return json.loads((ROOT / "experiments" / f"{name}.json").read_text())


# the network


@pytest.mark.parametrize("lengths", [[9, 1, 6, 4], [9, 9, 9, 9], [1, 2, 9, 3]])
def test_forward_and_backward_agree_with_pytorch(cell: Any, seed: int, lengths: Any) -> None:
    differences = measuring.compare_with_pytorch(
        page.Bidirectional, page.both_ends, cell, 4, 9, 3, 5, torch.tensor(lengths), seed
    )
    assert len(differences) == 9
    assert max(differences.values()) < 1e-8


def test_each_equation_of_the_backward_pass_agrees_with_autograd(seed: int) -> None:
    by_equation = measuring.check_equations(page.RNN, T=6, D=3, H=5, seed=seed)
    assert len(by_equation) == 9
    assert max(by_equation.values()) < 1e-8


def test_the_gradient_agrees_with_central_differences(cell: Any, seed: int) -> None:
    lengths = torch.tensor([9, 1, 6, 4])
    one, other = measuring.check_central(
        page.Bidirectional, page.both_ends, cell, 4, 9, 3, 5, lengths, seed
    )
    assert one == pytest.approx(other, rel=1e-6)


def test_one_half_has_read_the_past_the_other_the_future(cell: Any, seed: int) -> None:
    net = page.Bidirectional(cell(3, 5), cell(3, 5)).double()
    x, t, T = torch.randn(1, 7, 3).double(), 3, 7

    def halves(x: Any) -> Any:
        return net(x, torch.tensor([T]))[0, t].chunk(2)

    (left, right), changed = halves(x), x.clone()
    changed[0, t + 1 :] += 1
    assert torch.equal(halves(changed)[0], left)
    assert (halves(changed)[1] - right).abs().max() > 1e-3
    changed = x.clone()
    changed[0, :t] += 1
    assert (halves(changed)[0] - left).abs().max() > 1e-3
    assert torch.equal(halves(changed)[1], right)
    changed = x.clone()
    changed[0, t] += 1
    assert all(
        (new - old).abs().max() > 1e-3
        for new, old in zip(halves(changed), (left, right), strict=True)
    )


def test_padding_does_not_matter_unless_it_is_read_first(cell: Any, seed: int) -> None:
    """The same sentence gets the same states in any company."""
    net = page.Bidirectional(cell(3, 5), cell(3, 5)).double()
    x = torch.randn(1, 4, 3).double()
    alone = net(x, torch.tensor([4]))
    padded = torch.cat([x, torch.randn(1, 5, 3).double()], dim=1)
    assert torch.allclose(net(padded, torch.tensor([4]))[:, :4], alone, atol=1e-12)
    careless = net.reverse_net(padded.flip(1), torch.tensor([9])).flip(1)[:, :4]
    assert (careless - alone[..., 5:]).abs().max() > 1e-2


def test_states_that_are_not_turned_back_belong_to_other_steps(seed: int) -> None:
    net, lengths = page.RNN(3, 5).double(), torch.tensor([6, 4])
    x = torch.randn(2, 6, 3).double()
    turned = net(page.reverse_padded(x, lengths), lengths)
    right = page.reverse_padded(turned, lengths)
    for n, length in enumerate(lengths.tolist()):
        for t in range(length):
            assert torch.equal(turned[n, t], right[n, length - 1 - t])


def test_last_step_of_both_has_read_one_symbol_from_the_right(seed: int) -> None:
    """And the recurrent weights of the reverse direction get no gradient."""
    net = page.Bidirectional(page.RNN(3, 5), page.RNN(3, 5)).double()
    x = torch.randn(1, 20, 3).double().requires_grad_()
    h = net(x, torch.tensor([20]))[0, -1, 5:]
    back = net.reverse_net
    dx, dW_x, dW_h = torch.autograd.grad(h.sum(), [x, back.W_x, back.W_h])
    assert dx[0, :-1].abs().max() == 0
    assert dx[0, -1].abs().min() > 0
    assert dW_h.abs().max() == 0
    assert dW_x.abs().max() > 0


def test_readouts_reach_one_end_or_both(seed: int) -> None:
    reach = {
        readout: measuring.readout_reach(page.both_ends, readout, seed)
        for readout in ("forward alone", "last step of both", "both ends")
    }
    assert reach["forward alone"][0] < 1e-6
    assert reach["last step of both"][0] < 1e-6
    assert reach["both ends"][0] > 0.3
    assert reach["both ends"][18:22].max() < 0.05


@pytest.mark.parametrize(("D", "H", "C"), [(8, 24, 2), (50, 100, 10), (3, 4, 5)])
def test_the_number_of_weights(D: Any, H: Any, C: Any) -> None:
    one = page.Tagger("forward", V=1, H=H, C=C, D=D)
    two = page.Tagger("both", V=1, H=H, C=C, D=D)
    halves = page.Tagger("both", V=1, H=H // 2, C=C, D=D)
    assert measuring.count_weights(two) - D == 2 * (H * D + H * H + H) + 2 * H * C + C
    assert measuring.count_weights(two) - D - C == 2 * (measuring.count_weights(one) - D - C)
    assert (
        measuring.count_weights(one) - measuring.count_weights(halves) == H * H - 2 * (H // 2) ** 2
    )


# votes


def test_at_most_three_of_four_and_no_loss_below_guessing(seed: int) -> None:
    u, v = 3 * torch.randn(2, 2, 5000).double()
    z = u[:, None] + v  # (l, r, trial)
    signs = torch.tensor([[1.0, -1], [-1, 1]]).double()[..., None]
    assert ((z * signs) > 0).sum(dim=(0, 1)).max() == 3
    loss = nn.functional.softplus(-z * signs).mean(dim=(0, 1))
    assert loss.min() >= math.log(2) - 1e-12
    assert nn.functional.softplus(torch.zeros(1)).item() == pytest.approx(math.log(2))


def test_of_16_tables_of_two_bits_two_are_no_sum_of_votes() -> None:
    numbers = (-3, -1, 1, 3)
    made = {
        tuple(a + b > 0 for a in (u0, u1) for b in (v0, v1))
        for u0, u1, v0, v1 in product(numbers, (-2, 0, 2, 4), repeat=2)
        if all(a + b != 0 for a in (u0, u1) for b in (v0, v1))
    }
    for u0, u1, v0, v1 in product(range(-4, 5), repeat=4):
        if all(a + b for a in (u0, u1) for b in (v0, v1)):
            made.add(tuple(a + b > 0 for a in (u0, u1) for b in (v0, v1)))
    missing = set(product((False, True), repeat=4)) - made
    assert missing == {(True, False, False, True), (False, True, True, False)}


def test_linear_readout_cannot_compare_what_it_can_give() -> None:
    for seed in SEEDS:
        model, share = measuring.train_on_two_cues(
            page.Tagger, page.train, seed, H=12, T=10, updates=80
        )
        assert share > 0.9
        assert measuring.compare_bits(model, 0, seed, T=10, updates=100) > 0.66
        assert measuring.compare_bits(model, 8, seed, T=10, updates=100) < 0.2


# cues


def test_one_direction_guesses_on_its_blind_side_and_two_do_not() -> None:
    for reads, H in (("forward", 24), ("reverse", 24), ("both", 12)):
        for seed in SEEDS:
            model = page.train_on_cues(reads, seed, T=12, H=H, updates=70)
            shares = torch.tensor(measuring.right_by_distance(page.draw_cue, model, 12, 10, N=2000))
            behind, ahead = shares[:10].mean(), shares[11:].mean()
            assert (behind > 0.9) == (reads != "reverse")
            assert (ahead > 0.9) == (reads != "forward")
            assert 0.44 < behind < 0.56 or behind > 0.9
            assert 0.44 < ahead < 0.56 or ahead > 0.9


def test_spaces_are_taken_out_and_ends_are_kept() -> None:
    characters, ends = measuring.without_spaces("may a network\nlook ahead?")
    assert characters == "mayanetworklookahead?"
    assert [n for n, end in enumerate(ends) if end] == [2, 3, 10, 14, 20]


@pytest.mark.parametrize("delay", [0, 1, 4])
def test_late_answers_are_for_the_same_characters(delay: Any) -> None:
    ids = torch.arange(200)
    ends = ids % 7  # stands for the tag, so that it tells the character
    torch.manual_seed(0)
    x, targets, mask = page.draw_windows(ids, ends, delay)
    assert (targets[mask] == (x[mask] - delay) % 7).all()
    assert mask.sum(dim=1).unique().tolist() == [32]

    class Echo(nn.Module):
        def forward(self, ids: Any) -> Any:
            return nn.functional.one_hot((ids - delay) % 7, 7).float()

    assert measuring.error_in_windows(Echo(), ids, ends, delay) == 0


def test_both_directions_find_word_ends_better_with_fewer_weights() -> None:
    train_text, test_text, V = measuring.word_texts()
    short = [part[:6000] for part in test_text]
    errors = {}
    for reads, H in (("forward", 64), ("both", 32)):
        models = [
            page.train_on_words(reads, 0, seed, train_text, V, H, 60, nn.RNN) for seed in SEEDS
        ]
        errors[reads] = [measuring.error_in_windows(model, *short, 0) for model in models]
        assert measuring.count_weights(models[0]) < 9000
    assert all(both < one for both, one in zip(errors["both"], errors["forward"], strict=True))
    assert sum(errors["both"]) < 0.9 * sum(errors["forward"])


# cheating


@pytest.fixture(scope="module")
def language_models() -> Any:
    train_ids, test_ids, letters = measuring.manual_texts()
    models = {}
    for reads, H in (("forward", 48), ("both", 24)):
        models[reads] = []
        for seed in SEEDS:
            torch.manual_seed(seed)
            model = page.Tagger(reads, len(letters), H, C=len(letters), D=16)
            draw = lambda: page.draw_text(train_ids, N=16, T=24)  # noqa: E731
            models[reads].append(page.train(model, draw, 100, rate=0.02))
    return models, test_ids


def test_a_model_that_has_the_answer_in_its_input(language_models: Any) -> None:
    models, test_ids = language_models
    honest = [page.perplexities(model, test_ids, windows=300) for model in models["forward"]]
    cheating = [page.perplexities(model, test_ids, windows=300) for model in models["both"]]
    assert max(inside for inside, _ in cheating) < 2.5
    assert min(inside for inside, _ in honest) > 6
    assert min(cut for _, cut in cheating) > 1.2 * max(cut for _, cut in honest)
    assert all(abs(math.log(cut / inside)) < 0.25 for inside, cut in honest)


def test_influence_from_ahead_is_what_gives_it_away(language_models: Any) -> None:
    models, test_ids = language_models
    window = test_ids.unfold(0, 13, 311)[:32]
    for model in models["forward"]:
        assert page.influence(model, window).triu(1).max() == 0
    for model in models["both"]:
        table = page.influence(model, window)
        ahead = table.diagonal(1)[:-1].mean()
        assert ahead > table.diagonal(0).mean()
        assert ahead > table.diagonal(-1).mean()


def test_generation_is_drawn_where_the_input_ends(language_models: Any) -> None:
    """What comes before is not changed, and only the last output is used."""
    models, test_ids = language_models
    text = measuring.generate(models["both"][0], test_ids[:10], 5, seed=3)
    assert torch.equal(text[:10], test_ids[:10])
    assert len(text) == 15


def test_a_mean_over_the_series_is_a_leak(seed: int) -> None:
    """Of 1/T, however little the network itself looks ahead."""
    for T in (5, 50):
        x = torch.randn(T).double()
        J = torch.func.jacrev(lambda x: x - x.mean())(x)
        assert torch.allclose(J.triu(1), torch.full((T, T), -1 / T).double().triu(1), atol=1e-12)
    net = page.RNN(1, 4).double()

    def outputs(x: Any) -> Any:
        return net((x - x.mean())[None, :, None], torch.tensor([len(x)]))[0].sum(dim=-1)

    J = torch.func.jacrev(outputs)(torch.randn(6).double())
    assert J.triu(1)[:-1].abs().sum(dim=1).min() > 1e-6


# stored results


@pytest.mark.parametrize("name", ["word_ends", "cheating_model"])
def test_stored_results_say_how_they_were_made(name: Any) -> None:
    result = stored(name)
    assert len(result["settings"]["seeds"]) >= 3
    assert {"python", "torch"} <= result["versions"].keys()
    assert 0 < result["seconds"] < 300
    assert result["command"] == f"python experiments/{name}.py"


def test_stored_word_ends_say_what_the_page_says() -> None:
    rows = stored("word_ends")["results"]
    late = {row["delay"]: row["error"] for row in rows if row["reads"] == "forward"}
    (both,) = (row for row in rows if row["reads"] == "both")
    assert min(late[0]) > 1.5 * max(late[1])
    assert max(both["error"]) < min(min(errors) for errors in late.values())
    assert sum(late[8]) > sum(late[2])
    assert both["weights"] < rows[0]["weights"]
    assert both["units"] * 2 == rows[0]["units"]


def test_stored_cheating_says_what_the_page_says() -> None:
    rows = {row["model"]: row for row in stored("cheating_model")["results"]}
    two, one = rows["next, both"], rows["next, forward"]
    assert max(two["new text"] + two["training text"]) < 1.1
    assert min(two["input cut"]) > 3 * max(one["input cut"])
    assert max(one["input cut"]) < 1.2 * min(one["new text"])
    assert max(rows["masked, both"]["new text"]) < min(rows["masked, forward"]["new text"])


# the page


def test_no_result_is_typed_into_the_text() -> None:
    text = (ROOT / "book" / "09-bidirectional.md").read_text(encoding="utf-8")
    for cell in cells("09-bidirectional"):
        text = text.replace(cell, "")
    glued = re.findall(r"\{glue:text\}`[^`]*`", text)
    prose = re.sub(r"\{glue:text\}`[^`]*`|\$[^$]*\$|alt: >-\n(?: {6}.*\n)+", "", text)
    assert len(glued) > 40
    assert re.findall(r"\d+\.\d+", prose) == []


def test_every_figure_has_a_caption_and_a_description() -> None:
    text = (ROOT / "book" / "09-bidirectional.md").read_text(encoding="utf-8")
    assert "plt.subplots(" not in text  # what draws lies beside the page
    drawn = text.count("    name: fig-")
    assert drawn >= 4
    assert text.count("    alt: >-\n") == text.count("    caption: |\n") == drawn
