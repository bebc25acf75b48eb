package parquet

import "unsafe"

// arena copies strings into large blocks: a head has too many values for the
// garbage collector to track one by one, and none may keep a request's buffer
// alive.
type arena struct{ block []byte }

const arenaBlock = 64 << 10

func (a *arena) copy(s string) string {
	if len(s) == 0 {
		return ""
	}
	if len(s) > arenaBlock/4 {
		return string(append([]byte(nil), s...))
	}
	if len(s) > cap(a.block)-len(a.block) {
		a.block = make([]byte, 0, arenaBlock)
	}
	at := len(a.block)
	a.block = append(a.block, s...)
	return unsafe.String(&a.block[at], len(s))
}
