"""The object `check`: what passes, what fails, and what a learner is told."""

import sys
import warnings

import numpy as np
import pytest

from unrolled import CheckFailed, Checks, fixed_array
from unrolled.checks.compare import compare
from unrolled.checks.recorded import (
    GradedCell,
    Mistake,
    Recorded,
    RecordedCheck,
    RecordedValuesError,
    pack_hidden,
)
from unrolled.checks.values import encode, fingerprint, plain

RIGHT = fixed_array(3, 4, start=1)


def mistake(name: str, of: str) -> Mistake:
    return Mistake(name, of, f"{name} diagnosed", f"{name} hinted", "chapter 2, “One step”", "")


def known(value: object) -> object:
    return fingerprint(plain(value))


@pytest.fixture
def check() -> Checks:
    wrong_step = {"no_bias": known(RIGHT + 1), "no_tanh": known(RIGHT + 2)}
    cells = [GradedCell("test-step", "step", 2), GradedCell("test-forward", "forward", 3)]
    checks = {
        "h": RecordedCheck("test-step", encode(plain(RIGHT)), False, wrong_step),
        "bounded": RecordedCheck("test-step", True, False, {"no_tanh": False}),
        "states": RecordedCheck(
            "test-forward",
            encode(plain(RIGHT * 2)),
            False,
            {"no_bias": known(RIGHT * 3), "late": known(RIGHT * 4)},
        ),
    }
    mistakes = [mistake("no_bias", "step"), mistake("no_tanh", "step"), mistake("late", "forward")]
    return Checks(
        "02-test",
        recorded=Recorded(
            "02-test",
            {**{cell.id: cell for cell in cells}, "why": GradedCell("why", "", 2)},
            checks,
            {entry.name: entry for entry in mistakes},
        ),
    )


def failure(call: object, *arguments: object) -> str:
    with pytest.raises(CheckFailed) as caught:
        call(*arguments)  # type: ignore[operator]
    return str(caught.value)


def test_a_right_value_passes_in_any_float_type_and_says_how_close(
    check: Checks, capsys: pytest.CaptureFixture[str]
) -> None:
    for dtype in (np.float64, np.float32, np.longdouble):
        check("h", RIGHT.astype(dtype))
    check("h", RIGHT.tolist())
    assert "largest error" in capsys.readouterr().out


def test_a_failure_is_an_assertion_error_that_names_places_and_both_values(check: Checks) -> None:
    wrong = RIGHT.copy()
    wrong[1, 2] += 0.5
    text = failure(check, "h", wrong)
    assert issubclass(CheckFailed, AssertionError)
    assert "shape (3, 4) is right; 11 of 12 values agree" in text
    assert f"at [1, 2]: yours {wrong[1, 2]:.6g}, expected {RIGHT[1, 2]:.6g}" in text


def test_shape_is_compared_before_value(check: Checks) -> None:
    text = failure(check, "h", RIGHT.T)
    assert "the shape is (4, 3), expected (3, 4): are two axes swapped?" in text
    assert "values" not in text
    # An array that would broadcast to the right shape is not right.
    assert "expected (3, 4)" in failure(check, "h", RIGHT[:1])


def test_no_value_and_a_strange_value_say_what_to_return(check: Checks) -> None:
    assert "return statement" in failure(check, "h", None)
    assert "yours is a value of type function" in failure(check, "h", lambda: RIGHT)
    assert "the text 'x'" in failure(check, "h", "x")
    assert "item 0: 2 items, expected 4" in failure(check, "h", [[[1], [1, 2]], RIGHT, RIGHT])
    assert "returned 2 things in a tuple" in failure(check, "h", (RIGHT, RIGHT))


def test_nan_is_not_right(check: Checks) -> None:
    text = failure(check, "h", np.full((3, 4), np.nan))
    assert "12 of your values are NaN" in text


def test_a_known_mistake_is_named_with_its_hint_and_section(check: Checks) -> None:
    text = failure(check, "h", RIGHT + 1)
    assert "no_bias diagnosed" in text
    assert "no_bias hinted" in text
    assert "chapter 2, “One step”" in text
    assert "no_tanh" not in text


def test_a_mistake_is_recognised_in_single_precision(check: Checks) -> None:
    assert "no_bias diagnosed" in failure(check, "h", (RIGHT + 1).astype(np.float32))


