package ground

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

var (
	agentImage   = regexp.MustCompile(`(?:(?:^|[\s"'/=])datadog|datadoghq|datadog-agent|DataDog)/(?:agent|docker-dd-agent|dogstatsd):(?:\$\{\w+:?-)?v?(\d+(?:\.\d+){0,2})([\w.-]*)`)
	agentFlow    = regexp.MustCompile(`\brepository["']?\s*:\s*["']?[\w./-]*(?:datadog|datadoghq)/agent["']?\s*,\s*["']?tag["']?\s*:\s*["']?v?(\d+(?:\.\d+){0,2})`)
	agentTagOf   = regexp.MustCompile(`(?:datadog|datadoghq)/agent:\$\{?(\w+)`)
	agentPackage = regexp.MustCompile(`\bdatadog-agent(?:=|-|@|\s*=\s*)(?:\d:)?(\d+\.\d+(?:\.\d+)?)`)
	agentSetting = regexp.MustCompile(`(?i)^\s*(?:-\s*)?(?:export\s+|ENV\s+|ARG\s+|set\s+)?["']?(datadog_agent_version|datadog_agent_tag|dd_agent_version|datadog_agent_image_tag|datadog_agent_image_version|DATADOG_VERSION|datadog_apm_agent_version)["']?\s*[:= ]\s*["']?(?:\d:)?(\d+\.\d+(?:\.\d+)?)`)
	agentMajor   = regexp.MustCompile(`(?i)\b(DD_AGENT_MAJOR_VERSION|datadog_agent_major_version|agent_major_version)["']?\s*[:=]\s*["']?([567])\b`)
	agentMinor   = regexp.MustCompile(`\bDD_AGENT_MINOR_VERSION["']?\s*[:=]\s*["']?(\d+(?:\.\d+)?)`)
	agentChart   = regexp.MustCompile(`(?:^|[\s"',])agents\.image\.tag=["']?v?(\d+(?:\.\d+){0,2})`)
	tagLine      = regexp.MustCompile(`^(\s*)(?:-\s*)?["']?tag["']?\s*:\s*["']?v?(\d+(?:\.\d+){0,2})([\w.-]*)`)
	keyLine      = regexp.MustCompile(`^(\s*)(?:-\s*)?["']?([\w.-]+)["']?\s*:\s*(.*)$`)
)

// agent finds a Datadog Agent below 7.63.
func (s *scan) agent() {
	has := func(word string) bool { return bytes.Contains(s.f.Text, []byte(word)) }
	if s.kind == lock || s.kind == requirements || !has("atadog") && !has("DATADOG") && !has("DD_") && !has("agent_major") {
		return
	}
	tags := s.tagVariables(agentTagOf)
	for i, l := range s.rows() {
		text := l.text
		if at, end, ok := tags.value(text); ok {
			s.agentAt(l, at, end, text[at:end], true)
			continue
		}
		if strings.Contains(text, "agent:") || strings.Contains(text, "dogstatsd:") {
			for _, m := range agentImage.FindAllStringSubmatchIndex(text, -1) {
				s.agentAt(l, m[2], m[3], text[m[2]:m[3]], true)
			}
		}
		if s.kind == yaml && strings.Contains(text, "tag") {
			if m := agentFlow.FindStringSubmatchIndex(text); m != nil {
				s.agentAt(l, m[2], m[3], text[m[2]:m[3]], true)
			}
			if m := tagLine.FindStringSubmatchIndex(text); m != nil && s.agentTag(i, m[3]-m[2]) {
				s.agentAt(l, m[4], m[5], text[m[4]:m[5]], true)
			}
		}
		if !strings.Contains(text, "agent") && !strings.Contains(text, "AGENT") && !strings.Contains(text, "DATADOG_VERSION") {
			continue
		}
		for _, m := range agentChart.FindAllStringSubmatchIndex(text, strings.Count(text, "agents.image.tag=")) {
			s.agentAt(l, m[2], m[3], text[m[2]:m[3]], true)
		}
		if m := agentSetting.FindStringSubmatchIndex(text); m != nil {
			s.agentAt(l, m[4], m[5], text[m[4]:m[5]], true)
			continue
		}
		if m := agentMajor.FindStringSubmatchIndex(text); m != nil && text[m[4]] != '7' {
			s.agentAt(l, m[4], m[5], text[m[4]:m[5]], true)
		}
		if m := agentMinor.FindStringSubmatchIndex(text); m != nil {
			if r, _ := parse(text[m[2]:m[3]]); r != nil && r.below(63) {
				s.report(l, m[2], m[3], oldAgent, true, "the Datadog Agent is 7."+text[m[2]:m[3]])
			}
		}
		for _, m := range agentPackage.FindAllStringSubmatchIndex(text, -1) {
			s.agentAt(l, m[2], m[3], text[m[2]:m[3]], s.kind != other)
		}
	}
}

// agentAt reports a version of the Agent if it is below 7.63. A whole major version moves.
func (s *scan) agentAt(l line, start, end int, written string, sure bool) {
	r, _ := parse(written)
	if len(r) == 0 || r[0] < 5 || r[0] > 7 || len(r) == 1 && r[0] == 7 || !r.below(7, 63) {
		return
	}
	out := s.report(l, start, end, oldAgent, sure, fmt.Sprintf("the Datadog Agent is %s", written))
	if (len(r) == 3 || len(r) == 1) && !strings.HasPrefix(l.text[end:], "-rc") && !strings.Contains(l.text[end:], "@sha256:") {
		to := "7.63.0"
		if len(r) == 1 {
			to = "7"
		}
		(*edits)(out).put(l, start, end, to)
	}
}

// agentTag is true of a tag in Helm values that is the Agent's: under agents.image, or next to its repository.
func (s *scan) agentTag(i, indent int) bool {
	rows := s.rows()
	var keys []string
	depth := indent
	for k := i - 1; k >= 0 && i-k < 300; k-- {
		m := keyLine.FindStringSubmatch(rows[k].text[:rows[k].note])
		if m == nil {
			continue
		}
		switch n := len(m[1]); {
		case n == indent && len(keys) == 0:
			if ours, known := agentRepository(m[2], m[3]); known {
				return ours
			}
		case n < depth:
			keys = append(keys, m[2])
			depth = n
		}
	}
	for k := i + 1; k < len(rows) && k < i+30; k++ {
		m := keyLine.FindStringSubmatch(rows[k].text[:rows[k].note])
		if m == nil || len(m[1]) > indent {
			continue
		}
		if len(m[1]) < indent {
			break
		}
		if ours, known := agentRepository(m[2], m[3]); known {
			return ours
		}
	}
	return len(keys) > 1 && keys[0] == "image" && (keys[1] == "agents" || keys[1] == "nodeAgent")
}

// agentRepository says if an image's repository or name is the Agent's.
func agentRepository(key, value string) (ours, known bool) {
	value = strings.Trim(strings.TrimSpace(value), `"'`)
	switch {
	case value == "" || value == "null" || key != "repository" && key != "name" && key != "image":
		return false, false
	case key == "name":
		return value == "agent" || strings.HasSuffix(value, "datadog/agent"), true
	}
	return strings.HasSuffix(value, "datadog/agent") || strings.HasSuffix(value, "datadoghq/agent"), true
}
