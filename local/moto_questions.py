"""What only the front door may ask of moto, with the header `x-local-ask` of any call to EC2: nobody else's gets there."""

import json

import moto_endings
import moto_instance_news
from moto.ec2.exceptions import EC2ClientError

HEADER = "x-local-ask"


def answer(response):
    """What `call_action` returns: the news of instances, once a guest has done what it is to do."""
    asked = json.loads(response.headers[HEADER])
    try:
        if "shutDown" in asked:
            moto_endings.shut_down(response.ec2_backend.get_instance(asked["shutDown"]))
    except EC2ClientError as error:
        return 400, {}, json.dumps({"message": error.message})
    return 200, {}, json.dumps({"news": moto_instance_news.take()})
