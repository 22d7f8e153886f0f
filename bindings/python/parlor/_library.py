"""Finding and loading the shared library, and what every call of it has in common."""
import atexit
import ctypes
import os
import sys
from pathlib import Path
from typing import Any, List, Optional

from . import _abi
from ._constants import ABI_VERSION, VERSION_NUMBER
from .errors import AbiMismatch, LibraryNotFound, error

if sys.platform == "win32":
    _NAMES = ("parlor.dll",)
elif sys.platform == "darwin":
    _NAMES = ("libparlor.0.dylib", "libparlor.dylib")
else:
    _NAMES = ("libparlor.so.0", "libparlor.so")

#: How long the end of the interpreter may wait for threads of the library, in milliseconds.
_PATIENCE = 2000


def _candidates() -> List[str]:
    """Where the library may be: where the environment says, beside this file, where the system looks."""
    said = os.environ.get("PARLOR_LIBRARY")
    if said:
        return [said]
    here = Path(__file__).resolve().parent
    beside = [str(here / name) for name in _NAMES if (here / name).exists()]
    return beside or list(_NAMES)


def _load() -> Any:
    tried = []
    for path in _candidates():
        try:
            # Not PyDLL: the interpreter's lock is released while the library works.
            library = ctypes.CDLL(path)
        except OSError as fault:
            tried.append(f"{path}: {fault}")
            continue
        missing = [name for name in _abi.FUNCTIONS if not hasattr(library, name)]
        if missing:
            raise AbiMismatch(f"{path} has no {', '.join(missing)}: it is another library, or older than this package")
        for name, (result, arguments) in _abi.FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, list(arguments)
        return library
    raise LibraryNotFound(
        "the shared library of parlor was not found; install a wheel that carries it, or set PARLOR_LIBRARY to its "
        "path. Tried " + "; ".join(tried))


lib = _load()


def last_error() -> str:
    """What was wrong with the call of this thread that failed last, in words."""
    buffer = ctypes.create_string_buffer(1024)
    length = ctypes.c_size_t()
    lib.parlor_last_error(buffer, len(buffer), ctypes.byref(length))
    if length.value >= len(buffer):
        buffer = ctypes.create_string_buffer(length.value + 1)
        lib.parlor_last_error(buffer, len(buffer), None)
    return buffer.value.decode("utf-8", "replace")


def status_text(status: int) -> str:
    """One sentence about a status."""
    text: bytes = lib.parlor_status_text(status)
    return text.decode()


def check(status: int, what: str = "") -> int:
    """Raises the exception of a status that is an error, with what the library says about it."""
    if status < 0:
        text = last_error() or status_text(status)
        raise error(status, f"{what}: {text}" if what else text)
    return status


check(lib.parlor_check_abi(ABI_VERSION, VERSION_NUMBER))


def version() -> str:
    """The version of the library that is running."""
    text: bytes = lib.parlor_version_string()
    return text.decode()


def features() -> int:
    """What this build of the library holds: bits of `Feature`."""
    return int(lib.parlor_features())


def counter(which: int) -> int:
    """One of the library's counters, for tests and for bug reports: see `Counter`."""
    value = ctypes.c_uint64()
    check(lib.parlor_counter(which, ctypes.byref(value)))
    return value.value


def shutdown(timeout: Optional[float] = None) -> None:
    """Destroys every client that is left and joins every thread of the library. A program that exits need not call it."""
    from ._constants import FOREVER
    check(lib.parlor_shutdown(FOREVER if timeout is None else max(0, int(timeout * 1000))))


def _at_exit() -> None:
    # A child of a fork is told that it can not; threads that sit in a name lookup are left to the system.
    lib.parlor_shutdown(_PATIENCE)


atexit.register(_at_exit)
