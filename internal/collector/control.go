package collector

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// maxControl is how much of a control file a process reads.
const maxControl = 1 << 20

// Control is the way back to one traced process: its control file and the word
// that tells it of a change. Safe for concurrent use. Setting what is set
// already costs nothing: neither the file is written nor the word raised.
type Control struct {
	path  string
	raise func() error

	mu      sync.Mutex
	closed  bool
	content controlContent
	written []byte
}

type controlContent struct {
	Rates  map[string]float64 `json:"rates,omitempty"`
	Remote json.RawMessage    `json:"remote,omitempty"`
}

// NewControl makes the control whose file is path and whose word raise raises. A
// file that an earlier collector left is what the process goes by.
func NewControl(path string, raise func() error) *Control {
	c := &Control{path: path, raise: raise}
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return c
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxControl))
	if err == nil && json.Unmarshal(b, &c.content) == nil {
		c.written = b
	} else {
		c.content = controlContent{}
	}
	return c
}

// SetRates sets the agent's rates by "service:S,env:E".
func (c *Control) SetRates(rates map[string]float64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if maps.Equal(rates, c.content.Rates) {
		return nil
	}
	next := c.content
	next.Rates = make(map[string]float64, len(rates))
	for key, rate := range rates {
		if !math.IsNaN(rate) && rate >= 0 && rate <= 1 {
			next.Rates[key] = rate
		}
	}
	return c.set(next)
}

// SetRemote sets the merged lib_config of the remote configuration, a JSON
// object; nil and {} both say that there is none any more.
func (c *Control) SetRemote(config json.RawMessage) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(config) == 0 {
		config = json.RawMessage("{}")
	}
	was := c.content.Remote
	if len(was) == 0 {
		was = json.RawMessage("{}")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, config); err != nil {
		return fmt.Errorf("remote configuration for %s: %w", filepath.Base(c.path), err)
	}
	if bytes.Equal(compact.Bytes(), was) {
		return nil
	}
	next := c.content
	next.Remote = compact.Bytes()
	return c.set(next)
}

// Ask raises the word alone: the process tells what it tells now and then.
func (c *Control) Ask() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	if c.written == nil { // there is nothing else for it, but it looks for the file
		return c.set(c.content)
	}
	return c.raise()
}

// set writes the file and raises the word. c.mu is held.
func (c *Control) set(next controlContent) error {
	if c.closed {
		return nil
	}
	if c.path == "" {
		return errors.New("the process has no place for a control file")
	}
	b, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("encode control file %s: %w", c.path, err)
	}
	if len(b) > maxControl {
		return fmt.Errorf("control file %s: %d bytes are more than the %d that a process reads", c.path, len(b), maxControl)
	}
	if bytes.Equal(b, c.written) {
		c.content = next
		return nil
	}
	if err := c.write(b); err != nil {
		return fmt.Errorf("write control file: %w", err)
	}
	c.content, c.written = next, b
	return c.raise()
}

func (c *Control) write(b []byte) error {
	tmp := c.temporary()
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(tmp, c.path)
	}
	if err != nil {
		_ = os.Remove(tmp)
	}
	return err
}

func (c *Control) temporary() string {
	dir, name := filepath.Split(c.path)
	return filepath.Join(dir, "."+name+".tmp")
}

// close ends the control; with remove the file goes.
func (c *Control) close(remove bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if remove && c.path != "" {
		_ = os.Remove(c.path)
		_ = os.Remove(c.temporary())
	}
}
