package query

import "hoofprint/internal/span"

// fieldKind says which values an intrinsic takes.
type fieldKind uint8

const (
	kindText fieldKind = iota
	kindStatus
	kindDuration
	kindTime
	kindTraceID
	kindSpanID
)

// Intrinsic names, as Field.Name has them when Tag is not set.
const (
	Service  = "service"
	Name     = "name"
	Resource = "resource"
	Type     = "type"
	Status   = "status"
	Kind     = "kind"
	Duration = "duration"
	Start    = "start"
	TraceID  = "trace_id"
	SpanID   = "span_id"
	ParentID = "parent_id"
	Env      = "env"
	Version  = "version"
	Host     = "host"
)

func intrinsicKind(name string) (fieldKind, bool) {
	switch name {
	case Service, Name, Resource, Type, Kind, Env, Version, Host:
		return kindText, true
	case Status:
		return kindStatus, true
	case Duration:
		return kindDuration, true
	case Start:
		return kindTime, true
	case TraceID:
		return kindTraceID, true
	case SpanID, ParentID:
		return kindSpanID, true
	}
	return 0, false
}

// ParseField reads a field as a user writes it: service, @http.method. A bare
// name that is no intrinsic is a tag.
func ParseField(s string) Field {
	if len(s) > 1 && s[0] == '@' {
		if s == "@duration" { // how Datadog writes it
			return Field{Name: Duration}
		}
		return Field{Name: s[1:], Tag: true}
	}
	switch s {
	case "resource_name":
		return Field{Name: Resource}
	case "operation_name", "operation":
		return Field{Name: Name}
	case "span.kind":
		return Field{Name: Kind}
	case "hostname":
		return Field{Name: Host}
	}
	if _, ok := intrinsicKind(s); ok {
		return Field{Name: s}
	}
	return Field{Name: s, Tag: true}
}

// TagKey is the tag in which an intrinsic lives, "" for those that a span holds
// itself.
func (f Field) TagKey() string {
	if f.Tag {
		return f.Name
	}
	switch f.Name {
	case Kind:
		return span.KeyKind
	case Env:
		return span.KeyEnv
	case Version:
		return span.KeyVersion
	case Host:
		return span.KeyHostname
	}
	return ""
}
