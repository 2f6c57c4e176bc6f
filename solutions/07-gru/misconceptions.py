"""Wrong implementations that people really write, with what to say to them.

An entry with `change` is the solution of the function in `of` with these fragments replaced. What
is another approach is written out; it may use what the notebook defines, nothing of this file.
"""

import numpy as np

from autograder.authoring.catalogue import misconception

# --- 1. one step, the reset before the matrix -----------------------------------------------


step_z_keeps = misconception(
    of="gru_step_forward",
    diagnosis="the update gate works the other way round: z near 1 keeps, as in PyTorch",
    hint="Put z to 0 in the last equation of part 1. What is left: the old state or the candidate?",
    section="gru-lectures",
    change={"(1 - z) * h_prev + z * g": "(1 - z) * g + z * h_prev"},
)


step_reset_after_the_matrix = misconception(
    of="gru_step_forward",
    diagnosis="the reset gate acts after the matrix, as in PyTorch",
    hint="What does the matrix of the candidate multiply in part 1: the old state, or the old "
    "state after the reset gate?",
    section="gru-lectures",
    change={"(r * h_prev) @ W_h[2 * H :].T": "r * (h_prev @ W_h[2 * H :].T)"},
)


step_as_in_pytorch = misconception(
    of="gru_step_forward",
    diagnosis="this is PyTorch's GRU: the reset acts after the matrix, and z near 1 keeps",
    hint="Part 1 asks for the other convention. It differs in two places.",
    section="gru-conventions",
    change={
        "(r * h_prev) @ W_h[2 * H :].T": "r * (h_prev @ W_h[2 * H :].T)",
        "(1 - z) * h_prev + z * g": "(1 - z) * g + z * h_prev",
    },
)


step_blocks_z_r_g = misconception(
    of="gru_step_forward",
    diagnosis="the blocks are taken in the order z, r, g",
    hint="Many papers and other libraries write the update gate first. Here the first block is the "
    "reset gate.",
    section="gru-lectures",
    change={"r, z = np.split": "z, r = np.split"},
)


step_reset_forgotten = misconception(
    of="gru_step_forward",
    diagnosis="the reset gate is not used",
    hint="Which of your three blocks is computed and then not used?",
    section="gru-lectures",
    change={"(r * h_prev) @": "h_prev @"},
)


step_reset_in_the_mix = misconception(
    of="gru_step_forward",
    diagnosis="the reset gate multiplies the old state in the last equation too",
    hint="The reset gate decides what the candidate sees. What is kept is decided by the update "
    "gate alone.",
    section="gru-lectures",
    change={"(1 - z) * h_prev": "(1 - z) * (r * h_prev)"},
)


step_update_gate_sees_reset = misconception(
    of="gru_step_forward",
    diagnosis="the reset state goes into the gates as well as into the candidate",
    hint="The gates see the old state as it is. Only the candidate sees it through the reset gate.",
    section="gru-lectures",
    change={
        "r, z = np.split(sigmoid(from_x[:, : 2 * H] + h_prev @ W_h[: 2 * H].T), 2, axis=1)": """
        r = sigmoid(from_x[:, :H] + h_prev @ W_h[:H].T)
        z = sigmoid(from_x[:, H : 2 * H] + (r * h_prev) @ W_h[H : 2 * H].T)
        """,
    },
)


step_candidate_through_sigmoid = misconception(
    of="gru_step_forward",
    diagnosis="the candidate goes through the sigmoid",
    hint="The candidate is content and not a gate: it may be negative.",
    section="gru-lectures",
    change={"np.tanh(": "sigmoid("},
)


step_added_not_mixed = misconception(
    of="gru_step_forward",
    diagnosis="the old state stays in full, and the candidate is added to it",
    hint="The two weights of the mix add up to 1. What is the old state multiplied by?",
    section="gru-convex",
    change={"(1 - z) * h_prev": "h_prev"},
)


step_bias_forgotten = misconception(
    of="gru_step_forward",
    diagnosis="the bias b is missing",
    hint="Count the terms of each pre-activation, then count yours.",
    section="gru-lectures",
    change={"W_x.T + b": "W_x.T"},
)


@misconception(
    of="gru_step_forward",
    diagnosis="gates holds the pre-activations; asked for are the values after sigmoid and tanh",
    hint="h_t is right. Look at what you put side by side at the end.",
    section="gru-lectures",
)
def step_gates_before_nonlinearity(x_t, h_prev, W_x, W_h, b):
    H = h_prev.shape[1]
    a = x_t @ W_x.T + b
    r = a[:, :H] + h_prev @ W_h[:H].T
    z = a[:, H : 2 * H] + h_prev @ W_h[H : 2 * H].T
    g = a[:, 2 * H :] + (sigmoid(r) * h_prev) @ W_h[2 * H :].T
    h_t = (1 - sigmoid(z)) * h_prev + sigmoid(z) * np.tanh(g)
    return h_t, np.concatenate([r, z, g], axis=1)


