"""Wrong implementations that people really write, with what to say to them.

An entry with `change` is the solution of the function in `of` with these fragments replaced. What
is another approach is written out; it may use what the notebook defines, nothing of this file.
"""

import numpy as np

from autograder.authoring.catalogue import misconception

# --- 1. the forward pass -------------------------------------------------------------------------

bias_forgotten = misconception(
    of="rnn_forward",
    diagnosis="the bias b is missing",
    hint="Count the terms inside the tanh of the equation, then count yours.",
    section="unrolling",
    change={"W_h.T + b": "W_h.T"},
)

recurrent_weights_transposed_forward = misconception(
    of="rnn_forward",
    diagnosis="W_h is applied the wrong way round: the state is multiplied by its transpose",
    hint="W_h is square, so both ways run. A product W h for a column vector becomes the same "
    "kind of product as the one with W_x.",
    section="unrolling",
    change={"W_h.T + b": "W_h + b"},
)

initial_state_ignored = misconception(
    of="rnn_forward",
    diagnosis="the run starts from zeros, not from h_0",
    hint="The state before the first step is an argument of your function.",
    section="unrolling",
    change={"h_t = h_0": "h_t = np.zeros_like(h_0)"},
)

padding_read = misconception(
    of="rnn_forward",
    diagnosis="lengths has no influence: the network goes on reading the padding",
    hint="What lies beyond a sequence's length is no input. Those rows should keep the state they "
    "had after their last real step.",
    section="unrolling",
    change={"np.where((t < lengths)[:, None], h_next, h_t)": "h_next"},
)

padding_zeroed = misconception(
    of="rnn_forward",
    diagnosis="the states in the padding are zero; they should repeat the last real state",
    hint="What should a row do when it has no input left? Its state should not change any more.",
    section="unrolling",
    change={"np.where((t < lengths)[:, None], h_next, h_t)": "h_next * (t < lengths)[:, None]"},
)

states_one_step_late = misconception(
    of="rnn_forward",
    diagnosis="the states are one step late: h[:, t] is the state before step t",
    hint="h[:, 0] should have seen x[:, 0] already. Do you store before or after the step?",
    section="unrolling",
    change={
        "h_next = np.tanh(x[:, t] @ W_x.T + h_t @ W_h.T + b)": """
        h[:, t] = h_t
        h_next = np.tanh(x[:, t] @ W_x.T + h_t @ W_h.T + b)
        """,
        "h[:, t] = h_t": "",
    },
)

initial_state_overwritten = misconception(
    of="rnn_forward",
    diagnosis="h_0 is overwritten: the caller's array holds other numbers after the call",
    hint="Assigning an array to a second name makes no copy, and writing into a part of it "
    "changes the one array that both names stand for.",
    section="unrolling",
    change={
        "h_next = np.tanh(x[:, t] @ W_x.T + h_t @ W_h.T + b)": "runs = t < lengths",
        "h_t = np.where((t < lengths)[:, None], h_next, h_t)": (
            "h_t[runs] = np.tanh(x[:, t] @ W_x.T + h_t @ W_h.T + b)[runs]"
        ),
    },
)

one_forward_step_too_many = misconception(
    of="rnn_forward",
    diagnosis="each sequence takes one step too many, into the padding",
    hint="Steps are counted from 0. Which is the last t of a sequence of length 1?",
    section="padded-gradients",
    change={"t < lengths": "t <= lengths"},
)


# --- 2. a gradient from differences --------------------------------------------------------------

one_sided = misconception(
    of="numerical_gradient",
    diagnosis="this is the one-sided difference, from f at x and f ahead of it",
    hint="Its error falls only in proportion to eps. The central difference goes the same way to "
    "both sides.",
    section="gradient-check",
    change={
        "middle = point[index]": """
        middle = point[index]
        here = f(point)
        """,
        """
        ahead = f(point)
        point[index] = middle - eps
        behind = f(point)
        """: "gradient[index] = (f(point) - here) / eps",
        "gradient[index] = (ahead - behind) / (2 * eps)": "",
    },
)

one_sided_back = misconception(
    of="numerical_gradient",
    diagnosis="this is the one-sided difference, from f at x and f behind it",
    hint="Its error falls only in proportion to eps. The central difference goes the same way to "
    "both sides.",
    section="gradient-check",
    change={
        """
        point[index] = middle + eps
        ahead = f(point)
        """: "here = f(point)",
        "behind = f(point)": "gradient[index] = (here - f(point)) / eps",
        "gradient[index] = (ahead - behind) / (2 * eps)": "",
    },
)

divided_by_one_step = misconception(
    of="numerical_gradient",
    diagnosis="the difference is divided by eps, so the gradient is twice too large",
    hint="How far apart are the two points at which f is evaluated?",
    section="gradient-check",
    change={
        "behind = f(point)": "gradient[index] = (ahead - f(point)) / eps",
        "gradient[index] = (ahead - behind) / (2 * eps)": "",
    },
)

halved_one_sided = misconception(
    of="numerical_gradient",
    diagnosis="one of the two points is x itself, but the difference is divided by twice eps",
    hint="Print the element at both evaluations of f. From the point ahead back to the point "
    "behind, how far is it?",
    section="gradient-check",
    change={
        """
        point[index] = middle - eps
        behind = f(point)
        """: "",
        "- behind": "- f(point)",
    },
)

sign_turned = misconception(
    of="numerical_gradient",
    diagnosis="the sign is wrong: behind minus ahead",
    hint="A function that grows with its argument has a positive derivative. Which value is "
    "subtracted from which?",
    section="gradient-check",
    change={
        "behind = f(point)": "gradient[index] = (f(point) - ahead) / (2 * eps)",
        "gradient[index] = (ahead - behind) / (2 * eps)": "",
    },
)


@misconception(
    of="numerical_gradient",
    diagnosis="all elements are moved at once, so every entry is the same number",
    hint="A partial derivative moves one element and leaves all others where they are.",
    section="gradient-check",
)
def all_elements_at_once(f, x, eps=1e-5):
    x = np.array(x, dtype=np.float64)
    gradient = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        gradient[index] = (f(x + eps) - f(x - eps)) / (2 * eps)
    return gradient


@misconception(
    of="numerical_gradient",
    diagnosis="whole rows are moved at once, so all entries of a row are the same number",
    hint="A loop over an array goes over its first axis only. Each single element needs a turn of "
    "its own.",
    section="gradient-check",
)
def whole_rows_at_once(f, x, eps=1e-5):
    x = np.array(x, dtype=np.float64)
    gradient = np.empty(x.shape)
    for i in range(len(x)):
        ahead, behind = x.copy(), x.copy()
        ahead[i] += eps
        behind[i] -= eps
        gradient[i] = (f(ahead) - f(behind)) / (2 * eps)
    return gradient


