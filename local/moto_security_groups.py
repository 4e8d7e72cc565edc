"""What moto 5.2.5 does otherwise than EC2 with security groups, cured at its own response class.

Cured here, where the state is, and not in the front door: it needs no reads before and after, and so has no races.
"""

import copy
import ipaddress

from moto.core.responses import ActionResult
from moto.ec2.exceptions import (
    EC2ClientError,
    InvalidPermissionDuplicateError,
    InvalidSecurityGroupNotFoundError,
    InvalidSecurityGroupRuleIdNotFoundError,
)
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupBackend, SecurityGroupRule

SIDES = {"ingress": "ingress_rules", "egress": "egress_rules"}


def network_of(cidr: str) -> str:
    """The network address, as EC2 stores it (`10.1.2.3/8` becomes `10.0.0.0/8`); what is no CIDR stays for moto."""
    try:
        return str(ipaddress.ip_network(cidr, strict=False))
    except ValueError:
        return cidr


def group_of(self, name: str):
    group = self.ec2_backend.get_security_group_by_name_or_id(name)
    if group is None:
        raise InvalidSecurityGroupNotFoundError(name)
    return group


def requests_of(self):
    """The permissions that the call names, with normalised CIDRs."""
    for request in self._process_rules_from_querystring():
        for cidr in request["ip_ranges"]:
            for key in ("CidrIp", "CidrIpv6"):
                if key in cidr:
                    cidr[key] = network_of(cidr[key])
        if request["from_port"] is None and request["ip_protocol"] not in ("-1", "tcp", "udp"):
            # moto wants ports of every protocol; EC2 has none for most.
            request["from_port"] = request["to_port"] = "-1"
        yield request


def authorize(side: str):
    """moto answers with the last permission's rules only, and keeps the earlier ones when a later one fails."""

    def action(self):
        self.error_on_dryrun()
        requests, added = list(requests_of(self)), []
        group = group_of(self, requests[0]["group_name_or_id"])
        before = list(getattr(group, SIDES[side]))
        try:
            for request in requests:
                rules, _ = getattr(self.ec2_backend, f"authorize_security_group_{side}")(**request)
                added += rules
        except Exception:
            setattr(group, SIDES[side], before)
            raise
        return ActionResult({"Return": True, "SecurityGroupRules": [shown(rule) for rule in added]})

    return action


def shown(rule):
    """A rule as EC2 answers with it: where it has no ports, they are -1."""
    twin = copy.copy(rule)
    twin.from_port = -1 if rule.from_port is None else rule.from_port
    twin.to_port = -1 if rule.to_port is None else rule.to_port
    return twin


def revoke(side: str):
    """moto is not atomic over several permissions, names the wrong error for an unknown id, and does not say what
    it revoked."""

    def action(self):
        self.error_on_dryrun()
        requests = list(requests_of(self))
        group = group_of(self, requests[0]["group_name_or_id"])
        before = list(getattr(group, SIDES[side]))
        for rule_id in requests[0]["security_rule_ids"]:
            if rule_id not in [rule.id for rule in before]:
                raise InvalidSecurityGroupRuleIdNotFoundError(rule_id)
        try:
            for request in requests:
                del request["sgrule_tags"]
                getattr(self.ec2_backend, f"revoke_security_group_{side}")(**request)
        except Exception:
            setattr(group, SIDES[side], before)
            raise
        left = [rule.id for rule in getattr(group, SIDES[side])]
        gone = [rule for rule in before if rule.id not in left]
        return ActionResult({"Return": True, "RevokedSecurityGroupRules": [revoked_rule(rule) for rule in gone]})

    return action


def revoked_rule(rule) -> dict:
    ports = {"FromPort": shown(rule).from_port, "ToPort": shown(rule).to_port}
    target = {"CidrIpv4": rule.cidr_ipv4, "CidrIpv6": rule.cidr_ipv6, "PrefixListId": rule.prefix_list_id}
    target["ReferencedGroupId"] = rule.source_group.get("GroupId")
    facts = {"SecurityGroupRuleId": rule.id, "GroupId": rule.group_id, "IsEgress": rule.is_egress}
    facts["IpProtocol"] = rule.ip_protocol
    described = {"Description": rule.description} if rule.description else {}
    return {**facts, **ports, **described, **{key: value for key, value in target.items() if value}}


def modify(self):
    """moto ignores IPv6, prefix lists and referenced groups, and wants ports even for protocol -1."""
    self.error_on_dryrun()
    group = group_of(self, self._get_param("GroupId"))
    changed = []
    for entry in self._get_param("SecurityGroupRules", []):
        rule = group.get_rule(entry["SecurityGroupRuleId"])
        if rule is None:
            raise InvalidSecurityGroupRuleIdNotFoundError(entry["SecurityGroupRuleId"])
        changed.append((rule, changed_rule(self.ec2_backend, rule, entry.get("SecurityGroupRule") or {})))
    for rule, twin in changed:
        siblings = group.egress_rules if rule.is_egress else group.ingress_rules
        if any(other == twin for other in siblings if other.id != rule.id):
            raise InvalidPermissionDuplicateError()
    for rule, twin in changed:
        for key in ("ip_protocol", "from_port", "to_port", "ip_range", "source_group", "prefix_list_id"):
            setattr(rule, key, getattr(twin, key))
    return ActionResult({"Return": True})


