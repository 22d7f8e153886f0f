"""The shortest program for Token Bowl Chat, with a handler for each thing that can happen.
Usage: tokenbowl_hello.py URL [TEXT]"""
import sys

import parlor

url, text = sys.argv[1], " ".join(sys.argv[2:]) or "Hello, everyone!"
bowl, received = parlor.tokenbowl(url), 0


@bowl.on("state")
def state(event):
    global text
    if event.state is parlor.State.READY:
        print("Connected!", flush=True)
        try:
            # Once: after a lost link the state READY comes again.
            if text:
                bowl.say(text)
            text = ""
        except parlor.InvalidArgument as fault:
            print(f"Error: {fault}", flush=True)
            bowl.close()
    elif event.state is parlor.State.RECONNECTING:
        print(f"Error: {event.text}", flush=True)


@bowl.on("message")
def message(event):
    global received
    received += 1
    print(f"{event.name} ({event.role}): {event.text}", flush=True)
    if event.text == "bye":
        bowl.close()


@bowl.on("gap")
@bowl.on("request_done")
def trouble(event):
    if not event.ok or isinstance(event, parlor.Gap):
        print(f"Error: {event.text}", flush=True)


bowl.run()
print(f"Disconnected. Received {received} messages")
