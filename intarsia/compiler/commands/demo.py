"""`intarsia demo`: what `make demo` runs, from calibration to the report."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from intarsia.compiler.commands import console, options
from intarsia.errors import InputError, Where

EXAMPLE = Path("examples") / "docs_assistant"


def command(output: options.Output = Path("build"), as_json: console.Json = False) -> None:
    """Compile and run the example agent.

    Calibrates this machine when that was not done, and shows predicted against measured.
    """
    from intarsia.compiler.report import facts, rows

    example = _example()
    _calibrated()
    _compile(example / "agent.yaml", output)
    _run(output, example / "questions.txt", quiet=as_json)
    found = facts.read(output)
    console.table(rows.accuracy(found), rows.ACCURACY, as_json=as_json, title="\nPredicted against measured")
    if not as_json:
        print(f"\nbundle  {output.absolute()}\nreport  {(output / 'report.html').absolute()}")


def _example() -> Path:
    """The example's folder, in the checkout that this package lies in. Raises InputError for an installation without one."""
    import intarsia

    folder = Path(intarsia.__file__).resolve().parents[1] / EXAMPLE
    if not (folder / "agent.yaml").is_file():
        raise InputError("the example agent is not here", where=Where(str(folder)), mend="run the demo in a checkout of the project")
    return folder


def _calibrated() -> None:
    """Calibrate this machine where that was not done yet."""
    from intarsia.compiler.commands import calibrate
    from intarsia.cost_models.devices.this_machine import calibration_file

    if not calibration_file().exists():
        console.say("calibrating this machine, which takes under a minute, once")
        calibrate.calibrate(None)


def _compile(source: Path, output: Path) -> None:
    from intarsia.compiler import pipeline
    from intarsia.compiler.watch import observer

    console.say(f"compiling {source}")
    with console.progress("compiling") as update:
        pipeline.compile_to_bundle(pipeline.Inputs(str(source)), output, pipeline.Options(observe=observer(update)))


def _run(bundle: Path, questions: Path, *, quiet: bool) -> None:
    """In a process of its own, so that the memory measured is that of running alone. Raises InputError where it fails."""
    console.say(f"running {bundle} on {questions}\n")
    program = [sys.executable, "-m", "intarsia", "run", str(bundle), "--questions", str(questions)]
    done = subprocess.run(program, stdout=subprocess.DEVNULL if quiet else None, check=False)
    if done.returncode:
        raise InputError(f"the run ended with code {done.returncode}", where=Where(str(bundle)), mend="see the message above")
