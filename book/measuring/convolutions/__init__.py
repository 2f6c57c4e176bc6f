"""What the chapter on convolutions over text measures."""

from .checks import (
    agreement,
    check_equations,
    compare_with_pytorch,
    equations,
    fields,
    measured_field,
    numbers_of_exercises,
)
from .picked import (
    Picked,
    contributions,
    numbers_of_picked,
    picked_in_names,
)
from .published import (
    KIM,
    SETS,
    kim_gains,
    numbers_of_kim,
)
from .stored import (
    accuracies_of,
    away_from_the_ends,
    numbers_of_stored,
    stored_results,
)
from .tasks import (
    draw_sentences,
    example_sentences,
    most_frequent_language,
    split_names,
    vocabulary,
)
from .training import (
    learn_names,
    learn_sentences,
    live_runs,
    numbers_of_live,
    right_at,
    share_right,
    train,
)

__all__ = [
    "KIM",
    "SETS",
    "Picked",
    "accuracies_of",
    "agreement",
    "away_from_the_ends",
    "check_equations",
    "compare_with_pytorch",
    "contributions",
    "draw_sentences",
    "equations",
    "example_sentences",
    "fields",
    "kim_gains",
    "learn_names",
    "learn_sentences",
    "live_runs",
    "measured_field",
    "most_frequent_language",
    "numbers_of_exercises",
    "numbers_of_kim",
    "numbers_of_live",
    "numbers_of_picked",
    "numbers_of_stored",
    "picked_in_names",
    "right_at",
    "share_right",
    "split_names",
    "stored_results",
    "train",
    "vocabulary",
]
