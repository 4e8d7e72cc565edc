"""Buckets, where ministack 1.5.33 does otherwise than AWS.

CloudFormation drops object lock, the versioning that comes with it, and encryption; and it deletes a bucket that still
has objects, where AWS fails the stack. Whoever puts an object is not told its checksum, and may lock it without one.
"""

from xml.sax.saxutils import escape

from ministack.services import s3
from ministack.services.cloudformation import provisioners

_bucket = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
_create, _update, _delete = _bucket["create"], _bucket["update"], _bucket["delete"]
_put_object = s3._put_object


def settle(name: str, props: dict) -> None:
    lock = props.get("ObjectLockConfiguration") or {}
    if str(props.get("ObjectLockEnabled")).lower() == "true" or lock.get("ObjectLockEnabled") == "Enabled":
        retention = (lock.get("Rule") or {}).get("DefaultRetention") or {}
        kept = {key: int(value) if key != "Mode" else value for key, value in retention.items()}
        s3._bucket_object_lock[name] = {"enabled": True, "default_retention": kept or None}
        s3._bucket_versioning[name] = "Enabled"
    rules = (props.get("BucketEncryption") or {}).get("ServerSideEncryptionConfiguration")
    if rules:
        s3._bucket_encryption[name] = encryption_of(rules)


def encryption_of(rules: list) -> str:
    """As PutBucketEncryption stores it."""
    shown = ""
    for rule in rules:
        default = rule.get("ServerSideEncryptionByDefault") or {}
        algorithm = f"<SSEAlgorithm>{escape(default.get('SSEAlgorithm', 'AES256'))}</SSEAlgorithm>"
        key = default.get("KMSMasterKeyID")
        named = f"<KMSMasterKeyID>{escape(key)}</KMSMasterKeyID>" if key else ""
        has_key = str(rule.get("BucketKeyEnabled", False)).lower()
        shown += f"<Rule><ApplyServerSideEncryptionByDefault>{algorithm}{named}</ApplyServerSideEncryptionByDefault>"
        shown += f"<BucketKeyEnabled>{has_key}</BucketKeyEnabled></Rule>"
    opening = '<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    return f"{opening}{shown}</ServerSideEncryptionConfiguration>"


def create(logical_id, props, stack_name):
    created = _create(logical_id, props, stack_name)
    settle(created[0], props)
    return created


def update(physical_id, old_props, new_props, stack_name, *more, **named):
    updated = _update(physical_id, old_props, new_props, stack_name, *more, **named)
    settle(updated[0], new_props)
    return updated


def delete(physical_id, props):
    bucket = s3._buckets.get(physical_id)
    if bucket and (bucket["objects"] or s3._bucket_has_versions(physical_id)):
        raise ValueError(f"The bucket you tried to delete is not empty (bucket: {physical_id}).")
    _delete(physical_id, props)
    s3._bucket_object_lock.pop(physical_id, None)


def put_object(bucket_name, key, body, headers):
    has_sum = "content-md5" in headers or any(name.startswith("x-amz-checksum-") for name in headers)
    if headers.get("x-amz-object-lock-mode") and not (has_sum or "x-amz-trailer" in headers):
        what = "Content-MD5 OR x-amz-checksum- HTTP header is required"
        return s3._error("InvalidRequest", f"{what} for Put Object requests with Object Lock parameters", 400)
    status, answered, content = _put_object(bucket_name, key, body, headers)
    if status == 200:
        for name, value in (s3._buckets[bucket_name]["objects"][key].get("checksums") or {}).items():
            answered[f"x-amz-checksum-{name.lower()}"] = value
            answered["x-amz-checksum-type"] = "FULL_OBJECT"
    return status, answered, content


def cure() -> None:
    """Replaces what CloudFormation does about buckets, and what is said of an object that is put."""
    assert s3._bucket_has_versions
    s3._put_object = put_object
    _bucket.update(create=create, update=update, delete=delete)