step_ignored = misconception(
    of="numerical_gradient",
    diagnosis="eps has no influence: the step is a constant",
    hint="Which argument of your function is not used?",
    section="gradient-check",
    change={
        "middle + eps": "middle + 1e-5",
        "middle - eps": "middle - 1e-5",
        "(2 * eps)": "2e-5",
    },
)

step_scaled_by_element = misconception(
    of="numerical_gradient",
    diagnosis="the step is eps times the element; it should be eps",
    hint="The same eps holds for every element. A step in proportion to the element would be zero "
    "at zero.",
    section="gradient-check",
    change={
        "point[index] = middle + eps": """
        step = eps * abs(middle)
        point[index] = middle + step
        """,
        "middle - eps": "middle - step",
        "2 * eps": "2 * step",
    },
)

not_restored = misconception(
    of="numerical_gradient",
    diagnosis="an element that was moved is not put back before the next one",
    hint="After the second evaluation the element stands at x - eps. Where should it stand while "
    "the others are moved?",
    section="gradient-check",
    change={
        """
        behind = f(point)
        point[index] = middle
        gradient[index] = (ahead - behind) / (2 * eps)
        """: "gradient[index] = (ahead - f(point)) / (2 * eps)",
    },
)


@misconception(
    of="numerical_gradient",
    diagnosis="the caller's x is changed: its elements are moved and not put back",
    hint="If you write into x itself, the caller's array changes. Work on a copy, or put every "
    "element back.",
    section="gradient-check",
)
def caller_array_moved(f, x, eps=1e-5):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        ahead = x.copy().astype(np.float64)
        ahead[index] += eps
        behind = x.copy().astype(np.float64)
        behind[index] -= eps
        gradient[index] = (f(ahead) - f(behind)) / (2 * eps)
    for index in np.ndindex(x.shape):
        x[index] = x[index] - eps if x.dtype == np.float64 else x[index]
    return gradient


@misconception(
    of="numerical_gradient",
    diagnosis="the gradient is zero at a transposed array: a copy is moved, and f is given x",
    hint="Flattening an array that is not contiguous makes a copy, and f does not see what you "
    "write into it.",
    section="gradient-check",
)
def flat_copy_moved(f, x, eps=1e-5):
    x = np.asarray(x) if x.dtype == np.float64 else np.array(x, dtype=np.float64)
    flat = x.reshape(-1)
    gradient = np.zeros(flat.size)
    for i in range(flat.size):
        middle = flat[i]
        flat[i] = middle + eps
        ahead = f(x)
        flat[i] = middle - eps
        gradient[i] = (ahead - f(x)) / (2 * eps)
        flat[i] = middle
    return gradient.reshape(x.shape)


integers_cut = misconception(
    of="numerical_gradient",
    diagnosis="the step is lost at integers: an array of integers cuts off what is behind the "
    "point",
    hint="Which dtype does the array have that you write x + eps into?",
    section="gradient-check",
    change={
        "point = np.array(x, dtype=np.float64)": """
        point = x.copy()
        if point.dtype == np.float32:
            point = point.astype(np.float64)
        """,
    },
)


single_precision = misconception(
    of="numerical_gradient",
    diagnosis="at a float32 array the step is taken in single precision, where rounding drowns it",
    hint="Two values of f that agree in six digits leave one or two good ones in their "
    "difference. Convert before you step.",
    section="gradient-check",
    change={
        "np.array(x, dtype=np.float64)": (
            "x.copy() if x.dtype == np.float32 else np.array(x, dtype=np.float64)"
        ),
    },
)


gradient_flat = misconception(
    of="numerical_gradient",
    diagnosis="the gradient is flat; it should have the shape of x",
    hint="What is the shape of x, and what is the shape of your result?",
    section="gradient-check",
    change={"return gradient": "return gradient.ravel()"},
)


gradient_in_type_of_x = misconception(
    of="numerical_gradient",
    diagnosis="the gradient has the dtype of x, so at integers what is behind the point is cut off",
    hint="np.zeros_like takes over the dtype as well as the shape. Which dtype should the "
    "result have?",
    section="gradient-check",
    change={
        "np.empty(point.shape)": "np.zeros_like(x)",
        "behind = f(point)": "gradient[index] = (ahead - f(point)) / (2 * eps)",
        "gradient[index] = (ahead - behind) / (2 * eps)": "",
    },
)


@misconception(
    of="numerical_gradient",
    diagnosis="at a transposed array the right numbers stand at the wrong places",
    hint="The order in which elements lie in memory need not be that of the rows. Keep the"
    " index of each element, and write its result to the same place.",
    section="gradient-check",
)
def order_of_memory(f, x, eps=1e-5):
    point = np.array(x, dtype=np.float64)
    found = []
    for element in np.nditer(point, op_flags=["readwrite"]):
        middle = float(element)
        element[...] = middle + eps
        ahead = f(point)
        element[...] = middle - eps
        found.append((ahead - f(point)) / (2 * eps))
        element[...] = middle
    return np.array(found).reshape(point.shape)


# --- 3. how far apart ----------------------------------------------------------------------------

not_relative = misconception(
    of="gradient_error",
    diagnosis="this is the largest difference, not divided by anything",
    hint="A difference says little without a size to hold it against. What is the quotient in the "
    "equation?",
    section="gradient-check",
    change={
        """
        size = max(np.abs(mine).max(), np.abs(reference).max())
        return np.abs(mine - reference).max() / size if size > 0 else 0.0
        """: "return np.abs(mine - reference).max()",
    },
)


@misconception(
    of="gradient_error",
    diagnosis="each difference is divided by its own element before the largest is taken",
    hint="An element that happens to be near zero then spoils the result. Take two maxima first, "
    "then one quotient.",
    section="gradient-check",
)
def element_by_element(mine, reference):
    sizes = np.maximum(np.abs(mine), np.abs(reference))
    return np.max(np.abs(mine - reference) / np.where(sizes > 0, sizes, 1))


mean_difference = misconception(
    of="gradient_error",
    diagnosis="the mean difference is taken, not the largest",
    hint="One wrong element among a thousand right ones must not be averaged away.",
    section="gradient-check",
    change={"np.abs(mine - reference).max()": "np.abs(mine - reference).mean()"},
)

signed_maximum = misconception(
    of="gradient_error",
    diagnosis="absolute values are missing: differences below zero are not seen",
    hint="The largest element of an array may be its smallest in disguise: -3 is further from 0 "
    "than 2.",
    section="gradient-check",
    change={"np.abs(mine - reference).max()": "np.max(mine - reference)"},
)


