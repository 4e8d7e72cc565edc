"""What a person fills in: the `state.values` of a view's or a message's blocks."""

from slack_limits import elements_of, options_of
from slack_state import Impossible

TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
# By type: the field of the state, and the field of the element that it starts with.
FIELDS = {
    **{kind: ("value", "initial_value") for kind in TYPED},
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
}


def filled_in(blocks: list, values: dict, force: bool, whole: bool) -> dict:
    """The state of a form. With `force`, also one that Slack's own client would not let a person send."""
    rest = {block: dict(actions) for block, actions in values.items()}
    found = {}
    for block in blocks:
        for element, _ in elements_of(block):
            if element["type"] not in FIELDS:
                continue
            given = rest.get(block["block_id"], {}).pop(element["action_id"], None)
            told = state_of(element, given, force)
            if whole and not force:
                complain(block, element, told)
            found.setdefault(block["block_id"], {})[element["action_id"]] = told
    strange = [f"{block}/{action}" for block, actions in rest.items() for action in actions]
    if strange:
        fields = [f"{block}/{action}" for block, actions in found.items() for action in actions]
        raise Impossible(f"Expected fields among {', '.join(fields) or 'none'}; got {', '.join(strange)}.")
    return {"values": found}


def state_of(element: dict, given, force: bool) -> dict:
    field, initial = FIELDS[element["type"]]
    if given is None:
        several = field in ("selected_options", "selected_users", "selected_conversations", "selected_channels")
        value = element.get(initial, [] if several else None)
    elif field == "selected_option":
        value = option_of(element, given, force)
    elif field == "selected_options":
        value = [option_of(element, one, force) for one in given]
    else:
        value = given
    return {"type": element["type"], field: value}


def option_of(element: dict, value: str, force: bool) -> dict:
    for option in options_of(element):
        if option.get("value") == value:
            return option
    if not force and not element["type"].endswith("external_select"):
        known = ", ".join(str(option.get("value")) for option in options_of(element))
        raise Impossible(f"Expected one of the options {known}; got {value!r}.")
    return {"text": {"type": "plain_text", "text": value, "emoji": True}, "value": value}


def complain(block: dict, element: dict, told: dict) -> None:
    """What Slack's client says itself, and does not send."""
    value = told[FIELDS[element["type"]][0]]
    if block["type"] == "input" and not block.get("optional") and value in (None, "", []):
        raise Impossible(f"Expected a value for {block['block_id']}/{element['action_id']}: it is not optional.")
    if element["type"] == "plain_text_input" and isinstance(value, str):
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if value and not least <= len(value) <= most:
            raise Impossible(f"Expected {least} to {most} characters for {block['block_id']}; got {len(value)}.")


def pressed_in(blocks: list, action_id: str, block_id: str | None) -> tuple[dict, dict] | None:
    """The block and the element that a person presses."""
    for block in blocks:
        for element, _ in elements_of(block):
            if element.get("action_id") == action_id and block_id in (None, block["block_id"]):
                return block, element
    return None