def test_an_unknown_wrong_value_names_no_mistake(check: Checks) -> None:
    assert "diagnosed" not in failure(check, "h", RIGHT + 7)


def test_a_property_names_the_only_mistake_that_breaks_it(check: Checks) -> None:
    check.that("bounded", True)
    assert "no_tanh diagnosed" in failure(check.that, "bounded", False)


def test_a_mistake_that_an_earlier_check_of_the_cell_rules_out_is_not_named(check: Checks) -> None:
    check("h", RIGHT)
    assert "diagnosed" not in failure(check.that, "bounded", False)


def test_a_later_check_that_passed_before_the_function_was_changed_rules_nothing_out(
    check: Checks,
) -> None:
    check("h", RIGHT)
    check.that("bounded", True)
    assert "no_tanh diagnosed" in failure(check, "h", RIGHT + 2)


def test_a_mistake_is_carried_forward_once_it_was_recognised(
    check: Checks, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no_bias diagnosed" in failure(check, "states", RIGHT * 3)
    failure(check, "h", RIGHT + 1)
    check("states", RIGHT * 3)
    assert "mend that one first" in capsys.readouterr().out


def test_a_mistake_is_not_carried_from_a_function_that_passed(check: Checks) -> None:
    # The step is right; the sequence does its own, with the step's mistake in it.
    check("h", RIGHT)
    for _ in range(2):
        assert "no_bias diagnosed" in failure(check, "states", RIGHT * 3)
    assert check.progress().earned == 0


def test_half_precision_does_not_widen_the_tolerance(check: Checks) -> None:
    failure(check, "h", (RIGHT * 1.004).astype(np.float16))


def test_a_mended_mistake_is_no_longer_carried_forward(check: Checks) -> None:
    failure(check, "h", RIGHT + 1)
    check("h", RIGHT)
    failure(check, "states", RIGHT * 3)


def test_only_the_mistake_that_was_made_is_carried_forward(check: Checks) -> None:
    failure(check, "h", RIGHT + 2)
    assert "no_bias diagnosed" in failure(check, "states", RIGHT * 3)


def test_an_unknown_value_after_a_mistake_says_what_to_mend_first(check: Checks) -> None:
    failure(check, "h", RIGHT + 1)
    assert "mend step first: forward builds on it" in failure(check, "states", RIGHT * 9)
    failure(check, "h", RIGHT + 8)
    assert "mend step first: forward builds on it" in failure(check, "states", RIGHT * 9)
    check("h", RIGHT)
    assert "first" not in failure(check, "states", RIGHT * 9)
    # The step does not build on what follows it.
    assert "first" not in failure(check, "h", RIGHT + 8)


def test_the_summary_counts_a_cell_when_all_its_checks_pass(
    check: Checks, capsys: pytest.CaptureFixture[str]
) -> None:
    check("h", RIGHT)
    check.summary()
    assert "0 of 5 points" in capsys.readouterr().out
    assert [state.state for state in check.progress().states] == ["to do", "to do", "by hand"]
    check.that("bounded", True)
    assert "2 of 5 points" in capsys.readouterr().out
    check.summary()
    out = capsys.readouterr().out
    assert "2 points more can be given by hand" in out
    failure(check, "h", RIGHT + 7)
    assert check.progress().earned == 0
    assert check.progress().states[0].state == "not right yet"


def test_a_hidden_check_fails_without_the_expected_value(check: Checks) -> None:
    hidden = RecordedCheck("test-step", encode(plain(RIGHT)), True, {"no_bias": known(RIGHT + 1)})
    check.load_hidden(pack_hidden({"edge": hidden}))
    text = failure(check, "edge", RIGHT + 1)
    assert "no_bias hinted" in text
    assert not any(f"{number:.4g}"[:6] in text for number in RIGHT.ravel())
    assert "(3, 4)" not in failure(check, "edge", RIGHT[:2])


@pytest.mark.parametrize(
    ("expected", "first", "second"),
    [
        (RIGHT, np.zeros(7919), np.zeros(6311)),
        (RIGHT, "7919", "6311"),
        (RIGHT, {"7919": 1.0}, {"6311": 1.0}),
        (RIGHT, [7919, "a"], [6311, "b"]),
        (RIGHT, ("x",) * 7919, ("x",) * 6311),
        (RIGHT, type("Found7919", (), {})(), type("Found6311", (), {})()),
        (3.5, np.zeros(7919), np.zeros(6311)),
        ({"a": 1.0}, {"7919": 1.0}, {"6311": 1.0}),
        ("right", "7919", "6311"),
    ],
    ids=["shape", "text", "keys", "list", "tuple", "type", "number", "dict", "other text"],
)
def test_a_hidden_check_repeats_nothing_in_which_its_inputs_could_be_copied_out(
    check: Checks, expected: object, first: object, second: object
) -> None:
    hidden = RecordedCheck("test-step", encode(plain(expected)), True, {})
    check.load_hidden(pack_hidden({"edge": hidden}))
    assert failure(check, "edge", first) == failure(check, "edge", second)


def test_damaged_hidden_values_say_so(check: Checks) -> None:
    with pytest.raises(RecordedValuesError, match="damaged"):
        check.load_hidden("not packed")


def test_an_unknown_name_says_to_restore_the_cell(check: Checks) -> None:
    with pytest.raises(KeyError, match="restore the cell"):
        check("misspelt", 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "keep it in the same folder"),
        ("not json", "not a file of recorded values"),
        ("{}", "not a file of recorded values"),
        ('{"format": 99}', "another version"),
    ],
)
def test_missing_or_damaged_recorded_values_say_what_to_do(
    tmp_path: object, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "checks.json").write_text(content)  # type: ignore[operator]
    with pytest.raises(RecordedValuesError, match=message):
        Checks("02-test", folder=tmp_path)("h", 1)  # type: ignore[arg-type]


