package pipeline

import (
	"math"
	"strconv"
	"strings"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/inband"
)

// mend brings one span into form.
func (p *Pipeline) mend(s *span.Span, lang string) {
	s.Service = p.service(s.Service, lang)
	p.otherServices(s)
	s.Name = p.name(s.Name)
	if s.Resource == "" {
		p.counters.count(resourceEmpty)
		s.Resource = s.Name
	}
	if len(s.Resource) > maxResource {
		p.counters.count(resourceTruncate)
		s.Resource = span.Cut(s.Resource, maxResource)
	}
	if len(s.Type) > maxType {
		p.counters.count(typeTruncate)
		s.Type = span.Cut(s.Type, maxType)
	}
	if s.ParentID == s.ID {
		s.ParentID = 0
	}
	if s.Error > 0 {
		s.Error = 1
	} else {
		s.Error = 0
	}
	p.time(s)
	p.tags(s)
	p.metrics(s)
	for i := range s.Links {
		for j := range s.Links[i].Attributes {
			if a := &s.Links[i].Attributes[j]; a.Key == keyLinkName {
				a.Value = p.name(a.Value)
			}
		}
	}
}

func (p *Pipeline) service(s, lang string) string {
	if s == "" {
		p.counters.count(serviceEmpty)
		return unnamed(lang)
	}
	if len(s) > maxService {
		p.counters.count(serviceTruncate)
		s = span.Cut(s, maxService)
	}
	if s = tagValue(s); s == "" {
		p.counters.count(serviceInvalid)
		return unnamed(lang)
	}
	return s
}

func unnamed(lang string) string {
	if lang == "" {
		return fallbackService
	}
	return "unnamed-" + lang + "-service"
}

// otherServices mends the tags that name a service.
func (p *Pipeline) otherServices(s *span.Span) {
	for i := range s.Tags {
		t := &s.Tags[i]
		var truncate, invalid reason
		switch t.Key {
		case keyPeerService:
			truncate, invalid = peerServiceTruncate, peerServiceInvalid
		case span.KeyBaseService:
			truncate, invalid = baseServiceTruncate, baseServiceInvalid
		default:
			continue
		}
		if t.Value == "" {
			continue
		}
		if len(t.Value) > maxService {
			p.counters.count(truncate)
			t.Value = span.Cut(t.Value, maxService)
		}
		if t.Value = tagValue(t.Value); t.Value == "" {
			p.counters.count(invalid)
		}
	}
}

func (p *Pipeline) name(s string) string {
	if s == "" {
		p.counters.count(nameEmpty)
		return fallbackName
	}
	if len(s) > maxName {
		p.counters.count(nameTruncate)
		s = span.Cut(s, maxName)
	}
	if s = operation(s); s == "" {
		p.counters.count(nameInvalid)
		return fallbackName
	}
	return s
}

func (p *Pipeline) time(s *span.Span) {
	if s.Duration < 0 || s.Start < 0 || s.Duration > math.MaxInt64-s.Start {
		p.counters.count(invalidDuration)
		s.Duration = 0
	}
	if s.Start < year2000 {
		p.counters.count(invalidStart)
		now := p.now().UnixNano()
		s.Start = now - s.Duration
		if s.Start < 0 {
			s.Start = now
		}
	}
}

func (p *Pipeline) tags(s *span.Span) {
	for i := 0; i < len(s.Tags); i++ {
		t := &s.Tags[i]
		switch t.Key {
		case span.KeyEnv:
			t.Value = tagValue(t.Value)
		case keyStatusCode:
			if !isStatusCode(t.Value) {
				p.counters.count(invalidStatusCode)
				s.DeleteTag(keyStatusCode)
				i--
				continue
			}
		}
		if (len(t.Key) <= maxTagKey && len(t.Value) <= maxTagValue) || isDocument(t.Key) {
			continue
		}
		p.counters.count(tagTruncate)
		if len(t.Value) > maxTagValue {
			t.Value = span.Cut(t.Value, maxTagValue) + cutMark
		}
		if len(t.Key) > maxTagKey {
			key, value := span.Cut(t.Key, maxTagKey)+cutMark, t.Value
			if inband.HasTag(s.Tags, key) { // two keys that differ beyond the cut
				s.DeleteTag(t.Key)
				s.SetTag(key, value)
				i--
				continue
			}
			t.Key = key
		}
	}
}

func (p *Pipeline) metrics(s *span.Span) {
	for i := 0; i < len(s.Metrics); i++ {
		m := &s.Metrics[i]
		if len(m.Key) <= maxMetricKey {
			continue
		}
		p.counters.count(tagTruncate)
		key, value := span.Cut(m.Key, maxMetricKey)+cutMark, m.Value
		if inband.HasMetric(s.Metrics, key) {
			s.DeleteMetric(m.Key)
			s.SetMetric(key, value)
			i--
			continue
		}
		m.Key = key
	}
}

// isDocument tells whether a tag holds a document, which cutting would spoil.
func isDocument(key string) bool {
	return strings.HasPrefix(key, "_dd.") &&
		(strings.HasSuffix(key, ".json") || strings.HasSuffix(key, ".msgpack") || strings.HasSuffix(key, ".protobuf"))
}

func isStatusCode(s string) bool {
	code, err := strconv.ParseUint(s, 10, 64)
	return err == nil && 100 <= code && code < 600
}
