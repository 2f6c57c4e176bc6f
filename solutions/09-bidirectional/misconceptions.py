"""Wrong implementations that people really write, with what to say to them.

An entry with `change` is the solution of the function in `of` with these fragments replaced. What
is another approach is written out; it may use what the notebook defines, nothing of this file.
"""

import numpy as np

from autograder.authoring.catalogue import misconception

# --- 1. the order of reading ----------------------------------------------------------------


@misconception(
    of="reading_order",
    diagnosis="the padding is turned round too: every row begins with the last step of the batch",
    hint="Which argument of your function is never used? A row should begin with its own last "
    "real step.",
    section="reading-from-the-end",
)
def padding_read_first(lengths, T):
    return np.tile(np.arange(T)[::-1], (len(lengths), 1))


order_one_too_far = misconception(
    of="reading_order",
    diagnosis="one step of padding is turned round with each sequence",
    hint="Steps count from 0. At which step is the last symbol of a sequence of length 1?",
    section="reading-from-the-end",
    change={"t < ends, ends - 1 - t": "t <= ends, ends - t"},
)


order_of_the_longest = misconception(
    of="reading_order",
    diagnosis="all rows are turned round within the length of the longest sequence",
    hint="Each row has a length of its own.",
    section="reading-from-the-end",
    change={"np.asarray(lengths)[:, None]": "np.full((len(lengths), 1), np.max(lengths))"},
)


order_negative_in_the_padding = misconception(
    of="reading_order",
    diagnosis="the padding has negative steps, which index from the end",
    hint="What does your formula give for a step beyond the end? The padding keeps its own order.",
    section="reading-from-the-end",
    change={"np.where(t < ends, ends - 1 - t, t)": "ends - 1 - t"},
)


order_zero_in_the_padding = misconception(
    of="reading_order",
    diagnosis="the padding is filled with step 0",
    hint="An array of zeros that is filled up to the length stays zero behind it. What should "
    "stand in the padding?",
    section="reading-from-the-end",
    change={"ends - 1 - t, t)": "ends - 1 - t, 0)"},
)


@misconception(
    of="reading_order",
    diagnosis="nothing is turned round: this is the order of the forward direction",
    hint="At which step should the reverse direction begin?",
    section="reading-from-the-end",
)
def order_of_the_forward_direction(lengths, T):
    return np.tile(np.arange(T), (len(lengths), 1))


order_in_floats = misconception(
    of="reading_order",
    diagnosis="the order holds floating-point numbers, which cannot be used as indices",
    hint="An array of zeros is float64 unless it is told otherwise.",
    section="reading-from-the-end",
    change={
        "np.where(t < ends, ends - 1 - t, t)": "np.where(t < ends, ends - 1 - t, t).astype(float)",
    },
)


order_begins_behind_the_end = misconception(
    of="reading_order",
    diagnosis="the order begins one step behind the end of each sequence",
    hint="Steps count from 0. At which step is the last symbol of a sequence of length 1?",
    section="reading-from-the-end",
    change={"ends - 1 - t": "ends - t"},
)


# --- 2. one direction -----------------------------------------------------------------------


reverse_through_the_padding = misconception(
    of="rnn_direction",
    diagnosis="the reverse direction reads the padding before the sequence, and its state is no "
    "longer zero when the last real step comes",
    hint="At which step does a row of length 4 have to begin? What should its state be until then?",
    section="reading-from-the-end",
    change={
        """
        running = (t < np.asarray(lengths))[:, None]
        h_t = np.where(running, np.tanh(x[:, t] @ W_x.T + h_t @ W_h.T + b), h_t)
        """: "h_t = np.tanh(x[:, t] @ W_x.T + h_t @ W_h.T + b)",
    },
)


