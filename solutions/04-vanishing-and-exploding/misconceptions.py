"""Wrong implementations that people really write, with what to say to them.

An entry with `change` is the solution of the function in `of` with these fragments replaced. What
is another approach is written out; it may use what the notebook defines, nothing of this file.
"""

import numpy as np

from autograder.authoring.catalogue import misconception

# --- 1. the Jacobian of one step -------------------------------------------------------------

slope_at_previous_state = misconception(
    of="step_jacobian",
    diagnosis="the slope of tanh is taken at the state before the step",
    hint="Some slides write the Jacobian with the earlier state inside the derivative, for a "
    "network whose state stands before the tanh. Where is tanh applied in this step?",
    section="one-step-jacobian",
    change={
        """
        h_t = np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)
        return (1 - h_t**2)[:, :, None] * W_h
        """: "return (1 - np.tanh(h_prev) ** 2)[:, :, None] * W_h",
    },
)

jacobian_of_the_slides = misconception(
    of="step_jacobian",
    diagnosis="this is the formula of some slides: W_h transposed, slope at the state before",
    hint="That formula was printed for a network whose state stands before the tanh, and the "
    "transpose is a slip even there. Derive it for this step: which unit depends on which?",
    section="one-step-jacobian",
    change={
        """
        h_t = np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)
        return (1 - h_t**2)[:, :, None] * W_h
        """: "return W_h.T * (1 - np.tanh(h_prev) ** 2)[:, None, :]",
    },
)

slope_from_previous_state = misconception(
    of="step_jacobian",
    diagnosis="the slopes are those of the state before the step: 1 - h_prev squared",
    hint="The square of the state gives the slope of the step that made that state. Which step "
    "made h_prev, and which one is differentiated here?",
    section="one-step-jacobian",
    change={
        """
        h_t = np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)
        return (1 - h_t**2)[:, :, None] * W_h
        """: "return (1 - h_prev**2)[:, :, None] * W_h",
    },
)

slopes_on_columns = misconception(
    of="step_jacobian",
    diagnosis="the slopes multiply the columns of W_h, not its rows",
    hint="Row i belongs to unit i after the step, and it is that unit's tanh which has the slope. "
    "On which side of W_h does the diagonal matrix stand?",
    section="one-step-jacobian",
    change={":, None": "None, :"},
)

weights_transposed = misconception(
    of="step_jacobian",
    diagnosis="W_h is transposed in the Jacobian, but the slopes multiply its rows",
    hint="The entry for unit i after and unit j before is a slope times one weight. Which weight "
    "leads from j to i?",
    section="one-step-jacobian",
    change={"(1 - h_t**2)[:, :, None] * W_h": "(1 - h_t**2)[:, :, None] * W_h.T"},
)

jacobian_transposed = misconception(
    of="step_jacobian",
    diagnosis="this is the transpose of the Jacobian",
    hint="Rows belong to the units after the step, columns to those before. Backpropagation uses "
    "the transpose; here the derivative itself is asked for.",
    section="one-step-jacobian",
    change={"(1 - h_t**2)[:, :, None] * W_h": "W_h.T * (1 - h_t**2)[:, None, :]"},
)

slope_forgotten = misconception(
    of="step_jacobian",
    diagnosis="the slope of tanh is missing: this is W_h alone",
    hint="Without the tanh the step would be linear and its derivative W_h. What does the outer "
    "function of the chain rule contribute?",
    section="one-step-jacobian",
    change={
        """
        h_t = np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)
        return (1 - h_t**2)[:, :, None] * W_h
        """: "return np.broadcast_to(W_h, (len(h_prev), *W_h.shape)).copy()",
    },
)

value_for_slope = misconception(
    of="step_jacobian",
    diagnosis="W_h is multiplied by tanh itself, not by its slope",
    hint="The chain rule takes the derivative of the outer function. The derivative of tanh can be "
    "written with tanh, but is not tanh.",
    section="one-step-jacobian",
    change={"(1 - h_t**2)[:, :, None] * W_h": "h_t[:, :, None] * W_h"},
)

square_forgotten = misconception(
    of="step_jacobian",
    diagnosis="the square is missing in the slope of tanh: this has 1 - h",
    hint="A slope of tanh lies between 0 and 1. Yours is above 1 where the state is negative.",
    section="one-step-jacobian",
    change={"- h_t**2": "- h_t"},
)

slope_of_sigmoid = misconception(
    of="step_jacobian",
    diagnosis="the slope is that of the logistic function, h (1 - h)",
    hint="That expression is right for the logistic function. This network uses tanh; its slope "
    "at 0 is 1.",
    section="one-step-jacobian",
    change={"1 - h_t**2": "h_t * (1 - h_t)"},
)

tanh_twice = misconception(
    of="step_jacobian",
    diagnosis="tanh is applied twice: its slope is taken at the new state, not at the sum",
    hint="The slope is 1 minus the square of tanh at the pre-activation. If you have that tanh "
    "already, it is not to be put through tanh again.",
    section="one-step-jacobian",
    change={"1 - h_t": "1 - np.tanh(h_t)"},
)

