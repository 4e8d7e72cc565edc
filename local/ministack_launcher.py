"""Starts ministack 1.5.33 with the cures that an event-driven responder needs.

Everything here touches private names of that one version: the version stays pinned in requirements.txt, and a name
that has gone stops the start with an AttributeError instead of curing nothing in silence.
"""

import contextvars
import os
import sys
import time

from watch_parent import die_with_parent

die_with_parent()

# The port that ministack *advertises* (queue URLs, function URLs, its workers' endpoint) is the front door's.
# The one it listens on is its own.
OWN_PORT = os.environ["MINISTACK_OWN_PORT"]

import ministack_buckets  # noqa: E402
import ministack_http_api  # noqa: E402
import ministack_rules  # noqa: E402
import ministack_schedules  # noqa: E402
import ministack_workers  # noqa: E402
from ministack import app  # noqa: E402
from ministack.services import dynamodb, eventbridge, lambda_svc, sns  # noqa: E402
from ministack.services.cloudformation import provisioners  # noqa: E402

app._resolve_port = lambda: OWN_PORT
ministack_buckets.cure()
ministack_http_api.cure()
ministack_rules.cure()
ministack_schedules.cure()
ministack_workers.cure()

# Rules with a schedule are looked at every 10 s as shipped: too slow to wait for in a test.
eventbridge._SCHEDULER_TICK_INTERVAL = 0.5


# --- EventBridge -----------------------------------------------------------------------------------------------------
# PutEvents refuses `source: aws.*`, as AWS does to its customers. Here the front door plays AWS itself. It may also
# say when the event happened: an event from a file keeps its own time.
_entry: contextvars.ContextVar[dict] = contextvars.ContextVar("entry", default={})
_put_events, _event_view = eventbridge._put_events, eventbridge._pattern_event_view


def put_events(data: dict, allow_aws_source: bool = True):
    entries = data.get("Entries", [])
    if len(entries) != 1:
        return _put_events(data, True)
    token = _entry.set(entries[0])
    try:
        return _put_events(data, True)
    finally:
        _entry.reset(token)


def event_view(event: dict):
    if "Time" in _entry.get():
        event["Time"] = int(_entry.get()["Time"])
    return _event_view(event)


eventbridge._put_events = put_events
eventbridge._pattern_event_view = event_view


# --- Lambda: asynchronous calls --------------------------------------------------------------------------------------
# EventBridge and SNS call a function once, without retries and without the on-failure destination. The path that
# `Invoke` with `InvocationType: Event` takes has both (LAMBDA_ASYNC_RETRY_BASE_SECONDS is its first delay).
def invoke_async(arn: str, event: dict) -> None:
    func, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not func or not config:
        app.logger.warning("no function %s for an event", name)
        return
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(func, config), event)


def event_to_lambda(arn: str, payload: str) -> None:
    invoke_async(arn, eventbridge.json.loads(payload))


def sns_to_lambda(endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, message_attributes) -> None:
    record = {"EventVersion": "1.0", "EventSubscriptionArn": sub_arn, "EventSource": "aws:sns"}
    invoke_async(endpoint, {"Records": [{**record, "Sns": sns.json.loads(envelope)}]})


# AWS keeps one request id over all attempts at an event, and puts an event that meets the concurrency quota back into
# its queue without counting that as an attempt. Shipped: a new id each time, and a throttle is a failed attempt.
_attempts_of: contextvars.ContextVar[str | None] = contextvars.ContextVar("attempts_of", default=None)
_next_id: contextvars.ContextVar[str | None] = contextvars.ContextVar("next_id", default=None)
_invoke_async_with_retry, _new_uuid = lambda_svc.invoke_async_with_retry, lambda_svc.new_uuid
_execute = lambda_svc._execute_function


def invoke_async_with_retry(func: dict, event: dict) -> None:
    token = _attempts_of.set(_new_uuid())
    try:
        _invoke_async_with_retry(func, event)  # it runs in a copy of this context
    finally:
        _attempts_of.reset(token)


def new_uuid() -> str:
    chosen = _next_id.get()
    _next_id.set(None)
    return chosen or _new_uuid()


def execute(func: dict, event: dict) -> dict:
    if _attempts_of.get() is None:
        return _execute(func, event)
    while True:
        _next_id.set(_attempts_of.get())
        result = _execute(func, event)
        if not result.get("throttle"):
            return result
        time.sleep(0.05)


lambda_svc.invoke_async_with_retry = invoke_async_with_retry
lambda_svc.new_uuid = new_uuid
lambda_svc._execute_function = execute

eventbridge._dispatch_to_lambda = event_to_lambda
sns._deliver_to_lambda = sns_to_lambda

# --- CloudFormation --------------------------------------------------------------------------------------------------
# Properties that it drops, and refusals of AWS that it leaves out: a second create of a table name would replace the
# table and lose every item, where AWS fails the stack.
_table = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
_function = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
_create_table, _update_table, _delete_table = _table["create"], _table["update"], _table["delete"]
_create_function, _update_function = _function["create"], _function["update"]


def settle_table(name: str, props: dict) -> None:
    ttl = props.get("TimeToLiveSpecification")
    if ttl:
        dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": ttl})
    recovery = props.get("PointInTimeRecoverySpecification") or {}
    dynamodb._pitr_settings[name] = str(recovery.get("PointInTimeRecoveryEnabled")).lower() == "true"


def create_table(logical_id, props, stack_name):
    name = props.get("TableName")
    if name and name in dynamodb._tables:
        raise ValueError(f"Resource of type 'AWS::DynamoDB::Table' with identifier '{name}' already exists.")
    created = _create_table(logical_id, props, stack_name)
    settle_table(created[0], props)
    return created


def update_table(physical_id, old_props, new_props, stack_name, logical_id=None):
    updated = _update_table(physical_id, old_props, new_props, stack_name, logical_id)
    settle_table(updated[0], new_props)
    return updated


def delete_table(physical_id, props):
    if (dynamodb._tables.get(physical_id) or {}).get("DeletionProtectionEnabled"):
        raise ValueError(f"Table {physical_id} is protected against deletion. Disable deletion protection first.")
    _delete_table(physical_id, props)


def settle_function(name: str, props: dict) -> None:
    function = lambda_svc._functions[name]
    reserved = props.get("ReservedConcurrentExecutions")
    function["concurrency"] = int(reserved) if reserved is not None else None
    if props.get("DeadLetterConfig"):
        function["config"]["DeadLetterConfig"] = props["DeadLetterConfig"]


def create_function(logical_id, props, stack_name):
    name = props.get("FunctionName")
    if name and name in lambda_svc._functions:
        raise ValueError(f"Resource of type 'AWS::Lambda::Function' with identifier '{name}' already exists.")
    created = _create_function(logical_id, props, stack_name)
    settle_function(created[0], props)
    return created


def update_function(physical_id, old_props, new_props, stack_name, logical_id=None):
    updated = _update_function(physical_id, old_props, new_props, stack_name, logical_id)
    settle_function(updated[0], new_props)
    return updated


_table.update(create=create_table, update=update_table, delete=delete_table)
_function.update(create=create_function, update=update_function)

if __name__ == "__main__":
    sys.argv = ["ministack"]
    app.main()
