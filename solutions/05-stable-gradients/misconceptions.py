"""Wrong implementations that people really write, with what to say to them.

An entry with `change` is the solution of the function in `of` with these fragments replaced. What
is another approach is written out; it may use what the notebook defines, nothing of this file.
"""

import numpy as np

from autograder.authoring.catalogue import misconception

# --- 1. one norm for all ---------------------------------------------------------------------


norms_added = misconception(
    of="global_norm",
    diagnosis="the norms of the arrays are added; they must be put together as the squares are",
    hint="Two arrays of one number each, 3 and 4, make the vector (3, 4). What is its length, and "
    "what is yours?",
    section="clip-norm",
    change={
        "np.sqrt(sum(np.sum(np.square(g / largest)) for g in grads))": (
            "sum(np.sqrt(np.sum(np.square(g / largest))) for g in grads)"
        ),
    },
)


largest_norm = misconception(
    of="global_norm",
    diagnosis="this is the largest of the arrays' norms",
    hint="The other arrays count too: the gradient of the whole network is one vector.",
    section="clip-norm",
    change={
        "np.sqrt(sum(np.sum(np.square(g / largest)) for g in grads))": (
            "max(np.sqrt(np.sum(np.square(g / largest))) for g in grads)"
        ),
    },
)


first_array_only = misconception(
    of="global_norm",
    diagnosis="only the first array counts",
    hint="How often does your loop over the list run before the function returns?",
    section="clip-norm",
    change={"for g in grads)))": "for g in grads[:1])))"},
)


@misconception(
    of="global_norm",
    diagnosis="this is the square of the norm: the root is missing",
    hint="A vector twice as long should have twice the norm. Try yours.",
    section="clip-norm",
)
def root_forgotten(grads):
    def length(g):
        largest = float(np.abs(g).max()) or 1.0
        return largest * float(np.linalg.norm(g / largest))

    return sum(np.square(length(g)) for g in grads)


mean_of_squares = misconception(
    of="global_norm",
    diagnosis="the squares are averaged, not added",
    hint="A mean does not grow when a network gets more parameters, a length does. Is there a "
    "division by a count in yours?",
    section="clip-norm",
    change={"for g in grads)))": "for g in grads) / sum(g.size for g in grads)))"},
)


@misconception(
    of="global_norm",
    diagnosis="this is the sum of the absolute values",
    hint="The length in the equation is the square root of a sum of squares.",
    section="clip-norm",
)
def sum_of_absolute_values(grads):
    return sum(float(np.sum(np.abs(g), dtype=np.float64)) for g in grads)


largest_number = misconception(
    of="global_norm",
    diagnosis="this is the largest absolute value",
    hint="The largest number is good for scaling, but the length counts all of them.",
    section="clip-norm",
    change={
        "return largest * float(np.sqrt(sum(np.sum(np.square(g / largest)) for g in grads)))": (
            "return largest"
        ),
    },
)


@misconception(
    of="global_norm",
    diagnosis="matrices are measured by their largest singular value",
    hint="The order 2 means something else for a matrix than for a vector. Here a matrix is just a"
    " box of numbers: what should the function be told, or not be told?",
    section="clip-norm",
)
def spectral_norms(grads):
    total = 0.0
    for g in grads:
        largest = float(np.abs(g).max())
        if largest > 0:
            part = g if g.ndim < 3 else g.ravel()
            total = np.hypot(total, largest * float(np.linalg.norm(part / largest, 2)))
    return total


@misconception(
    of="global_norm",
    diagnosis="the squares overflow: the norm of a finite gradient is infinite",
    hint="Which number can all entries be divided by so that no square is larger than 1? Multiply "
    "the root by it afterwards.",
    section="clip-norm",
)
def squares_overflow(grads):
    return np.sqrt(sum(np.sum(g**2) for g in grads))


@misconception(
    of="global_norm",
    diagnosis="float64 is wide enough for squares of float32, but not for squares of float64",
    hint="A wider type only moves the border. Which number can all entries be divided by so that "
    "no square is larger than 1?",
    section="clip-norm",
)
def squares_overflow_in_float64(grads):
    return np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in grads))


zero_divided_by_zero = misconception(
    of="global_norm",
    diagnosis="a gradient of zeros has the norm NaN",
    hint="If all numbers are zero, so is the largest. What do you divide by then?",
    section="clip-norm",
    change={
        """
        if largest == 0:
            return 0.0
        """: "",
        "g / largest": "g / np.float64(largest)",
    },
)


not_scaled_back = misconception(
    of="global_norm",
    diagnosis="the entries are scaled down, but the norm is not scaled up again",
    hint="If all numbers are divided by c, the length is too. What has to be done to the root?",
    section="clip-norm",
    change={"largest *": ""},
)

gradients_overwritten_by_norm = misconception(
    of="global_norm",
    diagnosis="the gradients are overwritten",
    hint="Operators such as /= write into the array that was handed in.",
    section="clip-norm",
    change={
        """
        return largest * float(np.sqrt(sum(np.sum(np.square(g / largest)) for g in grads)))
        """: """
        for g in grads:
            g /= largest
        return largest * float(np.sqrt(sum(np.sum(np.square(g)) for g in grads)))
        """,
    },
)

largest_with_sign = misconception(
    of="global_norm",
    diagnosis="the largest number is looked for with its sign, so negative numbers are passed over",
    hint="Which of -7 and 3 is the larger one to square? A norm is never negative.",
    section="clip-norm",
    change={"np.abs(g).max()": "g.max()"},
)

scaled_by_first_array = misconception(
    of="global_norm",
    diagnosis="all arrays are scaled by the largest number of the first, which may be zero",
    hint="The largest number may be in any array. What happens if the first holds zeros only?",
    section="clip-norm",
    change={"max(float(np.abs(g).max()) for g in grads)": "float(np.abs(grads[0]).max())"},
)


