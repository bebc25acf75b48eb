package uses

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) int64 { return noon.Add(-d).UnixMilli() }

const day = 24 * time.Hour

func place(line int) Place {
	return Place{"span-set-tag-str", "Span.set_tag_str", "/srv/app/views.py", line, "checkout"}
}

// lived until now, with the bridge, and used line 1 so often.
func lived(id string, age time.Duration, count int64) Process {
	p := Process{ID: id, Service: "web", Env: "prod", Version: "1.0", LangVersion: "3.11.7", Bridge: true, First: ago(age), Last: ago(0)}
	if count > 0 {
		p.Uses = []Use{{place(1), count, ago(age), ago(0)}}
	}
	return p
}

func TestCountsAreOfAllProcessesOnce(t *testing.T) {
	told := newTally()
	first, second := lived("a", day, 10), lived("b", day, 5)
	for range 3 { // as after a lost answer
		told.take(Report{[]Process{first, second}})
	}
	first.Uses[0].Count = 12
	first.Ended = true
	for range 2 { // as after the collector was killed
		told.take(Report{[]Process{first}})
	}
	third := lived("c", day, 100)
	third.Ended = true
	told.take(Report{[]Process{third}})
	got := told.summarise(Filter{}, noon)
	if len(got.Uses) != 1 || got.Uses[0].Count != 117 {
		t.Fatalf("%+v", got.Uses)
	}
	if b := got.Services[0].Bridge; b == nil || b.Processes != 3 || b.Since != ago(day) || b.Last != ago(0) {
		t.Fatalf("%+v", b)
	}
	if row := got.Uses[0]; row.Instead == "" || row.What != "removed" || !row.Blocking {
		t.Fatalf("the registry has no words for it: %+v", row)
	}
}

// TestLaterUseIsAGrownCount: a place told again by a new collector was not used again.
func TestLaterUseIsAGrownCount(t *testing.T) {
	told := newTally()
	p := lived("a", 10*day, 1)
	p.Uses[0].Last = ago(9 * day)
	told.take(Report{[]Process{p}})
	p.Uses[0].First, p.Uses[0].Last = ago(0), ago(0)
	told.take(Report{[]Process{p}})
	got := told.summarise(Filter{}, noon)
	if u := got.Uses[0]; u.First != ago(10*day) || u.Last != ago(9*day) || u.Recent {
		t.Fatalf("%+v", u)
	}
	if got.Services[0].State != Safe {
		t.Fatalf("%+v", got.Services)
	}
	p.Uses[0].Count = 2
	told.take(Report{[]Process{p}})
	if got := told.summarise(Filter{}, noon); got.Services[0].State != InUse {
		t.Fatalf("%+v", got.Services)
	}
}

func TestState(t *testing.T) {
	deprecated := lived("a", 8*day, 0)
	deprecated.Uses = []Use{{Place{"only-a-warning", "x", "/f.py", 1, "f"}, 1, ago(day), ago(day)}}
	old := lived("a", 8*day, 3)
	old.Uses[0].Last = ago(7*day + time.Hour)
	ended := lived("a", 30*day, 0)
	ended.Last = ago(8 * day)
	off := lived("a", 8*day, 0)
	off.Bridge = false
	again := lived("b", time.Hour, 0)
	handover := lived("b", 9*day, 0)
	handover.Version, handover.Last = "0.9", ago(8*day+time.Hour)
	other := lived("b", time.Hour, 7)
	other.Env = "staging"
	for name, test := range map[string]struct {
		processes []Process
		filter    Filter
		want      State
	}{
		"a use":                            {[]Process{lived("a", 8*day, 1)}, Filter{}, InUse},
		"a change that nobody knows":       {[]Process{deprecated}, Filter{}, InUse},
		"a use long ago":                   {[]Process{old}, Filter{}, Safe},
		"a use long ago, of more days":     {[]Process{old}, Filter{Days: 8}, InUse},
		"none for a week":                  {[]Process{lived("a", 8*day, 0)}, Filter{}, Safe},
		"none for some days":               {[]Process{lived("a", 6*day, 0)}, Filter{}, Watching},
		"none, of fewer days":              {[]Process{lived("a", 6*day, 0)}, Filter{Days: 5}, Safe},
		"the bridge was on":                {[]Process{ended}, Filter{}, Off},
		"the bridge was off for a week":    {[]Process{ended, again}, Filter{}, Watching},
		"the bridge was never on":          {[]Process{off}, Filter{}, Off},
		"one version after the other":      {[]Process{handover, lived("a", 8*day, 0)}, Filter{}, Safe},
		"uses elsewhere":                   {[]Process{other, lived("a", 8*day, 0)}, Filter{}, InUse},
		"uses in another environment only": {[]Process{other, lived("a", 8*day, 0)}, Filter{Env: "prod"}, Safe},
	} {
		t.Run(name, func(t *testing.T) {
			told := newTally()
			told.take(Report{test.processes})
			got := told.summarise(test.filter, noon)
			if len(got.Services) != 1 || got.Services[0].State != test.want {
				t.Fatalf("%+v, want %s", got.Services, test.want)
			}
		})
	}
}

