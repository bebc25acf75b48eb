// Package stats reads and writes the payloads of /v0.6/stats: what a tracer has
// counted of its spans, in buckets of ten seconds. Strings keep the protocol's
// names; sketches stay in their protobuf form.
package stats

// Payload is what one process counted.
type Payload struct {
	Hostname         string
	Env              string
	Version          string
	Lang             string
	TracerVersion    string
	RuntimeID        string
	Sequence         uint64
	AgentAggregation string
	Service          string
	ContainerID      string
	Tags             []string
	GitCommitSha     string
	ImageTag         string
	ProcessTagsHash  uint64
	ProcessTags      string
	Buckets          []Bucket
}

// Bucket holds the counts of one stretch of time.
type Bucket struct {
	Start          uint64 // Unix ns
	Duration       uint64 // ns
	AgentTimeShift int64
	Groups         []Group
}

// Values of IsTraceRoot.
const (
	TraceRootUnset int32 = 0
	TraceRootTrue  int32 = 1
	TraceRootFalse int32 = 2
)

// Group is the counts of spans that have all of the other fields in common.
type Group struct {
	Service              string
	Name                 string
	Resource             string
	HTTPStatusCode       uint32
	Type                 string
	DBType               string
	Hits                 uint64
	Errors               uint64
	Duration             uint64 // ns, of all spans together
	OkSummary            []byte
	ErrorSummary         []byte
	Synthetics           bool
	TopLevelHits         uint64
	SpanKind             string
	PeerTags             []string // "key:value"
	IsTraceRoot          int32
	GRPCStatusCode       string
	HTTPMethod           string
	HTTPEndpoint         string
	ServiceSource        string
	DerivedPrimaryTags   []string
	AdditionalMetricTags []string
}
