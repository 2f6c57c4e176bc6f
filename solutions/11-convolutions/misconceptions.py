"""Wrong implementations that people really write, with what to say to them.

An entry with `change` is the solution of the function in `of` with these fragments replaced. What
is another approach is written out; it may use what the notebook defines, nothing of this file.
"""

import numpy as np

from autograder.authoring.catalogue import misconception

# --- 1. how many windows fit ----------------------------------------------------------------

one_window_missing = misconception(
    of="conv_lengths",
    diagnosis="one window is missing in every sequence",
    hint="Let the window be as wide as the sequence. How many times does it fit?",
    section="narrow-and-wide",
    change={"stride + 1": "stride"},
)

zeros_at_one_end = misconception(
    of="conv_lengths",
    diagnosis="the zeros are counted once, but they stand at both ends",
    hint="How many vectors has the sequence after zeros were put before its first and after its "
    "last step?",
    section="narrow-and-wide",
    change={"2 * zeros": "zeros"},
)

zeros_not_counted = misconception(
    of="conv_lengths",
    diagnosis="the zeros at the ends are not counted",
    hint="Which argument does your function not use?",
    section="narrow-and-wide",
    change={"lengths + 2 * zeros": "lengths"},
)

rounded_up = misconception(
    of="conv_lengths",
    diagnosis="the division is rounded up: the last window reaches beyond the end",
    hint="A window that fits only in part does not count.",
    section="narrow-and-wide",
    change={
        "np.maximum((lengths + 2 * zeros - width) // stride + 1, 0)": (
            "np.maximum(-((width - lengths - 2 * zeros) // stride) + 1, 0)"
        ),
    },
)

negative_counts = misconception(
    of="conv_lengths",
    diagnosis="the count is below 0 where no window fits",
    hint="What does your formula give for a window that is much wider than the sequence?",
    section="narrow-and-wide",
    change={
        "np.maximum((lengths + 2 * zeros - width) // stride + 1, 0)": (
            "(lengths + 2 * zeros - width) // stride + 1"
        ),
    },
)

stride_divides_too_early = misconception(
    of="conv_lengths",
    diagnosis="the length is divided by the stride before the width is taken off",
    hint="Each window needs all its steps, whatever the stride. What is left after the first "
    "window?",
    section="narrow-and-wide",
    change={
        "np.maximum((lengths + 2 * zeros - width) // stride + 1, 0)": (
            "np.maximum((lengths + 2 * zeros) // stride - width + 1, 0)"
        ),
    },
)

one_inside_the_division = misconception(
    of="conv_lengths",
    diagnosis="the 1 is added before the division by the stride",
    hint="The 1 stands for the first window. It is there whatever the stride.",
    section="narrow-and-wide",
    change={
        "np.maximum((lengths + 2 * zeros - width) // stride + 1, 0)": (
            "np.maximum((lengths + 2 * zeros - width + 1) // stride, 0)"
        ),
    },
)

rounded_towards_zero = misconception(
    of="conv_lengths",
    diagnosis="a negative quotient is rounded towards 0, so that a window is counted where none "
    "fits",
    hint="Try a window that is one step too wide, with a stride of 2. The quotient is to be "
    "rounded down.",
    section="narrow-and-wide",
    change={
        "np.maximum((lengths + 2 * zeros - width) // stride + 1, 0)": (
            "np.maximum(np.trunc((lengths + 2 * zeros - width) / stride).astype(int) + 1, 0)"
        ),
    },
)

width_not_taken_off = misconception(
    of="conv_lengths",
    diagnosis="every step is counted as the beginning of a window, also where the window does not "
    "fit",
    hint="How many steps at the end cannot be the beginning of a whole window?",
    section="narrow-and-wide",
    change={"- width": "- 1"},
)

lengths_overwritten = misconception(
    of="conv_lengths",
    diagnosis="lengths is overwritten: the caller's array holds other numbers after the call",
    hint="The operators += and -= write into the array on their left. Give the result an array of "
    "its own.",
    section="narrow-and-wide",
    change={
        "return np.maximum((lengths + 2 * zeros - width) // stride + 1, 0)": """
        lengths += 2 * zeros - width
        return np.maximum(lengths // stride + 1, 0)
        """,
    },
)


# --- 2. convolution, forward ----------------------------------------------------------------

