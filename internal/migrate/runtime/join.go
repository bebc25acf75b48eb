package runtime

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/uses"
)

// near is how many lines a use and its finding may be apart: Python names the line
// of a call's argument, or code has moved a little since it was deployed.
const near = 2

// environment is the file of what a process was started with.
const environment = "<environment>"

// Use is one that was seen, in whatever environments and versions of a service.
type Use struct {
	Service string `json:"service"`
	uses.Use
	Envs     []string `json:"envs"`
	Versions []string `json:"versions"`
	What     string   `json:"what"`
	Why      string   `json:"why"`
	Instead  string   `json:"instead"`
	Blocking bool     `json:"blocking"`
	// Finding is the place in the scanned code, if code was scanned and has it.
	Finding *Place `json:"finding"`
}

// Place is where a scan found something.
type Place struct {
	Path      string            `json:"path"`
	Line      int               `json:"line"`
	Column    int               `json:"column"`
	Rule      string            `json:"rule"`
	Certainty finding.Certainty `json:"certainty"`
}

// Report joins what was seen with what was found.
type Report struct {
	Source   string         `json:"source"`
	Days     int            `json:"days"`
	Services []uses.Service `json:"services"`
	Uses     []Use          `json:"uses"`
	// Older is the number of uses that were not seen within the days, More of those
	// that the answer left out.
	Older int `json:"older"`
	More  int `json:"more"`
	// Scanned says that code was scanned; Unseen are the findings of API in it that
	// were not seen running.
	Scanned bool    `json:"scanned"`
	Unseen  []Place `json:"unseen"`
}

// Join makes a report of what was seen within the days. findings are those of a
// scan, if scanned.
func Join(seen Seen, findings []finding.Finding, scanned bool) Report {
	r := Report{Source: seen.Source, Days: seen.Days, Services: seen.Services, Uses: []Use{}, More: seen.More, Scanned: scanned, Unseen: []Place{}}
	if r.Services == nil {
		r.Services = []uses.Service{}
	}
	type key struct {
		service string
		place   uses.Place
	}
	at := map[key]int{}
	for _, row := range seen.Uses {
		if !row.Recent {
			r.Older++
			continue
		}
		k := key{row.Service, row.Place}
		i, known := at[k]
		if !known {
			i = len(r.Uses)
			at[k] = i
			r.Uses = append(r.Uses, Use{Service: row.Service, Use: row.Use, Envs: []string{}, Versions: []string{},
				What: string(row.What), Why: row.Why, Instead: row.Instead, Blocking: row.Blocking})
		} else {
			u := &r.Uses[i]
			u.Count += row.Count
			u.First, u.Last = min(u.First, row.First), max(u.Last, row.Last)
		}
		u := &r.Uses[i]
		u.Envs, u.Versions = with(u.Envs, row.Env), with(u.Versions, row.Version)
	}
	r.mark(findings)
	return r
}

func with(list []string, one string) []string {
	if one == "" || slices.Contains(list, one) {
		return list
	}
	return append(list, one)
}

// mark finds the finding of each use.
func (r *Report) mark(findings []finding.Finding) {
	byFile := map[string][]int{} // base name and rule
	for i, f := range findings {
		k := path.Base(f.Path) + "\x00" + f.Rule
		byFile[k] = append(byFile[k], i)
	}
	seen := map[int]bool{}
	rules := map[string]bool{}
	for i := range r.Uses {
		u := &r.Uses[i]
		rules[u.Change] = true
		best, score := -1, 0
		for _, j := range byFile[path.Base(u.File)+"\x00"+u.Change] {
			f := &findings[j]
			if u.Line < f.Line-near || u.Line > max(f.EndLine, f.Line)+near {
				continue
			}
			common := suffix(u.File, f.Path)
			if common == 0 {
				continue
			}
			// The longest common end of the paths counts most, then the line.
			if s := common*1000 - distance(u.Line, f); best < 0 || s > score {
				best, score = j, s
			}
		}
		if best < 0 && u.File == environment {
			best = slices.IndexFunc(findings, func(f finding.Finding) bool { return f.Rule == u.Change })
		}
		if best < 0 {
			continue
		}
		place := placeOf(findings[best])
		u.Finding = &place
		for j, f := range findings { // a line that uses it twice, or a variable set in several files
			if f.Rule == u.Change && (u.File == environment || f.Path == place.Path && f.Line == place.Line) {
				seen[j] = true
			}
		}
	}
	for i, f := range findings {
		if !seen[i] && (r.bridged(f.Rule) || rules[f.Rule]) {
			r.Unseen = append(r.Unseen, placeOf(f))
		}
	}
	slices.SortFunc(r.Unseen, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule))
	})
}

func placeOf(f finding.Finding) Place {
	return Place{f.Path, f.Line, f.Column, f.Rule, f.Certainty}
}

func distance(line int, f *finding.Finding) int {
	return max(f.Line-line, line-max(f.EndLine, f.Line), 0)
}

// suffix is how many last components two paths share: all of the shorter one, or
// at least two; else 0.
func suffix(a, b string) int {
	x := strings.Split(strings.Trim(path.Clean(a), "/"), "/")
	y := strings.Split(strings.Trim(path.Clean(b), "/"), "/")
	n := 0
	for n < len(x) && n < len(y) && x[len(x)-1-n] == y[len(y)-1-n] {
		n++
	}
	if n < min(len(x), len(y)) && n < 2 {
		return 0
	}
	return n
}

// Status is the exit status: 1 where something that v4 breaks is in use.
func (r *Report) Status() int {
	for _, u := range r.Uses {
		if u.Blocking {
			return 1
		}
	}
	return 0
}

// Watched tells whether any process ran with the bridge within the days, so that
// there being no use means something.
func (r *Report) Watched() bool {
	return slices.ContainsFunc(r.Services, func(s uses.Service) bool { return s.State != uses.Off })
}
