"""The programs that the originals bring along: those of their READMEs, from the installed packages, and their examples,
from the packages or their source distributions. Each runs as it stands, once with the original, and once with its import
changed, against simulators. Both must say the same, send the same, and end the same way in the same line.

Names that a program leaves to its reader are filled in for both: a key, an address."""
import json
import re
import sys
import unittest
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import originals
from kit import PATIENCE, Sim
from originals import Program

KEY = {name: (name.encode().hex() * 64)[:64] for name in ("alice", "bob", "root")}
SOMEBODY = "550e8400-e29b-41d4-a716-446655440000"


def rest(sim, name, path, **body):
    """What a user of the simulator asks for."""
    request = urllib.request.Request(sim.url + path, json.dumps(body).encode() if body else None,
                                     {"X-API-Key": KEY[name], "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.loads(answer.read())


def both(test, service, work):
    """Does the same with the original and with this package, each with a simulator of its own, at the same time."""
    def one(ours):
        sim = Sim(service)
        test.addCleanup(sim.close)
        return work(ours, sim)
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, (False, True)))


def side_by_side(kind):
    """Has the tests of a class run three at a time, since what they do is mostly to wait."""
    names = [name for name in vars(kind) if name.startswith("test_")]

    def run(name):
        case = kind(name)
        try:
            bodies[name](case)
        finally:
            case.doCleanups()

    def start(cls):
        cls.pool = ThreadPoolExecutor(3)
        cls.running = {name: cls.pool.submit(run, name) for name in names}

    bodies = {name: getattr(kind, name) for name in names}
    for name in names:
        setattr(kind, name, lambda self, name=name: self.running[name].result())
    kind.setUpClass = classmethod(start)
    kind.tearDownClass = classmethod(lambda cls: cls.pool.shutdown())
    return kind


@side_by_side
class Readmes(unittest.TestCase):
    """Their number is how it is seen that they were found at all."""

    def compare(self, package, service, texts, better, **more):
        """`better` has the reason for a difference, and what this package says and is ended by."""
        theirs, ours = both(self, service, lambda ours, sim: originals.run_all(
            package, ours, texts(sim), sim.url, **more))
        ended = 0
        for number, (original, own) in enumerate(zip(theirs, ours)):
            ended += own[1][0] in ("", "KeyboardInterrupt")
            # The exception may be one that is more exact.
            same = own[0] == original[0] and original[1][0] in own[1] and own[2] == original[2]
            if number not in better:
                self.assertTrue(same, f"program {number}: the original:\n{original}\nthis package:\n{own}")
                continue
            reason, wanted, end = better[number]
            self.assertFalse(same, f"program {number} is no different any more: {reason}")
            self.assertEqual(set(own[0].splitlines()), set(wanted), f"program {number}")
            self.assertEqual(own[1][0], end)
            print(f"  {package}, program {number}: different, since {reason}", flush=True)
        print(f"  {package}: {len(ours)} programs, {len(ours) - len(better)} the same, {len(better)} different; {ended} run "
              "to their end or to Ctrl+C, the others end by the same fault in the same line", flush=True)

    def readme(self, package, count):
        texts = originals.readme(package)
        self.assertEqual(len(texts), count, "the README is another one")
        return texts

    @staticmethod
    def filled_in(texts, sim):
        """The programs of token-bowl-chat, with what they leave to the reader."""
        rest(sim, "root", "/register", username="recipient-username")
        ident = next(user["id"] for user in rest(sim, "root", "/users") if user["username"] == "vera")
        for literal, value in (("your-api-key-here", KEY["root"]), ("your-api-key", KEY["root"]), (SOMEBODY, ident),
                               ("http://localhost:8000", sim.url)):
            texts = [text.replace(f'"{literal}"', f'"{value}"') for text in texts]
        return texts

    def test_token_bowl_chat(self):
        texts = self.readme("token-bowl-chat", 23)
        self.compare("token-bowl-chat", "tokenbowl", lambda sim: self.filled_in(texts, sim), {
            12: ("the original calls callbacks that are async and never awaits them",
                 ["root ({id}): Hello in real-time!", "💬 root is typing...", "📬 0 unread messages"], "KeyboardInterrupt"),
        }, TOKEN_BOWL_CHAT_API_KEY=KEY["root"])

    def test_the_documentation_of_token_bowl_chat(self):
        """Those of its programs that do not wait for minutes, each after what the pages have begun with."""
        given = "from token_bowl_chat import *\nfrom token_bowl_chat.models import *\nimport asyncio, json, os\n"
        waits = re.compile(r"sleep\(|wait\(\)|while True|input\(")
        pages = sorted((originals.sources("token-bowl-chat") / "docs").glob("**/*.md"))
        texts = [given + "client = TokenBowlClient()\n" + text for page in pages
                 for text in originals.programs(page.read_text(encoding="utf-8")) if not waits.search(text)]
        self.assertEqual(len(texts), 95, "the documentation is another one")
        self.compare("token-bowl-chat", "tokenbowl", lambda sim: self.filled_in(texts, sim), {
            22: ("the original asks for the unread count where the server does not answer", ["📬 0 unread"], ""),
            59: ("pydantic has an error of its own for a member that is missing, a dataclass has Python's", [], "TypeError"),
            60: ("the original hands on an error of httpx that its documentation does not know", [], "UnknownId"),
            93: ("the documentation has another error for a wrong key than the original", ["Invalid API key!"], ""),
        }, TOKEN_BOWL_CHAT_API_KEY=KEY["root"])

    def test_azure_ai_voicelive(self):
        texts = self.readme("azure-ai-voicelive", 7)
        reason = "the original has `connect` in `.aio` only"
        self.compare("azure-ai-voicelive", "voicelive", lambda sim: [
            text.replace('"your-endpoint"', f'"{sim.url}"').replace("wss://your-endpoint.com/openai/realtime", sim.url)
            for text in texts], {0: (reason, [], ""), 1: (reason, [], "")})