@misconception(
    of="global_norm",
    diagnosis="one array of zeros makes the norm NaN",
    hint="A bias may have a zero gradient while the weights have not. What is each array divided "
    "by in yours?",
    section="clip-norm",
)
def zero_array_divided_by_zero(grads):
    total = 0.0
    for g in grads:
        largest = np.abs(g).max()
        total = np.hypot(total, np.float64(largest) * np.linalg.norm((g / largest).ravel()))
    return 0.0 if all(not g.any() for g in grads) else float(total)


small_number_added_to_largest = misconception(
    of="global_norm",
    diagnosis="a small number was added, and it outweighs a gradient that is smaller still",
    hint="It was to guard against a division by zero. Ask for zero instead, before you divide.",
    section="clip-norm",
    change={
        """
        largest = max(float(np.abs(g).max()) for g in grads)
        if largest == 0:
            return 0.0
        """: "largest = max(float(np.abs(g).max()) for g in grads) + 1e-8",
    },
)


# --- 2. clipping by norm ---------------------------------------------------------------------

always_scaled = misconception(
    of="clip_by_norm",
    diagnosis="a short gradient is made longer: every gradient ends at the threshold",
    hint="Look at the condition behind the equation. What should happen to a gradient whose norm "
    "is below the threshold?",
    section="clip-norm",
    change={"max_norm else": "0 and np.isfinite(max_norm) else"},
)


@misconception(
    of="clip_by_norm",
    diagnosis="each array is clipped by its own norm, so the direction of the whole changes",
    hint="All arrays are to be multiplied by one and the same factor. Where is it computed in "
    "yours?",
    section="clip-norm",
)
def each_array_on_its_own(grads, max_norm):
    clipped = []
    for g in grads:
        own = global_norm([g])
        clipped.append(g * (float(max_norm / own) if own > max_norm else 1.0))
    return clipped, global_norm(grads)


clipped_to_one = misconception(
    of="clip_by_norm",
    diagnosis="the clipped gradient has the length 1, not that of the threshold",
    hint="Dividing by the norm makes a vector of length 1. How long should it be?",
    section="clip-norm",
    change={"max_norm / norm": "1 / norm"},
)

factor_upside_down = misconception(
    of="clip_by_norm",
    diagnosis="the factor is upside down: long gradients become longer",
    hint="For a norm twice the threshold the factor should be a half.",
    section="clip-norm",
    change={"max_norm / norm": "norm / max_norm"},
)

comparison_reversed = misconception(
    of="clip_by_norm",
    diagnosis="the gradient is scaled where it is short, and left alone where it is long",
    hint="Which of the two is dangerous? Look at the direction of your comparison.",
    section="clip-norm",
    change={"norm > max_norm": "0 < norm < max_norm < np.inf"},
)

factor_squared = misconception(
    of="clip_by_norm",
    diagnosis="the factor is squared: a clipped gradient is shorter than the threshold",
    hint="Multiply a vector by a factor c, and its norm is multiplied by c. Which c brings the "
    "norm to the threshold?",
    section="clip-norm",
    change={"max_norm / norm": "(max_norm / norm) ** 2"},
)

shortened_by_threshold = misconception(
    of="clip_by_norm",
    diagnosis="the threshold is subtracted from the length: this is not a rescaling to it",
    hint="How long is your clipped gradient? It should be as long as the threshold, not shorter by"
    " it.",
    section="clip-norm",
    change={"max_norm / norm": "(norm - max_norm) / norm"},
)


@misconception(
    of="clip_by_norm",
    diagnosis="this is clipping by value: each number was cut on its own",
    hint="That changes the direction, and comes in part 3. Here all numbers get the same factor.",
    section="clip-norm",
)
def cut_by_value(grads, max_norm):
    return [np.clip(g, -max_norm, max_norm) for g in grads], global_norm(grads)


long_gradient_dropped = misconception(
    of="clip_by_norm",
    diagnosis="a long gradient is thrown away: it is zero after clipping",
    hint="A long gradient has a good direction. Keep it, and change its length only.",
    section="clip-norm",
    change={
        """
        factor = float(max_norm / norm) if norm > max_norm else 1.0
        return [g * factor for g in grads], norm
        """: "return [g * (0.0 if norm > max_norm else 1.0) for g in grads], norm",
    },
)

norm_after_clipping = misconception(
    of="clip_by_norm",
    diagnosis="the norm returned is the one after clipping",
    hint="The norm before clipping is the one worth watching during training: after clipping it "
    "never exceeds the threshold.",
    section="clip-norm",
    change={"[g * factor for g in grads], norm": "[g * factor for g in grads], norm * factor"},
)

small_number_added = misconception(
    of="clip_by_norm",
    diagnosis="a small number was added to the norm before dividing",
    hint="It guards against a division by zero that cannot happen: where is the norm when you "
    "divide?",
    section="clip-norm",
    change={"max_norm / norm": "max_norm / (norm + 1e-3)"},
)


gradients_clipped_in_place = misconception(
    of="clip_by_norm",
    diagnosis="the gradients that were given are changed",
    hint="Operators such as *= write into the array that was handed in. Make new arrays.",
    section="clip-norm",
    change={
        "return [g * factor for g in grads], norm": """
        for g in grads:
            g *= factor
        return [g.copy() for g in grads], norm
        """,
    },
)


clipped_in_float64 = misconception(
    of="clip_by_norm",
    diagnosis="float32 gradients become float64",
    hint="A float64 number of NumPy times a float32 array is float64; a number of plain Python "
    "leaves the type as it is.",
    section="clip-norm",
    change={
        "float(max_norm / norm) if norm > max_norm else 1.0": (
            "np.float64(max_norm / norm) if norm > max_norm else np.float64(1.0)"
        ),
    },
)


only_long_arrays_shortened = misconception(
    of="clip_by_norm",
    diagnosis="only arrays that are long by themselves are shortened, so the direction changes",
    hint="The norm of the whole decides, once for all arrays. What does your condition look at?",
    section="clip-norm",
    change={"g * factor for": "g * (factor if global_norm([g]) > max_norm else 1.0) for"},
)


