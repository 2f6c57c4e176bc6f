"""Right implementations written differently: each must score full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(of="gate_forward", note="from the old towards the new")
def gate_as_a_move(x, s_prev, gate):
    return s_prev + gate * (x - s_prev)


@alternative(of="gate_forward", note="one number at a time, in plain Python")
def gate_in_loops(x, s_prev, gate):
    s = np.empty_like(s_prev)
    for place in np.ndindex(s.shape):
        s[place] = gate[place] * x[place] + (1 - gate[place]) * s_prev[place]
    return s


@alternative(of="gate_backward", note="einsum, a list as result")
def gate_backward_by_einsum(ds, x, s_prev, gate):
    dx = np.einsum("nh,nh->nh", ds, gate)
    return [dx, ds - dx, np.einsum("nh,nh->nh", ds, x) - np.einsum("nh,nh->nh", ds, s_prev)]


@alternative(of="lstm_step_forward", note="a matrix for each gate, input and state joined")
def step_gate_by_gate(x_t, h_prev, c_prev, W_x, W_h, b):
    H = h_prev.shape[1]
    joined = np.concatenate([h_prev, x_t], axis=1)
    parts = []
    for k, nonlinearity in enumerate((sigmoid, sigmoid, np.tanh, sigmoid)):
        rows = slice(k * H, (k + 1) * H)
        W = np.hstack([W_h[rows], W_x[rows]])
        parts.append(nonlinearity(joined @ W.T + b[rows]))
    i, f, g, o = parts
    c_t = c_prev * f
    c_t += i * g
    return np.tanh(c_t) * o, c_t, np.hstack(parts)


@alternative(of="lstm_step_forward", note="column vectors and tanh for the sigmoid, in long double")
def step_in_long_double(x_t, h_prev, c_prev, W_x, W_h, b):
    wide = np.longdouble
    a_t = W_x.astype(wide) @ x_t.T.astype(wide) + W_h.astype(wide) @ h_prev.T.astype(wide)
    a_t += b[:, None]
    i, f, g, o = a_t.reshape(4, -1, len(x_t))
    i, f, o = (0.5 + 0.5 * np.tanh(a / 2) for a in (i, f, o))
    g = np.tanh(g)
    c_t = f * c_prev.T + i * g
    h_t = o * np.tanh(c_t)
    gates = np.concatenate([i, f, g, o]).T
    return h_t.T.astype(x_t.dtype), c_t.T.astype(x_t.dtype), gates.astype(x_t.dtype)


@alternative(of="lstm_step_forward", note="one unit of one sequence at a time")
def step_in_loops(x_t, h_prev, c_prev, W_x, W_h, b):
    N, H = h_prev.shape
    h_t, c_t = np.empty_like(h_prev), np.empty_like(c_prev)
    gates = np.empty((N, 4 * H), dtype=x_t.dtype)
    for n in range(N):
        for k in range(4 * H):
            a = W_x[k] @ x_t[n] + W_h[k] @ h_prev[n] + b[k]
            gates[n, k] = np.tanh(a) if k // H == 2 else sigmoid(a)
        for j in range(H):
            i, f, g, o = gates[n, j::H]
            c_t[n, j] = f * c_prev[n, j] + i * g
            h_t[n, j] = o * np.tanh(c_t[n, j])
    return h_t, c_t, gates


@alternative(of="lstm_forward", note="lists that are stacked at the end")
def forward_with_lists(x, h_0, c_0, W_x, W_h, b, lengths):
    states = [(h_0, c_0, None)]
    for t in range(x.shape[1]):
        before = states[-1][:2]
        after = lstm_step_forward(x[:, t], *before, W_x, W_h, b)
        runs = np.reshape(np.asarray(lengths) > t, (-1, 1))
        kept = [np.where(runs, new, old) for new, old in zip(after, before, strict=False)]
        states.append((*kept, after[2]))
    return tuple(np.stack(parts, axis=1) for parts in zip(*states[1:], strict=True))


@alternative(of="lstm_forward", note="one sequence at a time, its padding filled afterwards")
def forward_row_by_row(x, h_0, c_0, W_x, W_h, b, lengths):
    N, T, _ = x.shape
    H = h_0.shape[1]
    h, c = np.empty((N, T, H), dtype=x.dtype), np.empty((N, T, H), dtype=x.dtype)
    gates = np.full((N, T, 4 * H), np.nan, dtype=x.dtype)
    for n in range(N):
        h_t, c_t = h_0[n : n + 1], c_0[n : n + 1]
        for t in range(lengths[n]):
            h_t, c_t, gates[n, t] = lstm_step_forward(x[n : n + 1, t], h_t, c_t, W_x, W_h, b)
            h[n, t], c[n, t] = h_t[0], c_t[0]
        h[n, lengths[n] :], c[n, lengths[n] :] = h_t[0], c_t[0]
    return [h, c, gates]


@alternative(of="lstm_forward", note="all input products first, in-place updates of copies")
def forward_in_place(x, h_0, c_0, W_x, W_h, b, lengths):
    N, T, _ = x.shape
    H = h_0.shape[1]
    from_input = x @ W_x.T + b
    h_t, c_t = np.array(h_0, dtype=x.dtype), np.array(c_0, dtype=x.dtype)
    h, c = np.zeros((N, T, H), dtype=x.dtype), np.zeros((N, T, H), dtype=x.dtype)
    gates = np.zeros((N, T, 4 * H), dtype=x.dtype)
    for t in range(T):
        runs = t < lengths
        a = (from_input[:, t] + h_t @ W_h.T)[runs]
        i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H : 2 * H]), sigmoid(a[:, 3 * H :])
        g = np.tanh(a[:, 2 * H : 3 * H])
        c_t[runs] = c_t[runs] * f + i * g
        h_t[runs] = o * np.tanh(c_t[runs])
        gates[runs, t] = np.concatenate([i, f, g, o], axis=1)
        h[:, t], c[:, t] = h_t, c_t
    return h, c, gates


@alternative(of="lstm_cell_backward", note="an array (N, 4, H), slopes first")
def cell_backward_with_slopes(dh_t, dc_t, c_prev, c_t, gates):
    N, H = c_t.shape
    parts = gates.reshape(N, 4, H)
    slopes = parts * (1 - parts)
    slopes[:, 2] = (1 - parts[:, 2]) * (1 + parts[:, 2])
    i, f, g, o = np.moveaxis(parts, 1, 0)
    shown = np.tanh(c_t)
    dc = dh_t * o / np.cosh(c_t) ** 2 + dc_t
    da = np.stack([dc * g, dc * c_prev, dc * i, dh_t * shown], axis=1) * slopes
    return da.reshape(N, 4 * H), f * dc


@alternative(of="lstm_cell_backward", note="in long double, blocks written into one array")
def cell_backward_in_long_double(dh_t, dc_t, c_prev, c_t, gates):
    H = c_t.shape[1]
    i, f, g, o = (gates[:, k * H : (k + 1) * H].astype(np.longdouble) for k in range(4))
    shown = np.tanh(c_t.astype(np.longdouble))
    dc = dc_t + dh_t * (o - o * shown * shown)
    da = np.zeros_like(gates)
    da[:, :H] = dc * g * (i - i**2)
    da[:, H : 2 * H] = dc * c_prev * (f - f**2)
    da[:, 2 * H : 3 * H] = dc * (i - i * g**2)
    da[:, 3 * H :] = dh_t * shown * (o - o**2)
    return da, (dc * f).astype(dh_t.dtype)


@alternative(of="lstm_backward", note="all da first, then one product for the weights")
def backward_with_one_product(dh, x, h_0, c_0, h, c, gates, W_x, W_h, lengths):
    h_before = np.concatenate([h_0[:, None], h[:, :-1]], axis=1)
    c_before = np.concatenate([c_0[:, None], c[:, :-1]], axis=1)
    da = np.zeros_like(gates)
    dh_t, dc_t = np.zeros_like(h_0), np.zeros_like(c_0)
    for t in range(x.shape[1] - 1, -1, -1):
        dh_t = dh_t + dh[:, t]
        runs = t < np.asarray(lengths)
        step, dc_prev = lstm_cell_backward(dh_t, dc_t, c_before[:, t], c[:, t], gates[:, t])
        da[runs, t] = step[runs]
        dh_t[runs], dc_t = (step @ W_h)[runs], np.where(runs[:, None], dc_prev, dc_t)
    dW_x = np.einsum("ntk,ntd->kd", da, x)
    dW_h = np.einsum("ntk,nth->kh", da, h_before)
    return da @ W_x, dh_t, dc_t, dW_x, dW_h, da.sum(axis=(0, 1))


@alternative(of="lstm_backward", note="one sequence at a time, without its padding")
def backward_row_by_row(dh, x, h_0, c_0, h, c, gates, W_x, W_h, lengths):
    dx, dh_0, dc_0 = np.zeros_like(x), np.zeros_like(h_0), np.zeros_like(c_0)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(W_x[:, 0])
    for n, length in enumerate(lengths):
        row = slice(n, n + 1)
        # What the padding holds belongs to the last real state.
        dh_t, dc_t = dh[row, length:].sum(axis=1), np.zeros_like(c_0[row])
        for t in range(length)[::-1]:
            dh_t = dh_t + dh[row, t]
            h_prev, c_prev = (h[row, t - 1], c[row, t - 1]) if t else (h_0[row], c_0[row])
            da, dc_t = lstm_cell_backward(dh_t, dc_t, c_prev, c[row, t], gates[row, t])
            dx[row, t], dh_t = da @ W_x, da @ W_h
            dW_x = dW_x + np.outer(da, x[n, t])
            dW_h, db = dW_h + np.outer(da, h_prev), db + da[0]
        dh_0[row], dc_0[row] = dh_t, dc_t
    return dx, dh_0, dc_0, dW_x, dW_h, db


@alternative(of="lstm_backward", note="recursion over time; a list as result")
def backward_by_recursion(dh, x, h_0, c_0, h, c, gates, W_x, W_h, lengths):
    dx = np.zeros_like(x)

    def back(t, dh_next, dc_next):
        if t < 0:
            return [
                dh_next,
                dc_next,
                np.zeros_like(W_x),
                np.zeros_like(W_h),
                np.zeros_like(W_x[:, 0]),
            ]
        before = (h[:, t - 1], c[:, t - 1]) if t else (h_0, c_0)
        runs = np.reshape(t < lengths, (-1, 1))
        dh_t = dh[:, t] + dh_next
        dh_run, dc_run = np.where(runs, dh_t, 0), np.where(runs, dc_next, 0)
        da, dc_prev = lstm_cell_backward(dh_run, dc_run, before[1], c[:, t], gates[:, t])
        dx[:, t] = (W_x.T @ da.T).T
        shares = da.T @ x[:, t], np.einsum("nk,nh->kh", da, before[0]), np.sum(da, axis=0)
        handed = np.where(runs, da @ W_h, dh_t), np.where(runs, dc_prev, dc_next)
        rest = back(t - 1, *handed)
        return rest[:2] + [total + share for total, share in zip(rest[2:], shares, strict=True)]

    return [dx, *back(x.shape[1] - 1, np.zeros_like(h_0), np.zeros_like(c_0))]


@alternative(of="init_lstm", note="gate by gate, the recurrent weights first")
def init_gate_by_gate(D, H, seed, forget_bias=1.0):
    rng = np.random.default_rng(seed)
    draw = [rng.uniform(-(H**-0.5), H**-0.5, (H, H + D)) for _ in range(4)]
    stacked = np.vstack(draw)
    bias = [np.full(H, value, dtype=float) for value in (0, forget_bias, 0, 0)]
    return stacked[:, H:], stacked[:, :H], np.concatenate(bias)


@alternative(of="init_lstm", note="random numbers from 0 to 1, stretched and moved")
def init_by_stretching(D, H, seed, forget_bias=1.0):
    rng = np.random.default_rng(seed)
    W_x = (2 * rng.random((4 * H, D)) - 1) / np.sqrt(H)
    W_h = (2 * rng.random((4 * H, H)) - 1) / np.sqrt(H)
    return W_x, W_h, np.repeat([0.0, forget_bias, 0.0, 0.0], H)


@alternative(of="memory_weights", note="solved from two marks and the bias, as lists")
def memory_from_the_table(alpha):
    write, hold = [alpha, -alpha, 0, alpha], [-alpha, alpha, 0, alpha]
    value = [0, 0, 1, 0]
    W_x = [[v, a - b] for v, a, b in zip(value, write, hold, strict=True)]
    return W_x, [[0.0]] * 4, hold


@alternative(of="memory_weights", note="row by row, in float32")
def memory_row_by_row(alpha):
    W_x, b = np.zeros((4, 2), dtype=np.float32), np.zeros(4, dtype=np.float32)
    W_x[0, 1], W_x[1, 1], W_x[2, 0] = 2 * alpha, -2 * alpha, 1
    b[0], b[1], b[3] = -alpha, alpha, alpha
    return W_x, np.zeros((4, 1)), b
