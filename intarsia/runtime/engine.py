"""The engine: a bundle, loaded and ready to generate, embed and run its agent.

    with intarsia.runtime.load("build/") as engine:
        engine.generate("Once upon a time", max_tokens=32).text
"""

from __future__ import annotations

import atexit
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack

from numpy.typing import NDArray

from intarsia.errors import BundleError, InputError, IntarsiaError, UnsupportedError, Where
from intarsia.runtime.bundle import MANIFEST, Bundle, open_bundle
from intarsia.runtime.decoder import Decoder, Prompt
from intarsia.runtime.drivers.driver import Driver, Float32s
from intarsia.runtime.encoder import Encoder
from intarsia.runtime.options import GenerateArguments, options_from
from intarsia.runtime.requests import Generation, Handle, Piece
from intarsia.runtime.tokens import Tokens
from intarsia.runtime.trace import Tracer, TracingDriver
from intarsia.runtime.turns import Turns

if TYPE_CHECKING:
    from intarsia.runtime.agent import AgentResult

DriverFactory = Callable[[Path, dict[str, Any], "int | None"], Driver]
"""(bundle directory, the model's entry in the manifest, threads) to a driver."""

GPU_DRIVERS = ("cuda", "interpreter")

_open_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


def load(
    directory: str | Path, threads: int | None = None, tools: Mapping[str, Callable[..., Any]] | None = None, driver: str | DriverFactory | None = None
) -> Engine:
    """Load a bundle. `threads`: for each model, instead of what was planned. `tools`: what the agent's tool nodes call, by name.
    `driver`: None (each model's own: the CPU's native code, or CUDA), "cpu", "cuda", "interpreter" (a GPU bundle's kernels on this CPU, slowly),
    "null" (no arithmetic: the plan's clock), or a function that makes one.

    Raises BundleError for a bundle that is damaged or of another machine, InputError for a missing tool or a bad argument.
    """
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads <= 0):
        raise InputError(f"threads must be a whole number greater than zero, found {threads!r}")
    factory = _factory(driver)
    return Engine(open_bundle(directory, native=driver in (None, "cpu", *GPU_DRIVERS)), factory, threads, tools or {})


def _factory(driver: str | DriverFactory | None) -> DriverFactory:
    if callable(driver):
        return driver
    if driver == "null":
        from intarsia.runtime.drivers.null import NullDriver, VirtualClock

        clock = VirtualClock()
        return lambda directory, entry, threads: NullDriver(directory, entry, threads, clock=clock)
    if driver in GPU_DRIVERS:
        return lambda directory, entry, threads: _gpu_driver(directory, entry, str(driver)) if entry.get("driver") == "gpu" else _cpu_driver(directory, entry, threads)
    if driver in (None, "cpu"):
        return own_driver
    raise InputError(f"unknown driver {driver!r}", mend=f'pass "cpu", "null", {", ".join(map(repr, GPU_DRIVERS))} or a function that makes a driver')


def own_driver(directory: Path, entry: dict[str, Any], threads: int | None) -> Driver:
    """The driver of a model of a bundle that it was compiled for."""
    return _gpu_driver(directory, entry, "cuda") if entry.get("driver") == "gpu" else _cpu_driver(directory, entry, threads)


def _gpu_driver(directory: Path, entry: dict[str, Any], device: str) -> Driver:
    from intarsia.runtime.drivers.gpu.driver import GpuDriver

    if device == "interpreter":
        from intarsia.runtime.drivers.gpu.interpreted import InterpretedDevice

        return GpuDriver(directory, entry, InterpretedDevice)
    from intarsia.runtime.drivers.gpu.cuda import CudaDevice

    return GpuDriver(directory, entry, CudaDevice)


def _cpu_driver(directory: Path, entry: dict[str, Any], threads: int | None) -> Driver:
    if entry["family"] == "torch":
        from intarsia.runtime.drivers.call import CallDriver

        return CallDriver(directory, entry, threads)
    from intarsia.runtime.drivers.cpu import CpuDriver

    return CpuDriver(directory, entry, threads)


