"""Instances, where moto 5.2.5 does otherwise than EC2: how they are launched, stopped and ended, and what they show.

A launch forgets termination protection, all profiles but the first instance's, that of a template, and the root volume
beside a further one, and keeps its interfaces at the end. An instance shows the groups of its launch forever and the
association in place of its profile. Ending one of several protected instances ends those before it, ending one twice
crashes, and a one-time Spot Instance can be stopped.
"""

from moto.ec2.exceptions import (
    EC2ClientError,
    InvalidSecurityGroupNotFoundError,
    OperationDisableApiStopNotPermitted,
    OperationNotPermitted4,
)
from moto.ec2.models.elastic_block_store import VolumeAttachment
from moto.ec2.models.instances import Instance, InstanceBackend

from moto_vpc_associations import is_usable_in

_terminate, _terminate_all = Instance.terminate, InstanceBackend.terminate_instances
_stop_all, _network_interfaces = InstanceBackend.stop_instances, Instance.network_interfaces
_prep_nics, _run = Instance.prep_nics, InstanceBackend.run_instances


def launch(inner):
    """RunInstances: refuses groups that do not fit the subnet, and keeps what moto forgets."""

    def action(self):
        check_groups(self)
        answer = inner(self)
        instances = answer.result.instances
        market = self._get_param("InstanceMarketOptions", {}).get("SpotOptions", {})
        profile = self._get_param("IamInstanceProfile", {})
        for place, instance in enumerate(instances):
            instance.disable_api_termination = bool(self._get_param("DisableApiTermination", False))
            instance.is_persistent = market.get("SpotInstanceType") == "persistent"
            if profile and place > 0:
                self.ec2_backend.associate_iam_instance_profile(instance.id, profile.get("Name"), profile.get("Arn"))
        return answer

    return action


def run_instances(self, image_id, count, user_data, security_group_names, **more):
    """Gives what is launched from a template the profile that the template names."""
    reservation = _run(self, image_id, count, user_data, security_group_names, **more)
    template = more.get("launch_template")
    profile = self._get_template_from_args(template).data.get("IamInstanceProfile") if template else None
    for instance in reservation.instances if profile else []:
        self.associate_iam_instance_profile(instance.id, profile.get("Name"), profile.get("Arn"))
    return reservation


def check_groups(self) -> None:
    backend, subnet_id = self.ec2_backend, self._get_param("SubnetId")
    specified = self._get_param("NetworkInterfaces", [])
    places = [(spec.get("SubnetId") or subnet_id, spec.get("Groups", [])) for spec in specified]
    for place, group_ids in [*places, (subnet_id, self._get_param("SecurityGroupIds", []))]:
        for group_id in group_ids:
            group = backend.get_security_group_from_id(group_id)
            if group is None:
                raise InvalidSecurityGroupNotFoundError(group_id)
            if place and not is_usable_in(backend, group, backend.get_subnet(place).vpc_id):
                message = f"Security group {group_id} and subnet {place} belong to different networks."
                raise EC2ClientError("InvalidParameter", message)


def with_root_volume(inner):
    """EC2 makes the root volume whatever other volumes a launch asks for, and lets it end with the instance."""

    def parse(self):
        mappings = inner(self)
        if not mappings:
            return mappings
        images = self.ec2_backend.describe_images(filters={"image-id": self._get_param("ImageId")})
        root = images[0].root_device_name if images else "/dev/sda1"
        given = {one["DeviceName"]: one.get("Ebs", {}) for one in self._get_param("BlockDeviceMappings", [])}
        if root not in given:
            ebs = {"SnapshotId": None, "VolumeSize": 8, "DeleteOnTermination": True, "VolumeType": None}
            return [{"DeviceName": root, "Ebs": {**ebs, "Encrypted": False, "KmsKeyId": None}}, *mappings]
        for mapping in mappings:
            if mapping["DeviceName"] == root and "DeleteOnTermination" not in given[root]:
                mapping["Ebs"]["DeleteOnTermination"] = True
        return mappings

    return parse


