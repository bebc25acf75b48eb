package stats

import (
	"fmt"
	"unsafe"

	"hoofprint/internal/wire/msgpack"
)

type decoder struct{ *msgpack.Reader }

// Decode reads a payload. Keys that it does not know are passed over.
func Decode(b []byte) (*Payload, error) {
	r := decoder{msgpack.NewReader(b)}
	p := &Payload{}
	for range r.Map() {
		if r.Err() != nil {
			break
		}
		switch r.String() {
		case "Hostname":
			p.Hostname = r.String()
		case "Env":
			p.Env = r.String()
		case "Version":
			p.Version = r.String()
		case "Lang":
			p.Lang = r.String()
		case "TracerVersion":
			p.TracerVersion = r.String()
		case "RuntimeID":
			p.RuntimeID = r.String()
		case "Sequence":
			p.Sequence = r.Uint64()
		case "AgentAggregation":
			p.AgentAggregation = r.String()
		case "Service":
			p.Service = r.String()
		case "ContainerID":
			p.ContainerID = r.String()
		case "Tags":
			p.Tags = r.strings()
		case "GitCommitSha":
			p.GitCommitSha = r.String()
		case "ImageTag":
			p.ImageTag = r.String()
		case "ProcessTagsHash":
			p.ProcessTagsHash = r.Uint64()
		case "ProcessTags":
			p.ProcessTags = r.String()
		case "Stats":
			p.Buckets = list(r, decoder.bucket)
		default:
			r.Skip()
		}
	}
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("decode stats payload: %w", err)
	}
	return p, nil
}

// list reads an array of maps; nothing is reserved before it is seen.
func list[T any](r decoder, one func(decoder) T) []T {
	var out []T
	var zero T
	for range r.Array() {
		if r.Err() != nil || !r.Take(1, int(unsafe.Sizeof(zero))) {
			return nil
		}
		out = append(out, one(r))
	}
	return out
}

func (r decoder) strings() []string { return list(r, func(r decoder) string { return r.String() }) }

func (r decoder) bucket() (b Bucket) {
	for range r.Map() {
		if r.Err() != nil {
			break
		}
		switch r.String() {
		case "Start":
			b.Start = r.Uint64()
		case "Duration":
			b.Duration = r.Uint64()
		case "AgentTimeShift":
			b.AgentTimeShift = r.Int64()
		case "Stats":
			b.Groups = list(r, decoder.group)
		default:
			r.Skip()
		}
	}
	return b
}

func (r decoder) group() (g Group) {
	for range r.Map() {
		if r.Err() != nil {
			break
		}
		switch r.String() {
		case "Service":
			g.Service = r.String()
		case "Name":
			g.Name = r.String()
		case "Resource":
			g.Resource = r.String()
		case "HTTPStatusCode":
			g.HTTPStatusCode = r.Uint32()
		case "Type":
			g.Type = r.String()
		case "DBType":
			g.DBType = r.String()
		case "Hits":
			g.Hits = r.Uint64()
		case "Errors":
			g.Errors = r.Uint64()
		case "Duration":
			g.Duration = r.Uint64()
		case "OkSummary":
			g.OkSummary = r.Bytes()
		case "ErrorSummary":
			g.ErrorSummary = r.Bytes()
		case "Synthetics":
			g.Synthetics = r.Bool()
		case "TopLevelHits":
			g.TopLevelHits = r.Uint64()
		case "SpanKind":
			g.SpanKind = r.String()
		case "PeerTags":
			g.PeerTags = r.strings()
		case "IsTraceRoot":
			g.IsTraceRoot = r.Int32()
		case "GRPCStatusCode":
			g.GRPCStatusCode = r.String()
		case "HTTPMethod":
			g.HTTPMethod = r.String()
		case "HTTPEndpoint":
			g.HTTPEndpoint = r.String()
		case "srv_src":
			g.ServiceSource = r.String()
		case "SpanDerivedPrimaryTags":
			g.DerivedPrimaryTags = r.strings()
		case "AdditionalMetricTags":
			g.AdditionalMetricTags = r.strings()
		default:
			r.Skip()
		}
	}
	return g
}
