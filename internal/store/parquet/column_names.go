package parquet

import (
	"strconv"
	"strings"
)

// columnNames assigns every column a name for ever: a tag its key, a number its
// key and "#". DuckDB ignores case, so names that differ by it alone get ~2, ~3.
type columnNames struct {
	names map[columnID]string
	taken map[string]bool // lower case
}

func newColumnNames() *columnNames {
	n := &columnNames{names: make(map[columnID]string), taken: make(map[string]bool)}
	for i := range requiredColumns {
		name, _ := requiredColumn(i)
		n.keep(intrinsic(name), name)
	}
	n.keep(intrinsic(columnExtra), columnExtra)
	n.keep(intrinsic(columnOverflow), columnOverflow)
	return n
}

// keep notes a name that was assigned before.
func (n *columnNames) keep(id columnID, name string) {
	n.names[id] = name
	n.taken[strings.ToLower(name)] = true
}

func (n *columnNames) of(id columnID) string {
	if name, ok := n.names[id]; ok {
		return name
	}
	base := id.key
	if id.role == roleMetric {
		base += "#"
	}
	if base == "" {
		base = "~"
	}
	name := base
	for i := 2; n.taken[strings.ToLower(name)]; i++ {
		name = base + "~" + strconv.Itoa(i)
	}
	n.keep(columnID{strings.Clone(id.key), id.role}, strings.Clone(name))
	return name
}