# --- 3. clipping by value --------------------------------------------------------------------

cut_above_only = misconception(
    of="clip_by_value",
    diagnosis="large negative numbers are not cut",
    hint="Your function bounds the numbers from above. The interval has another end.",
    section="clip-value",
    change={"np.clip(g, -limit, limit)": "np.minimum(g, limit)"},
)

cut_at_zero = misconception(
    of="clip_by_value",
    diagnosis="negative numbers become zero: the interval begins at 0",
    hint="The interval lies on both sides of zero.",
    section="clip-value",
    change={"np.clip(g, -limit, limit)": "np.clip(g, 0, limit).astype(g.dtype)"},
)

signs_lost = misconception(
    of="clip_by_value",
    diagnosis="the signs are lost",
    hint="A number of -7 cut at 4 should be -4.",
    section="clip-value",
    change={"np.clip(g, -limit, limit)": "np.minimum(np.abs(g), limit).astype(g.dtype)"},
)

large_numbers_zeroed = misconception(
    of="clip_by_value",
    diagnosis="numbers beyond the limit become zero instead of the limit",
    hint="A number of 7 cut at 4 should be 4. It is the largest numbers that you remove.",
    section="clip-value",
    change={"np.clip(g, -limit, limit)": "np.where(np.abs(g) <= limit, g, 0).astype(g.dtype)"},
)

arrays_scaled_to_fit = misconception(
    of="clip_by_value",
    diagnosis="each array is scaled so that its largest number fits, not cut number by number",
    hint="Numbers within the interval should stay as they are.",
    section="clip-value",
    change={
        "np.clip(g, -limit, limit)": (
            "(g * float(min(1.0, limit / np.abs(g).max()))).astype(g.dtype)"
        ),
    },
)

clipped_by_norm_again = misconception(
    of="clip_by_value",
    diagnosis="this is clipping by norm: all numbers got the same factor",
    hint="Here each number is looked at on its own, and most stay as they are.",
    section="clip-value",
    change={
        "return [np.clip(g, -limit, limit) for g in grads]": """
        total = float(np.sqrt(sum(float(np.sum(np.square(g, dtype=np.float64))) for g in grads)))
        return [g * (limit / total if total > limit else 1.0) for g in grads]
        """,
    },
)


gradients_cut_in_place = misconception(
    of="clip_by_value",
    diagnosis="the gradients that were given are changed",
    hint="Writing into a part of an array, or with out=, changes the array that was handed in.",
    section="clip-value",
    change={"np.clip(g, -limit, limit)": "np.clip(g, -limit, limit, out=g).copy()"},
)


cut_in_float64 = misconception(
    of="clip_by_value",
    diagnosis="float32 gradients become float64",
    hint="Comparisons with a float64 array, or filling one, widen the type. Make the result from "
    "the given array.",
    section="clip-value",
    change={
        "np.clip(g, -limit, limit)": "np.minimum(np.maximum(g, np.full(g.shape, -limit)), limit)",
    },
)

bounds_swapped = misconception(
    of="clip_by_value",
    diagnosis="lower and upper bound have changed places: no number stays as it is",
    hint="Which end of the interval belongs to the minimum, which to the maximum?",
    section="clip-value",
    change={
        "np.clip(g, -limit, limit)": "np.minimum(np.maximum(g, limit), -limit).astype(g.dtype)",
    },
)


# --- 4. cosine -------------------------------------------------------------------------------


@misconception(
    of="cosine",
    diagnosis="the cosines of the arrays are averaged",
    hint="All arrays together are one vector: one inner product, two norms, one division.",
    section="clip-value",
)
def cosines_averaged(grads, others):
    values = [
        np.sum(g * o) / max(global_norm([g]) * global_norm([o]), 1e-300)
        for g, o in zip(grads, others, strict=True)
    ]
    return float(np.mean(values))


inner_product_only = misconception(
    of="cosine",
    diagnosis="this is the inner product, not divided by the norms",
    hint="A cosine does not change when one of the vectors becomes longer.",
    section="clip-value",
    change={
        """
        product = sum(float(np.sum(g * other)) for g, other in zip(grads, others, strict=True))
        return product / (global_norm(grads) * global_norm(others))
        """: "return sum(float(np.sum(g * o)) for g, o in zip(grads, others, strict=True))",
    },
)

one_norm_only = misconception(
    of="cosine",
    diagnosis="the inner product is divided by one of the two norms only",
    hint="A cosine does not change when either of the vectors becomes longer. Try both.",
    section="clip-value",
    change={
        "float(np.sum(g * other)) for g, other": "float(np.sum(g * o)) for g, o",
        "product / (global_norm(grads) * global_norm(others))": "product / global_norm(grads)",
    },
)

other_norm_only = misconception(
    of="cosine",
    diagnosis="the inner product is divided by the norm of the other gradient only",
    hint="A cosine does not change when either of the vectors becomes longer. Try both.",
    section="clip-value",
    change={
        "float(np.sum(g * other)) for g, other": "float(np.sum(g * o)) for g, o",
        "product / (global_norm(grads) * global_norm(others))": "product / global_norm(others)",
    },
)

angle_returned = misconception(
    of="cosine",
    diagnosis="this is the angle, not its cosine",
    hint="The quotient in the equation is the cosine already.",
    section="clip-value",
    change={
        "float(np.sum(g * other)) for g, other": "float(np.sum(g * o)) for g, o",
        "product / (global_norm(grads) * global_norm(others))": (
            "np.arccos(np.clip(product / (global_norm(grads) * global_norm(others)), -1, 1))"
        ),
    },
)

cosine_without_sign = misconception(
    of="cosine",
    diagnosis="the sign is lost: opposite gradients have the cosine -1",
    hint="Is there an absolute value or a root of a square that should not be there?",
    section="clip-value",
    change={
        "float(np.sum(g * other)) for g, other": "float(np.sum(g * o)) for g, o",
        "return product": "return abs(product)",
    },
)

