"""Checks the release library as it is shipped: its size, what it exports, what it needs, what it gives away."""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

LARGEST = 4 * 1024 * 1024
# What a Linux system has anyway. Anything else would be a surprise for whoever ships it.
SYSTEM = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libdl.so.2", "libpthread.so.0", "librt.so.1", "ld-linux-x86-64.so.2",
          "ld-linux-aarch64.so.1"}


def output(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    return done.stdout if done.returncode == 0 else f"{done.stdout}{done.stderr}"


def size(library):
    size = library.stat().st_size
    return [] if size <= LARGEST else [f"{library.name} has {size} bytes, {LARGEST} are the most"]


def paths(library, root):
    """No path of the machine that built it, and no registry, stands in the library."""
    data = library.read_bytes()
    cargo = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    words = [str(root), str(cargo), f"{Path.home()}/", "/registry/src/", "crates.io"]
    found = []
    for word in words:
        at = data.find(word.encode())
        if at >= 0:
            text = re.match(rb"[\x20-\x7e]*", data[at:at + 120]).group().decode()
            found.append(f"{library.name} holds the path {text}")
    return found


def exports(library, root):
    """The dynamic symbols are exactly those of include/parlor.symbols."""
    listed = {line.split()[0] for line in (root / "include/parlor.symbols").read_text().splitlines()
              if line.strip() and not line.startswith("#")}
    lines = output("nm", "-D", "--defined-only", library).splitlines()
    there = {line.split()[-1].split("@")[0] for line in lines if re.search(r" [TDBRWVi] ", line)}
    if not listed or not there:
        return [f"{len(listed)} symbols are listed and {len(there)} are exported; neither may be none"]
    return ([f"{name} is exported but not listed in include/parlor.symbols" for name in sorted(there - listed)]
            + [f"{name} is listed in include/parlor.symbols but not exported" for name in sorted(listed - there)])


def dynamic(library, root):
    """The name that programs ask for, staying loaded, and what the library itself asks for."""
    text = output("readelf", "-d", library)
    abi = re.search(r"^#define PARLOR_ABI_VERSION (\d+)", (root / "include/parlor.h").read_text(), re.M).group(1)
    found = []
    soname = re.search(r"SONAME\).*\[(.*)\]", text)
    if not soname or soname.group(1) != f"libparlor.so.{abi}":
        found.append(f"the soname is {soname.group(1) if soname else 'missing'}, not libparlor.so.{abi}")
    if "NODELETE" not in text:
        found.append("it is not marked NODELETE, so that dlclose would take the code from under its threads")
    needed = set(re.findall(r"NEEDED\).*\[(.*)\]", text))
    found += [f"it needs {name}, which not every Linux has" for name in sorted(needed - SYSTEM)]
    return found


# A client that is to check arguments: what it says is what the library can do, and no less than it promises.
CHECKER = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.parlor_features.restype = ctypes.c_uint64
none = ctypes.c_size_t(-1)
options, client, why = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.create_string_buffer(1024)
library.parlor_options_new(ctypes.byref(options))
for name, value in ((b"protocol", b"toolchat"), (b"toolchat.validate_arguments", b"1")):
    library.parlor_options_set_named(options, name, none, value, none)
status = library.parlor_client_new(options, None, None, None, ctypes.byref(client))
library.parlor_last_error(why, ctypes.c_size_t(1024), None)
able = bool(library.parlor_features() & 4)
if able != (status == 0):
    print(f"parlor_features says {able}, and parlor_client_new {status}")
if not able and b"--features schema" not in why.value:
    print(f"it does not say which feature is missing: {why.value.decode()}")
library.parlor_client_destroy(client)
library.parlor_options_free(options)
print("done")
"""


def arguments(library):
    """A library that can not check the arguments of tool calls says so, and how to get one that can."""
    said = output(sys.executable, "-c", CHECKER, library).splitlines()
    return [] if said == ["done"] else said or ["it said nothing"]


def by_hand(root, built):
    """Installs it, compiles the README's program as the README says, and runs it against an address without a service."""
    prefix = (built.parent / "test-install").resolve()
    shutil.rmtree(prefix, ignore_errors=True)
    installed = output("scripts/install.sh", cwd=root, env={**os.environ, "PREFIX": str(prefix), "LIBDIR": f"{prefix}/lib"})
    if not (prefix / "lib/pkgconfig/parlor.pc").exists():
        return [f"scripts/install.sh: {installed}"]
    program = prefix / "hello"
    said = output("cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{prefix}/include",
                  "examples/c/hello.c", "-o", program, f"-L{prefix}/lib", "-lparlor", f"-Wl,-rpath,{prefix}/lib", cwd=root)
    if not program.exists():
        return [f"cc hello.c: {said}"]
    # Port 9 of the loopback: nobody listens there, and the program must say so.
    try:
        done = subprocess.run([program, "http://127.0.0.1:9"], capture_output=True, text=True, timeout=30, check=False)
    except subprocess.TimeoutExpired as late:
        return [] if b"127.0.0.1" in (late.stdout or b"") else [f"hello said nothing for 30 s: {late.stdout}"]
    return [] if "CONNECTING" in done.stdout else [f"hello said: {done.stdout}{done.stderr}"]


def checks(root, built):
    """Name and faults of each check; a text in place of the faults is the reason why it was skipped."""
    if platform.system() != "Linux":
        yield "release library", f"these checks read ELF files, and this is {platform.system()}"
        return
    library = built / "libparlor.so"
    yield "size", size(library)
    yield "no paths inside", paths(library, root)
    missing = [tool for tool in ("nm", "readelf") if shutil.which(tool) is None]
    if missing:
        yield "symbols", f"{' and '.join(missing)} not found; they come with binutils"
    else:
        yield "exported symbols", exports(library, root)
        yield "soname and needs", dynamic(library, root)
    yield "arguments of tool calls", arguments(library)
    yield "install and compile by hand", by_hand(root, built)