def test_recorded_values_survive_their_file(check: Checks) -> None:
    recorded = check._score.recorded
    assert Recorded.from_json(recorded.to_json(), "here") == recorded


def test_agreement_prints_the_difference_and_fails_beyond_the_tolerance(
    check: Checks, capsys: pytest.CaptureFixture[str]
) -> None:
    check.agrees("sum", RIGHT, RIGHT + 1e-12)
    assert "largest difference 1e-12, allowed 1e-10" in capsys.readouterr().out
    assert "largest difference" in failure(check.agrees, "sum", RIGHT, RIGHT + 1e-3)
    assert "shapes differ" in failure(check.agrees, "sum", RIGHT, RIGHT[0])
    assert "largest difference" in failure(check.agrees, "sum", RIGHT * np.nan, RIGHT)
    assert "yours is None" in failure(check.agrees, "sum", None, RIGHT)
    assert "of type object" in failure(check.agrees, "sum", object(), RIGHT)


def test_torch_is_left_out_when_missing_or_when_grading(
    check: Checks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check.import_torch() is not None
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check.import_torch() is None
    monkeypatch.delenv("NBGRADER_EXECUTION")
    monkeypatch.setitem(sys.modules, "torch", None)
    assert check.import_torch() is None
    assert "pip install torch" in capsys.readouterr().out


@pytest.mark.parametrize("graded", [True, False])
def test_a_warning_costs_no_points(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], graded: bool
) -> None:
    """For nbgrader a tests cell fails that writes to the stream of errors, as warnings do."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde" if graded else "")
    as_ever = warnings.showwarning
    monkeypatch.setattr(warnings, "showwarning", as_ever)  # afterwards too
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        Checks("01-tiny")
        np.log(np.array([-1.0]))
        changed = warnings.showwarning is not as_ever
    shown = "RuntimeWarning: invalid value encountered in log" in capsys.readouterr().out
    assert (shown, changed) == (graded, graded)


def test_numbers_that_differ_are_shown_with_different_digits() -> None:
    outcome = compare(plain(1.38975001), plain(1.38975002))
    assert outcome.right
    outcome = compare(plain(1.3897500), plain(1.3897507))
    assert outcome.found == ("yours is 1.3897507, expected 1.38975",)


def test_a_tuple_of_the_right_length_is_not_remarked_on(check: Checks) -> None:
    wrong = tuple(RIGHT + 5)
    assert "in a tuple" not in failure(check, "h", wrong)
    assert "returned 2 things in a tuple" in failure(check, "h", wrong[:2])
