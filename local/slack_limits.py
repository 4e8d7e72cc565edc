"""Limits that Slack documents and slack_sdk's models do not check."""

import json
from collections import Counter
from collections.abc import Iterator

TEXT = 3000
FIELD = 2000
DESCRIPTION = 75
CHOICES = 10
INPUT = 3000
EXTERNAL_ID = 255
# By the type of what holds the text, and the key it is under.
PLAIN = {
    "header": ("text",),
    "button": ("text",),
    "input": ("label", "hint"),
    "image": ("title",),
}
# Slack keeps these for input blocks.
INPUTS = {"plain_text_input", "email_text_input", "url_text_input", "number_input", "file_input"}
FREE_OPTIONS = ("checkboxes", "radio_buttons")

Fault = tuple[str, str]


def of_blocks(blocks: list, pointer: str) -> list[Fault]:
    """Faults of a whole list of blocks: its ids, and each block's texts, elements and options."""
    found = [
        (f"block_id {name!r} is used {count} times", pointer)
        for name, count in Counter(block["block_id"] for block in blocks if block.get("block_id")).items()
        if count > 1
    ]
    focused = 0
    for index, block in enumerate(blocks):
        here = f"{pointer}/{index}"
        elements = list(elements_of(block, here))
        names = Counter(element["action_id"] for element, _ in elements if element.get("action_id"))
        found += [(f"action_id {name!r} is used {count} times", here) for name, count in names.items() if count > 1]
        found += of_texts(block, here)
        for element, place in elements:
            found += of_texts(element, place) + of_element(element, block, place)
            focused += element.get("focus_on_load") is True
    return found + ([("only one element may have focus_on_load", pointer)] if focused > 1 else [])


def of_view(view: dict, most_bytes: int) -> list[Fault]:
    """Faults of a view besides those of its blocks."""
    found = []
    if len(json.dumps(view).encode()) > most_bytes:
        found.append((f"view_too_large: more than {most_bytes} bytes", "/view"))
    blocks = [block for block in view.get("blocks") or [] if isinstance(block, dict)]
    if any(block.get("type") == "input" for block in blocks) and not view.get("submit"):
        found.append(("submit is required with an input block", "/view"))
    if len(view.get("external_id") or "") > EXTERNAL_ID:
        found.append((f"must be less than {EXTERNAL_ID + 1} characters", "/view/external_id"))
    return found + plain(view, ("title", "submit", "close"), "/view")


def elements_of(block: dict, pointer: str = "") -> Iterator[tuple[dict, str]]:
    """A block's elements, with the pointer of each."""
    for key in ("accessory", "element"):
        if isinstance(block.get(key), dict):
            yield block[key], f"{pointer}/{key}"
    if block.get("type") in ("actions", "context") and isinstance(block.get("elements"), list):
        for index, element in enumerate(block["elements"]):
            if isinstance(element, dict):
                yield element, f"{pointer}/elements/{index}"


def of_texts(node: dict, pointer: str) -> list[Fault]:
    found = plain(node, (*PLAIN.get(node.get("type", ""), ()), "placeholder"), pointer)
    if node.get("type") in ("mrkdwn", "plain_text"):
        found += too_long(node.get("text"), TEXT, f"{pointer}/text")
    for index, field in enumerate(node.get("fields") or []):
        if isinstance(field, dict):
            found += too_long(field.get("text"), FIELD, f"{pointer}/fields/{index}/text")
    dialogue = node.get("confirm")
    if isinstance(dialogue, dict):
        found += plain(dialogue, ("title", "confirm", "deny"), f"{pointer}/confirm")
    return found


def of_element(element: dict, block: dict, pointer: str) -> list[Fault]:
    kind = element.get("type")
    found = []
    if kind in INPUTS and block.get("type") != "input":
        found.append((f"unsupported element here: {kind}", f"{pointer}/type"))
    if kind == "plain_text_input":
        found += out_of(element, "min_length", 0, pointer) + out_of(element, "max_length", 1, pointer)
        found += too_long(element.get("initial_value"), INPUT, f"{pointer}/initial_value")
    options = list(options_of(element))
    if kind in FREE_OPTIONS and len(options) > CHOICES:
        found.append((f"no more than {CHOICES} items allowed", f"{pointer}/options"))
    for option in options:
        if kind not in FREE_OPTIONS:
            found += plain(option, ("text", "description"), f"{pointer}/options")
        if isinstance(option.get("description"), dict):
            found += too_long(option["description"].get("text"), DESCRIPTION, f"{pointer}/options/description")
        if "url" in option and kind != "overflow":
            found.append(("url is for overflow menus", f"{pointer}/options"))
    first = [element["initial_option"]] if element.get("initial_option") else element.get("initial_options") or []
    if options and any(option not in options for option in first):
        found.append(("initial option is none of the options", pointer))
    return found


def options_of(element: dict) -> Iterator[dict]:
    """All options of a menu, with those of its groups."""
    groups = [group for group in element.get("option_groups") or [] if isinstance(group, dict)]
    for options in (element.get("options"), *(group.get("options") for group in groups)):
        yield from (option for option in options or [] if isinstance(option, dict))


def plain(node: dict, keys: tuple, pointer: str) -> list[Fault]:
    texts = [(key, node.get(key)) for key in keys]
    return [
        ("must be plain_text", f"{pointer}/{key}/type")
        for key, text in texts
        if isinstance(text, dict) and text.get("type") != "plain_text"
    ]


def too_long(text, most: int, pointer: str) -> list[Fault]:
    return [(f"must be less than {most + 1} characters", pointer)] if isinstance(text, str) and len(text) > most else []


def out_of(element: dict, key: str, least: int, pointer: str) -> list[Fault]:
    number = element.get(key)
    if number is None or (isinstance(number, int) and least <= number <= INPUT):
        return []
    return [(f"must be between {least} and {INPUT}", f"{pointer}/{key}")]
