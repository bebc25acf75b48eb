"""The keys of a Tracer's configuration."""

from collections import namedtuple


_NAMES = (
    "agent_hostname",
    "agent_https",
    "agent_port",
    "debug",
    "enabled",
    "global_tags",
    "sampler",
    "priority_sampling",
    "uds_path",
    "settings",
)

ConfigKeyNames = namedtuple("ConfigKeyNames", [name.upper() for name in _NAMES])
ConfigKeys = ConfigKeyNames(*_NAMES)


def config_invalid_keys(config):
    """The keys that mean nothing."""
    return [key for key in config if key not in _NAMES]
