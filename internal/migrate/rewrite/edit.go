// Package rewrite mends files: it puts edits into text, shows them as a diff, writes files so
// that they are never half written, and leaves comments where a person must decide.
package rewrite

import (
	"bytes"
	"cmp"
	"slices"

	"hoofprint/internal/migrate/finding"
)

// Apply puts the edits of findings into a text, and returns the findings that it mended. Of a
// finding all edits are made or none. Where two overlap, the one that takes more is made: the
// other has to be looked for again in the new text.
func Apply(text []byte, findings []finding.Finding) ([]byte, []finding.Finding) {
	order := slices.Clone(findings)
	slices.SortStableFunc(order, func(a, b finding.Finding) int {
		return cmp.Or(cmp.Compare(reach(b), reach(a)), finding.Compare(a, b))
	})
	var made []finding.Edit // in the order of Start, none overlapping
	var mended []finding.Finding
	for _, f := range order {
		if fresh, ok := fits(made, f.Edits, len(text)); ok {
			for _, e := range fresh {
				at, _ := slices.BinarySearchFunc(made, e, compare)
				made = slices.Insert(made, at, e)
			}
			mended = append(mended, f)
		}
	}
	if len(made) == 0 {
		return text, mended
	}
	var out bytes.Buffer
	done := 0
	for _, e := range made {
		out.Write(text[done:e.Start])
		out.WriteString(e.New)
		done = e.End
	}
	out.Write(text[done:])
	return out.Bytes(), mended
}

// reach is the number of bytes from a finding's first edit to its last.
func reach(f finding.Finding) int {
	if len(f.Edits) == 0 {
		return 0
	}
	return f.Edits[len(f.Edits)-1].End - f.Edits[0].Start
}

func compare(a, b finding.Edit) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
}

// fits says whether edits can be made beside those already made, and which of them are not the same as one of those.
func fits(made, edits []finding.Edit, size int) (fresh []finding.Edit, ok bool) {
	last := finding.Edit{Start: -1, End: -1}
	for _, e := range edits {
		if e.Start < 0 || e.End < e.Start || e.End > size || overlap(last, e) {
			return nil, false
		}
		last = e
		at, _ := slices.BinarySearchFunc(made, e, compare)
		if at < len(made) && made[at] == e && e.End > e.Start {
			continue // two findings that are mended by the same edit
		}
		if at < len(made) && overlap(e, made[at]) || at > 0 && overlap(made[at-1], e) {
			return nil, false
		}
		fresh = append(fresh, e)
	}
	return fresh, len(edits) > 0
}

// overlap says whether a, which does not begin after b, reaches into it. Two at one place do, because their order is not known.
func overlap(a, b finding.Edit) bool {
	return a.End > b.Start || a.Start == b.Start
}
