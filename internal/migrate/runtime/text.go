package runtime

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hoofprint/internal/uses"
)

// JSON writes the report as one object.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Text writes the report for people.
func (r *Report) Text(w io.Writer, now time.Time) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Uses of removed names in the last %s, from %s\n", plural(r.Days, "day"), r.Source)
	for _, s := range r.Services {
		fmt.Fprintf(&b, "\n%s: %s\n", cmp.Or(s.Service, "(no service)"), stateOf(s, r.Days))
		r.usesOf(&b, s.Service, now)
	}
	if r.Scanned {
		r.unseen(&b)
	}
	b.WriteString("\n" + r.conclusion() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// usesOf lists those of a service by what they use, the most used place first.
func (r *Report) usesOf(b *strings.Builder, service string, now time.Time) {
	type what struct{ change, name string }
	places := map[what][]Use{}
	var order []what
	for _, u := range r.Uses {
		if u.Service != service {
			continue
		}
		k := what{u.Change, u.Name}
		if places[k] == nil {
			order = append(order, k)
		}
		places[k] = append(places[k], u)
	}
	slices.SortFunc(order, func(x, y what) int {
		return cmp.Or(cmp.Compare(x.name, y.name), cmp.Compare(x.change, y.change))
	})
	for _, k := range order {
		list := places[k]
		slices.SortFunc(list, func(x, y Use) int {
			return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
		})
		fmt.Fprintf(b, "  %s (%s)", cmp.Or(k.name, k.change), k.change)
		if !list[0].Blocking {
			b.WriteString(", works in v4 with a warning")
		}
		b.WriteString("\n")
		if list[0].Instead != "" {
			fmt.Fprintf(b, "    instead: %s\n", list[0].Instead)
		}
		for _, u := range list {
			fmt.Fprintf(b, "    %s", u.File)
			if u.Line > 0 {
				fmt.Fprintf(b, ":%d", u.Line)
			}
			if u.Function != "" {
				fmt.Fprintf(b, " in %s", u.Function)
			}
			fmt.Fprintf(b, "  %s, last %s%s\n", plural(int(u.Count), "time"), age(now, u.Last), where(u))
			switch {
			case u.Finding != nil:
				fmt.Fprintf(b, "      found at %s:%d:%d\n", u.Finding.Path, u.Finding.Line, u.Finding.Column)
			case r.Scanned:
				b.WriteString("      not found in the scanned code\n")
			}
		}
	}
}

func where(u Use) string {
	var parts []string
	if len(u.Envs) > 0 {
		parts = append(parts, "env "+strings.Join(u.Envs, ", "))
	}
	if len(u.Versions) > 0 {
		parts = append(parts, "version "+strings.Join(u.Versions, ", "))
	}
	if parts == nil {
		return ""
	}
	return " (" + strings.Join(parts, "; ") + ")"
}

func (r *Report) unseen(b *strings.Builder) {
	if len(r.Unseen) == 0 {
		return
	}
	fmt.Fprintf(b, "\nFound in the code, not seen running:\n")
	for _, p := range r.Unseen {
		fmt.Fprintf(b, "  %s:%d:%d  %s, %s\n", p.Path, p.Line, p.Column, p.Rule, p.Certainty)
	}
}

// conclusion is the last line.
func (r *Report) conclusion() string {
	var parts []string
	blocking := 0
	for _, u := range r.Uses {
		if u.Blocking {
			blocking++
		}
	}
	switch {
	case blocking > 0:
		parts = append(parts, plural(blocking, "place")+" in use that v4 breaks")
	case !r.Watched():
		parts = append(parts, "no process ran with DD_V3_BRIDGE=true, so nothing can be said")
	default:
		parts = append(parts, "nothing in use that v4 breaks")
	}
	if r.Older > 0 {
		parts = append(parts, plural(r.Older, "older use")+" not seen since (--days shows more)")
	}
	if r.More > 0 {
		parts = append(parts, plural(r.More, "use")+" left out (narrow it with --service and --env)")
	}
	return strings.Join(parts, "; ")
}

func stateOf(s uses.Service, days int) string {
	since := ""
	if s.Bridge != nil {
		since = fmt.Sprintf("bridge on since %s in %s", time.UnixMilli(s.Bridge.Since).Format("2006-01-02 15:04"), pluralEnd(int(s.Bridge.Processes), "process", "es"))
	}
	switch s.State {
	case uses.InUse:
		return strings.TrimSuffix(plural(s.Blocking, "place")+" in use that v4 breaks; "+cmp.Or(since, "bridge off"), "; ")
	case uses.Safe:
		return fmt.Sprintf("safe for v4: no use in %s; %s", plural(days, "day"), since)
	case uses.Watching:
		return "no use so far; " + since + fmt.Sprintf(", not %s yet", plural(days, "day"))
	}
	return "bridge off: run it with DD_V3_BRIDGE=true to see"
}

func plural(n int, of string) string { return pluralEnd(n, of, "s") }

func pluralEnd(n int, of, end string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %s%s", n, of, end)
}

// age is how long ago a time in Unix ms was.
func age(now time.Time, at int64) string {
	d := now.Sub(time.UnixMilli(at))
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return pluralEnd(int(d.Hours()/24), "day", "s") + " ago"
}