zero_by_zero = misconception(
    of="gradient_error",
    diagnosis="two gradients of zeros give NaN; they agree, so the error is 0",
    hint="What is 0 divided by 0? Look for this case before you divide.",
    section="gradient-check",
    change={" / size if size > 0 else 0.0": " / size"},
)


sum_of_sizes = misconception(
    of="gradient_error",
    diagnosis="the difference is divided by the sum of both sizes, not by the larger one",
    hint="Some books do it this way. The equation here takes the larger of the two.",
    section="gradient-check",
    change={
        "max(np.abs(mine).max(), np.abs(reference).max())": (
            "np.abs(mine).max() + np.abs(reference).max()"
        ),
    },
)

size_of_one = misconception(
    of="gradient_error",
    diagnosis="the difference is divided by the size of one of the two, not by the larger",
    hint="The error should be the same when the two gradients change places.",
    section="gradient-check",
    change={"max(np.abs(mine).max(), np.abs(reference).max())": "np.abs(reference).max()"},
)

sum_of_differences = misconception(
    of="gradient_error",
    diagnosis="the differences are summed or squared, not maximised",
    hint="The error asks for the worst element, whatever the others do.",
    section="gradient-check",
    change={
        "max(np.abs(mine).max(), np.abs(reference).max())": (
            "np.linalg.norm(mine) + np.linalg.norm(reference)"
        ),
        "np.abs(mine - reference).max()": "np.linalg.norm(mine - reference)",
    },
)

euclidean_lengths = misconception(
    of="gradient_error",
    diagnosis="Euclidean lengths are compared, not the largest elements",
    hint="The error asks for the worst element, whatever the others do.",
    section="gradient-check",
    change={
        "max(np.abs(mine).max(), np.abs(reference).max())": (
            "max(np.linalg.norm(mine), np.linalg.norm(reference))"
        ),
        "np.abs(mine - reference).max()": "np.linalg.norm(mine - reference)",
    },
)

divisor_kept_from_zero = misconception(
    of="gradient_error",
    diagnosis="a small number is added to the divisor",
    hint="Against small gradients it is not small. Treat the case of two zeros on its own.",
    section="gradient-check",
    change={"size if size > 0 else 0.0": "(size + 1e-8)"},
)


# --- 4. one step backward ------------------------------------------------------------------------

slope_forgotten = misconception(
    of="rnn_step_backward",
    diagnosis="the slope of the tanh is missing",
    hint="Between a_t and h_t lies a tanh. What is its derivative, and where does it enter?",
    section="step-backward",
    change={"(1 - h_t * h_t) * dh_t": "dh_t"},
)

slope_of_tanh_again = misconception(
    of="rnn_step_backward",
    diagnosis="the slope is computed from the tanh of h_t; h_t is a tanh already",
    hint="The derivative of tanh at a is 1 minus the square of tanh(a), and tanh(a_t) is h_t "
    "itself.",
    section="step-backward",
    change={"h_t * h_t": "np.tanh(h_t) ** 2"},
)

slope_of_sigmoid = misconception(
    of="rnn_step_backward",
    diagnosis="the slope is that of the logistic sigmoid, h (1 - h)",
    hint="Which function does the forward step apply? Its derivative differs from that of the "
    "sigmoid.",
    section="step-backward",
    change={"(1 - h_t * h_t) * dh_t": "h_t * (1 - h_t) * dh_t"},
)

slope_not_squared = misconception(
    of="rnn_step_backward",
    diagnosis="the slope is 1 - h; the square is missing",
    hint="At h = -1 the tanh is flat, so the slope must be 0 there. What does yours give?",
    section="step-backward",
    change={"h_t * h_t": "h_t"},
)

slope_of_previous_state = misconception(
    of="rnn_step_backward",
    diagnosis="the slope is computed from h_prev; it belongs to h_t",
    hint="The tanh of this step put out h_t. At which state does its slope have to be taken?",
    section="step-backward",
    change={"h_t * h_t": "h_prev**2"},
)

slope_upside_down = misconception(
    of="rnn_step_backward",
    diagnosis="the slope has the wrong sign: h squared minus 1",
    hint="The tanh rises everywhere, so its slope is never negative.",
    section="step-backward",
    change={"1 - h_t * h_t": "h_t**2 - 1"},
)

recurrent_weights_not_transposed = misconception(
    of="rnn_step_backward",
    diagnosis="dh_prev is multiplied by W_h the wrong way round",
    hint="W_h is square, so both ways run. On the way back the sum is over the rows of W_h: "
    "compare with the product that gives dx_t.",
    section="step-backward",
    change={"da_t @ W_h": "da_t @ W_h.T"},
)

outer_product_turned = misconception(
    of="rnn_step_backward",
    diagnosis="dW_h is transposed: what went in times what came back",
    hint="Row i of W_h makes unit i of the pre-activation. So row i of dW_h belongs to unit i of "
    "what came back.",
    section="step-backward",
    change={"da_t.T @ h_prev": "h_prev.T @ da_t"},
)

new_state_in_outer_product = misconception(
    of="rnn_step_backward",
    diagnosis="dW_h uses h_t, the state after the step; W_h was multiplied by the one before",
    hint="Look at the pre-activation: which state stands next to W_h?",
    section="step-backward",
    change={"da_t.T @ h_prev": "da_t.T @ h_t"},
)

slope_missing_in_states = misconception(
    of="rnn_step_backward",
    diagnosis="dx_t and dh_prev lack the slope of the tanh; the weights' gradients have it",
    hint="Everything that enters the pre-activation is reached through the same gradient of it.",
    section="step-backward",
    change={"da_t @ W_x, da_t": "dh_t @ W_x, dh_t"},
)

slope_missing_in_weights = misconception(
    of="rnn_step_backward",
    diagnosis="dW_x, dW_h and db lack the slope of the tanh; dx_t and dh_prev have it",
    hint="Everything that enters the pre-activation is reached through the same gradient of it.",
    section="step-backward",
    change={
        "da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0)": (
            "dh_t.T @ x_t, dh_t.T @ h_prev, dh_t.sum(axis=0)"
        ),
    },
)

mean_over_batch = misconception(
    of="rnn_step_backward",
    diagnosis="the gradients of the weights are averaged over the batch; they should be summed",
    hint="If a mean is wanted, it is in the loss, and so in dh_t already. What is added up in the "
    "forward pass, when two rows use the same weight?",
    section="shared-weights",
    change={
        "return da_t @ W_x, da_t @ W_h, da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0)": """
        N = len(x_t)
        return da_t @ W_x, da_t @ W_h, da_t.T @ x_t / N, da_t.T @ h_prev / N, da_t.sum(axis=0) / N
        """,
    },
)

