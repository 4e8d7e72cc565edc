"""Says of each action and resource on standard input whether a policy allows it, as moto's IAM reads the policy."""

import json
import sys

from moto.iam.access_control import IAMPolicy, PermissionResult

# moto takes a pattern for a regular expression, in which the `$` of API Gateway's stage `$default` is the end of the text.
asked = json.loads(sys.stdin.read().replace("$default", "default"))
policy = IAMPolicy({"policy_document": json.dumps(asked["policy"])})
allowed = [policy.is_action_permitted(action, resource) == PermissionResult.PERMITTED for action, resource in asked["asks"]]
json.dump(allowed, sys.stdout)
