"""The memory that a compiled step and its driver share: plain numbers, so that neither needs the other.

A *step block* is `STEP_SLOTS` 64-bit words: everything one step of one phase reads. Each thread works on a copy of
its own, so that one which wakes too late sees the step it belongs to and not the next one's.

A *context* is the memory that the threads of one model share:

    byte 0     epoch: even while a step is published, odd while its block is being replaced
    byte 64    threads that sleep until the next step (32-bit)
    byte 128   threads that sleep until a launch ends (32-bit)
    byte 192   nanoseconds that threads have slept inside steps (64-bit)
    byte 256   the step block

Where layers come from a disk, a *stream* is what the native code shares with the thread that reads them. Layers are counted over all
steps: a step may run its layer l once `ready` > `passed_before` + l.

    byte 0     ready: layers read so far (64-bit)
    byte 64    threads that sleep until the next one is ready (32-bit)
    byte 128   passed: layers that no thread needs any more (64-bit)
    byte 192   readers that sleep until one is passed (32-bit)
    byte 256   nanoseconds that threads have slept for layers (64-bit)
"""

from __future__ import annotations

STEP = (
    "entry",  # address of the phase's function; 0 tells the workers to leave
    "arena", "weights", "kv", "tickets",  # addresses
    "threads", "rows", "sequences", "logit_rows", "tiles",  # counts: threads, token rows, sequences, wanted rows, query tiles
    "tokens", "positions", "slots",  # int32[rows]: token numbers, positions, places in the KV cache
    "sequence_table",  # int32[sequences, 3]: first row, rows, tokens cached before
    "page_table", "pages",  # int32[sequences, pages], and its row length
    "tile_table",  # int32[tiles, 3]: sequence, first row, rows (at most the program's `tile_rows`)
    "logit_row_table",  # int32[logit_rows]
    "trace", "trace_slots",  # address of the threads' traces (0: none), slots of each
    "epoch", "thread", "context",  # set by native code
    "stream", "passed_before",  # address of the stream (0: all layers are in memory), layers passed in the steps before
)  # fmt: skip
STEP_SLOTS = 32
STEP_BYTES = 8 * STEP_SLOTS

EPOCH, SLEEPERS, WAITERS, STALLS, BLOCK = 0, 64, 128, 192, 256
CONTEXT_BYTES = BLOCK + STEP_BYTES

READY, READY_SLEEPERS, PASSED, PASSED_SLEEPERS, STREAM_STALLS = 0, 64, 128, 192, 256
STREAM_BYTES = 320

TICKET_BYTES = 64
TRACE_ENTRY = ("launch", "begin_ns", "end_ns")  # 64-bit each; a thread's trace begins with their count

RUN, WORKER = "intarsia_run", "intarsia_worker"
"""The functions (context, step block) and (context, thread number) of every object."""


def slot(name: str) -> int:
    """Bytes from the start of a step block to the word `name`."""
    return 8 * STEP.index(name)
