// Package collector brings spans from the rings of traced processes to an agent.
//
// Each ring has one goroutine that reads records, assembles the chunks of local
// traces and hands them to the shipper of its agent. A ring's tail moves only
// when spans are delivered or on disk, so that a collector may be killed at any
// moment; marks beside the ring tell the next one what was delivered behind the
// tail. Only the payload under way at that moment may be sent twice.
package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"hoofprint/internal/ring"
	"hoofprint/internal/span"
)

// Config of a collector. The zero value of each field means its default.
type Config struct {
	// RunDirs hold the rings; default DefaultRunDir().
	RunDirs []string
	// SpoolDir keeps spans while their agent is away; default DefaultSpoolDir().
	SpoolDir   string
	SpoolBytes int64
	// Route gives the sink for an agent URL, nil for one reached over HTTP. It is
	// called once for each URL.
	Route func(agentURL string) Sink
	// Follow is asked about each process when its ring is found; a nil answer means
	// that this one is of no interest.
	Follow []func(Process) Follower
	// AgentURL is for processes that name no agent.
	AgentURL string
	// FlushInterval bounds how long an assembled chunk waits for company.
	FlushInterval time.Duration
	// MaxBytes bounds the spans in memory, estimated in bytes on the wire; beyond
	// it the rings hold what comes.
	MaxBytes int64
	// IdleExit ends Run when no ring lived for so long; 0 never.
	IdleExit time.Duration
	// SpoolExit bounds how long beyond IdleExit Run goes on while an agent is away
	// for which spans wait on disk; default an hour.
	SpoolExit time.Duration
	// MayYield ends Run when another collector asks for its place.
	MayYield bool
	// TakeOver asks a daemon for its place and waits for it. Without, Run returns
	// ErrHeld when another collector serves a run directory.
	TakeOver bool
	// Patience waits so long for a collector that holds a lock and does not
	// answer, before it gives up with ErrHeld.
	Patience time.Duration
	// Lock is that of the first run directory, where the caller has it already.
	Lock *os.File
	// Ready is called once when the first run directory is locked and its socket
	// answers.
	Ready func()
	Log   *slog.Logger
}

var (
	errYielded = errors.New("another collector asked for this one's place")
	errIdle    = errors.New("no traced process is left")
	errGone    = errors.New("the ring of this process is closed")
)

// Collector drains the rings of one or more run directories.
type Collector struct {
	cfg          Config
	log          *slog.Logger
	cancel       context.CancelCauseFunc
	ready        sync.Once
	pidNamespace string    // ours
	complain     sync.Once // that a control file cannot be written

	used       atomic.Int64
	hellos     atomic.Int64
	spans      atomic.Int64
	unfinished atomic.Int64

	mu    sync.Mutex
	ctx   context.Context // nil unless Run runs; of the rings' goroutines
	rings map[string]*tracked
	bad   map[string]bool // rings that will never be read
	// unreadable holds the agents' addresses that were complained of.
	unreadable map[string]bool
	failed     map[string]bool // rings that were complained about
	shippers   map[string]*shipper
	agents     map[string]*Agent
	lastAlive  time.Time

	ringTasks sync.WaitGroup
	shipTasks sync.WaitGroup
	shipCtx   context.Context
}

// Stats are counts since the start.
type Stats struct {
	Hellos     int64 // greetings of traced processes
	Spans      int64 // finished spans read
	Unfinished int64 // spans reported for dead processes
	Rings      int   // being read now
	Dropped    uint64
	Bad        uint64
}