bias_forgotten = misconception(
    of="step_jacobian",
    diagnosis="the bias b is missing in the sum at which the slope is taken",
    hint="A constant has no derivative, but it moves the point at which the slope is taken.",
    section="one-step-jacobian",
    change={"W_h.T + b": "W_h.T"},
)

input_forgotten = misconception(
    of="step_jacobian",
    diagnosis="the input is missing in the sum at which the slope is taken",
    hint="The input does not depend on the state, but it moves the point at which the slope is "
    "taken.",
    section="one-step-jacobian",
    change={"x_t @ W_x.T + h_prev": "h_prev"},
)

forward_transposed = misconception(
    of="step_jacobian",
    diagnosis="in the forward step, W_h is applied the wrong way round",
    hint="W_h is square, so both ways run. Compare with the product with W_x.",
    section="one-step-jacobian",
    change={"W_h.T + b": "W_h + b"},
)

summed_over_batch = misconception(
    of="step_jacobian",
    diagnosis="the Jacobians of the sequences are added up",
    hint="Each sequence has a Jacobian of its own, because its slopes are its own. The first axis "
    "of the result is the batch.",
    section="one-step-jacobian",
    change={"(1 - h_t**2)[:, :, None] * W_h": "np.diag((1 - h_t**2).sum(axis=0)) @ W_h"},
)

batch_axis_dropped = misconception(
    of="step_jacobian",
    diagnosis="for a batch of one sequence the batch axis is missing",
    hint="A batch of one is still a batch: its first axis has length 1. Does something in your "
    "function drop axes of length 1?",
    section="one-step-jacobian",
    change={"(1 - h_t**2)[:, :, None] * W_h": "((1 - h_t**2)[:, :, None] * W_h).squeeze()"},
)

slope_by_exponentials = misconception(
    of="step_jacobian",
    diagnosis="the slope is computed with exponentials that overflow for large sums",
    hint="The exponential of 1000 is too large for a float, and infinity divided by infinity is "
    "NaN. NumPy has a function for the tanh that takes care of this.",
    section="one-step-jacobian",
    change={
        "h_t = np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)": "a = x_t @ W_x.T + h_prev @ W_h.T + b",
        "1 - h_t": "4 * np.exp(2 * a) / (np.exp(2 * a) + 1)",
    },
)


jacobian_in_float64 = misconception(
    of="step_jacobian",
    diagnosis="float32 inputs give a float64 Jacobian",
    hint="np.zeros, np.eye and np.empty make float64 arrays unless they are told a dtype.",
    section="one-step-jacobian",
    change={
        "(1 - h_t**2)[:, :, None] * W_h": "((1 - h_t**2)[:, :, None] * W_h).astype(np.float64)",
    },
)


previous_state_overwritten = misconception(
    of="step_jacobian",
    diagnosis="h_prev is overwritten: the caller's array holds other numbers after the call",
    hint="Assigning to a part of an array, also to all of it by [:] or by out=, writes into the "
    "array that was handed in. Give the new state an array of its own.",
    section="one-step-jacobian",
    change={"h_t = np": "h_prev[:] = np", "1 - h_t": "1 - h_prev"},
)


# --- 2. from one state to a later one --------------------------------------------------------

order_reversed = misconception(
    of="span_jacobian",
    diagnosis="the Jacobians are multiplied in the wrong order, the latest on the right",
    hint="A push of the early state meets the early Jacobian first. The matrix that acts first "
    "stands next to the vector it acts on.",
    section="product-of-jacobians",
    change={"jacobians[:, s] @ J": "J @ jacobians[:, s]"},
)

entry_by_entry = misconception(
    of="span_jacobian",
    diagnosis="the matrices are multiplied entry by entry",
    hint="The chain rule sums over all the units in between: that is a matrix product. In NumPy, "
    "the star is something else.",
    section="product-of-jacobians",
    change={"jacobians[:, s] @ J": "jacobians[:, s] * J if s > k else jacobians[:, s]"},
)

one_step_too_early = misconception(
    of="span_jacobian",
    diagnosis="one step too many: the product begins with the step that made state k",
    hint="The step from state k to state k + 1 is the first one that counts, and its Jacobian is "
    "J with the number k + 1. Where does it lie when the array counts from 0?",
    section="product-of-jacobians",
    change={"range(k, t)": "range(max(k - 1, 0), t)"},
)

first_step_missing = misconception(
    of="span_jacobian",
    diagnosis="the first step of the span is missing",
    hint="From state 0 to state 2 there are two steps. Count the factors of your product, and "
    "remember that the array counts from 0.",
    section="product-of-jacobians",
    change={"range(k, t)": "range(k + 1, t)"},
)

shifted_by_one = misconception(
    of="span_jacobian",
    diagnosis="the span is shifted by one step: both its ends are one too late",
    hint="jacobians[:, 0] is the derivative of state 1 with respect to state 0. Which entry holds "
    "the first step after state k?",
    section="product-of-jacobians",
    change={"_, H, _": "T, H, _", "range(k, t)": "range(k + 1, min(t + 1, T))"},
)

last_step_missing = misconception(
    of="span_jacobian",
    diagnosis="the last step of the span is missing",
    hint="range(a, b) ends before b. From state 0 to state 2 there are two steps: count the "
    "factors of your product.",
    section="product-of-jacobians",
    change={"range(k, t)": "range(k, t - 1)"},
)

