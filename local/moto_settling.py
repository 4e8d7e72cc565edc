"""What takes its time on AWS and is done at once in moto.

The front door says how long in `x-local-settling`, with every call to moto while one of these switches is on. Whatever
is begun by such a call keeps the moment when it will be done, and is shown by that from then on.
"""

import contextlib
import json
import time

_told: dict = {}


def told(name: str, otherwise=None):
    """The value of a switch for the call that is being answered."""
    return _told.get(name, otherwise)


def done_at(name: str) -> float:
    """When that which begins now will be done, by this process's clock."""
    return time.monotonic() + float(told(name, 0)) / 1000


def is_done(moment: float) -> bool:
    return time.monotonic() >= moment


@contextlib.contextmanager
def as_told(headers):
    """One call runs at a time (see moto_launcher.py), and this holds what its header says."""
    _told.update(json.loads(headers.get("x-local-settling") or "{}"))
    try:
        yield
    finally:
        _told.clear()
