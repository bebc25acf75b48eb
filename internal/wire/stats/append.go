package stats

import "github.com/tinylib/msgp/msgp"

// Append appends a payload to dst.
func Append(dst []byte, p *Payload) []byte {
	dst = msgp.AppendMapHeader(dst, 16)
	dst = appendString(dst, "Hostname", p.Hostname)
	dst = appendString(dst, "Env", p.Env)
	dst = appendString(dst, "Version", p.Version)
	dst = appendString(dst, "Lang", p.Lang)
	dst = appendString(dst, "TracerVersion", p.TracerVersion)
	dst = appendString(dst, "RuntimeID", p.RuntimeID)
	dst = appendUint(dst, "Sequence", p.Sequence)
	dst = appendString(dst, "AgentAggregation", p.AgentAggregation)
	dst = appendString(dst, "Service", p.Service)
	dst = appendString(dst, "ContainerID", p.ContainerID)
	dst = appendStrings(dst, "Tags", p.Tags)
	dst = appendString(dst, "GitCommitSha", p.GitCommitSha)
	dst = appendString(dst, "ImageTag", p.ImageTag)
	dst = appendUint(dst, "ProcessTagsHash", p.ProcessTagsHash)
	dst = appendString(dst, "ProcessTags", p.ProcessTags)
	dst = msgp.AppendArrayHeader(msgp.AppendString(dst, "Stats"), uint32(len(p.Buckets)))
	for i := range p.Buckets {
		b := &p.Buckets[i]
		dst = msgp.AppendMapHeader(dst, 4)
		dst = appendUint(dst, "Start", b.Start)
		dst = appendUint(dst, "Duration", b.Duration)
		dst = msgp.AppendInt64(msgp.AppendString(dst, "AgentTimeShift"), b.AgentTimeShift)
		dst = msgp.AppendArrayHeader(msgp.AppendString(dst, "Stats"), uint32(len(b.Groups)))
		for j := range b.Groups {
			dst = appendGroup(dst, &b.Groups[j])
		}
	}
	return dst
}

func appendGroup(dst []byte, g *Group) []byte {
	dst = msgp.AppendMapHeader(dst, 22)
	dst = appendString(dst, "Service", g.Service)
	dst = appendString(dst, "Name", g.Name)
	dst = appendString(dst, "Resource", g.Resource)
	dst = appendUint(dst, "HTTPStatusCode", uint64(g.HTTPStatusCode))
	dst = appendString(dst, "Type", g.Type)
	dst = appendString(dst, "DBType", g.DBType)
	dst = appendUint(dst, "Hits", g.Hits)
	dst = appendUint(dst, "Errors", g.Errors)
	dst = appendUint(dst, "Duration", g.Duration)
	dst = msgp.AppendBytes(msgp.AppendString(dst, "OkSummary"), g.OkSummary)
	dst = msgp.AppendBytes(msgp.AppendString(dst, "ErrorSummary"), g.ErrorSummary)
	dst = msgp.AppendBool(msgp.AppendString(dst, "Synthetics"), g.Synthetics)
	dst = appendUint(dst, "TopLevelHits", g.TopLevelHits)
	dst = appendString(dst, "SpanKind", g.SpanKind)
	dst = appendStrings(dst, "PeerTags", g.PeerTags)
	dst = msgp.AppendInt32(msgp.AppendString(dst, "IsTraceRoot"), g.IsTraceRoot)
	dst = appendString(dst, "GRPCStatusCode", g.GRPCStatusCode)
	dst = appendString(dst, "HTTPMethod", g.HTTPMethod)
	dst = appendString(dst, "HTTPEndpoint", g.HTTPEndpoint)
	dst = appendString(dst, "srv_src", g.ServiceSource)
	dst = appendStrings(dst, "SpanDerivedPrimaryTags", g.DerivedPrimaryTags)
	return appendStrings(dst, "AdditionalMetricTags", g.AdditionalMetricTags)
}

func appendString(dst []byte, key, value string) []byte {
	return msgp.AppendString(msgp.AppendString(dst, key), value)
}

func appendUint(dst []byte, key string, value uint64) []byte {
	return msgp.AppendUint64(msgp.AppendString(dst, key), value)
}

func appendStrings(dst []byte, key string, values []string) []byte {
	dst = msgp.AppendArrayHeader(msgp.AppendString(dst, key), uint32(len(values)))
	for _, v := range values {
		dst = msgp.AppendString(dst, v)
	}
	return dst
}
