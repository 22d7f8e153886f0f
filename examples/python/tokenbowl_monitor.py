"""Watches Token Bowl Chat for several users at once, each with a connection of its own: what each hears, and how much of
it, by kind and by author. The key of a user is given as NAME=KEY; without any there is one, with the key of the
environment.
Usage: tokenbowl_monitor.py URL COUNT [NAME=KEY ...]"""
import collections
import sys
import threading

import parlor

url, count = sys.argv[1], int(sys.argv[2])
users = dict(user.split("=", 1) for user in sys.argv[3:]) or {"me": None}
kinds, authors, lock = collections.Counter(), collections.Counter(), threading.Lock()


def watch(name, key):
    """Hears so many messages as this user."""
    left = count
    with parlor.tokenbowl(url, key=key) as bowl:
        for event in bowl:
            if isinstance(event, parlor.Message):
                with lock:
                    kinds[event.role] += 1
                    authors[event.name] += 1
                    print(f"[{name}] {event.name}: {event.text}", flush=True)
                left -= 1
                if left == 0:
                    return


watchers = [threading.Thread(target=watch, args=user) for user in users.items()]
for watcher in watchers:
    watcher.start()
for watcher in watchers:
    watcher.join()
for title, counts in (("by kind", kinds), ("by user", authors)):
    print(title + ":", ", ".join(f"{name} {number}" for name, number in sorted(counts.items())))
