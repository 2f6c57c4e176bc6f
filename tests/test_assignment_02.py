"""Assignment 2: its solution against PyTorch, its inputs, its texts, and the model of names."""

import json
import re
import string
import time
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from autograder.authoring import Assignment, read_assignment
from autograder.catalogue import Catalogue, read_catalogue, solution_sources, with_entry
from autograder.course import Course
from autograder.marks import hidden_lines
from autograder.recording import record
from autograder.trial import mark
from unrolled.data import names
from unrolled.models import load_name_model

ROOT = Path(__file__).resolve().parent.parent
NAME = "02-vanilla-rnn"
FUNCTIONS = [
    "rnn_step_forward",
    "rnn_forward",
    "softmax_cross_entropy",
    "lm_loss",
    "perplexity",
    "softmax_with_temperature",
    "sample_index",
    "generate",
]


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return read_assignment(Course(ROOT).assignment(NAME))


@pytest.fixture(scope="module")
def catalogue(assignment: Assignment) -> Catalogue:
    return read_catalogue(assignment)


@pytest.fixture(scope="module")
def solution(assignment: Assignment) -> dict[str, Any]:
    """What the setup and the solution cells define."""
    defined: dict[str, Any] = {}
    for cell in assignment.of_role("setup", "solution"):
        exec(cell.source, defined)
    return defined


