"""Security-group rules whose source is a prefix list: moto 5.2.5 drops their description, and takes any id.

The description lies in the rule's `ip_range`, which such a rule has no other use for: so the code that gives and
changes the descriptions of the other rules works here too.
"""

from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupBackend, SecurityGroupRule

from moto_prefix_lists import list_of


def with_description(inner):
    def init(self, backend, protocol, group, first, last, ip_range, source=None, prefix_list=None, **more):
        inner(self, backend, protocol, group, first, last, ip_range, source, prefix_list, **more)
        if prefix_list and prefix_list.get("Description"):
            self.ip_range = {"Description": prefix_list["Description"]}

    return init


def with_descriptions(inner):
    """The permissions of DescribeSecurityGroups, where a prefix list stands with its description."""

    def flattened(self, rules):
        views = inner(self, rules)
        for rule in rules:
            for view in views:
                if (view.from_port, view.to_port, view.ip_protocol) != (rule.from_port, rule.to_port, rule.ip_protocol):
                    continue
                for named in view.prefix_list_ids:
                    if named["PrefixListId"] == rule.prefix_list_id and rule.description:
                        named["Description"] = rule.description
        return views

    return flattened


def updating(inner):
    def update(self, wanted, rule):
        inner(self, wanted, rule)
        if rule.prefix_list_id and wanted.description:
            rule.ip_range = {"Description": wanted.description}

    return update


def known_lists_only(inner):
    """EC2 refuses the whole call before it stores a rule that points at nothing."""

    def action(self):
        permissions = self._get_param("IpPermissions", [])
        for named in (named for permission in permissions for named in permission.get("PrefixListIds", [])):
            list_of(self, named["PrefixListId"])
        return inner(self)

    return action


def cure(response_class) -> None:
    """Replaces what moto does about the rules of prefix lists."""
    SecurityGroupRule.__init__ = with_description(SecurityGroupRule.__init__)
    SecurityGroup._flattened_rules = with_descriptions(SecurityGroup._flattened_rules)
    SecurityGroupBackend._sg_update_description = updating(SecurityGroupBackend._sg_update_description)
    for side in ("ingress", "egress"):
        name = f"authorize_security_group_{side}"
        setattr(response_class, name, known_lists_only(getattr(response_class, name)))