first_arrays_only = misconception(
    of="cosine",
    diagnosis="only the first arrays are compared",
    hint="How often does your loop over the list run before the function returns?",
    section="clip-value",
    change={
        "sum(float(np.sum(g * other)) for g, other in zip(grads, others, strict=True))": (
            "float(np.sum(grads[0] * others[0]))"
        ),
    },
)

cosine_distance = misconception(
    of="cosine",
    diagnosis="this is one minus the cosine",
    hint="Two gradients of the same direction should have the value 1.",
    section="clip-value",
    change={
        "float(np.sum(g * other)) for g, other": "float(np.sum(g * o)) for g, o",
        "return product": "return 1 - product",
    },
)


# --- 5. a step that looks first --------------------------------------------------------------

only_nan_noticed = misconception(
    of="guarded_step",
    diagnosis="infinite numbers pass: only NaN is looked for",
    hint="Infinity is not a usable number either. Which NumPy function asks for both?",
    section="nan-restart",
    change={
        "if not (np.isfinite(loss) and all(np.isfinite(g).all() for g in grads)):": (
            "if np.isnan(loss) or any(np.isnan(g).any() for g in grads):"
        ),
    },
)

only_loss_looked_at = misconception(
    of="guarded_step",
    diagnosis="only the loss is looked at; a gradient can be bad where the loss is fine",
    hint="The loss comes from the forward pass, and it is often the backward pass that overflows.",
    section="nan-restart",
    change={
        "if not (np.isfinite(loss) and all(np.isfinite(g).all() for g in grads)):": (
            "if not np.isfinite(loss):"
        ),
    },
)

loss_not_looked_at = misconception(
    of="guarded_step",
    diagnosis="the loss is not looked at",
    hint="Which argument of your function is never used?",
    section="nan-restart",
    change={
        "if not (np.isfinite(loss) and all(np.isfinite(g).all() for g in grads)):": (
            "if not all(np.isfinite(g).all() for g in grads):"
        ),
    },
)

any_for_all = misconception(
    of="guarded_step",
    diagnosis="one finite number in each array is enough to pass",
    hint="Does every number have to be finite, or any? One bad number spoils the update.",
    section="nan-restart",
    change={"np.isfinite(g).all()": "np.isfinite(g).any()"},
)

only_first_array_looked_at = misconception(
    of="guarded_step",
    diagnosis="only the first array is looked at",
    hint="A bad number may be in any of the arrays. When does your loop end?",
    section="nan-restart",
    change={"all(np.isfinite(g).all() for g in grads)": "np.isfinite(grads[0]).all()"},
)

finite_sum_asked_for = misconception(
    of="guarded_step",
    diagnosis="a gradient that is large, but finite, is refused",
    hint="A sum of squares can overflow although each number is finite. Look at the numbers "
    "themselves.",
    section="nan-restart",
    change={
        "if not (np.isfinite(loss) and all(np.isfinite(g).all() for g in grads)):": (
            "if not np.isfinite(loss + sum(float(np.sum(np.square(g))) for g in grads)):"
        ),
    },
)


long_gradient_refused = misconception(
    of="guarded_step",
    diagnosis="a step is refused where the gradient should be clipped",
    hint="A long gradient is no reason to stay: shorten it and go. Only numbers that are not "
    "finite stop a step.",
    section="nan-restart",
    change={
        "if not (np.isfinite(loss) and all(np.isfinite(g).all() for g in grads)):": """
        finite = np.isfinite(loss) and all(np.isfinite(g).all() for g in grads)
        if not finite or global_norm(grads) > max_norm:
        """,
    },
)


bad_numbers_replaced = misconception(
    of="guarded_step",
    diagnosis="bad numbers of the gradient are replaced and the step is done all the same",
    hint="What is left of such a gradient says nothing about the way down. Make no step.",
    section="nan-restart",
    change={
        "if not (np.isfinite(loss) and all(np.isfinite(g).all() for g in grads)):": (
            "if not np.isfinite(loss):"
        ),
        "clipped, _ = clip_by_norm(grads, max_norm)": """
        grads = [np.where(np.isfinite(g), g, 0.0) for g in grads]
        clipped, _ = clip_by_norm(grads, max_norm)
        """,
    },
)

step_upwards = misconception(
    of="guarded_step",
    diagnosis="the step goes up: the gradient is added",
    hint="The gradient points to where the loss grows.",
    section="clip-norm",
    change={"p - rate": "p + rate"},
)

step_not_clipped = misconception(
    of="guarded_step",
    diagnosis="the gradient is not clipped",
    hint="Which argument of your function is never used?",
    section="clip-norm",
    change={
        """
        clipped, _ = clip_by_norm(grads, max_norm)
        return [p - rate * g for p, g in zip(params, clipped, strict=True)], True
        """: "return [p - rate * g for p, g in zip(params, grads, strict=True)], True",
    },
)

update_clipped = misconception(
    of="guarded_step",
    diagnosis="the update is clipped, the learning rate included, and not the gradient",
    hint="The threshold is for the gradient. In which order do you clip and multiply by the rate?",
    section="clip-norm",
    change={"grads, max_norm": "[rate * g for g in grads], max_norm", "rate * g": "g"},
)

rate_forgotten = misconception(
    of="guarded_step",
    diagnosis="the learning rate is missing",
    hint="How far does your step go along the clipped gradient? Which argument is never used?",
    section="clip-norm",
    change={"rate * g": "g"},
)

parameters_overwritten = misconception(
    of="guarded_step",
    diagnosis="the parameters that were given are changed",
    hint="Operators such as -= write into the array that was handed in, and a checkpoint that "
    "shares it changes too. Make new arrays.",
    section="nan-restart",
    change={
        "return [p - rate * g for p, g in zip(params, clipped, strict=True)], True": """
        for p, g in zip(params, clipped, strict=True):
            p -= rate * g
        return params, True
        """,
    },
)

