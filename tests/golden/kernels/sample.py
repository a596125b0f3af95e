"""sample_f32_vocab128256, made by Intarsia. Launch sample[(ctas,)](arguments, **CONSTANTS, **OPTIONS) with any number of CTAs."""

import triton
import triton.language as tl

CONSTANTS = {'VOCAB': 128256, 'BLOCK': 1024}
OPTIONS = {'num_warps': 8, 'num_stages': 1, 'maxnreg': 255}
CTAS = 0


@triton.jit
def sample(logits, temperatures, top_ks, top_ps, chances, tokens, rows, VOCAB: tl.constexpr, BLOCK: tl.constexpr):
    """A token for each row: of the top_k largest logits (0: all), those that hold top_p of their probability, by a chance in [0, 1); temperature 0 takes the largest.

    Logits become unsigned numbers of the same order, and the least that is kept is found four bits at a time: so ties with it are kept too. A row a piece of work.
    """
    i = tl.arange(0, BLOCK)
    digit = tl.arange(0, 16)
    for row in range(tl.program_id(0), rows, tl.num_programs(0)):
        at_row = tl.cast(row, tl.int64) * VOCAB
        largest = float("-inf")
        token = 0
        for start in range(0, VOCAB, BLOCK):
            value = tl.load(logits + at_row + start + i, mask=start + i < VOCAB, other=float('-inf')).to(tl.float32)
            bits = value.to(tl.int32, bitcast=True)
            key = tl.where(bits < 0, ~bits, bits | -2147483648).to(tl.uint32, bitcast=True)
            here = tl.max(value, 0)
            token = tl.where(here > largest, start + tl.min(tl.where(value == here, i, BLOCK), 0), token)
            largest = tl.maximum(largest, here)
        temperature = tl.load(temperatures + row)
        if temperature > 0.0:
            top_k = tl.load(top_ks + row)
            top_p = tl.load(top_ps + row)
            least = tl.full((), 0, tl.uint32)
            for turn in range(tl.where((top_k > 0) & (top_k < VOCAB), 8, 0)):
                tries = least + (digit.to(tl.uint32) << (28 - 4 * turn))
                counts = tl.zeros((16,), tl.int32)
                for start in range(0, VOCAB, BLOCK):
                    value = tl.load(logits + at_row + start + i, mask=start + i < VOCAB, other=float('-inf')).to(tl.float32)
                    bits = value.to(tl.int32, bitcast=True)
                    key = tl.where(bits < 0, ~bits, bits | -2147483648).to(tl.uint32, bitcast=True)
                    counts += tl.sum((key[:, None] >= tries[None, :]).to(tl.int32), 0)
                least += tl.max(tl.where(counts >= top_k, digit, 0), 0).to(tl.uint32) << (28 - 4 * turn)
            total = 0.0
            for start in range(0, VOCAB, BLOCK):
                value = tl.load(logits + at_row + start + i, mask=start + i < VOCAB, other=float('-inf')).to(tl.float32)
                bits = value.to(tl.int32, bitcast=True)
                key = tl.where(bits < 0, ~bits, bits | -2147483648).to(tl.uint32, bitcast=True)
                total += tl.sum(tl.where(key >= least, tl.exp((value - largest) / temperature), 0.0), 0)
            wanted = tl.maximum(total * top_p, 1e-30)  # the largest is kept in any case
            lowest = tl.full((), 0, tl.uint32)
            for turn in range(tl.where(top_p < 1.0, 8, 0)):
                tries = lowest + (digit.to(tl.uint32) << (28 - 4 * turn))
                masses = tl.zeros((16,), tl.float32)
                for start in range(0, VOCAB, BLOCK):
                    value = tl.load(logits + at_row + start + i, mask=start + i < VOCAB, other=float('-inf')).to(tl.float32)
                    bits = value.to(tl.int32, bitcast=True)
                    key = tl.where(bits < 0, ~bits, bits | -2147483648).to(tl.uint32, bitcast=True)
                    mass = tl.where(key >= least, tl.exp((value - largest) / temperature), 0.0)
                    masses += tl.sum(tl.where(key[:, None] >= tries[None, :], mass[:, None], 0.0), 0)
                lowest += tl.max(tl.where(masses >= wanted, digit, 0), 0).to(tl.uint32) << (28 - 4 * turn)
            least = tl.maximum(least, lowest)
            total = 0.0
            for start in range(0, VOCAB, BLOCK):
                value = tl.load(logits + at_row + start + i, mask=start + i < VOCAB, other=float('-inf')).to(tl.float32)
                bits = value.to(tl.int32, bitcast=True)
                key = tl.where(bits < 0, ~bits, bits | -2147483648).to(tl.uint32, bitcast=True)
                total += tl.sum(tl.where(key >= least, tl.exp((value - largest) / temperature), 0.0), 0)
            goal = total * tl.load(chances + row)
            below = 0.0
            chosen = VOCAB
            last = 0
            for start in range(0, VOCAB, BLOCK):
                value = tl.load(logits + at_row + start + i, mask=start + i < VOCAB, other=float('-inf')).to(tl.float32)
                bits = value.to(tl.int32, bitcast=True)
                key = tl.where(bits < 0, ~bits, bits | -2147483648).to(tl.uint32, bitcast=True)
                kept = (key >= least) & (value > float("-inf"))
                mass = tl.where(kept, tl.exp((value - largest) / temperature), 0.0)
                chosen = tl.minimum(chosen, tl.min(tl.where(kept & (below + tl.cumsum(mass, 0) > goal), start + i, VOCAB), 0))
                last = tl.maximum(last, tl.max(tl.where(kept, start + i, 0), 0))
                below += tl.sum(mass, 0)
            token = tl.where(chosen < VOCAB, chosen, last)  # rounding may leave the last one's share out
        tl.store(tokens + row, token)