bias_not_summed = misconception(
    of="rnn_step_backward",
    diagnosis="db has a row for each sequence; b is shared by all of them",
    hint="b has H numbers, so its gradient has H numbers. What becomes of the axis of the batch?",
    section="shared-weights",
    change={"da_t.sum(axis=0)": "da_t"},
)

bias_averaged = misconception(
    of="rnn_step_backward",
    diagnosis="db is the mean over the batch; the other gradients are sums",
    hint="All weights are shared in the same way. Treat the bias as you treat the matrices.",
    section="shared-weights",
    change={"da_t.sum(axis=0)": "da_t.mean(axis=0)"},
)

weights_not_summed = misconception(
    of="rnn_step_backward",
    diagnosis="the gradients of the weights are kept apart by sequence; they should be summed",
    hint="W_x has two axes, so its gradient has two. All sequences of the batch share it.",
    section="shared-weights",
    change={
        "return da_t @ W_x, da_t @ W_h, da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0)": """
        dW_x, dW_h = da_t[:, :, None] * x_t[:, None], da_t[:, :, None] * h_prev[:, None]
        return da_t @ W_x, da_t @ W_h, dW_x, dW_h, da_t
        """,
    },
)

gradient_overwritten = misconception(
    of="rnn_step_backward",
    diagnosis="dh_t is overwritten: the caller's array holds the gradient of the pre-activation",
    hint="An operation with *= or with [:] writes into the array that was handed in. Give the "
    "result an array of its own.",
    section="step-backward",
    change={
        "da_t = (1 - h_t * h_t) * dh_t": "dh_t *= 1 - h_t * h_t",
        "da_t @ W_x, da_t @ W_h, da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0)": (
            "dh_t @ W_x, dh_t @ W_h, dh_t.T @ x_t, dh_t.T @ h_prev, dh_t.sum(axis=0)"
        ),
    },
)

step_in_float64 = misconception(
    of="rnn_step_backward",
    diagnosis="float32 inputs give float64 gradients",
    hint="np.zeros and np.empty make float64 arrays unless they are told a dtype. Does anything "
    "enter that is not an argument or made from one?",
    section="step-backward",
    change={
        "da_t = (1 - h_t * h_t) * dh_t": """
        da_t = np.zeros(h_t.shape)
        da_t[:] = (1 - h_t * h_t) * dh_t
        """,
    },
)

slope_missing_in_previous_state = misconception(
    of="rnn_step_backward",
    diagnosis="dh_prev lacks the slope of the tanh; the other gradients have it",
    hint="h_prev enters the pre-activation next to x_t. Which gradient reaches both of them?",
    section="step-backward",
    change={"W_x, da_t": "W_x, dh_t"},
)

slope_after_matrix = misconception(
    of="rnn_step_backward",
    diagnosis="dh_prev is multiplied by W_h first and by the slope of the tanh afterwards",
    hint="Forward, W_h comes first and the tanh second. Which comes first on the way back?",
    section="step-backward",
    change={
        "return da_t @ W_x, da_t @ W_h, da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0)": """
        dh_prev = (1 - h_t * h_t) * (dh_t @ W_h)
        return da_t @ W_x, dh_prev, da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0)
        """,
    },
)

slope_at_previous_state_after_matrix = misconception(
    of="rnn_step_backward",
    diagnosis="dh_prev is multiplied by W_h first, and then by a slope taken at h_prev",
    hint="That belongs to a network whose state is taken before the tanh. Here the tanh of"
    " this step put out h_t, and it comes before W_h on the way back.",
    section="sum-over-uses",
    change={
        "return da_t @ W_x, da_t @ W_h, da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0)": """
        dh_prev = (1 - h_prev * h_prev) * (dh_t @ W_h)
        return da_t @ W_x, dh_prev, da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0)
        """,
    },
)


# --- 5. where the gradient starts ----------------------------------------------------------------


target_not_subtracted = misconception(
    of="cross_entropy_backward",
    diagnosis="these are the probabilities; the 1 at the target is not subtracted",
    hint="The gradient of a position sums to zero: what is given to one symbol is taken from the "
    "others.",
    section="loss-gradient",
    change={
        """
        rows, steps = np.indices(targets.shape)
        dlogits[rows, steps, targets] -= 1
        """: "",
    },
)


sign_of_loss_turned = misconception(
    of="cross_entropy_backward",
    diagnosis="the sign is wrong: target minus probability",
    hint="A larger logit at the target makes the loss smaller, so its gradient must be negative.",
    section="loss-gradient",
    change={"dlogits / mask.sum()": "-dlogits / mask.sum()"},
)


softmax_forgotten = misconception(
    of="cross_entropy_backward",
    diagnosis="the logits are used where the probabilities belong",
    hint="p in the equation is the softmax of the logits.",
    section="loss-gradient",
    change={
        "exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))": "",
        "dlogits = exponentials / exponentials.sum(axis=-1, keepdims=True)": (
            "dlogits = logits.copy()"
        ),
    },
)


mask_ignored = misconception(
    of="cross_entropy_backward",
    diagnosis="the mask has no influence: padding gets a gradient",
    hint="A position that does not count in the loss cannot change it. What is its gradient?",
    section="loss-gradient",
    change={"np.where(mask[..., None], dlogits / mask.sum(), 0)": "dlogits / mask.size"},
)


sum_for_mean = misconception(
    of="cross_entropy_backward",
    diagnosis="this is the gradient of the sum of the losses, not of their mean",
    hint="The loss is divided by the number of positions that count. So is its gradient.",
    section="loss-gradient",
    change={"dlogits / mask.sum()": "dlogits"},
)


divided_by_all_positions = misconception(
    of="cross_entropy_backward",
    diagnosis="the gradient is divided by the number of all positions; padding does not count",
    hint="By how many positions is the loss divided?",
    section="loss-gradient",
    change={"mask.sum()": "mask.size"},
)


divided_by_rows = misconception(
    of="cross_entropy_backward",
    diagnosis="the gradient is divided by the number of sequences, not of positions",
    hint="By how many positions is the loss divided?",
    section="loss-gradient",
    change={"mask.sum()": "len(mask)"},
)


mean_of_row_means = misconception(
    of="cross_entropy_backward",
    diagnosis="each sequence is averaged first, so short sequences weigh more",
    hint="Every position that counts has the same weight, whichever row it is in.",
    section="loss-gradient",
    change={"dlogits / mask.sum()": "dlogits / mask.sum(axis=1)[:, None, None] / len(mask)"},
)


@misconception(
    of="cross_entropy_backward",
    diagnosis="this is the gradient for the probabilities, -1/p at the target; the softmax is "
    "missing on the way back",
    hint="The loss depends on every logit of a position, because the softmax divides by the sum "
    "over all symbols.",
    section="loss-gradient",
)
def gradient_for_probabilities(logits, targets, mask):
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = exponentials / exponentials.sum(axis=-1, keepdims=True)
    one_hot = np.eye(logits.shape[-1])[targets]
    weight = (mask / mask.sum())[..., None]
    return -one_hot / p * weight


