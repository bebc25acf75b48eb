package stats

import (
	"slices"
	"strconv"
	"strings"

	"hoofprint/internal/span"
	wire "hoofprint/internal/wire/stats"
)

// Longest texts of a key, in bytes.
const (
	maxText     = 100
	maxResource = 5000
	maxExtra    = 200
)

// key is what the spans of a group have in common.
type key struct {
	service, name, resource, spanType, kind string
	status                                  uint32
	grpc, method, endpoint, source          string
	peers                                   string // "key:value" joined by NUL
	extras                                  string // the same
	synthetics                              bool
	root                                    int32
}

func keyOf(s *span.Span, synthetics bool, cfg *Config) key {
	k := key{
		service: span.Cut(s.Service, maxText), name: span.Cut(s.Name, maxText), resource: s.Resource, spanType: span.Cut(s.Type, maxText),
		synthetics: synthetics, root: wire.TraceRootFalse,
	}
	if s.ParentID == 0 {
		k.root = wire.TraceRootTrue
	}
	if cfg.Obfuscate {
		k.resource = obfuscate(s.Type, s.Resource)
	}
	k.resource = span.Cut(k.resource, maxResource)
	var base, status, route string
	var grpc [len(grpcKeys)]string
	for i := range s.Tags {
		switch t := &s.Tags[i]; t.Key {
		case span.KeyKind:
			k.kind = t.Value
		case "http.status_code":
			status = t.Value
		case "http.method":
			k.method = t.Value
		case "http.endpoint":
			k.endpoint = t.Value
		case "http.route":
			route = t.Value
		case "_dd.svc_src":
			k.source = t.Value
		case span.KeyBaseService:
			base = t.Value
		default:
			if i := slices.Index(grpcKeys[:], t.Key); i >= 0 {
				grpc[i] = t.Value
			}
		}
	}
	if k.endpoint == "" {
		k.endpoint = route
	}
	k.status = httpStatus(s, status)
	k.grpc = grpcStatus(s, grpc)
	k.peers = peers(s, k.kind, base, cfg)
	if len(cfg.AdditionalTags) > 0 {
		k.extras = extras(s, cfg.AdditionalTags)
	}
	return k
}

// clone copies the texts, which are cut out of larger blocks.
func (k key) clone() key {
	for _, s := range []*string{&k.service, &k.name, &k.resource, &k.spanType, &k.kind, &k.grpc, &k.method, &k.endpoint, &k.source, &k.peers, &k.extras} {
		*s = strings.Clone(*s)
	}
	return k
}

func (k *key) wire() wire.Group {
	g := wire.Group{
		Service: k.service, Name: k.name, Resource: k.resource, HTTPStatusCode: k.status, Type: k.spanType, Synthetics: k.synthetics,
		SpanKind: k.kind, IsTraceRoot: k.root, GRPCStatusCode: k.grpc, HTTPMethod: k.method, HTTPEndpoint: k.endpoint, ServiceSource: k.source,
	}
	if k.peers != "" {
		g.PeerTags = strings.Split(k.peers, "\x00")
	}
	switch k.extras {
	case "":
	case Blocked:
		g.AdditionalMetricTags = []string{Blocked + ":"}
	default:
		g.AdditionalMetricTags = strings.Split(k.extras, "\x00")
	}
	return g
}

// extras gives the additional tags of a span, in the order of keys, joined by NUL.
func extras(s *span.Span, keys []string) string {
	var out []string
	for _, key := range keys {
		value, _ := s.Tag(key)
		switch {
		case value == "":
			continue
		case len(value) > maxExtra:
			value = Blocked
		}
		out = append(out, key+":"+value)
	}
	return strings.Join(out, "\x00")
}

func httpStatus(s *span.Span, text string) uint32 {
	if text == "" {
		v, _ := s.Metric("http.status_code")
		if v > 0 && v < 1000 {
			return uint32(v)
		}
		return 0
	}
	v, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return uint32(v)
}

// grpcKeys are the tags that may hold the status of a call, the best one first.
var grpcKeys = [...]string{"rpc.grpc.status_code", "grpc.code", "rpc.grpc.status.code", "grpc.status.code"}

// grpcNames are the names of the codes, by code.
var grpcNames = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
	"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

func grpcStatus(s *span.Span, values [len(grpcKeys)]string) string {
	for i, text := range values {
		if text == "" {
			if v, ok := s.Metric(grpcKeys[i]); ok && v >= 0 && v < 1000 {
				return strconv.Itoa(int(v))
			}
			continue
		}
		if v, err := strconv.ParseUint(text, 10, 32); err == nil {
			return strconv.FormatUint(v, 10)
		}
		name := strings.ToUpper(text)
		name = strings.TrimPrefix(name, "STATUSCODE.")
		if name == "CANCELED" {
			name = "CANCELLED"
		}
		if code := slices.Index(grpcNames[:], name); code >= 0 {
			return strconv.Itoa(code)
		}
		return ""
	}
	return ""
}