@misconception(
    of="rnn_direction",
    diagnosis="the states of the reverse direction stand in the order of reading: they were not "
    "turned back",
    hint="After the reverse direction has read the last symbol, at which step should that state "
    "stand?",
    section="reading-from-the-end",
)
def not_turned_back(x, lengths, W_x, W_h, b, reverse=False):
    N, T, _ = x.shape
    t, ends = np.arange(T), np.asarray(lengths)[:, None]
    if reverse:
        x = x[np.arange(N)[:, None], np.where(t < ends, ends - 1 - t, t)]
    h, h_t = np.zeros((N, T, len(b)), dtype=x.dtype), np.zeros((N, len(b)), dtype=x.dtype)
    for t in range(T):
        h_t = np.tanh(x[:, t] @ W_x.T + h_t @ W_h.T + b)
        h[:, t] = h_t
    return h


always_forward = misconception(
    of="rnn_direction",
    diagnosis="the argument reverse has no effect: both directions read forward",
    hint="Which line of your function depends on the direction?",
    section="two-directions",
    change={"reversed(range(T)) if reverse else range(T)": "range(T)"},
)


directions_exchanged = misconception(
    of="rnn_direction",
    diagnosis="the directions are exchanged: without reverse it reads from the end",
    hint="Read your condition aloud. What is reverse when the function is called without it?",
    section="two-directions",
    change={
        """
        h = np.zeros((N, T, len(b)), dtype=x.dtype)
        h_t = np.zeros((N, len(b)), dtype=x.dtype)
        for t in reversed(range(T)) if reverse else range(T):
        """: """
        h, h_t = np.zeros((N, T, len(b)), dtype=x.dtype), np.zeros((N, len(b)), dtype=x.dtype)
        for t in range(T) if reverse else reversed(range(T)):
        """,
    },
)

one_step_of_padding_read = misconception(
    of="rnn_direction",
    diagnosis="one step of padding is read: the reverse direction begins one step too late in the "
    "batch",
    hint="Steps count from 0. Is step 4 a real step of a sequence of length 4?",
    section="reading-from-the-end",
    change={
        """
        h = np.zeros((N, T, len(b)), dtype=x.dtype)
        h_t = np.zeros((N, len(b)), dtype=x.dtype)
        """: """
        h, h_t = np.zeros((N, T, len(b)), dtype=x.dtype), np.zeros((N, len(b)), dtype=x.dtype)
        """,
        "t < np.asarray(lengths)": "t <= np.asarray(lengths)",
    },
)

last_real_step_missed = misconception(
    of="rnn_direction",
    diagnosis="the last real step of each sequence is not read",
    hint="Steps count from 0. Which is the last real step of a sequence of length 4?",
    section="reading-from-the-end",
    change={
        """
        h = np.zeros((N, T, len(b)), dtype=x.dtype)
        h_t = np.zeros((N, len(b)), dtype=x.dtype)
        """: """
        h, h_t = np.zeros((N, T, len(b)), dtype=x.dtype), np.zeros((N, len(b)), dtype=x.dtype)
        """,
        "np.asarray(lengths)": "np.asarray(lengths) - 1",
    },
)


state_before_the_step = misconception(
    of="rnn_direction",
    diagnosis="h[:, t] is the state before x[:, t] is read",
    hint="In which order do you take the step and store the state?",
    section="two-directions",
    change={
        "running = (t < np.asarray(lengths))[:, None]": """
        h[:, t] = h_t
        running = (t < np.asarray(lengths))[:, None]
        """,
        "h[:, t] = h_t": "",
    },
)


bias_missing = misconception(
    of="rnn_direction",
    diagnosis="the bias b is missing",
    hint="Count the terms inside the tanh of the equation, then count yours.",
    section="two-directions",
    change={
        """
        h = np.zeros((N, T, len(b)), dtype=x.dtype)
        h_t = np.zeros((N, len(b)), dtype=x.dtype)
        """: """
        h, h_t = np.zeros((N, T, len(b)), dtype=x.dtype), np.zeros((N, len(b)), dtype=x.dtype)
        """,
        "W_h.T + b": "W_h.T",
    },
)

recurrent_weights_transposed = misconception(
    of="rnn_direction",
    diagnosis="W_h is used transposed",
    hint="W_h is square, so the shapes fit either way. Compare with how you use W_x.",
    section="two-directions",
    change={
        """
        h = np.zeros((N, T, len(b)), dtype=x.dtype)
        h_t = np.zeros((N, len(b)), dtype=x.dtype)
        """: """
        h, h_t = np.zeros((N, T, len(b)), dtype=x.dtype), np.zeros((N, len(b)), dtype=x.dtype)
        """,
        "W_h.T + b": "W_h + b",
    },
)


