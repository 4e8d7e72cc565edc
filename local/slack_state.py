"""What the fake Slack remembers: one workspace, who is in it, and all that was shown, sent, called and done wrong."""

import copy
import threading
import time
import uuid
from types import SimpleNamespace

# One lock for all of it, held for moments only: never while something is sent or waited for.
lock = threading.RLock()
state = SimpleNamespace()

TRIGGER_SECONDS = 3
RESPONSE_URL_SECONDS = 30 * 60
RESPONSE_URL_USES = 5

DEFAULTS = {
    "signingSecret": "local-signing-secret",
    # By name: the log of calls names the token, and never holds it.
    "tokens": {"bot": "xoxb-local-bot"},
    "revoked": [],
    "team": {"id": "T0123PORTC", "domain": "portcullis-local", "name": "Portcullis local"},
    "app": "A0123PORTC",
    "bot": {"user": "U0123PORTC", "id": "B0123PORTC", "name": "portcullis"},
    "users": [
        {"id": "U0123ALICE", "name": "alice"},
        {"id": "U0123BOB00", "name": "bob"},
        {"id": "U0123CAROL", "name": "carol"},
        {"id": "U0123MALLO", "name": "mallory"},
    ],
    "channels": [{"id": "C0123SECOP", "name": "security"}, {"id": "C0123OPS00", "name": "ops"}],
    "usergroups": {"S0123ONCAL": ["U0123ALICE", "U0123BOB00"]},
}


class Refusal(Exception):
    """An answer of Slack with `ok: false`."""

    def __init__(self, error: str, messages: list | None = None):
        super().__init__(error)
        self.error, self.messages = error, messages or []


class Impossible(Exception):
    """A wish of a test that no person in Slack could carry out, or that is not understood."""


def reset() -> None:
    """Forgets everything. What a test has set is as at the start again."""
    with lock:
        state.settings = copy.deepcopy(DEFAULTS)
        state.triggers, state.response_urls = {}, {}
        state.views, state.messages, state.ephemerals = {}, [], []
        state.responses, state.calls, state.violations, state.moods = [], [], [], []
        state.ahead = 0.0
        state.last_ts = 0


def change_settings(change: dict) -> dict:
    """Replaces the settings that are given, whole, and leaves the others."""
    unknown = sorted(set(change) - set(DEFAULTS))
    if unknown:
        raise Impossible(f"Expected settings among {', '.join(DEFAULTS)}; got {', '.join(unknown)}.")
    with lock:
        state.settings.update(change)
        return state.settings


def seen() -> dict:
    """All that a test may look at."""
    names = ("settings", "messages", "ephemerals", "responses", "calls", "violations")
    with lock:
        shown = {name: getattr(state, name) for name in names}
        return copy.deepcopy({**shown, "views": list(state.views.values())})


def violation(where: str, messages: list, given=None) -> None:
    """Remembers what the real Slack would refuse, or would silently ignore."""
    with lock:
        state.violations.append({"at": time.time(), "where": where, "messages": messages, "given": given})


def now() -> float:
    """The time by which triggers and response URLs expire: a test may move it."""
    return time.time() + state.ahead


def new_id(kind: str) -> str:
    return kind + uuid.uuid4().hex[:10].upper()


def new_ts() -> str:
    """The time in microseconds, which is also a message's name in its channel, so no two are alike."""
    with lock:
        state.last_ts = max(state.last_ts + 100, int(time.time() * 1_000_000))
        return f"{state.last_ts // 1_000_000}.{state.last_ts % 1_000_000:06d}"


def new_trigger(user: str) -> str:
    with lock:
        trigger = f"{len(state.triggers) + 1}.{int(time.time())}.{uuid.uuid4().hex}"
        state.triggers[trigger] = {"user": user, "at": now(), "used": False}
        return trigger


def exchange(trigger_id: str) -> str:
    """Uses a trigger up, and answers with the person whom a view may be shown to."""
    with lock:
        trigger = state.triggers.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger["used"]:
            raise Refusal("exchanged_trigger_id")
        if now() - trigger["at"] > TRIGGER_SECONDS:
            raise Refusal("expired_trigger_id")
        trigger["used"] = True
        return trigger["user"]


def new_response_url(base: str, user: str, channel: str, origin: dict | None, style: str) -> str:
    with lock:
        name = uuid.uuid4().hex
        state.response_urls[name] = {
            "at": now(), "uses": 0, "user": user, "channel": channel, "origin": origin, "style": style,
        }
        return f"{base}/response/{name}"


def user_of(user_id: str) -> dict | None:
    bot = state.settings["bot"]
    everyone = [*state.settings["users"], {"id": bot["user"], "name": bot["name"], "is_bot": True}]
    return next((one for one in everyone if one["id"] == user_id), None)


def channel_of(name: str) -> dict | None:
    """A channel by its id or its name; a person's direct messages by theirs."""
    if name[:1] == "D" and user_of("U" + name[1:]):
        return {"id": name, "name": "directmessage"}
    if name[:1] == "U" and user_of(name):
        return {"id": "D" + name[1:], "name": "directmessage"}
    bare = name.removeprefix("#")
    return next((one for one in state.settings["channels"] if bare in (one["id"], one["name"])), None)


reset()
