package store

import "errors"

// ErrReadOnly says that the disk bound leaves no room for new spans.
var ErrReadOnly = errors.New("store is read-only: no room within the disk limit; raise it or shorten retention")

// ErrClosed says that the store was closed.
var ErrClosed = errors.New("store is closed")
