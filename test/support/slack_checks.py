"""Says of each case on standard input what Slack's own SDK says of it: of signatures, of messages' blocks and of views."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "local"))

import slack_blocks  # noqa: E402
from slack_sdk.signature import Clock, SignatureVerifier  # noqa: E402


class FixedClock(Clock):
    def __init__(self, at: float):
        self.at = at

    def now(self) -> float:
        return self.at


def is_signed(case: dict) -> bool:
    verifier = SignatureVerifier(case["secret"], FixedClock(case["now"]))
    return verifier.is_valid(bytes.fromhex(case["body"]), case["timestamp"], case["signature"])


asked = json.load(sys.stdin)
json.dump(
    {
        "signatures": [is_signed(case) for case in asked.get("signatures", [])],
        "messages": [slack_blocks.faults_of_blocks(blocks) for blocks in asked.get("messages", [])],
        "views": [slack_blocks.faults_of_view(view) for view in asked.get("views", [])],
    },
    sys.stdout,
)
