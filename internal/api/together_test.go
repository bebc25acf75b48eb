package api

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestTogether(t *testing.T) {
	ran := false
	err := together(func() error { panic("odd") }, func() error { return context.Canceled }, func() error { ran = true; return nil })
	if !ran || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "odd") {
		t.Fatal(ran, err)
	}
	if err := together(func() error { return nil }); err != nil {
		t.Fatal(err)
	}
}
