package query

// Limits of a search. They bound what an address or an API call can cost.
const (
	// MaxLength is the longest search in bytes: room for a pasted resource of
	// the longest kept size, and short enough for an address.
	MaxLength = 8 << 10
	// MaxDepth is how deep parentheses and negations nest. Parser, printer and
	// scan recurse this deep.
	MaxDepth = 50
	// MaxTerms is the number of terms of one search; each costs a scan of a
	// column.
	MaxTerms = 500
)
