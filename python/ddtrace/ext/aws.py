"""Span tags and names of AWS API calls."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

AGENT = "aws.agent"
AWSREGION = "aws.region"
OPERATION = "aws.operation"
PARTITION = "aws.partition"
REGION = "region"


def get_aws_partition(region_name: str) -> str:
    """The partition that a region belongs to: aws, aws-cn or aws-us-gov."""
    for prefix, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
        if region_name.startswith(prefix):
            return partition
    return "aws"


def truncate_arg_value(value: "Any", max_len: int = 1024) -> "Any":
    """``value``, or ``b"..."`` where it is a longer blob than belongs on a span."""
    too_long = isinstance(value, bytes) and len(value) > max_len
    return b"..." if too_long else value
