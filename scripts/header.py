"""Reads include/parlor.h, which is generated and therefore regular, for what is made from it and checked against it."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = ROOT / "include" / "parlor.h"


@dataclass(frozen=True)
class Constant:
    """A #define of a number, with its comment."""

    name: str
    value: int
    doc: str


@dataclass(frozen=True)
class Function:
    """An exported function: what it returns, and its parameters as pairs of type and name."""

    name: str
    returns: str
    parameters: tuple
    doc: str


def read(path=HEADER):
    """The header's constants, functions, and the fields of parlor_event, each by name and in the header's order."""
    text = Path(path).read_text(encoding="utf-8")
    return constants(text), functions(text), event_fields(text)


def plain(comment):
    """The words of a comment in one line."""
    return " ".join(line.strip().lstrip("*").strip() for line in (comment or "").splitlines()).strip()


def constants(text):
    pattern = re.compile(
        r"(?:/\*\*(?P<before>(?:(?!\*/).)*)\*/\n)?#define (?P<name>PARLOR_\w+) +(?P<value>[^/\n]+?)[ ]*"
        r"(?:/\*\*<(?P<behind>(?:(?!\*/).)*)\*/)?\n", re.S)
    found = {}
    for match in pattern.finditer(text):
        name, value = match["name"], match["value"].strip()
        if name in ("PARLOR_API", "PARLOR_H") or value.startswith("__"):
            continue
        found[name] = Constant(name, number(value, found), plain(match["behind"] or match["before"]))
    return found


def number(value, known):
    """The value of a constant: a number, one of the limits of C, or an expression of other constants."""
    value = value.replace("UINT32_MAX", "0xFFFFFFFF").replace("SIZE_MAX", "0xFFFFFFFFFFFFFFFF")
    value = re.sub(r"PARLOR_\w+", lambda match: str(known[match[0]].value), value)
    if not re.fullmatch(r"[\dA-Fa-fx()\s|<-]+", value):
        raise ValueError(f"a constant of the header is no number that this reads: {value}")
    return eval(value)  # noqa: S307: only digits and operators have come through


def functions(text):
    pattern = re.compile(r"(?:/\*\*(?P<doc>(?:(?!\*/).)*)\*/\n)?^PARLOR_API (?P<signature>[^;]+);", re.S | re.M)
    found = {}
    for match in pattern.finditer(text):
        signature = " ".join(match["signature"].split())
        whole = re.fullmatch(r"(?P<returns>.+?[ *])(?P<name>parlor_\w+)\((?P<parameters>.*)\)", signature)
        parameters = []
        for parameter in whole["parameters"].split(","):
            parameter = parameter.strip().replace("struct ", "")
            if parameter != "void":
                kind, name = re.fullmatch(r"(.+?[ *])(\w+)", parameter).groups()
                parameters.append((kind.strip(), name))
        doc = "\n".join(line.strip().removeprefix("*").strip() for line in (match["doc"] or "").splitlines()).strip()
        found[whole["name"]] = Function(whole["name"], whole["returns"].strip(), tuple(parameters), doc)
    exported = len(re.findall(r"^PARLOR_API ", text, re.M))
    if exported != len(found):
        raise ValueError(f"the header declares {exported} functions, {len(found)} were understood")
    return found


def event_fields(text):
    """The fields of struct parlor_event as pairs of type and name."""
    body = re.search(r"^struct parlor_event \{\n(.*?)^\};", text, re.S | re.M)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    fields = []
    for line in filter(None, (part.strip() for part in body.split(";"))):
        kind, name = re.fullmatch(r"(.+?[ *])(\w+)", line).groups()
        fields.append((kind.strip(), name))
    return fields
