"""Attention over the paged KV cache with an online softmax (Milakov and Gimelshein, 2018; FlashAttention, Dao et al., 2022).

A unit is a tile of query rows of one sequence and one KV head with all query heads that share it, so that every K and V
loaded (and widened from f16) serves them all. A tile's queries are gathered and scaled once; then, for each span of tokens:
scores (K is transposed in groups of 16 tokens, so they come out 16 at a time), softmax of the span, and the weighted sum of V.
"""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.codegen.cpu.formats import BLOCK, activation_row_bytes
from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.rope import TOKEN_GROUP, KvLayout
from intarsia.codegen.cpu.kernels.rows import RowText, digits
from intarsia.codegen.cpu.kernels.text import PTR, STACK_PAGE, FunctionText, vec

SPAN = 256  # tokens whose scores are held at a time; a multiple of TOKEN_GROUP
QUERIES = 32  # queries (rows x heads of a group) in a tile, about
BLOCK_QUERIES = 8  # queries that one inner loop serves
AHEAD = 4  # groups of tokens that are prefetched before they are needed
CACHE_LINE = 64
MASKED = -1e30


@dataclass(frozen=True)
class AttentionSpec:
    """One attention. `y` is "f32" or "q8"; `window` 0 sees everything before (or, not causal, everything)."""

    heads: int
    scale: float
    causal: bool
    window: int
    y: str
    layout: KvLayout
    tile_rows: int
    isa: Isa

    @property
    def group(self) -> int:
        """Query heads that share one KV head."""
        return self.heads // self.layout.kv_heads

    @property
    def name(self) -> str:
        kind = "causal" if self.causal else "full"
        window = f"_w{self.window}" if self.window else ""
        return f"attention_{kind}{window}_{self.heads}_{self.layout.name}_{digits(self.scale)}_{self.y}_r{self.tile_rows}_{self.isa.name}"


