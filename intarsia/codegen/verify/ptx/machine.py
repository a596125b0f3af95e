"""Runs a bound program for the threads of several CTAs at once.

Threads that stand at the same block run together, and those that stand earliest in the text run first, so that threads that went different ways meet again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from intarsia.codegen.verify.ptx.bound import BoundBlock, BoundProgram
from intarsia.codegen.verify.ptx.builder import State
from intarsia.codegen.verify.ptx.faults import KernelFault, fault, place
from intarsia.codegen.verify.ptx.lanes import WARP, Lanes
from intarsia.codegen.verify.ptx.meetings import Meetings
from intarsia.codegen.verify.ptx.types import Array
from intarsia.errors import IntarsiaError


class Machine:
    """`limit`: instructions that a run may take, for all threads together."""

    def __init__(self, program: BoundProgram, state: State, limit: int) -> None:
        self.program, self.state, self.limit = program, state, limit
        self.threads = state.threads
        self.per_cta = state.shared.threads
        self.steps = 0

    def run(self, alive: Array) -> None:
        """From the first instruction to the end of all threads of the mask `alive`. Raises KernelFault."""
        self.alive = alive.copy()
        self.waiting = np.zeros(self.threads, bool)
        self.waiting_at = np.zeros(self.threads, np.int64)
        self.ready: dict[int, Lanes] = {0: Lanes(alive.copy())}
        self.parked: dict[int, Lanes] = {}
        self.asleep: dict[int, Lanes] = {}
        self.meetings = Meetings(self.state.shared)
        woken = self.state.bulk.turns
        self._retire(~alive.reshape(-1, self.per_cta).any(1))
        while self.ready or (self.asleep and self.state.bulk.turns > woken):
            if self.state.bulk.turns > woken:
                woken = self.state.bulk.turns
                self._wake()
            number = min(self.ready)
            lanes = self.ready.pop(number)
            if number < len(self.program.blocks) and lanes.count:
                self._block(number, lanes)
            elif lanes.count:
                self._exit(lanes)
        self._all_done()

    def _block(self, number: int, lanes: Lanes) -> None:
        block = self.program.blocks[number]
        if block.waits is not None and not (lanes := self._awake(number, block.waits, lanes)).count:
            return
        if block.gate is not None and not lanes.full:
            gathered = self._gather(number, block, lanes)
            if gathered is None:
                return
            lanes = gathered
        self.steps += len(block.steps)
        if self.steps > self.limit:
            raise fault("limit", f"more than {self.limit} instructions: an endless loop, perhaps one that waits for another CTA", block.last)
        self._run_steps(block, lanes)
        block.count += lanes.count
        self._leave(number, block, lanes)

    def _run_steps(self, block: BoundBlock, lanes: Lanes) -> None:
        at = 0
        try:
            for step in block.steps:
                step(lanes)
                at += 1
        except IntarsiaError:
            raise
        except Exception as error:
            raise RuntimeError(f"the emulator failed at {place(self.program.kernel.instructions[block.begin + at])}: {error}") from error

    def _leave(self, number: int, block: BoundBlock, lanes: Lanes) -> None:
        if block.meeting is not None:
            for after in self.meetings.come(number, block.meeting, lanes, block.last):
                self._push(*after)
        elif block.barrier:
            self._arrive(number, lanes)
        elif block.last.opcode == "bra":
            self._branch(block, lanes)
        elif block.last.opcode in ("ret", "exit"):
            leaving = lanes if block.guard is None else lanes.among(block.guard, self._negated(block))
            self._exit(leaving)
            self._push(block.next, lanes.without(leaving))
        else:
            self._push(block.next, lanes)

    def _branch(self, block: BoundBlock, lanes: Lanes) -> None:
        if block.guard is None:
            self._push(block.branch, lanes)
            return
        taken = lanes.among(block.guard, self._negated(block))
        self._push(block.branch, taken)
        if taken is not lanes:
            self._push(block.next, lanes.without(taken))

    def _negated(self, block: BoundBlock) -> bool:
        return block.last.guard is not None and block.last.guard.negated

    def _push(self, number: int, lanes: Lanes) -> None:
        if lanes.count:
            others = self.ready.get(number)
            self.ready[number] = lanes if others is None else others.joined(lanes)

    # ---- meeting

    def _awake(self, number: int, waits: Callable[[Lanes], Array], lanes: Lanes) -> Lanes:
        """Those of the arrived that need not wait for an mbarrier; the others sleep until some phase of any is over."""
        sleeping = lanes.mask & ~waits(lanes)
        if not sleeping.any():
            return lanes
        self.asleep[number] = Lanes(sleeping).joined(self.asleep[number]) if number in self.asleep else Lanes(sleeping)
        return Lanes(lanes.mask & ~sleeping)

    def _wake(self) -> None:
        for number, lanes in self.asleep.items():
            self._push(number, lanes)
        self.asleep = {}

    def _gather(self, number: int, block: BoundBlock, lanes: Lanes) -> Lanes | None:
        """Those of the arrived whose warps are complete; the others wait here."""
        assert block.gate is not None
        if number in self.parked:
            lanes = lanes.joined(self.parked.pop(number))
        if block.begin >= 0 and lanes.whole_warps:
            return lanes
        missing = block.gate(lanes) & ~lanes.mask & self._exists()
        incomplete = np.repeat(missing.reshape(-1, WARP).any(1), WARP) & lanes.mask
        if not incomplete.any():
            return lanes
        waiting = Lanes(incomplete)
        self.parked[number] = waiting
        complete = lanes.without(waiting)
        return complete if complete.count else None

    def _exists(self) -> Array:
        return self.state.special["%exists"]

    def _arrive(self, number: int, lanes: Lanes) -> None:
        if lanes.full:
            self.state.shared.pass_barrier(np.arange(self.state.shared.ctas))
            self._push(number + 1, lanes)
            return
        self.waiting |= lanes.mask
        self.waiting_at[lanes.index] = number
        self._release()

    def _release(self) -> None:
        """Lets go the CTAs of which every thread that has not ended has come."""
        waiting, alive = self.waiting.reshape(-1, self.per_cta), self.alive.reshape(-1, self.per_cta)
        complete = waiting.any(1) & (waiting == alive).all(1)
        if not complete.any():
            return
        released = np.repeat(complete, self.per_cta) & self.waiting
        numbers = sorted(set(self.waiting_at[released].tolist()))
        for cta in np.flatnonzero(complete) if len(numbers) > 1 else ():
            self._same_barrier(cta)
        self.state.shared.pass_barrier(np.flatnonzero(complete))
        self.waiting &= ~released
        for number in numbers:
            self._push(number + 1, Lanes(released & (self.waiting_at == number)))

    def _same_barrier(self, cta: Any) -> None:
        part = slice(cta * self.per_cta, (cta + 1) * self.per_cta)
        numbers = np.unique(self.waiting_at[part][self.waiting[part]]).tolist()
        if len(numbers) > 1:
            first, second = (self.program.blocks[number].last for number in numbers[:2])
            raise fault("divergence", f"threads of one CTA meet at different barriers, the other at {place(second)}", first)

    # ---- ending

    def _exit(self, lanes: Lanes) -> None:
        if not lanes.count:
            return
        self.alive &= ~lanes.mask
        self._retire(~self.alive.reshape(-1, self.per_cta).any(1))
        if self.waiting.any():
            self._release()

    def _retire(self, ctas: Any) -> None:
        if ctas.any():
            self.state.shared.finish(ctas)

    def _all_done(self) -> None:
        for number in self.asleep:
            raise fault("divergence", "threads wait for a phase of an mbarrier that nobody completes", self.program.kernel.instructions[self.program.blocks[number].begin])
        self.meetings.all_done()
        for number, lanes in self.parked.items():
            raise self._stuck(number, lanes)
        if self.waiting.any():
            raise self._stuck(int(self.waiting_at[self.waiting][0]), Lanes(self.waiting))

    def _stuck(self, number: int, lanes: Lanes) -> KernelFault:
        block = self.program.blocks[number]
        instruction = block.last if block.barrier else self.program.kernel.instructions[block.begin]
        elsewhere = {self.program.blocks[at].last.line for at in np.unique(self.waiting_at[self.waiting]).tolist()} - {instruction.line}
        others = f"others wait at line {', '.join(map(str, sorted(elsewhere)))}" if elsewhere else "others have ended"
        thread = int(lanes.index[0])
        return fault("divergence", f"thread {thread % self.per_cta} waits for threads of its {'CTA' if block.barrier else 'warp'} that never come: {others}", instruction)
