"""Checks licences, sources and forbidden crates against deny.toml, for machines without cargo-deny."""

import json
import re
import subprocess

CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


def lists(text):
    """The allowed licences, the exceptions by crate, and the forbidden crates of deny.toml."""
    def array(name, text):
        found = re.search(rf"^{name} = \[(.*?)^\]$", text, re.M | re.S)
        return found.group(1) if found else ""
    quoted = re.compile(r'"([^"]+)"')
    allowed = set(quoted.findall(array("allow", text)))
    exceptions = {crate: set(quoted.findall(licences)) for licences, crate in re.findall(
        r'allow = \[([^\]]*)\], crate = "([^"]+)"', text)}
    forbidden = set(re.findall(r'\{ crate = "([^"]+)" \}', array("deny", text)))
    return allowed, exceptions, forbidden


def permitted(expression, allowed):
    """Whether an SPDX expression can be satisfied with allowed licences. OR binds weaker than AND, and / means OR."""
    expression = expression.replace("/", " OR ").strip()
    while "(" in expression:
        inner = re.search(r"\(([^()]*)\)", expression)
        verdict = "YES" if permitted(inner.group(1), allowed) else "NO"
        expression = expression[:inner.start()] + verdict + expression[inner.end():]
    return any(
        all(term.strip() in allowed | {"YES"} for term in re.split(r"\bAND\b", choice))
        for choice in re.split(r"\bOR\b", expression))


def faults(root, cargo="cargo"):
    allowed, exceptions, forbidden = lists((root / "deny.toml").read_text())
    if not allowed or not forbidden:
        return ["deny.toml: its lists could not be read"]
    version = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    host = re.search(r"^host: (.*)$", version, re.M).group(1)
    args = [cargo, "metadata", "--format-version", "1", "--locked", "--all-features", "--filter-platform", host]
    answer = subprocess.run(args, cwd=root, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        return [f"cargo metadata: {answer.stderr}"]
    found = []
    metadata = json.loads(answer.stdout)
    used = {node["id"] for node in metadata["resolve"]["nodes"]}
    for package in metadata["packages"]:
        if package["id"] not in used:
            continue
        name = f"{package['name']} {package['version']}"
        if package["source"] not in (None, CRATES_IO):
            found.append(f"{name} comes from {package['source']}, not from crates.io")
        if package["name"] in forbidden:
            found.append(f"{name} is forbidden by deny.toml")
        licence = package["license"] or "no licence"
        if not permitted(licence, allowed | exceptions.get(package["name"], set())):
            found.append(f"{name} is under {licence}, which deny.toml does not allow")
    return found