step_state_overwritten = misconception(
    of="gru_step_forward",
    diagnosis="h_prev is overwritten: the caller's array holds the new state after the call",
    hint="The operators *= and += write into the array on their left. Give the new state an array "
    "of its own.",
    section="gru-lectures",
    change={
        "return (1 - z) * h_prev + z * g, np.concatenate([r, z, g], axis=1)": """
        h_prev *= 1 - z
        h_prev += z * g
        return h_prev, np.concatenate([r, z, g], axis=1)
        """,
    },
)


step_sigmoid_overflows = misconception(
    of="gru_step_forward",
    diagnosis="a sigmoid of one's own overflows for large sums, and infinity divided by infinity "
    "is NaN",
    hint="The sigmoid in the first cell of the notebook takes care of large numbers. Use that one.",
    section="gru-lectures",
    change={
        "r, z = np.split(sigmoid(from_x[:, : 2 * H] + h_prev @ W_h[: 2 * H].T), 2, axis=1)": """
        e = np.exp(from_x[:, : 2 * H] + h_prev @ W_h[: 2 * H].T)
        r, z = np.split(e / (1 + e), 2, axis=1)
        """,
    },
)


step_gates_returned_z_r_g = misconception(
    of="gru_step_forward",
    diagnosis="in gates the update gate stands before the reset gate",
    hint="In which order does the docstring want the three blocks of gates?",
    section="gru-lectures",
    change={"[r, z, g]": "[z, r, g]"},
)


# --- 2. back through that step --------------------------------------------------------------

back_without_the_direct_path = misconception(
    of="gru_step_backward",
    diagnosis="dh_prev lacks the path that skips everything, through 1 - z",
    hint="The old state is used in four places. Which of them needs no matrix?",
    section="gru-backward",
    change={
        """
        da_r = dreset * h_prev * r * (1 - r)
        da_z = dh_t * (g - h_prev) * z * (1 - z)
        """: "da_r, da_z = dreset * h_prev * r * (1 - r), dh_t * (g - h_prev) * z * (1 - z)",
        "dh_t * (1 - z) + dreset": "dreset",
    },
)

back_without_the_gates = misconception(
    of="gru_step_backward",
    diagnosis="dh_prev lacks the paths through the gates",
    hint="The old state helped to compute r and z. Both hand a gradient back to it.",
    section="gru-backward",
    change={
        """
        da_r = dreset * h_prev * r * (1 - r)
        da_z = dh_t * (g - h_prev) * z * (1 - z)
        """: "da_r, da_z = dreset * h_prev * r * (1 - r), dh_t * (g - h_prev) * z * (1 - z)",
        "r + da[:, : 2 * H] @ W_h[: 2 * H]": "r",
    },
)

back_reset_left_out_of_dh_prev = misconception(
    of="gru_step_backward",
    diagnosis="in dh_prev the gradient from the candidate is not multiplied by the reset gate",
    hint="On the way forward the candidate saw the old state times r. What multiplies the gradient "
    "on the way back?",
    section="gru-backward",
    change={
        """
        da_r = dreset * h_prev * r * (1 - r)
        da_z = dh_t * (g - h_prev) * z * (1 - z)
        """: "da_r, da_z = dreset * h_prev * r * (1 - r), dh_t * (g - h_prev) * z * (1 - z)",
        "dreset * r + da[:, : 2 * H] @ W_h[: 2 * H]": "da @ W_h",
    },
)

back_candidate_weights_get_whole_state = misconception(
    of="gru_step_backward",
    diagnosis="in dW_h the block of the candidate is made with h_prev, not with the reset state",
    hint="What did this block multiply on the way forward?",
    section="gru-backward",
    change={
        """
        da_r = dreset * h_prev * r * (1 - r)
        da_z = dh_t * (g - h_prev) * z * (1 - z)
        """: "da_r, da_z = dreset * h_prev * r * (1 - r), dh_t * (g - h_prev) * z * (1 - z)",
        """
        dW_h = np.concatenate([da[:, : 2 * H].T @ h_prev, da_g.T @ (r * h_prev)])
        return da @ W_x, dh_prev, da.T @ x_t, dW_h, da.sum(axis=0)
        """: "return da @ W_x, dh_prev, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)",
    },
)

back_sign_of_update_gate = misconception(
    of="gru_step_backward",
    diagnosis="the update gate's gradient has the wrong sign: h_prev - g for g - h_prev",
    hint="If the candidate is larger than the old state, opening the update gate makes the new "
    "state larger. Which sign follows?",
    section="gru-backward",
    change={
        """
        da_r = dreset * h_prev * r * (1 - r)
        da_z = dh_t * (g - h_prev) * z * (1 - z)
        """: "da_r, da_z = dreset * h_prev * r * (1 - r), dh_t * (h_prev - g) * z * (1 - z)",
    },
)

