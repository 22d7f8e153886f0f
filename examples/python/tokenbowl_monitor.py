"""Counts what passes through Token Bowl Chat: the room, direct messages, system messages, by user.
Usage: tokenbowl_monitor.py URL COUNT"""
import collections
import sys

import parlor

url, left = sys.argv[1], int(sys.argv[2])
rooms, users = collections.Counter(), collections.Counter()
with parlor.tokenbowl(url) as bowl:
    for event in bowl:
        if isinstance(event, parlor.Message):
            rooms[event.role] += 1
            users[event.name] += 1
            left -= 1
            if left == 0:
                break
for title, counts in (("by kind", rooms), ("by user", users)):
    print(title + ":", ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