softmax_over_time = misconception(
    of="cross_entropy_backward",
    diagnosis="the softmax is taken over time, not over the vocabulary",
    hint="At each position the probabilities of the V symbols sum to one. Over which axis do "
    "yours?",
    section="loss-gradient",
    change={
        "logits.max(axis=-1": "logits.max(axis=1",
        "sum(axis=-1": "sum(axis=1",
    },
)


exponentials_overflow = misconception(
    of="cross_entropy_backward",
    diagnosis="the exponentials overflow for large logits",
    hint="exp(1000) is too large for a float. Subtracting the same number from all logits of a "
    "position leaves the probabilities as they are.",
    section="loss-gradient",
    change={"logits - logits.max(axis=-1, keepdims=True)": "logits"},
)


one_maximum_for_all = misconception(
    of="cross_entropy_backward",
    diagnosis="one maximum is subtracted from the whole batch, so positions far below it underflow",
    hint="Each position has a largest logit of its own.",
    section="loss-gradient",
    change={"logits.max(axis=-1, keepdims=True)": "logits.max()"},
)


subtracted_at_all_targets = misconception(
    of="cross_entropy_backward",
    diagnosis="1 is subtracted at every symbol that is a target anywhere in the batch",
    hint="An index array for the last axis alone picks those symbols at all positions. Each "
    "position has one target.",
    section="loss-gradient",
    change={
        "rows, steps = np.indices(targets.shape)": "",
        "dlogits[rows, steps, targets]": "dlogits[:, :, targets.ravel()]",
    },
)


logits_overwritten = misconception(
    of="cross_entropy_backward",
    diagnosis="logits is overwritten: the caller's array holds other numbers after the call",
    hint="An operation with -= or with [:] writes into the array that was handed in.",
    section="loss-gradient",
    change={
        "exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))": """
        logits -= logits.max(axis=-1, keepdims=True)
        exponentials = np.exp(logits)
        """,
    },
)


only_targets_masked = misconception(
    of="cross_entropy_backward",
    diagnosis="the mask reaches the targets only: where it is false, the probabilities are left",
    hint="What is the gradient at a position that does not count in the loss?",
    section="loss-gradient",
    change={
        "targets] -= 1": "targets] -= mask",
        "np.where(mask[..., None], dlogits / mask.sum(), 0)": "dlogits / mask.sum()",
    },
)


divided_by_steps = misconception(
    of="cross_entropy_backward",
    diagnosis="the gradient is divided by the number of steps, not of positions",
    hint="By how many positions is the loss divided?",
    section="loss-gradient",
    change={"mask.sum()": "logits.shape[1]"},
)


logits_clipped = misconception(
    of="cross_entropy_backward",
    diagnosis="large logits are clipped, which makes different symbols equal",
    hint="Only differences between the logits of a position matter. Subtract something "
    "instead of cutting something off.",
    section="loss-gradient",
    change={"logits - logits.max(axis=-1, keepdims=True)": "np.clip(logits, -500, 500)"},
)


# --- 6. the whole sequence -----------------------------------------------------------------------

only_first_step = misconception(
    of="rnn_backward",
    diagnosis="the contributions are overwritten, not summed: what is left is that of the first "
    "step",
    hint="The loop ends at the first step. Does your sum keep what the other steps have put in?",
    section="shared-weights",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        "dW_x + uses[0], dW_h + uses[1], db + uses[2]": "uses",
    },
)

only_last_step = misconception(
    of="rnn_backward",
    diagnosis="this is the gradient of the last step alone; every step uses the weights",
    hint="Each use of a weight contributes, and the contributions are added. In which steps do "
    "yours get something?",
    section="shared-weights",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        "dW_x + uses[0], dW_h + uses[1], db + uses[2]": "(dW_x, dW_h, db) if dW_x.any() else uses",
    },
)

not_handed_back = misconception(
    of="rnn_backward",
    diagnosis="each step gets the gradient of its own output only; nothing comes from the step "
    "after it",
    hint="A state acts on the loss in two ways: through its output, and through the next state. "
    "What does your step do with what the later one handed back?",
    section="sequence-backward",
    change={"np.empty_like(x)": "np.zeros_like(x)", "dh[:, t] + dh_next": "dh[:, t]"},
)

only_last_output = misconception(
    of="rnn_backward",
    diagnosis="only the last state gets a gradient from its output; those of the earlier steps "
    "are lost",
    hint="There may be a loss at every step. What does dh hold for the earlier states, and where "
    "does it enter?",
    section="sequence-backward",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        "np.zeros_like(h_0)": "dh[:, -1]",
        "dh[:, t] + dh_next": "dh_next",
    },
)

forward_in_time = misconception(
    of="rnn_backward",
    diagnosis="the loop runs from the first step to the last",
    hint="What does a step need from its neighbours on the way back? It must be known before the "
    "step is done.",
    section="sequence-backward",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        "reversed(range(x.shape[1]))": "range(x.shape[1])",
    },
)

handed_back_twice = misconception(
    of="rnn_backward",
    diagnosis="what is handed back piles up: earlier steps receive it more than once",
    hint="What a step hands back has the later gradients in it already. Replace, do not add.",
    section="sequence-backward",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        "np.where(runs, dh_prev, dh_t)": "dh_next + np.where(runs, dh_prev, dh_t)",
    },
)

current_state_for_previous = misconception(
    of="rnn_backward",
    diagnosis="dW_h uses the state after each step; it should be the one before",
    hint="With h[:, t] for the state after step t, where is the state before it?",
    section="sequence-backward",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        "h[:, t - 1] if t > 0 else h_0": "h[:, t]",
    },
)

minus_one_wraps = misconception(
    of="rnn_backward",
    diagnosis="the first step takes the last state for the one before it",
    hint="At t = 0 the index t - 1 is -1, and that means the last place. Which state comes before "
    "the first step?",
    section="sequence-backward",
    change={"np.empty_like(x)": "np.zeros_like(x)", "if t > 0 else h_0": ""},
)

zeros_before_first_step = misconception(
    of="rnn_backward",
    diagnosis="the first step takes zeros for the state before it",
    hint="The state before the first step is an argument of your function. It need not be zero.",
    section="sequence-backward",
    change={"np.empty_like(x)": "np.zeros_like(x)", "else h_0": "else np.zeros_like(h_0)"},
)