one_step_too_late = misconception(
    of="span_jacobian",
    diagnosis="one step too many: the product ends with the step after state t",
    hint="range(a, b) and a slice a:b end before b. From state 0 to state 2 there are two steps: "
    "count the factors of your product.",
    section="product-of-jacobians",
    change={"_, H, _": "T, H, _", "range(k, t)": "range(k, min(t + 1, T))"},
)


no_step_is_zero = misconception(
    of="span_jacobian",
    diagnosis="for k = t the result is zero; it should be the identity",
    hint="Push a state: the state itself moves by just that. Which matrix leaves every vector as "
    "it is?",
    section="product-of-jacobians",
    change={"return J": "return J if t > k else np.zeros_like(J)"},
)


identity_without_batch = misconception(
    of="span_jacobian",
    diagnosis="for k = t there is one identity matrix, not one for each sequence",
    hint="The result has the batch as its first axis for every k and t, also where all its "
    "matrices are the same.",
    section="product-of-jacobians",
    change={
        """
        N, _, H, _ = jacobians.shape
        J = np.broadcast_to(np.eye(H, dtype=jacobians.dtype), (N, H, H)).copy()
        """: "J = np.eye(jacobians.shape[-1], dtype=jacobians.dtype)",
    },
)


@misconception(
    of="span_jacobian",
    diagnosis="for k = t the result is the Jacobian of a step; it should be the identity",
    hint="If the product starts with a Jacobian, it has at least one factor. With which matrix can "
    "it start so that the empty product is right, too?",
    section="product-of-jacobians",
)
def no_step_is_a_step(jacobians, k, t):
    J = jacobians[:, min(k, jacobians.shape[1] - 1)].copy()
    for s in range(k + 1, t):
        J = jacobians[:, s] @ J
    return J


whole_sequence = misconception(
    of="span_jacobian",
    diagnosis="k and t have no influence: all steps are multiplied",
    hint="Only the steps between the two states count.",
    section="product-of-jacobians",
    change={"_, H, _": "T, H, _", "range(k, t)": "range(T)"},
)


@misconception(
    of="span_jacobian",
    diagnosis="the Jacobians are added, not multiplied",
    hint="Gradients that reach a weight on several ways are added. Steps that follow each other on "
    "one way are multiplied.",
    section="product-of-jacobians",
)
def added_up(jacobians, k, t):
    N, _, H, _ = jacobians.shape
    if k == t:
        return np.broadcast_to(np.eye(H, dtype=jacobians.dtype), (N, H, H)).copy()
    return jacobians[:, k:t].sum(axis=1)


power_of_the_last = misconception(
    of="span_jacobian",
    diagnosis="one Jacobian is raised to a power, as if it were the same at every step",
    hint="The weights are the same at every step, the slopes of tanh are not.",
    section="product-of-jacobians",
    change={"jacobians[:, s]": "jacobians[:, t - 1]"},
)


factors_transposed = misconception(
    of="span_jacobian",
    diagnosis="each Jacobian is transposed before it is multiplied",
    hint="The transpose carries a gradient back. Here the derivative itself is asked for, rows for "
    "the later state.",
    section="product-of-jacobians",
    change={"jacobians[:, s]": "jacobians[:, s].swapaxes(1, 2)"},
)

span_in_float64 = misconception(
    of="span_jacobian",
    diagnosis="float32 Jacobians give a float64 product",
    hint="np.eye, np.zeros and np.empty make float64 arrays unless they are told a dtype.",
    section="product-of-jacobians",
    change={
        "np.broadcast_to(np.eye(H, dtype=jacobians.dtype), (N, H, H)).copy()": (
            "np.tile(np.eye(H), (N, 1, 1))"
        ),
    },
)


@misconception(
    of="span_jacobian",
    diagnosis="the caller's jacobians hold other numbers after the call",
    hint="A slice of an array is a view of it. Writing the product into the view changes the array "
    "that was handed in.",
    section="product-of-jacobians",
)
def jacobians_overwritten(jacobians, k, t):
    N, _, H, _ = jacobians.shape
    if k == t:
        return np.broadcast_to(np.eye(H, dtype=jacobians.dtype), (N, H, H)).copy()
    J = jacobians[:, k]
    for s in range(k + 1, t):
        J[:] = jacobians[:, s] @ J
    return J.copy()


# --- 3. the gradient by distance -------------------------------------------------------------

not_transposed = misconception(
    of="gradient_norms",
    diagnosis="the gradient is multiplied by the Jacobian, not by its transpose",
    hint="Going back, each unit before the step collects from all the units after it: sum over the "
    "rows of the Jacobian. Which of its two indices must meet the gradient's?",
    section="gradient-by-distance",
    change={
        """
        dh = dh_T
        norms = [np.linalg.norm(dh, axis=1)]
        """: "dh, norms = dh_T, [np.linalg.norm(dh_T, axis=1)]",
        '"ni,nij->nj", dh, jacobians[:, t]': '"nij,nj->ni", jacobians[:, t], dh',
    },
)

