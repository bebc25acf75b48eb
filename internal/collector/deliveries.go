package collector

import (
	"errors"
	"net"
	"sync/atomic"
)

// Deliveries counts what became of the chunks of one process. A payload of
// several processes counts for the first of them, so that the sum is right.
type Deliveries struct {
	Requests  atomic.Int64
	Responses atomic.Int64 // that took what was sent
	Timeouts  atomic.Int64
	Unreached atomic.Int64 // nobody there, or the connection broke
	Statuses  atomic.Int64 // an answer that took nothing
	Sent      atomic.Int64 // chunks
	Refused   atomic.Int64 // chunks that the agent will never take
	Unsampled atomic.Int64 // chunks that the agent does not want
}

// tally counts one attempt to deliver chunks.
func (b *batch) tally(chunks int, err error) {
	if len(b.acks) == 0 {
		return
	}
	d := &b.acks[0].ledger.deliveries
	d.Requests.Add(1)
	var refused *Refused
	var timeout net.Error
	switch {
	case err == nil:
		d.Responses.Add(1)
		d.Sent.Add(int64(chunks))
	case errors.As(err, &refused):
		d.Statuses.Add(1)
		d.Refused.Add(int64(chunks))
	case errors.As(err, &timeout) && timeout.Timeout():
		d.Timeouts.Add(1)
	case errors.Is(err, errUnreached), errors.Is(err, errUnanswered):
		d.Unreached.Add(1)
	default:
		d.Statuses.Add(1)
	}
}

// tallyThinned counts chunks that the agent lets us keep to ourselves.
func (b *batch) tallyThinned(chunks int) {
	if chunks > 0 && len(b.acks) > 0 {
		b.acks[0].ledger.deliveries.Unsampled.Add(int64(chunks))
	}
}
