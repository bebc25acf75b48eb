package intake

import (
	"net/http"
	"strconv"
	"strings"

	"hoofprint/internal/span"
)

// clientOf is what the headers say about the sender.
func clientOf(h http.Header, hostname string) span.Client {
	return span.Client{
		Lang:             text(h, "Datadog-Meta-Lang"),
		LangVersion:      text(h, "Datadog-Meta-Lang-Version"),
		Interpreter:      text(h, "Datadog-Meta-Lang-Interpreter"),
		TracerVersion:    text(h, "Datadog-Meta-Tracer-Version"),
		ContainerID:      container(h),
		Hostname:         hostname,
		ComputedTopLevel: truthy(h, "Datadog-Client-Computed-Top-Level"),
		ComputedStats:    truthy(h, "Datadog-Client-Computed-Stats"),
		DroppedTraces:    count(h, "Datadog-Client-Dropped-P0-Traces"),
		DroppedSpans:     count(h, "Datadog-Client-Dropped-P0-Spans"),
	}
}

func text(h http.Header, key string) string {
	v := h.Get(key)
	return strings.ToValidUTF8(v[:min(len(v), maxHeader)], "")
}

// truthy reads a boolean as the protocol has it: everything is true but nothing
// and the words for false.
func truthy(h http.Header, key string) bool {
	switch h.Get(key) {
	case "", "0", "f", "F", "FALSE", "False", "false":
		return false
	}
	return true
}

// count reads a number that is only counted with: a bad one is 0.
func count(h http.Header, key string) int64 {
	n, err := strconv.ParseInt(h.Get(key), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// container is the id of the sender's container: given as it is, or as one item
// ci-<id> (formerly cid-<id>) of the entity list.
func container(h http.Header) string {
	if id := text(h, "Datadog-Container-Id"); id != "" {
		return id
	}
	for item := range strings.SplitSeq(text(h, "Datadog-Entity-Id"), ",") {
		for _, prefix := range []string{"ci-", "cid-"} {
			if id, ok := strings.CutPrefix(strings.TrimSpace(item), prefix); ok {
				return id
			}
		}
	}
	return ""
}