def changed_rule(backend, rule, wanted: dict):
    """A rule with the new content: EC2 replaces everything behind the id, the description too."""
    given = [key for key in ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId") if wanted.get(key)]
    if len(given) != 1 or not wanted.get("IpProtocol"):
        raise EC2ClientError("InvalidParameterValue", "A rule needs a protocol and exactly one source or destination.")
    if given == ["CidrIpv4"] and rule.cidr_ipv6 or given == ["CidrIpv6"] and rule.cidr_ipv4:
        raise EC2ClientError("InvalidParameterValue", f"Invalid rule type for security group rule '{rule.id}'.")
    described = {"Description": wanted["Description"]} if wanted.get("Description") else {}
    ports = (wanted.get("FromPort"), wanted.get("ToPort"))
    ip_range = source = prefix_list = None
    if given[0].startswith("Cidr"):
        ip_range = {given[0].replace("Ipv4", "Ip"): network_of(wanted[given[0]]), **described}
    elif given[0] == "PrefixListId":
        prefix_list = {"PrefixListId": wanted["PrefixListId"], **described}
    else:
        source = {"GroupId": wanted["ReferencedGroupId"], "OwnerId": backend.account_id, **described}
    return SecurityGroupRule(
        backend, wanted["IpProtocol"], rule.group_id, *ports, ip_range, source, prefix_list, is_egress=rule.is_egress
    )


def describe_rule_by_id(side: str, inner):
    """Descriptions given by rule id are ignored by moto."""

    def action(self):
        wanted = self._get_param("SecurityGroupRuleDescriptions", [])
        if not wanted:
            return inner(self)
        group = group_of(self, self._get_param("GroupName") or self._get_param("GroupId"))
        for entry in wanted:
            rule = group.get_rule(entry["SecurityGroupRuleId"])
            if rule is None:
                raise InvalidSecurityGroupRuleIdNotFoundError(entry["SecurityGroupRuleId"])
            (rule.source_group or rule.ip_range)["Description"] = entry.get("Description")
        return ActionResult({"Return": True})

    return action


def page(self, key: str, everything: list, smallest: int = 5, largest: int = 1000):
    """The page of everything that the call asks for."""
    size, token = self._get_param("MaxResults"), self._get_param("NextToken")
    if size is not None and not smallest <= int(size) <= largest:
        raise EC2ClientError(
            "InvalidParameterValue",
            f"Value ( {size} ) for parameter maxResults is invalid. "
            f"Expecting a value between {smallest} and {largest}.",
        )
    if token is not None and not str(token).startswith("after-"):
        raise EC2ClientError("InvalidNextToken", f"The token '{token}' is invalid.")
    start = int(str(token)[6:]) if token else 0
    end = start + int(size or largest)
    more = {"NextToken": f"after-{end}"} if end < len(everything) else {}
    return ActionResult({key: everything[start:end], **more})


def paged(key: str, inner):
    """moto gives everything at once."""

    def action(self):
        answer = inner(self)
        if self._get_param("MaxResults") is None and self._get_param("NextToken") is None:
            return answer
        return page(self, key, list(answer.result[key]))

    return action


def unknown_groups_named(inner):
    """moto's error for an unknown group id lists every id asked for, as a Python set."""

    def describe(self, group_ids=None, groupnames=None, filters=None):
        known = [group.id for members in self.groups.values() for group in members.values()]
        for group_id in group_ids or []:
            if group_id not in known:
                raise InvalidSecurityGroupNotFoundError(group_id)
        return inner(self, group_ids, groupnames, filters)

    return describe


def any_rule(side: str, matches):
    """A filter of DescribeSecurityGroups that moto raises 'not implemented' for."""
    return lambda group, values: any(matches(rule) in values for rule in getattr(group, SIDES[side]))


def cure(response_class) -> None:
    """Replaces the actions on moto's EC2 response class."""
    for side in SIDES:
        setattr(response_class, f"authorize_security_group_{side}", authorize(side))
        setattr(response_class, f"revoke_security_group_{side}", revoke(side))
        name = f"update_security_group_rule_descriptions_{side}"
        setattr(response_class, name, describe_rule_by_id(side, getattr(response_class, name)))
    response_class.modify_security_group_rules = modify
    pages = {"describe_security_groups": "SecurityGroups", "describe_security_group_rules": "SecurityGroupRules"}
    for name, key in pages.items():
        setattr(response_class, name, paged(key, getattr(response_class, name)))
    SecurityGroupBackend.describe_security_groups = unknown_groups_named(SecurityGroupBackend.describe_security_groups)
    SecurityGroup.filter_ip_permission__ipv6_cidr = any_rule("ingress", lambda rule: rule.cidr_ipv6)
    SecurityGroup.filter_egress__ip_permission__ipv6_cidr = any_rule("egress", lambda rule: rule.cidr_ipv6)
    SecurityGroup.filter_ip_permission__prefix_list_id = any_rule("ingress", lambda rule: rule.prefix_list_id)
    SecurityGroup.filter_egress__ip_permission__prefix_list_id = any_rule("egress", lambda rule: rule.prefix_list_id)
    SecurityGroupRule.group_owner_id = property(lambda rule: rule.owner_id)
    SecurityGroupRule.security_group_rule_arn = property(
        lambda rule: f"arn:aws:ec2:{rule.ec2_backend.region_name}:{rule.owner_id}:security-group-rule/{rule.id}"
    )
    SecurityGroupRule.description = property(
        lambda rule: rule.ip_range.get("Description") or rule.source_group.get("Description")
    )
