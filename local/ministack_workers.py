"""Says which of ministack's worker processes makes a call, so that the front door can end just that run.

As on AWS, a function's credentials have a session token, which every signed call carries. Here it names the process,
with a word that only the front door has given: nobody else can make the door end a process.
"""

import json
import os

from ministack.core import lambda_runtime

SET_UP = "Object.assign(process.env, env || {});"


def cure() -> None:
    """Adds one statement to the script of ministack's Node.js workers."""
    assert SET_UP in lambda_runtime._NODEJS_WORKER_SCRIPT
    word = json.dumps(os.environ.pop("WORKER_WORD", ""))
    token = f'process.env.AWS_SESSION_TOKEN = ["worker", process.pid, {word}].join("-");'
    lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(SET_UP, f"{SET_UP} {token}")
