"""What the chapter on stacked RNNs measures."""

from .checks import (
    agreement,
    back_by_hand,
    check_equations,
    check_paths,
    compare_orders,
    compare_with_pytorch,
    equations,
    make_cells,
    numbers_of_exercises,
    orders_agree,
    paths,
    run_by_hand,
)
from .depth import (
    answer_by_distance,
    answers,
    encoded_manual,
    live_runs,
    numbers_of_delay,
    numbers_of_live,
    perplexity_on,
    with_forget_bias,
)
from .grids import (
    gradient_grid,
    gradient_grids,
    held_values,
    numbers_of_dropout,
    numbers_of_grids,
)
from .stored import (
    costs_of_update,
    numbers_of_depth,
    stored_depths,
)

__all__ = [
    "agreement",
    "answer_by_distance",
    "answers",
    "back_by_hand",
    "check_equations",
    "check_paths",
    "compare_orders",
    "compare_with_pytorch",
    "costs_of_update",
    "encoded_manual",
    "equations",
    "gradient_grid",
    "gradient_grids",
    "held_values",
    "live_runs",
    "make_cells",
    "numbers_of_delay",
    "numbers_of_depth",
    "numbers_of_dropout",
    "numbers_of_exercises",
    "numbers_of_grids",
    "numbers_of_live",
    "orders_agree",
    "paths",
    "perplexity_on",
    "run_by_hand",
    "stored_depths",
    "with_forget_bias",
]