// New makes a collector; Run starts it.
func New(cfg Config) *Collector {
	if len(cfg.RunDirs) == 0 {
		cfg.RunDirs = []string{DefaultRunDir()}
	}
	if cfg.SpoolDir == "" {
		cfg.SpoolDir = DefaultSpoolDir()
	}
	if cfg.SpoolBytes == 0 {
		cfg.SpoolBytes = defaultSpoolBytes
	}
	if cfg.AgentURL == "" {
		cfg.AgentURL = "http://localhost:8126"
	}
	if cfg.FlushInterval == 0 {
		cfg.FlushInterval = defaultFlush
	}
	if cfg.SpoolExit == 0 {
		cfg.SpoolExit = defaultSpoolExit
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Collector{cfg: cfg, pidNamespace: pidNamespace(), log: cfg.Log, rings: map[string]*tracked{}, bad: map[string]bool{}, unreadable: map[string]bool{}, failed: map[string]bool{}, shippers: map[string]*shipper{}, agents: map[string]*Agent{}}
}

// Run collects until ctx ends, then drains, delivers or spools, and returns nil.
// It also ends, with nil, when idle or asked to yield (see Config), and with
// ErrHeld when another collector is there. It may run once.
func (c *Collector) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	shipCtx, stopShipping := context.WithCancel(context.WithoutCancel(ctx))
	defer stopShipping()
	c.mu.Lock()
	c.cancel, c.ctx, c.shipCtx, c.lastAlive = cancel, ctx, shipCtx, time.Now()
	c.mu.Unlock()

	var locks []*os.File
	var locksMu sync.Mutex
	var dirs sync.WaitGroup
	for _, dir := range c.cfg.RunDirs {
		dirs.Go(func() {
			lock, err := c.serveDir(ctx, dir)
			if lock != nil {
				locksMu.Lock()
				locks = append(locks, lock)
				locksMu.Unlock()
			}
			if err != nil {
				cancel(err)
			}
		})
	}
	var housekeeping sync.WaitGroup
	housekeeping.Go(func() { c.keepHouse(ctx) })

	<-ctx.Done()
	// Sockets first: a process that finds none starts a collector, which waits
	// for our locks. Then the rings, then what they made.
	dirs.Wait()
	housekeeping.Wait()
	c.mu.Lock()
	c.ctx = nil
	c.mu.Unlock()
	c.ringTasks.Wait()
	stopShipping()
	c.shipTasks.Wait()
	c.mu.Lock()
	clean := true
	for _, s := range c.shippers {
		clean = clean && !s.left
	}
	for _, t := range c.rings {
		t.close(clean)
	}
	c.mu.Unlock()
	for _, lock := range locks {
		lock.Close()
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, context.Canceled), errors.Is(cause, context.DeadlineExceeded),
		errors.Is(cause, errYielded), errors.Is(cause, errIdle):
		return nil
	default:
		return cause
	}
}

// serveDir collects from one run directory until ctx ends. The lock it returns
// is to be held until everything is delivered.
func (c *Collector) serveDir(ctx context.Context, dir string) (*os.File, error) {
	for replaced := false; ; replaced = true {
		if err := makeRunDir(dir); err != nil {
			return nil, err
		}
		lock, err := c.lock(ctx, dir)
		if replaced && errors.Is(err, ErrHeld) {
			<-ctx.Done() // its rings are another's; those we have are known to nobody else
			return nil, nil
		}
		if lock == nil {
			return nil, err
		}
		if err := c.serveLocked(ctx, dir, lock); !errors.Is(err, errReplaced) {
			return lock, err
		}
		lock.Close()
		c.mu.Lock()
		needless := c.cfg.IdleExit > 0 && len(c.rings) == 0
		c.mu.Unlock()
		if needless {
			c.cancel(errIdle) // whoever comes makes the directory, and starts another
			return nil, nil
		}
		c.log.Warn("a run directory was removed; it is made anew", "dir", dir)
	}
}

// serveLocked collects from a run directory whose lock is held, until ctx ends or
// with errReplaced.
func (c *Collector) serveLocked(ctx context.Context, dir string, lock *os.File) error {
	l, err := listen(dir)
	if err != nil {
		return err
	}
	var tasks sync.WaitGroup
	tasks.Go(func() { c.serveSocket(l, dir) })
	stop := context.AfterFunc(ctx, func() { l.Close() }) // which unlinks it
	c.ready.Do(func() {
		if c.cfg.Ready != nil {
			c.cfg.Ready()
		}
	})
	err = watchDir(ctx, dir, func() bool { return isLockOf(lock, dir) }, func(name string) { c.attach(dir, name) })
	if stop() {
		l.SetUnlinkOnClose(!errors.Is(err, errReplaced)) // it is another's by now
		l.Close()
	}
	tasks.Wait()
	return err
}

// lock gets the lock of dir, or waits for it where the configuration says so.
// Both results are nil when ctx ended first.
func (c *Collector) lock(ctx context.Context, dir string) (*os.File, error) {
	if lock := c.cfg.Lock; lock != nil && dir == c.cfg.RunDirs[0] {
		c.cfg.Lock = nil
		return lock, nil
	}
	warned := false
	for begin := time.Now(); ; {
		lock, err := lockRunDir(dir)
		if err == nil || !errors.Is(err, ErrHeld) {
			return lock, err
		}
		switch {
		case c.cfg.TakeOver:
			// Each time: another daemon may have come in the meantime.
			if answer, err := ask(ctx, dir, lineYield); err == nil && answer == "no" && !warned && ctx.Err() == nil {
				warned = true
				c.log.Warn("another collector serves this run directory and stays; waiting for its end", "dir", dir)
			}
		case time.Since(begin) >= c.cfg.Patience || Serving(ctx, dir):
			return nil, err
		}
		if !sleep(ctx, lockRetry) {
			return nil, nil
		}
	}
}

