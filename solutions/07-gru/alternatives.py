"""Right implementations written differently: each must score full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(of="gru_step_forward", note="block by block, from the old state towards the candidate")
def step_as_a_move(x_t, h_prev, W_x, W_h, b):
    V_r, V_z, V_g = np.split(W_x, 3)
    U_r, U_z, U_g = np.split(W_h, 3)
    b_r, b_z, b_g = np.split(b, 3)
    r = sigmoid(x_t @ V_r.T + h_prev @ U_r.T + b_r)
    z = sigmoid(x_t @ V_z.T + h_prev @ U_z.T + b_z)
    g = np.tanh(x_t @ V_g.T + (h_prev * r) @ U_g.T + b_g)
    return h_prev + z * (g - h_prev), np.hstack([r, z, g])


@alternative(of="gru_step_forward", note="one unit of one sequence at a time")
def step_in_loops(x_t, h_prev, W_x, W_h, b):
    N, H = h_prev.shape
    h_t, gates = np.empty_like(h_prev), np.empty((N, 3 * H), dtype=x_t.dtype)
    for n in range(N):
        for k in range(2 * H):
            gates[n, k] = sigmoid(W_x[k] @ x_t[n] + W_h[k] @ h_prev[n] + b[k])
        seen = gates[n, :H] * h_prev[n]
        for j in range(H):
            k = 2 * H + j
            gates[n, k] = np.tanh(W_x[k] @ x_t[n] + W_h[k] @ seen + b[k])
            z = gates[n, H + j]
            h_t[n, j] = (1 - z) * h_prev[n, j] + z * gates[n, k]
    return h_t, gates


@alternative(of="gru_step_forward", note="column vectors in long double, tanh for the sigmoid")
def step_in_long_double(x_t, h_prev, W_x, W_h, b):
    wide, H = np.longdouble, h_prev.shape[1]
    h = h_prev.T.astype(wide)
    a = W_x.astype(wide) @ x_t.T.astype(wide) + b[:, None]
    a[: 2 * H] += W_h[: 2 * H].astype(wide) @ h
    r, z = (0.5 + 0.5 * np.tanh(part / 2) for part in (a[:H], a[H : 2 * H]))
    g = np.tanh(a[2 * H :] + W_h[2 * H :].astype(wide) @ (r * h))
    gates = np.concatenate([r, z, g]).T.astype(x_t.dtype)
    return (h - z * h + z * g).T.astype(x_t.dtype), gates


@alternative(of="gru_step_backward", note="einsum, block by block, a list as result")
def back_by_einsum(dh_t, x_t, h_prev, gates, W_x, W_h):
    H = h_prev.shape[1]
    r, z, g = (gates[:, k * H : (k + 1) * H] for k in range(3))
    U_r, U_z, U_g = (W_h[k * H : (k + 1) * H] for k in range(3))
    da_g = dh_t * z * (1 - g) * (1 + g)
    back = np.einsum("nk,kh->nh", da_g, U_g)
    da_r, da_z = back * h_prev * (r - r**2), dh_t * (g - h_prev) * (z - z**2)
    dh_prev = dh_t - dh_t * z + back * r
    dh_prev = dh_prev + np.einsum("nk,kh->nh", da_r, U_r) + np.einsum("nk,kh->nh", da_z, U_z)
    parts = ((da_r, h_prev), (da_z, h_prev), (da_g, r * h_prev))
    dW_h = np.vstack([np.einsum("nk,nh->kh", da, seen) for da, seen in parts])
    da = np.hstack([da_r, da_z, da_g])
    return [da @ W_x, dh_prev, np.einsum("nk,nd->kd", da, x_t), dW_h, np.einsum("nk->k", da)]


@alternative(of="gru_step_backward", note="one sequence at a time, outer products")
def back_row_by_row(dh_t, x_t, h_prev, gates, W_x, W_h):
    H = h_prev.shape[1]
    dx, dh = np.empty_like(x_t), np.empty_like(h_prev)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(W_x[:, 0])
    for n in range(len(x_t)):
        r, z, g = gates[n].reshape(3, H)
        da = np.empty_like(gates[n])
        da[2 * H :] = dh_t[n] * z * (1 - g * g)
        back = W_h[2 * H :].T @ da[2 * H :]
        da[:H], da[H : 2 * H] = back * h_prev[n] * r * (1 - r), dh_t[n] * (g - h_prev[n]) * z
        da[H : 2 * H] *= 1 - z
        dx[n] = W_x.T @ da
        dh[n] = (1 - z) * dh_t[n] + r * back + W_h[: 2 * H].T @ da[: 2 * H]
        dW_x += np.outer(da, x_t[n])
        dW_h[: 2 * H] += np.outer(da[: 2 * H], h_prev[n])
        dW_h[2 * H :] += np.outer(da[2 * H :], r * h_prev[n])
        db += da
    return dx, dh, dW_x, dW_h, db


@alternative(of="torch_gru_step_forward", note="an array (N, 3, H)")
def torch_step_with_three_axes(x_t, h_prev, W_x, W_h, b_x, b_h):
    N, H = h_prev.shape
    from_x = (np.einsum("nd,kd->nk", x_t, W_x) + b_x).reshape(N, 3, H)
    from_h = (np.einsum("nh,kh->nk", h_prev, W_h) + b_h).reshape(N, 3, H)
    gates = np.empty_like(from_x)
    gates[:, :2] = sigmoid(from_x[:, :2] + from_h[:, :2])
    gates[:, 2] = np.tanh(from_x[:, 2] + gates[:, 0] * from_h[:, 2])
    h_t = gates[:, 2] + gates[:, 1] * (h_prev - gates[:, 2])
    return h_t, gates.reshape(N, 3 * H)


@alternative(of="torch_gru_step_forward", note="the two sides joined in one matrix for the gates")
def torch_step_with_joined_weights(x_t, h_prev, W_x, W_h, b_x, b_h):
    H = h_prev.shape[1]
    joined, W = np.hstack([x_t, h_prev]), np.hstack([W_x, W_h])
    gates = sigmoid(joined @ W[: 2 * H].T + (b_x + b_h)[: 2 * H])
    reset, keep = gates[:, :H], gates[:, H:]
    from_state = h_prev @ W_h[2 * H :].T + b_h[2 * H :]
    g = np.tanh(x_t @ W_x[2 * H :].T + b_x[2 * H :] + reset * from_state)
    h_t = np.array(h_prev)
    h_t *= keep
    h_t += g * (1 - keep)
    return [h_t, np.concatenate([gates, g], axis=1)]


@alternative(of="torch_gru_step_backward", note="block by block in long double")
def torch_back_in_long_double(dh_t, x_t, h_prev, gates, W_x, W_h, b_h):
    wide, H = np.longdouble, h_prev.shape[1]
    dh, x, h, V, U = (array.astype(wide) for array in (dh_t, x_t, h_prev, W_x, W_h))
    r, z, g = (gates[:, k * H : (k + 1) * H].astype(wide) for k in range(3))
    da_g = dh * (1 - z) * (1 - g * g)
    da_r = da_g * r * (1 - r) * (h @ U[2 * H :].T + b_h[2 * H :])
    da_z = dh * z * (1 - z) * (h - g)
    side = {"x": np.hstack([da_r, da_z, da_g]), "h": np.hstack([da_r, da_z, da_g * r])}
    parts = [side["x"] @ V, dh * z + side["h"] @ U, side["x"].T @ x, side["h"].T @ h]
    parts += [side["x"].sum(axis=0), side["h"].sum(axis=0)]
    return tuple(part.astype(dh_t.dtype) for part in parts)


@alternative(of="torch_gru_step_backward", note="slopes first, arrays written in place")
def torch_back_in_place(dh_t, x_t, h_prev, gates, W_x, W_h, b_h):
    N, H = h_prev.shape
    parts = gates.reshape(N, 3, H)
    da = parts * (1 - parts)
    da[:, 2] = 1 - parts[:, 2] ** 2
    da[:, 2] *= dh_t * (1 - parts[:, 1])
    da[:, 1] *= dh_t * (h_prev - parts[:, 2])
    da[:, 0] *= da[:, 2] * (np.einsum("nh,kh->nk", h_prev, W_h[2 * H :]) + b_h[2 * H :])
    da_h = da.copy()
    da_h[:, 2] *= parts[:, 0]
    da, da_h = da.reshape(N, 3 * H), da_h.reshape(N, 3 * H)
    dW_x, dW_h = np.einsum("nk,nd->kd", da, x_t), np.einsum("nk,nh->kh", da_h, h_prev)
    dh_prev = parts[:, 1] * dh_t + da_h @ W_h
    return [da @ W_x, dh_prev, dW_x, dW_h, da.sum(axis=0), da_h.sum(axis=0)]


@alternative(of="torch_gru_forward", note="one sequence at a time, its padding filled afterwards")
def forward_row_by_row(x, h_0, W_x, W_h, b_x, b_h, lengths):
    N, T, _ = x.shape
    h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
    for n in range(N):
        row = h_0[n : n + 1]
        for t in range(lengths[n]):
            row, _ = torch_gru_step_forward(x[n : n + 1, t], row, W_x, W_h, b_x, b_h)
            h[n, t] = row[0]
        h[n, lengths[n] :] = row[0]
    return h


@alternative(of="torch_gru_forward", note="lists that are stacked at the end")
def forward_with_lists(x, h_0, W_x, W_h, b_x, b_h, lengths):
    states = [h_0]
    for t in range(x.shape[1]):
        new = torch_gru_step_forward(x[:, t], states[-1], W_x, W_h, b_x, b_h)[0]
        kept = states[-1].copy()
        kept[t < np.asarray(lengths)] = new[t < np.asarray(lengths)]
        states.append(kept)
    return np.stack(states[1:], axis=1)


@alternative(of="count_weights", note="by the shapes")
def count_by_shapes(kind, D, H, biases=1):
    rows = H * {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
    arrays = [np.zeros((rows, D)), np.zeros((rows, H)), *[np.zeros(rows)] * biases]
    return sum(array.size for array in arrays)


@alternative(of="count_weights", note="term by term, a float that is whole")
def count_term_by_term(kind, D, H, biases=1):
    blocks = 1 if kind == "RNN" else 3 if kind == "GRU" else 4
    total = 0
    for _ in range(blocks):
        total += D * H
        total += H**2
        total += biases * H
    return total


@alternative(of="counter_weights", note="the bias carries what both letters share; as lists")
def counter_with_bias(alpha):
    W_x, W_h = [[0.0, 0.0] for _ in range(12)], [[0.0] * 3 for _ in range(12)]
    b = [alpha] * 12
    b[1], b[2], b[6] = 0.0, -2 * alpha, 0.0
    W_x[1], W_x[2], W_x[6] = [-alpha, alpha], [alpha, -alpha], [alpha, -alpha]
    W_h[2][1] = 2 * alpha
    return W_x, W_h, b


@alternative(of="counter_weights", note="gate by gate, in float32")
def counter_gate_by_gate(alpha):
    i = np.array([[1, 1], [-1, 1], [-1, -3]])
    g = np.array([[1, -1], [1, 1], [1, 1]])
    W_x = alpha * np.concatenate([i, np.ones((3, 2)), g, np.ones((3, 2))]).astype(np.float32)
    W_h = np.zeros((12, 3), dtype=np.float32)
    W_h[2] = 0, 2 * alpha, 0
    return W_x, W_h, np.zeros(12, dtype=np.float32)


@alternative(of="accepts", note="one-hot rows as a batch of one")
def reads_one_hot(text, W_x, W_h, b):
    h, c = np.zeros((1, 3)), np.zeros((1, 3))
    for letter in text:
        x_t = np.array([[letter == "a", letter == "b"]], dtype=float)
        a = x_t @ W_x.T + h @ W_h.T + b
        i, f, g, o = np.split(a, 4, axis=1)
        c = c * sigmoid(f) + np.tanh(g) * sigmoid(i)
        h = np.tanh(c) * sigmoid(o)
    count, seen, wrong = h[0]
    return -0.5 < count < 0.5 and seen > 0.5 and -0.5 < wrong < 0.5


@alternative(of="accepts", note="both letters' pre-activations first, gates unit by unit")
def reads_from_a_table(text, W_x, W_h, b):
    table = {"a": W_x[:, 0] + b, "b": W_x[:, 1] + b}
    state = [(0.0, 0.0)] * 3
    for letter in text:
        a = table[letter] + W_h @ np.array([h for h, _ in state])
        new = []
        for unit, (_, c) in enumerate(state):
            i, f, g, o = a[unit::3]
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            new.append((sigmoid(o) * np.tanh(c), c))
        state = new
    (count, _), (seen, _), (wrong, _) = state
    return abs(count) < 0.5 and not seen <= 0.5 and abs(wrong) < 0.5
