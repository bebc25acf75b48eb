package ground

import (
	"testing"

	"hoofprint/internal/migrate/textcases"
)

func TestFind(t *testing.T) { textcases.Run(t, Find) }

func TestLineEnds(t *testing.T) { textcases.LineEnds(t, Find) }