def setup_defaults(self) -> None:
    volume = self.ec2_backend.create_volume(size=8, zone_name=self._placement.zone)
    self.ec2_backend.attach_volume(volume.id, self.id, self.root_device_name, True)


def prep_nics(self, nic_spec, *given, **named) -> None:
    """An interface that is made by the launch ends with the instance, unless it is said otherwise. One of several gets
    no public address by the habit of its subnet."""
    for spec in nic_spec:
        if "NetworkInterfaceId" not in spec:
            spec.setdefault("DeleteOnTermination", True)
        if len(nic_spec) > 1:
            spec.setdefault("AssociatePublicIpAddress", False)
    _prep_nics(self, nic_spec, *given, **named)
    if not nic_spec:
        self.nics[0].delete_on_termination = True


def terminate(self):
    """An ended instance lets go of its addresses and of the interfaces that stay."""
    if self.state == "terminated":
        return self._state
    for address in [one for one in self.ec2_backend.addresses if one.eni in self.nics.values()]:
        self.ec2_backend.disassociate_address(address=address.public_ip)
    previous = _terminate(self)
    for nic in self.nics.values():
        nic.instance = nic.attachment_id = nic.attach_time = None
        nic.status = "available"
    return previous


def terminate_instances(self, instance_ids):
    """None is ended where one is protected. Stop protection protects from this too."""
    for instance in self.get_multi_instances_by_id(instance_ids):
        if instance.disable_api_termination:
            raise OperationNotPermitted4(instance.id)
        if instance.disable_api_stop:
            raise OperationDisableApiStopNotPermitted(instance.id)
    return _terminate_all(self, instance_ids)


def stop_instances(self, instance_ids):
    for instance in self.get_multi_instances_by_id(instance_ids):
        if instance.disable_api_stop:
            message = f"The instance '{instance.id}' may not be stopped. Modify its 'disableApiStop' instance attribute"
            raise EC2ClientError("OperationNotPermitted", f"{message} and try again.")
        if instance.lifecycle == "spot" and not getattr(instance, "is_persistent", False):
            message = f"You can't stop the Spot Instance '{instance.id}' because it is associated with a one-time Spot"
            asked = "You can only stop Spot Instances associated with persistent Spot Instance requests."
            raise EC2ClientError("UnsupportedOperation", f"{message} Instance request. {asked}")
    return _stop_all(self, instance_ids)


def groups_of(instance) -> list:
    nics = instance.__dict__.get("nics")
    return nics[0]._group_set if nics and 0 in nics else instance.__dict__.get("launch_groups", [])


def profile_of(instance):
    association = instance.ec2_backend.iam_instance_profile_associations.get(instance.id)
    profile = association and association.iam_instance_profile
    return {"Arn": profile.arn, "Id": profile.id} if profile else None


def reason_of(instance):
    """A running instance has none."""
    reason = instance.__dict__.get("reason")
    return reason if reason and reason.code else None


def ends_with_instance(attachment) -> bool:
    block = attachment.instance.block_device_mapping.get(attachment.device)
    return bool(block and block.delete_on_termination)


def interfaces_of(instance) -> list:
    return [] if instance.state == "terminated" else _network_interfaces.fget(instance)


def cure(response_class) -> None:
    """Replaces the actions on moto's EC2 response class, and what moto's instances do and show."""
    response_class.run_instances = launch(response_class.run_instances)
    parse = response_class._parse_block_device_mapping
    response_class._parse_block_device_mapping = with_root_volume(parse)
    Instance.security_groups = property(groups_of, lambda one, groups: one.__dict__.update(launch_groups=groups))
    Instance.iam_instance_profile = property(profile_of, lambda one, profile: None)
    Instance.network_interfaces = property(interfaces_of)
    Instance.state_reason = property(reason_of, lambda one, reason: one.__dict__.update(reason=reason))
    VolumeAttachment.delete_on_termination = property(ends_with_instance)
    Instance.terminate, Instance.setup_defaults, Instance.prep_nics = terminate, setup_defaults, prep_nics
    InstanceBackend.terminate_instances, InstanceBackend.stop_instances = terminate_instances, stop_instances
    InstanceBackend.run_instances = run_instances
