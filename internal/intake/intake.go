// Package intake is the agent's front towards Datadog tracers: it listens on TCP
// and on a unix socket, speaks the trace part of the Datadog Agent's protocol, and
// hands each payload to a handler. A payload is acknowledged only after the
// handler has taken it.
package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/uses"
)

// Config of an intake.
type Config struct {
	// Handler takes a payload, which it may change and must be done with when it
	// returns. Its error refuses the payload, and the client may try again.
	Handler func(context.Context, span.Payload) error
	// Uses takes what collectors tell of removed names in use; nil where nobody
	// wants to know, and then it is not announced.
	Uses func(uses.Report) error
	// Page is the address of the web page for a client that reached this host by a
	// name, where uses can be read; nil or "" where there is none.
	Page func(host string) string
	// Address is the TCP address to listen on, host:port; "" for none.
	Address string
	// Socket is the path of the unix socket to listen on; "" for none.
	Socket string
	// Version and Commit are told to clients.
	Version, Commit string
	// Hostname is given to clients, which do not send theirs.
	Hostname string
	// Log gets what an operator must know; nil for slog's default.
	Log *slog.Logger
	// Decoders is how many payloads are decoded at once; 0 for half the processors.
	Decoders int
	// DecoderTimeout is how long a payload waits for its turn; 0 for one second.
	DecoderTimeout time.Duration
	// ReadTimeout is how long a client may take to send a request; 0 for 5 s.
	ReadTimeout time.Duration
}

// Intake serves tracers.
type Intake struct {
	Config
	listeners []net.Listener
	addresses []string
	info      info
	rates     rates
	turns     chan struct{} // one token for each running decoder
	bodies    atomic.Int64  // bytes reserved
	buffers   sync.Pool
	counters  counters
	// complained is when the log last told of a failure, Unix ns.
	complained atomic.Int64
	clients    clients
}

// New opens the listeners; Run serves them.
func New(c Config) (*Intake, error) {
	if c.Handler == nil {
		return nil, errors.New("intake: no handler")
	}
	if c.Decoders <= 0 {
		c.Decoders = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if c.DecoderTimeout <= 0 {
		c.DecoderTimeout = decoderTimeout
	}
	if c.ReadTimeout <= 0 {
		c.ReadTimeout = readTimeout
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	i := &Intake{Config: c, turns: make(chan struct{}, c.Decoders), rates: keepAll()}
	i.clients.now = time.Now
	port := 0
	if c.Address != "" {
		l, err := net.Listen("tcp", c.Address)
		if err != nil {
			return nil, fmt.Errorf("listen for tracers on %s (is another agent running there?): %w", c.Address, err)
		}
		i.listeners = append(i.listeners, l)
		i.addresses = append(i.addresses, "http://"+l.Addr().String())
		port = l.Addr().(*net.TCPAddr).Port
	}
	if c.Socket != "" {
		l, err := listenUnix(c.Socket)
		if err != nil {
			i.closeListeners()
			return nil, err
		}
		i.listeners = append(i.listeners, l)
		i.addresses = append(i.addresses, "unix://"+c.Socket)
	}
	if len(i.listeners) == 0 {
		return nil, errors.New("intake: neither a TCP address nor a unix socket to listen on")
	}
	var err error
	if i.info, err = newInfo(c, port); err != nil {
		i.closeListeners()
		return nil, err
	}
	return i, nil
}

// Addresses are the URLs under which tracers reach the intake.
func (i *Intake) Addresses() []string { return i.addresses }

// Run serves until ctx ends, then lets running requests finish.
func (i *Intake) Run(ctx context.Context) error {
	server := &http.Server{
		Handler:      i.routes(),
		ReadTimeout:  i.ReadTimeout,
		WriteTimeout: i.ReadTimeout + writeTimeout,
		IdleTimeout:  idleTimeout,
		ErrorLog:     slog.NewLogLogger(i.Log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, len(i.listeners))
	for _, l := range i.listeners {
		go func() { ended <- server.Serve(l) }()
	}
	var failed error
	select {
	case <-ctx.Done():
	case err := <-ended:
		failed = fmt.Errorf("serve tracers: %w", err)
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		_ = server.Close()
		failed = errors.Join(failed, fmt.Errorf("end requests of tracers: %w", err))
	}
	return failed
}

func (i *Intake) closeListeners() {
	for _, l := range i.listeners {
		_ = l.Close()
	}
}
