"""Threads: how a launch's units are shared out, and how threads wait for each other.

Every thread of a step walks through the same launches. A launch has one *ticket*, a 64-bit word {epoch: 32, next chunk: 16,
chunks done: 16}: a thread takes the next chunk by compare-exchange, and goes on when all chunks are done. A thread that
took nothing delays nobody. The first to take a chunk moves the ticket to the step's epoch, so tickets are never reset; a
thread of an older step finds a newer epoch (or everything done) and leaves.

Waiting never starves another process: a short spin, then sleep on a futex until the last chunk wakes the sleepers (with a
bound, should a wake be lost). What a thread notes in its trace it writes before its chunk counts as done, so that nothing of a
step is touched after the step's end. Our own threads rather than OpenMP, because a descheduled thread must not hold up a step on
a shared machine, and because nothing but libc is then needed at run time.
"""

from __future__ import annotations

from intarsia.ir.step_abi import (
    BLOCK,
    RUN,
    SLEEPERS,
    STALLS,
    STEP_BYTES,
    TICKET_BYTES,
    TRACE_ENTRY,
    WAITERS,
    WORKER,
    slot,
)

CHUNKS_PER_THREAD = 12
SPIN_IN_STEP = 300  # pauses, about 10 us
SPIN_BETWEEN_STEPS = 1500  # about 50 us
SLEEP_NS = 2_000_000
WORK = "(!llvm.ptr, i64, i64, i64) -> ()"
"""A unit function: (step block, layer, begin, end)."""

INTERNAL = "attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline}"
_TRACE_BYTES = 8 * len(TRACE_ENTRY)


def threads_text() -> str:
    """The functions that every object holds: @parallel for launches, and the entries RUN and WORKER."""
    return _LIBC + _SLEEP + _WAKE + _RECORD + _PARALLEL + _RUN + _WORKER


def word_text(block: str, name: str, result: str, kind: str = "i64") -> str:
    """Loads the word `name` of a step block into `result`."""
    return (
        f"  {result}_at = llvm.getelementptr {block}[{slot(name)}] : (!llvm.ptr) -> !llvm.ptr, i8\n"
        f"  {result} = llvm.load {result}_at : !llvm.ptr -> {kind}"
    )


_LIBC = """
func.func private @syscall(i64, !llvm.ptr, i64, i64, !llvm.ptr, i64, i64) -> i64
func.func private @clock_gettime(i32, !llvm.ptr) -> i32
"""

# futex(2): number 202 on x86-64; 128 is FUTEX_WAIT_PRIVATE, 129 FUTEX_WAKE_PRIVATE.
_SLEEP = f"""
func.func private @sleep_while(%word: !llvm.ptr, %value: i32, %sleepers: !llvm.ptr, %bounded: i1) {INTERNAL} {{
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i64
  %zero = arith.constant 0 : i64
  %number = arith.constant 202 : i64
  %wait = arith.constant 128 : i64
  %nanoseconds = arith.constant {SLEEP_NS} : i64
  %time = llvm.alloca %two x i64 : (i64) -> !llvm.ptr
  %fraction = llvm.getelementptr %time[8] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %zero, %time : i64, !llvm.ptr
  llvm.store %nanoseconds, %fraction : i64, !llvm.ptr
  %null = llvm.mlir.zero : !llvm.ptr
  %limit = llvm.select %bounded, %time, %null : i1, !llvm.ptr
  %before = llvm.atomicrmw add %sleepers, %one acq_rel : !llvm.ptr, i32
  %wide = arith.extui %value : i32 to i64
  %done = func.call @syscall(%number, %word, %wait, %wide, %limit, %zero, %zero)
      : (i64, !llvm.ptr, i64, i64, !llvm.ptr, i64, i64) -> i64
  %after = llvm.atomicrmw sub %sleepers, %one acq_rel : !llvm.ptr, i32
  return
}}
"""

