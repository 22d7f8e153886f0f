"""Events: one class for each kind, all with the same fields.

What a kind does not fill is empty: "" or 0. The main text is there, everything else is read from the library's memory when
it is looked at; an event that is kept keeps the batch that it came with.
"""
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Optional, Type, Union

from ._batch import Batch, Nothing, bytes_property, number_property, parsed, text_property
from ._constants import AiState, Flag, Kind, State

@dataclass(init=False, eq=False, repr=False)
class Event:
    """Something that happened. Kinds that this version does not know come as this class."""

    # Few and small, since there may be many. The dictionary is made for what is kept or was made in Python.
    __slots__ = ("_place", "_batch", "text", "__dict__", "__weakref__")

    kind: int
    #: How it went, for the kinds that report something; an error is below 0.
    status: int
    flags: int
    #: One more than that of the event before.
    sequence: int
    #: When the library received it, in nanoseconds of a clock that only goes forward.
    monotonic_ns: int
    request: int
    tag: int
    #: The kind's number: a state, an HTTP status, a count, milliseconds.
    value: int
    #: When it happened by the service's clock, in seconds since 1970, or 0.
    time: float
    #: The service's own name for the message.
    type: str
    #: The kind's main text.
    text: str
    #: The id of the thing: a message, a call, a chat.
    id: str
    #: The name of the thing: a tool, a trigger, an author, a state.
    name: str
    #: The id of who it comes from.
    sender: str
    #: The part that the sender plays: "user", "assistant", "system", or the service's own word.
    role: str
    #: Bytes that are not text: PCM, mostly.
    data: bytes
    #: The service's own message, byte for byte.
    json: str

    if TYPE_CHECKING:
        _raw_json = b""
        _body_offset = 0
        _body_len = 0

    def __init__(self, **fields: Any) -> None:
        """Makes an event in Python, for tests: `Sentence(text="Hi.")`."""
        known = {field.name for field in dataclasses.fields(self)}
        unknown = sorted(set(fields) - known)
        if unknown:
            raise TypeError(f"an event has no field {', '.join(unknown)}; the fields are {', '.join(sorted(known))}")
        #: Where it is in the library's memory, and what keeps that memory alive.
        self._place = 0
        self._batch: Union[Batch, Nothing] = Nothing()
        self.text = fields.pop("text", "")
        self.__dict__.update(fields)

    @property
    def ok(self) -> bool:
        """Whether it reports no error."""
        return self.status >= 0

    @property
    def final(self) -> bool:
        """The last of its kind in a row, such as a final transcript."""
        return bool(self.flags & Flag.FINAL)

    @property
    def synthetic(self) -> bool:
        """The library concluded this itself; the service sent no message of its own for it."""
        return bool(self.flags & Flag.SYNTHETIC)

    @property
    def snapshot(self) -> bool:
        """Learned from a snapshot, so it may have been so for a while."""
        return bool(self.flags & Flag.SNAPSHOT)

    @property
    def coalesced(self) -> bool:
        """Several in a row were joined into this one, because the queue was full."""
        return bool(self.flags & Flag.COALESCED)

    @property
    def message(self) -> Any:
        """The service's own message as Python values, or None where there is none."""
        if "_message" not in self.__dict__:
            self.__dict__["_message"] = parsed(self.json)
        return self.__dict__["_message"]

    @property
    def body(self) -> Any:
        """The part of the message that holds the fields of this kind."""
        if "_body" not in self.__dict__:
            begin, length = self._body_offset, self._body_len
            part = self._raw_json[begin : begin + length] if length else b""
            self.__dict__["_body"] = parsed(part.decode()) if part else self.message
        return self.__dict__["_body"]

    def get(self, path: str, default: Any = None) -> Any:
        """One field of the service's message: by name, looked for in the body and then in the whole message, or by a
        path with dots ("usage.total_tokens", "items.0.id"), or by a JSON pointer ("/items/0/id")."""
        steps = path[1:].split("/") if path.startswith("/") else path.split(".")
        if path.startswith("/"):
            steps = [step.replace("~1", "/").replace("~0", "~") for step in steps]
        for value in (self.body, self.message):
            for step in steps if not (isinstance(value, dict) and path in value) else [path]:
                if isinstance(value, dict) and step in value:
                    value = value[step]
                elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
                    value = value[int(step)]
                else:
                    break
            else:
                return value
        return default

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, field.name) == getattr(other, field.name) for field in dataclasses.fields(self))

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        said = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value and field.name not in ("kind", "sequence", "monotonic_ns"):
                shown = f"<{len(value)} bytes>" if isinstance(value, bytes) else repr(value)
                said.append(f"{field.name}={shown if len(shown) < 200 else shown[:200] + '…'}")
        name = type(self).__name__ if type(self) is not Event else f"Event {self.kind}"
        return f"{name}({', '.join(said)})"

    def __reduce__(self) -> Any:
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        values.update(_message=self.message, _body=self.body)
        return _restored, (type(self), values)


