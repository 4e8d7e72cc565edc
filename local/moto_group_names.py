"""Names and descriptions that EC2 refuses and moto 5.2.5 takes: the name of a group cannot look like an id, and a
description is shorter than 256 characters, of a set without quotes, angle brackets, pipes, or letters of other scripts.
"""

import re

from moto.ec2.exceptions import EC2ClientError

LETTERS = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
ALLOWED = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
RANGES = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")


def check(text, what: str) -> None:
    if text is not None and not ALLOWED.fullmatch(text):
        valid = f"Valid descriptions are strings less than 256 characters from the following set:  {LETTERS}"
        raise EC2ClientError("InvalidParameterValue", f"Invalid {what} description. {valid}")


def named(inner):
    def action(self):
        name = self._get_param("GroupName") or ""
        if name.startswith("sg-"):
            message = f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
            raise EC2ClientError("InvalidParameterValue", message)
        check(self._get_param("Description"), "security group")
        return inner(self)

    return action


def described(inner):
    def action(self):
        for permission in self._get_param("IpPermissions", []):
            for one in [one for kind in RANGES for one in permission.get(kind, [])]:
                check(one.get("Description"), "rule")
        for one in self._get_param("SecurityGroupRuleDescriptions", []):
            check(one.get("Description"), "rule")
        for one in self._get_param("SecurityGroupRules", []):
            check((one.get("SecurityGroupRule") or {}).get("Description"), "rule")
        return inner(self)

    return action


def cure(response_class) -> None:
    """Wraps the actions on moto's EC2 response class."""
    response_class.create_security_group = named(response_class.create_security_group)
    sides = [
        f"{verb}_{side}"
        for side in ("ingress", "egress")
        for verb in ("authorize_security_group", "update_security_group_rule_descriptions")
    ]
    for name in [*sides, "modify_security_group_rules"]:
        setattr(response_class, name, described(getattr(response_class, name)))