_WAKE = f"""
func.func private @wake(%word: !llvm.ptr, %sleepers: !llvm.ptr) {INTERNAL} {{
  %none = arith.constant 0 : i32
  %zero = arith.constant 0 : i64
  %number = arith.constant 202 : i64
  %wake = arith.constant 129 : i64
  %all = arith.constant 2147483647 : i64
  %null = llvm.mlir.zero : !llvm.ptr
  %count = llvm.load %sleepers atomic acquire {{alignment = 4 : i64}} : !llvm.ptr -> i32
  %any = arith.cmpi ne, %count, %none : i32
  cf.cond_br %any, ^wake, ^end
^wake:
  %done = func.call @syscall(%number, %word, %wake, %all, %null, %zero, %zero)
      : (i64, !llvm.ptr, i64, i64, !llvm.ptr, i64, i64) -> i64
  cf.br ^end
^end:
  return
}}
"""

_RECORD = f"""
func.func private @clock_ns() -> i64 {INTERNAL} {{
  %two = arith.constant 2 : i64
  %monotonic = arith.constant 1 : i32
  %billion = arith.constant 1000000000 : i64
  %time = llvm.alloca %two x i64 : (i64) -> !llvm.ptr
  %done = func.call @clock_gettime(%monotonic, %time) : (i32, !llvm.ptr) -> i32
  %fraction = llvm.getelementptr %time[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %seconds = llvm.load %time : !llvm.ptr -> i64
  %rest = llvm.load %fraction : !llvm.ptr -> i64
  %scaled = arith.muli %seconds, %billion : i64
  %now = arith.addi %scaled, %rest : i64
  return %now : i64
}}
func.func private @began(%env: !llvm.ptr) -> i64 {INTERNAL} {{
  %zero = arith.constant 0 : i64
{word_text("%env", "trace", "%trace")}
  %traced = arith.cmpi ne, %trace, %zero : i64
  cf.cond_br %traced, ^yes, ^no
^yes:
  %now = func.call @clock_ns() : () -> i64
  return %now : i64
^no:
  return %zero : i64
}}
func.func private @record(%env: !llvm.ptr, %launch: i64, %begin: i64) {INTERNAL} {{
  %one = arith.constant 1 : i64
  %zero = arith.constant 0 : i64
{word_text("%env", "trace", "%traces", "!llvm.ptr")}
{word_text("%env", "trace_slots", "%slots")}
{word_text("%env", "thread", "%thread")}
  %entry_bytes = arith.constant {_TRACE_BYTES} : i64
  %head_bytes = arith.constant 8 : i64
  %entries_bytes = arith.muli %slots, %entry_bytes : i64
  %thread_bytes = arith.addi %entries_bytes, %head_bytes : i64
  %mine = arith.muli %thread, %thread_bytes : i64
  %trace = llvm.getelementptr %traces[%mine] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %count = llvm.load %trace : !llvm.ptr -> i64
  %now = func.call @clock_ns() : () -> i64
  %some = arith.cmpi sgt, %count, %zero : i64
  cf.cond_br %some, ^again, ^fresh
^again:
  %before = arith.subi %count, %one : i64
  %before_taken = arith.muli %before, %entry_bytes : i64
  %before_offset = arith.addi %before_taken, %head_bytes : i64
  %last = llvm.getelementptr %trace[%before_offset] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %last1 = llvm.getelementptr %last[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %last2 = llvm.getelementptr %last[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %last_begin = llvm.load %last1 : !llvm.ptr -> i64
  %same = arith.cmpi eq, %last_begin, %begin : i64
  cf.cond_br %same, ^extend, ^fresh
^extend:
  llvm.store %now, %last2 : i64, !llvm.ptr
  cf.br ^end
^fresh:
  %room = arith.cmpi slt, %count, %slots : i64
  cf.cond_br %room, ^store, ^end
^store:
  %taken = arith.muli %count, %entry_bytes : i64
  %offset = arith.addi %taken, %head_bytes : i64
  %entry = llvm.getelementptr %trace[%offset] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %entry1 = llvm.getelementptr %entry[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %entry2 = llvm.getelementptr %entry[16] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %launch, %entry : i64, !llvm.ptr
  llvm.store %begin, %entry1 : i64, !llvm.ptr
  llvm.store %now, %entry2 : i64, !llvm.ptr
  %more = arith.addi %count, %one : i64
  llvm.store %more, %trace : i64, !llvm.ptr
  cf.br ^end
^end:
  return
}}
"""

