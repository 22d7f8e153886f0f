"""The shortest program for Token Bowl Chat, with a handler for each thing that can happen.
Usage: tokenbowl_hello.py URL [TEXT]"""
import sys

from tokenbowl_client import GAP, MESSAGE, OK, REQUEST_DONE, STATE, TokenBowl


class Handler:
    """What the program does about what it hears."""

    def __init__(self):
        self.messages, self.errors = [], []

    def on_connect(self):
        print("Connected!", flush=True)

    def on_disconnect(self):
        print(f"Disconnected. Received {len(self.messages)} messages", flush=True)

    def on_message(self, message):
        self.messages.append(message)
        print(f"{message['from']} ({message['type']}): {message['content']}", flush=True)

    def on_error(self, error):
        self.errors.append(error)
        print(f"Error: {error}", flush=True)


url, text = sys.argv[1], " ".join(sys.argv[2:]) or "Hello, everyone!"
handler, bowl = Handler(), TokenBowl(url)
for event in bowl:
    state = event.read("name") if event.kind == STATE else ""
    if state == "READY":
        handler.on_connect()
        try:
            # Once: after a lost link the state READY comes again.
            if text:
                bowl.say(text)
            text = ""
        except ValueError as error:
            handler.on_error(error)
            bowl.close()
    elif state in ("CLOSED", "FAILED"):
        handler.on_disconnect()
    elif state == "RECONNECTING" or event.kind == GAP or (event.kind == REQUEST_DONE and event.status != OK):
        handler.on_error(event.read("text"))
    elif event.kind == MESSAGE:
        handler.on_message({"from": event.read("name"), "type": event.read("role"), "content": event.read("text")})
        if event.read("text") == "bye":
            bowl.close()