back_update_gate_of_candidate_alone = misconception(
    of="gru_step_backward",
    diagnosis="the update gate's gradient leaves out that z also acts on the old state",
    hint="How often does z occur in the last equation of part 1?",
    section="gru-backward",
    change={
        """
        da_r = dreset * h_prev * r * (1 - r)
        da_z = dh_t * (g - h_prev) * z * (1 - z)
        """: "da_r, da_z = dreset * h_prev * r * (1 - r), dh_t * g * z * (1 - z)",
    },
)

back_with_z_that_keeps = misconception(
    of="gru_step_backward",
    diagnosis="the update gate is taken the other way round, z for 1 - z, as if it were PyTorch's",
    hint="Write down the last equation of part 1 again. What is the candidate multiplied by?",
    section="gru-conventions",
    change={
        "dh_t * z": "dh_t * (1 - z)",
        """
        da_r = dreset * h_prev * r * (1 - r)
        da_z = dh_t * (g - h_prev) * z * (1 - z)
        """: "da_r, da_z = dreset * h_prev * r * (1 - r), dh_t * (h_prev - g) * z * (1 - z)",
        "dh_t * (1 - z)": "dh_t * z",
    },
)


@misconception(
    of="gru_step_backward",
    diagnosis="the reset gate is treated as if it acted after the matrix",
    hint="The reset gate multiplied the old state before the matrix. So its gradient comes through "
    "the matrix.",
    section="gru-backward",
)
def back_reset_after_the_matrix(dh_t, x_t, h_prev, gates, W_x, W_h):
    H = h_prev.shape[1]
    r, z, g = np.split(gates, 3, axis=1)
    da_g = dh_t * z * (1 - g**2)
    da_r = da_g * (h_prev @ W_h[2 * H :].T) * r * (1 - r)
    da_z = dh_t * (g - h_prev) * z * (1 - z)
    da = np.concatenate([da_r, da_z, da_g], axis=1)
    da_h = np.concatenate([da_r, da_z, r * da_g], axis=1)
    dh_prev = dh_t * (1 - z) + da_h @ W_h
    return da @ W_x, dh_prev, da.T @ x_t, da_h.T @ h_prev, da.sum(axis=0)


back_slope_of_reset_missing = misconception(
    of="gru_step_backward",
    diagnosis="the slope of the reset gate is missing",
    hint="The gradient is to arrive at the pre-activations. Which of the three did not go through "
    "its nonlinearity?",
    section="gru-backward",
    change={
        """
        da_r = dreset * h_prev * r * (1 - r)
        da_z = dh_t * (g - h_prev) * z * (1 - z)
        """: "da_r, da_z = dreset * h_prev, dh_t * (g - h_prev) * z * (1 - z)",
    },
)

back_slope_of_candidate = misconception(
    of="gru_step_backward",
    diagnosis="the candidate's slope is taken as that of a sigmoid",
    hint="The candidate comes out of a tanh. What is its slope, written by its value?",
    section="gru-backward",
    change={
        "z * (1 - g**2)": "z * g * (1 - g)",
        """
        da_r = dreset * h_prev * r * (1 - r)
        da_z = dh_t * (g - h_prev) * z * (1 - z)
        """: "da_r, da_z = dreset * h_prev * r * (1 - r), dh_t * (g - h_prev) * z * (1 - z)",
    },
)

back_mean_over_the_batch = misconception(
    of="gru_step_backward",
    diagnosis="the weights' gradients are means over the batch, where they should be sums",
    hint="Each sequence of the batch adds its share. Is anything divided by N in the formulas?",
    section="gru-backward",
    change={
        "H = h_prev.shape[1]": "N, H = h_prev.shape",
        """
        da_r = dreset * h_prev * r * (1 - r)
        da_z = dh_t * (g - h_prev) * z * (1 - z)
        """: "da_r, da_z = dreset * h_prev * r * (1 - r), dh_t * (g - h_prev) * z * (1 - z)",
        "x_t, dW_h, da.sum(axis=0)": "x_t / N, dW_h / N, da.mean(axis=0)",
    },
)

back_dh_overwritten = misconception(
    of="gru_step_backward",
    diagnosis="dh_t is overwritten: the caller's array holds another gradient after the call",
    hint="The operators *= and += write into the array on their left.",
    section="gru-backward",
    change={
        """
        da_r = dreset * h_prev * r * (1 - r)
        da_z = dh_t * (g - h_prev) * z * (1 - z)
        """: "da_r, da_z = dreset * h_prev * r * (1 - r), dh_t * (g - h_prev) * z * (1 - z)",
        "dh_prev = dh_t * (1 - z) + dreset * r + da[:, : 2 * H] @ W_h[: 2 * H]": """
        dh_t *= 1 - z
        dh_prev = dh_t + dreset * r + da[:, : 2 * H] @ W_h[: 2 * H]
        """,
    },
)

