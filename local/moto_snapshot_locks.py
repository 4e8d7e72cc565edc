"""Locks of snapshots: moto 5.2.5 has none of their three calls.

What AWS says when a locked snapshot is deleted is documented as a refusal only: its code here is a guess.
"""

import datetime

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_block_store import EBSBackend

from moto_security_groups import paged

FOREVER = 36_500
#: By id of the snapshot.
_locks: dict = {}


def state_of(lock: dict) -> str:
    if lock["LockExpiresOn"] <= utcnow():
        return "expired"
    if lock["mode"] == "governance":
        return "governance"
    return "compliance-cooloff" if lock.get("CoolOffPeriodExpiresOn", utcnow()) > utcnow() else "compliance"


def shown(snapshot, lock: dict) -> dict:
    facts = {key: value for key, value in lock.items() if key != "mode"}
    return {"SnapshotId": snapshot.id, "OwnerId": snapshot.owner_id, "LockState": state_of(lock), **facts}


def refused(message: str) -> EC2ClientError:
    return EC2ClientError("InvalidParameterValue", message)


def lock(self):
    snapshot, now = self.ec2_backend.get_snapshot(self._get_param("SnapshotId")), utcnow()
    mode, days = self._get_param("LockMode"), self._get_param("LockDuration")
    until, cool_off = self._get_param("ExpirationDate"), self._get_param("CoolOffPeriod")
    if mode not in ("governance", "compliance"):
        raise refused(f"Value ({mode}) for parameter lockMode is invalid.")
    if (days is None) == (until is None):
        message = "Exactly one of LockDuration and ExpirationDate must be specified."
        raise EC2ClientError("InvalidParameterCombination", message)
    if cool_off is not None and (mode == "governance" or not 1 <= int(cool_off) <= 72):
        raise refused("CoolOffPeriod must be from 1 to 72 hours, and goes with lock mode compliance only.")
    expires = moment(until) if until else now + datetime.timedelta(days=int(days))
    if days is not None and not 1 <= int(days) <= FOREVER or expires <= now:
        raise refused(f"A snapshot can be locked for 1 to {FOREVER} days.")
    before = _locks.get(snapshot.id)
    if before and state_of(before) == "compliance":
        if mode != "compliance" or cool_off is not None or expires < before["LockExpiresOn"]:
            message = "The lock of a snapshot in compliance mode can only be extended."
            raise EC2ClientError("OperationNotPermitted", message)
    made = {
        "mode": mode,
        "LockDuration": int(days) if days is not None else (expires - now).days,
        "LockCreatedOn": now,
        "LockDurationStartTime": now,
        "LockExpiresOn": expires,
    }
    if cool_off is not None:
        made["CoolOffPeriod"] = int(cool_off)
        made["CoolOffPeriodExpiresOn"] = now + datetime.timedelta(hours=int(cool_off))
    _locks[snapshot.id] = made
    return ActionResult(shown(snapshot, made))


def moment(value):
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    return datetime.datetime.fromisoformat(str(value).replace("Z", "+00:00")).replace(tzinfo=None)


def unlock(self):
    snapshot = self.ec2_backend.get_snapshot(self._get_param("SnapshotId"))
    lock_of_it = _locks.get(snapshot.id)
    if lock_of_it is None:
        raise EC2ClientError("InvalidSnapshot.NotFound", f"The snapshot '{snapshot.id}' is not locked.")
    if state_of(lock_of_it) == "compliance":
        raise EC2ClientError("OperationNotPermitted", "A snapshot that is locked in compliance mode can't be unlocked.")
    del _locks[snapshot.id]
    return ActionResult({"SnapshotId": snapshot.id})


def describe(self):
    wanted, filters = self._get_param("SnapshotIds", []), self._filters_from_querystring()
    for snapshot_id in wanted:
        self.ec2_backend.get_snapshot(snapshot_id)
    found = []
    for snapshot_id, one in _locks.items():
        snapshot = self.ec2_backend.snapshots.get(snapshot_id)
        if snapshot is None or (wanted and snapshot_id not in wanted):
            continue
        if state_of(one) in filters.get("lock-state", [state_of(one)]):
            found.append(shown(snapshot, one))
    return ActionResult({"Snapshots": found})


def unlocked_only(inner):
    def delete_snapshot(self, snapshot_id):
        if snapshot_id in _locks and state_of(_locks[snapshot_id]) != "expired":
            raise EC2ClientError(
                "OperationNotPermitted", f"The snapshot '{snapshot_id}' is locked and can't be deleted."
            )
        return inner(self, snapshot_id)

    return delete_snapshot


def cure(response_class) -> None:
    """Adds the actions to moto's EC2 response class. After moto_snapshots.py, whose deletion it refuses."""
    EBSBackend.delete_snapshot = unlocked_only(EBSBackend.delete_snapshot)
    response_class.lock_snapshot, response_class.unlock_snapshot = lock, unlock
    response_class.describe_locked_snapshots = paged("Snapshots", describe)