_PARALLEL = f"""
func.func private @parallel(%env: !llvm.ptr, %launch: i64, %layer: i64, %units: i64, %work: {WORK}) {INTERNAL} {{
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %zero32 = arith.constant 0 : i32
  %true = arith.constant true
  %c16 = arith.constant 16 : i64
  %c32 = arith.constant 32 : i64
  %low16 = arith.constant 65535 : i64
  %low32 = arith.constant 4294967295 : i64
  %spin_limit = arith.constant {SPIN_IN_STEP} : i64
  %per_thread = arith.constant {CHUNKS_PER_THREAD} : i64
  %ticket_bytes = arith.constant {TICKET_BYTES} : i64
{word_text("%env", "threads", "%threads")}
{word_text("%env", "trace", "%trace")}
{word_text("%env", "tickets", "%tickets", "!llvm.ptr")}
{word_text("%env", "epoch", "%epoch")}
{word_text("%env", "context", "%context", "!llvm.ptr")}
  %waiters = llvm.getelementptr %context[{WAITERS}] : (!llvm.ptr) -> !llvm.ptr, i8
  %stalls = llvm.getelementptr %context[{STALLS}] : (!llvm.ptr) -> !llvm.ptr, i8
  %traced = arith.cmpi ne, %trace, %zero : i64
  %begin_ns = func.call @began(%env) : (!llvm.ptr) -> i64
  %none = arith.cmpi sle, %units, %zero : i64
  %alone = arith.cmpi sle, %threads, %one : i64
  %ticket_at = arith.muli %launch, %ticket_bytes : i64
  %ticket = llvm.getelementptr %tickets[%ticket_at] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %share = arith.muli %threads, %per_thread : i64
  %chunks = arith.minsi %units, %share : i64
  %epoch32 = arith.andi %epoch, %low32 : i64
  %epoch_high = arith.shli %epoch32, %c32 : i64
  %short_epoch = arith.trunci %epoch : i64 to i32
  cf.cond_br %none, ^end, ^some
^some:
  cf.cond_br %alone, ^direct, ^claim
^direct:
  func.call_indirect %work(%env, %layer, %zero, %units) : {WORK}
  cf.cond_br %traced, ^record_all, ^end
^record_all:
  func.call @record(%env, %launch, %begin_ns) : (!llvm.ptr, i64, i64) -> ()
  cf.br ^end
^claim:
  %word = llvm.load %ticket atomic acquire {{alignment = 8 : i64}} : !llvm.ptr -> i64
  %word_epoch64 = arith.shrui %word, %c32 : i64
  %word_epoch = arith.trunci %word_epoch64 : i64 to i32
  %age = arith.subi %short_epoch, %word_epoch : i32
  %stale = arith.cmpi slt, %age, %zero32 : i32
  cf.cond_br %stale, ^end, ^current
^current:
  %fresh = arith.cmpi ne, %age, %zero32 : i32
  %high = arith.shrui %word, %c16 : i64
  %found_next = arith.andi %high, %low16 : i64
  %found_done = arith.andi %word, %low16 : i64
  %next = arith.select %fresh, %zero, %found_next : i64
  %done = arith.select %fresh, %zero, %found_done : i64
  %left = arith.cmpi slt, %next, %chunks : i64
  cf.cond_br %left, ^take, ^wait(%zero : i64)
^take:
  %following = arith.addi %next, %one : i64
  %following_high = arith.shli %following, %c16 : i64
  %counts = arith.ori %following_high, %done : i64
  %wanted = arith.ori %epoch_high, %counts : i64
  %exchange = llvm.cmpxchg %ticket, %word, %wanted acq_rel acquire {{alignment = 8 : i64}} : !llvm.ptr, i64
  %got = llvm.extractvalue %exchange[1] : !llvm.struct<(i64, i1)>
  cf.cond_br %got, ^chunk, ^claim
^chunk:
  %begin_scaled = arith.muli %next, %units : i64
  %begin = arith.divui %begin_scaled, %chunks : i64
  %end_scaled = arith.muli %following, %units : i64
  %end = arith.divui %end_scaled, %chunks : i64
  func.call_indirect %work(%env, %layer, %begin, %end) : {WORK}
  cf.cond_br %traced, ^record, ^done
^record:
  func.call @record(%env, %launch, %begin_ns) : (!llvm.ptr, i64, i64) -> ()
  cf.br ^done
^done:
  %before = llvm.atomicrmw add %ticket, %one acq_rel {{alignment = 8 : i64}} : !llvm.ptr, i64
  %before_done = arith.andi %before, %low16 : i64
  %now_done = arith.addi %before_done, %one : i64
  %last = arith.cmpi eq, %now_done, %chunks : i64
  cf.cond_br %last, ^last, ^claim
^last:
  func.call @wake(%ticket, %waiters) : (!llvm.ptr, !llvm.ptr) -> ()
  cf.br ^end
^wait(%spins: i64):
  %seen = llvm.load %ticket atomic acquire {{alignment = 8 : i64}} : !llvm.ptr -> i64
  %seen_epoch64 = arith.shrui %seen, %c32 : i64
  %seen_epoch = arith.trunci %seen_epoch64 : i64 to i32
  %same = arith.cmpi eq, %seen_epoch, %short_epoch : i32
  %seen_done = arith.andi %seen, %low16 : i64
  %incomplete = arith.cmpi slt, %seen_done, %chunks : i64
  %waiting = arith.andi %same, %incomplete : i1
  cf.cond_br %waiting, ^pause, ^end
^pause:
  llvm.call_intrinsic "llvm.x86.sse2.pause"() : () -> ()
  %more = arith.addi %spins, %one : i64
  %tired = arith.cmpi sgt, %more, %spin_limit : i64
  cf.cond_br %tired, ^sleep, ^wait(%more : i64)
^sleep:
  %value = arith.trunci %seen : i64 to i32
  %asleep = func.call @clock_ns() : () -> i64
  func.call @sleep_while(%ticket, %value, %waiters, %true) : (!llvm.ptr, i32, !llvm.ptr, i1) -> ()
  %awake = func.call @clock_ns() : () -> i64
  %slept = arith.subi %awake, %asleep : i64
  %stall = llvm.atomicrmw add %stalls, %slept monotonic {{alignment = 8 : i64}} : !llvm.ptr, i64
  cf.br ^wait(%more : i64)
^end:
  return
}}
"""