back_reset_without_the_old_state = misconception(
    of="gru_step_backward",
    diagnosis="the reset gate's gradient lacks the factor h_prev",
    hint="The reset gate was multiplied by something on the way forward. By the rule for a product "
    "that is the factor on the way back.",
    section="gru-backward",
    change={
        """
        da_r = dreset * h_prev * r * (1 - r)
        da_z = dh_t * (g - h_prev) * z * (1 - z)
        """: "da_r, da_z = dreset * r * (1 - r), dh_t * (g - h_prev) * z * (1 - z)",
    },
)

back_sigmoid_twice = misconception(
    of="gru_step_backward",
    diagnosis="the sigmoid is applied to the gates once more before its slope is taken",
    hint="gates holds the values after the sigmoid. What is the slope, written by such a value?",
    section="gru-backward",
    change={
        "da_r = dreset * h_prev * r * (1 - r)": (
            "slope_r, slope_z = (sigmoid(part) * (1 - sigmoid(part)) for part in (r, z))"
        ),
        "da_z = dh_t * (g - h_prev) * z * (1 - z)": (
            "da_r, da_z = dreset * h_prev * slope_r, dh_t * (g - h_prev) * slope_z"
        ),
    },
)


# --- 3. one step of PyTorch's GRU -----------------------------------------------------------


torch_step_z_writes = misconception(
    of="torch_gru_step_forward",
    diagnosis="the update gate works as on slides: z near 0 keeps",
    hint="Put z to 1 in the last equation of part 3. What is left?",
    section="gru-pytorch",
    change={"(1 - z) * g + z * h_prev": "(1 - z) * h_prev + z * g"},
)


torch_step_bias_outside_the_reset = misconception(
    of="torch_gru_step_forward",
    diagnosis="the candidate's bias on the side of the state stands outside the reset gate",
    hint="Where is the bracket in the equation of the candidate, and what stands in it?",
    section="gru-pytorch",
    change={
        "W_x.T + b_x": "W_x.T + b_x + b_h",
        "W_h.T + b_h": "W_h.T",
    },
)


torch_step_both_biases_inside = misconception(
    of="torch_gru_step_forward",
    diagnosis="both biases of the candidate stand inside the reset gate",
    hint="One bias belongs to the side of the input, and the reset gate does not touch that side.",
    section="gru-pytorch",
    change={
        "W_x.T + b_x": "W_x.T",
        "W_h.T + b_h": "W_h.T + b_h + b_x",
    },
)


torch_step_reset_before_the_matrix = misconception(
    of="torch_gru_step_forward",
    diagnosis="the reset gate acts before the matrix, as on slides",
    hint="In PyTorch the reset gate multiplies what comes out of the matrix.",
    section="gru-pytorch",
    change={
        "from_x, from_h": "u, v",
        "np.split(sigmoid(from_x[:, : 2 * H] + from_h[:, : 2 * H]), 2, axis=1)": (
            "sigmoid(u[:, :H] + v[:, :H]), sigmoid(u[:, H : 2 * H] + v[:, H : 2 * H])"
        ),
        "np.tanh(from_x[:, 2 * H :] + r * from_h[:, 2 * H :])": (
            "np.tanh(u[:, 2 * H :] + (r * h_prev) @ W_h[2 * H :].T + b_h[2 * H :])"
        ),
    },
)

torch_step_reset_on_the_input = misconception(
    of="torch_gru_step_forward",
    diagnosis="the reset gate multiplies the side of the input as well",
    hint="The reset gate decides about the old state. Should it hide the new input too?",
    section="gru-pytorch",
    change={
        "from_x, from_h": "u, v",
        "np.split(sigmoid(from_x[:, : 2 * H] + from_h[:, : 2 * H]), 2, axis=1)": (
            "sigmoid(u[:, :H] + v[:, :H]), sigmoid(u[:, H : 2 * H] + v[:, H : 2 * H])"
        ),
        "np.tanh(from_x[:, 2 * H :] + r * from_h[:, 2 * H :])": (
            "np.tanh(r * (u[:, 2 * H :] + v[:, 2 * H :]))"
        ),
    },
)


torch_step_second_bias_forgotten = misconception(
    of="torch_gru_step_forward",
    diagnosis="the bias b_h is missing",
    hint="Which argument of your function is not used?",
    section="gru-pytorch",
    change={"W_h.T + b_h": "W_h.T"},
)


torch_step_blocks_z_r_g = misconception(
    of="torch_gru_step_forward",
    diagnosis="the blocks are taken in the order z, r, g",
    hint="Keras stores the update gate first. PyTorch's first block is the reset gate.",
    section="gru-pytorch",
    change={
        "from_x, from_h": "u, v",
        "r, z = np.split(sigmoid(from_x[:, : 2 * H] + from_h[:, : 2 * H]), 2, axis=1)": (
            "z, r = sigmoid(u[:, :H] + v[:, :H]), sigmoid(u[:, H : 2 * H] + v[:, H : 2 * H])"
        ),
        "np.tanh(from_x[:, 2 * H :] + r * from_h[:, 2 * H :])": (
            "np.tanh(u[:, 2 * H :] + r * v[:, 2 * H :])"
        ),
    },
)


