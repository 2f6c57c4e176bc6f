"""What the chapter “Gates and the LSTM” measures."""

from .by_hand import FIRMNESS, HELD, hold, hold_by_hand, keep_by_hand, keep_exercises
from .checks import (
    agree_with_autograd,
    agree_with_pytorch,
    check_equations,
    check_jacobian,
    check_path,
    compare_with_pytorch,
    fill_the_cell,
    follow_the_cell,
    largest_cell,
    step_jacobian,
)
from .holding import draw_hold, error_of, stored_hold, try_to_hold
from .inside import (
    clearest,
    hold_for_longer,
    is_clear,
    look_inside,
    look_into_all,
    mean_gates,
    sensitivity,
    stored_holders,
)
from .reach import make_net, measure_paths, measure_reach, reach_through_cell, relative_reach

__all__ = [
    "FIRMNESS",
    "HELD",
    "agree_with_autograd",
    "agree_with_pytorch",
    "check_equations",
    "check_jacobian",
    "check_path",
    "clearest",
    "compare_with_pytorch",
    "draw_hold",
    "error_of",
    "fill_the_cell",
    "follow_the_cell",
    "hold",
    "hold_by_hand",
    "hold_for_longer",
    "is_clear",
    "keep_by_hand",
    "keep_exercises",
    "largest_cell",
    "look_inside",
    "look_into_all",
    "make_net",
    "mean_gates",
    "measure_paths",
    "measure_reach",
    "reach_through_cell",
    "relative_reach",
    "sensitivity",
    "step_jacobian",
    "stored_hold",
    "stored_holders",
    "try_to_hold",
]
