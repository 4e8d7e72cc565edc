"""Associations of security groups with further VPCs: moto 5.2.5 has none of their three calls.

EC2 makes and ends them in the background. Here that is done by the time of the next read.
"""

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidSecurityGroupNotFoundError, InvalidVPCIdError

from moto_security_groups import paged

FILTERS = {"group-id", "group-owner-id", "state", "vpc-id", "vpc-owner-id"}
#: By backend: an account's region has its own.
_made: dict = {}


def associations_of(self) -> dict:
    return _made.setdefault(id(self.ec2_backend), {})


def is_usable_in(backend, group, vpc_id: str) -> bool:
    """Whether the interfaces of that VPC may carry the group."""
    return group.vpc_id == vpc_id or (group.id, vpc_id) in _made.get(id(backend), {})


def both_of(self):
    """The group and the VPC that a call names."""
    group = self.ec2_backend.get_security_group_from_id(self._get_param("GroupId"))
    if group is None:
        raise InvalidSecurityGroupNotFoundError(self._get_param("GroupId"))
    vpc = self.ec2_backend.vpcs.get(self._get_param("VpcId"))
    if vpc is None:
        raise InvalidVPCIdError(self._get_param("VpcId"))
    return group, vpc


def associate(self):
    group, vpc = both_of(self)
    associations_of(self)[group.id, vpc.id] = (group, vpc)
    return ActionResult({"State": "associating"})


def disassociate(self):
    group, vpc = both_of(self)
    if associations_of(self).pop((group.id, vpc.id), None) is None:
        raise EC2ClientError("InvalidParameterValue", f"{group.id} is not associated with {vpc.id}.")
    return ActionResult({"State": "disassociating"})


def describe(self):
    filters = self._filters_from_querystring()
    if unknown := set(filters) - FILTERS:
        raise EC2ClientError("InvalidParameterValue", f"The filter '{unknown.pop()}' is invalid.")
    shown = []
    for group, vpc in associations_of(self).values():
        facts = {"group-id": group.id, "group-owner-id": group.owner_id, "state": "associated"}
        facts |= {"vpc-id": vpc.id, "vpc-owner-id": vpc.owner_id}
        if all(facts[name] in values for name, values in filters.items()):
            owners = {"GroupOwnerId": group.owner_id, "VpcOwnerId": vpc.owner_id}
            shown.append({"GroupId": group.id, "VpcId": vpc.id, "State": "associated", **owners})
    return ActionResult({"SecurityGroupVpcAssociations": shown})


def cure(response_class) -> None:
    """Adds the actions to moto's EC2 response class."""
    response_class.associate_security_group_vpc = associate
    response_class.disassociate_security_group_vpc = disassociate
    response_class.describe_security_group_vpc_associations = paged("SecurityGroupVpcAssociations", describe)