torch_step_in_float64 = misconception(
    of="torch_gru_step_forward",
    diagnosis="float32 inputs give float64 states",
    hint="Does anything enter that is not an argument or made from one? New arrays are float64 "
    "unless they are told a dtype.",
    section="gru-pytorch",
    change={
        "return (1 - z) * g + z * h_prev, np.concatenate([r, z, g], axis=1)": """
        h_t, gates = (1 - z) * g + z * h_prev, np.concatenate([r, z, g], axis=1)
        return h_t.astype(np.float64), gates.astype(np.float64)
        """,
    },
)


# --- 4. back through PyTorch's step ---------------------------------------------------------

torch_back_biases_alike = misconception(
    of="torch_gru_step_backward",
    diagnosis="db_h is the same as db_x: the reset gate is missing in the block of the candidate",
    hint="On the way forward the candidate's second bias was multiplied by something that the "
    "first was not.",
    section="gru-backward",
    change={
        """
        da_r = da_g * u * r * (1 - r)
        da_z = dh_t * (h_prev - g) * z * (1 - z)
        """: "da_r, da_z = da_g * u * r * (1 - r), dh_t * (h_prev - g) * z * (1 - z)",
        "da_h.sum(axis=0)": "da.sum(axis=0)",
    },
)


torch_back_without_the_reset = misconception(
    of="torch_gru_step_backward",
    diagnosis="the reset gate is missing on the whole side of the state",
    hint="What the candidate gets from the old state was multiplied by r. So is the gradient that "
    "goes back there.",
    section="gru-backward",
    change={"r * da_g]": "da_g]"},
)


torch_back_reset_on_the_input = misconception(
    of="torch_gru_step_backward",
    diagnosis="the reset gate is multiplied into the side of the input too",
    hint="The input goes into the candidate past the reset gate. Its gradient comes back the same "
    "way.",
    section="gru-backward",
    change={"da_z, da_g]": "da_z, r * da_g]"},
)


torch_back_bias_left_out = misconception(
    of="torch_gru_step_backward",
    diagnosis="the reset gate's gradient leaves out the bias b_h",
    hint="What exactly does the reset gate multiply on the way forward? All of it is the factor on "
    "the way back.",
    section="gru-backward",
    change={
        "W_h[2 * H :].T + b_h[2 * H :]": "W_h[2 * H :].T",
        """
        da_r = da_g * u * r * (1 - r)
        da_z = dh_t * (h_prev - g) * z * (1 - z)
        """: "da_r, da_z = da_g * u * r * (1 - r), dh_t * (h_prev - g) * z * (1 - z)",
    },
)

torch_back_with_z_that_writes = misconception(
    of="torch_gru_step_backward",
    diagnosis="the update gate is taken as on slides: 1 - z for the old state, z for the candidate",
    hint="Write down the last equation of part 3 again. Which of the two is multiplied by z?",
    section="gru-conventions",
    change={
        """
        da_g = dh_t * (1 - z) * (1 - g**2)
        da_r = da_g * u * r * (1 - r)
        da_z = dh_t * (h_prev - g) * z * (1 - z)
        """: """
        da_g = dh_t * z * (1 - g**2)
        da_r, da_z = da_g * u * r * (1 - r), dh_t * (g - h_prev) * z * (1 - z)
        """,
        "z + da_h": "(1 - z) + da_h",
    },
)

torch_back_sign_of_update_gate = misconception(
    of="torch_gru_step_backward",
    diagnosis="the sign of the update gate's gradient is that of the other convention",
    hint="Here z multiplies the old state. If that is larger than the candidate, which way does "
    "the new state move with z?",
    section="gru-conventions",
    change={
        """
        da_r = da_g * u * r * (1 - r)
        da_z = dh_t * (h_prev - g) * z * (1 - z)
        """: "da_r, da_z = da_g * u * r * (1 - r), dh_t * (g - h_prev) * z * (1 - z)",
    },
)

torch_back_without_the_direct_path = misconception(
    of="torch_gru_step_backward",
    diagnosis="dh_prev lacks the direct path, through z",
    hint="Part of the old state goes into the new one without a matrix. Its gradient does too.",
    section="gru-backward",
    change={
        """
        da_r = da_g * u * r * (1 - r)
        da_z = dh_t * (h_prev - g) * z * (1 - z)
        """: "da_r, da_z = da_g * u * r * (1 - r), dh_t * (h_prev - g) * z * (1 - z)",
        "dh_t * z + da_h": "da_h",
    },
)