padding_read = misconception(
    of="conv_forward",
    diagnosis="the windows read what stands in the padding of x",
    hint="A short sequence ends before its row does. What should a window find beyond that end?",
    section="narrow-and-wide",
    change={"np.where((np.arange(T) < lengths[:, None])[..., None], x, 0)": "x"},
)

windows_beyond_the_end = misconception(
    of="conv_forward",
    diagnosis="windows beyond those of a sequence are not set to zero",
    hint="How many windows has each sequence of its own? Part 1 tells you.",
    section="narrow-and-wide",
    change={
        """
        counts = conv_lengths(lengths, W_c.shape[2], stride, zeros)
        return np.where((np.arange(a.shape[1]) < counts[:, None])[..., None], a, 0)
        """: "return a",
    },
)

steps_counted_for_windows = misconception(
    of="conv_forward",
    diagnosis="each row keeps as many windows as its sequence has steps",
    hint="A sequence has another number of windows than of steps. Part 1 counts them.",
    section="narrow-and-wide",
    change={
        """
        counts = conv_lengths(lengths, W_c.shape[2], stride, zeros)
        return np.where((np.arange(a.shape[1]) < counts[:, None])[..., None], a, 0)
        """: "return np.where((np.arange(a.shape[1]) < lengths[:, None])[..., None], a, 0)",
    },
)

filter_reversed = misconception(
    of="conv_forward",
    diagnosis="the filter is turned round: the earliest step meets the last block of W_c",
    hint="In mathematics a convolution reverses one of the two. Neither this course nor PyTorch "
    "does. Which block belongs to place 0?",
    section="ngram-filter",
    change={"W_c, axes": "W_c[:, :, ::-1], axes"},
)

weights_in_the_order_of_windows = misconception(
    of="conv_forward",
    diagnosis="the numbers of a window and the weights are laid out in different orders before "
    "they are multiplied",
    hint="In W_c the K places of one input number lie side by side. In a window that was laid "
    "flat the D numbers of one step do.",
    section="ngram-filter",
    change={
        "a = np.tensordot(windows, W_c, axes=([2, 3], [1, 2])) + b": """
        flat = windows.transpose(0, 1, 3, 2).reshape(N, windows.shape[1], -1)
        a = flat @ W_c.reshape(len(b), -1).T + b
        """,
    },
)

bias_forgotten = misconception(
    of="conv_forward",
    diagnosis="the bias b is missing",
    hint="Which argument does your function not use?",
    section="ngram-filter",
    change={
        "np.tensordot(windows, W_c, axes=([2, 3], [1, 2])) + b": (
            "np.tensordot(windows, W_c, axes=([2, 3], [1, 2]))"
        ),
    },
)

tanh_applied = misconception(
    of="conv_forward",
    diagnosis="a tanh is applied, which is not part of this function",
    hint="The function returns pre-activations. The nonlinearity comes later.",
    section="ngram-filter",
    change={
        "np.tensordot(windows, W_c, axes=([2, 3], [1, 2])) + b": (
            "np.tanh(np.tensordot(windows, W_c, axes=([2, 3], [1, 2])) + b)"
        ),
    },
)

mean_over_the_window = misconception(
    of="conv_forward",
    diagnosis="the sum over the places is divided by the width",
    hint="Look for a division in the formula.",
    section="ngram-filter",
    change={
        "np.tensordot(windows, W_c, axes=([2, 3], [1, 2])) + b": (
            "np.tensordot(windows, W_c, axes=([2, 3], [1, 2])) / W_c.shape[2] + b"
        ),
    },
)

bias_at_every_place = misconception(
    of="conv_forward",
    diagnosis="the bias is added once for each place of the window",
    hint="Is the bias inside the sum over places?",
    section="ngram-filter",
    change={
        "np.tensordot(windows, W_c, axes=([2, 3], [1, 2])) + b": (
            "np.tensordot(windows, W_c, axes=([2, 3], [1, 2])) + W_c.shape[2] * b"
        ),
    },
)

all_zeros_before = misconception(
    of="conv_forward",
    diagnosis="all zeros stand before the sequence and none after it",
    hint="Look at the first index of x for window 1 in the formula. Where does it lie for Z zeros "
    "at each end?",
    section="narrow-and-wide",
    change={"zeros : zeros + T": "2 * zeros :"},
)

all_zeros_after = misconception(
    of="conv_forward",
    diagnosis="all zeros stand after the sequence and none before it",
    hint="Where in the array with zeros does the first step of a sequence belong?",
    section="narrow-and-wide",
    change={"zeros : zeros + T": ":T"},
)