state_not_handed_on = misconception(
    of="rnn_direction",
    diagnosis="the state is not handed on: every step begins with a zero state",
    hint="What does the variable that holds the state contain when the second step begins?",
    section="two-directions",
    change={" + h_t @ W_h.T": ""},
)


@misconception(
    of="rnn_direction",
    diagnosis="x itself is turned round: the caller's array has another order after the call",
    hint="Assigning to a part of an array changes the one array that both names stand for.",
    section="reading-from-the-end",
)
def x_turned_in_place(x, lengths, W_x, W_h, b, reverse=False):
    N, T, _ = x.shape
    t, ends = np.arange(T), np.asarray(lengths)[:, None]
    places = np.where(t < ends, ends - 1 - t, t) if reverse else np.tile(t, (N, 1))
    rows = np.arange(N)[:, None]
    x[:] = x[rows, places]
    h, h_t = np.zeros((N, T, len(b)), dtype=x.dtype), np.zeros((N, len(b)), dtype=x.dtype)
    for t in range(T):
        h_t = np.tanh(x[:, t] @ W_x.T + h_t @ W_h.T + b)
        h[:, t] = h_t
    return h[rows, places]


states_in_float64 = misconception(
    of="rnn_direction",
    diagnosis="float32 arrays give a float64 result",
    hint="An array of zeros is float64 unless it is told otherwise.",
    section="two-directions",
    change={
        """
        h = np.zeros((N, T, len(b)), dtype=x.dtype)
        h_t = np.zeros((N, len(b)), dtype=x.dtype)
        """: "h, h_t = np.zeros((N, T, len(b))), np.zeros((N, len(b)))",
    },
)


# --- 3. both directions ---------------------------------------------------------------------

weights_shared = misconception(
    of="bidirectional_forward",
    diagnosis="both directions use the weights of the forward one",
    hint="Which argument of your function is never used?",
    section="two-directions",
    change={"weights_reverse, reverse": "weights, reverse"},
)

directions_added = misconception(
    of="bidirectional_forward",
    diagnosis="the states of the two directions are added, where they should stand side by side",
    hint="How many numbers should the result have for each step?",
    section="two-directions",
    change={
        """
        reverse = rnn_direction(x, lengths, *weights_reverse, reverse=True)
        return np.concatenate([forward, reverse], axis=2)
        """: "return forward + rnn_direction(x, lengths, *weights_reverse, reverse=True)",
    },
)

reverse_first = misconception(
    of="bidirectional_forward",
    diagnosis="the reverse direction stands first",
    hint="The docstring names the order of the two halves.",
    section="two-directions",
    change={"forward, reverse": "reverse, forward"},
)


both_forward = misconception(
    of="bidirectional_forward",
    diagnosis="both halves read forward",
    hint="How does part 2 learn in which direction to read?",
    section="two-directions",
    change={", reverse=True": ""},
)


halves_not_aligned = misconception(
    of="bidirectional_forward",
    diagnosis="the second half stands in the order of reading: at step 0 is the state that has "
    "read the last symbol alone",
    hint="Both halves at step t should have just read the symbol at step t. Which one has your "
    "reverse half read?",
    section="reading-from-the-end",
    change={
        "reverse = rnn_direction(x, lengths, *weights_reverse, reverse=True)": """
        turned = x[np.arange(len(x))[:, None], reading_order(lengths, x.shape[1])]
        reverse = rnn_direction(turned, lengths, *weights_reverse)
        """,
    },
)


# --- 4. both ends ---------------------------------------------------------------------------


@misconception(
    of="both_ends",
    diagnosis="both halves are taken at the last step of the batch, which may be padding",
    hint="Where does a sequence of length 3 end? And which direction has read all of it there?",
    section="both-ends",
)
def last_column_of_both(h, lengths):
    return h[:, -1].copy()