torch_back_reset_as_on_slides = misconception(
    of="torch_gru_step_backward",
    diagnosis="the reset gate's gradient is that of part 2, where the reset acts before the matrix",
    hint="Here the reset gate multiplies what came out of the matrix. What is then its factor on "
    "the way back?",
    section="gru-backward",
    change={
        "u = h_prev @ W_h[2 * H :].T + b_h[2 * H :]": "",
        "da_g * u": "(da_g @ W_h[2 * H :]) * h_prev",
    },
)


# --- 5. a padded batch ----------------------------------------------------------------------


padding_read = misconception(
    of="torch_gru_forward",
    diagnosis="lengths has no influence: the network goes on reading the padding",
    hint="What lies beyond a sequence's length is no input. Those rows should keep their state.",
    section="gru-sequence",
    change={"h_t = np.where((t < lengths)[:, None], h_next, h_t)": "h_t = h_next"},
)


padding_zeroed = misconception(
    of="torch_gru_forward",
    diagnosis="the states in the padding are zero; they should repeat the last real ones",
    hint="h[:, -1] is to be the final state of every sequence, also of the short ones.",
    section="gru-sequence",
    change={"np.where((t < lengths)[:, None], h_next, h_t)": "h_next * (t < lengths)[:, None]"},
)


one_step_too_many = misconception(
    of="torch_gru_forward",
    diagnosis="each sequence takes one step too many, into the padding",
    hint="Steps are counted from 0. Which is the last t of a sequence of length 1?",
    section="gru-sequence",
    change={"t < lengths": "t <= lengths"},
)


state_not_handed_on = misconception(
    of="torch_gru_forward",
    diagnosis="every step starts from h_0: the state is not handed on",
    hint="Which variable should hold the state when the next step begins?",
    section="gru-sequence",
    change={"x[:, t], h_t": "x[:, t], h_0"},
)


initial_state_ignored = misconception(
    of="torch_gru_forward",
    diagnosis="the run starts from zeros, not from h_0",
    hint="The state before the first step is an argument. Zeros are one choice of it, made by the "
    "caller.",
    section="gru-sequence",
    change={
        """
        N, T, _ = x.shape
        h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
        h_t = h_0
        for t in range(T):
        """: """
        h, h_t = np.zeros((*x.shape[:2], h_0.shape[1]), dtype=x.dtype), np.zeros_like(h_0)
        for t in range(x.shape[1]):
        """,
    },
)


states_one_step_late = misconception(
    of="torch_gru_forward",
    diagnosis="h starts with h_0 and lacks the last state: everything comes one step late",
    hint="h[:, t] is the state after the step that reads x[:, t], not the one before it.",
    section="gru-sequence",
    change={
        "h_next, _ = torch_gru_step_forward(x[:, t], h_t, W_x, W_h, b_x, b_h)": """
        h[:, t] = h_t
        h_next, _ = torch_gru_step_forward(x[:, t], h_t, W_x, W_h, b_x, b_h)
        """,
        "h[:, t] = h_t": "",
    },
)


biases_exchanged = misconception(
    of="torch_gru_forward",
    diagnosis="the two biases are exchanged in the call of the step",
    hint="Compare the order of your arguments with the definition of the function you call. In a "
    "GRU the two biases do different things.",
    section="gru-pytorch",
    change={"W_h, b_x, b_h)": "W_h, b_h, b_x)"},
)


# --- 6. how many weights --------------------------------------------------------------------

count_gates_alone = misconception(
    of="count_weights",
    diagnosis="the GRU is counted with two blocks: its candidate is forgotten",
    hint="The candidate has weights too, like a gate.",
    section="gru-count",
    change={'3, "LSTM": 4': '2, "LSTM": 3'},
)

count_without_bias = misconception(
    of="count_weights",
    diagnosis="the biases are not counted",
    hint="What is the length of one bias vector?",
    section="gru-count",
    change={"H + biases": "H"},
)

count_one_bias = misconception(
    of="count_weights",
    diagnosis="one bias is counted, however many there are",
    hint="Which argument of your function is not used?",
    section="gru-count",
    change={"H + biases": "H + 1"},
)

count_recurrent_as_input = misconception(
    of="count_weights",
    diagnosis="the recurrent weights are counted as D times H, like the input weights",
    hint="What is the shape of one block of the recurrent weights?",
    section="gru-count",
    change={"D + H + biases": "2 * D + biases"},
)

count_bias_as_a_number = misconception(
    of="count_weights",
    diagnosis="there is one number of bias for each block, where there are H",
    hint="A bias is added to a vector of pre-activations. How many numbers does it have?",
    section="gru-count",
    change={"H * (D + H + biases)": "(H * D + H * H + biases)"},
)

