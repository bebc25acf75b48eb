package pipeline

import "time"

// Limits in bytes, those of the Datadog Agent: other tools expect their names cut there.
const (
	maxService   = 100
	maxName      = 100
	maxResource  = 5000
	maxType      = 100
	maxTagKey    = 200
	maxTagValue  = 25_000
	maxMetricKey = 200
)

// Limits of values under tag rules.
const (
	maxTagRunes = 200
	// maxTagScan ends the reading of a value that is mostly characters to discard.
	maxTagScan = 400
)

// cutMark ends keys and values that were cut.
const cutMark = "..."

const (
	fallbackName    = "unnamed_operation"
	fallbackService = "unnamed-service"
)

const (
	keyPeerService = "peer.service"
	keyStatusCode  = "http.status_code"
	keyLinkName    = "link.name"
)

// year2000 in Unix ns: no tracer is older, so an earlier start is garbage.
var year2000 = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
