"""Right implementations written differently: each must score full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(
    of="global_norm", note="math.hypot over all numbers, which takes care of overflow itself"
)
def norm_by_hypot(grads):
    import math

    return math.hypot(*(float(number) for g in grads for number in g.ravel()))


@alternative(of="global_norm", note="one long vector, divided by its largest number")
def norm_of_one_vector(grads):
    g = np.concatenate([np.asarray(g, dtype=np.float64).ravel() for g in grads])
    largest = np.max(np.abs(g))
    return np.linalg.norm(g / largest) * largest if largest > 0 else largest


@alternative(of="global_norm", note="norm of norms, array by array, each scaled on its own")
def norm_of_norms(grads):
    total = 0.0
    for g in grads:
        scale = np.abs(g).max()
        own = float(scale) * float(np.sqrt(((g / (scale or 1)) ** 2).sum()))
        total = np.hypot(total, own)
    return float(total)


@alternative(of="global_norm", note="exponents: a power of two taken out, so that scaling is exact")
def norm_by_exponents(grads):
    _, exponents = np.frexp([float(np.abs(g).max()) for g in grads])
    power = int(exponents.max())
    squares = [np.sum(np.ldexp(np.asarray(g, dtype=np.float64), -power) ** 2) for g in grads]
    return float(np.ldexp(np.sqrt(np.sum(squares)), power))


@alternative(of="clip_by_norm", note="factor by min, a Python float")
def clip_by_min(grads, max_norm):
    norm = float(global_norm(grads))
    factor = min(1.0, max_norm / norm) if norm > 0 else 1.0
    return [factor * g for g in grads], norm


@alternative(
    of="clip_by_norm", note="divided first, then multiplied; at the threshold too; a tuple"
)
def clip_in_two_steps(grads, max_norm):
    norm = global_norm(grads)
    if norm >= max_norm:
        return tuple((g / norm * max_norm).astype(g.dtype) for g in grads), norm
    return tuple(np.array(g) for g in grads), norm


@alternative(of="clip_by_norm", note="short gradients are returned as they are, not copied")
def clip_without_copies(grads, max_norm):
    norm = global_norm(grads)
    if norm <= max_norm:
        return grads, norm
    return [np.multiply(g, max_norm / norm, dtype=g.dtype) for g in grads], norm


@alternative(of="clip_by_value", note="minimum of maximum")
def value_by_minimum(grads, limit):
    return [np.minimum(np.maximum(g, -limit), limit) for g in grads]


@alternative(of="clip_by_value", note="sign times smaller size")
def value_by_sign(grads, limit):
    return [np.sign(g) * np.minimum(np.abs(g), limit) for g in grads]


@alternative(of="clip_by_value", note="masks in a copy")
def value_by_masks(grads, limit):
    clipped = []
    for g in grads:
        out = g.copy()
        out[g > limit] = limit
        out[g < -limit] = -limit
        clipped.append(out)
    return clipped


@alternative(of="cosine", note="unit vectors, one long vector each")
def cosine_of_unit_vectors(grads, others):
    u, v = (np.concatenate([g.ravel() for g in arrays]) for arrays in (grads, others))
    return (u / np.linalg.norm(u)) @ (v / np.linalg.norm(v))


@alternative(of="cosine", note="law of cosines")
def cosine_by_triangle(grads, others):
    a, b = global_norm(grads), global_norm(others)
    u = [g / a for g in grads]
    v = [other / b for other in others]
    return 1 - global_norm([x - y for x, y in zip(u, v, strict=True)]) ** 2 / 2 if a else 0.0


@alternative(of="guarded_step", note="one long vector asked at once, early return")
def guarded_in_one_vector(params, loss, grads, rate, max_norm):
    numbers = np.concatenate([np.atleast_1d(loss), *(g.ravel() for g in grads)])
    if np.isnan(numbers).any() or np.isinf(numbers).any():
        return params, False
    clipped = clip_by_norm(grads, max_norm)[0]
    return [np.subtract(p, rate * g) for p, g in zip(params, clipped, strict=True)], True


@alternative(of="guarded_step", note="a rate of zero in place of a branch; NumPy's bool")
def guarded_by_copies(params, loss, grads, rate, max_norm):
    ok = np.isfinite(loss) & np.all([np.all(np.abs(g) < np.inf) for g in grads])
    new_params = [np.array(p, dtype=float) for p in params]
    if ok:
        clipped, _ = clip_by_norm(grads, max_norm)
        for p, g in zip(new_params, clipped, strict=True):
            p -= rate * g
    return new_params, ok


@alternative(
    of="descend", note="a counter of good steps, deep copies as checkpoints, an array of losses"
)
def descend_with_copies(params, loss_and_grads, rate, max_norm, steps, every):
    from copy import deepcopy

    current, saved, good, losses = deepcopy(params), deepcopy(params), 0, []
    for _ in range(steps):
        loss, grads = loss_and_grads(current)
        proposal, ok = guarded_step(current, loss, grads, rate, max_norm)
        if ok:
            if good % every == 0:
                saved = deepcopy(current)
            good += 1
            losses += [float(loss)]
            current = proposal
        else:
            current = deepcopy(saved)
            rate = 0.5 * rate
    return current, np.array(losses), rate


@alternative(
    of="descend", note="a countdown to the next checkpoint, while loop, a tuple of parameters"
)
def descend_with_countdown(params, loss_and_grads, rate, max_norm, steps, every):
    losses, saved, left, failures = [], params, 0, 0
    while len(losses) + failures < steps:
        loss, grads = loss_and_grads(params)
        ahead, ok = guarded_step(params, loss, grads, rate / 2**failures, max_norm)
        if not ok:
            failures += 1
            params = [p.copy() for p in saved]
            continue
        if left == 0:
            saved, left = [p.copy() for p in params], every
        left -= 1
        losses.append(loss)
        params = ahead
    return tuple(params), losses, rate / 2**failures


@alternative(of="relu_step_forward", note="product with a condition")
def relu_by_condition(x_t, h_prev, W_x, W_h, b):
    a_t = x_t @ W_x.T + h_prev @ W_h.T + b
    return a_t * (a_t > 0)


@alternative(of="relu_step_forward", note="einsum, half of the sum with the absolute value")
def relu_by_absolute_value(x_t, h_prev, W_x, W_h, b):
    a_t = np.einsum("nd,hd->nh", x_t, W_x) + np.einsum("nk,hk->nh", h_prev, W_h) + b
    return (a_t + np.abs(a_t)) / 2


@alternative(
    of="relu_step_backward", note="one sequence at a time, outer products as in the equations"
)
def backward_row_by_row(dh_t, h_t, x_t, h_prev, W_x, W_h):
    dx_t, dh_prev = np.zeros_like(x_t), np.zeros_like(h_prev)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(dh_t[0])
    for n in range(len(x_t)):
        da = np.where(h_t[n] > 0, dh_t[n], 0)
        dx_t[n], dh_prev[n] = W_x.T @ da, W_h.T @ da
        dW_x += np.outer(da, x_t[n])
        dW_h += np.outer(da, h_prev[n])
        db += da
    return dx_t, dh_prev, dW_x, dW_h, db


@alternative(of="relu_step_backward", note="einsum, sign for the mask, a list as result")
def backward_by_einsum(dh_t, h_t, x_t, h_prev, W_x, W_h):
    da_t = dh_t * np.sign(h_t)
    return [
        np.einsum("nh,hd->nd", da_t, W_x),
        np.einsum("nh,hk->nk", da_t, W_h),
        np.einsum("nh,nd->hd", da_t, x_t),
        np.einsum("nh,nk->hk", da_t, h_prev),
        np.einsum("nh->h", da_t),
    ]


@alternative(of="identity_start", note="the diagonal filled by a loop, noise not copied")
def start_by_loop(noise, scale=1.0):
    H, _ = noise.shape
    W_h = np.zeros((H, H), dtype=noise.dtype)
    for i in range(H):
        W_h[i, i] = scale
    return noise, W_h, 0 * noise[:, 0]


@alternative(of="identity_start", note="np.diag of a full vector")
def start_by_diagonal(noise, scale=1.0):
    diagonal = np.full(noise.shape[0], scale, dtype=noise.dtype)
    return np.array(noise), np.diag(diagonal), np.zeros_like(diagonal)


@alternative(of="reverse_padded", note="one sequence at a time")
def reverse_row_by_row(x, lengths):
    out = np.copy(x)
    for n, length in enumerate(lengths):
        out[n, :length] = x[n, :length][::-1]
    return out


@alternative(of="reverse_padded", note="concatenation of the reversed part and the padding")
def reverse_by_concatenation(x, lengths):
    pairs = zip(x, lengths, strict=True)
    return np.stack([np.concatenate([row[:n][::-1], row[n:]]) for row, n in pairs])


@alternative(of="reverse_padded", note="everything reversed, then rolled back into place")
def reverse_by_rolling(x, lengths):
    turned = [
        np.roll(row[::-1], int(n) - len(row), axis=0) for row, n in zip(x, lengths, strict=True)
    ]
    padding = np.arange(x.shape[1]) >= np.reshape(lengths, (-1, 1))
    out = np.array(turned)
    out[padding] = x[padding]
    return out