count_second_bias_for_one_block = misconception(
    of="count_weights",
    diagnosis="the second bias is counted with H numbers, for one block only",
    hint="PyTorch's second bias is as long as the first.",
    section="gru-count",
    change={"H * (D + H + biases)": "H * (D + H + 1) + (biases - 1) * H"},
)

count_two_biases = misconception(
    of="count_weights",
    diagnosis="two biases are counted, as PyTorch has them, whatever is asked for",
    hint="How many bias vectors are there when the caller does not say?",
    section="gru-count",
    change={"H + biases": "H + 2"},
)


# --- 7. an LSTM that counts -----------------------------------------------------------------

counter_unit_by_unit = misconception(
    of="counter_weights",
    diagnosis="the gates of a unit stand together, where the rows go gate by gate",
    hint="Rows 0, 1, 2 are the input gates of the three units, rows 3, 4, 5 their forget gates.",
    section="gru-counter",
    change={
        "W_x[0:3]": "W_x[[0, 4, 8]]",
        "W_x[6] = [alpha, -alpha]": "W_x[2] = [alpha, -alpha]",
        "W_h[2, 1]": "W_h[8, 1]",
    },
)

counter_gate_for_candidate = misconception(
    of="counter_weights",
    diagnosis="the count goes down by closing the input gate, not by a negative candidate",
    hint="A closed input gate adds nothing. What takes 1 away?",
    section="gru-counter",
    change={
        """
        W_x[0:3] = [[alpha, alpha], [-alpha, alpha], [-alpha, -3 * alpha]]
        W_x[6] = [alpha, -alpha]
        """: "W_x[0:3] = [[alpha, -alpha], [-alpha, alpha], [-alpha, -3 * alpha]]",
    },
)

counter_in_order_i_f_o_g = misconception(
    of="counter_weights",
    diagnosis="the rows are in the order i, f, o, g",
    hint="The candidates are rows 6 to 8, the output gates rows 9 to 11.",
    section="gru-counter",
    change={"W_x[6] = [alpha, -alpha]": "W_x[9] = [alpha, -alpha]"},
)

counter_recurrent_weight_transposed = misconception(
    of="counter_weights",
    diagnosis="the weight from unit 1 to unit 2 stands in the place from unit 2 to unit 1",
    hint="A row of W_h belongs to the pre-activation that is made, a column to the state that it "
    "is made from.",
    section="gru-counter",
    change={"W_h[2, 1]": "W_h[1, 2]"},
)

counter_without_recurrence = misconception(
    of="counter_weights",
    diagnosis="unit 2 is not connected to unit 1, so it cannot know that a b was there",
    hint="Which entry of the table holds a hidden state?",
    section="gru-counter",
    change={"W_h[2, 1] = 2 * alpha": ""},
)

counter_letters_exchanged = misconception(
    of="counter_weights",
    diagnosis="the columns of W_x are exchanged: b counts up and a counts down",
    hint="The letter a is the vector (1, 0). Which column does it pick?",
    section="gru-counter",
    change={
        ", [-alpha, alpha], [-alpha, -3 * alpha]": ", [alpha, -alpha], [-3 * alpha, -alpha]",
        "alpha, -alpha": "-alpha, alpha",
    },
)

counter_gates_half_open = misconception(
    of="counter_weights",
    diagnosis="the rows hold only what an a needs; for a b the pre-activations are zero",
    hint="A pre-activation of 0 is a gate that is half open. Both letters need weights, or a bias "
    "that serves both.",
    section="gru-counter",
    change={
        "W_x, W_h = np.full((12, 2), float(alpha)), np.zeros((12, 3))": """
        W_x, W_h = np.zeros((12, 2)), np.zeros((12, 3))
        W_x[:, 0] = alpha
        """,
    },
)

counter_unit_2_counts_every_letter = misconception(
    of="counter_weights",
    diagnosis="at a b the input gate of unit 2 has the same numbers as at an a",
    hint="After a b, unit 1 shows nearly 1. Which sign has the input gate of unit 2 then, at a "
    "further b?",
    section="gru-counter",
    change={"3 * alpha": "alpha"},
)

counter_one_candidate = misconception(
    of="counter_weights",
    diagnosis="only unit 0 has a candidate; those of units 1 and 2 are zero",
    hint="An open input gate writes the candidate. What do units 1 and 2 write?",
    section="gru-counter",
    change={"W_x[6] = [alpha, -alpha]": "W_x[6:9] = [[alpha, -alpha], [0, 0], [0, 0]]"},
)


# --- 8. let it read -------------------------------------------------------------------------

reads_without_hidden_state = misconception(
    of="accepts",
    diagnosis="the hidden state is not handed back to the gates",
    hint="Two states go from letter to letter. Which one does W_h multiply?",
    section="gru-counter",
    change={
        """
        a = W_x[:, "ab".index(letter)] + W_h @ h + b
        i, f, g, o = a.reshape(4, 3)
        """: 'i, f, g, o = (W_x[:, "ab".index(letter)] + b).reshape(4, 3)',
    },
)

