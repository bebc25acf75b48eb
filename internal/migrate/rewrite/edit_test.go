package rewrite

import (
	"testing"

	"hoofprint/internal/migrate/finding"
)

func with(edits ...finding.Edit) finding.Finding { return finding.Finding{Edits: edits} }

func TestApply(t *testing.T) {
	f := func(text, want string, mended int, findings ...finding.Finding) {
		t.Helper()
		out, made := Apply([]byte(text), findings)
		if string(out) != want || len(made) != mended {
			t.Fatalf("%q with %d mended, not %q with %d", out, len(made), want, mended)
		}
	}
	f("abc", "abc", 0)
	f("abc", "aXc", 1, with(finding.Edit{Start: 1, End: 2, New: "X"}))
	f("abc", "XabcY", 1, with(finding.Edit{Start: 0, End: 0, New: "X"}, finding.Edit{Start: 3, End: 3, New: "Y"}))
	f("f(g(x))", "F(g(x))", 1, // the outer one is made, the inner one waits
		with(finding.Edit{Start: 2, End: 3, New: "G"}), with(finding.Edit{Start: 0, End: 7, New: "F(g(x))"}))
	f("a, b", "A, B", 2, with(finding.Edit{Start: 3, End: 4, New: "B"}), with(finding.Edit{Start: 0, End: 1, New: "A"}))
	// Two findings with the same edit are both mended by it.
	f("import a\nx y", "import b\nX Y", 2,
		with(finding.Edit{Start: 7, End: 8, New: "b"}, finding.Edit{Start: 9, End: 10, New: "X"}),
		with(finding.Edit{Start: 7, End: 8, New: "b"}, finding.Edit{Start: 11, End: 12, New: "Y"}))
	// All edits of a finding, or none.
	f("abcdef", "Xdef", 1,
		with(finding.Edit{Start: 0, End: 3, New: "X"}),
		with(finding.Edit{Start: 2, End: 3, New: "Y"}, finding.Edit{Start: 4, End: 5, New: "Z"}))
	// In whose order two insertions would come is not known.
	f("a", "Xa", 1, with(finding.Edit{Start: 0, End: 0, New: "X"}), with(finding.Edit{Start: 0, End: 0, New: "Y"}))
	f("abc", "XYc", 2, with(finding.Edit{Start: 0, End: 1, New: "X"}), with(finding.Edit{Start: 1, End: 2, New: "Y"}))
	// What cannot be.
	f("abc", "abc", 0, with(finding.Edit{Start: 2, End: 4}), with(finding.Edit{Start: 2, End: 1}), with(finding.Edit{Start: -1, End: 1}))
	f("abc", "abc", 0, with(finding.Edit{Start: 0, End: 2}, finding.Edit{Start: 1, End: 3}))
}
