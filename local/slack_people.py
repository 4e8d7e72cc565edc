"""What people do in Slack: they type a command, press a button, submit a form or close it."""

import copy
import json
import time

from slack_answers import answered_command, answered_view
from slack_forms import FIELDS, filled_in, pressed_in, state_of
from slack_messages import as_slack, find
from slack_send import HOSTILE, send
from slack_state import Impossible, channel_of, lock, new_response_url, new_trigger, state, user_of

# Slack still sends it, and says not to trust it.
TOKEN = "local-verification-token"


def command(wish: dict, base: str) -> dict:
    """A person types a slash command."""
    expect(wish, {"url", "command", "text", "user", "channel", "fields"})
    user, team = person(wish), state.settings["team"]
    channel = place_of(wish.get("channel", state.settings["channels"][0]["id"]))
    response_url = new_response_url(base, user["id"], channel["id"], None, "commands")
    trigger = new_trigger(user["id"])
    fields = {
        "token": TOKEN, "team_id": team["id"], "team_domain": team["domain"], "channel_id": channel["id"],
        "channel_name": channel["name"], "user_id": user["id"], "user_name": user["name"],
        "command": wish.get("command", "/portcullis"), "text": wish.get("text", ""),
        "api_app_id": state.settings["app"], "is_enterprise_install": "false", "response_url": response_url,
        "trigger_id": trigger, **wish.get("fields", {}),
    }
    answer = send(wish["url"], fields, wish)
    if not answer["late"]:
        target = state.response_urls[response_url.rsplit("/", 1)[1]]
        answered_command(target, answer["status"], answer["headers"], answer["body"])
    return {**answer, "trigger_id": trigger, "response_url": response_url}


def press(wish: dict, base: str) -> dict:
    """A person presses a button, or chooses from a menu, in a message or in a view."""
    expect(wish, {"url", "user", "message", "view", "action_id", "block_id", "value", "values"})
    if ("message" in wish) == ("view" in wish):
        raise Impossible("Expected a message {channel, ts} or a view, by its id.")
    response_url = None
    with lock:
        if "view" in wish:
            record = opened(wish["view"])
            user = person({"user": record["user"], **wish})
            view = copy.deepcopy(record["versions"][-1])
            view["state"] = filled_in(view["blocks"], wish.get("values", {}), force(wish), False)
            action, blocks = pressed(view["blocks"], wish), view["blocks"]
            there = {"container": {"type": "view", "view_id": view["id"]}, "view": view}
        else:
            user = person(wish)
            message = said_in(wish["message"])
            version = message["versions"][wish["message"].get("version", -1)]
            action, blocks = pressed(version["blocks"], wish), version["blocks"]
            where = {"channel": message["channel"], "ts": message["ts"]}
            response_url = new_response_url(base, user["id"], message["channel"], where, "actions")
            there = in_message(message, version, filled_in(blocks, wish.get("values", {}), force(wish), False))
            there["response_url"] = response_url
        trigger = new_trigger(user["id"])
    payload = {**common("block_actions", user), "trigger_id": trigger, **there, "actions": [action]}
    return {**sent(wish, payload), "trigger_id": trigger, "response_url": response_url}


def submit(wish: dict, _: str) -> dict:
    """A person fills in a form and submits it. What the app answers happens to the view."""
    expect(wish, {"url", "user", "view_id", "values"})
    with lock:
        record = opened(wish.get("view_id"))
        user = person({"user": record["user"], **wish})
        view = copy.deepcopy(record["versions"][-1])
        view["state"] = filled_in(view["blocks"], wish.get("values", {}), force(wish), True)
        trigger = new_trigger(user["id"])
    payload = {**common("view_submission", user), "trigger_id": trigger, "view": view, "response_urls": []}
    answer = sent(wish, payload)
    if not answer["late"]:
        answered_view(record, answer["status"], answer["body"])
    return {**answer, "trigger_id": trigger, "response_url": None}