// keepHouse ends an idle collector and adopts what earlier ones left on disk.
func (c *Collector) keepHouse(ctx context.Context) {
	interval := time.Second
	if c.cfg.IdleExit > 0 {
		interval = min(interval, max(c.cfg.IdleExit/10, time.Millisecond))
	}
	adopted := time.Time{}
	refused := map[string]bool{} // agents that were complained about
	for {
		now := time.Now()
		if now.Sub(adopted) >= adoptInterval {
			adopted = now
			for _, url := range spooledAgents(c.cfg.SpoolDir) {
				if _, err := c.shipper(url, ""); err != nil && !refused[url] {
					refused[url] = true
					c.log.Warn("spans on disk cannot be delivered", "agent", url, "error", err)
				}
			}
		}
		c.mu.Lock()
		if len(c.rings) > 0 {
			c.lastAlive = now
		}
		limit := c.cfg.IdleExit
		for _, s := range c.shippers {
			if s.waiting.Load() > 0 {
				limit = max(limit, c.cfg.SpoolExit)
			}
		}
		idle := c.cfg.IdleExit > 0 && now.Sub(c.lastAlive) > limit
		if idle {
			c.cancel(errIdle) // under the lock: a hello comes before this or is told no
		}
		c.mu.Unlock()
		if idle {
			return
		}
		if !sleep(ctx, interval) {
			return
		}
	}
}

func marksPath(ringPath string) string { return ringPath + ".done" }

func controlPath(ringPath string) string { return ringPath + ".control" }

// ending tells whether rings that come now are left to the next collector.
func (c *Collector) ending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ctx == nil || c.ctx.Err() != nil
}

// attach starts reading a ring, unless that is done already.
func (c *Collector) attach(dir, name string) {
	path := filepath.Join(dir, name)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil || c.ctx.Err() != nil || c.rings[path] != nil || c.bad[path] {
		return
	}
	reader, err := ring.Open(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return
		}
		if !c.failed[path] { // one line, not one for each scan
			c.failed[path] = true
			c.log.Warn("cannot read a ring", "error", err)
		}
		// Anything else, as too many open files, passes.
		c.bad[path] = errors.Is(err, ring.ErrInvalid)
		return
	}
	m := ringName.FindStringSubmatch(name)
	if atoi(m[1]) != reader.PID() || uint64(atoi(m[2])) != reader.StartTime() {
		c.bad[path] = true
		c.log.Warn("a ring does not belong to the process of its name", "ring", path)
		reader.Close()
		return
	}
	marks, err := openMarks(marksPath(path), reader.Size(), reader.Created())
	if err != nil {
		c.log.Warn("spans may be sent twice should this collector be killed", "error", err)
	}
	c.track(reader, path, path, controlPath(path), marks)
	// A process that has a second ring may have become another program.
	for _, other := range c.rings {
		mine := c.rings[path]
		if mine != nil && other != mine && other.reader.PID() == reader.PID() && other.reader.StartTime() == reader.StartTime() {
			for _, t := range []*tracked{mine, other} {
				t.lookAtExec.Store(true)
				t.wake(false)
			}
		}
	}
}

// attachFD starts reading a ring that has no name in a file system.
func (c *Collector) attachFD(fd int, dir, name string) error {
	reader, err := ring.OpenFD(fd, name)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("memfd:%d-%d-%d", reader.PID(), reader.StartTime(), reader.Created())
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil || c.ctx.Err() != nil || c.rings[key] != nil {
		reader.Close()
		return nil
	}
	control := ""
	if memfdName.MatchString(name) {
		control = controlPath(filepath.Join(dir, name))
	}
	c.track(reader, "", key, control, nil)
	return nil
}

