"""PTX text to a `Kernel`. What the grammar here does not cover is an error that names the line; nothing is skipped in silence but debug information."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from intarsia.codegen.verify.ptx.operands import parse_operands
from intarsia.codegen.verify.ptx.program import Instruction, Kernel, Operand, Parameter, Register, Symbol, Variable
from intarsia.codegen.verify.ptx.types import TYPES
from intarsia.errors import InputError, UnsupportedError, Where

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
_ENTRY = re.compile(r"\.entry\s+([$\w]+)\s*\(([^)]*)\)([^{]*)\{")
_FUNCTION = re.compile(r"\.func\b[^{;]*\{", re.S)
_VARIABLE = re.compile(
    r"\.(shared|local|const|global)\s+(?:\.attribute\([^)]*\)\s+)?(?:\.align\s+(\d+)\s+)?\.([busf]\d+)\s+([$\w]+)\s*(\[\s*(\d*)\s*\])?\s*(?:=\s*(\{[^}]*\}|[^;]+?))?\s*;"
)
_PARAMETER = re.compile(r"\.param\s+(?:\.align\s+\d+\s+)?\.([busf]\d+)\s+(?:\.ptr\s+(?:\.\w+\s+)?(?:\.align\s+\d+\s+)?)?([$\w]+)\s*(?:\[(\d+)\])?")
_PIECE = re.compile(
    r"\s*(?:(?P<label>[$A-Za-z_][$\w]*)\s*:(?!:)|(?P<open>\{)|(?P<close>\})|\.(?P<debug>loc|file|section)\b(?P<rest>[^\n]*)\n|(?P<directive>\.[a-z]\w*\b[^;]*);|(?P<code>[^;{}]*(?:\{[^{}]*\}[^;{}]*)*);)"
)
_OPCODE = re.compile(r"(?:@(!?)(%?[$\w]+)\s+)?([a-z][\w.:]*)\s*", re.S)
_FILE = re.compile(r'\.file\s+(\d+)\s+"([^"]*)"')
_REGISTERS = re.compile(r"\.reg\s+\.(\w+)\s+([^.]+)")
_SCOPED = re.compile(r"[%$A-Za-z_][%$\w]*")


@lru_cache(maxsize=64)
def parse(text: str, name: str | None = None) -> Kernel:
    """The kernel `name`, or the only one there is. Raises InputError where the text is no PTX or has no such kernel."""
    plain = _COMMENT.sub(_blank, text)
    entries = {match.group(1): match for match in _ENTRY.finditer(plain)}
    if name is None and len(entries) == 1:
        name = next(iter(entries))
    if name is None or name not in entries:
        raise InputError(f"there is no kernel {name!r} in this PTX", where="ptx", mend=f"it has {', '.join(entries) or 'none'}")
    head = entries[name]
    end = _closing(plain, head.end())
    body = _Body(plain[head.end() : end], plain[: head.end()].count("\n"), _files(text))
    outside = _FUNCTION.split(plain[: min(match.start() for match in entries.values())])[0]
    return Kernel(
        name=name, target=_target(plain), parameters=_parameters(head.group(2)), variables=(*_variables(outside), *_variables(body.text)), registers=body.registers,
        instructions=body.finish(), threads=_threads(head.group(3), "reqntid"), most_threads=_threads(head.group(3), "maxntid"), labels=frozenset(body.labels.values()),
    )  # fmt: skip


def _blank(match: re.Match[str]) -> str:
    return "\n" * match.group().count("\n")


def _closing(text: str, start: int) -> int:
    depth = 1
    for match in re.compile(r"[{}]").finditer(text, start):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return match.start()
    raise InputError("a kernel's body does not end", where=Where("ptx", text.count("\n", 0, start) + 1))


def _target(text: str) -> str:
    match = re.search(r"\.target\s+(\w+)", text)
    return match.group(1) if match else ""


def _threads(directives: str, kind: str) -> int:
    match = re.search(rf"\.{kind}\s+([\d,\s]+)", directives)
    if match is None:
        return 0
    product = 1
    for one in match.group(1).split(","):
        product *= int(one)
    return product


def _files(text: str) -> dict[str, str]:
    return {number: path.rsplit("/", 1)[-1] for number, path in _FILE.findall(text)}


def _parameters(text: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, kind, int(count or 1) * _bytes(kind)) for kind, name, count in _PARAMETER.findall(text))


def _variables(text: str) -> tuple[Variable, ...]:
    found = []
    for space, align, kind, name, array, count, data in _VARIABLE.findall(text):
        size = _bytes(kind)
        found.append(Variable(name, space, int(align or size), size * (int(count or 0) if array else 1), _initial(data, size)))
    return tuple(found)


def _bytes(kind: str) -> int:
    if kind not in TYPES:
        raise InputError(f"there is no type {kind!r}", where="ptx")
    return TYPES[kind].bytes


def _initial(text: str, size: int) -> bytes:
    values = [part.strip() for part in text.strip("{} \n").split(",") if part.strip()]
    try:
        return b"".join((int(value, 0) % (1 << 8 * size)).to_bytes(size, "little") for value in values)
    except ValueError:
        raise InputError(f"initial values {text[:40]!r} are not whole numbers", where="ptx") from None


class _Body:
    """The statements between a kernel's braces, with the names of inner scopes made unique."""

    def __init__(self, text: str, line: int, files: dict[str, str]) -> None:
        self.text, self.files = text, files
        self.registers: dict[str, str] = {}
        self.labels: dict[str, int] = {}
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._first_line = line + 1
        self._scopes: list[tuple[int, dict[str, str]]] = [(0, {})]
        self._opened = 0
        self._bare = False
        self._source = ""
        self._code: list[tuple[Instruction, tuple[int, ...]]] = []
        self._read()

    def _read(self) -> None:
        at = 0
        while match := _PIECE.match(self.text, at):
            at = match.end()
            kind = match.lastgroup if match.lastgroup != "rest" else "debug"
            getattr(self, f"_on_{kind}")(match)
        if self.text[at:].strip():
            raise InputError(f"cannot read {self.text[at:].strip().splitlines()[0]!r}", where=Where("ptx", self._line(at)))

    def _line(self, at: int) -> int:
        return self._first_line + bisect_right(self._breaks, at - 1)

    def _on_label(self, match: re.Match[str]) -> None:
        self.labels[f"{match.group('label')}@{self._scopes[-1][0]}"] = len(self._code)

    def _on_open(self, match: re.Match[str]) -> None:
        self._opened += 1
        self._scopes.append((self._opened, {}))

    def _on_close(self, match: re.Match[str]) -> None:
        if len(self._scopes) == 1:
            raise InputError("a brace closes what none opened", where=Where("ptx", self._line(match.start("close"))))
        self._scopes.pop()

    def _on_debug(self, match: re.Match[str]) -> None:
        fields = match.group("rest").split()
        if match.group("debug") == "loc" and len(fields) > 1 and fields[1] != "0" and fields[0] in self.files:
            self._source = f"{self.files[fields[0]]}:{fields[1]}"

    def _on_directive(self, match: re.Match[str]) -> None:
        text = match.group("directive")
        if text.startswith(".reg"):
            self._declare(text, match)
        elif text.startswith(".param"):
            raise UnsupportedError("a call of a function", where=Where("ptx", self._line(match.start("directive")), text), mend="the PTX emulator knows none: let it be inlined")
        elif not text.startswith((".shared", ".local", ".pragma")):
            raise InputError(f"the directive {text.split()[0]} is not known", where=Where("ptx", self._line(match.start("directive")), text))

    def _declare(self, text: str, match: re.Match[str]) -> None:
        declared = _REGISTERS.fullmatch(text)
        if declared is None or not (declared.group(1) == "pred" or declared.group(1) in TYPES):
            raise InputError("cannot read this declaration of registers", where=Where("ptx", self._line(match.start("directive")), text))
        kind, names = declared.groups()
        number, renamed = self._scopes[-1]
        for one in names.split(","):
            ranged = re.fullmatch(r"(.+?)<(\d{1,6})>", one.strip())
            for name in [f"{ranged.group(1)}{i}" for i in range(int(ranged.group(2)))] if ranged else [one.strip()]:
                renamed[name] = name if number == 0 and name.startswith("%") else f"{name}@{number}"
                self.registers[renamed[name]] = kind
                self._bare |= not name.startswith("%")

    def _on_code(self, match: re.Match[str]) -> None:
        text = match.group("code").strip()
        if not text:
            return
        line = self._line(match.start("code") + len(match.group("code")) - len(match.group("code").lstrip()))
        head = _OPCODE.match(text)
        if head is None:
            raise InputError("this is no instruction", where=Where("ptx", line, text))
        opcode, *modifiers = re.split(r"\.", head.group(3))
        guard = Register(self._rename(head.group(2)), bool(head.group(1))) if head.group(2) else None
        named = text[head.end() :]
        if len(self._scopes) > 1 or self._bare:
            named = _SCOPED.sub(lambda m: self._rename(m.group()), named)
        operands = parse_operands(named, Where("ptx", line, text))
        made = Instruction(opcode, tuple(modifiers), operands, guard, line, re.sub(r"\s+", " ", text), self._source)
        self._code.append((made, tuple(number for number, _ in self._scopes)))

    def _rename(self, name: str) -> str:
        for _, renamed in reversed(self._scopes):
            if name in renamed:
                return renamed[name]
        return name

    def finish(self) -> tuple[Instruction, ...]:
        """All instructions, with branches resolved."""
        return tuple(self._resolve(one, scopes) if one.opcode == "bra" else one for one, scopes in self._code)

    def _resolve(self, branch: Instruction, scopes: tuple[int, ...]) -> Instruction:
        name: Operand = branch.operands[0] if branch.operands else Symbol("")
        for number in reversed(scopes):
            if isinstance(name, Symbol) and f"{name.name}@{number}" in self.labels:
                return Instruction(**{**vars(branch), "target": self.labels[f"{name.name}@{number}"]})
        raise InputError("a branch to a label that is not there", where=Where("ptx", branch.line, branch.text))
