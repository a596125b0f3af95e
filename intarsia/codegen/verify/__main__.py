"""python -m intarsia.codegen.verify KERNEL | --all [--json]: every layer of one kernel, or of all, as a table.

`--compile-to DIR` compiles the kernels and runs nothing; `--objects DIR` reads them there, on a machine that has the GPU and no compiler (store.py).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from intarsia import knobs
from intarsia.codegen.gpu.targets import TARGETS
from intarsia.codegen.verify import cuda_device, store
from intarsia.codegen.verify.cases.case import Named
from intarsia.codegen.verify.cases.table import cases
from intarsia.codegen.verify.compilers import compile_kernel, lacks
from intarsia.codegen.verify.layers import FAIL, LAYERS, ON_REQUEST, Finding, verify
from intarsia.errors import InputError, IntarsiaError, Where

COLOURS = {"pass": "green", "fail": "bold red", "refused": "yellow", "absent": "dim"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 where nothing failed, 1 where something did, 2 for wrong arguments."""
    parser = argparse.ArgumentParser(prog="python -m intarsia.codegen.verify", description="Verify kernels without a GPU, and on one where there is one.")
    parser.add_argument("kernel", nargs="*", help="a kernel (gemm), or one of its cases (gemm.bf16)")
    parser.add_argument("--all", action="store_true", help="every case of every kernel")
    parser.add_argument("--json", action="store_true", help="a list of findings instead of a table")
    parser.add_argument("--layer", action="append", choices=[*LAYERS, *ON_REQUEST], help="this layer alone; may come again")
    parser.add_argument("--objects", type=Path, metavar="DIR", help="take compiled kernels from this folder instead of compiling")
    parser.add_argument("--compile-to", type=Path, metavar="DIR", help="compile the cases' kernels into this folder, and run nothing")
    parser.add_argument("--target", default="sm_90a", choices=[t.name for t in TARGETS.values() if t.nvidia], help="with --compile-to: the GPU that has the kernels run")
    options = parser.parse_args(arguments)
    try:
        chosen = choose(options.kernel, options.all)
        if options.objects and not options.objects.is_dir():
            raise InputError("there is no such folder of kernels", where=Where(str(options.objects)), mend="make it with --compile-to")
        if options.compile_to:
            return compile_to(options.compile_to, chosen, options.target)
        with knobs.scope(objects=options.objects or knobs.get().objects):
            findings = list(all_of(chosen, options.layer or tuple(LAYERS)))
    except IntarsiaError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    if options.json:
        json.dump([finding.to_dict() for finding in findings], sys.stdout, indent=1)
        print()
    else:
        show(findings)
    summary(findings)
    return 1 if any(finding.verdict == FAIL for finding in findings) else 0


def all_of(chosen: Sequence[Named], layers: Sequence[str]) -> Iterator[Finding]:
    """Findings of each case. A line a case on stderr where there are several: all of them take minutes, and failures are named as they come."""
    began = time.perf_counter()
    for number, named in enumerate(chosen, 1):
        found = verify(named, layers)
        wrong = sum(finding.verdict == FAIL for finding in found)
        if len(chosen) > 1:
            print(f"[{number}/{len(chosen)}, {time.perf_counter() - began:.0f} s] {named.name}: {f'{wrong} FAILED' if wrong else 'passed'}", file=sys.stderr, flush=True)
        yield from found


def compile_to(folder: Path, chosen: Sequence[Named], target: str) -> int:
    """Fill a folder for `--objects`. Raises IntarsiaError; a kernel that the target must refuse is left out."""
    kept = [store.keep(folder, spec, compile_kernel(spec, target)) for named in chosen if not lacks(spec := named.make().spec, target)]
    print(f"{len(kept)} kernels for {target} in {folder}")
    return 0


def choose(kernels: Sequence[str], everything: bool) -> list[Named]:
    """The cases of the kernels named. Raises InputError for a name that none has."""
    known = cases()
    if everything and kernels:
        raise InputError(f"--all, and {kernels[0]!r} by name", mend="say one of the two")
    if everything:
        return list(known.values())
    if not kernels:
        raise InputError("no kernel named", mend=f"name one of {', '.join(sorted({name.partition('.')[0] for name in known}))}, or say --all")
    chosen = []
    for kernel in kernels:
        found = [named for name, named in known.items() if name == kernel or name.startswith(f"{kernel}.")]
        if not found:
            raise InputError(f"no kernel {kernel!r}", mend=f"choose one of {', '.join(sorted({name.partition('.')[0] for name in known}))}")
        chosen += found
    return chosen


def show(findings: Sequence[Finding]) -> None:
    """A row a finding; the device layer only where there is a device."""
    table = Table(box=None, header_style="bold")
    for column in ("case", "layer", "target", "verdict", "what"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        if finding.layer == "device" and finding.verdict == "absent":
            continue
        table.add_row(finding.case, finding.layer, finding.target, f"[{COLOURS[finding.verdict]}]{finding.verdict}[/]", finding.detail)
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)


def summary(findings: Sequence[Finding]) -> None:
    """Counts, what failed, and whether a GPU was there, on stderr: the findings on stdout may be JSON for a program."""
    counts = {verdict: sum(f.verdict == verdict for f in findings) for verdict in COLOURS}
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count), file=sys.stderr)
    for finding in findings:
        if finding.verdict == FAIL:
            print(f"failed: {finding.case}, {finding.layer}{f' on {finding.target}' if finding.target else ''}: {finding.detail}", file=sys.stderr)
    if isinstance(gpu := cuda_device.find(), str):
        print(f"{gpu}; so nothing ran on one, and nothing is said of speed.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
