"""The end of an instance takes its time on EC2, and is done at once in moto 5.2.5.

How long is the front door's to say (`terminateMs`, see moto_settling.py). Until then the instance is `shutting-down`, and
its interface is there, with its groups. What is ended cannot be started again. And a guest can end itself: then EC2's
reason is another one, nobody has made a call, and no protection holds.
"""

import copy

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import Instance, InstanceBackend, StateReason

from moto_instance_news import tell
from moto_settling import done_at, is_done, told

OWN_END = ("Client.InstanceInitiatedShutdown: Instance initiated shutdown", "Client.InstanceInitiatedShutdown")
#: What is shutting down: when it will have ended, and what ends it then.
_ending: list = []


def in_its_time(inner):
    def end(self) -> None:
        reason = self.state_reason
        inner(self)
        if reason and reason.code == OWN_END[1]:
            self.state_reason = reason
        tell(self, "terminated")

    def terminate(self):
        previous = copy.copy(self._state)
        if previous.name in ("terminated", "shutting-down"):
            return previous
        tell(self, "shutting-down")
        if told("terminateMs"):
            self._state.name, self._state.code = "shutting-down", 32
            _ending.append((done_at("terminateMs"), end, self))
        else:
            end(self)
        return previous

    return terminate


def end_those_due() -> None:
    for ending in [one for one in _ending if is_done(one[0])]:
        _ending.remove(ending)
        ending[1](ending[2])


def while_it_lives(inner, verb: str):
    def action(self, instance_ids):
        for instance in self.get_multi_instances_by_id(instance_ids):
            if instance.state in ("terminated", "shutting-down"):
                message = f"The instance '{instance.id}' is not in a state from which it can be {verb}."
                raise EC2ClientError("IncorrectInstanceState", message)
        return inner(self, instance_ids)

    return action


def shut_down(instance) -> None:
    """What `shutdown` does, typed by root of the guest."""
    if instance.state != "running":
        raise EC2ClientError("IncorrectInstanceState", f"The instance '{instance.id}' is not running.")
    ends = instance.instance_initiated_shutdown_behavior == "terminate"
    # Set before, so that it stands while the instance shuts down, and after, where moto has set its own.
    instance.state_reason = StateReason(*OWN_END)
    instance.terminate() if ends else instance.stop()
    instance.state_reason = StateReason(*OWN_END)


def cure() -> None:
    """Replaces what moto's instances do. Comes after moto_instances, and after the news."""
    Instance.terminate = in_its_time(Instance.terminate)
    InstanceBackend.start_instances = while_it_lives(InstanceBackend.start_instances, "started")
    InstanceBackend.stop_instances = while_it_lives(InstanceBackend.stop_instances, "stopped")
