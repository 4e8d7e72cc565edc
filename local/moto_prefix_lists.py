"""Managed prefix lists, where moto 5.2.5 does otherwise than EC2.

moto crashes on an unknown list, forgets a list's name on a change of its entries, looks at no version, never pages,
and cannot restore a version. EC2 works on a change in the background, so its answer still shows the version from
before, with a state that ends in `-in-progress`; here the change is done by the time of the next read.
"""

import copy

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.managed_prefixes import ManagedPrefixList

from moto_security_groups import page

#: Overruled by moto_owners.py for a list whose share has ended.
ManagedPrefixList.is_hidden = False
#: The largest page that GetManagedPrefixListEntries and DescribeManagedPrefixLists give.
PAGE = 100


def missing(list_id: str) -> EC2ClientError:
    return EC2ClientError("InvalidPrefixListID.NotFound", f"The prefix list ({list_id}) does not exist.")


def list_of(self, list_id: str):
    found = self.ec2_backend.managed_prefix_lists.get(list_id)
    if found is None or found.is_hidden:
        raise missing(list_id)
    return found


def in_progress(prefix_list, doing: str):
    """The list as the answer to a change shows it, taken before the change is made."""
    twin = copy.copy(prefix_list)
    twin.state = f"{doing}-in-progress"
    return twin


def check_version(prefix_list, wanted) -> None:
    if wanted is not None and int(wanted) != prefix_list.version:
        raise EC2ClientError("PrefixListVersionMismatch", "The prefix list has the incorrect version number.")


def check_size(prefix_list, entries: list) -> None:
    if len(entries) > int(prefix_list.max_entries):
        raise EC2ClientError(
            "PrefixListMaxEntriesExceeded",
            f"You've reached the maximum number of entries for the prefix list ({prefix_list.max_entries}).",
        )


def entries_of(prefix_list, version=None) -> list:
    # AWS's own lists have no version of their own; moto keeps their entries under the first.
    return prefix_list.entries.get(version or prefix_list.version or 1) or []


def next_version(prefix_list, entries: list, state: str) -> None:
    prefix_list.version += 1
    prefix_list.entries[prefix_list.version] = entries
    prefix_list.state = state


def create(self):
    given = self._get_param("Entries", [])
    made = self.ec2_backend.create_managed_prefix_list(
        address_family=self._get_param("AddressFamily"),
        entry=given,
        max_entries=self._get_param("MaxEntries"),
        prefix_list_name=self._get_param("PrefixListName"),
        tags=self._parse_tag_specification().get("prefix-list", {}),
    )
    try:
        check_size(made, given)
    except EC2ClientError:
        del self.ec2_backend.managed_prefix_lists[made.id]
        raise
    return ActionResult({"PrefixList": in_progress(made, "create")})


def modify(self):
    prefix_list = list_of(self, self._get_param("PrefixListId"))
    added, removed = self._get_param("AddEntries", []), self._get_param("RemoveEntries", [])
    check_version(prefix_list, self._get_param("CurrentVersion"))
    answer = in_progress(prefix_list, "modify")
    if added or removed:
        # An entry that is added again gets the new description.
        gone = {entry["Cidr"] for entry in [*removed, *added]}
        entries = [entry for entry in entries_of(prefix_list) if entry["Cidr"] not in gone] + added
        check_size(prefix_list, entries)
        next_version(prefix_list, entries, "modify-complete")
    if self._get_param("PrefixListName"):
        prefix_list.prefix_list_name = self._get_param("PrefixListName")
    if self._get_param("MaxEntries"):
        prefix_list.max_entries = self._get_param("MaxEntries")
    return ActionResult({"PrefixList": answer})


def restore(self):
    prefix_list = list_of(self, self._get_param("PrefixListId"))
    check_version(prefix_list, self._get_param("CurrentVersion"))
    previous = int(self._get_param("PreviousVersion"))
    if not 1 <= previous < prefix_list.version:
        raise EC2ClientError("InvalidParameterValue", f"The prefix list has no version {previous} to restore.")
    answer = in_progress(prefix_list, "restore")
    next_version(prefix_list, list(entries_of(prefix_list, previous)), "restore-complete")
    return ActionResult({"PrefixList": answer})


def delete(self):
    """moto keeps a deleted list until it has been described."""
    prefix_list = list_of(self, self._get_param("PrefixListId"))
    del self.ec2_backend.managed_prefix_lists[prefix_list.id]
    return ActionResult({"PrefixList": in_progress(prefix_list, "delete")})


def describe(self):
    for list_id in self._get_param("PrefixListIds", []):
        list_of(self, list_id)
    found = self.ec2_backend.describe_managed_prefix_lists(
        prefix_list_ids=self._get_param("PrefixListIds", []), filters=self._filters_from_querystring()
    )
    return page(self, "PrefixLists", [one for one in found if not one.is_hidden], 1, PAGE)


def entries(self):
    version = self._get_param("TargetVersion")
    prefix_list = list_of(self, self._get_param("PrefixListId"))
    return page(self, "Entries", entries_of(prefix_list, int(version) if version else None), 1, PAGE)


def cure(response_class) -> None:
    """Replaces the actions on moto's EC2 response class, and adds the one that it lacks."""
    response_class.create_managed_prefix_list = create
    response_class.modify_managed_prefix_list = modify
    response_class.restore_managed_prefix_list_version = restore
    response_class.delete_managed_prefix_list = delete
    response_class.describe_managed_prefix_lists = describe
    response_class.get_managed_prefix_list_entries = entries
