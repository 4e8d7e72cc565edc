"""Snapshots, where moto 5.2.5 does otherwise than EC2.

They are complete at once, and cannot fail; they forget the key of their volume and the tags of it; every account's are
shown, on one page; and an unknown one is not named. How long they take and whether they fail is the front door's to say
(`snapshotMs` and `snapshotsFail`, see moto_settling.py).
"""

import copy

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_block_store import EBSBackend, Snapshot

from moto_security_groups import paged
from moto_settling import done_at, is_done, told

_create, _describe, _delete = EBSBackend.create_snapshot, EBSBackend.describe_snapshots, EBSBackend.delete_snapshot
FAILED = "Failed on purpose by a switch of the local cloud."


def status_of(snapshot) -> str:
    if not is_done(snapshot.__dict__.get("done_at", 0)):
        return "pending"
    return "error" if snapshot.__dict__.get("failure") else "completed"


def failure_of(snapshot):
    return snapshot.__dict__.get("failure") if status_of(snapshot) == "error" else None


def begun(snapshot, failure=None):
    """Starts the clock of a new snapshot."""
    snapshot.done_at = done_at("snapshotMs")
    snapshot.failure = failure or (FAILED if told("snapshotsFail") else None)
    return snapshot


def as_begun(snapshot):
    """A snapshot as the answer to its creation shows it: it has only begun, however long it takes."""
    twin = copy.copy(snapshot)
    twin.done_at = float("inf")
    return twin


def missing(snapshot_id: str) -> EC2ClientError:
    return EC2ClientError("InvalidSnapshot.NotFound", f"The snapshot '{snapshot_id}' does not exist.")


def create_snapshot(self, volume_id, description, owner_id=None, from_ami=None):
    snapshot = begun(_create(self, volume_id, description or "", owner_id, from_ami))
    snapshot.kms_key_id = snapshot.volume.kms_key_id
    return snapshot


def create_one(inner):
    def action(self):
        return ActionResult(as_begun(inner(self).result))

    return action


def create_several(self):
    """One moment for all volumes of an instance, with their own tags where that is asked for."""
    asked = self._get_param("InstanceSpecification", {})
    instance, backend = self.ec2_backend.get_instance(asked["InstanceId"]), self.ec2_backend
    left_out = set(asked.get("ExcludeDataVolumeIds", []))
    tags = self._parse_tag_specification().get("snapshot", {})
    made = []
    for device, block in instance.get_block_device_mapping:
        is_root = device == instance.root_device_name
        if (is_root and asked.get("ExcludeBootVolume")) or (not is_root and block.volume_id in left_out):
            continue
        snapshot = backend.create_snapshot(block.volume_id, self._get_param("Description"))
        if self._get_param("CopyTagsFromSource") == "volume":
            snapshot.add_tags({tag["key"]: tag["value"] for tag in snapshot.volume.get_tags()})
        snapshot.add_tags(tags)
        made.append(snapshot)
    if not made:
        message = f"No volumes to take snapshots of: {instance.id} has none but the excluded ones."
        raise EC2ClientError("InvalidParameterValue", message)
    for snapshot in made:
        snapshot.start_time = made[0].start_time
    return ActionResult({"Snapshots": [as_begun(snapshot) for snapshot in made]})


def get_snapshot(self, snapshot_id):
    if snapshot_id not in self.snapshots:
        raise missing(snapshot_id)
    return self.snapshots[snapshot_id]


def describe_snapshots(self, snapshot_ids=None, filters=None):
    for snapshot_id in snapshot_ids or []:
        get_snapshot(self, snapshot_id)
    return _describe(self, snapshot_ids, filters)


def of_owners(inner):
    def action(self):
        answer = inner(self)
        owners = self._get_param("OwnerIds", [])
        if owners:
            wanted = {self.current_account if owner == "self" else owner for owner in owners}
            answer.result["Snapshots"] = [one for one in answer.result["Snapshots"] if one.owner_id in wanted]
        return answer

    return action


def delete_snapshot(self, snapshot_id):
    get_snapshot(self, snapshot_id)
    return _delete(self, snapshot_id)


def cure(response_class) -> None:
    """Replaces the actions on moto's EC2 response class, and what its snapshots say of themselves."""
    Snapshot.status = Snapshot.state = property(status_of, lambda snapshot, value: None)
    Snapshot.state_message = Snapshot.status_message = property(failure_of)
    Snapshot.progress = property(lambda one: "100%" if status_of(one) == "completed" else "0%")
    EBSBackend.create_snapshot, EBSBackend.get_snapshot = create_snapshot, get_snapshot
    EBSBackend.describe_snapshots, EBSBackend.delete_snapshot = describe_snapshots, delete_snapshot
    response_class.create_snapshot = create_one(response_class.create_snapshot)
    response_class.create_snapshots = create_several
    response_class.describe_snapshots = paged("Snapshots", of_owners(response_class.describe_snapshots))