@misconception(
    of="both_ends",
    diagnosis="both halves are taken at the last real step, where the reverse direction has read "
    "one symbol only",
    hint="At which step has the reverse direction read the whole sequence?",
    section="both-ends",
)
def last_real_step_of_both(h, lengths):
    return h[np.arange(len(h)), np.asarray(lengths) - 1]


where_each_begins = misconception(
    of="both_ends",
    diagnosis="the ends are exchanged: each direction is read where it has begun",
    hint="The reverse direction begins at the last real step. Where is it done?",
    section="both-ends",
    change={"- 1, :H": "- 1, H:", "last, h[:, 0, H:]": "h[:, 0, :H], last"},
)

forward_half_from_the_padding = misconception(
    of="both_ends",
    diagnosis="the forward half is taken at the last step of the batch, padding or not",
    hint="What stands in the padding of h must have no influence. Which argument is never used?",
    section="both-ends",
    change={
        """
        last = h[np.arange(len(h)), np.asarray(lengths) - 1, :H]
        return np.concatenate([last, h[:, 0, H:]], axis=1)
        """: "return np.concatenate([h[:, -1, :H], h[:, 0, H:]], axis=1)",
    },
)

one_step_behind_the_end = misconception(
    of="both_ends",
    diagnosis="the forward half is taken one step after the end",
    hint="Steps count from 0. Which is the last real step of a sequence of length 1?",
    section="both-ends",
    change={
        "last = h[np.arange(len(h)), np.asarray(lengths) - 1, :H]": (
            "at = np.minimum(lengths, h.shape[1] - 1)"
        ),
        "last, h[:, 0, H:]": "h[np.arange(len(h)), at, :H], h[:, 0, H:]",
    },
)

ends_added = misconception(
    of="both_ends",
    diagnosis="the two ends are added, where they should stand side by side",
    hint="How many numbers should the result have for each sequence?",
    section="both-ends",
    change={
        """
        last = h[np.arange(len(h)), np.asarray(lengths) - 1, :H]
        return np.concatenate([last, h[:, 0, H:]], axis=1)
        """: "return h[np.arange(len(h)), np.asarray(lengths) - 1, :H] + h[:, 0, H:]",
    },
)

halves_exchanged = misconception(
    of="both_ends",
    diagnosis="the halves are exchanged: the forward direction has the first half of h",
    hint="How does part 3 put the two directions together?",
    section="two-directions",
    change={"- 1, :H": "- 1, H:", ":, 0, H:": ":, 0, :H"},
)


# --- 5. both ends, backward -----------------------------------------------------------------


@misconception(
    of="both_ends_backward",
    diagnosis="both halves go to the last real step",
    hint="A gradient goes to the place where its number was picked. Where did part 4 pick the "
    "reverse half?",
    section="both-ends",
)
def all_to_the_last_real_step(ds, lengths, T):
    dh = np.zeros((len(ds), T, ds.shape[1]), dtype=ds.dtype)
    dh[np.arange(len(ds)), np.asarray(lengths) - 1] = ds
    return dh


gradient_into_the_padding = misconception(
    of="both_ends_backward",
    diagnosis="the forward half goes to the last step of the batch, padding or not",
    hint="A gradient goes to the place where its number was picked. Where does a sequence of "
    "length 3 end?",
    section="both-ends",
    change={
        "N, H = len(ds), ds.shape[1] // 2": "H = ds.shape[1] // 2",
        "N, T, 2": "len(ds), T, 2",
        "np.arange(N), np.asarray(lengths) - 1": ":, -1",
    },
)


@misconception(
    of="both_ends_backward",
    diagnosis="the gradient goes to every step",
    hint="Does the readout depend on the states in the middle?",
    section="both-ends",
)
def gradient_at_every_step(ds, lengths, T):
    return np.repeat(ds[:, None], T, axis=1)


gradient_where_each_begins = misconception(
    of="both_ends_backward",
    diagnosis="the ends are exchanged",
    hint="A gradient goes to the place where its number was picked. Where is the forward "
    "direction done?",
    section="both-ends",
    change={
        "lengths) - 1, :H] = ds[:, :H]": "lengths) - 1, H:] = ds[:, H:]",
        "dh[:, 0, H:] = ds[:, H:]": "dh[:, 0, :H] = ds[:, :H]",
    },
)


