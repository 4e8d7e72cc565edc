"""Refusals of EventBridge that ministack 1.5.33 leaves out: an unknown rule cannot be disabled or enabled, and a rule
that still has targets cannot be deleted."""

from ministack.services import eventbridge

_disable_rule, _enable_rule, _delete_rule = eventbridge._disable_rule, eventbridge._enable_rule, eventbridge._delete_rule


def key_of(data: dict):
    return eventbridge._rule_key(data.get("Name"), data.get("EventBusName", "default"))


def of_a_known_rule(inner):
    def action(data: dict):
        if key_of(data) not in eventbridge._rules:
            message = f"Rule {data.get('Name')} does not exist on EventBus {data.get('EventBusName', 'default')}."
            return eventbridge.error_response_json("ResourceNotFoundException", message, 400)
        return inner(data)

    return action


def delete_rule(data: dict):
    if eventbridge._targets.get(key_of(data)):
        message = "Rule can't be deleted since it has targets."
        return eventbridge.error_response_json("ValidationException", message, 400)
    return _delete_rule(data)


def cure() -> None:
    """Replaces the three actions."""
    eventbridge._disable_rule, eventbridge._enable_rule = of_a_known_rule(_disable_rule), of_a_known_rule(_enable_rule)
    eventbridge._delete_rule = delete_rule