sorted_by_time = misconception(
    of="gradient_norms",
    diagnosis="the norms are sorted by time, the first state first",
    hint="Entry 0 is distance 0: the last state. In which order does your loop meet the states, "
    "and in which order do you store them?",
    section="gradient-by-distance",
    change={
        """
        dh = dh_T
        norms = [np.linalg.norm(dh, axis=1)]
        """: "dh, norms = dh_T, [np.linalg.norm(dh_T, axis=1)]",
        "norms.append(np.linalg.norm(dh, axis=1))": "norms.insert(0, np.linalg.norm(dh, axis=1))",
    },
)

jacobians_from_the_first = misconception(
    of="gradient_norms",
    diagnosis="the Jacobians are used from the first to the last",
    hint="The gradient starts at the last state. Which step does it have to go back through first?",
    section="gradient-by-distance",
    change={
        """
        dh = dh_T
        norms = [np.linalg.norm(dh, axis=1)]
        for t in reversed(range(jacobians.shape[1])):
        """: """
        dh, norms = dh_T, [np.linalg.norm(dh_T, axis=1)]
        for t in range(jacobians.shape[1]):
        """,
    },
)

jacobians_one_too_early = misconception(
    of="gradient_norms",
    diagnosis="every step back uses the Jacobian of the step before it",
    hint="J_s lies at s - 1 in the array, so the way back from state T begins with the last entry. "
    "An index of -1 wraps round without an error.",
    section="gradient-by-distance",
    change={
        """
        dh = dh_T
        norms = [np.linalg.norm(dh, axis=1)]
        """: "dh, norms = dh_T, [np.linalg.norm(dh_T, axis=1)]",
        "jacobians[:, t]": "jacobians[:, t - 1]",
    },
)

root_forgotten = misconception(
    of="gradient_norms",
    diagnosis="these are squared norms: the root is missing",
    hint="The length of the vector (3, 4) is 5, not 25.",
    section="gradient-by-distance",
    change={
        """
        dh = dh_T
        norms = [np.linalg.norm(dh, axis=1)]
        """: "dh, norms = dh_T, [(dh_T**2).sum(axis=1)]",
        "norms.append(np.linalg.norm(dh, axis=1))": "norms.append((dh**2).sum(axis=1))",
    },
)

sum_of_absolute_values = misconception(
    of="gradient_norms",
    diagnosis="these are sums of absolute values, not Euclidean norms",
    hint="The length of the vector (3, 4) is 5, not 7.",
    section="gradient-by-distance",
    change={
        """
        dh = dh_T
        norms = [np.linalg.norm(dh, axis=1)]
        """: "dh, norms = dh_T, [np.abs(dh_T).sum(axis=1)]",
        "norms.append(np.linalg.norm(dh, axis=1))": "norms.append(np.abs(dh).sum(axis=1))",
    },
)


@misconception(
    of="gradient_norms",
    diagnosis="one norm is taken over the whole batch",
    hint="Each sequence has a gradient of its own. Along which axis is the norm to be taken?",
    section="gradient-by-distance",
)
def norm_over_batch(jacobians, dh_T):
    dh, norms = dh_T, [np.linalg.norm(dh_T)]
    for t in reversed(range(jacobians.shape[1])):
        dh = np.einsum("ni,nij->nj", dh, jacobians[:, t])
        norms.append(np.linalg.norm(dh))
    return np.array(norms)


last_state_missing = misconception(
    of="gradient_norms",
    diagnosis="distance 0 is missing: the first entry has gone back one step already",
    hint="T steps lie between T + 1 states. The last state itself is at distance 0.",
    section="gradient-by-distance",
    change={
        """
        dh = dh_T
        norms = [np.linalg.norm(dh, axis=1)]
        """: "dh, norms = dh_T, []",
    },
)


initial_state_missing = misconception(
    of="gradient_norms",
    diagnosis="the initial state is missing: the way ends one step too early",
    hint="T steps lie between T + 1 states. The farthest state is the initial one, at distance T.",
    section="gradient-by-distance",
    change={"np.stack(norms, axis=1)": "np.stack(norms[:-1], axis=1)"},
)


gradient_not_handed_on = misconception(
    of="gradient_norms",
    diagnosis="every step starts from the last gradient: the way back is one step long each time",
    hint="What one step back gives is what the next step back starts from. Which variable is "
    "updated in your loop?",
    section="gradient-by-distance",
    change={
        """
        dh = dh_T
        norms = [np.linalg.norm(dh, axis=1)]
        """: "norms = [np.linalg.norm(dh_T, axis=1)]",
        '"ni,nij->nj", dh': '"ni,nij->nj", dh_T',
    },
)


@misconception(
    of="gradient_norms",
    diagnosis="this is the product of the norms of the Jacobians: an upper bound, not the gradient",
    hint="The norm of a product is at most the product of the norms. Carry the vector itself back, "
    "and measure it where it arrives.",
    section="gradient-by-distance",
)
def product_of_norms(jacobians, dh_T):
    first = np.linalg.norm(dh_T, axis=1)[:, None]
    stretches = np.linalg.norm(jacobians[:, ::-1], 2, axis=(2, 3))
    return np.concatenate([first, first * np.cumprod(stretches, axis=1)], axis=1)


