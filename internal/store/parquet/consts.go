package parquet

import "time"

const (
	// formatVersion is in every log and file. A reader refuses a newer one.
	formatVersion = 1

	// maxRows is the size of a head and of a row group. Codes of 16 bits reach
	// any row and any dictionary entry. Larger row groups gain no space and
	// make a trace four times as dear to read.
	maxRows = 1 << 16

	// pageRows is the number of rows of a page: small enough to decode for one
	// span, and a multiple of 64, so that pages begin on a bitmap word.
	pageRows = 4096

	// headAge is how long a head collects before it is sealed even if it is not
	// full, so that a quiet store still gets files for other tools to read.
	headAge = time.Hour

	// headBytes seals a head early when its spans are large: a bound on memory.
	headBytes = 128 << 20

	// frameSpans is the most spans of one log frame: what is compressed together,
	// and what a torn tail can cost of an append that was not acknowledged.
	frameSpans = 4096

	// maxFrame is the largest log frame believed on replay, uncompressed.
	maxFrame = 256 << 20

	// maxString is the longest string kept of a span; longer ones are cut.
	// Resources and stacks are cut far below by normalisation.
	maxString = 1 << 20

	// maxColumns is the most tag and metric columns of a head and of a file.
	// Keys past it go to the overflow column. A head of 64 k rows seldom has
	// over 200; the bound is for clients that put ids into keys.
	maxColumns = 1000

	// defaultSync is the longest time that acknowledged spans are in the page
	// cache only. A killed process loses nothing; a machine without power loses
	// at most this.
	defaultSync = time.Second

	// listDefault and listMax are in the contract of store.List.
	listDefault = 50
	listMax     = 10_000

	// groupsDefault is in the contract of store.Group.
	groupsDefault = 10_000

	// maxGroups bounds the memory of one Group: about 100 bytes each.
	maxGroups = 1 << 20

	// maxTimeBuckets bounds the counts of one group.
	maxTimeBuckets = 10_000
)