stride_begins_late = misconception(
    of="conv_forward",
    diagnosis="the first window is left out where the stride is more than 1",
    hint="The first window begins at the first vector, whatever the stride.",
    section="narrow-and-wide",
    change={"[:, ::stride]": "[:, (stride - 1) :: stride]"},
)

every_place_alike = misconception(
    of="conv_forward",
    diagnosis="only the first block of W_c is used, at every place of the window",
    hint="Each place of the window has weights of its own: K blocks in all.",
    section="ngram-filter",
    change={
        "np.tensordot(windows, W_c, axes=([2, 3], [1, 2])) + b": (
            "windows.sum(axis=3) @ W_c[:, :, 0].T + b"
        ),
    },
)

x_overwritten = misconception(
    of="conv_forward",
    diagnosis="x is overwritten: its padding holds zeros after the call",
    hint="An assignment to a part of x writes into the caller's array. Work on a copy.",
    section="narrow-and-wide",
    change={
        "N, T, D = x.shape": """
        x[np.arange(x.shape[1]) >= lengths[:, None]] = 0
        N, T, D = x.shape
        """,
        "np.where((np.arange(T) < lengths[:, None])[..., None], x, 0)": "x",
    },
)

stride_ignored = misconception(
    of="conv_forward",
    diagnosis="the window moves by one step, whatever the stride",
    hint="Which argument does your function not use?",
    section="narrow-and-wide",
    change={
        """
        np.lib.stride_tricks.sliding_window_view(padded, W_c.shape[2], axis=1)[:, ::stride]
        """: "np.lib.stride_tricks.sliding_window_view(padded, W_c.shape[2], axis=1)",
        "W_c.shape[2], stride": "W_c.shape[2], 1",
    },
)

always_double_precision = misconception(
    of="conv_forward",
    diagnosis="the result is float64 where the arrays are float32",
    hint="A new array is float64 unless you say otherwise. Which dtype has x?",
    section="ngram-filter",
    change={"x.dtype": "np.float64"},
)


# --- 3. convolution, backward ---------------------------------------------------------------

gradient_of_missing_windows = misconception(
    of="conv_backward",
    diagnosis="windows that do not exist take part, with what da holds there",
    hint="Beyond the windows of a sequence da may hold anything. What should it count for?",
    section="convolution-backward",
    change={
        """
        counts = conv_lengths(lengths, K, stride, zeros)
        da = np.where((np.arange(T_out) < counts[:, None])[..., None], da, 0)
        """: "",
    },
)

steps_kept_for_windows = misconception(
    of="conv_backward",
    diagnosis="da is kept for as many windows as the sequence has steps",
    hint="How many windows has a sequence? Count them as on the way forward.",
    section="convolution-backward",
    change={
        """
        counts = conv_lengths(lengths, K, stride, zeros)
        da = np.where((np.arange(T_out) < counts[:, None])[..., None], da, 0)
        """: "da = np.where((np.arange(T_out) < lengths[:, None])[..., None], da, 0)",
    },
)

padding_learned_from = misconception(
    of="conv_backward",
    diagnosis="dW_c is computed from what stands in the padding of x",
    hint="On the way forward a window found zeros beyond the end of a sequence. What must stand "
    "there now?",
    section="convolution-backward",
    change={"np.where(inside, x, 0)": "x"},
)

padding_gets_gradient = misconception(
    of="conv_backward",
    diagnosis="dx is not zero in the padding",
    hint="The padding had no influence on the way forward. What is its gradient?",
    section="convolution-backward",
    change={"np.where(inside, dpadded[:, zeros : zeros + T], 0)": "dpadded[:, zeros : zeros + T]"},
)

last_window_wins = misconception(
    of="conv_backward",
    diagnosis="a step that lies in several windows keeps the gradient of only one of them",
    hint="A step acts on the loss through every window that it lies in. What happens to gradients "
    "that come from several uses?",
    section="convolution-backward",
    change={"dpadded[:, at] += da": "dpadded[:, at] = da"},
)

places_reversed_in_dx = misconception(
    of="conv_backward",
    diagnosis="dx meets the blocks of W_c in reverse order",
    hint="A window gave x at its place j to block j. Which block brings the gradient back to that "
    "place?",
    section="convolution-backward",
    change={"da @ W_c[:, :, j]": "da @ W_c[:, :, K - 1 - j]"},
)