relative_norms = misconception(
    of="gradient_norms",
    diagnosis="the norms are divided by the first one",
    hint="The norm of the gradient itself is asked for. At distance 0 it is that of dh_T.",
    section="gradient-by-distance",
    change={"np.stack(norms, axis=1)": "np.stack(norms, axis=1) / norms[0][:, None]"},
)


norms_in_float64 = misconception(
    of="gradient_norms",
    diagnosis="float32 arrays give float64 norms",
    hint="np.zeros and np.empty make float64 arrays unless they are told a dtype.",
    section="gradient-by-distance",
    change={"np.stack(norms, axis=1)": "np.stack(norms, axis=1).astype(np.float64)"},
)


gradient_overwritten = misconception(
    of="gradient_norms",
    diagnosis="dh_T is overwritten: the caller's array holds other numbers after the call",
    hint="A second name for an array is no copy. Writing into all of it by [:] changes the array "
    "that was handed in.",
    section="gradient-by-distance",
    change={
        """
        dh = dh_T
        norms = [np.linalg.norm(dh, axis=1)]
        """: "dh, norms = dh_T, [np.linalg.norm(dh_T, axis=1)]",
        "dh = np": "dh[:] = np",
    },
)


# --- 4. the bound ----------------------------------------------------------------------------

frobenius_norm = misconception(
    of="gradient_bound",
    diagnosis="this is the Frobenius norm, which np.linalg.norm gives unless told otherwise",
    hint="The root of the sum of all squares is larger than the largest singular value. Look up "
    "what the second argument of np.linalg.norm means for matrices.",
    section="norm-bound",
    change={"np.linalg.norm(W_h, 2)": "np.linalg.norm(W_h)"},
)

radius_for_norm = misconception(
    of="gradient_bound",
    diagnosis="the spectral radius stands in place of the norm: that is no bound",
    hint="Eigenvalues say what many equal steps do. A single step can stretch a vector by more "
    "than any eigenvalue. Which number says by how much at most?",
    section="norm-and-radius",
    change={"np.linalg.norm(W_h, 2)": "np.abs(np.linalg.eigvals(W_h)).max()"},
)

beta_forgotten = misconception(
    of="gradient_bound",
    diagnosis="beta is missing",
    hint="Each step has two factors: the matrix, and the slope of the activation.",
    section="norm-bound",
    change={"(np.linalg.norm(W_h, 2) * beta) ** distance": "np.linalg.norm(W_h, 2) ** distance"},
)

beta_once = misconception(
    of="gradient_bound",
    diagnosis="beta enters once, not once per step",
    hint="Every step has an activation of its own. What is raised to the power?",
    section="norm-bound",
    change={
        "(np.linalg.norm(W_h, 2) * beta) ** distance": "np.linalg.norm(W_h, 2) ** distance * beta",
    },
)

multiplied_by_distance = misconception(
    of="gradient_bound",
    diagnosis="the bound is multiplied by the distance where it should be raised to its power",
    hint="Steps that follow each other multiply. What do two equal steps give?",
    section="norm-bound",
    change={
        "(np.linalg.norm(W_h, 2) * beta) ** distance": "np.linalg.norm(W_h, 2) * beta * distance",
    },
)

smallest_singular_value = misconception(
    of="gradient_bound",
    diagnosis="this is the smallest singular value",
    hint="Singular values come sorted, the largest first. A bound from above needs the direction "
    "that is stretched most.",
    section="norm-bound",
    change={"np.linalg.norm(W_h, 2)": "np.linalg.svd(W_h, compute_uv=False)[-1]"},
)

norm_squared = misconception(
    of="gradient_bound",
    diagnosis="the norm is squared: this is the largest eigenvalue of W_h transposed times W_h",
    hint="The eigenvalues of that product are the squares of the singular values.",
    section="norm-bound",
    change={"np.linalg.norm(W_h, 2)": "np.linalg.eigvalsh(W_h.T @ W_h).max()"},
)

row_sum_norm = misconception(
    of="gradient_bound",
    diagnosis="this is the largest sum of a row, not the largest singular value",
    hint="There are many norms of a matrix. The bound in the Euclidean norm asks for the one that "
    "is defined by Euclidean lengths.",
    section="norm-bound",
    change={"np.linalg.norm(W_h, 2)": "np.linalg.norm(W_h, np.inf)"},
)

column_sum_norm = misconception(
    of="gradient_bound",
    diagnosis="this is the largest sum of a column, not the largest singular value",
    hint="Several norms of a matrix are in use. The one that goes with the Euclidean length of "
    "vectors has another ord.",
    section="norm-bound",
    change={"np.linalg.norm(W_h, 2)": "np.linalg.norm(W_h, 1)"},
)

norm_of_the_power = misconception(
    of="gradient_bound",
    diagnosis="this is the norm of a power of W_h, not a power of its norm",
    hint="The slopes stand between the factors and can change how they fit together. So each "
    "factor is bounded alone, and the bounds are multiplied.",
    section="norm-bound",
    change={
        "return (np.linalg.norm(W_h, 2) * beta) ** distance": """
        norms = [
            np.linalg.norm(np.linalg.matrix_power(W_h, int(d)), 2) * beta**d
            for d in np.ravel(distance)
        ]
        return np.reshape(norms, np.shape(distance))
        """,
    },
)

