"""Target groups, where moto 5.2.5 does otherwise than Elastic Load Balancing.

One target cannot stand in a group with two ports; taking out what is not there is refused; and what is taken out is
gone at once, where AWS lets it drain (`drainMs`, see moto_settling.py) and says so.
"""

from moto.elbv2.exceptions import TargetNotRunning
from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup

from moto_settling import done_at, is_done

DRAINING = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
UNUSED = ("unused", "Target.NotRegistered", "Target is not registered to the target group")
STOPPED = ("unused", "Target.InvalidState", "Target is in the stopped state")
_init = FakeTargetGroup.__init__


def init(self, *given, **named) -> None:
    _init(self, *given, **named)
    #: When each target that was taken out has drained, by its key.
    self.draining = {}


def keys_of(self, target: dict) -> list:
    """The registered targets that are meant: all ports of one, where none is named."""
    port = int(target["Port"]) if target.get("Port") else None
    return [key for key, one in self.targets.items() if one["Id"] == target["Id"] and port in (None, one["Port"])]


def port_of(self, target: dict) -> int:
    return int(target.get("Port") or self.port)


def register(self, targets: list) -> None:
    for target in targets:
        instance = self.ec2_backend.get_instance_by_id(target["Id"])
        if instance is not None and instance.state != "running":
            raise TargetNotRunning(instance_id=target["Id"])
        key = f"{target['Id']}:{port_of(self, target)}"
        zone = {"AvailabilityZone": target["AvailabilityZone"]} if target.get("AvailabilityZone") else {}
        self.targets[key] = {"Id": target["Id"], "Port": port_of(self, target), **zone}
        self.draining.pop(key, None)


def deregister(self, targets: list) -> None:
    for target in targets:
        for key in keys_of(self, target):
            self.draining[key] = (done_at("drainMs"), self.targets.pop(key))


def deregister_ended(self, instance_ids: list) -> None:
    deregister(self, [{"Id": one} for one in instance_ids])


def still_draining(self) -> list:
    return [target for until, target in self.draining.values() if not is_done(until)]


def health_for(self, target: dict, ec2_backend):
    port = port_of(self, target)
    instance = ec2_backend.get_instance_by_id(target["Id"])
    about = (target["Id"], port, self.health_check_port)
    if found := self.targets.get(f"{target['Id']}:{port}"):
        health = FakeHealthStatus(*about, *(STOPPED if instance and instance.state == "stopped" else ("healthy",)))
        health.zone = found.get("AvailabilityZone")
        return health
    is_draining = any((one["Id"], one["Port"]) == (target["Id"], port) for one in still_draining(self))
    return FakeHealthStatus(*about, *(DRAINING if is_draining else UNUSED))


def target_of(health) -> dict:
    zone = getattr(health, "zone", None)
    return {"Id": health.instance_id, "Port": health.port, **({"AvailabilityZone": zone} if zone else {})}


def with_draining(inner):
    def describe(self, target_group_arn, targets):
        group = self.target_groups.get(target_group_arn)
        if group is not None and not targets:
            targets = [*group.targets.values(), *still_draining(group)]
            if not targets:
                return []
        return inner(self, target_group_arn, targets)

    return describe


def cure(backend_class) -> None:
    """Replaces what moto's target groups do."""
    FakeTargetGroup.__init__ = init
    FakeTargetGroup.register, FakeTargetGroup.deregister = register, deregister
    FakeTargetGroup.deregister_terminated_instances = deregister_ended
    FakeTargetGroup.health_for, FakeHealthStatus.target = health_for, property(target_of)
    backend_class.describe_target_health = with_draining(backend_class.describe_target_health)