places_reversed_in_dW = misconception(
    of="conv_backward",
    diagnosis="the blocks of dW_c are in reverse order",
    hint="Which step of the window did block 0 meet on the way forward?",
    section="convolution-backward",
    change={"dW_c[:, :, j]": "dW_c[:, :, K - 1 - j]"},
)

mean_over_the_batch = misconception(
    of="conv_backward",
    diagnosis="dW_c and db are divided by the number of sequences",
    hint="The sequences share the weights. Gradients of several uses are added; a mean, if there "
    "is one, is part of the loss.",
    section="convolution-backward",
    change={"dW_c, da.sum(axis=(0, 1))": "dW_c / N, da.sum(axis=(0, 1)) / N"},
)

mean_over_the_windows = misconception(
    of="conv_backward",
    diagnosis="dW_c and db are divided by the number of windows",
    hint="Every window used the same weights. Are the gradients of several uses added or averaged?",
    section="convolution-backward",
    change={
        """
        return np.where(inside, dpadded[:, zeros : zeros + T], 0), dW_c, da.sum(axis=(0, 1))
        """: """
        return (
            np.where(inside, dpadded[:, zeros : zeros + T], 0),
            dW_c / T_out,
            da.mean(axis=1).sum(axis=0),
        )
        """,
    },
)

bias_gradient_by_window = misconception(
    of="conv_backward",
    diagnosis="db still has an axis of windows",
    hint="The bias was used in every window of every sequence. Over how many axes is its gradient "
    "summed?",
    section="convolution-backward",
    change={"axis=(0, 1)": "axis=0"},
)

bias_gradient_of_one_sequence = misconception(
    of="conv_backward",
    diagnosis="db is the sum over the first sequence only",
    hint="Over which axes of da do the uses of the bias lie?",
    section="convolution-backward",
    change={"da.sum(axis=(0, 1))": "da[0].sum(axis=0)"},
)

zeros_not_taken_off = misconception(
    of="conv_backward",
    diagnosis="dx is shifted: it begins at the zeros before the sequence",
    hint="Where in the row with zeros at both ends does step 0 of x stand?",
    section="convolution-backward",
    change={"dpadded[:, zeros : zeros + T]": "dpadded[:, :T]"},
)

stride_ignored_backward = misconception(
    of="conv_backward",
    diagnosis="windows are taken to follow each other by one step, whatever the stride",
    hint="At which step does window t begin? The stride is part of it.",
    section="convolution-backward",
    change={"stride * T_out, stride": "T_out"},
)


@misconception(
    of="conv_backward",
    diagnosis="da is overwritten: the caller's array holds another gradient after the call",
    hint="An assignment to a part of da writes into the caller's array. Make a new one.",
    section="convolution-backward",
)
def da_overwritten(da, x, lengths, W_c, stride, zeros):
    N, T, D = x.shape
    T_out, K = da.shape[1], W_c.shape[2]
    inside = (np.arange(T) < lengths[:, None])[..., None]
    counts = conv_lengths(lengths, K, stride, zeros)
    da *= 2
    da[np.arange(T_out) >= counts[:, None]] = 0
    padded = np.zeros((N, T + 2 * zeros, D), dtype=x.dtype)
    padded[:, zeros : zeros + T] = np.where(inside, x, 0)
    dpadded, dW_c = np.zeros_like(padded), np.zeros_like(W_c)
    for j in range(K):
        at = slice(j, j + stride * T_out, stride)
        dpadded[:, at] += da @ W_c[:, :, j] / 2
        dW_c[:, :, j] = np.tensordot(da, padded[:, at], axes=([0, 1], [0, 1])) / 2
    return np.where(inside, dpadded[:, zeros : zeros + T], 0), dW_c, da.sum(axis=(0, 1)) / 2


axes_of_dW = misconception(
    of="conv_backward",
    diagnosis="dW_c has its axes in the order of a window, (H, K, D)",
    hint="The gradient has the shape of what it is the gradient of.",
    section="convolution-backward",
    change={
        """
        return np.where(inside, dpadded[:, zeros : zeros + T], 0), dW_c, da.sum(axis=(0, 1))
        """: """
        return (
            np.where(inside, dpadded[:, zeros : zeros + T], 0),
            dW_c.transpose(0, 2, 1),
            da.sum(axis=(0, 1)),
        )
        """,
    },
)


