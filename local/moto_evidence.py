"""Cheap evidence of a host, where moto 5.2.5 does otherwise than EC2: it has no screenshots of consoles, and calls a
flow log to CloudWatch Logs broken whose group lies in the other emulator, as all of them do here."""

from moto.core.responses import ActionResult
from moto.ec2.models.flow_logs import FlowLogs

#: A JPEG of one pixel.
PICTURE = (
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////"
    "////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)


def get_console_screenshot(self):
    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    return ActionResult({"InstanceId": instance.id, "ImageData": PICTURE})


def cure(response_class) -> None:
    """Adds the action to moto's EC2 response class."""
    response_class.get_console_screenshot = get_console_screenshot
    FlowLogs.deliver_logs_status = property(lambda log: "SUCCESS", lambda log, value: None)
    FlowLogs.deliver_logs_error_message = property(lambda log: None, lambda log, value: None)
