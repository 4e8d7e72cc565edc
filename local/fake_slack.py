"""A Slack for this machine: its Web API, its response URLs, and the requests that it sends to an app.

Controlled below /_slack/. It checks views and messages with Slack's own models, and signs with Slack's own code, both
from slack_sdk: nothing here is judged by code that the app shares.
"""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import slack_moods
import slack_people
from slack_answers import respond
from slack_methods import METHODS, call
from slack_send import signed
from slack_state import Impossible, Refusal, change_settings, lock, reset, seen, state

PORT = int(os.environ["SLACK_PORT"])
BASE = f"http://127.0.0.1:{PORT}"


class Dropped(Exception):
    """The connection ends without an answer."""


def move_clock(wish: dict) -> dict:
    with lock:
        state.ahead += wish["seconds"]
    return {}


CONTROLS = {
    "GET health": lambda _: {"status": "ok"},
    "GET state": lambda _: seen(),
    "POST reset": lambda _: reset() or {},
    "POST settings": change_settings,
    "POST mood": lambda wish: slack_moods.add(wish) or {},
    "POST clock": move_clock,
    "POST sign": lambda wish: signed(wish["body"], wish.get("at"), wish.get("secret")),
    "POST command": lambda wish: slack_people.command(wish, BASE),
    "POST press": lambda wish: slack_people.press(wish, BASE),
    "POST submit": lambda wish: slack_people.submit(wish, BASE),
    "POST closed": lambda wish: slack_people.closed(wish, BASE),
}


def token_of(headers, args: dict) -> str | None:
    kind, _, given = (headers.get("Authorization") or "").partition(" ")
    return given.strip() if kind == "Bearer" and given else args.get("token")


def name_of(token: str | None) -> str | None:
    return next((name for name, one in state.settings["tokens"].items() if one == token), None)


def arguments(method: str, headers, query: str, body: bytes) -> tuple[dict, list]:
    """A call's arguments, and Slack's warnings about how they came."""
    args = dict(parse_qsl(query, keep_blank_values=True))
    kind = (headers.get("Content-Type") or "").lower()
    if kind.startswith("application/json"):
        # A method that only reads does not look at JSON, and misses its arguments.
        if method in METHODS and not METHODS[method][2]:
            return args, []
        try:
            given = json.loads(body or b"{}")
        except ValueError:
            raise Refusal("invalid_json") from None
        if not isinstance(given, dict):
            raise Refusal("json_not_object")
        return {**args, **given}, [] if "charset" in kind else ["missing_charset"]
    return {**args, **dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))}, []


def answered(method: str, headers, query: str, body: bytes) -> tuple[dict, str | None, dict]:
    """The answer to a call, the name of its token, and its arguments."""
    args, name = {}, None
    try:
        args, warnings = arguments(method, headers, query, body)
        token = token_of(headers, args)
        name = name_of(token)
        if method not in METHODS:
            raise Refusal("unknown_method")
        if token is None:
            raise Refusal("not_authed")
        if token in state.settings["revoked"]:
            raise Refusal("token_revoked")
        if name is None:
            raise Refusal("invalid_auth")
        answer = call(method, args)
        if warnings:
            answer |= {"warning": ",".join(warnings), "response_metadata": {"warnings": warnings}}
    except Refusal as refusal:
        answer = {"ok": False, "error": refusal.error}
        if refusal.messages:
            answer |= {"errors": refusal.messages, "response_metadata": {"messages": refusal.messages}}
    return answer, name, {key: value for key, value in args.items() if key != "token"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A small second packet would be held back for up to 40 ms.
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def serve(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if url.path.startswith("/_slack/"):
                self.control(f"{self.command} {url.path.removeprefix('/_slack/')}", body)
            elif url.path.startswith("/api/"):
                self.api(url.path.removeprefix("/api/"), url.query, body)
            elif url.path.startswith("/response/") and self.command == "POST":
                self.response(url.path.removeprefix("/response/"), body)
            else:
                self.answer(404, {"message": f"Nothing is at {url.path}."})
        except Dropped:
            self.close_connection = True

    def control(self, route: str, body: bytes) -> None:
        try:
            if route not in CONTROLS:
                raise Impossible(f"Expected one of {', '.join(CONTROLS)}; got {route}.")
            self.answer(200, CONTROLS[route](json.loads(body or b"{}")))
        except (Impossible, ValueError, KeyError, TypeError) as error:
            self.answer(400, {"message": f"{error}" if isinstance(error, Impossible) else repr(error)})

    def api(self, method: str, query: str, body: bytes) -> None:
        mood = slack_moods.mood_for(method) or {}
        at, status, headers = time.time(), 200, {}
        if mood.get("kind") == "slow":
            time.sleep(mood.get("ms", 1000) / 1000)
        broken = mood.get("kind") in ("429", "500", "drop", "error")
        if broken and not mood.get("after"):
            answer, name, args = {}, name_of(token_of(self.headers, {})), {}
        else:
            answer, name, args = answered(method, self.headers, query, body)
        if mood.get("kind") == "error":
            answer = {"ok": False, "error": mood.get("error", "internal_error")}
        elif mood.get("kind") == "429":
            status, headers = 429, {"Retry-After": str(mood.get("retryAfter", 1))}
            answer = {"ok": False, "error": "ratelimited"}
        elif mood.get("kind") == "500":
            status, answer = 500, {"ok": False, "error": "internal_error"}
        elif mood.get("kind") == "drop":
            status = 0
        with lock:
            called = {"method": method, "token": name, "at": at, "args": args}
            state.calls.append({**called, "status": status, "answer": answer})
        if mood.get("kind") == "drop":
            raise Dropped
        self.answer(status, answer, headers)

    def response(self, name: str, body: bytes) -> None:
        mood = slack_moods.mood_for("response_url") or {}
        kind = mood.get("kind")
        if kind == "slow":
            time.sleep(mood.get("ms", 1000) / 1000)
        if kind in (None, "slow") or mood.get("after"):
            status, text = respond(name, body)
        if kind == "drop":
            raise Dropped
        if kind in ("429", "500", "error"):
            status = {"429": 429, "500": 500, "error": 400}[kind]
            text = json.dumps({"ok": False, "error": mood.get("error", "internal_error")}).encode()
        headers = {"Retry-After": str(mood.get("retryAfter", 1))} if kind == "429" else {}
        self.raw(status, text, "text/html" if text == b"ok" else "application/json; charset=utf-8", headers)

    def answer(self, status: int, answer: dict, headers: dict | None = None) -> None:
        self.raw(status, json.dumps(answer).encode(), "application/json; charset=utf-8", headers or {})

    def raw(self, status: int, body: bytes, kind: str, headers: dict) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def serve() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
    server.daemon_threads = True
    server.serve_forever()
