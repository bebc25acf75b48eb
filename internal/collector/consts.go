package collector

import "time"

const (
	// partialFlushSpans is ddtrace's default for DD_TRACE_PARTIAL_FLUSH_MIN_SPANS.
	// Shorter waiting traces are not cut by age: agents and stores judge a trace
	// by whole chunks, and until it is whole its spans are safe in the ring.
	partialFlushSpans = 300
	// pressureShare of a ring may be held by spans whose trace is still open;
	// beyond it the oldest are sent as they are, long before spans are lost.
	pressureShare = 4
	// orphanAge is how long a trace waits once its ring has dropped spans: the
	// record that would have completed it may be among those.
	orphanAge = 10 * time.Second
	// maxDecisions bounds the traces of one process that are remembered between
	// two chunks.
	maxDecisions = 65536

	// maxClosed bounds the closed traces of one process whose decision is kept.
	maxClosed = 1024

	readBatch = 512
	// While spans flow the loop polls, unarmed, so that the traced process makes
	// no system call per span. A 16 MiB ring takes 150 ms to fill at full rate.
	pollInterval = 20 * time.Millisecond
	minPoll      = time.Millisecond
	// quietAfter without a record the loop arms the ring and sleeps.
	quietAfter = 200 * time.Millisecond

	defaultMaxBytes   = 64 << 20
	defaultSpoolBytes = 512 << 20
	defaultFlush      = time.Second
	defaultSpoolExit  = time.Hour
	// batchBytes keeps a request well below the agent's limit of 25 MiB and
	// below what small proxies take.
	batchBytes = 6 << 20

	// execInterval is how often a quiet process is looked at for having become
	// another program.
	execInterval = 30 * time.Second

	rescanInterval = 10 * time.Second
	adoptInterval  = time.Minute
	firstLook      = 500 * time.Millisecond
	lockRetry      = 200 * time.Millisecond
	// stopDeadline is for delivering at exit; what is left is spooled.
	stopDeadline = 3 * time.Second

	// answerTimeout is long because an agent that is slow still has the payload:
	// giving up means sending it twice.
	answerTimeout = 30 * time.Second
	firstBackoff  = 100 * time.Millisecond
	maxBackoff    = 5 * time.Second
	// reachBackoff bounds it while nobody listens: to ask costs nothing, and
	// whoever has just started an agent looks for spans.
	reachBackoff = time.Second
	// maxRetryAfter bounds how long an agent may ask to be left alone.
	maxRetryAfter = time.Minute
	// blipRetries happen in memory, within about two seconds; then it is an outage.
	blipRetries = 4
	// poisonRetries of one payload answered 5xx; then it is set aside, or it
	// would block everything behind it.
	poisonRetries = 60

	// refusalInterval is between two lines about an agent that refuses all it gets.
	refusalInterval = time.Minute

	segmentBytes = 16 << 20
	maxLine      = 512
	lineTimeout  = time.Second
)
