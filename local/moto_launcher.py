"""Starts moto 5.2.5 with the gaps that a responder meets closed (see the modules imported here for each)."""

import logging
import os
import threading
import uuid

from watch_parent import die_with_parent

die_with_parent()

import moto_interfaces  # noqa: E402
import moto_lag  # noqa: E402
import moto_owners  # noqa: E402
import moto_prefix_list_rules  # noqa: E402
import moto_prefix_lists  # noqa: E402
import moto_refusals  # noqa: E402
import moto_security_groups  # noqa: E402
import moto_trails  # noqa: E402
import moto_vpc_associations  # noqa: E402
from moto.core import serialize  # noqa: E402
from moto.ec2.responses import EC2Response  # noqa: E402
from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import run_simple  # noqa: E402

moto_security_groups.cure(EC2Response)
moto_prefix_lists.cure(EC2Response)
moto_prefix_list_rules.cure(EC2Response)
moto_vpc_associations.cure(EC2Response)
moto_interfaces.cure(EC2Response)
moto_trails.cure()
moto_lag.install(EC2Response)
moto_refusals.install(EC2Response)
moto_owners.install(EC2Response)

# Every answer carries the request id "request-id" as shipped.
_init_context = serialize.SerializationContext.__init__
serialize.SerializationContext.__init__ = lambda self, given=None: _init_context(self, given or str(uuid.uuid4()))

# One EC2 call at a time. Unlocked, parallel creates answer HTTP 500 about once in 1,500, and no change is atomic.
_lock = threading.RLock()
_call_action = EC2Response.call_action


def call_action(self):
    with _lock:
        return _call_action(self)


EC2Response.call_action = call_action


class Handler(MotoRequestHandler):
    """Answers without Nagle's algorithm, which holds a small second packet back for up to 40 ms."""

    disable_nagle_algorithm = True


def warm() -> None:
    """The first EC2 call builds the default VPC and reads the catalogues of images and instance types."""
    from moto.ec2.models import ec2_backends

    with _lock:
        ec2_backends[os.environ["MOTO_ACCOUNT"]][os.environ["AWS_DEFAULT_REGION"]]


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.INFO)
    threading.Thread(target=warm, daemon=True).start()
    application = DomainDispatcherApplication(create_backend_app)
    run_simple("127.0.0.1", int(os.environ["MOTO_PORT"]), application, threaded=True, request_handler=Handler)
