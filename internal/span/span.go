// Package span holds the noun that every other package shares: a span, the
// chunk it travels in and the client that sent it.
//
// Invariant: a Span never holds two tags, or two metrics, of one key. Decoders
// and Set keep it; whoever appends to Tags directly must keep it too.
package span

// Sampling priorities, as the Datadog protocol numbers them.
const (
	UserReject int8 = -1
	AutoReject int8 = 0
	AutoKeep   int8 = 1
	UserKeep   int8 = 2
	// PriorityNone marks a chunk whose client sent no decision.
	PriorityNone int8 = -128
)

// Keys with a meaning for more than one package.
const (
	KeyTraceIDHigh      = "_dd.p.tid"
	KeySamplingPriority = "_sampling_priority_v1"
	KeyOrigin           = "_dd.origin"
	KeyDecisionMaker    = "_dd.p.dm"
	KeyTopLevel         = "_dd.top_level"
	KeyMeasured         = "_dd.measured"
	KeyBaseService      = "_dd.base_service"
	KeyEnv              = "env"
	KeyVersion          = "version"
	KeyHostname         = "_dd.hostname"
	KeyRuntimeID        = "runtime-id"
	KeyKind             = "span.kind"
	KeyComponent        = "component"
	KeyErrorType        = "error.type"
	KeyErrorMessage     = "error.message"
	KeyErrorStack       = "error.stack"
	// KeyUnfinished is set to 1 on a span that its process never finished: it
	// was open when the process died. Its duration runs up to the death.
	KeyUnfinished = "_hoofprint.unfinished"
)

// Tag is a string attribute of a span.
type Tag struct{ Key, Value string }

// Metric is a numeric attribute of a span.
type Metric struct {
	Key   string
	Value float64
}

// Struct is an attribute whose value is itself msgpack (meta_struct).
type Struct struct {
	Key   string
	Value []byte
}

// Span is one finished, or at a crash unfinished, operation.
type Span struct {
	TraceID  TraceID
	ID       uint64
	ParentID uint64 // 0 for a root span
	Start    int64  // Unix ns
	Duration int64  // ns
	Name     string // the operation
	Service  string
	Resource string
	Type     string
	Error    int32 // 0 or 1
	Tags     []Tag
	Metrics  []Metric
	Structs  []Struct
	Links    []Link
	Events   []Event
}

// End is the Unix time in ns at which the span ended.
func (s *Span) End() int64 { return s.Start + s.Duration }

// Tag returns the value of a tag and whether the span has it.
func (s *Span) Tag(key string) (string, bool) {
	for i := range s.Tags {
		if s.Tags[i].Key == key {
			return s.Tags[i].Value, true
		}
	}
	return "", false
}

// SetTag sets a tag, replacing an earlier value.
func (s *Span) SetTag(key, value string) {
	for i := range s.Tags {
		if s.Tags[i].Key == key {
			s.Tags[i].Value = value
			return
		}
	}
	s.Tags = append(s.Tags, Tag{key, value})
}

// DeleteTag removes a tag; it keeps the order of the others.
func (s *Span) DeleteTag(key string) {
	for i := range s.Tags {
		if s.Tags[i].Key == key {
			s.Tags = append(s.Tags[:i], s.Tags[i+1:]...)
			return
		}
	}
}

// Metric returns the value of a metric and whether the span has it.
func (s *Span) Metric(key string) (float64, bool) {
	for i := range s.Metrics {
		if s.Metrics[i].Key == key {
			return s.Metrics[i].Value, true
		}
	}
	return 0, false
}

// SetMetric sets a metric, replacing an earlier value.
func (s *Span) SetMetric(key string, value float64) {
	for i := range s.Metrics {
		if s.Metrics[i].Key == key {
			s.Metrics[i].Value = value
			return
		}
	}
	s.Metrics = append(s.Metrics, Metric{key, value})
}

// DeleteMetric removes a metric; it keeps the order of the others.
func (s *Span) DeleteMetric(key string) {
	for i := range s.Metrics {
		if s.Metrics[i].Key == key {
			s.Metrics = append(s.Metrics[:i], s.Metrics[i+1:]...)
			return
		}
	}
}