_RUN = f"""
func.func @{RUN}(%context: !llvm.ptr, %step: !llvm.ptr) {{
  %one = arith.constant 1 : i64
  %slots = arith.constant {STEP_BYTES} : i64
  %zero = arith.constant 0 : i64
  %sleepers = llvm.getelementptr %context[{SLEEPERS}] : (!llvm.ptr) -> !llvm.ptr, i8
  %block = llvm.getelementptr %context[{BLOCK}] : (!llvm.ptr) -> !llvm.ptr, i8
  %mine = llvm.alloca %slots x i8 {{alignment = 64 : i64}} : (i64) -> !llvm.ptr
  %before = llvm.load %context : !llvm.ptr -> i64
  %odd = arith.addi %before, %one : i64
  %even = arith.addi %odd, %one : i64
  llvm.store %odd, %context atomic seq_cst {{alignment = 8 : i64}} : i64, !llvm.ptr
  "llvm.intr.memcpy"(%block, %step, %slots) <{{isVolatile = false}}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  "llvm.intr.memcpy"(%mine, %step, %slots) <{{isVolatile = false}}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  llvm.store %even, %context atomic seq_cst {{alignment = 8 : i64}} : i64, !llvm.ptr
{word_text("%mine", "threads", "%threads")}
{word_text("%mine", "entry", "%entry")}
  %several = arith.cmpi sgt, %threads, %one : i64
  %leaving = arith.cmpi eq, %entry, %zero : i64
  %needed = arith.ori %several, %leaving : i1
  cf.cond_br %needed, ^wake, ^go
^wake:
  func.call @wake(%context, %sleepers) : (!llvm.ptr, !llvm.ptr) -> ()
  cf.cond_br %leaving, ^end, ^go
^go:
  func.call @enter(%context, %mine, %even, %zero) : (!llvm.ptr, !llvm.ptr, i64, i64) -> ()
  cf.br ^end
^end:
  return
}}
func.func private @enter(%context: !llvm.ptr, %env: !llvm.ptr, %epoch: i64, %thread: i64) {INTERNAL} {{
  %epoch_at = llvm.getelementptr %env[{slot("epoch")}] : (!llvm.ptr) -> !llvm.ptr, i8
  %thread_at = llvm.getelementptr %env[{slot("thread")}] : (!llvm.ptr) -> !llvm.ptr, i8
  %context_at = llvm.getelementptr %env[{slot("context")}] : (!llvm.ptr) -> !llvm.ptr, i8
  %one = arith.constant 1 : i64
  %half = arith.shrui %epoch, %one : i64
  llvm.store %half, %epoch_at : i64, !llvm.ptr
  llvm.store %thread, %thread_at : i64, !llvm.ptr
  llvm.store %context, %context_at : !llvm.ptr, !llvm.ptr
{word_text("%env", "entry", "%entry", "!llvm.ptr")}
  llvm.call %entry(%env) : !llvm.ptr, (!llvm.ptr) -> ()
  return
}}
"""