class Engine:
    """The models of a bundle and its agent. Safe to use from many threads; close it, or use it as a context manager."""

    def __init__(self, bundle: Bundle, factory: DriverFactory, threads: int | None, tools: Mapping[str, Callable[..., Any]]) -> None:
        self._drivers: dict[str, Driver] = {}
        self._decoders: dict[str, Decoder] = {}
        self._encoders: dict[str, Encoder] = {}
        self.bundle, self.tools = bundle, dict(tools)
        self._device = Turns()
        self._closed = False
        try:
            with _damage_explained(bundle.directory):
                for name, entry in bundle.models.items():
                    self._drivers[name] = factory(bundle.directory, entry, threads)
            self.clock: Callable[[], float] = next((d.clock for d in self._drivers.values() if hasattr(d, "clock")), time.perf_counter)
            self.tracer = Tracer(self.clock)
            with _damage_explained(bundle.directory):
                for name, entry in bundle.models.items():
                    self._add(name, entry)
            self._agent = self._make_agent()
        except BaseException:
            self.close()
            raise
        _open_engines.add(self)

    def _add(self, name: str, entry: dict[str, Any]) -> None:
        family = entry["family"]
        if family == "torch":
            return
        tokens = Tokens.load(self.bundle.path(entry.get("tokenizer") or f"{name}.tokenizer.json"))
        made: tuple[Any, ...] = (name, entry, self._drivers[name], tokens, self.clock, self._device, self.tracer)
        if family == "encoder":
            self._encoders[name] = Encoder(*made)
        else:
            self._decoders[name] = Decoder(*made)

    def _make_agent(self) -> Any:
        if self.bundle.agent is None:
            return None
        from intarsia.runtime.agent import Agent

        return Agent(self.bundle.agent, self)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the bundle's models."""
        return tuple(self.bundle.models)

    def decoder(self, model: str | None = None) -> Decoder:
        """The decoder called `model`, or the only one. Raises InputError."""
        return self._decoders[_only("generates text", self._decoders, model)]

    def encoder(self, model: str | None = None) -> Encoder:
        """The encoder called `model`, or the only one. Raises InputError."""
        return self._encoders[_only("embeds text", self._encoders, model)]

    def submit(self, prompt: Prompt, **arguments: Unpack[GenerateArguments]) -> Handle:
        """Queue a generation and return at once; the arguments are those of `generate`."""
        self._check_open()
        decoder = self.decoder(arguments.get("model"))
        options = options_from(arguments)
        handle = decoder.submit(decoder.encode(prompt, chat=arguments.get("chat"), system=arguments.get("system")), options)
        handle.keeps = self
        return handle

    def generate(self, prompt: Prompt, **arguments: Unpack[GenerateArguments]) -> Generation:
        """The answer to a prompt (a text, tokens, or messages), and how long it took.

        `chat` renders the prompt as a user's message by the model's chat template (so does giving `system`); otherwise the text is
        continued. `temperature` 0 is greedy. `choices`: the answer is the likeliest of these texts. `pattern`: the answer matches this
        regular expression. `model` names the decoder where a bundle has several. Raises InputError for arguments that make no sense.
        """
        return self.submit(prompt, **arguments).result()

    def stream(self, prompt: Prompt, **arguments: Unpack[GenerateArguments]) -> Iterator[Piece]:
        """The answer's tokens as they come, each with the text it completes. Leaving the loop cancels the request."""
        return self.submit(prompt, **arguments).stream()

    def generate_batch(self, prompts: Sequence[Prompt], **arguments: Unpack[GenerateArguments]) -> list[Generation]:
        """The answers to many prompts, generated together. If one fails, the others are cancelled, and its error is raised."""
        handles: list[Handle] = []
        try:
            handles.extend(self.submit(prompt, **arguments) for prompt in prompts)
            return [handle.result() for handle in handles]
        except BaseException:
            for handle in handles:
                handle.cancel()
            raise

    def embed(self, texts: Sequence[str], model: str | None = None) -> Float32s:
        """A vector for each text, float32[n, hidden]. A text longer than the model's context counts by its beginning."""
        self._check_open()
        return self.encoder(model).embed(texts)

    def call(self, *arrays: Any, model: str | None = None) -> tuple[NDArray[Any], ...]:
        """The results of an exported torch module for NumPy arrays. Raises InputError for arrays of other types or sizes."""
        self._check_open()
        modules = {name: driver for name, driver in self._drivers.items() if self.bundle.models[name]["family"] == "torch"}
        driver = modules[_only("is an exported module", modules, model)]
        if not hasattr(driver, "call"):
            raise UnsupportedError("this driver computes nothing", mend='load the bundle with driver="cpu"')
        results: tuple[NDArray[Any], ...] = driver.call(*arrays)
        return results

    def run(self, inputs: Mapping[str, Any] | None = None) -> AgentResult:
        """Run the agent once. `inputs`: a value for each of its inputs that has no default."""
        self._check_open()
        if self._agent is None:
            raise InputError("the bundle holds no agent", mend="use generate or embed")
        result: AgentResult = self._agent.run(inputs or {})
        return result

    @contextmanager
    def trace(self, path: str | Path, *, operators: bool = True) -> Iterator[None]:
        """Record what runs inside the block, and write it to `path` as a Chrome trace. Noting every operator costs some time in each step."""
        self._trace_drivers(operators)
        self.tracer.start()
        try:
            yield
        finally:
            self.tracer.stop()
            self._trace_drivers(False)
        self.tracer.save(path)

    def _trace_drivers(self, on: bool) -> None:
        with self._device:
            for driver in self._drivers.values():
                if isinstance(driver, TracingDriver):
                    driver.trace(on)

    def driver(self, model: str) -> Driver:
        """The driver of `model`, for what only that device can do. Raises InputError."""
        if model not in self._drivers:
            raise InputError(f"the bundle has no model {model!r}", mend=f"its models are {', '.join(self._drivers) or 'none'}")
        return self._drivers[model]

    def _check_open(self) -> None:
        if self._closed:
            raise InputError("the engine is closed", mend="load the bundle again")

    def close(self) -> None:
        """Fail unfinished requests, end the threads, unmap the weights. Closing twice is harmless."""
        _open_engines.discard(self)
        self._closed = True
        served: dict[str, Decoder | Encoder] = {**self._decoders, **self._encoders}
        for model in served.values():
            model.close()
        for name, driver in self._drivers.items():
            if name not in served:
                driver.close()
        self._drivers, self._decoders, self._encoders = {}, {}, {}

    def __del__(self) -> None:
        self.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()


@contextmanager
def _damage_explained(directory: Path) -> Iterator[None]:
    """A manifest of the right form may still lack a figure, or hold a text in its place."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise BundleError(f"the manifest is damaged: {type(error).__name__} {error}", where=Where(str(directory / MANIFEST)), mend="compile again") from error


def _only(what: str, models: Mapping[str, object], name: str | None) -> str:
    """`name`, if `models` has it; without a name, the only one that `models` has."""
    if name is not None:
        if name not in models:
            raise InputError(f"no model {name!r} {what}", mend=f"those that do are {', '.join(models) or 'none'}")
        return name
    if not models:
        raise UnsupportedError(f"no model of the bundle {what}", mend="decoders have generate, encoders embed, exported torch modules call")
    if len(models) > 1:
        raise InputError(f"more than one model {what}", mend=f"pass model=, one of {', '.join(models)}")
    return next(iter(models))


@atexit.register
def _close_all() -> None:
    """No native code may run while the interpreter goes away."""
    for engine in list(_open_engines):
        try:
            engine.close()
        except IntarsiaError:
            continue
