"""Counts what passes through Token Bowl Chat: the room, direct messages, system messages, by user.
Usage: tokenbowl_monitor.py URL COUNT"""
import collections
import sys

from tokenbowl_client import MESSAGE, TokenBowl

url, left = sys.argv[1], int(sys.argv[2])
rooms, users = collections.Counter(), collections.Counter()
bowl = TokenBowl(url)
for event in bowl:
    if event.kind == MESSAGE and left > 0:
        rooms[event.read("role")] += 1
        users[event.read("name")] += 1
        left -= 1
        if left == 0:
            bowl.close()
for title, counts in (("by kind", rooms), ("by user", users)):
    print(title + ":", ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
