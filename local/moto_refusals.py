"""Refusals with the HTTP status that EC2 gives them, and dry runs that moto 5.2.5 would carry out.

About half of moto's actions never look at `DryRun`: they would change what the caller only asked about.
"""

import json

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.ec2.exceptions import DryRunClientError, EC2ClientError

STATUS = {"DryRunOperation": 412, "UnauthorizedOperation": 403}


def answer(self, error):
    """What `call_action` returns for an error."""
    status, headers, body = self.serialized(ActionResult(error))
    return STATUS.get(error.code, status), headers, body


def heed(response_class, header: str, held, kept, refuse) -> None:
    """Wraps the dispatch of EC2 calls: while a call with this header is under way, `held` holds what it says, as `kept`
    makes it; `refuse` may raise before the call is carried out. One call runs at a time (see moto_launcher.py)."""
    inner = response_class.call_action

    def call_action(self):
        said = self.headers.get(header)
        if not said:
            return inner(self)
        held.update(kept(json.loads(said)))
        try:
            refuse(self)
            return inner(self)
        except EC2ClientError as error:
            return answer(self, error)
        finally:
            held.clear()

    response_class.call_action = call_action


def install(response_class) -> None:
    """Wraps the dispatch of EC2 calls. Who may make a call at all is the front door's to say: it comes first."""
    inner = response_class.call_action

    def call_action(self):
        if self._get_param("DryRun", False) and hasattr(self, camelcase_to_underscores(self._get_action())):
            return answer(self, DryRunClientError())
        return inner(self)

    response_class.call_action = call_action
