"""Submissions that try to get points or secrets they have not earned, or to disturb the others.

Each is a few lines with a name that says what it tries. The paper they are written for (`PAPER`)
has two functions: `scale` is solved honestly in every submission and is worth 2 points, `total` is
where the attack stands. Its hidden test uses numbers that appear nowhere else, so that they can be
searched for in everything that a student gets to see.

The edited papers and damaged files are in `test_rebuild.py`.
"""

from attacks import (  # each module registers its submissions
    exhaust_the_machine,
    get_out,
    read_the_answer,
    replace_the_judge,
    return_a_liar,
)
from attacks.target import ATTACKS, Attack

__all__ = [
    "ATTACKS",
    "Attack",
    "exhaust_the_machine",
    "get_out",
    "read_the_answer",
    "replace_the_judge",
    "return_a_liar",
]