judges_the_cell = misconception(
    of="accepts",
    diagnosis="the cell state is judged, not the hidden state",
    hint="The three conditions are about h, which is what the LSTM shows.",
    section="gru-counter",
    change={
        """
        a = W_x[:, "ab".index(letter)] + W_h @ h + b
        i, f, g, o = a.reshape(4, 3)
        """: 'i, f, g, o = (W_x[:, "ab".index(letter)] + W_h @ h + b).reshape(4, 3)',
        "abs(h[0]) < 0.5 and h[1] > 0.5 and abs(h[2])": (
            "abs(c[0]) < 0.5 and c[1] > 0.5 and abs(c[2])"
        ),
    },
)

negative_counts_pass = misconception(
    of="accepts",
    diagnosis="the count is only asked not to be too large: below zero is let through",
    hint="A text with too many b's has a negative count. Read the first condition again.",
    section="gru-counter",
    change={
        """
        a = W_x[:, "ab".index(letter)] + W_h @ h + b
        i, f, g, o = a.reshape(4, 3)
        """: 'i, f, g, o = (W_x[:, "ab".index(letter)] + W_h @ h + b).reshape(4, 3)',
        "abs(h[0])": "h[0]",
    },
)

order_not_asked_for = misconception(
    of="accepts",
    diagnosis="the order of the letters is not asked for: the third condition is missing",
    hint="There are three conditions, one for each unit.",
    section="gru-counter",
    change={
        """
        a = W_x[:, "ab".index(letter)] + W_h @ h + b
        i, f, g, o = a.reshape(4, 3)
        """: 'i, f, g, o = (W_x[:, "ab".index(letter)] + W_h @ h + b).reshape(4, 3)',
        "and abs(h[2]) < 0.5": "",
    },
)

reads_in_order_i_f_o_g = misconception(
    of="accepts",
    diagnosis="the rows of the weights are taken in the order i, f, o, g",
    hint="The third block of three rows is the candidate, the fourth the output gate.",
    section="gru-counter",
    change={
        """
        a = W_x[:, "ab".index(letter)] + W_h @ h + b
        i, f, g, o = a.reshape(4, 3)
        """: 'i, f, o, g = (W_x[:, "ab".index(letter)] + W_h @ h + b).reshape(4, 3)',
    },
)

letters_exchanged = misconception(
    of="accepts",
    diagnosis="the letters are exchanged: a picks the second column of W_x",
    hint="The letter a is the vector (1, 0).",
    section="gru-counter",
    change={
        """
        a = W_x[:, "ab".index(letter)] + W_h @ h + b
        i, f, g, o = a.reshape(4, 3)
        """: 'i, f, g, o = (W_x[:, "ba".index(letter)] + W_h @ h + b).reshape(4, 3)',
    },
)


accepts_a_beginning = misconception(
    of="accepts",
    diagnosis="the text is accepted as soon as some beginning of it fulfils the conditions",
    hint="Which hidden state decides: any of them, or the one after the last letter?",
    section="gru-counter",
    change={
        "h = sigmoid(o) * np.tanh(c)": """
        h = sigmoid(o) * np.tanh(c)
        if abs(h[0]) < 0.5 and h[1] > 0.5 and abs(h[2]) < 0.5:
            return True
        """,
        "return bool(abs(h[0]) < 0.5 and h[1] > 0.5 and abs(h[2]) < 0.5)": "return False",
    },
)


@misconception(
    of="accepts",
    diagnosis="the LSTM does not read: letters are counted in Python",
    hint="Does your function depend on the weights it is given?",
    section="gru-counter",
)
def counts_in_python(text, W_x, W_h, b):
    half = len(text) // 2
    return half > 0 and text == "a" * half + "b" * half


negative_second_state_passes = misconception(
    of="accepts",
    diagnosis="the second condition lets a hidden state below -1/2 through",
    hint="One of the three conditions has no absolute value.",
    section="gru-counter",
    change={
        """
        a = W_x[:, "ab".index(letter)] + W_h @ h + b
        i, f, g, o = a.reshape(4, 3)
        """: 'i, f, g, o = (W_x[:, "ab".index(letter)] + W_h @ h + b).reshape(4, 3)',
        "and h[1]": "and abs(h[1])",
    },
)

reads_without_the_second_tanh = misconception(
    of="accepts",
    diagnosis="the hidden state is made from the cell without the tanh",
    hint="Read the last equation of the LSTM's step again. Can a hidden state be larger than 1?",
    section="gru-counter",
    change={
        """
        a = W_x[:, "ab".index(letter)] + W_h @ h + b
        i, f, g, o = a.reshape(4, 3)
        """: 'i, f, g, o = (W_x[:, "ab".index(letter)] + W_h @ h + b).reshape(4, 3)',
        "np.tanh(c)": "c",
    },
)