always_reported_done = misconception(
    of="guarded_step",
    diagnosis="a step is reported as done although there was none",
    hint="Look at what your function returns next to the parameters when a number is not finite.",
    section="nan-restart",
    change={", False": ", True"},
)


@misconception(
    of="guarded_step",
    diagnosis="only the arrays with bad numbers are left out, the others make their step",
    hint="The loop over the arrays decides too late: look at all of them before the first step.",
    section="nan-restart",
)
def bad_arrays_left_out(params, loss, grads, rate, max_norm):
    fine = bool(np.isfinite(loss))
    clipped, _ = clip_by_norm(grads, max_norm)
    new_params, ok = [], fine
    for p, g, cut in zip(params, grads, clipped, strict=True):
        if fine and np.isfinite(g).all():
            new_params.append(p - rate * cut)
        else:
            new_params.append(p.copy())
            ok = False
    return new_params, ok


# --- 6. restarting from a checkpoint ---------------------------------------------------------


no_way_back = misconception(
    of="descend",
    diagnosis="a failed step does not lead back to the checkpoint: the run stays where it is",
    hint="At the same parameters the loss is the same, and fails again. Where should the run go "
    "on?",
    section="nan-restart",
    change={"params, rate = checkpoint, rate / 2": "rate = rate / 2"},
)


rate_kept = misconception(
    of="descend",
    diagnosis="the learning rate is not halved after a failure",
    hint="From the same checkpoint with the same rate, the same failure follows.",
    section="nan-restart",
    change={"params, rate = checkpoint, rate / 2": "params = checkpoint"},
)

rate_restored = misconception(
    of="descend",
    diagnosis="the halved learning rate holds for one step only",
    hint="The rate is halved for good: the failures will come back with the old one.",
    section="nan-restart",
    change={
        "losses, checkpoint = [], params": "losses, checkpoint, first_rate = [], params, rate",
        "params = new_params": "params, rate = new_params, first_rate",
    },
)

start_is_only_checkpoint = misconception(
    of="descend",
    diagnosis="every failure leads back to the very start: no later checkpoint is taken",
    hint="A checkpoint saves the way that has been made. When should a new one replace the first?",
    section="nan-restart",
    change={
        """
        if len(losses) % every == 0:
            checkpoint = params
        """: "",
    },
)

unseen_parameters_stored = misconception(
    of="descend",
    diagnosis="the parameters after the step are stored, before anybody has looked at their loss",
    hint="A checkpoint is worth something only if the loss there has been found finite. Of which "
    "parameters do you know that?",
    section="nan-restart",
    change={"checkpoint = params": "checkpoint = new_params"},
)

checkpoint_at_every_step = misconception(
    of="descend",
    diagnosis="a checkpoint is taken at every good step, whatever every says",
    hint="Which argument of your function is never used?",
    section="nan-restart",
    change={
        """
        if len(losses) % every == 0:
            checkpoint = params
        """: "checkpoint = params",
    },
)

failed_steps_counted = misconception(
    of="descend",
    diagnosis="checkpoints are counted by all steps, the failed ones included",
    hint="Only good steps count. What counts in yours when a step fails?",
    section="nan-restart",
    change={"for _ in": "for step in", "len(losses)": "step"},
)

checkpoint_one_early = misconception(
    of="descend",
    diagnosis="the good steps are counted from 1, so checkpoints come one step early",
    hint="It is the number of good steps before this one that is a multiple of every. Is the loss "
    "in the list already when you ask?",
    section="nan-restart",
    change={
        "if len(losses) % every == 0:": """
        losses.append(loss)
        if len(losses) % every == 0:
        """,
        "losses.append(loss)": "",
    },
)

failed_losses_kept = misconception(
    of="descend",
    diagnosis="losses that are not finite are kept too",
    hint="The list is for the losses of good steps.",
    section="nan-restart",
    change={
        "losses, checkpoint = [], params": "every_loss, losses, checkpoint = [], [], params",
        "loss, grads = loss_and_grads(params)": """
        loss, grads = loss_and_grads(params)
        every_loss.append(loss)
        """,
        "params, losses, rate": "params, every_loss, rate",
    },
)

only_good_steps_counted = misconception(
    of="descend",
    diagnosis="failed steps do not count: the run takes more steps than it may",
    hint="loss_and_grads is called as often as steps says, good steps and failed ones together.",
    section="nan-restart",
    change={
        "for _ in range(steps):": """
        for _ in range(50 * steps):
            if len(losses) == steps:
                break
        """,
    },
)

ends_at_first_failure = misconception(
    of="descend",
    diagnosis="the run ends with the first failure",
    hint="After a failure the run should go on, from the checkpoint.",
    section="nan-restart",
    change={
        """
        params, rate = checkpoint, rate / 2
        continue
        """: "return checkpoint, losses, rate / 2",
    },
)


gradient_never_renewed = misconception(
    of="descend",
    diagnosis="the gradient of the start is used at every step",
    hint="Loss and gradient belong to the parameters of the moment. Where does your loop ask for "
    "them?",
    section="nan-restart",
    change={
        "losses, checkpoint = [], params": """
        losses, checkpoint = [], params
        loss, grads = loss_and_grads(params)
        """,
        "loss, grads = loss_and_grads(params)": "",
    },
)


checkpoint_returned = misconception(
    of="descend",
    diagnosis="the last checkpoint is returned, not the parameters at the end",
    hint="The checkpoint is for failures. Where has the run got to when it ends?",
    section="nan-restart",
    change={"return params": "return checkpoint"},
)

stored_before_looking = misconception(
    of="descend",
    diagnosis="the checkpoint is stored before the loss there is known to be finite",
    hint="Compare the order in your loop with the text: first the step, then, if it was good, the "
    "checkpoint.",
    section="nan-restart",
    change={
        "loss, grads = loss_and_grads(params)": """
        if len(losses) % every == 0:
            checkpoint = params
        loss, grads = loss_and_grads(params)
        """,
        """
        if len(losses) % every == 0:
            checkpoint = params
        """: "",
    },
)