_WORKER = f"""
func.func @{WORKER}(%context: !llvm.ptr, %thread: i64) {{
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %slots = arith.constant {STEP_BYTES} : i64
  %spin_limit = arith.constant {SPIN_BETWEEN_STEPS} : i64
  %false = arith.constant false
  %sleepers = llvm.getelementptr %context[{SLEEPERS}] : (!llvm.ptr) -> !llvm.ptr, i8
  %block = llvm.getelementptr %context[{BLOCK}] : (!llvm.ptr) -> !llvm.ptr, i8
  %mine = llvm.alloca %slots x i8 {{alignment = 64 : i64}} : (i64) -> !llvm.ptr
  cf.br ^look(%zero, %zero : i64, i64)
^look(%seen: i64, %spins: i64):
  %epoch = llvm.load %context atomic acquire {{alignment = 8 : i64}} : !llvm.ptr -> i64
  %bit = arith.andi %epoch, %one : i64
  %ready = arith.cmpi eq, %bit, %zero : i64
  %new = arith.cmpi ne, %epoch, %seen : i64
  %go = arith.andi %ready, %new : i1
  cf.cond_br %go, ^copy, ^pause
^pause:
  llvm.call_intrinsic "llvm.x86.sse2.pause"() : () -> ()
  %more = arith.addi %spins, %one : i64
  %tired = arith.cmpi sgt, %more, %spin_limit : i64
  %sleepy = arith.andi %tired, %ready : i1
  cf.cond_br %sleepy, ^sleep, ^look(%seen, %more : i64, i64)
^sleep:
  %value = arith.trunci %epoch : i64 to i32
  func.call @sleep_while(%context, %value, %sleepers, %false) : (!llvm.ptr, i32, !llvm.ptr, i1) -> ()
  cf.br ^look(%seen, %more : i64, i64)
^copy:
  "llvm.intr.memcpy"(%mine, %block, %slots) <{{isVolatile = true}}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  %again = llvm.load %context atomic acquire {{alignment = 8 : i64}} : !llvm.ptr -> i64
  %whole = arith.cmpi eq, %again, %epoch : i64
  cf.cond_br %whole, ^step, ^look(%seen, %zero : i64, i64)
^step:
{word_text("%mine", "entry", "%entry")}
{word_text("%mine", "threads", "%threads")}
  %leave = arith.cmpi eq, %entry, %zero : i64
  cf.cond_br %leave, ^end, ^wanted
^wanted:
  %asked = arith.cmpi slt, %thread, %threads : i64
  cf.cond_br %asked, ^enter, ^look(%epoch, %zero : i64, i64)
^enter:
  func.call @enter(%context, %mine, %epoch, %thread) : (!llvm.ptr, !llvm.ptr, i64, i64) -> ()
  cf.br ^look(%epoch, %zero : i64, i64)
^end:
  return
}}
"""
