"""EventBridge Scheduler, where ministack 1.5.33 does otherwise than AWS.

A repeated create with the same token is refused; any expression is taken, and one that cannot be read never comes due;
a list is cut off at a hundred without a word; a name that has been used up stays so, whatever is made of it later; and
what cannot be delivered is dropped, dead-letter queue or not.

The front door's switch `schedulesOff` loses schedules: what is due meanwhile is never told, and stays where it is.
"""

import json
import os
import re
import time
import urllib.request
from datetime import datetime

from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, lambda_svc, scheduler

_create, _update, _list = scheduler._create_schedule, scheduler._update_schedule, scheduler._list_schedules
_tick, _invoke = scheduler._tick_schedules, eventbridge._invoke_target
DOOR = os.environ["AWS_ENDPOINT_URL"]
ONCE = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
#: By account, region, group and name: what the schedule there was made by.
_made_by: dict = {}


def place_of(body: dict, name: str) -> tuple:
    return get_account_id(), get_region(), f"{body.get('GroupName') or body.get('groupName') or 'default'}/{name}"


def refused(message: str):
    return scheduler._error(400, "ValidationException", message)


def fault_of(name: str, body: dict):
    expression = body.get("ScheduleExpression") or ""
    if len(name) > 64 or "@" in name:
        return refused(f"Value '{name}' at 'name' failed to satisfy constraint: Member must have length <= 64.")
    if not expression.startswith("at("):
        return None
    try:
        datetime.fromisoformat(ONCE.fullmatch(expression)[1])
        return None
    except (TypeError, ValueError):
        return refused(f"Invalid Schedule Expression {expression}.")


def create_schedule(name: str, body: dict):
    place, token = place_of(body, name), body.get("ClientToken")
    if place[2] in scheduler._schedules and token and _made_by.get(place) == body:
        return scheduler._json_resp(200, {"ScheduleArn": scheduler._schedules[place[2]]["Arn"]})
    if fault := fault_of(name, body):
        return fault
    answer = _create(name, body)
    if answer[0] == 200:
        scheduler._schedule_last_fired.pop(place, None)
        _made_by[place] = body
    return answer


def update_schedule(name: str, body: dict):
    if fault := fault_of(name, body):
        return fault
    answer = _update(name, body)
    if answer[0] == 200:
        # Another time is another turn.
        scheduler._schedule_last_fired.pop(place_of(body, name), None)
    return answer


def list_schedules(query: dict):
    """By name, in pages."""
    status, headers, content = _list({**query, "MaxResults": str(len(scheduler._schedules._data) + 1)})
    found = sorted(json.loads(content)["Schedules"], key=lambda one: (one["GroupName"], one["Name"]))
    start, size = int(query.get("NextToken", 0)), int(query.get("MaxResults", 100))
    more = {"NextToken": str(start + size)} if start + size < len(found) else {}
    return scheduler._json_resp(status, {"Schedules": found[start : start + size], **more})


def due_once() -> list:
    """The places of the one-time schedules whose moment has come."""
    fired, now = scheduler._schedule_last_fired, time.time()
    pending = [(place, one) for place, one in list(scheduler._schedules._data.items()) if place not in fired]
    moments = [(place, scheduler._at_time_epoch(one["ScheduleExpression"])) for place, one in pending]
    return [place for place, moment in moments if moment is not None and moment <= now]


def tick() -> None:
    due = due_once()
    if due and are_off():
        scheduler._schedule_last_fired.update(dict.fromkeys(due, time.time()))
    _tick()


def are_off() -> bool:
    with urllib.request.urlopen(f"{DOOR}/_cloud/switches", timeout=5) as answer:
        return json.load(answer)["schedulesOff"]


def invoke(target: dict, event: dict, rule: dict, *more) -> None:
    """A function that is gone is no reason to try again: the event goes to the schedule's dead-letter queue at once."""
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if event.get("Source") == "aws.scheduler" and ":function:" in target["Arn"] and queue:
        func, _config, _name = lambda_svc._get_func_record_for_ref(target["Arn"])
        if not func:
            return eventbridge._dispatch_to_sqs(parse_arn(queue), target.get("Input") or "{}")
    return _invoke(target, event, rule, *more)


def cure() -> None:
    """Replaces the actions, the tick and the delivery. Schedules are looked at every 10 s as shipped: too slow to wait
    for in a test."""
    scheduler._create_schedule, scheduler._update_schedule = create_schedule, update_schedule
    scheduler._list_schedules, scheduler._tick_schedules = list_schedules, tick
    scheduler._SCHEDULE_TICK_INTERVAL = 0.5
    eventbridge._invoke_target = invoke