def padded(rows: list[Any], fill: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of unequal length as one array (N, T), and their lengths (N,)."""
    tensors = [torch.as_tensor(row) for row in rows]
    ids = pad_sequence(tensors, batch_first=True, padding_value=fill).numpy()
    return ids, np.array([len(row) for row in rows])


def text_of(assignment: Assignment) -> str:
    return "\n".join(cell.source for cell in assignment.cells if cell.type == "markdown")


# --- the solution against PyTorch ------------------------------------------------------------

SHAPES = [(3, 7, 4, 5), (1, 6, 2, 3), (5, 1, 3, 2), (4, 60, 7, 9)]


def random_weights(rng: np.random.Generator, D: int, H: int) -> list[np.ndarray]:
    return [rng.uniform(-1, 1, shape) / np.sqrt(H) for shape in ((H, D), (H, H), (H,))]


def torch_rnn(weights: list[np.ndarray]) -> torch.nn.RNN:
    """A float64 `torch.nn.RNN` with the given W_x, W_h, b; its second bias is zero."""
    H, D = weights[0].shape
    rnn = torch.nn.RNN(D, H, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for parameter, array in zip(rnn.parameters(), [*weights, np.zeros(H)], strict=True):
            parameter.copy_(torch.from_numpy(array))
    return rnn


@pytest.mark.parametrize(("N", "T", "D", "H"), SHAPES)
def test_forward_agrees_with_torch(
    solution: dict[str, Any], N: int, T: int, D: int, H: int
) -> None:
    rng = np.random.default_rng(N * T)
    weights = random_weights(rng, D, H)
    x, h_0 = rng.normal(size=(N, T, D)), rng.normal(size=(N, H))
    rnn = torch_rnn(weights)
    with torch.no_grad():
        theirs, _ = rnn(torch.from_numpy(x), torch.from_numpy(h_0)[None])
    mine = solution["rnn_forward"](x, h_0, *weights, np.full(N, T))
    assert np.abs(mine - theirs.numpy()).max() < 1e-10
    step = solution["rnn_step_forward"](x[:, 0], h_0, *weights)
    assert np.abs(step - theirs[:, 0].numpy()).max() < 1e-10


@pytest.mark.parametrize(("N", "T", "D", "H"), SHAPES)
def test_final_states_agree_with_a_packed_batch(
    solution: dict[str, Any], N: int, T: int, D: int, H: int
) -> None:
    rng = np.random.default_rng(N + T)
    weights = random_weights(rng, D, H)
    x, h_0 = rng.normal(size=(N, T, D)), rng.normal(size=(N, H))
    lengths = rng.integers(1, T + 1, size=N)
    packed = pack_padded_sequence(
        torch.from_numpy(x), torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
    )
    with torch.no_grad():
        _, h_n = torch_rnn(weights)(packed, torch.from_numpy(h_0)[None])
    h = solution["rnn_forward"](x, h_0, *weights, lengths)
    assert np.abs(h[:, -1] - h_n[0].numpy()).max() < 1e-10
    for n, length in enumerate(lengths):
        assert (h[n, length:] == h[n, length - 1]).all()


@pytest.mark.parametrize("scale", [1.0, 40.0, 2000.0])
def test_cross_entropy_agrees_with_torch(solution: dict[str, Any], scale: float) -> None:
    rng = np.random.default_rng(7)
    logits = scale * rng.normal(size=(4, 9, 6))
    targets = rng.integers(0, 6, size=(4, 9))
    mask = np.arange(9) < np.array([[9], [2], [5], [1]])
    theirs = functional.cross_entropy(
        torch.from_numpy(logits).flatten(0, 1),
        torch.from_numpy(np.where(mask, targets, -100)).flatten(),
    ).item()
    mine = solution["softmax_cross_entropy"](logits, targets, mask)
    assert mine == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("temperature", [0.01, 0.5, 1.0, 3.0])
def test_softmax_agrees_with_torch(solution: dict[str, Any], temperature: float) -> None:
    logits = 5 * np.random.default_rng(8).normal(size=(2, 3, 7))
    theirs = torch.softmax(torch.from_numpy(logits) / temperature, dim=-1).numpy()
    mine = solution["softmax_with_temperature"](logits, temperature)
    assert np.abs(mine - theirs).max() < 1e-12


def test_language_model_agrees_with_torch(solution: dict[str, Any]) -> None:
    params = solution["make_model"](V=7, D=4, H=5)
    texts = [[0, 4, 2, 6, 0], [0, 3, 0], [0, 5, 5, 1, 2, 3, 6, 0], [4]]
    ids, lengths = padded(texts, fill=2)
    stored = {name: torch.from_numpy(array) for name, array in params.items()}
    rnn, total, count = torch_rnn([params[name] for name in ("W_x", "W_h", "b")]), 0.0, 0
    with torch.no_grad():
        for text in map(torch.tensor, texts[:3]):
            h, _ = rnn(stored["E"][text[:-1]])
            logits = functional.linear(h, stored["W_y"], stored["b_y"])
            total += functional.cross_entropy(logits, text[1:], reduction="sum").item()
            count += len(text) - 1
    loss = solution["lm_loss"](ids, lengths, params)
    assert loss == pytest.approx(total / count, rel=1e-12)
    assert solution["perplexity"](loss) == pytest.approx(np.exp(total / count), rel=1e-12)


def test_draws_follow_the_probabilities(solution: dict[str, Any]) -> None:
    p = np.array([0.25, 0.0, 0.4, 0.05, 0.3])
    evenly = (np.arange(10_000) + 0.5) / 10_000
    drawn = np.bincount([solution["sample_index"](p, u) for u in evenly], minlength=5)
    assert np.abs(drawn / 10_000 - p).max() < 1e-3


def test_a_cold_model_writes_the_most_probable_symbols(solution: dict[str, Any]) -> None:
    params = solution["make_model"](V=7, D=4, H=5)
    u = np.linspace(0, 1, 12, endpoint=False)
    written = solution["generate"](params, 0, 9, 1e-6, u)
    symbol, h = 0, np.zeros((1, 5))
    for found in written:
        weights = [params[name] for name in ("W_x", "W_h", "b")]
        h = solution["rnn_step_forward"](params["E"][[symbol]], h, *weights)
        symbol = int(np.argmax(h[0] @ params["W_y"].T + params["b_y"]))
        assert found == symbol
    assert len(written) == 12


# --- points, times, inputs -------------------------------------------------------------------


def test_points(assignment: Assignment) -> None:
    graded = assignment.of_role("tests", "written")
    assert assignment.points == 20
    assert 8 <= len(graded) <= 14
    assert [cell.points for cell in assignment.of_role("written")] == [2]
    assert list(assignment.home) == FUNCTIONS
    assert {cell.of for cell in assignment.of_role("tests")} == set(FUNCTIONS)


def test_text_states_the_points_and_times_that_are_given(assignment: Assignment) -> None:
    stated, minutes, points = {}, 0, 0
    for cell in assignment.cells:
        if cell.type == "markdown":
            times = re.findall(r"\*\(?(\d+) minutes", cell.source)
            minutes += sum(map(int, times))
            found = re.search(r"\*\d+ minutes · (\d+) points?\*", cell.source)
            points = int(found[1]) if found else points
        if cell.role == "solution":
            stated[cell.id] = points
        if cell.role == "tests":
            first = cell.source.split("\n")[0]
            plural = "" if cell.points == 1 else "s"
            assert first == f"# {cell.id} ({cell.points:g} point{plural})"
    for function, points in stated.items():
        given = sum(cell.points for cell in assignment.of_role("tests") if cell.of == function)
        assert points == given, function
    assert 120 <= minutes <= 240
    assert "about 3 hours" in text_of(assignment)
    assert abs(minutes - 180) <= 30


def test_chapter_states_the_points_and_times_of_the_assignment(assignment: Assignment) -> None:
    row = re.compile(r"^\| \d \| (?:`(\w+)`)?.* \| (\d+) \| (\d+) \|$", re.MULTILINE)
    chapter = row.findall(assignment.paths.chapter.read_text(encoding="utf-8"))
    stated = re.findall(r"\*(\d+) minutes · (\d+) points?\*", text_of(assignment))
    functions = [(minutes, points) for function, minutes, points in chapter if function]
    assert [function for function, *_ in chapter if function] == FUNCTIONS
    assert functions == stated
    assert sum(int(points) for *_, points in chapter) == assignment.points
    times = re.findall(r"\*\(?(\d+) minutes", text_of(assignment))
    assert sum(int(minutes) for _, minutes, _ in chapter) == sum(map(int, times))


def test_text_is_plain_markdown(assignment: Assignment) -> None:
    text = text_of(assignment)
    assert not re.search(r"^(\(.+\)=|:::|```\{)|\{[a-z:]+\}`", text, re.MULTILINE)
    assert text.count("$$") % 2 == 0


def arguments_of_visible_checks(assignment: Assignment) -> dict[str, dict[str, list[tuple]]]:
    """What each function is called with, by tests cell: first visible call of each cell."""
    calls: dict[str, dict[str, list[tuple]]] = {}
    defined: dict[str, Any] = {}

    def spy(name: str, function: Any) -> Any:
        def called(*arguments: Any, **named: Any) -> Any:
            calls.setdefault(cell.id, {}).setdefault(name, []).append((*arguments, *named.values()))
            return function(*arguments, **named)

        return called

    for cell in assignment.cells:
        if cell.role in ("setup", "solution"):
            exec(cell.source, defined)
    defined["check"] = Mock()
    for cell in assignment.of_role("tests"):
        lines = cell.source.split("\n")
        visible = [line for n, line in enumerate(lines, 1) if n not in hidden_lines(cell.source)]
        function = defined[cell.of]
        defined[cell.of] = spy(cell.of, function)
        exec("\n".join(visible), defined)
        defined[cell.of] = function
    return calls


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """All sizes differ, so that a transposed array fails; no weight is zero or symmetric."""
    calls = arguments_of_visible_checks(assignment)
    x_t, h_prev, *weights = calls["test-step"]["rnn_step_forward"][0]
    sizes = [{"N": x_t.shape[0], "D": x_t.shape[1], "H": h_prev.shape[1]}]
    x, h_0, *others = calls["test-forward"]["rnn_forward"][0]
    weights += others[:3]
    sizes.append(dict(zip("NTDH", (*x.shape, h_0.shape[1]), strict=True)))
    x, h_0, *others, lengths = calls["test-padding"]["rnn_forward"][0]
    weights += others
    sizes.append(dict(zip("NTDH", (*x.shape, h_0.shape[1]), strict=True)))
    assert len(set(lengths)) == len(lengths)
    assert max(lengths) == x.shape[1]
    for logits, _, _ in calls["test-loss"]["softmax_cross_entropy"]:
        sizes.append(dict(zip("NTV", logits.shape, strict=True)))
    for cell in ("test-lm", "test-lm-padding"):
        for ids, _, params in calls[cell]["lm_loss"]:
            weights += params.values()
            (V, D), (H, _) = params["E"].shape, params["W_h"].shape
            sizes.append({"N": len(ids), "T": ids.shape[1], "V": V, "D": D, "H": H})
            # The network runs one step less than a row is long.
            sizes.append({"N": len(ids), "steps": ids.shape[1] - 1, "V": V, "D": D, "H": H})
    for entry in sizes:
        assert len(set(entry.values())) == len(entry), entry
    for array in weights:
        assert np.abs(array).min() > 0.01
        if array.ndim == 2 and array.shape[0] == array.shape[1]:
            assert np.abs(array - array.T).max() > 0.1


def test_graded_path_is_light(assignment: Assignment, catalogue: Catalogue) -> None:
    recorded = record(assignment, catalogue)
    sources = solution_sources(assignment)
    started = time.process_time()
    results = mark(assignment, sources, recorded)
    assert time.process_time() - started < 1.0
    assert all(result.passed for result in results.values())


# --- the catalogue ---------------------------------------------------------------------------


def test_catalogue_is_large_and_covers_every_function(catalogue: Catalogue) -> None:
    assert len(catalogue.misconceptions) >= 14
    assert len(catalogue.alternatives) >= 6
    for function in FUNCTIONS:
        assert sum(entry.of == function for entry in catalogue.misconceptions) >= 2, function
        assert any(entry.of == function for entry in catalogue.alternatives), function


def test_hints_lead_and_do_not_give_the_code(catalogue: Catalogue) -> None:
    for entry in catalogue.misconceptions:
        assert not entry.diagnosis.endswith("."), entry.name
        assert "\n" not in entry.diagnosis
        assert re.search(r"[.?]$", entry.hint), entry.name
        assert not re.search(r" @ |\.T\b|np\.\w+\(|axis=|return |lambda", entry.hint), entry.name
        assert len(entry.hint) < 240, entry.name
    diagnoses = [(entry.of, entry.diagnosis) for entry in catalogue.misconceptions]
    assert len(set(diagnoses)) == len(diagnoses)


def test_known_mistakes_are_told_apart(assignment: Assignment, catalogue: Catalogue) -> None:
    """Two mistakes in one function differ at some check of that function."""
    recorded = record(assignment, catalogue)
    for one, other in combinations(catalogue.misconceptions, 2):
        if one.of != other.of:
            continue
        traces = [
            (check.wrong.get(one.name), check.wrong.get(other.name))
            for check in recorded.checks.values()
            if recorded.cells[check.cell].of == one.of
        ]
        assert any(a != b for a, b in traces), f"{one.name} and {other.name}"


def test_every_known_mistake_shows_in_a_visible_check(
    assignment: Assignment, catalogue: Catalogue
) -> None:
    """A student learns of it while working, with a name, not only from the feedback."""
    recorded, right = record(assignment, catalogue), solution_sources(assignment)
    for entry in catalogue.misconceptions:
        sources = with_entry(assignment, right, entry)
        results = mark(assignment, sources, recorded, hidden_too=False)
        named = [name for result in results.values() for name in result.named]
        assert entry.name in named, entry.name


# --- the model of names ----------------------------------------------------------------------


def test_name_model_is_small_and_as_described() -> None:
    stored = ROOT / "unrolled" / "models" / "names.npz"
    assert stored.stat().st_size <= 60_000
    params, letters = load_name_model()
    sizes = json.loads((ROOT / "experiments" / "name_model.json").read_text())["sizes"]
    V, D, H = sizes["V"], sizes["D"], sizes["H"]
    shapes = {"E": (V, D), "W_x": (H, D), "W_h": (H, H), "b": (H,), "W_y": (V, H), "b_y": (V,)}
    assert {name: array.shape for name, array in params.items()} == shapes
    assert {array.dtype for array in params.values()} == {np.dtype(np.float32)}
    assert "".join(letters.characters) == "." + string.ascii_lowercase
    params["E"][:] = 0
    assert load_name_model().params["E"].any()


def test_name_model_has_the_stored_loss(solution: dict[str, Any]) -> None:
    params, letters = load_name_model()
    known = [name for name in names(["Italian"])["Italian"] if set(name) <= set(letters.characters)]
    ids, lengths = padded([letters.encode(f".{name}.") for name in known], fill=0)
    loss = solution["lm_loss"](ids, lengths, params)
    stored = json.loads((ROOT / "experiments" / "name_model.json").read_text())["loss"]
    # All names together: between the loss on those it was trained on and on those it was not.
    assert stored["training"] < loss < stored["held_out"]


def test_name_model_knows_a_name_from_noise(solution: dict[str, Any]) -> None:
    params, letters = load_name_model()
    losses = []
    for word in ("rossini", "smith", "xqzwkv"):
        ids = letters.encode(f".{word}.")[None]
        losses.append(solution["lm_loss"](ids, np.array([ids.size]), params))
    assert losses == sorted(losses)