func TestFilter(t *testing.T) {
	told := newTally()
	a, b, c := lived("a", day, 1), lived("b", day, 1), lived("c", day, 1)
	b.Service, c.Version = "worker", "2.0"
	c.Uses[0].Change = "pin"
	told.take(Report{[]Process{a, b, c}})
	for _, test := range []struct {
		filter Filter
		want   string
	}{
		{Filter{}, "a a b"},
		{Filter{Service: "worker"}, "b"},
		{Filter{Version: "1.0"}, "a b"},
		{Filter{Change: "pin"}, "a"},
		{Filter{Env: "none"}, ""},
	} {
		var got []string
		for _, row := range told.summarise(test.filter, noon).Uses {
			got = append(got, map[string]string{"web": "a", "worker": "b"}[row.Service])
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%+v: %q, want %q", test.filter, s, test.want)
		}
	}
}

func TestWhatIsSilentOrOldGoes(t *testing.T) {
	told := newTally()
	silent, old := lived("a", 10*day, 4), lived("b", 40*day, 2)
	silent.Last = ago(3 * day)
	old.Version, old.Last, old.Ended, old.Uses[0].Last = "0.1", ago(20*day), true, ago(20*day)
	told.take(Report{[]Process{silent, old}})
	told.tidy(noon, 14*day)
	if len(told.living) != 0 || told.kept != place(1).size() || len(told.programs) != 1 {
		t.Fatalf("%+v", told)
	}
	// It was asleep: what it told is not counted twice, and its last use is known.
	silent.Last, silent.Uses[0].Count, silent.Uses[0].Last = ago(0), 5, ago(0)
	told.take(Report{[]Process{silent}})
	if got := told.summarise(Filter{}, noon); got.Uses[0].Count != 5 || got.Uses[0].Last != ago(0) {
		t.Fatalf("%+v", got.Uses)
	}
}

func TestStateIsRestored(t *testing.T) {
	told := newTally()
	ended := lived("b", day, 3)
	ended.Ended = true
	waiting := lived("c", day, 2)
	waiting.Ended, waiting.Agent = true, "http://localhost:8126"
	told.take(Report{[]Process{lived("a", day, 1), ended, waiting}})
	raw, err := json.Marshal(told.state())
	if err != nil {
		t.Fatal(err)
	}
	var s state
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	again := newTally()
	again.restore(s)
	if got, want := again.summarise(Filter{}, noon), told.summarise(Filter{}, noon); !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v\nwant %+v", got, want)
	}
	if again.kept != told.kept || again.living["c"] == nil || !again.living["c"].unsent {
		t.Fatalf("%+v", again)
	}
	again.take(Report{[]Process{ended}})
	if got := again.summarise(Filter{}, noon); got.Uses[0].Count != 6 {
		t.Fatalf("%+v", got.Uses)
	}
}

// TestLongOutage: what an agent was not told waits longer than a process may be silent.
func TestLongOutage(t *testing.T) {
	told := newTally()
	p := lived("a", day, 3)
	p.Agent, p.Ended = "http://localhost:8126", true
	told.take(Report{[]Process{p}})
	told.tidy(noon.Add(6*day), 0)
	if all, _ := told.unsent(p.Agent); len(all) != 1 {
		t.Fatal(all)
	}
	told.tidy(noon.Add(8*day), 0)
	if all, _ := told.unsent(p.Agent); len(all) != 0 || told.summarise(Filter{Days: 30}, noon).Uses[0].Count != 3 {
		t.Fatal(all)
	}
}

// TestPlacesAreBounded: a client that makes up places fills no memory.
func TestPlacesAreBounded(t *testing.T) {
	told := newTally()
	p := lived("a", day, 0)
	for i := range 900 {
		p.Uses = append(p.Uses, Use{place(i), 1, ago(day), ago(0)})
		p.Uses[i].File = strings.Repeat("x", maxFile)
	}
	for i := range 40 {
		p.ID = string(rune('a' + i))
		told.take(Report{[]Process{p}})
	}
	if !told.full || told.kept > maxKept+2*maxFile {
		t.Fatal(told.full, told.kept)
	}
	told.tidy(noon.Add(30*day), day)
	if told.kept != 0 {
		t.Fatal(told.kept)
	}
}

