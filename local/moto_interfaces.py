"""Network interfaces, where moto 5.2.5 does otherwise than EC2.

An interface of an instance shows the groups of the launch forever, whatever it is given later; an unknown group is
made up, or crashes the call; and everything comes on one page.
"""

from moto.ec2.exceptions import InvalidSecurityGroupNotFoundError
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import InstanceBackend

from moto_security_groups import paged


def with_known_groups(inner):
    def action(self):
        for group_id in self._get_param("Groups", []):
            if self.ec2_backend.get_security_group_from_id(group_id) is None:
                raise InvalidSecurityGroupNotFoundError(group_id)
        return inner(self)

    return action


def on_the_interface(inner):
    """ModifyInstanceAttribute changes the groups of the instance's interface; moto looks at the instance alone."""

    def modify(self, instance_id, new_group_id_list):
        instance = inner(self, instance_id, new_group_id_list)
        instance.nics[0]._group_set = list(instance.security_groups)
        return instance

    return modify


def cure(response_class) -> None:
    """Replaces the actions on moto's EC2 response class."""
    NetworkInterface.group_set = property(lambda interface: list(interface._group_set))
    inner = InstanceBackend.modify_instance_security_groups
    InstanceBackend.modify_instance_security_groups = on_the_interface(inner)
    for name in ("create_network_interface", "modify_network_interface_attribute"):
        setattr(response_class, name, with_known_groups(getattr(response_class, name)))
    described = paged("NetworkInterfaces", response_class.describe_network_interfaces)
    response_class.describe_network_interfaces = described