# --- 4. the maximum over time ---------------------------------------------------------------


padding_wins = misconception(
    of="max_over_time",
    diagnosis="the maximum is taken over the padding too",
    hint="Windows beyond a sequence's length do not exist. What can you put in their place so "
    "that they never win?",
    section="max-over-time",
    change={
        "allowed = np.where((np.arange(T) < lengths[:, None])[..., None], h, -np.inf)": (
            "allowed = h"
        ),
    },
)


zeros_win = misconception(
    of="max_over_time",
    diagnosis="the padding is set to zero, and zero wins where all features are negative",
    hint="Which number is smaller than every feature, whatever the features are?",
    section="max-over-time",
    change={"h, -np.inf": "h, 0"},
)


minus_one_wins = misconception(
    of="max_over_time",
    diagnosis="the padding is set to -1, and wins where all features are below",
    hint="Features may be any numbers, as the docstring says. Is -1 smaller than all of them?",
    section="max-over-time",
    change={"h, -np.inf": "h, -1"},
)


last_of_equals = misconception(
    of="max_over_time",
    diagnosis="of equal features the last one is picked",
    hint="Look at the cells below: with ties the first window is asked for.",
    section="max-over-time",
    change={"allowed.argmax(axis=1)": "T - 1 - allowed[:, ::-1].argmax(axis=1)"},
)


largest_in_absolute_value = misconception(
    of="max_over_time",
    diagnosis="the feature that is largest without its sign is taken",
    hint="Minus five is smaller than one. Is there an absolute value in the formula?",
    section="max-over-time",
    change={
        "allowed = np.where((np.arange(T) < lengths[:, None])[..., None], h, -np.inf)": """
        allowed = np.where((np.arange(T) < lengths[:, None])[..., None], h, -np.inf)
        largest = np.abs(np.where(np.isinf(allowed), 0, allowed)).argmax(axis=1)
        """,
        "allowed.max(axis=1)": "np.take_along_axis(h, largest[:, None], axis=1)[:, 0]",
        "allowed.argmax(axis=1)": "largest",
    },
)


mean_over_time = misconception(
    of="max_over_time",
    diagnosis="the value is the mean over the windows and not the largest feature",
    hint="Which window does the value come from? Compare it with the feature there.",
    section="max-over-time",
    change={
        "np.where(some, allowed.max(axis=1), 0)": (
            "(h.sum(axis=1, where=np.isfinite(allowed)) / np.maximum(lengths, 1)[:, None])"
        ),
    },
)


last_window_taken = misconception(
    of="max_over_time",
    diagnosis="the features of the last window are returned",
    hint="The largest feature of a filter may stand in any window.",
    section="max-over-time",
    change={
        "allowed.max(axis=1)": "h[np.arange(len(h)), lengths - 1]",
        "allowed.argmax(axis=1)": "np.broadcast_to(lengths[:, None] - 1, h[:, 0].shape)",
    },
)


windows_from_one = misconception(
    of="max_over_time",
    diagnosis="the windows are counted from 1",
    hint="Formulas count from 1 and code from 0.",
    section="max-over-time",
    change={"allowed.argmax(axis=1)": "allowed.argmax(axis=1) + 1"},
)


empty_row_minus_infinity = misconception(
    of="max_over_time",
    diagnosis="the value of a sequence without windows is minus infinity",
    hint="The docstring says what a sequence of length 0 gets.",
    section="max-over-time",
    change={"np.where(some, allowed.max(axis=1), 0)": "allowed.max(axis=1)"},
)


empty_row_picks_first = misconception(
    of="max_over_time",
    diagnosis="a sequence without windows picks window 0, which does not exist for it",
    hint="The docstring says which number stands for no window.",
    section="max-over-time",
    change={"np.where(some, allowed.argmax(axis=1), -1)": "allowed.argmax(axis=1)"},
)


smallest_feature = misconception(
    of="max_over_time",
    diagnosis="the smallest feature is taken",
    hint="Compare the values with the features of one row.",
    section="max-over-time",
    change={
        "h, -np.inf": "h, np.inf",
        "allowed.max(": "allowed.min(",
        "allowed.argmax(": "allowed.argmin(",
    },
)


