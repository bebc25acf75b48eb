package intake

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/msgpack"
)

// serveTraces takes one payload. It answers success only for what the handler
// took, with one exception that the protocol makes: a client that does not ask
// for real statuses is told nothing of a payload dropped for overload.
func (i *Intake) serveTraces(w http.ResponseWriter, r *http.Request, f format) {
	announced := count(r.Header, "X-Datadog-Trace-Count")
	if f.sniff {
		if err := checkCodec(r.Header.Get("Content-Type")); err != nil {
			i.refuse(w, err, announced)
			return
		}
	}
	body, release, err := i.readBody(w, r)
	if errors.Is(err, errCrowded) {
		i.overloaded(w, r, f, announced)
		return
	}
	if err != nil {
		i.refuse(w, err, announced)
		return
	}
	defer release()
	if !i.takeTurn(r.Context()) {
		i.overloaded(w, r, f, announced)
		return
	}
	defer func() { <-i.turns }()

	chunks, err := f.decode(body.Bytes())
	if err != nil {
		if errors.Is(err, msgpack.ErrTruncated) {
			err = &refusal{http.StatusBadRequest, "unexpected-eof"}
		}
		i.refuse(w, err, announced)
		return
	}
	payload := span.Payload{
		Client: clientOf(r.Header, i.Hostname), Chunks: chunks, MayRepeat: truthy(r.Header, "Hoofprint-May-Repeat"),
	}
	spans := 0
	for c := range chunks {
		spans += len(chunks[c].Spans)
	}
	i.clients.saw(&payload)
	// A client that gives up waiting does not undo what it sent.
	if err := i.Handler(context.WithoutCancel(r.Context()), payload); err != nil {
		i.counters.failed.Add(1)
		i.complain(i.counters.failedSpans.Add(int64(spans)), err)
		http.Error(w, "the payload could not be stored, send it again later", http.StatusServiceUnavailable)
		return
	}
	i.counters.payloads.Add(1)
	i.counters.chunks.Add(int64(len(chunks)))
	i.counters.spans.Add(int64(spans))
	i.counters.droppedByClients.Add(payload.Client.DroppedSpans)
	if !f.rates {
		answerOK(w, http.StatusOK)
		return
	}
	i.rates.answer(w, r, http.StatusOK)
}

// complain says, once in failureInterval, that payloads are not stored: a full
// disk fails all of them.
func (i *Intake) complain(spans int64, err error) {
	now, last := i.clients.now().UnixNano(), i.complained.Load()
	if now-last >= int64(failureInterval) && i.complained.CompareAndSwap(last, now) {
		i.Log.Error("payloads are not stored, their clients may send them again", "spans so far", spans, "error", err)
	}
}

// takeTurn waits until one more payload may be decoded; whoever gets true gives
// the token back.
func (i *Intake) takeTurn(ctx context.Context) bool {
	select {
	case i.turns <- struct{}{}:
		return true
	default:
	}
	wait := time.NewTimer(i.DecoderTimeout)
	defer wait.Stop()
	select {
	case i.turns <- struct{}{}:
		return true
	case <-wait.C:
	case <-ctx.Done():
	}
	return false
}

// overloaded drops a payload because too many others are being worked on.
func (i *Intake) overloaded(w http.ResponseWriter, r *http.Request, f format, chunks int64) {
	i.counters.overloaded.Add(1)
	i.counters.refusedChunks.Add(chunks)
	status := http.StatusOK
	if truthy(r.Header, "Datadog-Send-Real-Http-Status") {
		status = http.StatusTooManyRequests
	}
	if !f.rates {
		answerOK(w, status)
		return
	}
	i.rates.answer(w, r, status)
}

// refuse tells the client why its payload is not taken.
func (i *Intake) refuse(w http.ResponseWriter, err error, chunks int64) {
	i.counters.refused.Add(1)
	i.counters.refusedChunks.Add(chunks)
	status := http.StatusBadRequest
	var known *refusal
	if errors.As(err, &known) {
		status = known.status
	}
	http.Error(w, err.Error(), status)
}

// checkCodec refuses what is not MessagePack. Endpoints that sniff know JSON too
// in the Datadog Agent; no tracer of today sends it.
func checkCodec(contentType string) error {
	if contentType == "" {
		return nil
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err == nil && (media == "application/json" || media == "text/json") {
		return &refusal{http.StatusUnsupportedMediaType, "traces as JSON are not supported, send application/msgpack"}
	}
	return nil
}