one_factor_missing = misconception(
    of="gradient_bound",
    diagnosis="the power is one too small: no factor is counted for the first step",
    hint="A distance of one step means one Jacobian, and one factor.",
    section="norm-bound",
    change={"** distance": "** (distance - 1.0)"},
)

largest_entry = misconception(
    of="gradient_bound",
    diagnosis="this is the largest entry of W_h",
    hint="The norm of a matrix says how much it can stretch a vector. Many small entries can do "
    "that together.",
    section="norm-bound",
    change={"np.linalg.norm(W_h, 2)": "np.abs(W_h).max()"},
)


# --- 5. the spectral radius ------------------------------------------------------------------

singular_value = misconception(
    of="spectral_radius",
    diagnosis="this is the largest singular value, the norm",
    hint="Singular values belong to one product, eigenvalues to many. They agree for symmetric "
    "matrices only.",
    section="norm-and-radius",
    change={"np.abs(np.linalg.eigvals(W)).max()": "np.linalg.norm(W, 2)"},
)

real_parts = misconception(
    of="spectral_radius",
    diagnosis="only the real parts of the eigenvalues count",
    hint="A matrix that turns the plane has eigenvalues with a real part of almost nothing. The "
    "absolute value of a complex number has two parts.",
    section="norm-and-radius",
    change={"np.linalg.eigvals(W)": "np.linalg.eigvals(W).real"},
)

maximum_before_absolute_value = misconception(
    of="spectral_radius",
    diagnosis="the largest eigenvalue is taken first, its absolute value after",
    hint="An eigenvalue of -2 doubles a vector at every step, and 1 is larger than -2. In which "
    "order do the maximum and the absolute value come?",
    section="norm-and-radius",
    change={"np.abs(np.linalg.eigvals(W)).max()": "np.abs(np.linalg.eigvals(W).max())"},
)

largest_real_part = misconception(
    of="spectral_radius",
    diagnosis="the largest real part of an eigenvalue, without the absolute value",
    hint="An eigenvalue of -2 doubles a vector at every step. What counts is how far from 0 an "
    "eigenvalue lies in the plane.",
    section="norm-and-radius",
    change={"np.abs(np.linalg.eigvals(W)).max()": "np.linalg.eigvals(W).real.max()"},
)

first_eigenvalue = misconception(
    of="spectral_radius",
    diagnosis="the first eigenvalue is taken, not the largest",
    hint="NumPy returns the eigenvalues of a matrix in no particular order.",
    section="norm-and-radius",
    change={"np.abs(np.linalg.eigvals(W)).max()": "np.abs(np.linalg.eigvals(W)[0])"},
)

as_if_symmetric = misconception(
    of="spectral_radius",
    diagnosis="the eigenvalues are those of a symmetric matrix made from half of W",
    hint="eigvalsh and eigh are for symmetric matrices, and read one half of W only.",
    section="norm-and-radius",
    change={"np.linalg.eigvals(W)": "np.linalg.eigvalsh(W)"},
)

smallest_eigenvalue = misconception(
    of="spectral_radius",
    diagnosis="this is the smallest absolute value of an eigenvalue",
    hint="After many steps the direction that is stretched most is left. Which eigenvalue is that?",
    section="norm-and-radius",
    change={"np.abs(np.linalg.eigvals(W)).max()": "np.abs(np.linalg.eigvals(W)).min()"},
)

determinant = misconception(
    of="spectral_radius",
    diagnosis="this is the absolute value of the determinant, the product of all eigenvalues",
    hint="The determinant says how volumes change. A matrix can stretch one direction without "
    "bound and squeeze another.",
    section="norm-and-radius",
    change={"np.abs(np.linalg.eigvals(W)).max()": "np.abs(np.linalg.det(W))"},
)


@misconception(
    of="spectral_radius",
    diagnosis="power iteration is stopped after one step ratio, which a turning matrix changes",
    hint="Where the largest eigenvalues are a complex pair, the vector turns and the ratio of its "
    "lengths goes up and down for ever. NumPy computes eigenvalues directly.",
    section="norm-and-radius",
)
def ratio_of_power_iteration(W):
    v = np.ones(len(W))
    for _ in range(100):
        u = W @ v
        ratio = np.linalg.norm(u) / np.linalg.norm(v)
        v = u / np.linalg.norm(u)
    return ratio


# --- 6. an iterated map ----------------------------------------------------------------------


start_missing = misconception(
    of="iterate",
    diagnosis="the start is missing from the orbit",
    hint="An orbit of 6 steps has 7 points. The first of them is h_0.",
    section="iterated-functions",
    change={"np.stack(orbit)": "np.array(orbit[1:])"},
)


one_step_missing = misconception(
    of="iterate",
    diagnosis="one step is missing: the orbit has as many points as steps",
    hint="An orbit of 6 steps has 7 points: the start, and one after each step.",
    section="iterated-functions",
    change={"range(steps)": "range(steps - 1)"},
)

