package intake

import "time"

const (
	// maxBody is the largest trace payload, before and after decompression: the
	// bound that tracers know from the Datadog Agent.
	maxBody = 25 << 20
	// maxBodies bounds the bytes of all payloads held at once, so that many slow
	// clients cannot fill the memory.
	maxBodies = 8 * maxBody
	// firstRead is what a body reserves before any of it was seen.
	firstRead = 64 << 10
	// keepBuffer is the largest buffer kept for the next body.
	keepBuffer = 4 << 20

	// readTimeout is how long a client may take to send a request.
	readTimeout = 5 * time.Second
	// writeTimeout covers decoding, storing and answering.
	writeTimeout = 30 * time.Second
	// idleTimeout is how long a connection may rest between requests.
	idleTimeout = 60 * time.Second
	// decoderTimeout is how long a payload waits for its turn to be decoded.
	decoderTimeout = time.Second
	// closeTimeout is how long running requests may take to end.
	closeTimeout = 5 * time.Second

	// failureInterval is between two lines about payloads that are not stored.
	failureInterval = time.Minute

	// maxHeader bounds the text kept of one header.
	maxHeader = 200
	// maxClients is how many senders are remembered.
	maxClients = 256

	// socketMode lets every local user connect, as the Datadog Agent's socket
	// does: sending spans needs no more right than a TCP connection to localhost.
	socketMode = 0o722
)
