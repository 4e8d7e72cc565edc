"""Client tokens of RunInstances: moto 5.2.5 keeps them, and launches again.

On EC2 the same token with the same parameters answers with the first launch, whatever has become of it (the token lives
on for a day after the instances' end); with other parameters it is refused. Only the zone may differ. And every filter
of DescribeInstances takes wildcards, where moto compares.
"""

import copy
import json
import re

from moto.core.responses import ActionResult
from moto.ec2 import utils
from moto.ec2.exceptions import EC2ClientError

#: By account, region and token: the parameters, and the reservation that they made.
_launches: dict = {}


def launch_once(inner):
    def action(self):
        token, asked = self._get_param("ClientToken"), parameters_of(self)
        key = (self.current_account, self.region, token)
        if token and key in _launches:
            before, reservation = _launches[key]
            if before != asked:
                message = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
                raise EC2ClientError("IdempotentParameterMismatch", message)
            return ActionResult(reservation)
        answer = inner(self)
        for instance in answer.result.instances:
            instance.client_token = token or ""
        if token:
            # A read by id cuts a reservation's list of instances down to what was asked for.
            _launches[key] = (asked, copy.copy(answer.result))
        return answer

    return action


def parameters_of(self) -> str:
    asked = {name: value for name, value in self.params.items() if name not in ("ClientToken", "DryRun")}
    placement = {name: value for name, value in asked.pop("Placement", {}).items() if name != "AvailabilityZone"}
    return json.dumps({**asked, "Placement": placement}, sort_keys=True, default=str)


def is_among(value, patterns: list) -> bool:
    """Whether a filter with these patterns lets the value through."""
    values = value if isinstance(value, list) else [str(value).lower() if isinstance(value, bool) else value]
    expressions = [re.compile(utils.simple_aws_filter_to_re(str(pattern))) for pattern in patterns]
    return any(form.match(str(one)) for one in values if one is not None for form in expressions)


def state_at_launch(state):
    """The first answer says `pending`; a repeated one what has become of it."""
    return {"Code": 0, "Name": "pending"} if state.name == "running" else state


def cure(response_class) -> None:
    """Wraps the action on moto's EC2 response class. Comes last: a repeated launch is not even checked."""
    response_class.run_instances = launch_once(response_class.run_instances)
    shown = "RunInstances.Reservation.Instances.Instance.State"
    assert shown in response_class.RESPONSE_KEY_PATH_TO_TRANSFORMER and utils.instance_value_in_filter_values
    response_class.RESPONSE_KEY_PATH_TO_TRANSFORMER[shown] = state_at_launch
    utils.filter_dict_attribute_mapping["client-token"] = "client_token"
    utils.instance_value_in_filter_values = is_among