stored_by_step_before_looking = misconception(
    of="descend",
    diagnosis="the checkpoint is stored before the loss there is known to be finite, and failed "
    "steps are counted as well",
    hint="Store a checkpoint only after a good step, and count the good steps only.",
    section="nan-restart",
    change={
        "for _ in range(steps):": """
        for step in range(steps):
            if step % every == 0:
                checkpoint = params
        """,
        """
        if len(losses) % every == 0:
            checkpoint = params
        """: "",
    },
)

losses_struck_out = misconception(
    of="descend",
    diagnosis="the losses since the checkpoint are struck out after a failure",
    hint="Those steps were good, although the run went back behind them. The list holds the losses "
    "of all good steps.",
    section="nan-restart",
    change={
        "checkpoint = []": "good, saved, checkpoint = [], 0, 0",
        "params, rate = checkpoint, rate / 2": """
        params, rate = checkpoint, rate / 2
        losses = losses[:saved]
        """,
        """
        if len(losses) % every == 0:
            checkpoint = params
        """: """
        if good % every == 0:
            checkpoint, saved = params, len(losses)
        good += 1
        """,
    },
)

count_starts_anew = misconception(
    of="descend",
    diagnosis="the count of good steps starts anew after a failure",
    hint="Good steps are counted through the whole run. What happens to your counter when a step "
    "fails?",
    section="nan-restart",
    change={
        "losses, checkpoint = [], params": "losses, checkpoint, begin = [], params, 0",
        "params, rate = checkpoint, rate / 2": (
            "params, rate, begin = checkpoint, rate / 2, len(losses)"
        ),
        "len(losses) %": "(len(losses) - begin) %",
    },
)

losses_struck_out_and_uncounted = misconception(
    of="descend",
    diagnosis="the losses since the checkpoint are struck out after a failure, and no longer count "
    "as good steps",
    hint="Those steps were good, although the run went back behind them. Keep their losses, and "
    "count them.",
    section="nan-restart",
    change={
        "checkpoint = []": "saved, checkpoint = [], 0",
        "params, rate = checkpoint, rate / 2": """
        params, rate = checkpoint, rate / 2
        losses = losses[:saved]
        """,
        "checkpoint = params": "checkpoint, saved = params, len(losses)",
    },
)


# --- 7. a ReLU step --------------------------------------------------------------------------

tanh_step = misconception(
    of="relu_step_forward",
    diagnosis="the activation is tanh",
    hint="This network has another activation than the one of chapter 2.",
    section="relu",
    change={
        "np.maximum(x_t @ W_x.T + h_prev @ W_h.T + b, 0)": (
            "np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)"
        ),
    },
)

relu_forgotten = misconception(
    of="relu_step_forward",
    diagnosis="there is no activation: states can be negative",
    hint="What does relu do with a negative number?",
    section="relu",
    change={"np.maximum(x_t @ W_x.T + h_prev @ W_h.T + b, 0)": "x_t @ W_x.T + h_prev @ W_h.T + b"},
)

bias_after_relu = misconception(
    of="relu_step_forward",
    diagnosis="relu is applied before the bias is added",
    hint="Look at which bracket the bias stands in.",
    section="relu",
    change={
        "np.maximum(x_t @ W_x.T + h_prev @ W_h.T + b, 0)": (
            "np.maximum(x_t @ W_x.T + h_prev @ W_h.T, 0) + b"
        ),
    },
)

minimum_for_maximum = misconception(
    of="relu_step_forward",
    diagnosis="the negative part is kept and the positive one cut",
    hint="relu takes the larger of two numbers.",
    section="relu",
    change={"np.maximum": "np.minimum"},
)

absolute_value = misconception(
    of="relu_step_forward",
    diagnosis="this is the absolute value, not relu",
    hint="A negative number becomes zero, it does not change its sign.",
    section="relu",
    change={
        "np.maximum(x_t @ W_x.T + h_prev @ W_h.T + b, 0)": (
            "np.abs(x_t @ W_x.T + h_prev @ W_h.T + b)"
        ),
    },
)

recurrent_weights_transposed = misconception(
    of="relu_step_forward",
    diagnosis="W_h is applied the wrong way round: the state is multiplied by its transpose",
    hint="W_h is square, so both ways run. Treat it as you treat W_x.",
    section="relu",
    change={"W_h.T + b": "W_h + b"},
)

bias_forgotten = misconception(
    of="relu_step_forward",
    diagnosis="the bias is missing",
    hint="Which argument of your function is never used?",
    section="relu",
    change={"W_h.T + b": "W_h.T"},
)

leaky_relu = misconception(
    of="relu_step_forward",
    diagnosis="negative numbers are made small, not zero: this is a leaky relu",
    hint="Below zero, relu is flat.",
    section="relu",
    change={
        "return np.maximum(x_t @ W_x.T + h_prev @ W_h.T + b, 0)": """
        a_t = x_t @ W_x.T + h_prev @ W_h.T + b
        return np.where(a_t > 0, a_t, a_t * x_t.dtype.type(0.01))
        """,
    },
)


# --- 8. the step backwards -------------------------------------------------------------------

mask_forgotten = misconception(
    of="relu_step_backward",
    diagnosis="the gradient passes through units that are not active",
    hint="Where the state is 0, relu was flat. What is the gradient with respect to the "
    "pre-activation there?",
    section="relu",
    change={
        """
        da_t = dh_t * (h_t > 0)
        return da_t @ W_x, da_t @ W_h, da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0)
        """: "return dh_t @ W_x, dh_t @ W_h, dh_t.T @ x_t, dh_t.T @ h_prev, dh_t.sum(axis=0)",
    },
)

