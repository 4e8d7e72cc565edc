"""Sends an app what Slack would send, signed by slack_sdk's own signature, or wrongly on purpose."""

import http.client
import time
from urllib.parse import urlencode, urlsplit

from slack_sdk.signature import SignatureVerifier
from slack_state import Impossible, state

# Slack shows the person an error after this; what comes later does nothing.
PATIENCE_MS = 3000
TIMEOUT_SECONDS = 30
FORM = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    "Accept": "application/json,*/*",
}
HOSTILE = ("retry", "at", "secret", "tamper", "headers", "body")


def signed(body: str, at=None, secret: str | None = None) -> dict:
    """The headers that prove a body to be Slack's."""
    timestamp = str(int(time.time()) if at is None else at)
    verifier = SignatureVerifier(secret or state.settings["signingSecret"])
    signature = verifier.generate_signature(timestamp=timestamp, body=body)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}


def send(url: str, fields: dict, wish: dict) -> dict:
    """Posts a form, and answers with what came back; with `retry`, says it again that often afterwards.

    `at` and `secret` are for the signature, `tamper` changes what was signed (a text replaces it), `headers` replaces
    headers or with null drops them, `body` is sent and signed instead of the form.
    """
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise Impossible(f"Expected the URL of an app, got {url!r}.")
    body = wish.get("body", urlencode(fields))
    answers = []
    for attempt in range(1 + int(wish.get("retry") or 0)):
        headers = {**FORM, **signed(body, wish.get("at"), wish.get("secret"))}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"}
        answers.append(exchanged(url, with_own(headers, wish.get("headers") or {}), tampered(body, wish.get("tamper"))))
    return {**answers[0], "retries": answers[1:]}


def tampered(body: str, tamper) -> str:
    if isinstance(tamper, str):
        return tamper
    return f"{body}&tampered=1" if tamper else body


def with_own(headers: dict, own: dict) -> dict:
    replaced = {name.lower() for name in own}
    kept = {name: value for name, value in headers.items() if name.lower() not in replaced}
    return {**kept, **{name: value for name, value in own.items() if value is not None}}


def exchanged(url: str, headers: dict, body: str) -> dict:
    target = urlsplit(url)
    connects = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = connects(target.netloc, timeout=TIMEOUT_SECONDS)
    begun = time.monotonic()
    try:
        path = (target.path or "/") + (f"?{target.query}" if target.query else "")
        connection.request("POST", path, body.encode(), headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise Impossible(f"Expected an answer from {url}: {type(error).__name__}: {error}") from None
    finally:
        connection.close()
    ms = round((time.monotonic() - begun) * 1000)
    return {
        "status": answer.status, "headers": {name.lower(): value for name, value in answer.getheaders()},
        "body": text, "ms": ms, "late": ms > PATIENCE_MS, "sent": {"headers": headers, "body": body},
    }
