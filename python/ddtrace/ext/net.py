"""Span tags and names of network peers."""

BYTES_OUT = "net.out.bytes"
PEER_HOSTNAME = "peer.hostname"
SERVER_ADDRESS = "server.address"
TARGET_HOST = "out.host"
TARGET_IP = "network.destination.ip"
TARGET_NAME = "network.destination.name"
TARGET_PORT = "network.destination.port"
