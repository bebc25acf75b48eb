package ground

import (
	"regexp"
	"strconv"
	"strings"
)

// release is the numbers of a version, without what marks a pre-release.
type release []int

// parse reads the numbers at the start of s and how many bytes they take; "1:7.50.3-1" has an epoch.
func parse(s string) (release, int) {
	var r release
	at := 0
	for at < len(s) && len(r) < 8 {
		end := at
		for end < len(s) && s[end] >= '0' && s[end] <= '9' && end-at < 9 {
			end++
		}
		if end == at {
			break
		}
		n, err := strconv.Atoi(s[at:end])
		if err != nil {
			break
		}
		r = append(r, n)
		at = end
		if at+1 >= len(s) || s[at] != '.' || s[at+1] < '0' || s[at+1] > '9' {
			break
		}
		at++
	}
	if len(r) == 0 {
		return nil, 0
	}
	return r, at
}

// below compares with numbers that are not written taken for 0.
func (r release) below(o ...int) bool {
	for i := range max(len(r), len(o)) {
		a, b := 0, 0
		if i < len(r) {
			a = r[i]
		}
		if i < len(o) {
			b = o[i]
		}
		if a != b {
			return a < b
		}
	}
	return false
}

var clause = regexp.MustCompile(`^\s*(===|==|~=|!=|<=|>=|<|>|\^|~|=)?\s*v?(\d+(?:\.\d+)*)((?:\.\*)|(?:\.?[-_]?[A-Za-z][\w.+-]*)|(?:\+[\w.]+))?\s*$`)

// held says that no version from floor on fits a requirement, whose parts are joined by commas:
// ">=2,<4", "==3.2.*", "^2.1", "~2.1". bare says how a version without an operator is meant.
func held(requirement, bare string, floor ...int) bool {
	if strings.Contains(requirement, "||") {
		for _, one := range strings.Split(requirement, "||") {
			if !held(one, bare, floor...) {
				return false
			}
		}
		return true
	}
	for _, one := range strings.Split(requirement, ",") {
		m := clause.FindStringSubmatch(one)
		if m == nil {
			continue
		}
		op, r := m[1], release(nil)
		r, _ = parse(m[2])
		if op == "" {
			op = bare
		}
		switch op {
		case "==", "===", "=":
			if r.below(floor...) && !(len(r) < len(floor) && (m[3] == ".*" || op == "=") && !r.next().below(append(floor, 1)...)) {
				return true
			}
		case "<":
			if !release(floor).below(r...) {
				return true
			}
		case "<=":
			if r.below(floor...) {
				return true
			}
		case "~=":
			if len(r) > 1 && !release(floor).below(r[:len(r)-1].next()...) {
				return true
			}
		case "^":
			if r[0] == 0 || !release(floor).below(r[0]+1) {
				return true
			}
		case "~":
			if !release(floor).below(r[:min(2, len(r))].next()...) {
				return true
			}
		}
	}
	return false
}

// next is the first release after all that begin with these numbers.
func (r release) next() release {
	n := append(release(nil), r...)
	n[len(n)-1]++
	return n
}

// lowest is the lower bound of a requirement, and where its numbers are; nil if it has none.
func lowest(requirement string) (release, int, int) {
	at := 0
	for _, one := range strings.Split(requirement, ",") {
		if m := clause.FindStringSubmatchIndex(one); m != nil {
			op := ""
			if m[2] >= 0 {
				op = one[m[2]:m[3]]
			}
			switch op {
			case ">=", ">", "^", "~", "~=", "==", "===":
				r, _ := parse(one[m[4]:m[5]])
				return r, at + m[4], at + m[5]
			}
		}
		at += len(one) + 1
	}
	return nil, 0, 0
}
