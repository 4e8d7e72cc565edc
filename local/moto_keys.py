"""Keys of KMS and what EBS does with them, where moto 5.2.5 does otherwise than AWS.

The keys that AWS manages say that the customer does; a volume keeps the alias it was given instead of the key; and an
account whose volumes are encrypted by default gets plain ones.
"""

from moto.ec2.models.elastic_block_store import EBSBackend
from moto.kms.models import Key, kms_backends

MANAGED = "alias/aws/"
EBS = "alias/aws/ebs"
_create_volume = EBSBackend.create_volume


def manager_of(key) -> str:
    return "AWS" if any(alias.startswith(MANAGED) for alias in key.aliases) else "CUSTOMER"


def key_of(backend, key_id):
    """The key by id, ARN or alias, or None."""
    kms = kms_backends[backend.account_id][backend.region_name]
    try:
        return kms.keys.get(kms.any_id_to_key_id(key_id)) if key_id else None
    except (KeyError, AttributeError, TypeError):
        return None


def default_key_of(backend):
    """The key for EBS where none is named."""
    return key_of(backend, backend.default_kms_key_id or EBS)


def create_volume(self, size, zone_name, snapshot_id=None, encrypted=False, kms_key_id=None, *more, **named):
    snapshot = self.snapshots.get(snapshot_id) if snapshot_id else None
    encrypted = encrypted or self.__dict__.get("ebs_encryption_by_default") or bool(snapshot and snapshot.encrypted)
    if encrypted:
        key = key_of(self, kms_key_id or (snapshot.kms_key_id if snapshot else None)) or default_key_of(self)
        kms_key_id = key.arn
    return _create_volume(self, size, zone_name, snapshot_id, encrypted, kms_key_id, *more, **named)


def create_default_encryption_key(self) -> str:
    self.default_kms_key_id = key_of(self, EBS).arn
    return self.default_kms_key_id


def cure() -> None:
    """Replaces what moto's keys say and what its volumes make of them."""
    Key.key_manager = property(manager_of, lambda key, value: None)
    EBSBackend.create_volume = create_volume
    EBSBackend._create_default_encryption_key = create_default_encryption_key
