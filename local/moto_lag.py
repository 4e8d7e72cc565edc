"""Stale reads: EC2's reads are eventually consistent, moto's are not.

The front door sends `x-local-lag-ms` with every EC2 call while the switch is on. Then each changing call first keeps
a copy of all groups and rules, and a read answers from the copy that was true that long ago. So a new rule does not
show, a revoked one still shows, and any filter or page works, for it is moto's own code that reads the copy.
"""

import copy
import time

READS = ("DescribeSecurityGroups", "DescribeSecurityGroupRules")
KEEP_SECONDS = 600

_history: dict = {}


def _copy_of(backend):
    """The backend as it is now. Only groups and rules are copied: nothing else is read through the copy."""
    groups = {}
    for vpc, members in backend.groups.items():
        groups[vpc] = {group_id: _copy_of_group(group) for group_id, group in members.items()}
    frozen = copy.copy(backend)
    frozen.groups = groups
    return frozen


def _copy_of_group(group):
    twin = copy.copy(group)
    twin.ingress_rules = [copy.deepcopy(rule) for rule in group.ingress_rules]
    twin.egress_rules = [copy.deepcopy(rule) for rule in group.egress_rules]
    # The table of filters holds methods bound to the live group.
    twin.filters = {key: getattr(twin, "filter_" + key.replace(".", "__").replace("-", "_")) for key in group.filters}
    return twin


def _as_of(backend, moment: float):
    """The copy taken just before the first change after `moment`, or the live one where nothing changed since."""
    for at, frozen in _history.get(id(backend), []):
        if at > moment:
            return frozen
    return backend


def install(response_class) -> None:
    """Wraps the dispatch of EC2 calls."""
    live = response_class.ec2_backend.fget
    inner = response_class.call_action
    response_class.ec2_backend = property(lambda self: self.__dict__.get("_frozen_backend") or live(self))

    def call_action(self):
        lag = float(self.headers.get("x-local-lag-ms") or 0) / 1000
        if not lag:
            return inner(self)
        action, now, backend = self._get_action(), time.monotonic(), live(self)
        if action in READS:
            self._frozen_backend = _as_of(backend, now - lag)
        elif not action.startswith(("Describe", "Get", "List")):
            kept = [entry for entry in _history.get(id(backend), []) if entry[0] > now - KEEP_SECONDS]
            _history[id(backend)] = [*kept, (now, _copy_of(backend))]
        try:
            return inner(self)
        finally:
            self.__dict__.pop("_frozen_backend", None)

    response_class.call_action = call_action
