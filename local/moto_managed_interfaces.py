"""Network interfaces that a service of AWS has made and manages, such as those of a load balancer or of a task.

The front door names them in `x-local-managed` with every EC2 call while the switch `managedInterfaces` is on. They say
so of themselves, and no customer can change, detach or delete them.
"""

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_network_interfaces import NetworkInterface

import moto_refusals

CHANGES = (
    "AssignIpv6Addresses",
    "AssignPrivateIpAddresses",
    "AttachNetworkInterface",
    "DeleteNetworkInterface",
    "DetachNetworkInterface",
    "ModifyNetworkInterfaceAttribute",
    "ResetNetworkInterfaceAttribute",
)
#: An AWS service shows up by the id of a principal of its own, or by its name.
REQUESTER = "amazon-aws"

# One call runs at a time (see moto_launcher.py), and this holds what its header says.
_managed: set = set()


def refuse_change(self) -> None:
    if self._get_action() not in CHANGES:
        return
    named, attachment = self._get_param("NetworkInterfaceId"), self._get_param("AttachmentId")
    attached = [nic.id for nic in self.ec2_backend.enis.values() if attachment and nic.attachment_id == attachment]
    if _managed & {named, *attached}:
        raise EC2ClientError("AuthFailure", "You do not have permission to access the specified resource.")


def install(response_class) -> None:
    """Wraps the dispatch of EC2 calls, and makes what an interface says of itself depend on the call's header."""
    own = "AIDALOCALREQUESTER000"
    NetworkInterface.requester_managed = property(lambda nic: nic.id in _managed, lambda nic, value: None)
    NetworkInterface.requester_id = property(
        lambda nic: REQUESTER if nic.id in _managed else own, lambda nic, value: None
    )
    moto_refusals.heed(response_class, "x-local-managed", _managed, set, refuse_change)