@side_by_side
class Examples(unittest.TestCase):
    """Whole programs. They are talked with as somebody would who sits before them."""

    maxDiff = None

    def play(self, package, service, name, text, talk, prepare=None, besides=(), **more):
        """`besides` are lines that only this package has, since it does what the documentation says."""
        def work(ours, sim):
            if prepare:
                prepare(sim)
            named = {key: value.replace("URL", sim.url) for key, value in more.items()}
            program = Program(package, ours, name, text.replace("http://localhost:5384", sim.url), sim.url, **named)
            try:
                talk(program, sim)
            except BaseException:
                program.process.kill()
                raise
            finally:
                lines, status = program.end()
            # Of what is being sent at the very moment of the end, the original complains in its log.
            return [line for line in lines if "Failed to send event" not in line], status
        (original, their_status), (own, status) = both(self, service, work)
        self.assertEqual(status, their_status)
        self.assertEqual(own, sorted([*original, *besides]))
        print(f"  {package}: {name}: the same, {len(own)} lines", flush=True)

    # voxta-client ---------------------------------------------------------------------------------------------------

    @staticmethod
    def chat(program, sim):
        for wanted in ("Connecting to Voxta", "Connected! Session ID", "Sending"):
            program.expect(wanted)
        program.until(lambda: any(re.search(r'"\$type": ?"send"', one.get("text", "")) for one in sim.record()))
        for text in ("Once upon a time.", "The end."):
            told = {"$type": "message", "senderType": "Character", "messageId": "m", "text": text}
            sim.control("send_text", text=json.dumps({"type": 1, "target": "ReceiveMessage", "arguments": [told]}) + "\x1e")
            program.expect(f"Character: {text}")
        program.interrupt()

    def test_voxta_client_readme(self):
        self.assertEqual(len(originals.readme("voxta-client")), 1)
        self.play("voxta-client", "voxta", "readme.py", originals.readme("voxta-client")[0], self.chat)

    def test_voxta_client_basic_chat(self):
        text = (originals.site("voxta-client") / "examples" / "basic_chat.py").read_text(encoding="utf-8")
        self.play("voxta-client", "voxta", "voxta_basic_chat.py", text, self.chat, VOXTA_URL="URL")

    # azure-ai-voicelive ---------------------------------------------------------------------------------------------

    def sample(self, name, talk, turns):
        text = (originals.sources("azure-ai-voicelive") / "samples" / name).read_text(encoding="utf-8")
        self.play("azure-ai-voicelive", "voicelive", name, text, talk, lambda sim: sim.control("turns", turns=turns),
                  AZURE_VOICELIVE_ENDPOINT="URL", AZURE_VOICELIVE_API_KEY="secret", AZURE_VOICELIVE_USE_API_KEY="true")

    def test_voicelive_function_calling(self):
        def talk(program, _):
            for wanted in ("Session ready", "Listening", "Processing", "Calling function: get_current_weather",
                           "Function result sent: .*Seattle", "Final response transcript: It is cloudy.",
                           "Response complete"):
                program.expect(wanted)
            program.interrupt()
        self.sample("async_function_calling_sample.py", talk,
                    [{"tool": "get_current_weather", "arguments": {"location": "Seattle"}}, "It is cloudy."])

    def test_voicelive_basic_voice_assistant(self):
        def talk(program, _):
            for wanted in ("Session ready", "Listening", "Processing", "Assistant finished speaking", "Response complete"):
                program.expect(wanted)
            program.interrupt()
        self.sample("basic_voice_assistant_async.py", talk, ["Good morning."])

    def test_voicelive_mcp(self):
        def talk(program, _):
            for wanted in ("Session ready", "server_label=deepwiki", "server_label=azure_doc", "Listening",
                           "Response complete"):
                program.expect(wanted)
            program.interrupt()
        self.sample("async_mcp_sample.py", talk, ["I have looked."])

    # token-bowl-chat ------------------------------------------------------------------------------------------------

    def example(self, path, talk, prepare=None, replace=(), besides=(), **more):
        text = (originals.sources("token-bowl-chat") / path).read_text(encoding="utf-8")
        for literal, value in replace:
            self.assertIn(literal, text)
            text = text.replace(literal, value)
        self.play("token-bowl-chat", "tokenbowl", path.split("/")[-1], text, talk, prepare, besides,
                  TOKEN_BOWL_CHAT_API_KEY=KEY["alice"], **more)

    @staticmethod
    def say(*pairs):
        """A talk: what is waited for, and what is typed then."""
        def talk(program, _):
            for wanted, line in pairs:
                program.expect(wanted)
                program.type(line)
        return talk

    def test_token_bowl_basic_chat(self):
        self.example("docs/examples/basic_chat.py", self.say(("Recipient username", "bob"), ("Message: ", "Only for bob")))

    def test_token_bowl_profile_manager(self):
        self.example("docs/examples/profile_manager.py", self.say(
            ("Select option", "1"), ("New username", "bob"), ("Press Enter", ""),
            ("Select option", "1"), ("New username", "alice2"), ("Press Enter", ""),
            ("Select option", "2"), ("New webhook", "https://a.example/hook"), ("Press Enter", ""),
            ("Select option", "3"), ("Select logo", "2"), ("Press Enter", ""),
            ("Select option", "4"), ("Type 'yes'", "no"), ("Select option", "5"), ("Select option", "9"),
            ("Select option", "0")))

    def test_token_bowl_unread_tracker(self):
        def talk(program, sim):
            self.say(("Select option", "1"), ("Press Enter", ""), ("Select option", "2"), ("Mark all", "y"),
                     ("Press Enter", ""))(program, sim)
            program.expect("No unread messages(.|\\n)*Select option")
            rest(sim, "bob", "/messages", content="one more")
            program.type("3")
            program.expect("bob: one more")
            program.interrupt()
            self.say(("Stopped polling(.|\\n)*Select option", "0"))(program, sim)
        self.example("docs/examples/unread_tracker.py", talk, lambda sim: [
            rest(sim, "bob", "/messages", content="to all"),
            rest(sim, "bob", "/messages", content="to alice", to_username="alice")])

    def test_token_bowl_sync_and_async(self):
        for name in ("sync_example.py", "async_example.py"):
            self.example(f"examples/{name}", lambda *_: None, replace=[("your-api-key-here", KEY["alice"])])

    def test_token_bowl_fantasy_football(self):
        self.example("examples/fantasy_football_chat.py", lambda *_: None)

    def test_token_bowl_websocket_basic(self):
        def talk(program, sim):
            program.expect("Listening for messages")
            rest(sim, "bob", "/messages", content="heard by all")
            program.expect("bob: heard by all")
            program.interrupt()
        self.example("docs/examples/websocket_basic.py", talk,
                     lambda sim: rest(sim, "root", "/register", username="another_user"))

    def test_token_bowl_websocket_chat(self):
        talk = self.say(("/quit to exit", "hello room"), ("alice: hello room", "@bob psst"), ("Sent DM to bob", "/help"),
                        ("@username message", "/quit"))
        # The original calls on_disconnect only when the server has disconnected.
        self.example("docs/examples/websocket_chat.py", talk, besides=["🔌 Disconnected from chat"],
                     TOKEN_BOWL_BASE_URL="URL")

    def test_token_bowl_read_receipts(self):
        def talk(program, sim):
            self.say(("> ", "send Hello"), ("Sent to room", "dm bob psst"), ("Sent to @bob", "mark all"),
                     ("Done", "mark room"), ("Done", "mark dm bob"))(program, sim)
            program.expect("Done")
            # Two seconds later the program reads what it has said itself.
            program.expect("Auto-marked", 2)
            program.expect("alice read message", 2, anywhere=True)
            program.type("stats")
            program.expect("STATISTICS")
            rest(sim, "bob", "/messages", content="read me")
            program.expect("read me\n")
            program.type("quit")
        self.example("docs/examples/read_receipts.py", talk)

    def test_token_bowl_typing_indicators(self):
        def talk(program, sim):
            self.say(("Mode", "1"), ("Joined chat(.|\n)*", "/fast at once"), ("  at once\n", "slow"),
                     ("  slow\n", "@bob hey"))(program, sim)
            program.expect("Sent", 3, anywhere=True)
            rest(sim, "bob", "/messages", content="the last")
            program.expect("the last")
            program.type("/quit")
        self.example("docs/examples/typing_indicators.py", talk)


if __name__ == "__main__":
    sys.exit(unittest.main())
