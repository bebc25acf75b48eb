package identity

import "time"

const (
	// slots is the number of service colours of the UI.
	slots = 8
	// maxServices bounds the registry: service names come from clients, and a
	// name made from a request id must not fill the memory.
	maxServices = 10_000
	// maxVersions bounds the versions kept of one service in one environment;
	// beyond it the ones longest not seen go.
	maxVersions = 200
	// maxEnvs bounds the environments kept of one service.
	maxEnvs = 100
	// saveDelay gathers changes into one write of the file.
	saveDelay = 200 * time.Millisecond
	// freshness is how old the last-seen times in the file may be: a change of
	// them alone is not worth a write per payload.
	freshness = 30 * time.Second
)