one_window_for_all_filters = misconception(
    of="max_over_time",
    diagnosis="the same window is picked for all filters of a sequence",
    hint="Each filter has its own largest feature, in its own window.",
    section="max-over-time",
    change={
        "allowed = np.where((np.arange(T) < lengths[:, None])[..., None], h, -np.inf)": """
        allowed = np.where((np.arange(T) < lengths[:, None])[..., None], h, -np.inf)
        window = allowed.max(axis=2).argmax(axis=1)
        """,
        "allowed.max(axis=1)": "allowed[np.arange(len(h)), window]",
        "allowed.argmax(axis=1)": "np.broadcast_to(window[:, None], h[:, 0].shape)",
    },
)


h_overwritten = misconception(
    of="max_over_time",
    diagnosis="h is overwritten: its padding holds other numbers after the call",
    hint="An assignment to a part of h writes into the caller's array. Work on a copy.",
    section="max-over-time",
    change={
        "allowed = np.where((np.arange(T) < lengths[:, None])[..., None], h, -np.inf)": """
        h[np.arange(T) >= lengths[:, None]] = -np.inf
        allowed = h
        """,
    },
)


# --- 5. the maximum, backward ---------------------------------------------------------------


no_window_is_the_last = misconception(
    of="max_backward",
    diagnosis="a sequence without windows gives its gradient to the last window",
    hint="An index of -1 counts from the end. Which rows must be left out?",
    section="max-backward",
    change={"== picked[:, None]": "== picked[:, None] % T"},
)


every_window_gets_it = misconception(
    of="max_backward",
    diagnosis="every window gets the gradient",
    hint="Would the maximum change if a feature in another window grew a little?",
    section="max-backward",
    change={
        "chosen = np.arange(T)[:, None] == picked[:, None]": (
            "dh = np.repeat(dpooled[:, None], T, axis=1)"
        ),
        "chosen, dpooled[:, None], 0": "(picked < 0)[:, None], 0, dh",
    },
)

shared_among_windows = misconception(
    of="max_backward",
    diagnosis="the gradient is shared equally among the windows, as for a mean",
    hint="Only one window has had an influence on the maximum.",
    section="max-backward",
    change={
        "chosen = np.arange(T)[:, None] == picked[:, None]": (
            "dh = np.repeat(dpooled[:, None] / T, T, axis=1)"
        ),
        "chosen, dpooled[:, None], 0": "(picked < 0)[:, None], 0, dh",
    },
)


@misconception(
    of="max_backward",
    diagnosis="at each picked window all filters get their gradient",
    hint="A window was picked by one filter. The others may have picked another one.",
    section="max-backward",
)
def all_filters_at_each_window(dpooled, picked, T):
    dh = np.zeros((len(picked), T, picked.shape[1]), dtype=dpooled.dtype)
    for n, row in enumerate(picked):
        if row[0] >= 0:
            dh[n, row] = dpooled[n]
    return dh


first_window_gets_it = misconception(
    of="max_backward",
    diagnosis="the gradient goes to the first window",
    hint="Which argument does your function not use?",
    section="max-backward",
    change={
        "np.arange(T)[:, None] == picked[:, None]": (
            "(np.arange(T)[:, None] == 0) & (picked[:, None] >= 0)"
        ),
    },
)


one_mask_for_all_gradients = misconception(
    of="max_backward",
    diagnosis="the places are marked with 1; the gradient that comes in is not used",
    hint="By the chain rule what comes in is multiplied by the derivative, which is 1 at the "
    "picked window.",
    section="max-backward",
    change={
        """
        chosen = np.arange(T)[:, None] == picked[:, None]
        return np.where(chosen, dpooled[:, None], 0)
        """: "return (np.arange(T)[:, None] == picked[:, None]).astype(dpooled.dtype)",
    },
)


picked_from_one = misconception(
    of="max_backward",
    diagnosis="the gradient stands one window too early",
    hint="The windows in picked are counted from 0, like the places of an array.",
    section="max-backward",
    change={"np.arange(T)[:, None]": "np.arange(1, T + 1)[:, None]"},
)


dpooled_overwritten = misconception(
    of="max_backward",
    diagnosis="dpooled is overwritten: the caller's array holds zeros where there was no window",
    hint="An assignment to a part of dpooled writes into the caller's array.",
    section="max-backward",
    change={
        "chosen = np.arange(T)[:, None] == picked[:, None]": """
        dpooled[picked < 0] = 0
        chosen = np.arange(T)[:, None] == picked[:, None]
        """,
    },
)


# --- 6. Kim's classifier --------------------------------------------------------------------

