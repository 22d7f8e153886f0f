"""Turning keyword arguments into the library's options."""
import ctypes
import difflib
import json
import logging
import os
from typing import Any, Iterable, Mapping, Optional

from ._constants import OPTIONS, LogLevel
from ._library import check, lib
from .errors import InvalidArgument

_BY_NAME = {name: argument for argument, (_, name, _) in OPTIONS.items()}
_LOG = ((logging.DEBUG, LogLevel.DEBUG), (logging.INFO, LogLevel.INFO), (logging.WARNING, LogLevel.WARN))


def _wanted_log_level() -> Optional[str]:
    """What `logging` would show of the library's records, unless the environment says something itself."""
    if os.environ.get("PARLOR_LOG"):
        return None
    logger = logging.getLogger("parlor")
    if logger.isEnabledFor(5):
        return "trace"
    for level, ours in _LOG:
        if logger.isEnabledFor(level):
            return ours.name.lower()
    return "error"


def _as_text(argument: str, shape: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if shape == "list" and isinstance(value, Iterable):
        return ",".join(str(item) for item in value)
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(value)
    raise InvalidArgument(f"{argument}: takes no {type(value).__name__}")


class OptionSet:
    """A set of options of the library."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        handle = ctypes.c_void_p()
        check(lib.parlor_options_new(ctypes.byref(handle)))
        self.handle = handle.value
        try:
            chosen = {"log_level": _wanted_log_level(), **options}
            for argument, value in chosen.items():
                if value is not None:
                    self._set(argument, value)
        except BaseException:
            self.close()
            raise

    def _set(self, argument: str, value: Any) -> None:
        known = OPTIONS.get(_BY_NAME.get(argument, argument))
        if known is None:
            near = difflib.get_close_matches(argument, OPTIONS, 1)
            raise InvalidArgument(f"there is no option {argument}" + (f"; is it {near[0]}?" if near else ""))
        number, name, shape = known
        if name == "delivery":
            raise InvalidArgument("delivery: this package always takes the events itself")
        if shape in ("number", "flag") and isinstance(value, int) and abs(value) < 1 << 63:
            check(lib.parlor_options_set_i64(self.handle, number, int(value)), argument)
            return
        text = _as_text(argument, shape, value).encode()
        check(lib.parlor_options_set_named(self.handle, name.encode(), len(name), text, len(text)), argument)

    def close(self) -> None:
        """Frees it; clients that were made with it keep their copies."""
        handle, self.handle = self.handle, None
        lib.parlor_options_free(handle)
