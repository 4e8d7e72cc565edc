"""Interfaces that a launch makes, where moto 5.2.5 does otherwise than EC2: it gives them no IPv6 addresses and none of
the tags that are meant for them, and adds the groups of the launch to their own."""

import itertools

from moto.ec2.exceptions import EC2ClientError, InvalidParameterCombination
from moto.ec2.models.instances import Instance
from moto.ec2.utils import random_private_ip


def tagged(inner):
    def action(self):
        if self._get_param("NetworkInterfaces", []) and self._get_param("SecurityGroupIds", []):
            what = "Network interfaces and an instance-level security groups"
            raise InvalidParameterCombination(f"{what} may not be specified on the same request")
        check_addresses(self)
        tags = self._parse_tag_specification().get("network-interface", {})
        answer = inner(self)
        for nic in itertools.chain.from_iterable(one.nics.values() for one in answer.result.instances):
            nic.add_tags(tags)
        return answer

    return action


def check_addresses(self) -> None:
    """Before anything is launched: a subnet without such addresses has none to give."""
    specified = self._get_param("NetworkInterfaces", [])
    wanted = [(one.get("SubnetId"), one.get("Ipv6AddressCount")) for one in specified]
    for subnet_id, count in [*wanted, (self._get_param("SubnetId"), self._get_param("Ipv6AddressCount"))]:
        if subnet_id and count and not block_of(self.ec2_backend.get_subnet(subnet_id)):
            message = f"The subnet '{subnet_id}' has no IPv6 CIDR block to assign addresses from."
            raise EC2ClientError("InvalidParameterValue", message)


def block_of(subnet) -> str | None:
    blocks = [one["ipv6CidrBlock"] for one in subnet.ipv6_cidr_block_associations.values()]
    return blocks[0] if blocks else None


def with_addresses(inner):
    def prep_nics(self, nic_spec, *given, **named) -> None:
        inner(self, nic_spec, *given, **named)
        for spec in nic_spec:
            if "NetworkInterfaceId" not in spec:
                nic = self.nics[int(spec["DeviceIndex"])]
                block = block_of(nic.subnet)
                usual = 1 if block and nic.subnet.assign_ipv6_address_on_creation in (True, "true") else 0
                while len(nic.ipv6_addresses) < int(spec.get("Ipv6AddressCount", usual)):
                    nic.ipv6_addresses.append(random_private_ip(block, ipv6=True))

    return prep_nics


def address_of(instance):
    shown = instance.network_interfaces
    return shown[0].ipv6_addresses[0] if shown and shown[0].ipv6_addresses else None


def cure(response_class) -> None:
    """Wraps the action on moto's EC2 response class, and what an instance makes and shows."""
    response_class.run_instances = tagged(response_class.run_instances)
    Instance.prep_nics = with_addresses(Instance.prep_nics)
    Instance.ipv6_address = property(address_of)
