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

	// maxSealing is the number of full heads at which Append waits for the
	// sealer: about 20 MB each.
	maxSealing = 8

	// headAge is how long a head collects before it is sealed even if it is not
	// full, so that a quiet store still gets files for other tools to read.
	headAge = time.Hour

	// logShare is the part of the disk limit, one in so many, at which a log is
	// sealed early.
	logShare = 4

	// headBytes seals a head early when its spans are large: a bound on memory.
	headBytes = 128 << 20

	// frameSpans is the most spans of one log frame: what is compressed together,
	// and what a torn tail can cost of an append that was not acknowledged.
	frameSpans = 4096

	// frameBytes ends a frame early when its spans are large: a replay holds one
	// uncompressed.
	frameBytes = 16 << 20

	// maxSpan is the most bytes kept of the tags of one span, in the log's
	// encoding. A payload that names one long value again and again is small and
	// means gigabytes.
	maxSpan = 16 << 20

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

	// residentTime is how long the pages of a file stay mapped after a question.
	residentTime = 20 * time.Second

	// maxFacetValues bounds the values counted of one field of Facets, of which
	// there may be dozens: about 100 bytes each.
	maxFacetValues = 1 << 16

	// maxCells bounds groups times time buckets; 24 bytes each.
	maxCells = 1 << 22

	// maxTimeBuckets bounds the counts of one group.
	maxTimeBuckets = 10_000
)

const (
	// maxPage is the largest page believed. A page of 64 k short strings is
	// far below; one of stacks of maxString could pass it, so the writer ends a
	// page at pageBytes.
	maxPage = 1 << 30

	// pageBytes is the size at which the writer makes the pages of a column
	// smaller: a page is decoded whole to read one span.
	pageBytes = 4 << 20

	// numberDictionary is the most distinct numbers kept as a dictionary.
	numberDictionary = 4096

	// bloomValues is the number of distinct values from which a column gets a
	// bloom filter: below it, testing the dictionary costs as little.
	bloomValues = 512

	// bloomBits per value give 1 % of false positives.
	bloomBits = 10

	// bloomLength is the mean length up to which undictionaried strings are
	// taken for ids, which are looked up whole and get a bloom filter.
	bloomLength = 64

	// compressGain is the share a chunk must save to be compressed.
	compressGain = 0.03

	// sealTick is how often the age of the head and the bounds of retention are
	// looked at: often enough that a filling disk is noticed.
	sealTick = time.Second

	// maxSlices is the most files one head is cut into by day. Clocks that are
	// wrong by years would else make a file of each span.
	maxSlices = 8
)
