"""Images that a launch names by a public parameter: `resolve:ssm:/aws/service/…`. moto 5.2.5 takes that for the id.

Amazon's own are in moto's list, and one that is not there does not exist. Of other publishers moto has none: any of
their paths stands for some image of the architecture that it names.
"""

from moto.ec2.exceptions import EC2ClientError
from moto.ssm.models import ssm_backends

PREFIX = "resolve:ssm:"
PUBLIC = "/aws/service/"
LISTED = "/aws/service/ami-amazon-linux-latest/"
USUAL = {
    "arm64": f"{LISTED}al2023-ami-kernel-default-arm64",
    "x86_64": f"{LISTED}al2023-ami-kernel-default-x86_64",
}


def resolved(inner):
    def action(self):
        named = self._get_param("ImageId") or ""
        if named.startswith(PREFIX):
            self.params["ImageId"] = image_of(self, named.removeprefix(PREFIX))
        return inner(self)

    return action


def image_of(self, alias: str) -> str:
    path = alias.split(":")[0]
    if path.startswith(PUBLIC) and not path.startswith(LISTED):
        path = USUAL["arm64" if "arm64" in path or "aarch64" in path else "x86_64"]
    parameter = ssm_backends[self.current_account][self.region].get_parameter(path)
    if parameter is None or parameter.value not in self.ec2_backend.amis:
        raise EC2ClientError("SsmInvalidParameter", f"The following aliases are invalid: {alias}")
    return parameter.value


def cure(response_class) -> None:
    """Wraps the launch, so that whatever is said of the image is said of the one that was found."""
    response_class.run_instances = resolved(response_class.run_instances)
