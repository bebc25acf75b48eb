package storetest

import (
	"testing"

	"hoofprint/internal/store"
)

func TestReference(t *testing.T) {
	Run(t, func(*testing.T) store.Store { return new(Reference) }, nil)
}
