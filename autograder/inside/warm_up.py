"""Cells of the kinds that notebooks have, run once before the first student's.

What is slow the first time, such as fonts and the patterns that IPython compiles, is then shared by
all boxes.
"""

WARM = (
    """\
from unrolled.models import load_lstm_run, load_name_model, load_number_model

load_name_model(), load_number_model(), load_lstm_run("short")
""",
    '''\
def f(x, y=None):
    """Text.

    More text.
    """
    # a comment
    return [f"{i:.3f}" for i in x.y]


class C:
    """Text."""
''',
    "f(1)",
    "1 / 0",
    "display('x')\nprint(f'{1:8.1f}')\n1 + 1",
)

DRAWING = (
    """\
import numpy as np
import matplotlib.pyplot as plt

%matplotlib inline
figure, panels = plt.subplots(2, 1, sharex=True)
for panel in panels:
    panel.plot([1, 2], [3, 4], label="$x$")
    panel.bar(["a", "b"], [1, 2])
    panel.set_title("title")
    panel.set_ylabel("y")
    panel.legend()
figure.savefig("/dev/null", format="svg")
plt.show()
""",
)
