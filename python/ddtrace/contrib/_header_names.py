"""The headers that name the client, in the order in which they are believed."""

IP_PATTERNS = (
    "x-forwarded-for",
    "x-real-ip",
    "true-client-ip",
    "x-client-ip",
    "forwarded",
    "forwarded-for",
    "x-cluster-client-ip",
    "fastly-client-ip",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
)
USER_AGENT_PATTERNS = ("http-user-agent", "user-agent")
