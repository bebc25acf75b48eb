package parquet

import (
	"fmt"
	"strconv"
	"strings"
)

// On disk a store is one directory:
//
//	LOCK                      held while a process has the store open
//	0000000000000007.wal      the log of head 7
//	0000000000000006-0.parquet  the first file sealed from head 6
//	0000000000000006-0.parquet.tmp  a file being written; removed on open
//	0000000000000005.wal.damaged  a log of which nothing can be read; retention removes it
//
// A log outlives its files by design: while it exists it is the truth, and files
// of the same number are leftovers of an interrupted sealing.
const (
	damagedSuffix = ".damaged"
	lockName      = "LOCK"
	walSuffix     = ".wal"
	fileSuffix    = ".parquet"
	tempSuffix    = ".tmp"
	sequenceLen   = 16
)

func walName(seq uint64) string { return fmt.Sprintf("%0*d%s", sequenceLen, seq, walSuffix) }

func fileName(seq uint64, slice int) string {
	return fmt.Sprintf("%0*d-%d%s", sequenceLen, seq, slice, fileSuffix)
}

// parseWALName returns false for any other name.
func parseWALName(name string) (uint64, bool) {
	base, ok := strings.CutSuffix(name, walSuffix)
	if !ok || len(base) != sequenceLen {
		return 0, false
	}
	seq, err := strconv.ParseUint(base, 10, 64)
	return seq, err == nil
}

func parseFileName(name string) (seq uint64, ok bool) {
	base, ok := strings.CutSuffix(name, fileSuffix)
	if !ok {
		return 0, false
	}
	head, slice, ok := strings.Cut(base, "-")
	if !ok || len(head) != sequenceLen {
		return 0, false
	}
	if _, err := strconv.ParseUint(slice, 10, 16); err != nil {
		return 0, false
	}
	seq, err := strconv.ParseUint(head, 10, 64)
	return seq, err == nil
}
