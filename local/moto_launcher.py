"""Starts moto 5.2.5 with the gaps that a responder meets closed (see the modules imported here for each)."""

import logging
import os
import threading
import uuid

from watch_parent import die_with_parent

die_with_parent()

import moto_addresses  # noqa: E402
import moto_client_tokens  # noqa: E402
import moto_commands  # noqa: E402
import moto_endings  # noqa: E402
import moto_evidence  # noqa: E402
import moto_group_names  # noqa: E402
import moto_image_aliases  # noqa: E402
import moto_instance_attributes  # noqa: E402
import moto_instance_news  # noqa: E402
import moto_instances  # noqa: E402
import moto_interfaces  # noqa: E402
import moto_keys  # noqa: E402
import moto_lag  # noqa: E402
import moto_launch_interfaces  # noqa: E402
import moto_managed_interfaces  # noqa: E402
import moto_owners  # noqa: E402
import moto_prefix_list_rules  # noqa: E402
import moto_prefix_lists  # noqa: E402
import moto_profiles  # noqa: E402
import moto_questions  # noqa: E402
import moto_records  # noqa: E402
import moto_refusals  # noqa: E402
import moto_root_volumes  # noqa: E402
import moto_scaling  # noqa: E402
import moto_security_groups  # noqa: E402
import moto_settling  # noqa: E402
import moto_snapshot_locks  # noqa: E402
import moto_snapshot_sharing  # noqa: E402
import moto_snapshots  # noqa: E402
import moto_targets  # noqa: E402
import moto_trails  # noqa: E402
import moto_vpc_associations  # noqa: E402
from moto.autoscaling.responses import AutoScalingResponse  # noqa: E402
from moto.core import responses, serialize  # noqa: E402
from moto.ec2.responses import EC2Response  # noqa: E402
from moto.elbv2.models import ELBv2Backend  # noqa: E402
from moto.elbv2.responses import ELBV2Response  # noqa: E402
from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.route53.responses import Route53  # noqa: E402
from moto.ssm.responses import SimpleSystemManagerResponse  # noqa: E402
from werkzeug.serving import run_simple  # noqa: E402

moto_security_groups.cure(EC2Response)
moto_group_names.cure(EC2Response)
moto_prefix_lists.cure(EC2Response)
moto_prefix_list_rules.cure(EC2Response)
moto_vpc_associations.cure(EC2Response)
moto_keys.cure()
moto_interfaces.cure(EC2Response)
moto_addresses.cure()
moto_instances.cure(EC2Response)
moto_instance_news.cure()
moto_endings.cure()
moto_launch_interfaces.cure(EC2Response)
moto_root_volumes.cure(EC2Response)
moto_image_aliases.cure(EC2Response)
moto_client_tokens.cure(EC2Response)
moto_instance_attributes.cure(EC2Response)
moto_profiles.cure(EC2Response)
moto_snapshots.cure(EC2Response)
moto_snapshot_sharing.cure(EC2Response)
moto_snapshot_locks.cure(EC2Response)
moto_evidence.cure(EC2Response)
moto_scaling.cure()
moto_targets.cure(ELBv2Backend)
moto_commands.cure(SimpleSystemManagerResponse)
moto_trails.cure()
moto_records.cure()
moto_lag.install(EC2Response)
moto_refusals.install(EC2Response)
moto_managed_interfaces.install(EC2Response)
moto_owners.install(EC2Response)

# Every answer carries the request id "request-id" as shipped, or 52 letters where AWS has a UUID.
def new_request_id(headers=None) -> str:
    request_id = str(uuid.uuid4())
    if isinstance(headers, dict):
        headers["x-amzn-requestid"] = request_id
    return request_id


assert responses.gen_amzn_requestid_long
responses.gen_amzn_requestid_long = new_request_id
_init_context = serialize.SerializationContext.__init__
serialize.SerializationContext.__init__ = lambda self, given=None: _init_context(self, given or str(uuid.uuid4()))

# One call at a time. Unlocked, parallel creates answer HTTP 500 about once in 1,500, and no change is atomic.
_lock = threading.RLock()


def one_at_a_time(response_class) -> None:
    inner = response_class.call_action

    def call_action(self):
        with _lock, moto_settling.as_told(self.headers):
            moto_endings.end_those_due()
            if moto_questions.HEADER in self.headers:
                return moto_questions.answer(self)
            return moto_instance_news.hinted(inner(self))

    response_class.call_action = call_action


for response_class in (EC2Response, AutoScalingResponse, ELBV2Response, Route53, SimpleSystemManagerResponse):
    one_at_a_time(response_class)


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
