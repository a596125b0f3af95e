"""Layers that are read from a disk while the ones before them run: how native code waits for them, and says which it has passed.

Each thread of a step waits before a layer's first launch until the layer is ready. Thread 0, which has then left all launches of the layers before, says
so: a launch ends when all of its chunks are done, and a thread that took none touches no weights. The reader is the runtime's (runtime/streaming.py).
"""

from __future__ import annotations

from intarsia.codegen.cpu.kernels.threads import INTERNAL, SPIN_IN_STEP, word_text
from intarsia.ir.step_abi import PASSED, PASSED_SLEEPERS, READY, READY_SLEEPERS, STREAM_STALLS

AWAIT, PASS = "await_layer", "pass_layers"
"""Functions of (step block, layer) and (step block, layers): the first waits for a layer, the second says that all before a number are passed."""


def streaming_text() -> str:
    """Both functions."""
    return _PASS + _AWAIT


_PASS = f"""
func.func private @{PASS}(%env: !llvm.ptr, %layer: i64) {INTERNAL} {{
  %zero = arith.constant 0 : i64
{word_text("%env", "stream", "%address")}
{word_text("%env", "stream", "%stream", "!llvm.ptr")}
{word_text("%env", "passed_before", "%before")}
{word_text("%env", "thread", "%thread")}
  %streamed = arith.cmpi ne, %address, %zero : i64
  %first = arith.cmpi eq, %thread, %zero : i64
  %mine = arith.andi %streamed, %first : i1
  cf.cond_br %mine, ^tell, ^end
^tell:
  %passed = llvm.getelementptr %stream[{PASSED}] : (!llvm.ptr) -> !llvm.ptr, i8
  %sleepers = llvm.getelementptr %stream[{PASSED_SLEEPERS}] : (!llvm.ptr) -> !llvm.ptr, i8
  %number = arith.addi %before, %layer : i64
  llvm.store %number, %passed atomic seq_cst {{alignment = 8 : i64}} : i64, !llvm.ptr
  func.call @wake(%passed, %sleepers) : (!llvm.ptr, !llvm.ptr) -> ()
  cf.br ^end
^end:
  return
}}
"""

_AWAIT = f"""
func.func private @{AWAIT}(%env: !llvm.ptr, %layer: i64) {INTERNAL} {{
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %true = arith.constant true
  %spin_limit = arith.constant {SPIN_IN_STEP} : i64
{word_text("%env", "stream", "%address")}
{word_text("%env", "stream", "%stream", "!llvm.ptr")}
{word_text("%env", "passed_before", "%before")}
  func.call @{PASS}(%env, %layer) : (!llvm.ptr, i64) -> ()
  %streamed = arith.cmpi ne, %address, %zero : i64
  %ready = llvm.getelementptr %stream[{READY}] : (!llvm.ptr) -> !llvm.ptr, i8
  %sleepers = llvm.getelementptr %stream[{READY_SLEEPERS}] : (!llvm.ptr) -> !llvm.ptr, i8
  %stalls = llvm.getelementptr %stream[{STREAM_STALLS}] : (!llvm.ptr) -> !llvm.ptr, i8
  %number = arith.addi %before, %layer : i64
  cf.cond_br %streamed, ^look(%zero : i64), ^end
^look(%spins: i64):
  %count = llvm.load %ready atomic acquire {{alignment = 8 : i64}} : !llvm.ptr -> i64
  %there = arith.cmpi sgt, %count, %number : i64
  cf.cond_br %there, ^end, ^pause
^pause:
  llvm.call_intrinsic "llvm.x86.sse2.pause"() : () -> ()
  %more = arith.addi %spins, %one : i64
  %tired = arith.cmpi sgt, %more, %spin_limit : i64
  cf.cond_br %tired, ^sleep, ^look(%more : i64)
^sleep:
  %value = arith.trunci %count : i64 to i32
  %asleep = func.call @clock_ns() : () -> i64
  func.call @sleep_while(%ready, %value, %sleepers, %true) : (!llvm.ptr, i32, !llvm.ptr, i1) -> ()
  %awake = func.call @clock_ns() : () -> i64
  %slept = arith.subi %awake, %asleep : i64
  %stall = llvm.atomicrmw add %stalls, %slept monotonic {{alignment = 8 : i64}} : !llvm.ptr, i64
  cf.br ^look(%more : i64)
^end:
  return
}}
"""
