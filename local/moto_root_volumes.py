"""The size of an instance's root volume, which its image's snapshot tells where a launch only says something else of it.

moto 5.2.5 wants a size of every volume that a launch names. EC2 wants it of those that the image does not have.
"""

#: What Amazon's own images have, in GiB.
SIZE = 8


def sized(inner, validate):
    def mappings(self):
        image = self.ec2_backend.amis.get(self._get_param("ImageId"))
        root = image.root_device_name if image else None
        self._validate_block_device_mapping = lambda mapping: (
            None if mapping.get("DeviceName") == root and "Ebs" in mapping else validate(mapping)
        )
        found = inner(self)
        for mapping in found:
            if mapping["DeviceName"] == root and not mapping["Ebs"]["SnapshotId"]:
                mapping["Ebs"]["VolumeSize"] = mapping["Ebs"]["VolumeSize"] or SIZE
        return found

    return mappings


def cure(response_class) -> None:
    """Wraps the reading of a launch's volumes."""
    validate = response_class._validate_block_device_mapping
    response_class._parse_block_device_mapping = sized(response_class._parse_block_device_mapping, validate)