// track starts the goroutine of a ring. c.mu is held.
func (c *Collector) track(reader *ring.Reader, path, key, control string, m *marks) {
	d := reader.Description()
	t := &tracked{path: path, reader: reader, desc: d, marks: m, client: clientOf(&d)}
	url := d.AgentURL
	if url == "" {
		url = c.cfg.AgentURL
	}
	ship, err := c.shipperLocked(url, d.APIVersion)
	if err != nil {
		// The spans are worth more than the mistake, and a ring that nobody reads
		// would stay in memory for ever.
		if !c.unreadable[url] {
			c.unreadable[url] = true
			c.log.Error("a traced process names an agent whose address cannot be read; its spans go to the default one",
				"service", d.Service, "agent", c.cfg.AgentURL, "error", err)
		}
		ship, err = c.shipperLocked(c.cfg.AgentURL, d.APIVersion)
	}
	if err != nil {
		c.bad[key] = true
		c.log.Error("a traced process names an agent that cannot be reached", "service", d.Service, "error", err)
		reader.Close()
		m.close()
		return
	}
	t.ship = ship
	t.ledger.commit, t.ledger.marks, t.ledger.next = t.commit, m, reader.Pos()
	t.asm = newAssembler(func(a assembled) { c.emit(t, a) }, t.openServices)
	t.asm.partial = partialFlush(&d)
	t.events = nativeEvents(&d)
	t.asm.rootTags = rootTags(&d)
	ship.tune(&d)
	if m == nil || m.suspect {
		behind, _ := reader.Behind()
		t.suspectBefore = reader.Pos() + behind
	}
	if !ship.inProcess {
		t.counter = newCounter(&d, t.client)
		ship.startCounting(t.counter)
	}
	t.control = NewControl(control, t.raiseControl)
	c.rings[key] = t
	ctx := c.ctx
	c.ringTasks.Go(func() {
		stop := c.watch(t)
		c.giveRates(t)
		c.follow(t)
		c.drain(ctx, t)
		stop()
		t.followers.end(t.dead.Load())
		t.followers.done.Wait()
		t.control.close(t.dead.Load() && ctx.Err() == nil)
		if ctx.Err() != nil {
			return // acknowledgements are still to come; Run closes
		}
		ship.endCounting(t.counter)
		c.mu.Lock()
		delete(c.rings, key)
		delete(c.failed, path)
		if path != "" {
			if _, err := os.Lstat(path); err == nil {
				c.bad[path] = true // given up
			}
		}
		c.mu.Unlock()
		t.close(false)
	})
}

// watch notices the end of a ring's process.
func (c *Collector) watch(t *tracked) (stop func()) {
	t.writer = writerOf(t.reader, c.pidNamespace)
	if t.writer.hidden {
		c.log.Warn("a traced process lives in a container that cannot be seen from this one; its spans are delivered, "+
			"its ring stays when it ends; give each container a HOOFPRINT_RUN_DIR of its own", "ring", t.reader.Name())
		return func() {}
	}
	t.stale = !alive(t.writer.pid, t.writer.start)
	stop, err := onDeath(t.writer.pid, t.writer.start, func() {
		t.dead.Store(true)
		t.wake(false)
	})
	t.noPidfd = err != nil
	return stop
}

func clientOf(d *ring.Description) span.Client {
	return span.Client{
		Lang: "python", LangVersion: d.LangVersion, Interpreter: d.Interpreter, TracerVersion: d.TracerVersion,
		ContainerID: d.ContainerID, Hostname: d.Hostname, ComputedTopLevel: true,
	}
}

// shipper returns the shipper for an agent, starting it if need be.
func (c *Collector) shipper(url, apiVersion string) (*shipper, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shipperLocked(url, apiVersion)
}

func (c *Collector) shipperLocked(url, apiVersion string) (*shipper, error) {
	if apiVersion == "v0.5" {
		apiVersion = ""
	}
	key := apiVersion + " " + url
	if s := c.shippers[key]; s != nil {
		return s, nil
	}
	var sink Sink
	if c.cfg.Route != nil {
		sink = c.cfg.Route(url)
	}
	agent := c.agents[url]
	if agent == nil {
		var err error
		if agent, err = NewAgent(url); err == nil {
			c.agents[url] = agent
			agent.onRates = func(map[string]float64) { c.giveAllRates(agent) }
		} else if sink == nil {
			return nil, err
		}
	}
	if sink == nil {
		sink = NewHTTPSink(agent, apiVersion)
	}
	s := newShipper(url, sink, agent, c)
	c.shippers[key] = s
	ctx := c.shipCtx
	c.shipTasks.Go(func() { s.run(ctx) })
	return s, nil
}

// Stats of this collector and of the rings it reads now.
func (c *Collector) Stats() Stats {
	s := Stats{Hellos: c.hellos.Load(), Spans: c.spans.Load(), Unfinished: c.unfinished.Load()}
	c.eachRing(func(t *tracked) {
		s.Rings++
		if counters, err := t.reader.Counters(); err == nil {
			s.Dropped += counters.Dropped
			s.Bad += counters.Bad
		}
	})
	return s
}

// eachRing calls f with the mapping of each ring held open.
func (c *Collector) eachRing(f func(*tracked)) {
	c.mu.Lock()
	all := make([]*tracked, 0, len(c.rings))
	for _, t := range c.rings {
		all = append(all, t)
	}
	c.mu.Unlock()
	for _, t := range all {
		t.mapped.RLock()
		if !t.closed {
			f(t)
		}
		t.mapped.RUnlock()
	}
}

// atoi reads the digits of a ring's name; too many of them give a number that
// belongs to no process.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