gradient_at_the_ends_of_all = misconception(
    of="both_ends_backward",
    diagnosis="in each row the forward half goes to the ends of all sequences",
    hint="An index `dh[:, lengths - 1]` takes these steps in every row. Each row has one end.",
    section="both-ends",
    change={
        "N, H = len(ds), ds.shape[1] // 2": "H = ds.shape[1] // 2",
        "N, T, 2": "len(ds), T, 2",
        "dh[np.arange(N), np.asarray(lengths) - 1, :H] = ds[:, :H]": (
            "dh[:, np.asarray(lengths) - 1, :H] = ds[:, None, :H]"
        ),
    },
)

gradient_of_other_rows = misconception(
    of="both_ends_backward",
    diagnosis="the rows are mixed up: at each row's end stand the gradients of other sequences",
    hint="An index `dh[:, lengths - 1]` takes these steps in every row. Each row has one end.",
    section="both-ends",
    change={
        "N, H = len(ds), ds.shape[1] // 2": "H = ds.shape[1] // 2",
        "N, T, 2": "len(ds), T, 2",
        "np.arange(N)": ":",
    },
)


# --- 6. one direction, backward -------------------------------------------------------------


backward_always_forward = misconception(
    of="direction_backward",
    diagnosis="the argument reverse has no effect: both directions are taken back as the forward "
    "one",
    hint="Which line of your function depends on the direction? Two things do: the order of the "
    "steps, and the state before each.",
    section="bi-backward",
    change={
        "N, T, H = h.shape": """
        reverse = False
        N, T, H = h.shape
        """,
    },
)


state_before_on_the_wrong_side = misconception(
    of="direction_backward",
    diagnosis="in the reverse direction the state before step t is taken from step t - 1",
    hint="The reverse direction comes from the right. At which step was it before it read step t?",
    section="bi-backward",
    change={"[h[:, 1:], nothing]": "[nothing, h[:, :-1]]"},
)


first_state_from_the_padding = misconception(
    of="direction_backward",
    diagnosis="the state before the last real step is taken from the padding, where it should be "
    "zero",
    hint="Where does the reverse direction begin in a row that is shorter than the batch? Which "
    "state did it have before?",
    section="bi-backward",
    change={
        "N, T, H = h.shape": "T = h.shape[1]",
        "h, x, dh = (np.where(inside, array, 0) for array in (h, x, dh))": "",
        """
        da_rows = da.reshape(N * T, H)
        dW_x = da_rows.T @ x.reshape(N * T, -1)
        dW_h = da_rows.T @ h_before.reshape(N * T, H)
        return da @ W_x, dW_x, dW_h, da_rows.sum(axis=0)
        """: """
        dW_x, dW_h = np.einsum("nth,ntd->hd", da, x), np.einsum("nth,ntk->hk", da, h_before)
        return da @ W_x, dW_x, dW_h, da.sum(axis=(0, 1))
        """,
    },
)

in_the_order_of_reading = misconception(
    of="direction_backward",
    diagnosis="the backward pass goes through the steps in the order in which they were read",
    hint="A step can be taken back only when all that was computed from it has been. Which step "
    "of the reverse direction was computed last?",
    section="bi-backward",
    change={
        "N, T, H = h.shape": "T = h.shape[1]",
        "for t in range(T) if reverse else reversed(range(T)):": (
            "for t in reversed(range(T)) if reverse else range(T):"
        ),
        """
        da_rows = da.reshape(N * T, H)
        dW_x = da_rows.T @ x.reshape(N * T, -1)
        dW_h = da_rows.T @ h_before.reshape(N * T, H)
        return da @ W_x, dW_x, dW_h, da_rows.sum(axis=0)
        """: """
        dW_x, dW_h = np.einsum("nth,ntd->hd", da, x), np.einsum("nth,ntk->hk", da, h_before)
        return da @ W_x, dW_x, dW_h, da.sum(axis=(0, 1))
        """,
    },
)


