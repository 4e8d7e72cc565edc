"""Groups and prefix lists of another account, as shared VPCs and AWS RAM bring them into this one.

The front door names them in `x-local-owners` with every EC2 call while the switch `foreign` is on. They show their
owner, can be read, and cannot be changed. The entries of a shared list can be read; a list whose share has ended
(`unreadable`) is still named by rules, but is not found. Calls that go past the front door are the owner's own.
"""

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.managed_prefixes import ManagedPrefixList
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule

import moto_refusals

CHANGES_OF_GROUPS = (
    "AuthorizeSecurityGroup",
    "RevokeSecurityGroup",
    "ModifySecurityGroupRules",
    "UpdateSecurityGroupRuleDescriptions",
    "DeleteSecurityGroup",
)
CHANGES_OF_LISTS = ("ModifyManagedPrefixList", "RestoreManagedPrefixListVersion", "DeleteManagedPrefixList")

# One call runs at a time (see moto_launcher.py), and this holds what its header says.
_foreign: dict = {}


def by_id(entries: list) -> dict:
    return {entry["id"]: entry for entry in entries}


def owner_of(resource_id: str, account: str) -> str:
    return _foreign.get(resource_id, {}).get("owner", account)


def refuse_change(self) -> None:
    action = self._get_action()
    target = None
    if action.startswith(CHANGES_OF_GROUPS):
        target = self._get_param("GroupId")
    elif action in CHANGES_OF_LISTS:
        target = self._get_param("PrefixListId")
    if target in _foreign:
        raise EC2ClientError("UnauthorizedOperation", "You are not authorized to perform this operation.")


def shown(of_id: str, arn_kind: str):
    """Owner and ARN as they follow from the header; what moto's own constructors would keep is dropped."""

    def owner(self) -> str:
        return owner_of(getattr(self, of_id), getattr(self, "resource_owner_id", None) or self.ec2_backend.account_id)

    def arn(self) -> str:
        return f"arn:aws:ec2:{self.ec2_backend.region_name}:{owner(self)}:{arn_kind}/{self.id}"

    def forget(self, value) -> None:
        pass

    return property(owner, forget), property(arn, forget)


def install(response_class) -> None:
    """Wraps the dispatch of EC2 calls, and makes the owner of groups, rules and lists depend on the call's header."""
    SecurityGroup.owner_id, SecurityGroup.arn = shown("id", "security-group")
    SecurityGroupRule.owner_id, _ = shown("group_id", "security-group-rule")
    ManagedPrefixList.owner_id, ManagedPrefixList.prefix_list_arn = shown("id", "prefix-list")
    ManagedPrefixList.is_hidden = property(lambda one: _foreign.get(one.id, {}).get("unreadable", False))
    moto_refusals.heed(response_class, "x-local-owners", _foreign, by_id, refuse_change)
