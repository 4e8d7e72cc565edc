"""Trails, where moto 5.2.5 does otherwise than CloudTrail.

A trail's bucket lies in the other emulator, so its existence is not looked at. A new trail logs all management events,
but moto says that it has no selectors; a trail seen from another region has none at all; deleting an unknown trail
succeeds; and selectors of one kind leave those of the other kind standing.
"""

from moto.cloudtrail.models import CloudTrailBackend, Trail
from moto.cloudtrail.exceptions import TrailNotFoundException

#: What a trail logs that was given no selectors.
DEFAULT = [
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    }
]
_description = Trail.description


def put_event_selectors(self, event_selectors, advanced_event_selectors) -> None:
    self.event_selectors = event_selectors or []
    self.advanced_event_selectors = advanced_event_selectors or []


def get_event_selectors(self):
    has_own = self.event_selectors or self.advanced_event_selectors
    return (self.event_selectors or None, self.advanced_event_selectors or None) if has_own else (DEFAULT, None)


def description(self, include_region: bool = False) -> dict:
    has_own = bool(self.event_selectors or self.advanced_event_selectors)
    return {**_description(self, include_region), "HasCustomEventSelectors": has_own}


def seen_trail(self, name: str):
    """The trail by name or ARN, also where it is only a shadow of one in another region."""
    for trail in self.describe_trails(include_shadow_trails=True):
        if name in (trail.trail_name, trail.arn):
            return trail
    raise TrailNotFoundException(account_id=self.account_id, name=name)


def selectors_of(self, trail_name: str):
    trail = seen_trail(self, trail_name)
    return (trail.arn, *trail.get_event_selectors())


def delete_trail(self, name: str) -> None:
    del self.trails[self.get_trail(name).trail_name]


def cure() -> None:
    """Replaces moto's answers to these."""
    Trail.check_bucket_exists = Trail.check_topic_exists = lambda self: None
    Trail.put_event_selectors, Trail.get_event_selectors = put_event_selectors, get_event_selectors
    Trail.description = description
    CloudTrailBackend.get_event_selectors, CloudTrailBackend.delete_trail = selectors_of, delete_trail
