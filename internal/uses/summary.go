package uses

import (
	"cmp"
	"slices"
	"time"

	"hoofprint/migration"
)

// DefaultDays is the time without a use after which a service is ready for v4.
const DefaultDays = 7

// maxRows bounds an answer.
const maxRows = 10_000

// Filter narrows a summary; "" is any.
type Filter struct {
	Service, Env, Version, Change string
	Days                          int // 0 for DefaultDays
}

// State says how far a service is from v4.
type State string

const (
	// InUse: within the days it used what v4 has not.
	InUse State = "uses"
	// Safe: it ran with the bridge all the days and used nothing that v4 has not.
	Safe State = "safe"
	// Watching: the same, but for fewer days so far.
	Watching State = "watching"
	// Off: within the days no process of it ran with the bridge.
	Off State = "off"
)

// Summary answers when v4 is safe, and what is in its way.
type Summary struct {
	Days     int       `json:"days"`
	Services []Service `json:"services"`
	Uses     []Row     `json:"uses"`
	More     int       `json:"more"` // rows left out
}

// Service is what is known of one service, in the environments and versions asked for.
type Service struct {
	Service string `json:"service"`
	State   State  `json:"state"`
	// Blocking are the places within the days that v4 breaks, Later those that it
	// warns of.
	Blocking int `json:"blocking"`
	Later    int `json:"later"`
	// Bridge is nil where it was never on.
	Bridge      *Bridge  `json:"bridge"`
	Envs        []string `json:"envs"`
	Versions    []string `json:"versions"`
	LangVersion string   `json:"lang_version"`
	LastUse     int64    `json:"last_use"` // of what v4 breaks, whenever; 0 for never
}

// Bridge is for how long processes ran with the bridge, without a pause of a day.
type Bridge struct {
	Since     int64 `json:"since"`
	Last      int64 `json:"last"`
	Processes int64 `json:"processes"`
}

// Row is one place of one program.
type Row struct {
	Service string `json:"service"`
	Env     string `json:"env"`
	Version string `json:"version"`
	Use
	// What the registry of changes says of it.
	What     migration.What `json:"what"`
	Why      string         `json:"why"`
	Instead  string         `json:"instead"`
	Blocking bool           `json:"blocking"` // v4 breaks it
	Recent   bool           `json:"recent"`   // within the days
}

// summarise tells what a tally knows.
func (t *tally) summarise(f Filter, now time.Time) Summary {
	if f.Days <= 0 {
		f.Days = DefaultDays
	}
	since := now.Add(-time.Duration(f.Days) * 24 * time.Hour).UnixMilli()
	out := Summary{Days: f.Days, Services: []Service{}, Uses: []Row{}}
	changes := map[string]migration.Change{}
	for _, c := range migration.Changes() {
		changes[c.ID] = c
	}
	services := map[string]*tallied{}
	for of, uses := range t.all() {
		if f.Service != "" && of.Service != f.Service || f.Env != "" && of.Env != f.Env || f.Version != "" && of.Version != f.Version {
			continue
		}
		s := services[of.Service]
		if s == nil {
			s = &tallied{Service: Service{Service: of.Service}, places: map[Place]bool{}}
			services[of.Service] = s
		}
		s.program(of, t.programs[of])
		for place, c := range uses {
			change, known := changes[place.Change]
			row := Row{Service: of.Service, Env: of.Env, Version: of.Version, Use: Use{place, c.count, c.first, c.last},
				What: change.What, Why: change.Why, Instead: change.Instead,
				Blocking: !known || change.What != migration.Deprecated, Recent: c.last >= since}
			s.use(&row)
			if f.Change == "" || place.Change == f.Change {
				out.Uses = append(out.Uses, row)
			}
		}
	}
	for _, s := range services {
		out.Services = append(out.Services, s.finish(since))
	}
	slices.SortFunc(out.Services, func(a, b Service) int { return cmp.Compare(a.Service, b.Service) })
	slices.SortFunc(out.Uses, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), comparePlaces(a.Place, b.Place), cmp.Compare(a.Env, b.Env), cmp.Compare(a.Version, b.Version))
	})
	if len(out.Uses) > maxRows {
		out.More = len(out.Uses) - maxRows
		out.Uses = out.Uses[:maxRows]
	}
	return out
}

// all adds the living processes to what their programs have.
func (t *tally) all() map[group]map[Place]*counted {
	out := make(map[group]map[Place]*counted, len(t.programs))
	add := func(of group, uses map[Place]*counted) {
		into := out[of]
		if into == nil {
			into = map[Place]*counted{}
			out[of] = into
		}
		for place, c := range uses {
			if into[place] == nil {
				into[place] = &counted{}
			}
			into[place].add(*c)
		}
	}
	for of, g := range t.programs {
		add(of, g.uses)
	}
	for _, p := range t.living {
		add(p.group, p.uses)
	}
	return out
}

// tallied is a service while it is summed up.
type tallied struct {
	Service
	periods []period
	heard   int64
	places  map[Place]bool // counted already: each is in several programs
}

func (s *tallied) program(of group, g *program) {
	if g == nil {
		return
	}
	if of.Env != "" && !slices.Contains(s.Envs, of.Env) {
		s.Envs = append(s.Envs, of.Env)
	}
	if of.Version != "" && !slices.Contains(s.Versions, of.Version) {
		s.Versions = append(s.Versions, of.Version)
	}
	if g.last >= s.heard && g.langVersion != "" {
		s.heard, s.LangVersion = g.last, g.langVersion
	}
	if g.bridge.Last != 0 {
		s.periods = append(s.periods, g.bridge)
	}
}

func (s *tallied) use(row *Row) {
	if row.Blocking {
		s.LastUse = max(s.LastUse, row.Last)
	}
	if !row.Recent || s.places[row.Place] {
		return
	}
	s.places[row.Place] = true
	if row.Blocking {
		s.Blocking++
	} else {
		s.Later++
	}
}

func (s *tallied) finish(since int64) Service {
	slices.SortFunc(s.periods, func(a, b period) int { return cmp.Compare(a.Since, b.Since) })
	var whole period
	for _, p := range s.periods {
		whole.extend(p.Since, p.Last)
		whole.Processes += p.Processes
	}
	if whole.Last != 0 {
		s.Bridge = &Bridge{whole.Since, whole.Last, whole.Processes}
	}
	slices.Sort(s.Envs)
	slices.Sort(s.Versions)
	if s.Envs == nil {
		s.Envs = []string{}
	}
	if s.Versions == nil {
		s.Versions = []string{}
	}
	switch {
	case s.Blocking > 0:
		s.State = InUse
	case whole.Last < since:
		s.State = Off
	case whole.Since > since:
		s.State = Watching
	default:
		s.State = Safe
	}
	return s.Service
}
