package uses

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Bounds on what is kept; what is over them is the oldest, or is not taken.
const (
	maxLiving    = 20_000   // processes that have not ended
	maxKept      = 64 << 20 // bytes of places, about
	maxRecalled  = 50_000   // processes that are remembered to have ended
	maxGroups    = 20_000
	maxDeparture = 7 * 24 * time.Hour // how long an ended process is remembered

	// silence is after how long a process that is not heard of has ended. Those
	// that live are heard of every few minutes.
	silence = 48 * time.Hour
	// pause is the longest time without the bridge that does not count.
	pause = 24 * time.Hour
)

// group is the program that processes run.
type group struct{ Service, Env, Version string }

// period is the time for which processes of a group ran with the bridge.
type period struct {
	Since     int64 `json:"since"`
	Last      int64 `json:"last"`
	Processes int64 `json:"processes"`
}

// extend adds the life of a process. A longer pause begins a new period.
func (p *period) extend(first, last int64) {
	gap := pause.Milliseconds()
	switch {
	case p.Last == 0 || first > p.Last+gap:
		p.Since, p.Last = first, last
	case last >= p.Since-gap:
		p.Since, p.Last = min(p.Since, first), max(p.Last, last)
	}
}

type counted struct{ count, first, last int64 }

// take merges what is told of one place of one process.
func (c *counted) take(u Use) {
	if c.count == 0 {
		c.first = u.First
	}
	// A place is told again when its collector is a new one, which then takes the
	// same count for news; only a larger one is a later use.
	if u.Count > c.count {
		c.last = max(c.last, u.Last)
	}
	c.count = max(c.count, u.Count)
	c.first = min(c.first, u.First)
}

// add merges another process's.
func (c *counted) add(o counted) {
	if c.count == 0 {
		c.first = o.first
	}
	c.count = min(c.count+o.count, maxCount)
	c.first, c.last = min(c.first, o.first), max(c.last, o.last)
}

// process is one that may tell more.
type process struct {
	group
	last   int64
	ended  bool
	agent  string
	unsent bool
	told   uint64 // how often it told anything
	uses   map[Place]*counted
	full   Process // without uses
}

// program is what is known of a group but for its living processes.
type program struct {
	last        int64
	langVersion string
	bridge      period
	uses        map[Place]*counted // of those that ended
}

// tally is all that is known. Taking the same report again changes nothing.
type tally struct {
	living   map[string]*process
	programs map[group]*program
	ended    map[string]int64 // processes whose uses are in programs: when they were last heard of
	kept     int              // bytes of places in living and programs
	full     bool             // a place was not taken because they are maxKept
}

func newTally() *tally {
	return &tally{living: map[string]*process{}, programs: map[group]*program{}, ended: map[string]int64{}}
}

func (t *tally) take(r Report) {
	for i := range r.Processes {
		t.takeProcess(&r.Processes[i])
	}
}

func (t *tally) takeProcess(told *Process) {
	of := group{told.Service, told.Env, told.Version}
	if p := t.living[told.ID]; p != nil {
		of = p.group
	}
	g := t.programs[of]
	if g == nil {
		if len(t.programs) >= maxGroups {
			return
		}
		g = &program{uses: map[Place]*counted{}}
		t.programs[of] = g
	}
	g.last = max(g.last, told.Last)
	if told.LangVersion != "" {
		g.langVersion = told.LangVersion
	}
	if told.Bridge {
		g.bridge.extend(told.First, told.Last)
	}
	if _, over := t.ended[told.ID]; over {
		for _, u := range told.Uses { // its share of the total is not known any more
			t.count(g.uses, u)
		}
		return
	}
	p := t.living[told.ID]
	if p == nil {
		if len(t.living) >= maxLiving {
			t.endOldest()
		}
		p = &process{group: of, uses: map[Place]*counted{}}
		t.living[told.ID] = p
	}
	if told.Bridge && !p.full.Bridge {
		g.bridge.Processes++
	}
	bridge := p.full.Bridge || told.Bridge
	first := told.First
	if p.full.ID != "" {
		first = min(first, p.full.First)
	}
	p.full = *told
	p.full.Uses, p.full.Bridge, p.full.First = nil, bridge, first
	p.full.Service, p.full.Env, p.full.Version = of.Service, of.Env, of.Version
	p.last = max(p.last, told.Last)
	p.ended = p.ended || told.Ended
	if told.Agent != "" {
		p.agent, p.unsent = told.Agent, !told.Sent
	}
	p.told++
	for _, u := range told.Uses {
		t.count(p.uses, u)
	}
	if p.ended && !p.unsent {
		t.end(told.ID)
	}
}

func (t *tally) count(into map[Place]*counted, u Use) {
	c := into[u.Place]
	if c == nil {
		if t.kept >= maxKept {
			t.full = true
			return
		}
		c = &counted{}
		into[u.Place] = c
		t.kept += u.size()
	}
	c.take(u)
}

// end moves the uses of a process to its program, once.
func (t *tally) end(id string) {
	p := t.living[id]
	g := t.programs[p.group]
	for place, c := range p.uses {
		have := g.uses[place]
		if have == nil {
			have = &counted{}
			g.uses[place] = have
		} else {
			t.kept -= place.size()
		}
		have.add(*c)
	}
	delete(t.living, id)
	t.ended[id] = p.last
	if len(t.ended) > maxRecalled {
		t.forget()
	}
}

func (t *tally) endOldest() {
	oldest := ""
	for id, p := range t.living {
		if oldest == "" || p.last < t.living[oldest].last {
			oldest = id
		}
	}
	t.end(oldest)
}