one_step_too_many = misconception(
    of="iterate",
    diagnosis="one step too many: the orbit has two points more than steps",
    hint="The orbit holds the start and one point for each step.",
    section="iterated-functions",
    change={"range(steps)": "range(steps + 1)"},
)


not_nested = misconception(
    of="iterate",
    diagnosis="f is applied to h_0 at every step",
    hint="Each point is f of the point before it. What should the second call be given?",
    section="iterated-functions",
    change={"f(orbit[-1])": "f(orbit[0])"},
)


last_point_only = misconception(
    of="iterate",
    diagnosis="only the last point is returned",
    hint="Every point on the way is asked for, the start included.",
    section="iterated-functions",
    change={
        "orbit = [np.asarray(h_0, dtype=float)]": "h = np.asarray(h_0, dtype=float)",
        "orbit.append(f(orbit[-1]))": "h = f(h)",
        "np.stack(orbit)": "h",
    },
)


cut_to_whole_numbers = misconception(
    of="iterate",
    diagnosis="a start of whole numbers gives an orbit of whole numbers",
    hint="An array made like h_0 has the type of h_0. Numbers written into an array of integers "
    "lose what stands after the point.",
    section="iterated-functions",
    change={
        "np.asarray(h_0, dtype=float)": "np.asarray(h_0)",
        "f(orbit[-1])": "np.asarray(f(orbit[-1]), dtype=orbit[0].dtype)",
    },
)


# --- 7. slopes along an orbit ----------------------------------------------------------------


slopes_one_point_late = misconception(
    of="orbit_slopes",
    diagnosis="the slopes are taken one point late, where each step arrives",
    hint="The first factor is the slope at the start, because that is where f was applied first.",
    section="iterated-functions",
    change={"orbit[:-1]": "orbit[1:]"},
)


leading_one_missing = misconception(
    of="orbit_slopes",
    diagnosis="the leading 1 is missing: each entry has one factor too many",
    hint="For t = 0 no step has been made, so the product is empty. Does your first entry have a "
    "factor in it?",
    section="iterated-functions",
    change={
        "slopes[1:] = np.cumprod(df(orbit[:-1]), axis=0)": (
            "slopes[:] = np.cumprod(df(orbit), axis=0)"
        ),
    },
)


start_without_slope = misconception(
    of="orbit_slopes",
    diagnosis="the first entry is missing: how far a push of the start moves the start itself",
    hint="The result has as many entries as the orbit has points. The start moves by just "
    "as much as it is pushed.",
    section="iterated-functions",
    change={"return slopes": "return slopes[1:]"},
)


start_with_slope_zero = misconception(
    of="orbit_slopes",
    diagnosis="the first entry is 0; it should be 1",
    hint="Push the start: how far does the start itself move?",
    section="iterated-functions",
    change={
        """
        orbit = np.asarray(orbit)
        slopes = np.ones(orbit.shape)
        """: "slopes = np.zeros(orbit.shape)",
    },
)


single_slopes = misconception(
    of="orbit_slopes",
    diagnosis="these are the slopes of single steps, not multiplied up",
    hint="A push that has gone through three steps has been multiplied three times.",
    section="iterated-functions",
    change={"np.cumprod(df(orbit[:-1]), axis=0)": "df(orbit[:-1])"},
)


slopes_added = misconception(
    of="orbit_slopes",
    diagnosis="the slopes are added, not multiplied",
    hint="The chain rule for nested functions multiplies.",
    section="iterated-functions",
    change={"np.cumprod": "np.cumsum"},
)


slope_at_the_start = misconception(
    of="orbit_slopes",
    diagnosis="every step has the slope at the start",
    hint="The map is the same at every step, the point is not. Where is f applied the second time?",
    section="iterated-functions",
    change={"df(orbit[:-1])": "np.broadcast_to(df(orbit[0]), orbit[1:].shape)"},
)


product_over_everything = misconception(
    of="orbit_slopes",
    diagnosis="the product runs on from one start to the next",
    hint="Without an axis, np.cumprod flattens its array and multiplies everything in a row.",
    section="iterated-functions",
    change={
        "np.cumprod(df(orbit[:-1]), axis=0)": (
            "np.cumprod(df(orbit[:-1])).reshape(orbit[:-1].shape)"
        ),
    },
)

signs_lost = misconception(
    of="orbit_slopes",
    diagnosis="the signs are lost: these are absolute values",
    hint="Where the slope of the map is negative, a push up becomes a push down.",
    section="iterated-functions",
    change={"df(orbit[:-1])": "np.abs(df(orbit[:-1]))"},
)


# --- 8. fixed points -------------------------------------------------------------------------


@misconception(
    of="fixed_points",
    diagnosis="only fixed points that attract are found",
    hint="Iteration runs away from a fixed point that repels. Look for the places where the map "
    "crosses the diagonal instead.",
    section="attractors",
)
def by_iteration(w, b):
    ends = np.array([0.0, 1.0])
    for _ in range(5000):
        ends = sigmoid(w * ends + b)
    return np.unique(np.round(ends, 10))


@misconception(
    of="fixed_points",
    diagnosis="only one fixed point is found",
    hint="One start of a search ends at one root. Where else can the map cross the diagonal?",
    section="attractors",
)
def only_one(w, b):
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if sigmoid(w * middle + b) > middle:
            low = middle
        else:
            high = middle
    return np.array([low])