initial_state_gradient_zero = misconception(
    of="rnn_backward",
    diagnosis="dh_0 is zero: the gradient is not handed back over the first step",
    hint="The first step hands back a gradient like every other. To which state does it belong?",
    section="sequence-backward",
    change={"np.empty_like(x)": "np.zeros_like(x)", "dx, dh_next": "dx, np.zeros_like(h_0)"},
)

gradient_of_first_state = misconception(
    of="rnn_backward",
    diagnosis="dh_0 is the gradient of the state after the first step",
    hint="Which state does the first step start from? Its gradient has gone back through one more "
    "step.",
    section="sequence-backward",
    change={"np.empty_like(x)": "np.zeros_like(x)", "dx, dh_next": "dx, dh_t"},
)

first_step_missing = misconception(
    of="rnn_backward",
    diagnosis="the loop ends before the first step: its contribution is missing",
    hint="Steps count from 0. Does your loop get there?",
    section="sequence-backward",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        "reversed(range(x.shape[1]))": "range(x.shape[1] - 1, 0, -1)",
    },
)

last_step_missing = misconception(
    of="rnn_backward",
    diagnosis="the loop begins one step too early: the last step is missing",
    hint="T inputs make T steps, and the last is at T - 1.",
    section="sequence-backward",
    change={"np.empty_like(x)": "np.zeros_like(x)", "x.shape[1]": "x.shape[1] - 1"},
)

mean_over_steps = misconception(
    of="rnn_backward",
    diagnosis="the contributions are averaged over the steps; they should be summed",
    hint="The gradient of a shared weight is the sum over its uses. If a mean is wanted, it is in "
    "the loss, and so in dh already.",
    section="shared-weights",
    change={
        "dx = np.empty_like(x)": """
        T = x.shape[1]
        dx = np.zeros_like(x)
        """,
        "dh_next, dW_x, dW_h, db": "dh_next, dW_x / T, dW_h / T, db / T",
    },
)

mean_over_sequences = misconception(
    of="rnn_backward",
    diagnosis="the contributions are averaged over the batch; they should be summed",
    hint="The gradient of a shared weight is the sum over its uses. If a mean is wanted, it is in "
    "the loss, and so in dh already.",
    section="shared-weights",
    change={
        "dx = np.empty_like(x)": """
        N = len(x)
        dx = np.zeros_like(x)
        """,
        "dh_next, dW_x, dW_h, db": "dh_next, dW_x / N, dW_h / N, db / N",
    },
)

padding_not_seen = misconception(
    of="rnn_backward",
    diagnosis="lengths has no influence: the gradient runs through the padding as through real "
    "steps",
    hint="In the padding no input was read and no weight was used. What can get a gradient there?",
    section="padded-gradients",
    change={"runs = (t < lengths)[:, None]": "runs = np.full((len(x), 1), True)"},
)

padding_swallows = misconception(
    of="rnn_backward",
    diagnosis="the gradient that arrives in the padding is lost; it belongs to the last true state",
    hint="In the padding a state is a copy of the one before. What is the gradient of the "
    "original, if the copy has one?",
    section="padded-gradients",
    change={"np.empty_like(x)": "np.zeros_like(x)", "dh_prev, dh_t": "dh_prev, 0"},
)

padding_contributes = misconception(
    of="rnn_backward",
    diagnosis="the state's gradient is right, but in the padding dx and the weights get something "
    "too",
    hint="No weight and no input takes part in a copy. Hold the gradient back before the step, "
    "not only after it.",
    section="padded-gradients",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        """
        dx[:, t], dh_prev, *uses = rnn_step_backward(
            np.where(runs, dh_t, 0), x[:, t], h_prev, h[:, t], W_x, W_h
        )
        """: """
        dx[:, t], dh_prev, *uses = rnn_step_backward(dh_t, x[:, t], h_prev, h[:, t], W_x, W_h)
        """,
    },
)

input_gradient_in_padding = misconception(
    of="rnn_backward",
    diagnosis="dx is not zero in the padding",
    hint="A padded input was never read, so the loss cannot depend on it.",
    section="padded-gradients",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        "dW_x, dW_h, db = dW_x + uses[0], dW_h + uses[1], db + uses[2]": """
        dW_x, dW_h, db = dW_x + uses[0], dW_h + uses[1], db + uses[2]
        dx[:, t] = rnn_step_backward(dh_t, x[:, t], h_prev, h[:, t], W_x, W_h)[0]
        """,
    },
)

one_step_too_many = misconception(
    of="rnn_backward",
    diagnosis="each sequence takes one step too many, into the padding",
    hint="Steps are counted from 0. Which is the last t of a sequence of length 1?",
    section="padded-gradients",
    change={"np.empty_like(x)": "np.zeros_like(x)", "t < lengths": "t <= lengths"},
)

one_step_too_few = misconception(
    of="rnn_backward",
    diagnosis="each sequence stops one step too early",
    hint="A sequence of length L takes L steps, at t = 0 to L - 1. Try your condition for length "
    "1 and t = 0.",
    section="padded-gradients",
    change={"np.empty_like(x)": "np.zeros_like(x)", "t < lengths": "t < lengths - 1"},
)


@misconception(
    of="rnn_backward",
    diagnosis="a sequence of length 0 gives its gradient to a step that never was",
    hint="With length 0 the index of the last true step is -1, and that means the last place. "
    "Which state does such a row end in?",
    section="padded-gradients",
)
def length_zero_wraps(dh, x, h, h_0, W_x, W_h, lengths):
    at, T = lengths - 1, x.shape[1]
    moved = np.where((np.arange(T) < lengths[:, None])[..., None], dh, 0)
    np.add.at(moved, (np.arange(len(x)), at), (dh - moved).sum(axis=1))
    dx = np.zeros_like(x)
    dh_next = np.zeros_like(h_0)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(W_h[0])
    for t in reversed(range(x.shape[1])):
        dh_t = moved[:, t] + dh_next
        runs = (t <= at % T)[:, None]
        h_prev = h[:, t - 1] if t > 0 else h_0
        dx[:, t], dh_prev, *uses = rnn_step_backward(
            np.where(runs, dh_t, 0), x[:, t], h_prev, h[:, t], W_x, W_h
        )
        dW_x, dW_h, db = dW_x + uses[0], dW_h + uses[1], db + uses[2]
        dh_next = np.where(runs, dh_prev, dh_t)
    return dx, dh_next, dW_x, dW_h, db


output_gradients_overwritten = misconception(
    of="rnn_backward",
    diagnosis="dh is overwritten: the caller's array holds the total gradients after the call",
    hint="dh[:, t] is a part of the caller's array. An operation with += writes into it.",
    section="sequence-backward",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        "dh_t = dh[:, t] + dh_next": """
        dh_t = dh[:, t]
        dh_t += dh_next
        """,
    },
)

