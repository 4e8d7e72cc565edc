"""Network interfaces, where moto 5.2.5 does otherwise than EC2.

An interface of an instance shows the groups of the launch forever, whatever it is given later; an unknown group is
made up, or crashes the call; a group of another VPC is taken; an interface can be attached twice, and to a place that
is taken; its address does not say whose it is; a group that it carries, or that a rule names, can be deleted; a tag is
given to one that is not there; and everything comes on one page.
"""

from moto.ec2.exceptions import EC2ClientError, InvalidInstanceIdError, InvalidNetworkInterfaceIdError
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface, NetworkInterfaceBackend

from moto_instance_attributes import known_groups
from moto_security_groups import paged

_attach, _association = NetworkInterfaceBackend.attach_network_interface, NetworkInterface.association
_delete_group, _exist = EC2Backend._delete_security_group, EC2Backend.do_resources_exist


def created_in_its_vpc(inner):
    def action(self):
        subnet = self.ec2_backend.get_subnet(self._get_param("SubnetId"))
        known_groups(self.ec2_backend, self._get_param("Groups", []), subnet.vpc_id)
        return inner(self)

    return action


def modified_in_its_vpc(inner):
    def action(self):
        nic = self.ec2_backend.get_network_interface(self._get_param("NetworkInterfaceId"))
        known_groups(self.ec2_backend, self._get_param("Groups", []), nic.vpc_id)
        ends = self._get_param("Attachment.DeleteOnTermination")
        if ends is not None:
            nic.delete_on_termination = ends
        return inner(self)

    return action


def attach(self, eni_id, instance_id, device_index):
    nic, instance = self.get_network_interface(eni_id), self.get_instance(instance_id)
    if nic.attachment_id:
        raise EC2ClientError("InvalidNetworkInterface.InUse", f"Interface: [{eni_id}] in use.")
    if int(device_index) in instance.nics:
        message = f"Instance '{instance_id}' already has an interface attached at device index '{device_index}'."
        raise EC2ClientError("InvalidParameterValue", message)
    return _attach(self, eni_id, instance_id, device_index)


def delete_group(self, vpc_id, group_id) -> None:
    group = self.get_security_group_from_id(group_id)
    if group.name == "default":
        message = f'the specified group: "{group_id}" name: "default" cannot be deleted by a user'
        raise EC2ClientError("CannotDelete", message)
    others = [one for members in self.groups.values() for one in members.values() if one is not group]
    rules = [rule for one in others for rule in [*one.ingress_rules, *one.egress_rules]]
    named = any((rule.source_group or {}).get("GroupId") == group_id for rule in rules)
    if named or any(group in nic._group_set for nic in self.enis.values()):
        raise EC2ClientError("DependencyViolation", f"resource {group_id} has a dependent object")
    _delete_group(self, vpc_id, group_id)


def exist(self, resource_ids) -> bool:
    for resource_id in resource_ids:
        if resource_id.startswith("i-") and self.get_instance_by_id(resource_id) is None:
            raise InvalidInstanceIdError(resource_id)
        if resource_id.startswith("eni-") and resource_id not in self.enis:
            raise InvalidNetworkInterfaceIdError(resource_id)
    return _exist(self, resource_ids)


def association(nic):
    """An Elastic IP belongs to the account, and what EC2 has lent of its own to Amazon."""
    shown = _association.fget(nic)
    if not shown:
        return None
    owner = nic.ec2_backend.account_id if shown.get("allocationId") else "amazon"
    names = {"PublicIp": "publicIp", "AllocationId": "allocationId", "AssociationId": "associationId"}
    return {**{name: shown[key] for name, key in names.items() if shown.get(key)}, "IpOwnerId": owner}


def cure(response_class) -> None:
    """Replaces the actions on moto's EC2 response class."""
    NetworkInterface.group_set = property(lambda nic: list(nic._group_set))
    NetworkInterface.association = property(association)
    NetworkInterfaceBackend.attach_network_interface = attach
    EC2Backend._delete_security_group, EC2Backend.do_resources_exist = delete_group, exist
    create, modify = response_class.create_network_interface, response_class.modify_network_interface_attribute
    response_class.create_network_interface = created_in_its_vpc(create)
    response_class.modify_network_interface_attribute = modified_in_its_vpc(modify)
    described = paged("NetworkInterfaces", response_class.describe_network_interfaces)
    response_class.describe_network_interfaces = described