@misconception(
    of="fixed_points",
    diagnosis="a point of the grid is returned, not the root beside it",
    hint="The grid tells between which two points a root lies. Halve that interval until it is "
    "tiny.",
    section="attractors",
)
def grid_not_refined(w, b):
    grid = np.linspace(0, 1, 10001)
    signs = sigmoid(w * grid + b) > grid
    return grid[np.flatnonzero(signs[:-1] != signs[1:])]


zero_on_the_grid_lost = misconception(
    of="fixed_points",
    diagnosis="a fixed point that lies exactly on the grid is lost",
    hint="Where g is exactly 0 the product of two neighbours is 0, and not negative. What does "
    "your condition do there?",
    section="attractors",
    change={
        "np.linspace(0, 1, 2002)": "np.linspace(0, 1, 2001)",
        "signs[:-1] != signs[1:]": "g(grid[:-1]) * g(grid[1:]) < 0",
    },
)


zero_on_the_grid_twice = misconception(
    of="fixed_points",
    diagnosis="a fixed point that lies exactly on the grid is returned twice",
    hint="Where g is exactly 0, the intervals on both sides seem to hold a root. Count it once.",
    section="attractors",
    change={
        "np.linspace(0, 1, 2002)": "np.linspace(0, 1, 2001)",
        "signs[:-1] != signs[1:]": "g(grid[:-1]) * g(grid[1:]) <= 0",
    },
)


falling_order = misconception(
    of="fixed_points",
    diagnosis="the fixed points are in falling order",
    hint="The smallest comes first.",
    section="attractors",
    change={
        """
        def g(h):
            return sigmoid(w * h + b) - h

        grid = np.linspace(0, 1, 2002)
        signs = g(grid) > 0
        """: """
        grid = np.linspace(1, 0, 2002)
        signs = sigmoid(w * grid + b) > grid
        """,
        "g(middle) > 0": "sigmoid(w * middle + b) > middle",
    },
)

bias_outside = misconception(
    of="fixed_points",
    diagnosis="the bias is added outside the logistic function",
    hint="The map is the logistic function of w h + b: the bias stands inside.",
    section="attractors",
    change={
        """
        def g(h):
            return sigmoid(w * h + b) - h

        grid = np.linspace(0, 1, 2002)
        signs = g(grid) > 0
        """: """
        grid = np.linspace(-25, 25, 100_001)
        signs = sigmoid(w * grid) + b > grid
        """,
        "g(middle) > 0": "sigmoid(w * middle) + b > middle",
    },
)

of_the_preactivation = misconception(
    of="fixed_points",
    diagnosis="these are the fixed points of the pre-activation, a = w sigmoid(a) + b",
    hint="They belong to the same network, seen before the logistic function. The state itself is "
    "asked for, and lies between 0 and 1.",
    section="attractors",
    change={"return (low + high) / 2": "return w * (low + high) / 2 + b"},
)


# --- 9. attracting or repelling --------------------------------------------------------------

absolute_value_forgotten = misconception(
    of="is_attracting",
    diagnosis="the absolute value is missing: every negative slope counts as attracting",
    hint="With a slope of -2 the state jumps from side to side and gets farther away each time.",
    section="attractors",
    change={"np.abs(w * h_fixed * (1 - h_fixed)) < 1": "w * h_fixed * (1 - h_fixed) < 1"},
)

weight_forgotten = misconception(
    of="is_attracting",
    diagnosis="the weight is missing in the slope",
    hint="The inner derivative of the map is w. Without it the slope would never exceed 1/4.",
    section="attractors",
    change={"w * h_fixed": "h_fixed"},
)

weight_alone = misconception(
    of="is_attracting",
    diagnosis="only the weight decides; the point has no influence",
    hint="Of the three fixed points of one unit, two attract and one does not. What tells them "
    "apart?",
    section="attractors",
    change={
        "np.abs(w * h_fixed * (1 - h_fixed)) < 1": "np.full(np.shape(h_fixed), np.abs(w) <= 4)",
    },
)

turned_round = misconception(
    of="is_attracting",
    diagnosis="the answers are the wrong way round",
    hint="A slope near 0 pulls everything to the fixed point. Is that attracting?",
    section="attractors",
    change={"np.abs(w * h_fixed * (1 - h_fixed)) < 1": "np.abs(w * h_fixed * (1 - h_fixed)) > 1"},
)

slope_of_tanh = misconception(
    of="is_attracting",
    diagnosis="the slope is that of tanh, 1 - h squared",
    hint="This unit uses the logistic function, whose slope is at most 1/4.",
    section="attractors",
    change={"h_fixed * (1 - h_fixed)": "(1 - h_fixed**2)"},
)

sigmoid_twice = misconception(
    of="is_attracting",
    diagnosis="the logistic function is applied to the fixed point once more",
    hint="A fixed point is a value of the logistic function already. Its slope there can be "
    "written with that value.",
    section="attractors",
    change={"h_fixed * (1 - h_fixed)": "sigmoid(h_fixed) * (1 - sigmoid(h_fixed))"},
)
