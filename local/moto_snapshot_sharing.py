"""Copies of snapshots and who may use them, where moto 5.2.5 does otherwise than EC2.

A copy keeps the encryption and the volume of its source, whatever is asked; a snapshot that is not complete can be
copied; any snapshot can be shared; and `CreateVolumePermission` is not looked at.
"""

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError, InvalidParameterDependency
from moto.ec2.models.elastic_block_store import Snapshot
from moto.ec2.utils import random_snapshot_id

from moto_keys import default_key_of, key_of
from moto_snapshots import begun, missing

#: The volume of every copy, which no volume has.
COPIED = "vol-ffffffff"
_volume_id = Snapshot.volume_id


def copy_snapshot(self):
    from moto.ec2.models import ec2_backends

    backend, key_id = self.ec2_backend, self._get_param("KmsKeyId")
    source_id, source_region = self._get_param("SourceSnapshotId"), self._get_param("SourceRegion")
    source = ec2_backends[self.current_account][source_region].snapshots.get(source_id)
    if source is None:
        raise missing(source_id)
    if source.status != "completed":
        raise EC2ClientError("IncorrectState", f"Snapshot is in invalid state - {source.status}")
    if key_id and not self._get_param("Encrypted"):
        raise InvalidParameterDependency("KmsKeyId", "Encrypted")
    is_encrypted = source.encrypted or bool(self._get_param("Encrypted")) or backend.ebs_encryption_by_default
    key = (key_of(backend, key_id) if key_id else default_key_of(backend)) if is_encrypted else None
    made = Snapshot(
        backend,
        random_snapshot_id(),
        volume=source.volume,
        description=self._get_param("Description") or "",
        encrypted=is_encrypted,
        kms_key_id=key.arn if key else key_id,
    )
    # EC2 looks at the key later, and the copy fails then.
    usable = key is None or key.key_state == "Enabled"
    begun(made, None if usable and (key or not key_id) else "Given key ID is not accessible")
    made.is_copy = True
    backend.snapshots[made.id] = made
    made.add_tags(self._parse_tag_specification().get("snapshot", {}))
    return ActionResult({"SnapshotId": made.id, "Tags": made.tag_set})


def modify_attribute(self):
    snapshot = self.ec2_backend.get_snapshot(self._get_param("SnapshotId"))
    asked = self._get_param("CreateVolumePermission", {})
    older = {"UserIds": self._get_param("UserIds", []), "Groups": self._get_param("GroupNames", [])}
    operation = self._get_param("OperationType")
    changes = {kind.lower(): asked.get(kind, []) for kind in ("Add", "Remove")}
    if operation:
        changes[operation] = changes.get(operation, []) + [{"UserId": one} for one in older["UserIds"]]
        changes[operation] += [{"Group": one} for one in older["Groups"]]
    if not any(changes.values()):
        raise EC2ClientError("InvalidParameterCombination", "No changes to the permissions of the snapshot specified.")
    if changes["add"]:
        check_shareable(self.ec2_backend, snapshot, changes["add"])
    for one in changes["remove"]:
        snapshot.create_volume_permission_userids.discard(one.get("UserId"))
        snapshot.create_volume_permission_groups.discard(one.get("Group"))
    for one in changes["add"]:
        if one.get("UserId"):
            snapshot.create_volume_permission_userids.add(one["UserId"])
        else:
            snapshot.create_volume_permission_groups.add(one["Group"])
    return EmptyResult()


def check_shareable(backend, snapshot, added: list) -> None:
    if not snapshot.encrypted:
        return
    key = key_of(backend, snapshot.kms_key_id)
    if key is None or key.key_manager == "AWS":
        message = "Encrypted snapshots with EBS default key cannot be shared"
        raise EC2ClientError("OperationNotPermitted", message)
    if any(one.get("Group") for one in added):
        raise EC2ClientError("OperationNotPermitted", "Encrypted snapshots cannot be shared publicly")


def reset_attribute(self):
    snapshot = self.ec2_backend.get_snapshot(self._get_param("SnapshotId"))
    snapshot.create_volume_permission_userids.clear()
    snapshot.create_volume_permission_groups.clear()
    return EmptyResult()


def cure(response_class) -> None:
    """Replaces the actions on moto's EC2 response class."""
    Snapshot.volume_id = property(lambda one: COPIED if getattr(one, "is_copy", False) else _volume_id.fget(one))
    response_class.copy_snapshot = copy_snapshot
    response_class.modify_snapshot_attribute = modify_attribute
    response_class.reset_snapshot_attribute = reset_attribute
