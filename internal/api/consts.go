package api

import "time"

const (
	// requestTimeout ends a question that nobody waits for any longer.
	requestTimeout = 30 * time.Second
	// maxURL bounds the address of a question; a search of the UI is far below.
	maxURL = 16 << 10
	// gzipFrom is the size of an answer below which gzip saves no packet.
	gzipFrom = 1400

	defaultRange = time.Hour
	// maxRange keeps bucket arithmetic in int64 and nonsense out: no store here
	// holds a longer time.
	maxRange = 10 * 365 * 24 * time.Hour

	// maxBuckets is above the pixels of a wide screen.
	maxBuckets     = 2000
	trackBuckets   = 240
	sparkBuckets   = 60
	heatmapColumns = 120
	heatmapRows    = 40
	maxHeatmapRows = 100
	defaultLimit   = 50
	maxLimit       = 1000
	// maxTraces bounds the traces that one answer reads in full.
	maxTraces       = 200
	maxOffset       = 10_000
	maxSpansListed  = 10_000 // the bound of store.List
	maxColumns      = 20
	maxResources    = 1000
	maxFacets       = 20
	maxFacetLimit   = 100
	facetLimit      = 6
	frequentTags    = 3
	maxKeysListed   = 500
	maxValuesListed = 50
	// maxDifferenceKeys bounds the columns that a difference reads.
	maxDifferenceKeys   = 60
	maxDifferenceValues = 30
	maxDifferenceRows   = 30
	// minDifference is the smallest difference of shares worth a reader's time,
	// minDifferenceSpans the fewest spans with which a share means something.
	minDifference      = 0.05
	minDifferenceSpans = 30

	// leanTrace is the number of spans above which a trace comes without tags:
	// 10,000 spans with theirs are over 10 MB of JSON.
	leanTrace = 2000
	// maxTrace is the number of spans of a trace that are sent at all.
	maxTrace = 100_000

	// apdexThreshold: up to it a request satisfies, up to four times it is
	// tolerated.
	apdexThreshold = 500 * time.Millisecond
	// pastRange is the time before a span's trace ended that it is compared with.
	pastRange = time.Hour

	// clientAge is how long a process that sends nothing counts as a client.
	clientAge = 10 * time.Minute

	// rateSeconds is the time over which the rate of arriving spans is taken.
	rateSeconds = 10
	// maxIntegrations bounds the component names remembered; they come from clients.
	maxIntegrations = 200

	// heavyQuestions is how many questions run at once; more wait their turn.
	heavyQuestions = 4
)