func FuzzReplay(f *testing.F) {
	log := []byte(logMagic)
	log, _ = appendFrame(log, entry{Report: &Report{[]Process{lived("a", day, 3)}}})
	told := newTally()
	_, _ = replay(log, told)
	whole := told.state()
	log, _ = appendFrame(log, entry{State: &whole})
	f.Add(log)
	f.Fuzz(func(t *testing.T, b []byte) {
		// The checksums of a fuzzed log are made right, so that its frames are read.
		fixed := slices.Clone(b)
		for at := len(logMagic); at+frameHeader < len(fixed); {
			end := at + frameHeader + int(binary.LittleEndian.Uint32(fixed[at:]))
			if end > len(fixed) || end < at {
				break
			}
			binary.LittleEndian.PutUint32(fixed[at+4:], crc32.Checksum(fixed[at+frameHeader:end], castagnoli))
			at = end
		}
		told := newTally()
		good, err := replay(fixed, told)
		if good > len(fixed) || err == nil && good != len(fixed) {
			t.Fatal(good, err)
		}
		told.tidy(noon, day)
		told.summarise(Filter{}, noon)
	})
}

func TestNotesOfProcesses(t *testing.T) {
	for text, want := range map[string]Note{
		`{"bridge": true}`:                  {Bridge: true},
		`{"bridge": "yes", "uses": [1]}`:    {},
		`{"modules": ["uses", "bridge"]}`:   {},
		`{"uses": {"change": "x"}}`:         {},
		`{"uses": [{"change": "x"}, null]}`: {},
		`{"uses": [{"change": "x", "name": "S.y", "file": "/a\nb.py", "line": 3, "function": "f", "count": 2, "last": 9}, {"change": "y", "count": -1}]}`: {
			Uses: []Use{{Place{"x", "S.y", "/a\ufffdb.py", 3, "f"}, 2, noon.UnixMilli(), noon.UnixMilli()}}},
	} {
		got, ok := ParseNote([]byte(text), noon)
		if !reflect.DeepEqual(got, want) || ok != (want.Bridge || want.Uses != nil) {
			t.Errorf("%s: %+v %v", text, got, ok)
		}
	}
}

func TestReportsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, text := range []string{
		``, `{`, `[]`, `{"processes": 1}`,
		`{"processes": [{"id": ""}]}`,
		`{"processes": [{"id": "a", "first": 5, "last": 4}]}`,
		`{"processes": [{"id": "a", "first": -5, "last": 4}]}`,
		`{"processes": [{"id": "a", "uses": [{"change": "x", "line": 1, "count": 0}]}]}`,
		`{"processes": [{"id": "a", "uses": [{"change": "", "line": 1, "count": 1}]}]}`,
		`{"processes": [{"id": "a", "uses": [{"change": "x", "line": -1, "count": 1}]}]}`,
		`{"processes": [{"id": "a", "uses": [{"change": "x", "line": 1, "count": 1, "first": 2, "last": 1}]}]}`,
		`{"processes": [` + strings.Repeat(`{"id": "a"},`, MaxProcesses) + `{"id": "a"}]}`,
		`{"processes": [{"id": "a", "uses": [` + strings.Repeat(`{"change": "x", "count": 1},`, MaxPlaces) + `{"change": "x", "count": 1}]}]}`,
	} {
		if r, err := Decode([]byte(text)); err == nil {
			t.Errorf("%.80s: %+v", text, r)
		}
	}
	r, err := Decode([]byte(`{"processes": [{"id": "a", "agent": "http://elsewhere", "sent": true, "service": "` + strings.Repeat("é", 1000) + `"}]}`))
	if err != nil || r.Processes[0].Agent != "" || r.Processes[0].Sent || len(r.Processes[0].Service) > maxText {
		t.Fatalf("%+v %v", r, err)
	}
}

func FuzzDecode(f *testing.F) {
	raw, _ := json.Marshal(Report{[]Process{lived("a", day, 3)}})
	f.Add(raw)
	f.Add([]byte(`{"processes": [{"id": "a\u001b[2J", "uses": [{"change": "x", "file": "\ud800", "line": 1, "count": 9e15}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = ParseNote(b, noon)
		r, err := Decode(b)
		if err != nil {
			return
		}
		told := newTally()
		told.take(r)
		told.take(r)
		before := told.summarise(Filter{}, noon)
		told.take(r)
		raw, err := json.Marshal(told.state())
		if err != nil {
			t.Fatal(err)
		}
		var s state
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		told.restore(s)
		if after := told.summarise(Filter{}, noon); !reflect.DeepEqual(before, after) {
			t.Fatalf("%+v\nthen %+v", before, after)
		}
		for _, u := range before.Uses {
			if strings.ContainsAny(u.File+u.Name+u.Function+u.Service, "\x1b\n\r") {
				t.Fatalf("%+v", u)
			}
		}
	})
}
