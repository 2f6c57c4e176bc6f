"""`unrolled.figures`: readable on both page colours, and lazy."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from unrolled import figures


@pytest.mark.parametrize("background", figures.BACKGROUNDS)
@pytest.mark.parametrize("colour", figures.PALETTE.values())
def test_colours_stand_out_from_both_pages(colour: Any, background: Any) -> None:
    assert figures.contrast(colour, background) >= 3


@pytest.mark.parametrize("background", figures.BACKGROUNDS)
def test_text_stands_out_from_both_pages(background: Any) -> None:
    assert figures.contrast(figures.INK, background) >= 4


def test_contrast_is_the_one_of_the_guidelines() -> None:
    assert figures.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert figures.contrast("#777777", "#777777") == 1
    assert figures.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colour", ["red", "#fff", "1f8f5f", ""])
def test_contrast_refuses_other_spellings(colour: Any) -> None:
    with pytest.raises(ValueError, match="one"):
        figures.contrast(colour, "#ffffff")


def test_sizes() -> None:
    width, height = figures.figure_size()
    assert height == width / 2
    assert figures.figure_size(1.0, 0.5) == (width / 2, width / 2)
    with pytest.raises(ValueError, match="height"):
        figures.figure_size(0)
    with pytest.raises(ValueError, match="width"):
        figures.figure_size(0.5, 1.5)


def test_a_figure_is_transparent_and_in_the_palette(tmp_path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    with matplotlib.rc_context():
        figures.use_style()
        figure, ax = plt.subplots()
        (line,) = ax.plot([1, 2], [3, 4])
        figures.label_line(ax, line, "label")
        figure.savefig(tmp_path / "figure.png")
        image = plt.imread(tmp_path / "figure.png")
        plt.close(figure)
    assert line.get_color() == figures.PALETTE["blue"]
    assert ax.texts[0].get_text() == "label"
    assert image[0, 0, 3] == 0


def test_matplotlib_does_not_come_with_the_import() -> None:
    code = "import sys, unrolled.figures; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
