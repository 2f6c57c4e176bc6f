"""What the closing page holds against each other: the stored results, and what was published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"

# A number or a text; or several numbers, one for each seed, of which the page shows the range.
Values = dict[str, Any]

# What others published, as their papers state it.
WEISS = {"LSTM": 256, "GRU": 37}  # largest k, trained up to 100
HE = {"plain": 28.54, "residual": 25.03}  # top-1 error in %, 34 layers, table 2
SUTSKEVER = {False: 5.8, True: 4.7}  # perplexity, source in order and reversed

DEPTH = 32
SAID = ("ms_agree", "ms_count")  # these rows of the page say how many seeds


def stored(name: str) -> dict[str, Any]:
    """Return the stored result of an experiment."""
    result: dict[str, Any] = json.loads((EXPERIMENTS / f"{name}.json").read_text("utf-8"))
    return result


def rows(name: str, **wanted: Any) -> list[dict[str, Any]]:
    """Return the rows of a stored result that have the wanted values."""
    found = [
        row
        for row in stored(name)["results"]
        if all(row.get(key) == value for key, value in wanted.items())
    ]
    assert found, f"{name} has no row with {wanted}"
    return found


def language_models() -> Values:
    """Chapter 2: an RNN and counted n-grams."""
    rnn = [row["perplexity"] for row in rows("manual_model")]
    ngram = min(stored("manual_model")["n-gram perplexities"])
    assert min(rnn) / ngram > 0.9
    assert max(rnn) < ngram
    return {"ms_rnn": rnn, "ms_ngram": ngram}


def agreement() -> Values:
    """Chapter 4: agreement with distractors."""
    result = stored("agreement")
    early, last = (result["errors after updates"].index(n) for n in (1000, 4000))
    seldom = np.array([row["errors"] for row in result["results"]["seldom"]]) * 100
    assert seldom[:, early, 0].max() < 2
    assert np.median(seldom[:, early, -1]) > 20
    return {
        "ms_agree_none": seldom[:, early, 0],
        "ms_agree_early": seldom[:, early, -1],
        "ms_agree_last": seldom[:, last, -1],
        "ms_agree_most": result["distractors"][-1],
    }


def identity_networks() -> Values:
    """Chapter 5: the adding problem, and digits pixel by pixel."""
    values: Values = {"ms_adding_T": stored("adding_problem")["settings"]["T"]}
    for network in ("tanh RNN", "identity RNN", "LSTM"):
        name = network.split()[0]
        adding = rows("adding_problem", network=network)
        values[f"ms_adding_{name}"] = [row["error"] for row in adding]
        for T in (64, 256):
            digits = rows("pixel_digits", network=network, steps=T)
            values[f"ms_pixel_{name}_{T}"] = [100 * row["accuracy"] for row in digits]
    assert min(values["ms_adding_tanh"]) > 0.12
    assert max(values["ms_adding_identity"] + values["ms_adding_LSTM"]) < 0.02
    assert min(values["ms_pixel_LSTM_64"]) > max(values["ms_pixel_identity_64"]) + 5
    return values


def reversed_copies() -> Values:
    """Chapter 5: copies of reversed sequences, right at the first place early in training."""
    in_order, turned = (
        [100 * row["accuracy by place"]["500"][0] for row in rows("reversed_copy", reversed=turned)]
        for turned in (False, True)
    )
    assert min(turned) > max(in_order) + 20
    return {"ms_copy_order": in_order, "ms_copy_turned": turned}


def forget_gates() -> Values:
    """Chapter 6: the bias of the forget gate."""
    settings = stored("hold_task")["settings"]
    solved = {row["network"]: sum(row["solved"]) for row in rows("hold_task")}
    closed, ajar, opened = (solved[f"LSTM bias {bias}"] for bias in (0, 1, 5))
    assert closed < ajar < opened
    return {
        "ms_hold_runs": len(settings["seeds"]) * len(settings["T"]),
        "ms_hold_seeds": len(settings["seeds"]),
        "ms_hold_0": closed,
        "ms_hold_1": ajar,
        "ms_hold_5": opened,
    }


def gated_networks() -> Values:
    """Chapter 7: counting, and LSTM against GRU on text."""
    lstm, gru = (rows("counting", network=kind)[0]["largest"] for kind in ("LSTM", "GRU"))
    assert min(lstm) > max(gru)
    assert min(gru) < WEISS["GRU"] < max(gru)
    text = {row["network"]: row["perplexity"] for row in stored("lstm_or_gru")["text"]}
    assert max(text["GRU"]) < min(text["LSTM"])
    return {
        "ms_count_LSTM": lstm,
        "ms_count_GRU": gru,
        "ms_count_top": stored("counting")["settings"]["top"],
        "ms_weiss_LSTM": WEISS["LSTM"],
        "ms_weiss_GRU": WEISS["GRU"],
        "ms_text_updates": stored("lstm_or_gru")["settings"]["text"]["updates"],
        **{f"ms_text_{kind}": perplexities for kind, perplexities in text.items()},
    }


def skips() -> Values:
    """Chapter 8: depth with and without skips."""
    plain, residual = (
        [100 * (1 - share) for share in rows("skip_depths", network=name, depth=DEPTH)[0][key]]
        for name, key in (("plain", "unsettled accuracy"), ("residual", "accuracy"))
    )
    assert max(residual) < 0.5 * min(plain)
    return {
        "ms_depth": DEPTH,
        "ms_depth_plain": plain,
        "ms_depth_residual": residual,
        "ms_he_plain": HE["plain"],
        "ms_he_residual": HE["residual"],
    }


def directions() -> Values:
    """Chapter 9: one direction and two."""
    one = rows("word_ends", reads="forward", delay=0)[0]["error"]
    later = min((row["error"] for row in rows("word_ends", reads="forward")), key=np.mean)
    two = rows("word_ends", reads="both")[0]["error"]
    assert max(two) < min(later)
    assert max(later) < min(one)
    return {"ms_ends_one": one, "ms_ends_later": later, "ms_ends_two": two}


def layers() -> Values:
    """Chapter 10: layers at equal parameters."""
    by_layers = {row["layers"]: row["perplexity"] for row in rows("stacked_depth")}
    skipping = rows("stacked_skips", layers=4)[0]["perplexity"]
    assert max(skipping) < min(by_layers[4])
    assert np.mean(by_layers[2]) > np.mean(by_layers[1])
    of_layers = {f"ms_layers_{count}": values for count, values in by_layers.items()}
    return {**of_layers, "ms_skips_4": skipping}


def classifiers() -> Values:
    """Chapter 11: a convolution and a recurrence."""
    values: Values = {}
    for row in rows("text_classifiers"):
        shown = row["task"] in ("names", "first") and row["network"] in ("CNN", "LSTM")
        if shown and row["count"] >= 1000:
            shares = [100 * share for share in row["accuracy"]]
            values[f"ms_{row['task']}_{row['network']}"] = shares
    assert min(values["ms_first_LSTM"]) > max(values["ms_first_CNN"]) + 20
    return values


def sources() -> Values:
    """Chapter 12: a reversed source, and long sources."""
    in_order, turned = (
        [
            row["2"]["perplexity"]
            for row in rows("reversed_source", task="translation", reversed=turned)
        ]
        for turned in (False, True)
    )
    assert np.mean(turned) < np.mean(in_order)
    assert max(turned) > min(in_order)
    values: Values = {
        "ms_source_order": in_order,
        "ms_source_turned": turned,
        "ms_sutskever_order": SUTSKEVER[False],
        "ms_sutskever_turned": SUTSKEVER[True],
    }
    tested = stored("bottleneck")["settings"]["lengths"]
    for network, name in (("32 units", "state"), ("32, attention", "attention")):
        shares = 100 * np.array([row["whole"] for row in rows("bottleneck", network=network)])
        for length in (4, 8, 12):
            values[f"ms_neck_{name}_{length}"] = shares[:, tested.index(length)]
    four, eight, twelve = (np.mean(values[f"ms_neck_state_{length}"]) for length in (4, 8, 12))
    assert twelve < eight < four
    return values


def measured() -> Values:
    """Return the values of all rows, under the names that the page gives them."""
    values: Values = {}
    for of_chapter in (
        language_models,
        agreement,
        identity_networks,
        reversed_copies,
        forget_gates,
        gated_networks,
        skips,
        directions,
        layers,
        classifiers,
        sources,
    ):
        values |= of_chapter()
    return values


def numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values, and of several the lowest, the highest and how many there are."""
    shown: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, (str, int, float)):
            shown[name] = value
            continue
        shown[f"{name}_low"], shown[f"{name}_high"] = float(min(value)), float(max(value))
        shown[f"{name}_seeds"] = len(value)
        assert len(value) == 3 or name.startswith(SAID), name
    return shown


def ratios(values: Mapping[str, Any]) -> list[tuple[str, NDArray[Any], float]]:
    """Return claim, ours by seed, and published, where both sides have a number."""
    v = {name: np.array(value) for name, value in values.items()}
    trained_to = v["ms_count_top"]
    return [
        ("RNN / n-grams,\nperplexity", v["ms_rnn"] / v["ms_ngram"], 0.5),
        ("k of LSTM /\ntraining", v["ms_count_LSTM"] / trained_to, WEISS["LSTM"] / 100),
        ("k of GRU /\ntraining", v["ms_count_GRU"] / trained_to, WEISS["GRU"] / 100),
        (
            "residual / plain,\nerror",
            v["ms_depth_residual"] / v["ms_depth_plain"],
            HE["residual"] / HE["plain"],
        ),
        ("two layers / one,\nperplexity", v["ms_layers_2"] / v["ms_layers_1"], 0.9),
        (
            "reversed / in order,\nperplexity",
            v["ms_source_turned"] / v["ms_source_order"],
            SUTSKEVER[True] / SUTSKEVER[False],
        ),
    ]
