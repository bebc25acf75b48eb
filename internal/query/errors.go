package query

import "fmt"

// Error says what is wrong with a search and what to write instead.
type Error struct {
	Term    string // the wrong part, as typed
	Offset  int    // where it begins, in bytes
	Message string // what is wrong and what to write instead
}

func (e *Error) Error() string {
	if e.Term == "" {
		return fmt.Sprintf("search: %s", e.Message)
	}
	return fmt.Sprintf("search: %q at offset %d: %s", e.Term, e.Offset, e.Message)
}
