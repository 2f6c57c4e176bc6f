"""Right implementations written differently: each must score full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(of="rnn_forward", note="all input products at once, rows that run updated in place")
def forward_in_place(x, h_0, W_x, W_h, b, lengths):
    from_input = x @ W_x.T + b
    h = np.zeros((x.shape[0], x.shape[1], h_0.shape[1]), dtype=x.dtype)
    h_t = np.array(h_0, dtype=x.dtype)
    for t in range(x.shape[1]):
        running = t < np.asarray(lengths)
        h_t[running] = np.tanh(from_input[running, t] + h_t[running] @ W_h.T)
        h[:, t] = h_t
    return h


@alternative(of="rnn_forward", note="one sequence at a time, its padding filled afterwards")
def forward_row_by_row(x, h_0, W_x, W_h, b, lengths):
    rows = []
    for sequence, first, length in zip(x, h_0, lengths, strict=True):
        states = [first]
        for x_t in sequence[:length]:
            states.append(np.tanh(W_x @ x_t + W_h @ states[-1] + b))
        states += [states[-1]] * (len(sequence) - length)
        rows.append(np.stack(states[1:]))
    return np.stack(rows)


@alternative(of="numerical_gradient", note="a flat view of a copy, plain Python numbers")
def gradient_on_flat_view(f, x, eps=1e-5):
    x = np.ascontiguousarray(x).astype(float).copy()
    flat, found = x.reshape(-1), []
    for i in range(flat.size):
        old = float(flat[i])
        flat[i] = old + eps
        ahead = float(f(x))
        flat[i] = old - eps
        found.append((ahead - float(f(x))) / (2 * eps))
        flat[i] = old
    return np.array(found).reshape(x.shape)


@alternative(of="numerical_gradient", note="unit vectors, no array is ever written to")
def gradient_with_unit_vectors(f, x, eps=1e-5):
    x = np.asarray(x, dtype=float)
    units = np.eye(x.size).reshape(x.size, *x.shape)
    quotients = [(f(x + eps * unit) - f(x - eps * unit)) / 2 / eps for unit in units]
    return np.reshape(quotients, x.shape)


@alternative(of="numerical_gradient", note="nditer over a fresh copy for each evaluation")
def gradient_with_fresh_copies(f, x, eps=1e-5):
    base = np.asarray(x, dtype=np.float64)
    gradient = np.zeros_like(base)
    walk = np.nditer(base, flags=["multi_index"])
    for _ in walk:
        place = walk.multi_index
        ahead, behind = base.copy(), base.copy()
        ahead[place] += eps
        behind[place] -= eps
        gradient[place] = (f(ahead) - f(behind)) / (2 * eps)
    return gradient


@alternative(of="gradient_error", note="norms of order infinity on flat arrays")
def error_by_norms(mine, reference):
    mine, reference = np.ravel(mine), np.ravel(reference)
    size = max(np.linalg.norm(mine, np.inf), np.linalg.norm(reference, np.inf))
    if size == 0:
        return 0
    return float(np.linalg.norm(mine - reference, np.inf) / size)


@alternative(of="gradient_error", note="loop in plain Python")
def error_in_a_loop(mine, reference):
    largest, size = 0.0, 0.0
    for one, other in zip(mine.flat, reference.flat, strict=True):
        largest = max(largest, abs(float(one) - float(other)))
        size = max(size, abs(float(one)), abs(float(other)))
    return largest / size if size else largest


@alternative(of="rnn_step_backward", note="sums of outer products, one sequence at a time")
def step_sequence_by_sequence(dh_t, x_t, h_prev, h_t, W_x, W_h):
    dx_t, dh_prev = np.empty_like(x_t), np.empty_like(h_prev)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(W_h[:, 0])
    for n in range(len(x_t)):
        delta = (1 - h_t[n] ** 2) * dh_t[n]
        dx_t[n], dh_prev[n] = W_x.T @ delta, W_h.T @ delta
        dW_x += np.outer(delta, x_t[n])
        dW_h += np.outer(delta, h_prev[n])
        db += delta
    return [dx_t, dh_prev, dW_x, dW_h, db]


@alternative(of="rnn_step_backward", note="einsum, the slope as a product of two factors")
def step_by_einsum(dh_t, x_t, h_prev, h_t, W_x, W_h):
    delta = np.einsum("nh,nh,nh->nh", dh_t, 1 + h_t, 1 - h_t)
    return (
        np.einsum("nh,hd->nd", delta, W_x),
        np.einsum("nh,hk->nk", delta, W_h),
        np.einsum("nh,nd->hd", delta, x_t),
        np.einsum("nh,nk->hk", delta, h_prev),
        np.einsum("nh->h", delta),
    )


@alternative(of="rnn_step_backward", note="columns, and full diagonal Jacobians of the tanh")
def step_with_jacobians(dh_t, x_t, h_prev, h_t, W_x, W_h):
    slopes = np.stack([np.diag(row) for row in 1 - h_t**2])
    delta = (slopes @ dh_t[..., None])[..., 0]
    joined = np.concatenate([x_t, h_prev, np.ones_like(h_prev[:, :1])], axis=1)
    weights = delta.T @ joined
    D = x_t.shape[1]
    back = (np.hstack([W_x, W_h]).T @ delta.T).T
    return back[:, :D], back[:, D:], weights[:, :D], weights[:, D:-1], weights[:, -1]


@alternative(of="cross_entropy_backward", note="one-hot targets, probabilities from logarithms")
def loss_backward_with_one_hot(logits, targets, mask):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    p = np.exp(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
    one_hot = np.eye(logits.shape[-1])[targets]
    weight = mask / np.count_nonzero(mask)
    return (p - one_hot) * weight[..., None]


@alternative(of="cross_entropy_backward", note="only the positions that count, one after the other")
def loss_backward_in_a_loop(logits, targets, mask):
    dlogits = np.zeros_like(logits)
    places = np.argwhere(mask)
    for n, t in places:
        z = logits[n, t] - np.max(logits[n, t])
        dlogits[n, t] = np.exp(z) / np.exp(z).sum() / len(places)
        dlogits[n, t, targets[n, t]] -= 1 / len(places)
    return dlogits


@alternative(of="rnn_backward", note="gradients for the pre-activations first, products at the end")
def backward_with_late_products(dh, x, h, h_0, W_x, W_h, lengths):
    T = x.shape[1]
    before = np.concatenate([h_0[:, None], h[:, :-1]], axis=1)
    runs = (np.arange(T) < np.asarray(lengths)[:, None])[..., None]
    slope = np.where(runs, 1 - h**2, 0)
    da = np.zeros_like(h)
    carried = np.zeros_like(h_0)
    for t in range(T - 1, -1, -1):
        total = dh[:, t] + carried
        da[:, t] = slope[:, t] * total
        carried = da[:, t] @ W_h + total * ~runs[:, t]
    return (
        da @ W_x,
        carried,
        np.tensordot(da, x, axes=((0, 1), (0, 1))),
        np.tensordot(da, before, axes=((0, 1), (0, 1))),
        da.sum(axis=(0, 1)),
    )


@alternative(of="rnn_backward", note="one sequence at a time, its padding summed beforehand")
def backward_row_by_row(dh, x, h, h_0, W_x, W_h, lengths):
    dx, dh_0 = np.zeros_like(x), np.zeros_like(h_0)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros(len(W_h), dtype=W_h.dtype)
    for n, length in enumerate(lengths):
        grad = dh[n, length:].sum(axis=0)
        for t in range(length - 1, -1, -1):
            h_prev = h[n, t - 1] if t else h_0[n]
            arrays = [array[None] for array in (grad + dh[n, t], x[n, t], h_prev, h[n, t])]
            dx_t, dh_prev, one, two, three = rnn_step_backward(*arrays, W_x, W_h)
            dx[n, t], grad = dx_t[0], dh_prev[0]
            dW_x += one
            dW_h += two
            db += three
        dh_0[n] = grad
    return dx, dh_0, dW_x, dW_h, db


@alternative(of="rnn_backward", note="recursion over time")
def backward_by_recursion(dh, x, h, h_0, W_x, W_h, lengths):
    T = x.shape[1]

    def from_step(t):
        if t == T:
            return [], np.zeros_like(h_0), 0 * W_x, 0 * W_h, 0 * W_h[:, 0]
        dx, dh_next, dW_x, dW_h, db = from_step(t + 1)
        runs = np.reshape(lengths, (-1, 1)) > t
        total = dh[:, t] + dh_next
        h_prev = h_0 if t == 0 else h[:, t - 1]
        dx_t, dh_prev, *more = rnn_step_backward(total * runs, x[:, t], h_prev, h[:, t], W_x, W_h)
        handed = dh_prev + total * (1 - runs).astype(dh.dtype)
        return [dx_t, *dx], handed, dW_x + more[0], dW_h + more[1], db + more[2]

    dx, dh_0, dW_x, dW_h, db = from_step(0)
    return np.stack(dx, axis=1), dh_0, dW_x, dW_h, db


@alternative(of="rnn_backward_truncated", note="one loop that sets the gradient to zero at borders")
def truncated_in_one_loop(dh, x, h, h_0, W_x, W_h, K):
    T = x.shape[1]
    dx = np.zeros_like(x)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(W_h[0])
    dh_next, dh_0 = np.zeros_like(h_0), None
    for t in range(T - 1, -1, -1):
        h_prev = h[:, t - 1] if t > 0 else h_0
        dx[:, t], dh_prev, *uses = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], h_prev, h[:, t], W_x, W_h
        )
        dW_x += uses[0]
        dW_h += uses[1]
        db += uses[2]
        dh_next = np.zeros_like(h_0) if t % K == 0 else dh_prev
        dh_0 = dh_prev
    return dx, dh_0, dW_x, dW_h, db


@alternative(of="rnn_backward_truncated", note="chunks as rows of one batch, padded at the end")
def truncated_as_a_batch(dh, x, h, h_0, W_x, W_h, K):
    N, T, _ = x.shape
    K = min(K, T)
    C = -(-T // K)
    before = np.concatenate([h_0[:, None], h[:, :-1]], axis=1)[:, ::K]

    def rows(array):
        padded = np.zeros((N, C * K, array.shape[2]), dtype=array.dtype)
        padded[:, :T] = array
        return padded.reshape(N * C, K, -1)

    sizes = np.minimum(K, T - K * np.arange(C))
    dx, dh_first, *weights = rnn_backward(
        rows(dh), rows(x), rows(h), before.reshape(N * C, -1), W_x, W_h, np.tile(sizes, N)
    )
    return dx.reshape(N, C * K, -1)[:, :T], dh_first.reshape(N, C, -1)[:, 0], *weights
