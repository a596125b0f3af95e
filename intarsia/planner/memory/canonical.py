"""The compiled depth-first search for offsets under a capacity, over canonical solutions.

A solution is canonical when no block can sink: each lies on the ground or on another. Every solution can be sunk to one, so
those are enough, as in MiniMalloc (Moffitt, ASPLOS 2023). The search itself differs: it branches on one section of time.

    lowest[b]   the lowest offset that an unplaced block may still have
    least[t]    the least of those in section t: the ground there
    rest[t]     the size of all that is unplaced in section t

A *valley* is a run of sections with one ground and higher ground beside it. Each block whose lowest offset is that ground,
and which lives in the valley, lives nowhere else. In one section of a valley the lowest unplaced block is therefore one of
those, at the ground, or else all of them lie higher. That is a branch (`_place` for each, then `_lift`), and it is complete.

A failure is explained by a set of blocks that can't fit, given their lowest offsets. A choice that changed none of these is
not to blame: the search goes back past it. Where nothing is left to go back to, the set says why there is no solution.

Everything is int64 arrays in named tuples, because loops take those. Sets of blocks are rows of 64-bit words.
"""

from __future__ import annotations

import numpy as np

from intarsia.loops import Wholes, long_entry, part
from intarsia.planner.memory.state import FOUND, GAVE_UP, INFEASIBLE, Blocks, Frames, Rule, State

FAR = 1 << 62
SECTIONS, STEPS, REST, TWINS, BACKJUMP = (int(rule) for rule in Rule)


@part
def _survey(b: Blocks, s: State, left: int, right: int, capacity: int, rules: int, trail: int) -> tuple[int, int]:
    """Brings least and choices of sections [left, right) up to date; gives the trail, and a section that overflows or -1."""
    n, m = len(b.size), len(s.rest)
    for t in range(left, right):
        least, count = FAR, 0
        if s.rest[t] > 0:
            above, ground = FAR, 0
            for i in range(b.within_at[t], b.within_at[t + 1]):
                v = b.within[i]
                if not s.placed[v]:
                    low = s.lowest[v]
                    if low < least:
                        least, above, count, ground = low, least, 0, 0
                    if low == least:
                        count += 1
                        ground += b.size[v]
                    elif low < above:
                        above = low
            if rules & SECTIONS and least + s.rest[t] > capacity:
                return trail, t
            if rules & STEPS and above < FAR and above + s.rest[t] - ground > capacity:
                return trail, t
        if least != s.least[t]:
            s.key[trail], s.old[trail], s.least[t] = n + t, s.least[t], least
            trail += 1
        if count != s.choices[t]:
            s.key[trail], s.old[trail], s.choices[t] = n + m + t, s.choices[t], count
            trail += 1
    return trail, -1


@part
def _undo(b: Blocks, s: State, trail: int, mark: int) -> None:
    """Restores what the trail holds after `mark`: a placed block (key below 0), lowest, least or choices, in this order."""
    n, m = len(b.size), len(s.rest)
    while trail > mark:
        trail -= 1
        key = s.key[trail]
        if key < 0:
            s.placed[-1 - key] = 0
            for t in range(b.first[-1 - key], b.last[-1 - key]):
                s.rest[t] += b.size[-1 - key]
        elif key < n:
            s.lowest[key] = s.old[trail]
        elif key < n + m:
            s.least[key - n] = s.old[trail]
        else:
            s.choices[key - n - m] = s.old[trail]


@part
def _clear(words: Wholes) -> None:
    for i in range(len(words)):
        words[i] = 0


@part
def _add(blame: Wholes, v: int) -> None:
    blame[v >> 6] |= np.int64(1) << (v & 63)


@part
def _add_section(b: Blocks, s: State, blame: Wholes, t: int) -> None:
    """Adds the unplaced blocks of a section."""
    for i in range(b.within_at[t], b.within_at[t + 1]):
        if not s.placed[b.within[i]]:
            _add(blame, b.within[i])


@part
def _blame_block(b: Blocks, s: State, v: int, blame: Wholes, step: float) -> None:
    """A block alone doesn't fit."""
    _clear(blame)
    _add(blame, v)
    for t in range(b.first[v], b.last[v]):
        s.weight[t] += step / (b.last[v] - b.first[v])


