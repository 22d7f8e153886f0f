"""A chat overlay: shows what is said in a chat and sends nothing. overlay.py URL; it ends with the chat."""
import sys

import parlor

SHOWN = ["chat_started", "chat_closed", "dialogue_received", "sentence_ready"]
shown = 0

with parlor.gateway(sys.argv[1], events=SHOWN) as client:
    for event in client:
        if isinstance(event, parlor.ChatStarted):
            print(f"+--- {event.name} ---", flush=True)
        elif isinstance(event, parlor.Message):
            print(f"| {event.name or event.role}> {event.text}", flush=True)
            shown += 1
        elif isinstance(event, parlor.Sentence):
            print(f"| AI> {event.text}", flush=True)
            shown += 1
        elif isinstance(event, parlor.ChatClosed):
            print("+---")
            break
print(f"overlay: {shown} lines shown")
