"""Runs programs as they stand: `run.py FILE URL` one, `run.py - URL` those that come as JSON, one after another.

`await` may stand at the top of a program. Where the original has its own service's address as a default, the default is
the simulator's, which is what the name server of a test network would do."""
import ast
import asyncio
import contextlib
import inspect
import io
import json
import runpy
import signal
import sys

#: How often is looked whether a program says something, in seconds.
TICK = 0.25


def served_at(url):
    """Makes this the address of whoever names none."""
    name = "token_bowl_chat"
    for module in (name, f"parlor.compat.{name}"):
        try:
            package = __import__(module, fromlist=["TokenBowlClient"])
        except ImportError:
            continue
        for kind in ("TokenBowlWebSocket", "TokenBowlClient", "AsyncTokenBowlClient"):
            start = getattr(package, kind).__init__
            if "base_url" in (start.__kwdefaults__ or {}):
                start.__kwdefaults__["base_url"] = url
            else:
                named = [one.name for one in inspect.signature(start).parameters.values()
                         if one.default is not one.empty and one.kind is not one.KEYWORD_ONLY]
                start.__defaults__ = tuple(url if one == "base_url" else value
                                           for one, value in zip(named, start.__defaults__))


def execute(text):
    """Runs one program; gives by what it was ended, as the names of that exception's classes, and in which line."""
    space = {"__name__": "__main__"}
    code = compile(text, "program", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    try:
        result = eval(code, space)
        if inspect.iscoroutine(result):
            asyncio.run(result)
    except BaseException as fault:
        trace, line = fault.__traceback__, 0
        while trace is not None:
            line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == "program" else line
            trace = trace.tb_next
        return [kind.__name__ for kind in type(fault).__mro__], line
    return [""], 0


def main(path, url):
    served_at(url)
    if path != "-":
        sys.argv = [path]
        runpy.run_path(path, run_name="__main__")
        return
    answer = []
    for program in json.load(sys.stdin):
        said = io.StringIO()
        quiet = [0, 0]

        def watch(*_, said=said, quiet=quiet):
            # Some wait for minutes, or for ever: once they have been quiet for a while, somebody presses Ctrl+C.
            length = len(said.getvalue())
            quiet[:] = [quiet[0] + 1, length] if quiet[1] == length else [0, length]
            if quiet[0] * TICK >= program["seconds"]:
                signal.raise_signal(signal.SIGINT)

        signal.signal(signal.SIGALRM, watch)
        signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
        with contextlib.redirect_stdout(said):
            ended = execute(program["text"])
        signal.setitimer(signal.ITIMER_REAL, 0)
        answer.append((said.getvalue(), *ended))
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