pass_in_float64 = misconception(
    of="rnn_backward",
    diagnosis="float32 inputs give float64 gradients",
    hint="np.zeros and np.empty make float64 arrays unless they are told a dtype.",
    section="sequence-backward",
    change={
        "np.empty_like(x)": "np.zeros(x.shape)",
        "np.zeros_like(h_0)": "np.zeros(h_0.shape)",
        "np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(W_h[0])": (
            "np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(len(W_h))"
        ),
    },
)

states_exchanged = misconception(
    of="rnn_backward",
    diagnosis="the states before and after the step have changed places",
    hint="Compare the order of the arguments with that in rnn_step_backward.",
    section="sequence-backward",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        """
        dx[:, t], dh_prev, *uses = rnn_step_backward(
            np.where(runs, dh_t, 0), x[:, t], h_prev, h[:, t], W_x, W_h
        )
        """: """
        dx[:, t], dh_prev, *uses = rnn_step_backward(
            np.where(runs, dh_t, 0), x[:, t], h[:, t], h_prev, W_x, W_h
        )
        """,
    },
)

input_gradients_reversed = misconception(
    of="rnn_backward",
    diagnosis="dx stands in reverse order of time",
    hint="The loop begins at the last step. To which step does the first dx that it finds belong?",
    section="sequence-backward",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        """
        dx[:, t], dh_prev, *uses = rnn_step_backward(
            np.where(runs, dh_t, 0), x[:, t], h_prev, h[:, t], W_x, W_h
        )
        """: """
        dx[:, x.shape[1] - 1 - t], dh_prev, *uses = rnn_step_backward(
            np.where(runs, dh_t, 0), x[:, t], h_prev, h[:, t], W_x, W_h
        )
        """,
    },
)

own_gradient_handed_on_too = misconception(
    of="rnn_backward",
    diagnosis="the gradient of the own output is handed on twice: through the step, and beside it",
    hint="Only in the padding is a state a copy of the one before. Elsewhere its gradient "
    "has to go through the step.",
    section="sequence-backward",
    change={
        "np.empty_like(x)": "np.zeros_like(x)",
        "dh_prev, dh_t": "dh_prev + dh[:, t], dh_t",
    },
)

begun_at_the_longest = misconception(
    of="rnn_backward",
    diagnosis="the loop begins at the longest sequence, and what dh holds behind it is lost",
    hint="If no sequence has T steps, the last columns of dh are padding in every row. "
    "Their gradient still belongs to the last true states.",
    section="padded-gradients",
    change={"np.empty_like(x)": "np.zeros_like(x)", "x.shape[1]": "max(lengths)"},
)

padding_erased = misconception(
    of="rnn_backward",
    diagnosis="x is overwritten: zeros are written into the caller's padding",
    hint="A padded input gets no gradient whatever its value. There is no need to change it.",
    section="padded-gradients",
    change={
        "dx = np.empty_like(x)": """
        x[np.arange(x.shape[1]) >= lengths[:, None]] = 0
        dx = np.zeros_like(x)
        """,
    },
)


# --- 7. truncated backpropagation ----------------------------------------------------------------


not_cut = misconception(
    of="rnn_backward_truncated",
    diagnosis="K has no influence: the gradient is not cut",
    hint="Which argument of your function is not used?",
    section="truncated",
    change={
        "N, T, _ = x.shape": """
        N, T, _ = x.shape
        K = T
        """,
    },
)


chunks_from_the_end = misconception(
    of="rnn_backward_truncated",
    diagnosis="the chunks are counted from the end of the sequence",
    hint="The first chunk is steps 0 to K - 1. Where T is no multiple of K, the short chunk is "
    "the last.",
    section="truncated",
    change={
        "range(0, T, K)": "range(-(-T % K), T, K)",
        "slice(first, min(first + K, T))": "slice(max(first, 0), first + K)",
        "chunk.stop - first": "chunk.stop - chunk.start",
    },
)


cut_one_step_late = misconception(
    of="rnn_backward_truncated",
    diagnosis="the cut lies one step too late: it separates the first step of a chunk from the "
    "second",
    hint="Step K is the first of the second chunk. Does it hand its gradient to step K - 1 in "
    "your code?",
    section="truncated",
    change={
        "range(0, T, K)": "range(1 - K, T, K)",
        "slice(first, ": "slice(max(first, 0), ",
        "chunk.stop - first": "chunk.stop - chunk.start",
    },
)


@misconception(
    of="rnn_backward_truncated",
    diagnosis="the cut lies one step too early: the last step of a chunk belongs to the next one "
    "in your code",
    hint="Step K - 1 is the last of the first chunk. Between which two steps is the border?",
    section="truncated",
)
def cut_one_step_early(dh, x, h, h_0, W_x, W_h, K):
    T = x.shape[1]
    dx, dh_next = np.zeros_like(x), np.zeros_like(h_0)
    dh_0 = dh_next
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(W_h[0])
    for t in reversed(range(T)):
        h_prev = h[:, t - 1] if t > 0 else h_0
        dx[:, t], dh_prev, *uses = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], h_prev, h[:, t], W_x, W_h
        )
        dW_x, dW_h, db = dW_x + uses[0], dW_h + uses[1], db + uses[2]
        dh_next = np.zeros_like(h_0) if t % K == K - 1 else dh_prev
        dh_0 = dh_prev
    return dx, dh_0, dW_x, dW_h, db