nothing_handed_back = misconception(
    of="direction_backward",
    diagnosis="nothing is handed back from step to step: each step gets its own gradient alone",
    hint="A state acts on the loss directly, and through the step that is read next.",
    section="bi-backward",
    change={"dh_next = da[:, t] @ W_h": ""},
)


slope_missing = misconception(
    of="direction_backward",
    diagnosis="the slope of tanh is missing",
    hint="Between a state and its pre-activation stands a tanh. What does the chain rule do with "
    "it?",
    section="bi-backward",
    change={
        "N, T, H = h.shape": "T = h.shape[1]",
        "inside[:, t], (dh[:, t] + dh_next) * (1 - h[:, t] ** 2)": (
            "inside[:, t], dh[:, t] + dh_next"
        ),
        """
        da_rows = da.reshape(N * T, H)
        dW_x = da_rows.T @ x.reshape(N * T, -1)
        dW_h = da_rows.T @ h_before.reshape(N * T, H)
        return da @ W_x, dW_x, dW_h, da_rows.sum(axis=0)
        """: """
        dW_x, dW_h = np.einsum("nth,ntd->hd", da, x), np.einsum("nth,ntk->hk", da, h_before)
        return da @ W_x, dW_x, dW_h, da.sum(axis=(0, 1))
        """,
    },
)

handed_back_past_the_slope = misconception(
    of="direction_backward",
    diagnosis="what is handed back is added behind the slope of tanh, where it should be added "
    "before",
    hint="Both parts of a state's gradient, the direct one and the one handed back, go through its "
    "tanh.",
    section="bi-backward",
    change={
        "N, T, H = h.shape": "T = h.shape[1]",
        "inside[:, t], (dh[:, t] + dh_next) * (1 - h[:, t] ** 2)": (
            "inside[:, t], dh[:, t] * (1 - h[:, t] ** 2) + dh_next"
        ),
        """
        da_rows = da.reshape(N * T, H)
        dW_x = da_rows.T @ x.reshape(N * T, -1)
        dW_h = da_rows.T @ h_before.reshape(N * T, H)
        return da @ W_x, dW_x, dW_h, da_rows.sum(axis=0)
        """: """
        dW_x, dW_h = np.einsum("nth,ntd->hd", da, x), np.einsum("nth,ntk->hk", da, h_before)
        return da @ W_x, dW_x, dW_h, da.sum(axis=(0, 1))
        """,
    },
)


padding_counts = misconception(
    of="direction_backward",
    diagnosis="the padding has an influence: its gradients flow into the sequences and the weights",
    hint="What stands in the padding of dh and h must count for nothing. Where does your function "
    "use the lengths?",
    section="bi-backward",
    change={
        """
        inside = (np.arange(T) < np.asarray(lengths)[:, None])[..., None]
        h, x, dh = (np.where(inside, array, 0) for array in (h, x, dh))
        """: "",
        "np.where(inside[:, t], (dh[:, t] + dh_next) * (1 - h[:, t] ** 2), 0)": (
            "(dh[:, t] + dh_next) * (1 - h[:, t] ** 2)"
        ),
    },
)


recurrent_gradient_with_the_state_after = misconception(
    of="direction_backward",
    diagnosis="dW_h is formed with the state after the step, not with the one before it",
    hint="Which state did W_h multiply when step t was computed?",
    section="bi-backward",
    change={"h_before.reshape(": "h.reshape("},
)


handed_back_through_the_transpose = misconception(
    of="direction_backward",
    diagnosis="W_h is used transposed on the way back",
    hint="W_h is square, so the shapes fit either way. For a column the formula has the "
    "transpose; what is it for a row?",
    section="bi-backward",
    change={"da[:, t] @ W_h": "da[:, t] @ W_h.T"},
)