@part
def _blame_section(b: Blocks, s: State, t: int, blame: Wholes, step: float) -> None:
    """What is unplaced in a section doesn't fit."""
    _clear(blame)
    _add_section(b, s, blame, t)
    s.weight[t] += step


@part
def _place(b: Blocks, s: State, u: int, capacity: int, rules: int, trail: int, blame: Wholes, step: float) -> tuple[int, bool]:
    """Puts `u` at its lowest offset; gives the trail, and whether something can't fit any more (then `blame` says what)."""
    top = s.lowest[u] + b.size[u]
    left, right = b.first[u], b.last[u]
    s.placed[u] = 1
    s.key[trail] = -1 - u
    trail += 1
    for t in range(left, right):
        s.rest[t] -= b.size[u]
    for i in range(b.beside_at[u], b.beside_at[u + 1]):
        v = b.beside[i]
        if s.placed[v] or s.lowest[v] >= top:
            continue
        s.key[trail], s.old[trail] = v, s.lowest[v]
        trail += 1
        s.lowest[v] = -(-top // b.align[v]) * b.align[v]
        if s.lowest[v] + b.size[v] > capacity:
            _blame_block(b, s, v, blame, step)
            return trail, True
        left, right = min(left, b.first[v]), max(right, b.last[v])
    trail, over = _survey(b, s, left, right, capacity, rules, trail)
    if over >= 0:
        _blame_section(b, s, over, blame, step)
    return trail, over >= 0


@part
def _support(b: Blocks, s: State, u: int, t: int) -> int:
    """The lowest offset that `u` can have on top of an unplaced block that is not in section t."""
    low = FAR
    for i in range(b.beside_at[u], b.beside_at[u + 1]):
        v = b.beside[i]
        if not s.placed[v] and (b.last[v] <= t or b.first[v] > t):
            low = min(low, s.lowest[v] + b.size[v])
    return -(-low // b.align[u]) * b.align[u] if low < FAR else FAR


@part
def _lift(b: Blocks, s: State, t: int, capacity: int, rules: int, trail: int, blame: Wholes, step: float) -> tuple[int, bool]:
    """Nothing lies at the ground of section t: lifts the blocks that could; gives what `_place` gives."""
    ground, left, right = s.least[t], t, t + 1
    for i in range(b.within_at[t], b.within_at[t + 1]):
        u = b.within[i]
        if s.placed[u] or s.lowest[u] != ground:
            continue
        low = _support(b, s, u, t) if rules & REST else ground + b.align[u]
        if low + b.size[u] > capacity:
            _blame_block(b, s, u, blame, step)
            return trail, True
        s.key[trail], s.old[trail], s.lowest[u] = u, ground, low
        trail += 1
        left, right = min(left, b.first[u]), max(right, b.last[u])
    trail, over = _survey(b, s, left, right, capacity, rules, trail)
    if over >= 0:
        _blame_section(b, s, over, blame, step)
    return trail, over >= 0


@part
def _choose(s: State) -> int:
    """The section of a valley with the fewest candidates for its weight, or -1 where everything is placed."""
    m, best, least = len(s.rest), -1, np.inf
    left = 0
    while left < m:
        if s.rest[left] == 0:
            left += 1
            continue
        right = left + 1
        while right < m and s.rest[right] > 0 and s.least[right] == s.least[left]:
            right += 1
        if (left == 0 or s.least[left - 1] > s.least[left]) and (right == m or s.least[right] > s.least[left]):
            for t in range(left, right):
                if s.choices[t] < least * s.weight[t]:
                    best, least = t, s.choices[t] / s.weight[t]
        left = right
    return best


@part
def _open(b: Blocks, s: State, f: Frames, depth: int, t: int, rules: int, trail: int) -> None:
    """Makes the frame that branches on section t, its candidates in order."""
    start = f.end[depth - 1] if depth > 0 else 0
    end = start
    for i in range(b.within_at[t], b.within_at[t + 1]):
        v = b.within[i]
        if s.placed[v] or s.lowest[v] != s.least[t] or (rules & TWINS and b.twin[v] >= 0 and not s.placed[b.twin[v]]):
            continue
        at = end
        while at > start and b.order[f.pool[at - 1]] > b.order[v]:
            f.pool[at] = f.pool[at - 1]
            at -= 1
        f.pool[at] = v
        end += 1
    f.section[depth], f.ground[depth], f.start[depth], f.end[depth], f.cursor[depth], f.mark[depth] = t, s.least[t], start, end, start, trail
    for word in range(f.blame.shape[1]):
        f.blame[depth, word] = 0


@part
def _guilty(b: Blocks, s: State, f: Frames, depth: int, blame: Wholes) -> bool:
    """Whether the last branch of a frame (undone) changed the lowest offset of a block in `blame`."""
    branch, t = f.cursor[depth] - 1, f.section[depth]
    if branch < f.end[depth]:
        u = f.pool[branch]
        common = np.int64(0)
        for word in range(len(blame)):
            common |= blame[word] & b.overlap[u, word]
        return common != 0
    for i in range(b.within_at[t], b.within_at[t + 1]):
        v = b.within[i]
        if not s.placed[v] and s.lowest[v] == f.ground[depth] and (blame[v >> 6] >> (v & 63)) & 1:
            return True
    return False


@part
def _retreat(b: Blocks, s: State, f: Frames, depth: int, rules: int, trail: int, blame: Wholes) -> int:
    """Goes back to the last frame with a branch left that may mend the failure; gives its depth, or -1."""
    while depth >= 0:
        _undo(b, s, trail, f.mark[depth])
        trail = f.mark[depth]
        if not rules & BACKJUMP or _guilty(b, s, f, depth, blame):
            for word in range(len(blame)):
                blame[word] |= f.blame[depth, word]
                f.blame[depth, word] = blame[word]
            if f.cursor[depth] <= f.end[depth]:
                return depth
            _add_section(b, s, blame, f.section[depth])
        depth -= 1
    return -1


@part
def search(b: Blocks, s: State, f: Frames, capacity: int, rules: int, limit: int, step: float, offsets: Wholes, blame: Wholes) -> tuple[int, int]:
    """Looks for offsets under `capacity`. Gives FOUND, INFEASIBLE (`blame` is then a set of blocks that can't fit), or
    GAVE_UP after `limit` branches or where memory for the stack ran out; and how many branches were tried.

    `s` has nothing placed. A section that overflows becomes heavier by `step`, and so is chosen sooner.
    """
    most = len(b.size) + 2 * len(s.rest) + 1
    for v in range(len(b.size)):
        if b.size[v] > capacity:
            _blame_block(b, s, v, blame, step)
            return INFEASIBLE, 0
    trail, over = _survey(b, s, 0, len(s.rest), capacity, rules, 0)
    if over >= 0:
        _blame_section(b, s, over, blame, step)
        return INFEASIBLE, 0
    depth, tried, failed = -1, 0, False
    while True:
        if failed:
            depth = _retreat(b, s, f, depth, rules, trail, blame)
            if depth < 0:
                return INFEASIBLE, tried
            trail = f.mark[depth]
        else:
            t = _choose(s)
            if t < 0:
                return FOUND, tried
            depth += 1
            if depth == len(f.section) or f.end[depth - 1] + len(b.size) > len(f.pool) or trail + most > len(s.key):
                return GAVE_UP, tried
            _open(b, s, f, depth, t, rules, trail)
        tried += 1
        if tried > limit:
            return GAVE_UP, tried
        branch = f.cursor[depth]
        f.cursor[depth] += 1
        if branch < f.end[depth]:
            offsets[f.pool[branch]] = s.lowest[f.pool[branch]]
            trail, failed = _place(b, s, f.pool[branch], capacity, rules, trail, blame, step)
        else:
            trail, failed = _lift(b, s, f.section[depth], capacity, rules, trail, blame, step)


@long_entry
def find(
    b: Blocks, s: State, f: Frames, capacity: int, rules: int, limit: int, step: float, offsets: Wholes, blame: Wholes, answer: Wholes,
) -> None:  # fmt: skip
    """`search`, whose two numbers are put into `answer`."""
    answer[0], answer[1] = search(b, s, f, capacity, rules, limit, step, offsets, blame)
