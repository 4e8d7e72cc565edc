"""What EC2 tells EventBridge of its instances, whoever or whatever changes their state: moto 5.2.5 tells nothing.

The changes are kept here until the front door takes them. It learns from a header of the answer that there are some.
"""

from moto.ec2.models.instances import Instance, InstanceBackend

HEADER = "x-local-news"
_news: list = []


def tell(instance, *states: str) -> None:
    backend = instance.ec2_backend
    place = {"account": backend.account_id, "region": backend.region_name}
    _news.extend({**place, "id": instance.id, "state": state} for state in states)


def take() -> list:
    taken = list(_news)
    _news.clear()
    return taken


def hinted(answer):
    """An answer as `call_action` returns it."""
    status, headers, body = answer
    return (status, {**headers, HEADER: str(len(_news))}, body) if _news else answer


def telling(inner, *states: str):
    """EC2 tells of the state in between too, however short it is."""

    def change(self, *given, **named):
        before = self.state
        answer = inner(self, *given, **named)
        if self.state != before:
            tell(self, *states)
        return answer

    return change


def run_telling(inner):
    def run_instances(self, *given, **named):
        reservation = inner(self, *given, **named)
        for instance in reservation.instances:
            tell(instance, "pending", "running")
        return reservation

    return run_instances


def cure() -> None:
    """Wraps what changes the state of an instance; the end has a file of its own."""
    InstanceBackend.run_instances = run_telling(InstanceBackend.run_instances)
    Instance.start = telling(Instance.start, "pending", "running")
    Instance.stop = telling(Instance.stop, "stopping", "stopped")