slope_of_tanh = misconception(
    of="relu_step_backward",
    diagnosis="the slope is the one of tanh",
    hint="relu has only two slopes. Which?",
    section="relu",
    change={"h_t > 0": "1 - h_t**2"},
)

state_for_slope = misconception(
    of="relu_step_backward",
    diagnosis="the gradient is multiplied by the state, not by the slope",
    hint="The slope of an active unit is 1, however large its state is.",
    section="relu",
    change={"dh_t * (h_t > 0)": "dh_t * h_t"},
)

mask_of_previous_state = misconception(
    of="relu_step_backward",
    diagnosis="the mask is taken from the state before the step",
    hint="Which units were active in this step? Ask the state that the step made.",
    section="relu",
    change={"h_t > 0": "h_prev > 1"},
)

mask_after_weights = misconception(
    of="relu_step_backward",
    diagnosis="the mask is applied to dh_prev, after W_h, instead of before it",
    hint="The gradient passes relu first and the matrix then: it takes the step's way back.",
    section="relu",
    change={"da_t @ W_h": "(dh_t @ W_h) * (h_t > 0)"},
)

weights_not_transposed = misconception(
    of="relu_step_backward",
    diagnosis="dh_prev is multiplied by the transpose of W_h, as in the forward step",
    hint="In a batch the step is a product with W_h transposed. With what is its gradient "
    "multiplied on the way back?",
    section="relu",
    change={"da_t @ W_h": "da_t @ W_h.T"},
)

recurrent_gradient_transposed = misconception(
    of="relu_step_backward",
    diagnosis="dW_h is transposed",
    hint="Row i of dW_h belongs to unit i of the new state, column j to unit j of the previous "
    "one.",
    section="relu",
    change={"da_t.T @ h_prev": "h_prev.T @ da_t"},
)

recurrent_gradient_of_new_state = misconception(
    of="relu_step_backward",
    diagnosis="dW_h is made with the state after the step",
    hint="What was W_h multiplied with in this step?",
    section="relu",
    change={"da_t.T @ h_prev": "da_t.T @ h_t"},
)

averaged_over_batch = misconception(
    of="relu_step_backward",
    diagnosis="the gradients of the weights are averaged over the batch",
    hint="Every sequence adds its share to the loss. If the loss is a mean, dh_t holds that "
    "already.",
    section="relu",
    change={
        "da_t = dh_t * (h_t > 0)": "da_t, N = dh_t * (h_t > 0), len(dh_t)",
        "x_t, da_t.T @ h_prev, da_t.sum(axis=0)": "x_t / N, da_t.T @ h_prev / N, da_t.mean(axis=0)",
    },
)

bias_gradient_not_summed = misconception(
    of="relu_step_backward",
    diagnosis="db is not summed over the batch",
    hint="The bias was added to every row. How many numbers has its gradient?",
    section="relu",
    change={"da_t.sum(axis=0)": "da_t"},
)

bias_gradient_over_units = misconception(
    of="relu_step_backward",
    diagnosis="db is summed over the units, not over the batch",
    hint="The bias has one number for each unit. Over which axis is the sum?",
    section="relu",
    change={"da_t.sum(axis=0)": "da_t.sum(axis=1)"},
)

incoming_gradient_overwritten = misconception(
    of="relu_step_backward",
    diagnosis="dh_t is overwritten",
    hint="Setting entries of dh_t to zero changes the caller's array. Make a new one.",
    section="relu",
    change={
        "da_t = dh_t * (h_t > 0)": "dh_t[h_t <= 0] = 0",
        "da_t @ W_x, da_t @ W_h, da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0)": (
            "dh_t @ W_x, dh_t @ W_h, dh_t.T @ x_t, dh_t.T @ h_prev, dh_t.sum(axis=0)"
        ),
    },
)

mask_without_bias = misconception(
    of="relu_step_backward",
    diagnosis="the mask is made from the products anew, without the bias",
    hint="Your function is not given the bias, and need not be: what does h_t tell about a_t?",
    section="relu",
    change={"h_t > 0": "x_t @ W_x.T + h_prev @ W_h.T > 0"},
)

relu_of_gradient = misconception(
    of="relu_step_backward",
    diagnosis="relu is applied to the gradient: the mask is its own sign",
    hint="A gradient may well be negative. What has to be positive for it to pass?",
    section="relu",
    change={"dh_t * (h_t > 0)": "np.maximum(dh_t, 0)"},
)


# --- 9. starting at the identity -------------------------------------------------------------


all_matrices_identity = misconception(
    of="identity_start",
    diagnosis="the input matrix is an identity too: only the recurrent one is",
    hint="Most units would get no input then. What is noise for?",
    section="identity-rnn",
    change={"noise.copy()": "np.eye(*noise.shape, dtype=noise.dtype)"},
)


input_matrix_zero = misconception(
    of="identity_start",
    diagnosis="the input matrix is zero, so all units do the same for ever",
    hint="Units that start alike get equal gradients and stay alike. What is noise for?",
    section="identity-rnn",
    change={
        """
        return noise.copy(), scale * np.eye(H, dtype=noise.dtype), np.zeros(H, dtype=noise.dtype)
        """: """
        eye = np.eye(H, dtype=noise.dtype)
        return np.zeros_like(noise), scale * eye, np.zeros(H, dtype=noise.dtype)
        """,
    },
)

scale_ignored = misconception(
    of="identity_start",
    diagnosis="scale has no influence",
    hint="Which argument of your function is never used?",
    section="identity-rnn",
    change={"scale * np": "np"},
)

input_matrix_scaled = misconception(
    of="identity_start",
    diagnosis="the input matrix is scaled as well",
    hint="scale is the number on the diagonal of the recurrent matrix, and nothing else.",
    section="identity-rnn",
    change={
        """
        return noise.copy(), scale * np.eye(H, dtype=noise.dtype), np.zeros(H, dtype=noise.dtype)
        """: """
        eye = np.eye(H, dtype=noise.dtype)
        return scale * noise, scale * eye, np.zeros(H, dtype=noise.dtype)
        """,
    },
)