relu_for_tanh = misconception(
    of="kim_forward",
    diagnosis="the features go through max(a, 0) and not through tanh",
    hint="Kim's experiments used that nonlinearity. Step 2 of the text names another one.",
    section="kim-classifier",
    change={
        "np.tanh(conv_forward(x, lengths, W_c, b, 1, width - 1))": (
            "np.maximum(conv_forward(x, lengths, W_c, b, 1, width - 1), 0)"
        ),
    },
)

nonlinearity_forgotten = misconception(
    of="kim_forward",
    diagnosis="there is no tanh",
    hint="Step 2 of the text has two halves.",
    section="kim-classifier",
    change={
        "np.tanh(conv_forward(x, lengths, W_c, b, 1, width - 1))": (
            "conv_forward(x, lengths, W_c, b, 1, width - 1)"
        ),
    },
)

narrow_convolution = misconception(
    of="kim_forward",
    diagnosis="the convolution is narrow: no zeros at the ends",
    hint="How many zeros at each end let a window overlap the sentence by a single word?",
    section="kim-classifier",
    change={"b, 1, width - 1": "b, 1, 0", "width, 1, width - 1": "width, 1, 0"},
)

half_the_zeros = misconception(
    of="kim_forward",
    diagnosis="the convolution keeps the number of words: half of the zeros that are asked for",
    hint="How many zeros at each end let a window overlap the sentence by a single word?",
    section="kim-classifier",
    change={
        "b, 1, width - 1": "b, 1, width // 2",
        "width, 1, width - 1": "width, 1, width // 2",
    },
)

words_counted_for_windows = misconception(
    of="kim_forward",
    diagnosis="the maximum is taken over as many windows as there are words",
    hint="A wide convolution has more windows than the sentence has words.",
    section="kim-classifier",
    change={"conv_lengths(lengths, width, 1, width - 1)": "lengths"},
)

maximum_over_padding = misconception(
    of="kim_forward",
    diagnosis="the maximum is taken over the whole row, its padding included",
    hint="Where a sentence is shorter than the row, which windows does it have?",
    section="kim-classifier",
    change={"conv_lengths(lengths, width, 1, width - 1)": "np.full_like(lengths, h.shape[1])"},
)

tanh_over_the_zeros = misconception(
    of="kim_forward",
    diagnosis="the maximum is taken over all windows of the row, and the features are those of a "
    "sentence filled up with zeros",
    hint="Give the lengths to the convolution as well as to the maximum.",
    section="kim-classifier",
    change={"x, lengths": "x, np.full_like(lengths, ids.shape[1])"},
)

output_bias_forgotten = misconception(
    of="kim_forward",
    diagnosis="the bias b_y is missing",
    hint="Which argument does your function not use?",
    section="kim-classifier",
    change={"W_y.T + b_y": "W_y.T"},
)

softmax_applied = misconception(
    of="kim_forward",
    diagnosis="the logits were turned into probabilities",
    hint="The function returns scores. The softmax belongs to the loss.",
    section="kim-classifier",
    change={
        "return pooled @ W_y.T + b_y, pooled, picked": """
        z = pooled @ W_y.T + b_y
        z = np.exp(z - z.max(axis=1, keepdims=True))
        return z / z.sum(axis=1, keepdims=True), pooled, picked
        """,
    },
)

widths_in_reverse = misconception(
    of="kim_forward",
    diagnosis="the widths stand in reverse order",
    hint="The docstring gives the order in which the maxima stand side by side.",
    section="kim-classifier",
    change={"found, strict": "found[::-1], strict"},
)

tanh_twice = misconception(
    of="kim_forward",
    diagnosis="the maxima go through tanh once more",
    hint="How many times does the text apply tanh to a feature?",
    section="kim-classifier",
    change={
        """
        pooled, picked = (np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))
        """: """
        pooled, picked = (np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))
        pooled = np.tanh(pooled)
        """,
    },
)

mean_pooling = misconception(
    of="kim_forward",
    diagnosis="the mean over the windows is taken and not the maximum",
    hint="Step 3 of the text says which number is kept of each filter.",
    section="kim-classifier",
    change={
        "found.append(max_over_time(h, conv_lengths(lengths, width, 1, width - 1)))": """
        counts = conv_lengths(lengths, width, 1, width - 1)
        real = (np.arange(h.shape[1]) < counts[:, None])[..., None]
        mean = np.where(real, h, 0).sum(axis=1) / counts[:, None]
        found.append((mean, max_over_time(h, counts)[1]))
        """,
    },
)


