"""The `intarsia` command.

This file and `commands/` import nothing heavy at the top: `intarsia --help` must answer at once, so a command imports what
it needs when it runs.
"""

from __future__ import annotations

import errno
import gc
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from intarsia import knobs
from intarsia.compiler.commands import (
    bench,
    bench_pipeline,
    calibrate,
    compile,
    console,
    demo,
    devices,
    memory,
    pipeline,
    place,
    plain,
    plan,
    policies,
    run,
    schedule,
    shard,
    show,
    simulate,
    tiers,
    validate,
)
from intarsia.errors import IntarsiaError

SELDOM = (200_000, 20, 100)
"""New objects after which garbage is looked for, and how often older ones are looked at; 700, 10 and 10 by default."""
EXIT_FAILURE = 1
EXIT_USAGE = 2
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""Why what a command prints can't be written: no fault of ours."""


class Guarded(TyperGroup):
    """Turns every exception of a command into one line on stderr and an exit code."""

    def make_context(self, *words: Any, **more: Any) -> Any:
        try:
            return super().make_context(*words, **more)
        except Exception as error:
            if _is_usage(error):
                raise _exit(f"error: {_usage(error)}", EXIT_USAGE) from None
            if _is_no_room(error):
                raise _unwritable(error) from None
            raise

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        plain.leave_words(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        debug = 0
        try:
            debug = knobs.get().debug
            return super().invoke(ctx)
        except IntarsiaError as error:
            raise _exit(f"error: {error}", error.exit_code) from None
        except KeyboardInterrupt:
            raise _exit("interrupted", console.INTERRUPTED) from None
        except BrokenPipeError:
            raise typer.Exit(EXIT_FAILURE) from None
        except Exception as error:
            if _is_usage(error):
                raise _exit(f"error: {_usage(error)}", EXIT_USAGE) from None
            if debug or _is_typers(error):
                raise
            if _is_no_room(error):
                raise _unwritable(error) from None
            raise _unexpected(error) from None


def _is_typers(error: Exception) -> bool:
    """Exits and usage errors, which Typer prints itself."""
    return type(error).__module__.partition(".")[0] in ("typer", "click")


def _is_usage(error: Exception) -> bool:
    """An option or argument that Typer refuses; not its wish to print a command's help."""
    return hasattr(error, "format_message") and hasattr(error, "ctx") and type(error).__name__ != "NoArgsIsHelpError"


def _is_no_room(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in NO_ROOM


def _unwritable(error: Any) -> typer.Exit:
    return _exit(f"error: the output can't be written: {error.strerror}", EXIT_FAILURE)


def _usage(error: Any) -> str:
    """What is wrong, and where help is."""
    said = error.format_message().removesuffix(".")
    return f"{said} (see `{error.ctx.command_path} --help`)" if error.ctx else said


def _exit(message: str, code: int) -> typer.Exit:
    print(" ".join(message.split()), file=sys.stderr)
    return typer.Exit(code)


def _unexpected(error: Exception) -> typer.Exit:
    """A bug of ours: one line by default, the traceback with INTARSIA_DEBUG=1."""
    first = (str(error).strip() or "no message").splitlines()[0]
    return _exit(f"error: unexpected {type(error).__name__}: {first} (set INTARSIA_DEBUG=1 to see where, and please report it)", EXIT_FAILURE)


app = typer.Typer(
    cls=Guarded, name="intarsia", no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False,
    help="Compile, plan and run AI agents and models.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from intarsia import __version__

        print(f"intarsia {__version__}")
        raise typer.Exit


@app.callback()
def face(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")] = False) -> None:
    """Compile, plan and run AI agents and models."""


for module in (compile, run, plan, place, shard, simulate, pipeline, show, calibrate, devices, policies, bench, bench_pipeline, validate, memory, schedule, demo):
    app.command(module.__name__.rpartition(".")[2].replace("_", "-"), cls=plain.Plain)(module.command)
app.add_typer(tiers.app, name="tiers")


def main() -> None:
    """The console script. What a command makes mostly lives as long as it runs, so garbage is looked for seldom; and of the commands the one that is named is enough."""
    gc.set_threshold(*SELDOM)
    app.registered_commands = [each for each in app.registered_commands if each.name in sys.argv[1:2]] or app.registered_commands
    app()
