"""Elastic IP addresses, where moto 5.2.5 does otherwise than EC2.

They are loopback addresses. One that is associated by interface is not found by instance; moving one leaves it shown
where it was; an instance with several interfaces takes one without saying where; and stopping loses one.
"""

import itertools

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import elastic_ip_addresses
from moto.ec2.models.elastic_ip_addresses import ElasticAddress, ElasticAddressBackend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface

from moto_instance_attributes import several_interfaces

_associate, _disassociate = ElasticAddressBackend.associate_address, ElasticAddressBackend.disassociate_address
_stop, _start, _check = NetworkInterface.stop, NetworkInterface.start, NetworkInterface.check_auto_public_ip
_numbers = itertools.count()


def next_address() -> str:
    number = next(_numbers)
    return f"18.19{number // 65536 % 8}.{number // 256 % 256}.{number % 256}"


def associate(self, instance=None, eni=None, address=None, allocation_id=None, reassociate=False):
    if instance and len(instance.nics) > 1:
        raise several_interfaces(instance)
    eni = eni or instance.nics[0]
    found = self.address_by_ip([address]) if address else self.address_by_allocation([allocation_id])
    before, [one] = found[0].eni, found
    if before and before is not eni:
        if not reassociate:
            message = f"resource {one.allocation_id} is already associated with associate-id {one.association_id}"
            raise EC2ClientError("Resource.AlreadyAssociated", message)
        self.disassociate_address(address=one.public_ip)
    _associate(self, instance=None, eni=eni, allocation_id=one.allocation_id, address=address, reassociate=True)
    one.instance = eni.instance
    return one


def disassociate(self, address=None, association_id=None):
    if association_id and not any(one.association_id == association_id for one in self.addresses):
        message = f"The association ID '{association_id}' does not exist"
        raise EC2ClientError("InvalidAssociationID.NotFound", message)
    _disassociate(self, address, association_id)


def address_of(nic):
    return next((one for one in nic.ec2_backend.addresses if one.eni is nic), None)


def stop(self) -> None:
    if address_of(self) is None:
        _stop(self)


def start(self) -> None:
    if address_of(self) is None:
        _start(self)


def check_auto_public_ip(self) -> None:
    """With a second interface, an instance gets no public address of its own back."""
    instance = self.__dict__.get("instance")
    if instance is None or len(instance.nics) < 2:
        _check(self)


def cure() -> None:
    """Replaces what moto's addresses do."""
    elastic_ip_addresses.random_ip = next_address
    ElasticAddressBackend.associate_address, ElasticAddressBackend.disassociate_address = associate, disassociate
    ElasticAddress.instance_id = property(lambda one: one.eni.instance.id if one.eni and one.eni.instance else None)
    ElasticAddress.network_interface_id = property(lambda one: one.eni.id if one.eni else None)
    NetworkInterface.stop, NetworkInterface.start = stop, start
    NetworkInterface.check_auto_public_ip = check_auto_public_ip
