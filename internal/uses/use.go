// Package uses is about what ddtrace 4 removed and programs still use while they
// run: which names, from which lines of which services, how often and until when.
package uses

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Endpoint of an agent takes a Report by POST, and tells by GET where it can be read.
const Endpoint = "/hoofprint/v1/uses"

// Bounds on what one message may hold. A process tells of at most 1,000 places.
const (
	MaxReport    = 8 << 20 // bytes
	MaxProcesses = 1000    // of a report
	MaxPlaces    = 1000    // of a process
	maxText      = 500     // bytes of a name
	maxFile      = 4096    // bytes of a path
	maxCount     = 1 << 53 // exact in every JSON reader
)

// Place is one line that uses one thing that changed.
type Place struct {
	Change   string `json:"change"` // an ID of migration/changes.json
	Name     string `json:"name"`   // as the program wrote it: "Span.set_tag_str"
	File     string `json:"file"`   // absolute, where the process ran
	Line     int    `json:"line"`
	Function string `json:"function"`
}

// Use is how often a place was used. Times are Unix ms.
type Use struct {
	Place
	Count int64 `json:"count"`
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

// Process is one traced process and all that is known of its uses. Counts are
// those since its start, so that being told twice changes nothing.
type Process struct {
	ID          string `json:"id"`
	Service     string `json:"service"`
	Env         string `json:"env"`
	Version     string `json:"version"`
	LangVersion string `json:"lang_version,omitempty"`
	// Bridge: it runs with DD_V3_BRIDGE=true.
	Bridge bool  `json:"bridge"`
	First  int64 `json:"first"` // when it started
	Last   int64 `json:"last"`  // when it was known to live
	Ended  bool  `json:"ended,omitempty"`
	Uses   []Use `json:"uses,omitempty"`

	// Agent is where a collector is to send this, and Sent that it has; in its own file only.
	Agent string `json:"agent,omitempty"`
	Sent  bool   `json:"sent,omitempty"`
}

// Report is what a collector tells its agent.
type Report struct {
	Processes []Process `json:"processes"`
}

// Decode reads and checks a report; it bounds and cleans what it takes.
func Decode(b []byte) (Report, error) {
	var r Report
	if len(b) > MaxReport {
		return r, fmt.Errorf("read a report of uses: %d bytes are more than %d", len(b), MaxReport)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&r); err != nil {
		return Report{}, fmt.Errorf("read a report of uses: %w", err)
	}
	if len(r.Processes) > MaxProcesses {
		return Report{}, fmt.Errorf("read a report of uses: %d processes are more than %d", len(r.Processes), MaxProcesses)
	}
	for i := range r.Processes {
		p := &r.Processes[i]
		p.Agent, p.Sent = "", false
		if err := p.check(); err != nil {
			return Report{}, fmt.Errorf("read a report of uses: process %d: %w", i, err)
		}
	}
	return r, nil
}

func (p *Process) check() error {
	for _, text := range []*string{&p.ID, &p.Service, &p.Env, &p.Version, &p.LangVersion} {
		*text = clean(*text, maxText)
	}
	switch {
	case p.ID == "":
		return errors.New("it has no id")
	case p.First < 0 || p.Last < p.First || p.Last > maxCount:
		return fmt.Errorf("it lived from %d to %d", p.First, p.Last)
	case len(p.Uses) > MaxPlaces:
		return fmt.Errorf("%d places are more than %d", len(p.Uses), MaxPlaces)
	}
	for i := range p.Uses {
		u := &p.Uses[i]
		if !u.check() || u.First < 0 || u.Last < u.First || u.Last > maxCount {
			return fmt.Errorf("use %d of %q at %s:%d makes no sense", i, u.Change, u.File, u.Line)
		}
	}
	return nil
}

// check cleans a use and tells whether it can be one.
func (u *Use) check() bool {
	u.Change, u.Name, u.Function = clean(u.Change, maxText), clean(u.Name, maxText), clean(u.Function, maxText)
	u.File = clean(u.File, maxFile)
	return u.Change != "" && u.Line >= 0 && u.Line < 1<<31 && u.Count > 0 && u.Count <= maxCount
}

// clean makes text safe to print on a line of a terminal.
func clean(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// Note is what a process tells of itself (kind 3 in ring/FORMAT.md).
type Note struct {
	Bridge bool
	Uses   []Use
}

// ParseNote reads a note of a process at a time. False: it tells nothing of uses.
// What makes no sense in it is left out.
func ParseNote(b []byte, now time.Time) (Note, bool) {
	if !bytes.Contains(b, []byte(`"uses"`)) && !bytes.Contains(b, []byte(`"bridge"`)) {
		return Note{}, false // without reading each note twice
	}
	var told struct {
		Bridge json.RawMessage   `json:"bridge"`
		Uses   []json.RawMessage `json:"uses"`
	}
	if json.Unmarshal(b, &told) != nil {
		return Note{}, false
	}
	n := Note{Bridge: string(told.Bridge) == "true"}
	for _, one := range told.Uses[:min(len(told.Uses), MaxPlaces)] {
		var u Use
		if json.Unmarshal(one, &u) != nil || !u.check() {
			continue
		}
		u.First, u.Last = now.UnixMilli(), now.UnixMilli()
		n.Uses = append(n.Uses, u)
	}
	return n, n.Bridge || len(n.Uses) > 0
}