def closed(wish: dict, _: str) -> dict:
    """A person closes a view; Slack tells the app only where the view asked for it."""
    expect(wish, {"url", "user", "view_id", "is_cleared"})
    with lock:
        record = opened(wish.get("view_id"))
        view = copy.deepcopy(record["versions"][-1])
        if not view["notify_on_close"]:
            raise Impossible("Expected a view with notify_on_close: Slack tells nobody that another one is closed.")
        record["open"] = False
    user = person({"user": record["user"], **wish})
    payload = {**common("view_closed", user), "view": view, "is_cleared": bool(wish.get("is_cleared"))}
    return {**sent(wish, payload), "trigger_id": None, "response_url": None}


def sent(wish: dict, payload: dict) -> dict:
    # Spelled as Slack spells it, slashes and all.
    text = json.dumps(payload, separators=(",", ":")).replace("/", "\\/")
    return {**send(wish["url"], {"payload": text}, wish), "payload": payload}


def expect(wish: dict, known: set) -> None:
    strange = sorted(set(wish) - known - set(HOSTILE) - {"force"})
    if strange:
        raise Impossible(f"Expected {', '.join(sorted(known))} or {', '.join(HOSTILE)}; got {', '.join(strange)}.")


def force(wish: dict) -> bool:
    return wish.get("force") is True


def person(wish: dict) -> dict:
    """Who does it. Slack knows strangers too, from other workspaces of a shared channel."""
    name = wish.get("user", state.settings["users"][0]["id"])
    return user_of(name) or {"id": name, "name": name.lower()}


def place_of(name: str) -> dict:
    """Where it is typed: a command can be typed also where the app is no member."""
    return channel_of(name) or {"id": name, "name": "directmessage" if name[:1] == "D" else "privategroup"}


def opened(view_id: str) -> dict:
    record = state.views.get(view_id)
    if record is None or not record["open"]:
        raise Impossible(f"Expected the id of a view that is open, got {view_id!r}.")
    return record


def said_in(where: dict) -> dict:
    message = find(where.get("channel"), where.get("ts"))
    if message is None:
        raise Impossible(f"Expected a message that is there, got {where}.")
    return message


def pressed(blocks: list, wish: dict) -> dict:
    """The entry of `actions`. A press of what is not there can only be forged, with `body`."""
    found = pressed_in(blocks, wish.get("action_id"), wish.get("block_id"))
    if found is None:
        names = [element.get("action_id") for block in blocks for element in block.get("elements", [])]
        raise Impossible(f"Expected an element with the action_id {wish.get('action_id')!r}; the actions are {names}.")
    block, element = found
    action = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    action["action_ts"] = f"{time.time():.6f}"
    if element["type"] == "button":
        action |= {key: element[key] for key in ("text", "value", "style", "url", "confirm") if key in element}
        if "value" in wish:
            action["value"] = wish["value"]
    elif element["type"] == "overflow":
        chosen = {**element, "type": "static_select"}
        action["selected_option"] = state_of(chosen, wish.get("value"), force(wish))["selected_option"]
    else:
        field = FIELDS[element["type"]][0]
        action[field] = state_of(element, wish.get("value"), force(wish))[field]
    return action


def in_message(message: dict, version: dict, form: dict) -> dict:
    """The part of a payload that says which message it comes from. A private one's content is not sent."""
    alone = "user" in message
    container = {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"]}
    container["is_ephemeral"] = alone
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    channel = place_of(message["channel"])
    there = {"container": container, "channel": {"id": channel["id"], "name": channel["name"]}, "state": form}
    return there if alone else {**there, "message": as_slack({**message, **version})}


def common(kind: str, user: dict) -> dict:
    team = state.settings["team"]
    return {
        "type": kind, "token": TOKEN, "api_app_id": state.settings["app"], "enterprise": None,
        "is_enterprise_install": False, "team": {"id": team["id"], "domain": team["domain"]},
        "user": {"id": user["id"], "username": user["name"], "name": user["name"], "team_id": team["id"]},
    }