dh_overwritten = misconception(
    of="direction_backward",
    diagnosis="dh is overwritten: the caller's array holds other gradients after the call",
    hint="The operator += writes into the array on its left, also when that is a part of another.",
    section="bi-backward",
    change={
        "N, T, H = h.shape": "T = h.shape[1]",
        "h, x, dh = (np.where(inside, array, 0) for array in (h, x, dh))": """
        h, x = np.where(inside, h, 0), np.where(inside, x, 0)
        dh *= inside
        """,
        """
        da_rows = da.reshape(N * T, H)
        dW_x = da_rows.T @ x.reshape(N * T, -1)
        dW_h = da_rows.T @ h_before.reshape(N * T, H)
        return da @ W_x, dW_x, dW_h, da_rows.sum(axis=0)
        """: """
        dW_x, dW_h = np.einsum("nth,ntd->hd", da, x), np.einsum("nth,ntk->hk", da, h_before)
        return da @ W_x, dW_x, dW_h, da.sum(axis=(0, 1))
        """,
    },
)


# --- 7. both directions, backward -----------------------------------------------------------


dx_of_the_forward_direction = misconception(
    of="bidirectional_backward",
    diagnosis="dx is that of the forward direction alone",
    hint="Which networks have read the input? Where a quantity is used twice, its gradients are "
    "added.",
    section="bi-backward",
    change={"dx + dx_reverse": "dx"},
)


dx_side_by_side = misconception(
    of="bidirectional_backward",
    diagnosis="dx holds the two directions' gradients side by side, where they should be added",
    hint="What shape has x? A gradient has the shape of what it belongs to.",
    section="bi-backward",
    change={"dx + dx_reverse": "np.concatenate([dx, dx_reverse], axis=2)"},
)


reverse_not_passed_on = misconception(
    of="bidirectional_backward",
    diagnosis="the reverse direction is taken back as if it had read forward",
    hint="How does part 6 learn in which direction the states were computed?",
    section="bi-backward",
    change={", reverse=True": ""},
)


back_through_shared_weights = misconception(
    of="bidirectional_backward",
    diagnosis="both directions are taken back through the weights of the forward one",
    hint="Which argument of your function is never used?",
    section="bi-backward",
    change={"weights_reverse[:2]": "weights[:2]"},
)


weight_gradients_added = misconception(
    of="bidirectional_backward",
    diagnosis="the weights' gradients of the two directions are added, as if they shared weights",
    hint="Gradients are added where a weight is used twice. Is there a weight that both "
    "directions use?",
    section="bi-backward",
    change={
        "return dx + dx_reverse, tuple(grads), tuple(grads_reverse)": """
        both = tuple(a + b for a, b in zip(grads, grads_reverse, strict=True))
        return dx + dx_reverse, both, both
        """,
    },
)


# --- 8. how many parameters -----------------------------------------------------------------

output_sees_one_half = misconception(
    of="count_parameters",
    diagnosis="with two directions the output layer is counted as if its input had H numbers",
    hint="How many numbers does the output layer get at each step?",
    section="bi-count",
    change={
        """
        directions = 2 if bidirectional else 1
        return directions * (H * D + H * H + H) + C * directions * H + C
        """: "return (2 if bidirectional else 1) * (H * D + H * H + H) + C * H + C",
    },
)

one_network_of_both = misconception(
    of="count_parameters",
    diagnosis="two directions are counted as one network with 2H units, whose W_h would be 2H by "
    "2H",
    hint="Does a unit of one direction get the states of the other?",
    section="bi-count",
    change={
        "directions = 2 if bidirectional else 1": "units = 2 * H if bidirectional else H",
        "directions * (H * D + H * H + H) + C * directions * H + C": (
            "units * D + units * units + units + C * units + C"
        ),
    },
)

output_bias_doubled = misconception(
    of="count_parameters",
    diagnosis="all is doubled, the bias of the output layer too",
    hint="How many output layers are there?",
    section="bi-count",
    change={
        """
        directions = 2 if bidirectional else 1
        return directions * (H * D + H * H + H) + C * directions * H + C
        """: "return (2 if bidirectional else 1) * (H * D + H * H + H + C * H + C)",
    },
)

biases_not_counted = misconception(
    of="count_parameters",
    diagnosis="the biases are not counted",
    hint="Each direction adds a vector inside its tanh, the output layer another.",
    section="bi-count",
    change={
        "directions * (H * D + H * H + H) + C * directions * H + C": (
            "directions * (H * D + H * H) + C * directions * H"
        ),
    },
)

