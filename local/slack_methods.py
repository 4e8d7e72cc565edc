"""The methods of Slack's Web API that an app with slash commands, modals and messages calls."""

import json

import slack_blocks
from slack_messages import as_slack, change, checked, checked_view, find, new_version, open_view, place, post
from slack_state import Refusal, channel_of, exchange, lock, state, user_of, violation

# What chat.postMessage takes besides, without an effect on anything that is remembered.
LOOKS = {"mrkdwn", "parse", "link_names", "unfurl_links", "unfurl_media", "username", "icon_emoji", "icon_url"}


def auth_test(_) -> dict:
    team, bot = state.settings["team"], state.settings["bot"]
    return {
        "url": f"https://{team['domain']}.slack.com/", "team": team["name"], "user": bot["name"],
        "team_id": team["id"], "user_id": bot["user"], "bot_id": bot["id"], "is_enterprise_install": False,
    }


def users_info(args: dict) -> dict:
    user = user_of(args.get("user", ""))
    if user is None:
        raise Refusal("user_not_found")
    profile = {"real_name": user["name"].title(), "display_name": user["name"], **user.get("profile", {})}
    always = {"team_id": state.settings["team"]["id"], "deleted": False, "is_bot": False, "tz": "Europe/Berlin"}
    return {"user": {**always, "real_name": profile["real_name"], **user, "profile": profile}}


def usergroups_users_list(args: dict) -> dict:
    if not args.get("usergroup"):
        raise Refusal("invalid_arguments", ["[ERROR] missing required field: usergroup"])
    if args["usergroup"] not in state.settings["usergroups"]:
        raise Refusal("no_such_subteam")
    return {"users": state.settings["usergroups"][args["usergroup"]]}


def conversations_open(args: dict) -> dict:
    channel = args.get("channel")
    users = [one for one in str(args.get("users") or "").split(",") if one]
    if not users and not channel:
        raise Refusal("users_list_not_supplied")
    if len(users) > 1:
        raise Refusal("method_not_supported_for_channel_type")
    if users and user_of(users[0]) is None:
        raise Refusal("user_not_found")
    found = channel_of(users[0] if users else channel)
    if found is None:
        raise Refusal("channel_not_found")
    return {"no_op": False, "already_open": False, "channel": {"id": found["id"]}}


def chat_post_message(args: dict) -> dict:
    channel = place(args.get("channel"))["id"]
    thread = thread_of(channel, args)
    if args.get("reply_broadcast") and not thread:
        violation("chat.postMessage", ["reply_broadcast is for replies in a thread"])
    blocks = checked("chat.postMessage", args.get("blocks"), args.get("text"))
    more = {"metadata": metadata_of("chat.postMessage", args), "thread_ts": thread}
    more["reply_broadcast"] = args.get("reply_broadcast")
    message = post("chat.postMessage", channel, args.get("text"), blocks, **more)
    return {"channel": channel, "ts": message["ts"], "message": as_slack(message)}


def chat_update(args: dict) -> dict:
    channel = args.get("channel")
    if not isinstance(channel, str) or channel_of(channel) is None or channel[:1] not in "CDG":
        raise Refusal("channel_not_found")
    message = find(channel, args.get("ts") or "")
    if message is None or "user" in message:
        raise Refusal("message_not_found")
    # An empty list takes the blocks away; none leaves them.
    text, blocks = args.get("text", message["text"]), args.get("blocks", message["blocks"])
    changed = {"text": text, "blocks": checked("chat.update", blocks, text)}
    if "metadata" in args:
        changed["metadata"] = metadata_of("chat.update", args) if args["metadata"] else None
    change(message, **changed)
    return {"channel": channel, "ts": message["ts"], "text": text or "", "message": as_slack(message)}


def chat_post_ephemeral(args: dict) -> dict:
    channel = place(args.get("channel"))["id"]
    if user_of(args.get("user", "")) is None:
        raise Refusal("user_not_in_channel")
    blocks = checked("chat.postEphemeral", args.get("blocks"), args.get("text"))
    more = {"user": args["user"], "thread_ts": thread_of(channel, args)}
    return {"message_ts": post("chat.postEphemeral", channel, args.get("text"), blocks, **more)["ts"]}


