"""Who calls an HTTP API, and from where: ministack knows neither.

The front door checks the signature, resolves the caller by its own table of access keys and sends the answer in
`x-local-caller`. It sends the caller's address as the last of `x-forwarded-for`, where API Gateway itself puts it.
What a client sends under the first name never gets through the door.
"""

import json

from ministack.services import apigateway, lambda_svc

CALLER = "x-local-caller"
_execute = lambda_svc._execute_function_with_config_scope
_handle = apigateway._handle_execute_in_scope


class Unsigned(Exception):
    """The route wants a signature, and the request has none that is right."""


def caller_of(headers: dict, query_params: dict):
    """The block `requestContext.authorizer.iam`. Shipped, any `Authorization` header at all would do."""
    named = {key.lower(): value for key, value in headers.items()}
    if CALLER not in named:
        raise Unsigned
    return json.loads(named[CALLER])


async def handle(*given):
    try:
        return await _handle(*given)
    except Unsigned:
        return 403, {"Content-Type": "application/json"}, b'{"message":"Forbidden"}'


def execute(func: dict, event):
    http = ((event or {}).get("requestContext") or {}).get("http") if isinstance(event, dict) else None
    if http:
        headers = event.get("headers") or {}
        headers.pop(CALLER, None)
        address = headers.get("x-forwarded-for", "").split(",")[-1].strip()
        http["sourceIp"] = address or http["sourceIp"]
    return _execute(func, event)


def cure() -> None:
    """Replaces ministack's own answers to both questions."""
    assert apigateway._iam_caller_identity_v2
    apigateway._iam_caller_identity_v2 = caller_of
    apigateway._handle_execute_in_scope = handle
    lambda_svc._execute_function_with_config_scope = execute