two_biases_each = misconception(
    of="count_parameters",
    diagnosis="each direction is counted with two biases, as PyTorch stores them",
    hint="The network of part 2 adds one bias.",
    section="bi-count",
    change={"H * H + H": "H * H + 2 * H"},
)

output_bias_missing = misconception(
    of="count_parameters",
    diagnosis="the bias of the output layer is not counted",
    hint="The output layer adds a vector too.",
    section="bi-count",
    change={
        "directions * (H * D + H * H + H) + C * directions * H + C": (
            "directions * (H * D + H * H + H + C * H)"
        ),
    },
)


# --- 9. does it look ahead ------------------------------------------------------------------

past_counts_too = misconception(
    of="lookahead",
    diagnosis="outputs after the changed step count as well: a model may depend on its past",
    hint="Looking ahead means that an output *before* the changed step moves.",
    section="looks-ahead",
    change={
        """
        if moved[:k].any():
            most = max(most, k - int(np.argmax(moved)))
        """: "most = max([most, *(abs(k - int(t)) for t in np.flatnonzero(moved))])",
    },
)

small_leak_overlooked = misconception(
    of="lookahead",
    diagnosis="small changes are overlooked: the threshold is larger than 1e-6",
    hint="A leak of one part in a thousand is a leak. Which change counts as moved?",
    section="looks-ahead",
    change={
        "np.abs(run_model(name, changed) - before).max(axis=(0, 2)) > 1e-6": (
            "np.abs(run_model(name, changed) - before).max(axis=(0, 2)) > 1e-2"
        ),
    },
)


only_the_last_step_changed = misconception(
    of="lookahead",
    diagnosis="only the last step of the input is changed",
    hint="A leak may be anywhere in the sequence. Change every step in turn.",
    section="looks-ahead",
    change={"for k in range(x.shape[1]):": "for k in [x.shape[1] - 1]:"},
)


@misconception(
    of="lookahead",
    diagnosis="this is the smallest number of steps ahead, not the largest",
    hint="If an output moves that lies one step before the change and another that lies five "
    "before it, how far does the model look?",
    section="looks-ahead",
)
def nearest_instead_of_farthest(name, x):
    before, found = run_model(name, x), []
    for k in range(x.shape[1]):
        changed = x.copy()
        changed[:, k] += 1
        moved = np.abs(run_model(name, changed) - before).max(axis=(0, 2)) > 1e-6
        found += [k - int(t) for t in np.flatnonzero(moved[:k])]
    return min(found, default=0)


whether_and_not_how_far = misconception(
    of="lookahead",
    diagnosis="the result says whether the model looks ahead, and not how far",
    hint="The docstring promises a number of steps.",
    section="looks-ahead",
    change={"k - int(np.argmax(moved))": "1"},
)


x_changed_by_the_test = misconception(
    of="lookahead",
    diagnosis="x is changed: the caller's array holds other numbers after the call",
    hint="The operator += writes into the array on its left. Change a copy.",
    section="looks-ahead",
    change={
        """
        changed = x.copy()
        changed[:, k] += 1
        moved = np.abs(run_model(name, changed) - before).max(axis=(0, 2)) > 1e-6
        """: """
        x[:, k] += 1
        after = run_model(name, x)
        moved = np.abs(after - before).max(axis=(0, 2)) > 1e-6
        before = after
        """,
    },
)

changes_add_up = misconception(
    of="lookahead",
    diagnosis="the changes add up: when step k is changed, the steps before it still are",
    hint="Which input does each change start from? It should be the unchanged one, for every k.",
    section="looks-ahead",
    change={
        "most = run_model(name, x)": "changed, most = run_model(name, x), x.copy()",
        "changed = x.copy()": "",
    },
)

falling_outputs_overlooked = misconception(
    of="lookahead",
    diagnosis="only outputs that grow count as moved",
    hint="A change may have either sign. What does your comparison say to a change of -1?",
    section="looks-ahead",
    change={"np.abs(run_model(name, changed) - before)": "(run_model(name, changed) - before)"},
)
