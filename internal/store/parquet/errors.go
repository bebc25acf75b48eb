package parquet

import "fmt"

// Error says which file could not be read or written.
type Error struct {
	Op     string // "open file", "replay log", "read page"
	Path   string
	Offset int64 // -1 when it does not matter
	Err    error
	Hint   string // what to do
}

func (e *Error) Error() string {
	s := e.Op + " " + e.Path
	if e.Offset >= 0 {
		s += fmt.Sprintf(" at byte %d", e.Offset)
	}
	s += ": " + e.Err.Error()
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }
