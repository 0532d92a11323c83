"""Ways to spoil what a user hands in: bytes, lines, keys, values and structure, all drawn from one seeded generator."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

WORDS = (
    "null",
    "~",
    "true",
    "False",
    "yes",
    "no",
    "text",
    '"quoted"',
    "''",
    '""',
    "[]",
    "{}",
    "[1, 2]",
    "{a: 1}",
    "[[[1]]]",
    "-",
    "?",
    ":",
    ".nan",
    "-.inf",
    ".inf",
    "nan",
    "inf",
    "NaN",
    "Infinity",
    "-0",
    "0",
    "-1",
    "1",
    "0.5",
    "-0.5",
    "1e308",
    "1e309",
    "-1e309",
    "5e-324",
    "1e-300",
    "1e9",
    "1000000000",
    "1000000000000",
    "9" * 30,
    "9" * 399,
    "9" * 5000,
    "9" * 399 + ".0",
    "0x7fffffffffffffff",
    "0xffffffffffffffffff",
    "0o777",
    "012",
    "1_000",
    "1,000",
    "1.5.2",
    "50%",
    "10 m",
    "2147483648",
    "9223372036854775808",
    "-9223372036854775809",
    "4294967296",
    "2016-10-17",
    "2016-02-30",
    "2016-13-01",
    "0000-01-01",
    "9999-12-31",
    "1899-12-31",
    "2016-10-17T10:00:00",
    "17.10.2016",
    "12:30",
    "!!python/object/apply:os.system [exit]",
    "!!python/name:os.system",
    "!!int 3",
    "!!binary aGk=",
    "!custom x",
    "&a 1",
    "*a",
    "&a [*a]",
    "<<",
    "|\n    text",
    ">-\n    folded",
    "'it''s'",
    '"\\x00"',
    '"\\uD800"',
    '"\\u202e"',
    "\ufeff",
    "\u00e9",
    "\u0661\u0662",
    "\U0001f4a5",
    "\u2028",
    "\x85",
    "../../../etc/passwd",
    "/dev/zero",
    "/dev/null",
    ".",
    "..",
    "~",
    "C:\\\\x",
    "a" * 300,
    "a" * 5000,
    "a.b",
    "a/b",
    "#",
    "@x",
    "`x`",
    "%TAG",
    "---",
    "...",
    "[" * 100,
    "{a: " * 50,
    "[" * 100 + "]" * 100,
    "mosul",
    "op_ed",
    "base",
    "quick",
    "none",
    "start",
)
LETTERS = "\t\r\n\x00\x07\x1b\x7f\x85\u00a0\u2028\ufeff\ufffe\U0001f4a5:-?#&*!|>'\"%@`{}[],.=~_0123456789aeEn "
KEYS = (
    "name",
    "extends",
    "preset",
    "seed",
    "city",
    "path",
    "cell_m",
    "time",
    "start",
    "<<",
    "null",
    "",
    " ",
    "a b",
    "~",
    "1",
    "1.5",
    "a.b",
    "__class__",
    "model_config",
    "behaviours",
    "forces",
    "figthers",
    "?",
    "\u00e9",
    "true",
    "x" * 120,
    "self",
    "type",
)


def flip_bits(data: bytes, rng: random.Random, most: int = 8) -> bytes:
    """Some bits of some bytes the other way round."""
    spoilt = bytearray(data)
    for _ in range(rng.randint(1, most)):
        if spoilt:
            spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
    return bytes(spoilt)


def spoil_bytes(data: bytes, rng: random.Random) -> bytes:
    """One change that knows nothing of the format."""
    at, to = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
    match rng.randrange(9):
        case 0 | 1:
            return flip_bits(data, rng)
        case 2:
            return data[:at]
        case 3:
            return data[:at] + data[to:]
        case 4:
            return data[:at] + rng.randbytes(rng.randint(1, 12)) + data[at:]
        case 5:
            return data[:to] + data[at:to] * rng.randint(1, 3) + data[to:]
        case 6:
            return b"" if rng.random() < 0.2 else rng.randbytes(rng.randint(1, 200))
        case 7:
            return data[:at] + b"\0" * (to - at) + data[to:]
        case _:
            return data.replace(
                *rng.choice(
                    ((b"\n", b"\r\n"), (b"  ", b"\t"), (b":", b" :"), (b"0", b"9"), (b"\n", b"\n\n"), (b"a", b"\xc3\xa1"))
                )
            )


def _shift(lines: list[str], rng: random.Random, i: int) -> None:
    lines[i] = (" " * rng.randint(0, 9) + lines[i].lstrip()) if rng.random() < 0.7 else lines[i].replace("  ", "\t", 1)


def _rename(lines: list[str], rng: random.Random, i: int) -> None:
    found = re.match(r"(\s*)([^:\s]+)(\s*:)", lines[i])
    if found:
        key = found[2]
        at = rng.randrange(len(key))
        new = rng.choice(
            [rng.choice(KEYS), key[:at] + key[at + 1 :], key[:at] + rng.choice(LETTERS) + key[at:], key.upper(), key + key]
        )
        lines[i] = found[1] + new + lines[i][found.end(2) :]


def _revalue(lines: list[str], rng: random.Random, i: int) -> None:
    head, sign, _ = lines[i].partition(": ")
    lines[i] = f"{head}: {rng.choice(WORDS)}" if sign or lines[i].rstrip().endswith(":") else rng.choice(WORDS)


def _letter(lines: list[str], rng: random.Random, i: int) -> None:
    at = rng.randint(0, len(lines[i]))
    lines[i] = lines[i][:at] + "".join(rng.choice(LETTERS) for _ in range(rng.randint(1, 3))) + lines[i][at + rng.randint(0, 2) :]


def _insert(lines: list[str], rng: random.Random, i: int) -> None:
    lines.insert(i, " " * rng.choice((0, 0, 2, 4)) + f"{rng.choice(KEYS)}: {rng.choice(WORDS)}")


def _nest(lines: list[str], rng: random.Random, i: int) -> None:
    depth = rng.choice((3, 19, 21, 200, 2000))
    lines[i] = "\n".join(" " * n + "a:" for n in range(depth)) if rng.random() < 0.5 else f"deep: {'[' * depth}{']' * depth}"


def _bomb(lines: list[str], rng: random.Random, i: int) -> None:
    width = rng.choice((2, 9))
    rows = ["a0: &a0 [1, 2]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, rng.randint(2, 12))]
    lines[i:i] = rows


def _anchor(lines: list[str], rng: random.Random, i: int) -> None:
    head, sign, tail = lines[i].partition(":")
    lines[i] = f"{head}{sign} &x{tail}"
    j = rng.randrange(len(lines))
    lines[j] = lines[j].partition(":")[0] + ": *x"


LINE_CHANGES = (
    lambda lines, rng, i: lines.pop(i),
    lambda lines, rng, i: lines.insert(rng.randrange(len(lines)), lines[i]),
    lambda lines, rng, i: lines.__setitem__(slice(i, i + 2), lines[i : i + 2][::-1]),
    lambda lines, rng, i: lines.__setitem__(slice(i, None), []),
    _shift,
    _rename,
    _rename,
    _revalue,
    _revalue,
    _revalue,
    _letter,
    _insert,
    _nest,
    _bomb,
    _anchor,
)


def spoil_text(text: str, rng: random.Random) -> str:
    """One to three changes of lines, keys or values."""
    lines = text.split("\n")
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if lines:
            filled = [i for i, line in enumerate(lines) if line.strip()] or [0]
            rng.choice(LINE_CHANGES)(lines, rng, rng.choice(filled))
    return "\n".join(lines)


JSON_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    1.5,
    -1e9,
    1e308,
    10**30,
    10**400,
    float("nan"),
    float("inf"),
    float("-inf"),
    5e-324,
    2**31,
    2**63,
    "",
    " ",
    "text",
    "north",
    "mosque",
    "\x00",
    "\ud800",
    "\u202e",
    "a" * 5000,
    [],
    {},
    [[]],
    [None],
    [1, 2],
    [[1, 2]],
    {"a": 1},
    "2016-02-30",
    "2016-11-04",
    [1e300, 1e300],
    [-40.0, 20.0],
    [20.0, -40.0],
    [-40.0, 20.0, 5.0],
    [[-40.0, 20.0], [-40.0, 20.0]],
    [[-40.0, 20.0], [-39.9, 20.1]],
    [[[-40.0, 20.0], [-39.9, 20.0], [-39.9, 20.1], [-40.0, 20.0]]],
    "Point",
    "LineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
)


def places_of(document: object) -> list[tuple[Any, Any]]:
    """Every value inside a JSON document, as its container and the key or index that leads to it."""
    found: list[tuple[Any, Any]] = []
    todo = [document]
    while todo:
        part = todo.pop()
        keys: Any = list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
        for key in keys:
            found.append((part, key))
            todo.append(part[key])
    return found


def spoil_json(text: str, rng: random.Random) -> str:
    """One to three changes of the structure or of values of a JSON document."""
    document = json.loads(text)
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = places_of(document)
        if not places:
            break
        holder, key = rng.choice(places)
        value = holder[key]
        match rng.randrange(9):
            case 0:
                del holder[key]
            case 1 | 2 | 3:
                holder[key] = rng.choice(JSON_VALUES)
            case 4:
                other, another = rng.choice(places)
                holder[key] = json.loads(json.dumps(other[another]))
            case 5 if isinstance(value, int | float):
                holder[key] = value * rng.choice((-1, 0, 0.5, 2, 10, 1000, 1e-9)) + rng.choice(
                    (0, 0, 1e-6, -0.01, 0.01, 1, 90, 360)
                )
            case 6 if isinstance(value, list):
                value.append(json.loads(json.dumps(value[rng.randrange(len(value))])) if value else rng.choice(JSON_VALUES))
            case 7 if isinstance(value, list):
                value.reverse()
            case 8 if isinstance(holder, dict):
                holder[rng.choice(KEYS)] = holder.pop(key)
            case _:
                holder[key] = rng.choice(JSON_VALUES)
    return json.dumps(document, indent=rng.choice((None, 1)), ensure_ascii=rng.random() < 0.9)
