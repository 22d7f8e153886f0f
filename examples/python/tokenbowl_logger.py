"""Writes what is said in Token Bowl Chat to a file, one JSON object a line.
Usage: tokenbowl_logger.py URL FILE [COUNT]"""
import json
import sys

from tokenbowl_client import GAP, MESSAGE, TokenBowl

url, path = sys.argv[1:3]
left = int(sys.argv[3]) if len(sys.argv) > 3 else -1
bowl = TokenBowl(url)
with open(path, "a", encoding="utf-8") as log:
    for event in bowl:
        if event.kind == GAP:
            print("gap:", event.read("text"), flush=True)
        if event.kind == MESSAGE and left != 0:
            entry = {"id": event.read("id"), "time": event.time, "from": event.read("name"),
                     "type": event.read("role"), "content": event.read("text"), "missed": bool(event.flags & 4)}
            log.write(json.dumps(entry) + "\n")
            log.flush()
            print(f"logged: {entry['from']}: {entry['content'][:50]}", flush=True)
            left -= 1
            if left == 0:
                bowl.close()
