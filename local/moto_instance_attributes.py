"""Attributes of instances, where moto 5.2.5 does otherwise than EC2.

Setting the shutdown behaviour takes all groups away instead; an unknown device crashes; groups can be set on an
instance with several interfaces, where EC2 wants the interface named; and the block devices cannot be read.
"""

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores
from moto.ec2.exceptions import EC2ClientError, InvalidSecurityGroupNotFoundError

from moto_vpc_associations import is_usable_in

VALUES = (
    "DisableApiStop",
    "DisableApiTermination",
    "EbsOptimized",
    "InstanceInitiatedShutdownBehavior",
    "InstanceType",
    "Kernel",
    "Ramdisk",
    "SourceDestCheck",
    "SriovNetSupport",
    "UserData",
)
BOOLEANS = {"DisableApiStop", "DisableApiTermination", "EbsOptimized", "SourceDestCheck"}
BEHAVIOURS = ("stop", "terminate")


def modify(self):
    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    values = {name: self._get_param(f"{name}.Value") for name in VALUES if self._get_param(f"{name}.Value") is not None}
    if named := self._get_param("Attribute"):
        # The older form, beside which the devices stand as they do in the newer one.
        value = self._get_param("Value")
        values |= {named[0].upper() + named[1:]: value} if value is not None else {}
    devices, groups = self._get_param("BlockDeviceMappings", []), self._get_param("Groups", [])
    kinds = [*values, *(["BlockDeviceMapping"] if devices else []), *(["GroupId"] if groups else [])]
    if len(kinds) > 1:
        message = f"Fields for multiple attribute types specified: {', '.join(kinds)}"
        raise EC2ClientError("InvalidParameterCombination", message)
    if not kinds:
        raise EC2ClientError("InvalidParameterCombination", "No attributes specified.")
    for name, value in values.items():
        set_value(instance, name, value)
    keep_devices(instance, devices)
    if groups:
        set_groups(self.ec2_backend, instance, groups)
    return EmptyResult()


def set_value(instance, name: str, value) -> None:
    if name == "InstanceInitiatedShutdownBehavior" and value not in BEHAVIOURS:
        message = f"Value ({value}) for parameter instanceInitiatedShutdownBehavior is invalid."
        raise EC2ClientError("InvalidParameterValue", message)
    if name == "DisableApiTermination" and instance.lifecycle == "spot":
        message = "Modifying 'disableApiTermination' is not supported for spot instances."
        raise EC2ClientError("UnsupportedOperation", message)
    if name.startswith("DisableApi") and instance.state == "terminated":
        message = f"The instance '{instance.id}' is not in a state in which its protection can be changed."
        raise EC2ClientError("IncorrectInstanceState", message)
    if name == "SourceDestCheck" and len(instance.nics) > 1:
        raise several_interfaces(instance)
    is_true = str(value).lower() == "true"
    setattr(instance, camelcase_to_underscores(name), is_true if name in BOOLEANS else value)


def keep_devices(instance, devices: list) -> None:
    for device in devices:
        if device["DeviceName"] not in instance.block_device_mapping:
            message = f"No device is currently mapped at {device['DeviceName']}"
            raise EC2ClientError("InvalidInstanceAttributeValue", message)
    for device in devices:
        ends = device.get("Ebs", {}).get("DeleteOnTermination")
        if ends is not None:
            instance.block_device_mapping[device["DeviceName"]].delete_on_termination = ends


def set_groups(backend, instance, group_ids: list) -> None:
    if len(instance.nics) > 1:
        raise several_interfaces(instance)
    instance.nics[0]._group_set = known_groups(backend, group_ids, instance.vpc_id)


def known_groups(backend, group_ids: list, vpc_id: str) -> list:
    """The groups of these ids, where an interface of that VPC may carry all of them."""
    groups = []
    for group_id in group_ids:
        group = backend.get_security_group_from_id(group_id)
        if group is None:
            raise InvalidSecurityGroupNotFoundError(group_id)
        if not is_usable_in(backend, group, vpc_id):
            message = "You have specified two resources that belong to different networks."
            raise EC2ClientError("InvalidGroup.NotFound", message)
        groups.append(group)
    return groups


def several_interfaces(instance) -> EC2ClientError:
    message = f"There are multiple interfaces attached to instance '{instance.id}'."
    return EC2ClientError("InvalidInstanceID", f"{message} Please specify an interface ID for the operation instead.")


def describe(inner):
    def action(self):
        if self._get_param("Attribute") != "blockDeviceMapping":
            return inner(self)
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        return ActionResult({"InstanceId": instance.id, "BlockDeviceMappings": instance.block_device_mappings})

    return action


def cure(response_class) -> None:
    """Replaces the actions on moto's EC2 response class."""
    response_class.modify_instance_attribute = modify
    response_class.describe_instance_attribute = describe(response_class.describe_instance_attribute)