# --- 7. Kim's classifier, backward ----------------------------------------------------------

slope_forgotten = misconception(
    of="kim_backward",
    diagnosis="the slope of the tanh is missing",
    hint="Which of the four steps of the text has no line in your function?",
    section="kim-classifier",
    change={"W_y * (1 - pooled**2)": "W_y"},
)

slope_without_square = misconception(
    of="kim_backward",
    diagnosis="the slope is taken as 1 - y in place of 1 - y squared",
    hint="What is the derivative of tanh, written by its value?",
    section="kim-classifier",
    change={"pooled**2": "pooled"},
)

slope_at_the_value = misconception(
    of="kim_backward",
    diagnosis="the slope is computed as if pooled were the pre-activation",
    hint="The maxima are values behind the tanh. Do not apply it again.",
    section="kim-classifier",
    change={"- pooled": "- np.tanh(pooled)"},
)

repeated_words_once = misconception(
    of="kim_backward",
    diagnosis="a word that stands several times in the batch gets the gradient of one place only",
    hint="The operator += with an array of indices adds once for each index, however often it "
    "occurs. NumPy has another way to add.",
    section="embedding-channels",
    change={"np.add.at(dE, ids, dx)": "dE[ids] += dx"},
)

static_ignored = misconception(
    of="kim_backward",
    diagnosis="a static embedding gets a gradient",
    hint="Which argument does your function not use?",
    section="embedding-channels",
    change={"not static": "True"},
)

static_the_wrong_way = misconception(
    of="kim_backward",
    diagnosis="the embedding gets a gradient where it is static, and none where it is not",
    hint="Static means: not learned.",
    section="embedding-channels",
    change={"not static": "static"},
)

last_width_alone = misconception(
    of="kim_backward",
    diagnosis="the embedding gets the gradient of the last width only",
    hint="All widths read the same x. What happens to gradients that come from several uses?",
    section="embedding-channels",
    change={"dx += dx_one": "dx = dx_one"},
)

embedding_averaged = misconception(
    of="kim_backward",
    diagnosis="each word's gradient is divided by how often it occurs",
    hint="A row of E that is used several times gets the sum of what its uses give.",
    section="embedding-channels",
    change={
        "np.add.at(dE, ids, dx)": """
        np.add.at(dE, ids, dx)
        dE /= np.maximum(np.bincount(ids.ravel(), minlength=len(E)), 1)[:, None]
        """,
    },
)

mean_of_the_batch = misconception(
    of="kim_backward",
    diagnosis="dW_y and db_y are divided by the number of sentences",
    hint="If the loss is a mean, dlogits holds that factor already.",
    section="kim-classifier",
    change={"pooled, dlogits.sum(axis=0)": "pooled / len(ids), dlogits.mean(axis=0)"},
)

output_weights_transposed = misconception(
    of="kim_backward",
    diagnosis="dW_y has its axes exchanged",
    hint="The gradient has the shape of what it is the gradient of.",
    section="kim-classifier",
    change={"dlogits.T @ pooled": "pooled.T @ dlogits"},
)

slope_in_the_output_weights = misconception(
    of="kim_backward",
    diagnosis="dW_y is computed with the slope of the tanh in it",
    hint="What were the weights of the logits multiplied by on the way forward?",
    section="kim-classifier",
    change={"dlogits.T @ pooled": "dlogits.T @ (pooled * (1 - pooled**2))"},
)

bias_of_filters_missing = misconception(
    of="kim_backward",
    diagnosis="the gradients of the filters' biases are zero",
    hint="The bias of a filter acts through the window that was picked. What is handed back to it?",
    section="kim-classifier",
    change={"dfilters.append((dW_c, db))": "dfilters.append((dW_c, np.zeros_like(db)))"},
)

dlogits_overwritten = misconception(
    of="kim_backward",
    diagnosis="dlogits is overwritten: the caller's array holds other numbers after the call",
    hint="The operators *= and /= write into the array on their left.",
    section="kim-classifier",
    change={
        "x = E[ids]": """
        dlogits *= 0.5
        x = E[ids]
        """,
        "da = dlogits": "da = (2 * dlogits)",
        "dlogits.T @ pooled, dlogits.sum(axis=0)": (
            "(2 * dlogits).T @ pooled, (2 * dlogits).sum(axis=0)"
        ),
    },
)