def _restored(cls: Type[Event], values: Dict[str, Any]) -> Event:
    event = cls(text=values.pop("text"))
    event.__dict__.update(values)
    return event


_NUMBERS = {"kind": "i", "status": "i", "flags": "I", "sequence": "Q", "monotonic_ns": "Q", "request": "Q", "tag": "Q",
            "value": "q", "time": "d"}
_FIELDS: Dict[str, Any] = {
    **{name: number_property(name, letter) for name, letter in _NUMBERS.items()},
    **{name: text_property(name) for name in ("type", "id", "name", "sender", "role", "json")},
    "data": bytes_property("data"), "_raw_json": bytes_property("json"),
    "_body_offset": number_property("body_offset", "I"), "_body_len": number_property("body_len", "I"),
}
for _name, _property in _FIELDS.items():
    setattr(Event, _name, _property)


class StateChanged(Event):
    """The client's state has changed, or another attempt has failed. `status` and `text` say why."""

    __slots__ = ()

    @property
    def state(self) -> State:
        """The state that it is in now."""
        return State(self.value)

    @property
    def attempt(self) -> int:
        """How many attempts have failed in a row."""
        return int(self.get("attempt", 0))

    @property
    def delay(self) -> float:
        """How long the wait before the next attempt is, in seconds."""
        return float(self.get("delay_ms", 0)) / 1000


class RequestDone(Event):
    """A request has ended: `status` and `text` say how, `body` is the service's answer."""

    __slots__ = ()

    @property
    def http_status(self) -> int:
        """The HTTP status of the answer, or 0."""
        return self.value


class Dropped(Event):
    """The queue was full and `value` events were dropped, of kinds that can be spared."""

    __slots__ = ()


class Gap(Event):
    """The link was down for `value` milliseconds and what happened meanwhile is not known."""

    __slots__ = ()


class CredentialNeeded(Event):
    """The service has refused the credential: answer with `set_credential`."""

    __slots__ = ()


class Log(Event):
    """A log record: `name` is the part of the library. It has gone to `logging` as well."""

    __slots__ = ()


class ChatStarted(Event):
    """A chat has begun, or was found begun (`snapshot`)."""

    __slots__ = ()


class ChatClosed(Event):
    """The chat is over."""

    __slots__ = ()


class Message(Event):
    """A whole message."""

    __slots__ = ()


class TextDelta(Event):
    """A further piece of a reply's text."""

    __slots__ = ()


class Sentence(Event):
    """A whole sentence of a reply, ready to be shown or spoken."""

    __slots__ = ()


class ReplyStarted(Event):
    """The service has begun a reply."""

    __slots__ = ()


class ReplyEnded(Event):
    """A reply is complete or was broken off."""

    __slots__ = ()


class Reasoning(Event):
    """What the service thinks before it speaks; `final` with the last piece."""

    __slots__ = ()


class AiStateChanged(Event):
    """What the AI is doing has changed."""

    __slots__ = ()

    @property
    def state(self) -> Optional[AiState]:
        """What it does; None where the service's word, in `name`, is another."""
        return AiState(self.value) if self.value in set(AiState) else None


