"""Who calls an HTTP API, and from where: ministack knows neither.

The front door resolves the caller by its own table of access keys and sends the answer in `x-local-caller`, and the
caller's address as the last of `x-forwarded-for`, where API Gateway itself puts it.
"""

import json

from ministack.services import apigateway, lambda_svc

CALLER = "x-local-caller"
_execute = lambda_svc._execute_function_with_config_scope


def caller_of(headers: dict, query_params: dict):
    """The block `requestContext.authorizer.iam`."""
    named = {key.lower(): value for key, value in headers.items()}
    return json.loads(named[CALLER]) if CALLER in named else None


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
    assert apigateway._iam_caller_identity_v2 and _execute
    apigateway._iam_caller_identity_v2 = caller_of
    lambda_svc._execute_function_with_config_scope = execute
