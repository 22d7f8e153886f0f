"""Writes what is said in Token Bowl Chat to a file, one JSON object a line.
Usage: tokenbowl_logger.py URL FILE [COUNT]"""
import json
import sys

import parlor

url, path = sys.argv[1:3]
left = int(sys.argv[3]) if len(sys.argv) > 3 else -1
with open(path, "a", encoding="utf-8") as log, parlor.tokenbowl(url) as bowl:
    for event in bowl:
        if isinstance(event, parlor.Gap):
            print("gap:", event.text, flush=True)
        elif isinstance(event, parlor.Message) and left != 0:
            entry = {"id": event.id, "time": event.time, "from": event.name, "type": event.role,
                     "content": event.text, "missed": event.snapshot}
            log.write(json.dumps(entry) + "\n")
            log.flush()
            print(f"logged: {entry['from']}: {entry['content'][:50]}", flush=True)
            left -= 1
            if left == 0:
                break
