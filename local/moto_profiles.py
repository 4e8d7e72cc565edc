"""Associations of instances with IAM instance profiles, where moto 5.2.5 does otherwise than EC2.

A replaced association keeps its id; an unknown profile is IAM's error, not EC2's; a wrong association id is found
nowhere instead of being refused.
"""

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.utils import random_iam_instance_profile_association_id
from moto.iam.exceptions import NotFoundException

_replace, _describe = (
    EC2Backend.replace_iam_instance_profile_association,
    EC2Backend.describe_iam_instance_profile_associations,
)


def with_known_profile(inner):
    def action(self):
        try:
            return inner(self)
        except NotFoundException:
            for name in ("Name", "Arn"):
                value = self._get_param(f"IamInstanceProfile.{name}")
                if value:
                    what = f"Value ({value}) for parameter iamInstanceProfile.{name.lower()} is invalid."
                    raise EC2ClientError("InvalidParameterValue", f"{what} Invalid IAM Instance Profile {name.lower()}")
            raise

    return action


def replace(self, association_id, iam_instance_profile_name=None, iam_instance_profile_arn=None):
    association = _replace(self, association_id, iam_instance_profile_name, iam_instance_profile_arn)
    association.association_id = random_iam_instance_profile_association_id()
    return association


def describe(self, association_ids, filters=None, max_results=100, next_token=None):
    known = {one.association_id for one in self.iam_instance_profile_associations.values()}
    for association_id in association_ids or []:
        if association_id not in known:
            message = f"An invalid association-id of '{association_id}' was given"
            raise EC2ClientError("NoSuchAssociation", message)
    return _describe(self, association_ids, filters, max_results, next_token)


def cure(response_class) -> None:
    """Replaces the actions on moto's EC2 response class."""
    EC2Backend.replace_iam_instance_profile_association = replace
    EC2Backend.describe_iam_instance_profile_associations = describe
    actions = ("run_instances", "associate_iam_instance_profile", "replace_iam_instance_profile_association")
    for name in actions:
        setattr(response_class, name, with_known_profile(getattr(response_class, name)))
