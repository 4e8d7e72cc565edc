"""Whether Slack would take a view or a message's blocks, by Slack's own models in slack_sdk 3.48.

Every level is parsed into its class, checked by that class, and spelled again: what is lost or changed on that way is
no field that Slack knows, or has a value that it does not take. slack_limits.py has what these classes leave open.
"""

import copy
from collections.abc import Callable, Iterator

import slack_limits
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block, BlockElement, ConfirmObject, Option, OptionGroup, TextObject
from slack_sdk.models.blocks.basic_components import DispatchActionConfig
from slack_sdk.models.blocks.block_elements import ConversationFilter
from slack_sdk.models.metadata import Metadata
from slack_sdk.models.views import View

MESSAGE_BLOCKS = 50
VIEW_BYTES = 250_000
VIEW_FIELDS = {
    "type", "title", "blocks", "close", "submit", "private_metadata", "callback_id", "clear_on_close",
    "notify_on_close", "external_id",
}
# The parts that slack_sdk's blocks keep as they were given, unread.
PARTS = {
    "accessory": BlockElement.parse,
    "element": BlockElement.parse,
    "elements": BlockElement.parse,
    "options": lambda given: Option(**given),
    "initial_option": lambda given: Option(**given),
    "initial_options": lambda given: Option(**given),
    "option_groups": lambda given: OptionGroup(**given),
    "confirm": lambda given: ConfirmObject(**given),
    "dispatch_action_config": lambda given: DispatchActionConfig(**given),
    "filter": lambda given: ConversationFilter(**given),
}
TEXTS = ("text", "fields", "title", "label", "hint", "placeholder", "description", "deny")
# Their own classes parse these all the way down.
WHOLE = {"rich_text", "table", "markdown", "video"}


def said(fault: tuple[str, str]) -> str:
    """A fault in Slack's own form."""
    message, pointer = fault
    return f"[ERROR] {message} [json-pointer:{pointer}]"


def faults_of_blocks(blocks, pointer: str = "/blocks", most: int = MESSAGE_BLOCKS) -> list[str]:
    """What is wrong with a list of blocks, in Slack's form."""
    return [said(fault) for fault in unique(_faults_of_blocks(blocks, pointer, most))]


def faults_of_view(view) -> list[str]:
    """What is wrong with a view, in Slack's form."""
    if not isinstance(view, dict):
        return [said(("must be an object", "/view"))]
    missing = [name for name in ("type", "title", "blocks") if not view.get(name)]
    found = [(f"missing required field: {name}", "/view") for name in missing if view.get("type") != "home"]
    found += [(f"unsupported field: {name}", "/view") for name in sorted(set(view) - VIEW_FIELDS)]
    # The blocks are looked at on their own, with a better pointer; without any, a view's class refuses it.
    shell = {name: value for name, value in view.items() if name in VIEW_FIELDS and value is not None}
    shell["blocks"] = [{"type": "divider"}]
    found += round_trip(shell, lambda given: View(**given), "/view")
    found += [fault for name in ("title", "submit", "close") for fault in text_faults(view.get(name), f"/view/{name}")]
    found += _faults_of_blocks(view.get("blocks"), "/view/blocks", View.blocks_max_length)
    found += slack_limits.of_view(view, VIEW_BYTES)
    return [said(fault) for fault in unique(found)]


def faults_of_metadata(metadata) -> list[str]:
    """What is wrong with a message's metadata, in Slack's form."""
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        return [said(("must have an event_type and an event_payload", "/metadata"))]
    return [said(fault) for fault in round_trip(metadata, lambda given: Metadata(**given), "/metadata")]


def _faults_of_blocks(blocks, pointer: str, most: int) -> list[tuple[str, str]]:
    if not isinstance(blocks, list):
        return [("must be an array", pointer)]
    found = [(f"no more than {most} items allowed", pointer)] if len(blocks) > most else []
    for index, block in enumerate(blocks):
        here = f"{pointer}/{index}"
        if not isinstance(block, dict):
            found.append(("must be an object", here))
            continue
        # From the inside out: the pointer that is named first is the most exact one.
        if block.get("type") not in WHOLE:
            found += parts_faults(block, here)
        found += round_trip(block, Block.parse, here)
    return found + slack_limits.of_blocks([block for block in blocks if isinstance(block, dict)], pointer)


def parts_faults(node: dict, pointer: str) -> list[tuple[str, str]]:
    found = []
    for key, part, here in parts_of(node, pointer):
        if key in TEXTS or is_text(part):
            found += text_faults(part, here)
        elif isinstance(part, dict):
            found += parts_faults(part, here) + round_trip(part, PARTS[key], here)
        else:
            found.append(("must be an object", here))
    return found


def parts_of(node: dict, pointer: str) -> Iterator[tuple[str, object, str]]:
    """The parts of a block or element that have a class of their own, each with its key and pointer."""
    for key, value in node.items():
        # The confirm dialogue has a button's text under the name that an element has the dialogue under.
        if key not in PARTS and key not in TEXTS or (key == "text" and isinstance(value, str)):
            continue
        if isinstance(value, list):
            yield from ((key, part, f"{pointer}/{key}/{index}") for index, part in enumerate(value))
        else:
            yield key, value, f"{pointer}/{key}"


def is_text(part) -> bool:
    return isinstance(part, dict) and part.get("type") in ("plain_text", "mrkdwn")


def text_faults(part, pointer: str) -> list[tuple[str, str]]:
    if part is None:
        return []
    if not is_text(part):
        return [("must be a plain_text or mrkdwn object", pointer)]
    return round_trip(part, TextObject.parse, pointer)


def round_trip(given: dict, parse: Callable, pointer: str) -> list[tuple[str, str]]:
    """Parses, checks and spells again; what the class refuses, or what does not come back, is a fault."""
    try:
        model = parse(copy.deepcopy(given))
        if model is None:
            return [(f"unsupported type: {given.get('type')}", f"{pointer}/type")]
        model.validate_json()
        kept = model.to_dict()
    except SlackObjectFormationError as error:
        return [(str(error), pointer)]
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        return [(f"failed to match all allowed schemas: {error}", pointer)]
    return list(lost(given, kept, pointer))


def lost(given, kept, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            # Slack itself answers with an empty one where there is none.
            if key == "private_metadata" and value == "":
                continue
            if key not in kept:
                empty = isinstance(value, (str, list, dict)) and len(value) == 0
                yield "must not be empty" if empty else f"unknown or unusable field: {key}", f"{pointer}/{key}"
            else:
                yield from lost(value, kept[key], f"{pointer}/{key}")
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for index, (before, after) in enumerate(zip(given, kept)):
            yield from lost(before, after, f"{pointer}/{index}")
    elif given != kept or type(given) is not type(kept):
        yield "unsupported value", pointer


def unique(faults: list) -> list:
    return list(dict.fromkeys(faults))