def thread_of(channel: str, args: dict) -> str | None:
    thread = args.get("thread_ts")
    if thread and find(channel, thread) is None:
        raise Refusal("thread_not_found")
    return thread


def metadata_of(where: str, args: dict) -> dict | None:
    metadata = args.get("metadata")
    if not metadata:
        return None
    faults = slack_blocks.faults_of_metadata(metadata)
    if faults:
        violation(where, faults, metadata)
        raise Refusal("invalid_metadata_format", faults)
    return metadata


def views_open(args: dict) -> dict:
    if not args.get("trigger_id"):
        raise Refusal("invalid_arguments", ["[ERROR] missing required field: trigger_id"])
    view = checked_view("views.open", args.get("view"))
    if view.get("external_id") and view_of(None, view["external_id"]):
        raise Refusal("duplicate_external_id")
    return {"view": open_view(exchange(args["trigger_id"]), view)}


def views_update(args: dict) -> dict:
    if bool(args.get("view_id")) == bool(args.get("external_id")):
        raise Refusal("invalid_arguments", ["[ERROR] Provide either `view_id` or `external_id`"])
    view = checked_view("views.update", args.get("view"))
    record = view_of(args.get("view_id"), args.get("external_id"))
    if record is None:
        raise Refusal("not_found")
    if "hash" in args and args["hash"] != record["versions"][-1]["hash"]:
        raise Refusal("hash_conflict")
    return {"view": new_version(record["id"], view)}


def view_of(view_id: str | None, external_id: str | None = None) -> dict | None:
    """A view that somebody has before them."""
    for record in state.views.values():
        if record["open"] and (record["id"] == view_id or external_id == record["versions"][-1]["external_id"] != ""):
            return record
    return None


POSTED = {"channel", "text", "blocks", "thread_ts"}
# Of each: what it does, what it takes, and whether it takes JSON. Methods that only read take forms alone.
METHODS = {
    "auth.test": (auth_test, set(), True),
    "users.info": (users_info, {"user", "include_locale"}, False),
    "usergroups.users.list": (usergroups_users_list, {"usergroup", "include_disabled", "team_id"}, False),
    "conversations.open": (conversations_open, {"users", "channel", "return_im", "prevent_creation"}, True),
    "chat.postMessage": (chat_post_message, POSTED | LOOKS | {"reply_broadcast", "metadata"}, True),
    "chat.update": (chat_update, {"channel", "ts", "text", "blocks", "metadata", "link_names", "parse"}, True),
    "chat.postEphemeral": (chat_post_ephemeral, POSTED | LOOKS | {"user"}, True),
    "views.open": (views_open, {"trigger_id", "view"}, True),
    "views.update": (views_update, {"view_id", "external_id", "hash", "view"}, True),
}
# In a form these are JSON in a field. Some SDKs put the text into JSON bodies too, and Slack takes it.
OBJECTS = {"blocks": "invalid_blocks_format", "view": "invalid_arguments", "metadata": "invalid_metadata_format"}


def call(method: str, args: dict) -> dict:
    """Slack's answer to a call that is allowed."""
    act, known, _ = METHODS[method]
    given = {name: value for name, value in args.items() if name != "token"}
    unknown = sorted(set(given) - known)
    if unknown:
        # Slack ignores it, so that a misspelt one is never noticed.
        violation(method, [f"unknown argument: {name}" for name in unknown], given)
    for name, error in OBJECTS.items():
        if isinstance(given.get(name), str):
            given[name] = parsed(f"{method} {name}", given[name], error)
    if isinstance(given.get("reply_broadcast"), str):
        given["reply_broadcast"] = given["reply_broadcast"] in ("true", "1")
    with lock:
        return {"ok": True, **act(given)}


def parsed(where: str, text: str, error: str):
    try:
        return json.loads(text)
    except ValueError:
        violation(where, ["no JSON"], text)
        raise Refusal(error) from None
