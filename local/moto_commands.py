"""Commands of Systems Manager, where moto 5.2.5 does otherwise than AWS.

A command for some instances goes to all of them; it goes to instances that nobody manages; and what came of it cannot
be listed. Here an instance is managed while it runs and has an instance profile, as its agent needs one.
"""

from moto.core.responses import ActionResult
from moto.ec2 import ec2_backends
from moto.ssm.exceptions import SSMException
from moto.ssm.models import Command, SimpleSystemManagerBackend

_targeted, _send = Command._get_instance_ids_from_targets, SimpleSystemManagerBackend.send_command


def targeted(self) -> list:
    return _targeted(self) if self.targets else []


def managed_in(account: str, region: str) -> list:
    instances = ec2_backends[account][region].all_instances()
    return [one for one in instances if one.state == "running" and one.iam_instance_profile]


def send(self, **asked):
    managed = {one.id for one in managed_in(self.account_id, self.region_name)}
    unknown = [instance_id for instance_id in asked["instance_ids"] or [] if instance_id not in managed]
    if unknown:
        named = ", ".join(unknown)
        message = f"Instances [[{named}]] not in a valid state for account {self.account_id}"
        raise SSMException("InvalidInstanceId", message)
    return _send(self, **asked)


def begun(inner):
    """The answer to a command is never more than that it waits."""

    def action(self):
        command = inner(self).result["Command"]
        return ActionResult({"Command": {**command, "Status": "Pending", "StatusDetails": "Pending"}})

    return action


def list_invocations(self):
    command_id, instance_id = self._get_param("CommandId"), self._get_param("InstanceId")
    commands = self.ssm_backend.list_commands(command_id, None)
    found = []
    for command in commands:
        for one in command.invocations:
            if instance_id in (None, one["InstanceId"]):
                found.append(shown(command, one, self._get_param("Details", False)))
    return ActionResult({"CommandInvocations": found})


def shown(command, one: dict, with_details: bool) -> dict:
    at = command.requested_date_time
    same = {name: one[name] for name in ("CommandId", "InstanceId", "Comment", "DocumentName")}
    status = {"Status": one["Status"], "StatusDetails": one["StatusDetails"]}
    outputs = {"StandardOutputUrl": "", "StandardErrorUrl": ""}
    plugin = {"Name": one["PluginName"], "ResponseCode": 0, "ResponseStartDateTime": at, "ResponseFinishDateTime": at}
    plugins = [{**plugin, **status, **outputs, "Output": one["StandardOutputContent"]}] if with_details else []
    return {**same, **status, **outputs, "RequestedDateTime": at, "TraceOutput": "", "CommandPlugins": plugins}


def describe_information(self):
    wanted = {
        value
        for one in self._get_param("Filters", [])
        if one["Key"] == "InstanceIds"
        for value in one.get("Values", [])
    }
    instances = managed_in(self.current_account, self.region)
    found = [
        {
            "InstanceId": one.id,
            "PingStatus": "Online",
            "AgentVersion": "3.3.2299.0",
            "PlatformType": "Linux",
            "ResourceType": "EC2Instance",
            "IPAddress": one.private_ip_address,
        }
        for one in instances
        if not wanted or one.id in wanted
    ]
    return ActionResult({"InstanceInformationList": found})


def cure(response_class) -> None:
    """Replaces and adds the actions on moto's response class of Systems Manager."""
    Command._get_instance_ids_from_targets = targeted
    SimpleSystemManagerBackend.send_command = send
    response_class.send_command = begun(response_class.send_command)
    response_class.list_command_invocations = list_invocations
    response_class.describe_instance_information = describe_information
