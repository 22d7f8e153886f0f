"""How a client tells that events wait: a descriptor that becomes readable."""
import os
import select
import socket
import sys
from typing import Optional

_EVENTFD = getattr(os, "eventfd", None)


class Wake:
    """One descriptor to wait at, and one that the library writes to; with an eventfd they are the same."""

    def __init__(self) -> None:
        self._sockets = None
        if _EVENTFD is not None:
            self.read = self.write = _EVENTFD(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
            self.word = (1).to_bytes(8, sys.byteorder)
        else:
            self._sockets = socket.socketpair()
            for end in self._sockets:
                end.setblocking(False)
            self.read, self.write = self._sockets[0].fileno(), self._sockets[1].fileno()
            self.word = b"\1"
        self.closed = False

    def drain(self) -> None:
        """Reads what was written."""
        try:
            if self._sockets is None:
                os.read(self.read, 8)
            else:
                while self._sockets[0].recv(4096):
                    pass
        except (BlockingIOError, InterruptedError):
            pass

    def ring(self) -> None:
        """Wakes whoever waits, from this side."""
        try:
            if self._sockets is None:
                os.write(self.write, self.word)
            else:
                self._sockets[1].send(self.word)
        except OSError:
            # It is readable already, or closed, and then nobody waits.
            pass

    def wait(self, timeout: Optional[float]) -> None:
        """Waits until something was written. A signal ends it at once: KeyboardInterrupt comes out of here."""
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(self.read, select.POLLIN)
            poll.poll(None if timeout is None else max(0, int(timeout * 1000 + 0.999)))
        else:
            # Where signals do not end the wait, it is done in slices.
            select.select([self.read], [], [], 0.1 if timeout is None else min(timeout, 0.1))

    def close(self) -> None:
        """Gives the descriptors back. The client must have been destroyed."""
        if self.closed:
            return
        self.closed = True
        if self._sockets is None:
            os.close(self.read)
        else:
            for end in self._sockets:
                end.close()