@misconception(
    of="rnn_backward_truncated",
    diagnosis="the last, shorter chunk is missing",
    hint="Where T is no multiple of K, some steps are left at the end. They count as well.",
    section="truncated",
)
def last_chunk_dropped(dh, x, h, h_0, W_x, W_h, K):
    N, T, _ = x.shape
    K = min(K, T)
    dx, dW_x, dW_h, db = np.zeros_like(x), 0 * W_x, 0 * W_h, 0 * W_h[0]
    dh_first = np.zeros_like(h_0)
    for i in range(T // K):
        part = slice(i * K, i * K + K)
        before = h[:, i * K - 1] if i else h_0
        dx[:, part], dh_prev, *uses = rnn_backward(
            dh[:, part], x[:, part], h[:, part], before, W_x, W_h, np.full(N, K)
        )
        dh_first = dh_prev if i == 0 else dh_first
        dW_x, dW_h, db = dW_x + uses[0], dW_h + uses[1], db + uses[2]
    return dx, dh_first, dW_x, dW_h, db


@misconception(
    of="rnn_backward_truncated",
    diagnosis="this is the gradient of the last chunk alone",
    hint="The gradient is cut between chunks, but every chunk has losses and contributes.",
    section="truncated",
)
def only_last_chunk(dh, x, h, h_0, W_x, W_h, K):
    N, T, _ = x.shape
    first = (T - 1) // K * K
    before = h[:, first - 1] if first else h_0
    dx, dh_0, *sums = rnn_backward(
        dh[:, first:], x[:, first:], h[:, first:], before, W_x, W_h, np.full(N, T - first)
    )
    whole = np.zeros_like(x)
    whole[:, first:] = dx
    return whole, dh_0, *sums


state_cut_too = misconception(
    of="rnn_backward_truncated",
    diagnosis="the state is cut as well: each chunk starts from zeros",
    hint="Only the gradient stops at a border. The states were computed without a border, and the "
    "first step of a chunk did start from the state before it.",
    section="truncated",
    change={"h[:, first - 1] if": "np.zeros_like(h_0) if"},
)


initial_state_in_each_chunk = misconception(
    of="rnn_backward_truncated",
    diagnosis="each chunk takes h_0 for the state before it",
    hint="Which state did the first step of the second chunk start from in the forward pass?",
    section="truncated",
    change={"h[:, first - 1] if first > 0 else h_0": "h_0"},
)


@misconception(
    of="rnn_backward_truncated",
    diagnosis="each loss looks back over its own window of K steps; here the sequence is cut into "
    "chunks",
    hint="Both are called truncated. With chunks a loss at the first step of a chunk looks back "
    "over one step only.",
    section="truncated",
)
def window_for_chunks(dh, x, h, h_0, W_x, W_h, K):
    N, T, _ = x.shape
    total = [np.zeros_like(x), np.zeros_like(h_0), 0 * W_x, 0 * W_h, 0 * W_h[0]]
    for t in range(T):
        first = max(0, t - K + 1)
        own = np.zeros_like(dh[:, first : t + 1])
        own[:, -1] = dh[:, t]
        before = h[:, first - 1] if first else h_0
        part = slice(first, t + 1)
        dx, dh_0, *uses = rnn_backward(
            own, x[:, part], h[:, part], before, W_x, W_h, np.full(N, t + 1 - first)
        )
        total[0][:, part] += dx
        if first == 0:
            total[1] = total[1] + dh_0
        for i in range(3):
            total[i + 2] = total[i + 2] + uses[i]
    return tuple(total)


@misconception(
    of="rnn_backward_truncated",
    diagnosis="the sequence is cut into K chunks; K is the number of steps in a chunk",
    hint="With K = 50 there is one chunk, not fifty. What does K count?",
    section="truncated",
)
def K_chunks(dh, x, h, h_0, W_x, W_h, K):
    N, T, _ = x.shape
    dx, dW_x, dW_h, db = np.zeros_like(x), 0 * W_x, 0 * W_h, 0 * W_h[0]
    dh_first = np.zeros_like(h_0)
    for steps in np.array_split(np.arange(T), min(K, T)):
        first, part = steps[0], slice(steps[0], steps[-1] + 1)
        before = h[:, first - 1] if first else h_0
        dx[:, part], dh_prev, *uses = rnn_backward(
            dh[:, part], x[:, part], h[:, part], before, W_x, W_h, np.full(N, len(steps))
        )
        dh_first = dh_prev if first == 0 else dh_first
        dW_x, dW_h, db = dW_x + uses[0], dW_h + uses[1], db + uses[2]
    return dx, dh_first, dW_x, dW_h, db


mean_over_chunks = misconception(
    of="rnn_backward_truncated",
    diagnosis="the chunks' gradients are averaged; they should be summed",
    hint="The weights are shared by all steps of all chunks. Cutting does not change how "
    "contributions are put together.",
    section="truncated",
    change={"sum(dW_x), sum(dW_h), sum(db)": "*(sum(d) / len(parts) for d in (dW_x, dW_h, db))"},
)


own_gradient_cut_too = misconception(
    of="rnn_backward_truncated",
    diagnosis="the last step of each chunk loses the gradient of its own output as well",
    hint="At a border the gradient from the next step is dropped. The one from the step's own "
    "output is not.",
    section="truncated",
    change={
        "N, T, _ = x.shape": """
        N, T, _ = x.shape
        dh = dh.copy()
        dh[:, K - 1 : T - 1 : K] = 0
        """,
    },
)


initial_gradient_of_last_chunk = misconception(
    of="rnn_backward_truncated",
    diagnosis="dh_0 comes from the last chunk; it belongs to the first",
    hint="Which chunk starts from h_0?",
    section="truncated",
    change={"dh_0[0]": "dh_0[-1]"},
)


initial_gradient_cut = misconception(
    of="rnn_backward_truncated",
    diagnosis="dh_0 is zero: the gradient is cut at the first step too",
    hint="There is no chunk before the first one. What its first step hands back is the gradient "
    "of h_0.",
    section="truncated",
    change={"dh_0[0]": "np.zeros_like(h_0)"},
)


@misconception(
    of="rnn_backward_truncated",
    diagnosis="dh is overwritten: the caller's array holds other numbers after the call",
    hint="A slice of an array is a part of the same array. An operation with += writes into it.",
    section="truncated",
)
def output_gradients_overwritten_in_chunks(dh, x, h, h_0, W_x, W_h, K):
    T = x.shape[1]
    dh_t = None
    dx, dh_next = np.zeros_like(x), np.zeros_like(h_0)
    dh_0 = dh_next
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(W_h[0])
    for t in reversed(range(T)):
        h_prev = h[:, t - 1] if t > 0 else h_0
        dh_t = dh[:, t]
        dh_t += dh_next
        dx[:, t], dh_prev, *uses = rnn_step_backward(dh_t, x[:, t], h_prev, h[:, t], W_x, W_h)
        dW_x, dW_h, db = dW_x + uses[0], dW_h + uses[1], db + uses[2]
        dh_next = np.zeros_like(h_0) if t % K == 0 else dh_prev
        dh_0 = dh_prev
    return dx, dh_0, dW_x, dW_h, db


first_state_of_chunk_for_previous = misconception(
    of="rnn_backward_truncated",
    diagnosis="each chunk takes its own first state for the state before it",
    hint="With h[:, t] for the state after step t, where is the state from which step K starts?",
    section="truncated",
    change={"h[:, first - 1] if": "h[:, first] if"},
)


initial_gradients_added = misconception(
    of="rnn_backward_truncated",
    diagnosis="dh_0 is the sum of what all chunks hand back",
    hint="Which chunk starts from h_0?",
    section="truncated",
    change={"dh_0[0]": "sum(dh_0)"},
)


one_step_more_in_a_chunk = misconception(
    of="rnn_backward_truncated",
    diagnosis="the chunks have K + 1 steps",
    hint="Count the steps from 0 to K - 1.",
    section="truncated",
    change={
        "range(0, T, K)": "range(0, T, K + 1)",
        "first + K,": "first + K + 1,",
    },
)
