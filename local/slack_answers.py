"""What an app's answers do: to a slash command, to a submitted view, and later through a response URL."""

import json

from slack_messages import change, checked, checked_view, find, new_version, open_view, post
from slack_state import RESPONSE_URL_SECONDS, RESPONSE_URL_USES, Refusal, lock, now, state, violation

ACTIONS = ("errors", "update", "push", "clear")
STACK = 3
RESPONSE_FIELDS = {
    "text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts", "mrkdwn", "metadata",
    "unfurl_links", "unfurl_media",
}


def respond(name: str, body: bytes) -> tuple[int, bytes]:
    """A POST to a response URL."""
    with lock:
        target = state.response_urls.get(name)
        status, error, messages, given = 200, None, [], None
        try:
            if target is None or now() - target["at"] > RESPONSE_URL_SECONDS:
                status, error = 404, "expired_url"
            elif target["uses"] >= RESPONSE_URL_USES:
                status, error = 404, "used_url"
            else:
                given = json.loads(body)
                target["uses"] += 1
                show(target, given, "response_url")
        except Refusal as refusal:
            status, error, messages = 400, refusal.error, refusal.messages
        except ValueError:
            status, error = 400, "invalid_payload"
            violation("response_url", ["the body is no JSON object"], body.decode(errors="replace"))
        state.responses.append({"id": name, "at": now(), "body": given, "status": status, "error": error})
        if error:
            refused = {"ok": False, "error": error}
            if messages:
                refused["response_metadata"] = {"messages": messages}
            return status, json.dumps(refused).encode()
        return status, b"ok" if target["style"] == "commands" else b'{"ok":true}'


def show(target: dict, given, via: str) -> None:
    """Shows, replaces or takes away a message, as a payload with `response_type` says."""
    if not isinstance(given, dict):
        raise ValueError("no object")
    unknown = sorted(set(given) - RESPONSE_FIELDS)
    if unknown:
        violation(via, [f"unknown field: {name}" for name in unknown], given)
    origin = target["origin"] and find(target["origin"]["channel"], target["origin"]["ts"])
    if given.get("delete_original") is True:
        if origin:
            origin["deleted"] = True
        return
    text, blocks = given.get("text"), checked(via, given.get("blocks"), given.get("text"))
    if given.get("replace_original") is True and origin:
        change(origin, text=text, blocks=blocks)
        return
    kind = given.get("response_type", "ephemeral")
    if kind not in ("ephemeral", "in_channel"):
        violation(via, [f"unknown response_type: {kind}"], given)
    alone = {"user": target["user"]} if kind != "in_channel" else {}
    message = post(via, target["channel"], text, blocks, thread_ts=given.get("thread_ts"), **alone)
    if target["origin"] is None:
        target["origin"] = {"channel": message["channel"], "ts": message["ts"]}


def answered_command(target: dict, status: int, headers: dict, body: str) -> None:
    """What the answer to a slash command shows: JSON is a message, other text is one for its sender alone."""
    if status != 200 or not body.strip():
        return
    given = {"text": body}
    if headers.get("content-type", "").startswith("application/json"):
        try:
            given = json.loads(body)
        except ValueError:
            violation("command", ["the answer says that it is JSON, and is not"], body)
            return
        if given == {}:
            return
    try:
        with lock:
            show(target, given, "command")
    except ValueError:
        violation("command", ["the answer is no JSON object"], body)
    except Refusal:
        pass  # remembered as a violation where it was found; Slack shows the person an error


def answered_view(record: dict, status: int, body: str) -> None:
    """What the answer to a submitted view does to it."""
    if status != 200:
        return
    with lock:
        if not body.strip():
            record["open"] = False
            return
        try:
            given = json.loads(body)
        except ValueError:
            violation("view_submission", ["the answer is neither empty nor JSON"], body)
            return
        if given == {}:
            record["open"] = False
            return
        try:
            respond_to_view(record, given if isinstance(given, dict) else {})
        except Refusal:
            pass  # remembered as a violation where it was found; Slack shows the person an error


def respond_to_view(record: dict, given: dict) -> None:
    action = given.get("response_action")
    extra = sorted(set(given) - {"response_action", "errors", "view"})
    if action not in ACTIONS or extra:
        violation("view_submission", [f"unknown response_action or fields: {action} {extra}"], given)
        raise Refusal("invalid_arguments")
    if action == "clear":
        for one in state.views.values():
            if one["root_view_id"] == record["root_view_id"]:
                one["open"] = False
    elif action == "errors":
        show_errors(record, given)
    else:
        view = checked_view(f"view_submission {action}", given.get("view"))
        if action == "update":
            new_version(record["id"], view)
        elif depth(record) >= STACK:
            violation("view_submission push", [f"a stack has at most {STACK} views"], given)
        else:
            open_view(record["user"], view, record["id"])


def show_errors(record: dict, given: dict) -> None:
    inputs = {block["block_id"] for block in record["versions"][-1]["blocks"] if block["type"] == "input"}
    errors = given.get("errors")
    if not isinstance(errors, dict) or not errors or not all(isinstance(one, str) and one for one in errors.values()):
        violation("view_submission errors", ["errors must be texts by block_id"], given)
    elif set(errors) - inputs:
        violation("view_submission errors", [f"no input block: {name}" for name in sorted(set(errors) - inputs)], given)
    else:
        record["errors"] = errors


def depth(record: dict) -> int:
    return sum(one["open"] and one["root_view_id"] == record["root_view_id"] for one in state.views.values())