matrix_of_ones = misconception(
    of="identity_start",
    diagnosis="all numbers of the recurrent matrix are equal: that is no identity",
    hint="Each unit should keep its own value, and take nothing from the others.",
    section="identity-rnn",
    change={
        """
        return noise.copy(), scale * np.eye(H, dtype=noise.dtype), np.zeros(H, dtype=noise.dtype)
        """: """
        ones = np.ones((H, H), dtype=noise.dtype)
        return noise.copy(), scale * ones, np.zeros(H, dtype=noise.dtype)
        """,
    },
)

bias_of_ones = misconception(
    of="identity_start",
    diagnosis="the bias is not zero: a state would change without any input",
    hint="What should a memory do when nothing happens?",
    section="identity-rnn",
    change={
        """
        return noise.copy(), scale * np.eye(H, dtype=noise.dtype), np.zeros(H, dtype=noise.dtype)
        """: """
        eye = np.eye(H, dtype=noise.dtype)
        return noise.copy(), scale * eye, np.ones(H, dtype=noise.dtype)
        """,
    },
)


sized_by_inputs = misconception(
    of="identity_start",
    diagnosis="the recurrent matrix has one row for each input instead of each unit",
    hint="noise has the shape (H, D). Which of the two is the number of units?",
    section="identity-rnn",
    change={"np.eye(H, ": "np.eye(noise.shape[1], "},
)


start_in_float64 = misconception(
    of="identity_start",
    diagnosis="for float32 noise, some of the weights are float64",
    hint="np.eye and np.zeros make float64 arrays unless they are told a dtype.",
    section="identity-rnn",
    change={
        "np.eye(H, dtype=noise.dtype), np.zeros(H, dtype=noise.dtype)": "np.eye(H), np.zeros(H)",
    },
)


# --- 10. reversal inside padding -------------------------------------------------------------


@misconception(
    of="reverse_padded",
    diagnosis="the padding is reversed too, so short sequences begin with it",
    hint="Which argument of your function is never used? The first step of every result should be "
    "the last step of the sequence.",
    section="reverse-input",
)
def padding_reversed(x, lengths):
    return x[:, ::-1].copy()


@misconception(
    of="reverse_padded",
    diagnosis="the padding is lost: it holds zeros",
    hint="Beyond the length of a sequence the result holds what x holds there.",
    section="reverse-input",
)
def padding_zeroed(x, lengths):
    out = np.zeros_like(x)
    for n, length in enumerate(lengths):
        out[n, :length] = x[n, :length][::-1]
    return out


@misconception(
    of="reverse_padded",
    diagnosis="one step of padding is reversed with each sequence",
    hint="Steps count from 0 in code. At which place lies the last step of a sequence of length 1?",
    section="reverse-input",
)
def one_place_too_far(x, lengths):
    out = x.copy()
    for n, length in enumerate(lengths):
        out[n, : length + 1] = x[n, : length + 1][::-1]
    return out


one_place_too_short = misconception(
    of="reverse_padded",
    diagnosis="the last step of each sequence stays in its place",
    hint="Steps count from 0 in code. Which steps does a sequence of length 2 have?",
    section="reverse-input",
    change={"t < ends, ends - 1 - t": "t < ends - 1, ends - 2 - t"},
)


longest_for_all = misconception(
    of="reverse_padded",
    diagnosis="all rows are reversed within the length of the longest sequence",
    hint="Each row has a length of its own.",
    section="reverse-input",
    change={"np.asarray(lengths)[:, None]": "int(np.max(lengths))"},
)


@misconception(
    of="reverse_padded",
    diagnosis="the order of the sequences is reversed, not the order of their steps",
    hint="Axis 0 is the batch. Which axis is time?",
    section="reverse-input",
)
def batch_reversed(x, lengths):
    return x[::-1].copy()


@misconception(
    of="reverse_padded",
    diagnosis="the numbers within each vector are reversed as well",
    hint="Reverse along the time axis only. How many axes does your flip turn?",
    section="reverse-input",
)
def vectors_reversed_too(x, lengths):
    out = x.copy()
    for n, length in enumerate(lengths):
        out[n, :length] = np.flip(x[n, :length])
    return out


reversed_in_place = misconception(
    of="reverse_padded",
    diagnosis="x itself is changed",
    hint="Assigning an array to a second name makes no copy, and writing into a part of it changes"
    " the one array that both names stand for.",
    section="reverse-input",
    change={
        "return x[np.arange(N)[:, None], places]": """
        x[:] = x[np.arange(N)[:, None], places]
        return x.copy()
        """,
    },
)


@misconception(
    of="reverse_padded",
    diagnosis="nothing is reversed",
    hint="A slice is a new view; reversing it, or a copy, leaves the result as it was until it is "
    "stored.",
    section="reverse-input",
)
def result_not_stored(x, lengths):
    out = x.copy()
    for n, length in enumerate(lengths):
        np.flip(out[n, :length], axis=0)
    return out


reversed_into_float64 = misconception(
    of="reverse_padded",
    diagnosis="the result has another type than x",
    hint="An array of zeros is float64 unless it is told otherwise. Make the result like x.",
    section="reverse-input",
    change={"[:, None], places]": "[:, None], places].astype(np.float64)"},
)


rolled_with_padding = misconception(
    of="reverse_padded",
    diagnosis="the sequences are right, but the padding is turned round too",
    hint="Everything was reversed and then shifted, the padding included. It should stay as it was "
    "in x.",
    section="reverse-input",
    change={"np.where(t < ends, ends - 1 - t, t)": "(ends - 1 - t) % T"},
)


counted_from_the_end = misconception(
    of="reverse_padded",
    diagnosis="the steps are taken from the end of the row, where the padding is",
    hint="A negative start counts from the end of the whole row, not of the sequence.",
    section="reverse-input",
    change={"ends - 1 - t": "T - 1 - t"},
)