class Characters(Event):
    """Who takes part has changed."""

    __slots__ = ()


class Speaker(Event):
    """Somebody began (`value` 1) or stopped (0) speaking outside of the service."""

    __slots__ = ()


class Transcript(Event):
    """What the service has heard; `final` when it will not change any more."""

    __slots__ = ()


class Typing(Event):
    """Somebody began (`value` 1) or stopped (0) typing."""

    __slots__ = ()


class Receipt(Event):
    """A message was delivered or read."""

    __slots__ = ()


class Unread(Event):
    """How much is unread has changed: `value`."""

    __slots__ = ()


class Presence(Event):
    """Somebody has come (`value` 1) or gone (0)."""

    __slots__ = ()


class Audio(Event):
    """A piece of speech: `data`, in the format `name`, at the sample rate `value`."""

    __slots__ = ()

    @property
    def rate(self) -> int:
        """The sample rate, or 0 where the format says it."""
        return self.value


class AudioEnded(Event):
    """The speech of a reply is complete, or was broken off (`status`)."""

    __slots__ = ()


class VoiceActivity(Event):
    """The service hears somebody begin (`value` 1) or stop (0) speaking."""

    __slots__ = ()


class Microphone(Event):
    """The service wants the microphone on (`value` 1) or off (0)."""

    __slots__ = ()


class Cue(Event):
    """Something to do at a moment of the speech: a mouth shape, a word, `value` milliseconds into it."""

    __slots__ = ()


class _WithArguments(Event):
    __slots__ = ()

    @property
    def arguments(self) -> Dict[str, Any]:
        """The arguments, read from `text`; empty where they are no JSON object."""
        value = parsed(self.text)
        return value if isinstance(value, dict) else {}


class ToolCall(_WithArguments):
    """The service calls the tool `name` of yours; answer with `tool_result(event.id, …)`."""

    __slots__ = ()


class Trigger(_WithArguments):
    """The service wants something done and no answer."""

    __slots__ = ()


class Service(Event):
    """Any message of the service that has no kind of its own: `type` and `body`."""

    __slots__ = ()


class Frame(Event):
    """One message on the wire, for debugging; `name` is "in" or "out"."""

    __slots__ = ()


#: Kind to class.
_KINDS: Dict[Kind, Type[Event]] = {
    Kind.STATE: StateChanged, Kind.REQUEST_DONE: RequestDone, Kind.DROPPED: Dropped, Kind.GAP: Gap,
    Kind.CREDENTIAL_NEEDED: CredentialNeeded, Kind.LOG: Log, Kind.CHAT_STARTED: ChatStarted,
    Kind.CHAT_CLOSED: ChatClosed, Kind.MESSAGE: Message, Kind.TEXT_DELTA: TextDelta, Kind.SENTENCE: Sentence,
    Kind.REPLY_STARTED: ReplyStarted, Kind.REPLY_ENDED: ReplyEnded, Kind.REASONING: Reasoning,
    Kind.AI_STATE: AiStateChanged, Kind.CHARACTERS: Characters, Kind.SPEAKER: Speaker, Kind.TRANSCRIPT: Transcript,
    Kind.TYPING: Typing, Kind.RECEIPT: Receipt, Kind.UNREAD: Unread, Kind.PRESENCE: Presence, Kind.AUDIO: Audio,
    Kind.AUDIO_ENDED: AudioEnded, Kind.VOICE_ACTIVITY: VoiceActivity, Kind.MICROPHONE: Microphone, Kind.CUE: Cue,
    Kind.TOOL_CALL: ToolCall, Kind.TRIGGER: Trigger, Kind.SERVICE: Service, Kind.FRAME: Frame,
}
BY_KIND: Dict[int, Type[Event]] = {int(kind): cls for kind, cls in _KINDS.items()}
KIND_OF: Dict[Type[Event], int] = {cls: kind for kind, cls in BY_KIND.items()}

for _kind, _class in BY_KIND.items():
    # Of the classes that have a kind it is known without looking.
    setattr(_class, "kind", Kind(_kind))
