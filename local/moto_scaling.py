"""Auto Scaling groups, where moto 5.2.5 does otherwise than AWS.

They go below their minimum and above their maximum; what stands by is ended first when a group shrinks, and stays with
its target groups; a detached instance still belongs to its old group; standing by is done at once (`standbyMs`, see
moto_settling.py); and an unknown group or instance crashes the call.
"""

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState

from moto_settling import done_at, is_done

_enter, _exit = AutoScalingBackend.enter_standby_instances, AutoScalingBackend.exit_standby_instances
_attach, _detach = AutoScalingBackend.attach_instances, AutoScalingBackend.detach_instances
_set_desired, _refresh = FakeAutoScalingGroup.set_desired_capacity, AutoScalingBackend.update_attached_target_groups
ON_THE_WAY = {"Standby": "EnteringStandby", "InService": "Pending"}


def state_of(one: InstanceState) -> str:
    state = one.__dict__["state"]
    return state if is_done(one.__dict__.get("done_at", 0)) else ON_THE_WAY[state]


def set_state(one: InstanceState, state: str) -> None:
    if one.__dict__.get("state") not in (None, state):
        one.done_at = done_at("standbyMs")
    one.__dict__["state"] = state


def group_of(self, name: str):
    if name not in self.autoscaling_groups:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return self.autoscaling_groups[name]


def members_of(self, name: str, instance_ids: list, state=None) -> list:
    group = group_of(self, name)
    members = {one.instance_id: one for one in group.instance_states}
    for instance_id in instance_ids:
        if instance_id not in members:
            raise ValidationError(f"The instance {instance_id} is not part of Auto Scaling group {name}.")
        if state and members[instance_id].lifecycle_state != state:
            raise ValidationError(f"The instance {instance_id} is not in {state}.")
    return [members[instance_id] for instance_id in instance_ids]


def check_sizes(group, change: int, doing: str) -> None:
    size = group.desired_capacity + change
    if group.min_size <= size <= group.max_size:
        return
    count = abs(change)
    sizes = f"min-size={group.min_size}, max-size={group.max_size}, and desired-size={group.desired_capacity}"
    asked = f"To {doing} {count} instance{'' if count == 1 else 's'}"
    raise ValidationError(
        f"AutoScalingGroup {group.name} has {sizes}. {asked}, please update the AutoScalingGroup sizes appropriately."
    )


def enter_standby(self, group_name, instance_ids, should_decrement):
    members_of(self, group_name, instance_ids, "InService")
    group = group_of(self, group_name)
    if should_decrement:
        check_sizes(group, -len(instance_ids), "place into standby")
    activities = _enter(self, group_name, instance_ids, should_decrement)
    leave_targets(self, group, instance_ids)
    return activities


def exit_standby(self, group_name, instance_ids):
    members_of(self, group_name, instance_ids, "Standby")
    check_sizes(group_of(self, group_name), len(instance_ids), "move out of standby")
    return _exit(self, group_name, instance_ids)


def attach(self, group_name, instance_ids):
    group = group_of(self, group_name)
    for instance_id in instance_ids:
        instance = self.ec2_backend.get_instance_by_id(instance_id)
        if instance is None:
            raise ValidationError(f"Invalid Instance ID(s): [{instance_id}] specified.")
        if instance.state != "running":
            raise ValidationError(f"Instance {instance_id} is not in correct state (running) to be attached.")
        if any(instance is one.instance for other in self.autoscaling_groups.values() for one in other.instances):
            raise ValidationError(f"Instance {instance_id} is already part of an AutoScalingGroup.")
    check_sizes(group, len(instance_ids), "attach")
    wanted = group.desired_capacity + len(instance_ids)
    # moto counts what stands by against the largest size.
    largest, group.max_size = group.max_size, len(group.instance_states) + len(instance_ids)
    try:
        _attach(self, group_name, instance_ids)
    finally:
        group.max_size = largest
    group.desired_capacity = wanted


def detach(self, group_name, instance_ids, should_decrement):
    members = members_of(self, group_name, instance_ids)
    group = group_of(self, group_name)
    if should_decrement:
        # What stands by is not counted as wanted any more.
        counted = [one for one in members if one.lifecycle_state == "InService"]
        check_sizes(group, -len(counted), "detach")
        group.desired_capacity -= len(counted)
    activities = _detach(self, group_name, instance_ids, False)
    leave_targets(self, group, instance_ids)
    for one in members:
        del one.instance.autoscaling_group
    return activities


def leave_targets(self, group, instance_ids: list) -> None:
    for arn in group.target_group_arns:
        targets = self.elbv2_backend.target_groups.get(arn)
        if targets is not None:
            targets.deregister([{"Id": instance_id} for instance_id in instance_ids])


def in_service_only(inner, running: bool = False):
    """What stands by, or is on its way there, is neither ended with the surplus nor given to the target groups."""

    def action(self, *given):
        group = self if isinstance(self, FakeAutoScalingGroup) else group_of(self, given[0])
        counted = [one for one in active(group) if not running or one.instance.state == "running"]
        aside = [one for one in group.instance_states if one not in counted]
        group.instance_states = [one for one in group.instance_states if one not in aside]
        try:
            return inner(self, *given)
        finally:
            group.instance_states = [*group.instance_states, *aside]

    return action


def active(group) -> list:
    return [one for one in group.instance_states if one.__dict__["state"] == "InService"]


def cure() -> None:
    """Replaces what moto's groups do."""
    InstanceState.lifecycle_state = property(state_of, set_state)
    FakeAutoScalingGroup.active_instances = active
    FakeAutoScalingGroup.set_desired_capacity = in_service_only(_set_desired)
    AutoScalingBackend.update_attached_target_groups = in_service_only(_refresh, running=True)
    AutoScalingBackend.enter_standby_instances, AutoScalingBackend.exit_standby_instances = enter_standby, exit_standby
    AutoScalingBackend.attach_instances, AutoScalingBackend.detach_instances = attach, detach
