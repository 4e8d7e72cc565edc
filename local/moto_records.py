"""Changes of DNS records, where moto 5.2.5 does otherwise than Route 53.

It looks at the journal of changes, not at the records: what was there once can still be deleted, and cannot be made
again. A batch is carried out up to its first error, an error of a deletion has a code that Route 53 keeps for other
things, and an address may be none.
"""

import ipaddress

from moto.route53.exceptions import Route53ClientError
from moto.route53.models import RecordSet, Route53Backend

ACTIONS = ("CREATE", "UPSERT", "DELETE")
ADDRESSES = {
    "A": (ipaddress.IPv4Address, "ARRDATAIllegalIPv4Address", "IPv4"),
    "AAAA": (ipaddress.IPv6Address, "AAAARRDATAIllegalIPv6Address", "IPv6"),
}


def change(self, zoneid: str, change_list: list) -> None:
    """All of it, or nothing."""
    zone = self.get_hosted_zone(zoneid)
    there = {key_of(one): one for one in zone.rrsets}
    faults = []
    for one in change_list:
        wanted = RecordSet(cleaned(one["ResourceRecordSet"]))
        found = there.get(key_of(wanted))
        if fault := fault_of(zone, one["Action"], wanted, found):
            faults.append(fault)
        elif one["Action"] == "DELETE":
            del there[key_of(wanted)]
        else:
            there[key_of(wanted)] = wanted
    if faults:
        raise Route53ClientError("InvalidChangeBatch", f"[{', '.join(faults)}]")
    zone.rrsets = list(there.values())


def cleaned(record_set: dict) -> dict:
    values = [one["Value"] for one in record_set.get("ResourceRecords") or []]
    return {**record_set, "Name": f"{record_set['Name'].rstrip('.').lower()}.", "ResourceRecords": values}


def key_of(record_set) -> tuple:
    return record_set.name, record_set.type, record_set.set_identifier


def fault_of(zone, action: str, wanted, found) -> str | None:
    """Why this change cannot be made, as Route 53 says it."""
    shown = f"resource record set [name='{wanted.name}', type='{wanted.type}']"
    if action not in ACTIONS:
        return f"Value '{action}' at 'action' failed to satisfy constraint"
    if not f".{wanted.name}".endswith(f".{zone.name.rstrip('.')}."):
        return f"RRSet with DNS name {wanted.name} is not permitted in zone {zone.name}"
    if action == "CREATE" and found:
        return f"Tried to create {shown} but it already exists"
    if action == "DELETE" and not found:
        return f"Tried to delete {shown} but it was not found"
    if action == "DELETE" and (wanted.ttl, sorted(wanted.records)) != (found.ttl, sorted(found.records)):
        return f"Tried to delete {shown} but the values provided do not match the current values"
    return next(filter(None, (illegal(wanted.type, value) for value in wanted.records)), None)


def illegal(kind: str, value: str) -> str | None:
    if kind not in ADDRESSES:
        return None
    form, code, name = ADDRESSES[kind]
    try:
        form(value)
        return None
    except ValueError:
        what = f"FATAL problem: {code} (Value is not a valid {name} address) encountered with '{value}'"
        return f"Invalid Resource Record: '{what}'"


def cure() -> None:
    """Replaces what moto's zones do."""
    assert Route53Backend.change_resource_record_sets
    Route53Backend.change_resource_record_sets = change