// forget drops the older half of what ended.
func (t *tally) forget() {
	times := slices.Sorted(maps.Values(t.ended))
	middle := times[len(times)/2]
	maps.DeleteFunc(t.ended, func(_ string, at int64) bool { return at <= middle })
}

// tidy ends what is silent and drops what is older than the retention; 0 keeps
// all uses for ever.
func (t *tally) tidy(now time.Time, retention time.Duration) {
	at := now.UnixMilli()
	for id, p := range t.living {
		patience := silence
		if p.unsent {
			patience = maxDeparture // for its agent to come back
		}
		if p.last < at-patience.Milliseconds() {
			t.end(id)
		}
	}
	maps.DeleteFunc(t.ended, func(_ string, last int64) bool { return last < at-maxDeparture.Milliseconds() })
	if retention <= 0 {
		return
	}
	limit := at - retention.Milliseconds()
	old := func(_ Place, c *counted) bool { return c.last < limit }
	inUse := map[group]bool{}
	for _, p := range t.living {
		t.drop(p.uses, old)
		inUse[p.group] = true
	}
	for of, g := range t.programs {
		t.drop(g.uses, old)
		if len(g.uses) == 0 && !inUse[of] && g.last < limit {
			delete(t.programs, of)
		}
	}
}

func (t *tally) drop(from map[Place]*counted, old func(Place, *counted) bool) {
	maps.DeleteFunc(from, func(place Place, c *counted) bool {
		gone := old(place, c)
		if gone {
			t.kept -= place.size()
		}
		return gone
	})
}

// unsent gives whole processes that an agent was not told of, as they are now.
func (t *tally) unsent(agent string) (out []Process, told []uint64) {
	for _, id := range slices.Sorted(maps.Keys(t.living)) {
		if p := t.living[id]; p.unsent && p.agent == agent {
			out = append(out, p.whole())
			told = append(told, p.told)
		}
	}
	return out, told
}

func (p *process) whole() Process {
	full := p.full
	full.Last, full.Ended, full.Agent, full.Sent = p.last, p.ended, p.agent, !p.unsent
	full.Uses = list(p.uses)
	return full
}

func list(from map[Place]*counted) []Use {
	out := make([]Use, 0, len(from))
	for place, c := range from {
		out = append(out, Use{place, c.count, c.first, c.last})
	}
	slices.SortFunc(out, func(a, b Use) int { return comparePlaces(a.Place, b.Place) })
	return out
}

// size is about what a place takes in memory.
func (p Place) size() int {
	return 200 + len(p.Change) + len(p.Name) + len(p.File) + len(p.Function)
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Change, b.Change),
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.Function, b.Function))
}

// state is a tally as it is written.
type state struct {
	Living   []Process        `json:"living"`
	Programs []programState   `json:"programs"`
	Ended    map[string]int64 `json:"ended"`
}

type programState struct {
	Service     string `json:"service"`
	Env         string `json:"env"`
	Version     string `json:"version"`
	LangVersion string `json:"lang_version"`
	Last        int64  `json:"last"`
	Bridge      period `json:"bridge"`
	Uses        []Use  `json:"uses"`
}

func (t *tally) state() state {
	s := state{Living: []Process{}, Programs: []programState{}, Ended: t.ended}
	for _, p := range t.living {
		s.Living = append(s.Living, p.whole())
	}
	for of, g := range t.programs {
		s.Programs = append(s.Programs, programState{of.Service, of.Env, of.Version, g.langVersion, g.last, g.bridge, list(g.uses)})
	}
	return s
}

func (t *tally) restore(s state) {
	*t = *newTally()
	for _, g := range s.Programs {
		p := &program{last: g.Last, langVersion: g.LangVersion, bridge: g.Bridge, uses: map[Place]*counted{}}
		for _, u := range g.Uses {
			p.uses[u.Place] = &counted{u.Count, u.First, u.Last}
			t.kept += u.size()
		}
		t.programs[group{g.Service, g.Env, g.Version}] = p
	}
	maps.Copy(t.ended, s.Ended)
	for _, p := range s.Living {
		g := t.programs[group{p.Service, p.Env, p.Version}]
		var bridge period
		if g != nil {
			bridge = g.bridge
		}
		t.takeProcess(&p)
		if g != nil {
			g.bridge = bridge // it is counted in it already
		}
	}
}

// merge adds what another collector of the same host knows.
func (t *tally) merge(o *tally) {
	for of, g := range o.programs {
		into := t.programs[of]
		if into == nil {
			into = &program{uses: map[Place]*counted{}}
			t.programs[of] = into
		}
		if g.last >= into.last {
			into.last, into.langVersion = g.last, cmp.Or(g.langVersion, into.langVersion)
		}
		if g.bridge.Last != 0 {
			into.bridge.extend(g.bridge.Since, g.bridge.Last)
			into.bridge.Processes += g.bridge.Processes
		}
		for place, c := range g.uses {
			if into.uses[place] == nil {
				into.uses[place] = &counted{}
			}
			into.uses[place].add(*c)
		}
	}
	for id, p := range o.living {
		have := t.living[id]
		if _, ended := t.ended[id]; ended {
			continue
		}
		if have == nil {
			t.living[id] = p
			continue
		}
		for _, u := range list(p.uses) {
			t.count(have.uses, u)
		}
	}
	for id, at := range o.ended {
		t.ended[id] = at
		delete(t.living, id) // its uses are in its program
	}
}
