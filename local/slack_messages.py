"""Messages and views as Slack keeps them: with ids for every block, and with every version that was ever shown."""

import copy
import time
import uuid

import slack_blocks
from slack_limits import elements_of
from slack_state import Refusal, channel_of, lock, new_id, new_ts, state, violation

TEXT_MOST = 40_000


def checked(where: str, blocks: list | None, text: str | None) -> list:
    """The blocks, if Slack would show them; else a refusal, which is remembered."""
    faults = slack_blocks.faults_of_blocks(blocks) if blocks else []
    if faults:
        violation(where, faults, blocks)
        raise Refusal("invalid_blocks", faults)
    if not blocks and not text:
        violation(where, ["no text and no blocks"])
        raise Refusal("no_text")
    if text is not None and (not isinstance(text, str) or len(text) > TEXT_MOST):
        violation(where, ["the text is too long, or none"], text)
        raise Refusal("msg_too_long")
    return with_ids(blocks or [])


def with_ids(blocks: list) -> list:
    """Slack names every block and every element that its app has not named."""
    named = copy.deepcopy(blocks)
    for block in named:
        block.setdefault("block_id", uuid.uuid4().hex[:5])
        for element, _ in elements_of(block):
            if element["type"] not in ("image", "mrkdwn", "plain_text"):
                element.setdefault("action_id", uuid.uuid4().hex[:5])
    return named


def post(via: str, channel: str, text: str, blocks: list, **more) -> dict:
    """Shows a message to everyone in a channel, or with `user=` to that person only."""
    with lock:
        ts = new_ts()
        version = {"at": time.time(), "text": text, "blocks": blocks, "metadata": more.pop("metadata", None)}
        known = {key: value for key, value in more.items() if value}
        message = {"channel": channel, "ts": ts, "via": via, "deleted": False, "replies": [], **known}
        message |= {"versions": [version], **version}
        parent = find(channel, known.get("thread_ts", ""))
        if parent:
            parent["replies"].append(ts)
        (state.ephemerals if "user" in known else state.messages).append(message)
        return message


def change(message: dict, **changed) -> dict:
    """Shows a message's next version. What is not named stays as it is."""
    with lock:
        version = {**message["versions"][-1], "at": time.time(), **changed}
        message["versions"].append(version)
        message.update(version)
        return message


def find(channel: str, ts: str) -> dict | None:
    """A message that is still there, whether all see it or one person does."""
    with lock:
        everything = [*state.messages, *state.ephemerals]
        return next(
            (one for one in everything if (one["channel"], one["ts"]) == (channel, ts) and not one["deleted"]), None
        )


def place(name) -> dict:
    """The channel of that id or name, if the app may write there."""
    channel = channel_of(name) if isinstance(name, str) else None
    if channel is None:
        raise Refusal("channel_not_found")
    if channel.get("is_archived"):
        raise Refusal("is_archived")
    if channel.get("is_member") is False:
        raise Refusal("not_in_channel")
    return channel


def as_slack(message: dict) -> dict:
    """A message as Slack hands it out."""
    settings = state.settings
    shown = {
        "type": "message", "user": settings["bot"]["user"], "bot_id": settings["bot"]["id"],
        "app_id": settings["app"], "team": settings["team"]["id"], "ts": message["ts"], "text": message["text"] or "",
    }
    if message["blocks"]:
        shown["blocks"] = message["blocks"]
    for key in ("thread_ts", "metadata"):
        if message.get(key):
            shown[key] = message[key]
    if len(message["versions"]) > 1:
        shown["edited"] = {"user": settings["bot"]["user"], "ts": f"{int(message['at'])}.000000"}
    return copy.deepcopy(shown)


def checked_view(where: str, view) -> dict:
    """The view, if Slack would show it; else a refusal, which is remembered."""
    faults = slack_blocks.faults_of_view(view)
    if faults:
        violation(where, faults, view)
        raise Refusal("invalid_arguments", faults)
    return view


def open_view(user: str, view: dict, previous: str | None = None) -> dict:
    """Shows a view to a person, on top of another one or on its own."""
    with lock:
        name, settings = new_id("V"), state.settings
        root = state.views[previous]["root_view_id"] if previous else name
        fixed = {
            "id": name, "team_id": settings["team"]["id"], "app_id": settings["app"],
            "app_installed_team_id": settings["team"]["id"], "bot_id": settings["bot"]["id"],
            "root_view_id": root, "previous_view_id": previous,
        }
        record = {"id": name, "user": user, "root_view_id": root, "previous_view_id": previous, "open": True}
        state.views[name] = {**record, "errors": None, "fixed": fixed, "versions": []}
        return new_version(name, view)


def new_version(name: str, view: dict) -> dict:
    """Shows the next version of a view, with a new hash."""
    with lock:
        record = state.views[name]
        optional = {"callback_id": "", "external_id": "", "private_metadata": "", "close": None, "submit": None}
        defaults = {**optional, "clear_on_close": False, "notify_on_close": False, "state": {"values": {}}}
        given = {**copy.deepcopy(view), "blocks": with_ids(view["blocks"])}
        stamp = f"{int(time.time())}.{uuid.uuid4().hex[:8]}"
        record["versions"].append({**record["fixed"], **defaults, **given, "hash": stamp})
        record["errors"] = None
        return copy.deepcopy(record["versions"][-1])
