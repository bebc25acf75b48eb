package collector

import (
	"context"
	"errors"
	"fmt"

	"hoofprint/internal/span"
)

// Sink takes payloads for one agent. Chunks come as the wire decoders give them
// (priority, origin and the whole trace id stand in their fields).
//
// nil means that the payload is safe there: it is never offered again. A
// *Refused payload is counted and given up. A *Partial one is offered again
// without what was taken. Any other error means that the agent is away: the
// payload is kept and offered again, in order, with the same BatchID.
type Sink interface {
	Deliver(ctx context.Context, p span.Payload) error
}

// Refused says that the agent will never take this payload.
type Refused struct{ Reason string }

func (e *Refused) Error() string { return e.Reason }

// Partial says that only a part of a payload was taken.
type Partial struct {
	Rest span.Payload
	Err  error
}

func (e *Partial) Error() string { return fmt.Sprintf("a part was delivered, then: %v", e.Err) }
func (e *Partial) Unwrap() error { return e.Err }

// errServer is an answer that may be the payload's fault or the agent's.
var errServer = errors.New("the agent failed")

type mayRepeatKey struct{}

// MayRepeat tells that some spans of a payload may have been delivered before:
// by a collector that was killed before it could note it, or in a request that
// was never answered. A sink that wants each span once looks these up, as only
// a payload now and then is of this kind.
func MayRepeat(ctx context.Context) bool {
	v, _ := ctx.Value(mayRepeatKey{}).(bool)
	return v
}

// errUnanswered says that nobody knows whether a payload was taken.
var errUnanswered = errors.New("no answer")

// errUnreached says that nobody was there to take a payload.
var errUnreached = errors.New("no connection")

type batchIDKey struct{}

// BatchID identifies a payload over all attempts to deliver it, so that a
// receiver can tell a repetition. "" for none.
func BatchID(ctx context.Context) string {
	id, _ := ctx.Value(batchIDKey{}).(string)
	return id
}

func withMayRepeat(ctx context.Context) context.Context {
	return context.WithValue(ctx, mayRepeatKey{}, true)
}

func withBatchID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, batchIDKey{}, id)
}