def tile_rows(group: int) -> int:
    """Query rows in a tile when `group` heads share a KV head."""
    return max(1, QUERIES // group)


def emit_attention(spec: AttentionSpec) -> Kernel:
    """(q, sequences, page table, tiles, kv, y; pages of a row of the table; units = tiles x kv_heads)."""
    if spec.y == "q8" and spec.layout.head_dim % BLOCK:
        raise ValueError(f"attention can't quantise heads of {spec.layout.head_dim}; blocks have {BLOCK}")
    sizes = sorted({_block_queries(spec.group), BLOCK_QUERIES if spec.tile_rows > 1 else _block_queries(spec.group)})
    helpers = [_scores_function(spec, size) + _values_function(spec, size) for size in sizes]
    return Kernel(spec.name, "".join(helpers) + _softmax_function(spec) + _Tile(spec).function(), 0)


def _block_queries(count: int) -> int:
    """Queries an inner loop serves when a tile has `count`."""
    return min(count, BLOCK_QUERIES)


def _scores_function(spec: AttentionSpec, queries: int) -> str:
    """(q, k, scores): one group of 16 tokens against `queries` rows of q; rows of scores lie SPAN apart."""
    text = FunctionText(f"{spec.name}_scores{queries}", [("q", PTR), ("k", PTR), ("scores", PTR)], internal=True)
    lanes, head_dim = spec.isa.lanes, spec.layout.head_dim
    parts, f32 = TOKEN_GROUP // lanes, vec(lanes, "f32")
    row, size = activation_row_bytes("f32", head_dim), spec.layout.element_bytes
    chains = 2 if queries * parts <= 4 and head_dim % 2 == 0 else 1
    start = [text.const(0.0, f32)] * (queries * parts * chains)
    with text.loop(text.const(0), text.const(head_dim), text.const(chains), start, [f32] * len(start)) as loop:
        k = text.at("%k", text.binary("arith.muli", loop.index, text.const(TOKEN_GROUP * size)))
        q = text.at("%q", text.binary("arith.muli", loop.index, text.const(4)))
        sums: list[str] = []
        for chain in range(chains):
            keys = [load_cached(text, text.at(k, size * (TOKEN_GROUP * chain + lanes * part)), spec.layout.dtype, lanes) for part in range(parts)]
            for query in range(queries):
                value = text.splat(text.load(text.at(q, row * query + 4 * chain), "f32"), lanes, "f32")
                sums += [text.fma(value, key, loop.carried[len(sums) + part], f32) for part, key in enumerate(keys)]
        loop.yielded = sums
    for at in range(queries * parts):
        total = loop.results[at]
        if chains == 2:
            total = text.binary("arith.addf", total, loop.results[queries * parts + at], f32)
        query, part = divmod(at, parts)
        text.store(total, text.at("%scores", 4 * (SPAN * query + lanes * part)), f32)
    return text.text()


def _values_function(spec: AttentionSpec, queries: int) -> str:
    """(weights, v, sums, count): sums[query] += weights[query][t] * v[t] over `count` tokens of a page."""
    arguments = [("weights", PTR), ("v", PTR), ("sums", PTR), ("count", "i64")]
    text = FunctionText(f"{spec.name}_values{queries}", arguments, internal=True)
    head_dim, size = spec.layout.head_dim, spec.layout.element_bytes
    lanes = min(spec.isa.lanes, head_dim & -head_dim)
    width = max(1, min(head_dim // lanes, 16 // queries))
    for first in range(0, head_dim // lanes, width):
        parts = range(first, min(first + width, head_dim // lanes))
        _values_loop(text, spec, queries, [lanes * part for part in parts], lanes, size)
    return text.text()


def _values_loop(text: FunctionText, spec: AttentionSpec, queries: int, columns: list[int], lanes: int, size: int) -> None:
    """The sums of some columns, in registers."""
    f32, row = vec(lanes, "f32"), activation_row_bytes("f32", spec.layout.head_dim)
    places = [text.at("%sums", row * query + 4 * column) for query in range(queries) for column in columns]
    start = [text.load(place, f32) for place in places]
    with text.loop(text.const(0), "%count", text.const(1), start, [f32] * len(start)) as loop:
        v = text.at("%v", text.binary("arith.muli", loop.index, text.const(spec.layout.head_dim * size)))
        weights = text.at("%weights", text.binary("arith.muli", loop.index, text.const(4)))
        values = [load_cached(text, text.at(v, size * column), spec.layout.dtype, lanes) for column in columns]
        sums: list[str] = []
        for query in range(queries):
            weight = text.splat(text.load(text.at(weights, 4 * SPAN * query), "f32"), lanes, "f32")
            sums += [text.fma(weight, value, loop.carried[len(sums) + part], f32) for part, value in enumerate(values)]
        loop.yielded = sums
    for place, total in zip(places, loop.results, strict=True):
        text.store(total, place, f32)


def load_cached(text: FunctionText, address: str, dtype: str, lanes: int) -> str:
    """A vector of the KV cache as f32."""
    value = text.load(address, vec(lanes, dtype))
    return value if dtype == "f32" else text.cast("arith.extf", value, vec(lanes, dtype), vec(lanes, "f32"))


def _softmax_function(spec: AttentionSpec) -> str:
    """(scores, state, sums, start, groups, low, high): one query's online softmax over a span.

    Scores of tokens outside [low, high) count nothing. `state` is (largest score so far, sum of weights); sums are rescaled.
    """
    isa, head_dim = spec.isa, spec.layout.head_dim
    text = RowText(f"{spec.name}_softmax", ["scores", "state", "sums"], isa, ["start", "groups", "low", "high"], internal=True)
    start = text.sub("%low", "%start"), text.sub("%high", "%start")
    low, high = (text.splat(text.cast("arith.trunci", value, "i64", "i32"), isa.lanes, "i32") for value in start)
    count = text.mul("%groups", TOKEN_GROUP)
    step, zero = text.const(isa.lanes), text.const(0)
    old = text.load("%state", "f32")
    with text.loop(zero, count, step, [text.math.constant(MASKED)], [text.f32]) as peak:
        value = text.load(text.element("%scores", peak.index, 4), text.f32)
        value = text.math.select(_visible(text, peak.index, low, high), value, text.math.constant(MASKED))
        text.store(value, text.element("%scores", peak.index, 4), text.f32)
        peak.yielded = [text.math.maximum(peak.carried[0], value)]
    new = text.scalar("arith.maxnumf", old, text.math.reduce("maxnumf", peak.results[0]))
    shift = text.splat(new, isa.lanes, "f32")
    with text.loop(zero, count, step, [text.math.constant(0.0)], [text.f32]) as total:
        address = text.element("%scores", total.index, 4)
        score = text.load(address, text.f32)
        hidden = text.op(f"arith.cmpf ole, {score}, {text.math.constant(MASKED)} : {text.f32}")
        weight = text.math.select(hidden, text.math.constant(0.0), text.math.exp(text.math.sub(score, shift)))
        text.store(weight, address, text.f32)
        total.yielded = [text.math.add(total.carried[0], weight)]
    change = text.splat(text.scalar("arith.subf", old, new), isa.lanes, "f32")
    factors = text.math.exp(change)
    factor = text.op(f"vector.extract {factors}[0] : f32 from {text.f32}")
    state_sum = text.at("%state", 4)
    rescaled = text.scalar("arith.mulf", text.load(state_sum, "f32"), factor)
    text.store(text.scalar("arith.addf", rescaled, text.math.reduce("add", total.results[0])), state_sum, "f32")
    text.store(new, "%state", "f32")
    moved = text.op(f"arith.cmpf one, {old}, {new} : f32")
    with text.when(moved):
        sums = text.load_columns("%sums")
        text.write_row("f32", head_dim, "%sums", lambda offset: text.math.mul(sums(offset), factors))
    return text.text()


def _visible(text: RowText, index: str, low: str, high: str) -> str:
    """Which of the tokens index .. index + lanes lie in [low, high)."""
    lanes = ", ".join(str(lane) for lane in range(text.lanes))
    iota = text.constant(f"arith.constant dense<[{lanes}]> : {text.i32}")
    first = text.splat(text.cast("arith.trunci", index, "i64", "i32"), text.lanes, "i32")
    token = text.binary("arith.addi", first, iota, text.i32)
    after = text.op(f"arith.cmpi sge, {token}, {low} : {text.i32}")
    before = text.op(f"arith.cmpi slt, {token}, {high} : {text.i32}")
    return text.binary("arith.andi", after, before, vec(text.lanes, "i1"))


class _Tile:
    """The kernel itself: for each unit, gather the queries, go over the spans, and write the rows."""

    def __init__(self, spec: AttentionSpec) -> None:
        self.spec = spec
        text = self.text = RowText(spec.name, ["q", "sequences", "page_table", "tiles", "kv", "y"], spec.isa, ["pages"])
        most = -(-spec.tile_rows * spec.group // BLOCK_QUERIES) * BLOCK_QUERIES
        self.head_row = activation_row_bytes("f32", spec.layout.head_dim)
        self.queries = text.bytes_on_stack(most * self.head_row)
        self.sums = text.bytes_on_stack(most * self.head_row)
        self.states = text.bytes_on_stack(8 * most)
        self.scores = text.bytes_on_stack(4 * SPAN * most, STACK_PAGE)

    def function(self) -> str:
        text, spec = self.text, self.spec
        with text.units() as unit:
            head = text.remainder(unit, spec.layout.kv_heads)
            tile = text.divide(unit, spec.layout.kv_heads)
            sequence, row, rows = (text.load_index("%tiles", tile, 4 * i, 12) for i in range(3))
            first, count, cached = (text.load_index("%sequences", sequence, 4 * i, 12) for i in range(3))
            position = text.add(cached, text.sub(row, first))
            length = text.add(position, rows) if spec.causal else text.add(cached, count)
            pages = text.element("%page_table", text.mul(sequence, "%pages"), 4)
            one = text.compare("eq", rows, 1)
            self._gather(row, rows, head)
            text.line(f"scf.if {one} {{")
            self._spans(position, rows, head, length, pages, _block_queries(spec.group), one_row=True)
            text.line("} else {")
            self._spans(position, rows, head, length, pages, BLOCK_QUERIES if spec.tile_rows > 1 else _block_queries(spec.group), one_row=False)
            text.line("}")
            self._write(row, rows, head)
        return text.text()

    def _gather(self, row: str, rows: str, head: str) -> None:
        """Queries in order of row, then head of the group, times the scale; sums and states at their start."""
        text, spec, head_dim = self.text, self.spec, self.spec.layout.head_dim
        with text.each(rows) as r, text.each(spec.group) as g:
            source = text.element("%q", text.add(row, r), activation_row_bytes("f32", spec.heads * head_dim))
            source = text.at(source, text.mul(text.add(text.mul(head, spec.group), g), 4 * head_dim))
            query = text.add(text.mul(r, spec.group), g)
            target = text.element(self.queries, query, self.head_row)
            self._scale_into(source, target)
            sums = text.element(self.sums, query, self.head_row)
            text.write_row("f32", head_dim, sums, lambda _: text.math.constant(0.0))
            state = text.element(self.states, query, 8)
            text.store(text.number(MASKED), state, "f32")
            text.store(text.number(0.0), text.at(state, 4), "f32")

    def _scale_into(self, source: str, target: str) -> None:
        """Copy one head; nothing beyond it is read, for it may end its buffer."""
        text, head_dim = self.text, self.spec.layout.head_dim
        lanes = min(text.lanes, head_dim & -head_dim)
        kind = vec(lanes, "f32")
        factor = text.const(self.spec.scale, kind)
        for first in range(0, head_dim, lanes):
            value = text.load(text.at(source, 4 * first), kind)
            text.store(text.binary("arith.mulf", value, factor, kind), text.at(target, 4 * first), kind)

    def _spans(self, position: str, rows: str, head: str, length: str, pages: str, queries: int, one_row: bool) -> None:
        text, spec = self.text, self.spec
        count = text.mul(rows, spec.group)
        low = self._low(position)
        begin = text.mul(text.divide(low, TOKEN_GROUP), TOKEN_GROUP)
        with text.each(length, begin, SPAN) as start:
            left = text.sub(length, start)
            tokens = text.binary("arith.minsi", left, text.const(SPAN))
            groups = text.divide(text.add(tokens, TOKEN_GROUP - 1), TOKEN_GROUP)
            self._score(start, groups, head, count, pages, queries, one_row)
            self._weigh(position, rows, start, groups, length)
            self._sum_values(start, tokens, head, count, pages, queries)

    def _low(self, position: str) -> str:
        """The first token that the row at `position` sees."""
        text, spec = self.text, self.spec
        if not spec.window:
            return text.const(0)
        return text.binary("arith.maxsi", text.sub(position, spec.window - 1), text.const(0))

    def _page(self, token: str, pages: str) -> str:
        """The address of the layer's page that holds `token`."""
        text, layout = self.text, self.spec.layout
        number = text.load_index(pages, text.divide(token, layout.page_tokens))
        return text.element("%kv", number, layout.page_bytes)

    def _score(self, start: str, groups: str, head: str, count: str, pages: str, queries: int, one_row: bool) -> None:
        text, layout = self.text, self.spec.layout
        group_bytes = TOKEN_GROUP * layout.head_dim * layout.element_bytes
        with text.each(groups) as group:
            token = text.add(start, text.mul(group, TOKEN_GROUP))
            k = self._group(token, head, pages, group_bytes)
            if one_row:
                self._prefetch(token, start, groups, head, pages, group_bytes)
            with text.each(count, 0, queries) as query:
                q = text.element(self.queries, query, self.head_row)
                scores = text.at(text.element(self.scores, query, 4 * SPAN), text.mul(group, 4 * TOKEN_GROUP))
                text.call(f"{self.spec.name}_scores{queries}", [q, k, scores], [PTR] * 3)

    def _group(self, token: str, head: str, pages: str, group_bytes: int) -> str:
        """The address of the K of a group that begins with `token`; its V, as long, lies half a page on."""
        text, layout = self.text, self.spec.layout
        within = text.divide(text.remainder(token, layout.page_tokens), TOKEN_GROUP)
        index = text.add(text.mul(head, layout.page_tokens // TOKEN_GROUP), within)
        return text.element(self._page(token, pages), index, group_bytes)

    def _prefetch(self, token: str, start: str, groups: str, head: str, pages: str, group_bytes: int) -> None:
        """Ask for K and V a few groups ahead: with one row there is little to compute, and pages lie apart."""
        text = self.text
        last = text.add(start, text.mul(text.sub(groups, 1), TOKEN_GROUP))
        ahead = text.binary("arith.minsi", text.add(token, AHEAD * TOKEN_GROUP), last)
        k = self._group(ahead, head, pages, group_bytes)
        for base in (k, text.at(k, self.spec.layout.half_bytes)):
            for line in range(0, group_bytes, CACHE_LINE):
                text.prefetch(text.at(base, line))

    def _weigh(self, position: str, rows: str, start: str, groups: str, length: str) -> None:
        text, spec = self.text, self.spec
        with text.each(rows) as r:
            at = text.add(position, r)
            low, high = self._low(at), text.add(at, 1) if spec.causal else length
            if spec.window and not spec.causal:
                high = text.binary("arith.minsi", text.add(at, spec.window), length)
            with text.each(spec.group) as g:
                query = text.add(text.mul(r, spec.group), g)
                places = [text.element(base, query, size) for base, size in
                          ((self.scores, 4 * SPAN), (self.states, 8), (self.sums, self.head_row))]  # fmt: skip
                text.call(f"{spec.name}_softmax", [*places, start, groups, low, high], [PTR] * 3 + ["i64"] * 4)

    def _sum_values(self, start: str, tokens: str, head: str, count: str, pages: str, queries: int) -> None:
        """Page by page: the span begins on a group, which may lie inside a page."""
        text, layout = self.text, self.spec.layout
        size = layout.head_dim * layout.element_bytes
        end = text.add(start, tokens)
        first, last = text.divide(start, layout.page_tokens), text.divide(text.sub(end, 1), layout.page_tokens)
        with text.each(text.add(last, 1), first) as page:
            low = text.binary("arith.maxsi", text.mul(page, layout.page_tokens), start)
            high = text.binary("arith.minsi", text.mul(text.add(page, 1), layout.page_tokens), end)
            row = text.add(text.mul(head, layout.page_tokens), text.remainder(low, layout.page_tokens))
            v = text.element(self._page(low, pages), row, size, layout.half_bytes)
            with text.each(count, 0, queries) as query:
                weights = text.at(text.element(self.scores, query, 4 * SPAN), text.mul(text.sub(low, start), 4))
                sums = text.element(self.sums, query, self.head_row)
                text.call(f"{self.spec.name}_values{queries}", [weights, v, sums, text.sub(high, low)], [PTR] * 3 + ["i64"])

    def _write(self, row: str, rows: str, head: str) -> None:
        """Divide by the sums of weights, and write f32 or quantised heads."""
        text, spec, head_dim = self.text, self.spec, self.spec.layout.head_dim
        width = spec.heads * head_dim
        with text.each(rows) as r, text.each(spec.group) as g:
            query = text.add(text.mul(r, spec.group), g)
            sums = text.element(self.sums, query, self.head_row)
            total = text.load(text.element(self.states, query, 8, 4), "f32")
            y = text.element("%y", text.add(row, r), activation_row_bytes(spec.y, width))
            column = text.add(text.mul(head, spec.group), g)
            inverse = text.scalar("arith.divf", text.number(1.0), total)
            if spec.y == "q8":
                self._write_quantised(sums, inverse, y, column, width)
            else:
                self._write_floats(sums, inverse, text.element(y, column, 4 * head_dim))

    def _write_floats(self, sums: str, inverse: str, target: str) -> None:
        text, head_dim = self.text, self.spec.layout.head_dim
        lanes = min(text.lanes, head_dim & -head_dim)
        kind, factor = vec(lanes, "f32"), text.splat(inverse, lanes, "f32")
        for first in range(0, head_dim, lanes):
            value = text.binary("arith.mulf", text.load(text.at(sums, 4 * first), kind), factor, kind)
            text.store(value, text.at(target, 4 * first), kind)

    def _write_quantised(self, sums: str, inverse: str, y: str, column: str, width: int) -> None:
        text, blocks = self.text, self.spec.layout.head_dim // BLOCK
        factor = text.splat(inverse, text.lanes, "f32")
        for block in range(blocks):
            places = [text.at(sums, 4 * (BLOCK * block + lane)) for lane in range(0, BLOCK, text.lanes)]
            values = [text.math.mul(text.load(place, text.f32), factor) for place in places]
            text.store_q8(values, y, text.add(text.mul(column, blocks), block), width)
