// Package identity remembers the services that were ever seen: the colour and
// mark under which all users know each, the versions it ran and since when.
//
// Only entry spans make a service: a span without a parent in its own service
// and of a kind other than client or producer. Databases and outside services,
// which are seen from their callers' client spans alone, have no identity.
package identity

import (
	"cmp"
	"hash/fnv"
	"slices"
)

// Marks in the order in which they are taken.
const (
	Solid  = "solid"
	Hollow = "hollow"
	Split  = "split"
)

var marks = [...]string{Solid, Hollow, Split}

// Identity is the colour slot (0 to 7) and the mark of a service.
type Identity struct {
	Slot int    `json:"slot"`
	Mark string `json:"mark"`
}

// Deployment is the first span of a service with a version, in an environment.
type Deployment struct {
	Time                  int64 // Unix ns
	Service, Env, Version string
}

// next chooses the identity of a new name: the slot of its hash or the next free
// one upward, first with the solid mark, then hollow, then split. When all are
// taken the one with fewest services is shared.
func next(name string, used map[Identity]int) Identity {
	hash := fnv.New32a()
	hash.Write([]byte(name))
	first := int(hash.Sum32() % slots)
	var best Identity
	fewest := -1
	for _, mark := range marks {
		for i := range slots {
			id := Identity{Slot: (first + i) % slots, Mark: mark}
			if n := used[id]; fewest < 0 || n < fewest {
				best, fewest = id, n
			}
		}
		if fewest == 0 {
			break
		}
	}
	return best
}

func byTime(a, b Deployment) int {
	return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Version, b.Version))
}

func sortDeployments(d []Deployment) { slices.SortFunc(d, byTime) }
