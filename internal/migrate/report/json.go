package report

import (
	"encoding/json"
	"io"

	"hoofprint/internal/migrate/finding"
)

// formatVersion is raised when a field changes its meaning or goes; new fields may come at any time.
const formatVersion = 1

type jsonFinding struct {
	Path      string            `json:"path"`
	Line      int               `json:"line"`
	Column    int               `json:"column"`
	EndLine   int               `json:"end_line"`
	EndColumn int               `json:"end_column"`
	Rule      string            `json:"rule"`
	Kind      string            `json:"kind"`
	Certainty finding.Certainty `json:"certainty"`
	Message   string            `json:"message"`
	Fix       string            `json:"fix"`
	Safe      bool              `json:"safe"`
	Edits     []jsonEdit        `json:"edits"`
}

type jsonEdit struct {
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
	New       string `json:"new"`
}

type jsonRule struct {
	Rule    string `json:"rule"`
	Certain int    `json:"certain"`
	Likely  int    `json:"likely"`
}

type jsonSummary struct {
	Findings      int        `json:"findings"`
	Certain       int        `json:"certain"`
	Likely        int        `json:"likely"`
	FixableSafe   int        `json:"fixable_safe"`
	FixableUnsafe int        `json:"fixable_unsafe"`
	Rules         []jsonRule `json:"rules"`
	Summary
}

type jsonReport struct {
	Version       int           `json:"version"`
	Hoofprint     string        `json:"hoofprint"`
	Root          string        `json:"root"`
	Findings      []jsonFinding `json:"findings"`
	Unparsed      []Problem     `json:"unparsed"`
	Errors        []Problem     `json:"errors"`
	UnusedIgnores []Problem     `json:"unused_ignores"`
	Summary       jsonSummary   `json:"summary"`
}

// JSON writes the report as one object.
func JSON(to io.Writer, r *Report) error {
	safe, unsafe := r.Fixable()
	sure := r.Certain()
	whole := jsonReport{
		Version: formatVersion, Hoofprint: r.Version, Root: r.Root,
		Findings: []jsonFinding{}, Unparsed: notNil(r.Unparsed), Errors: notNil(r.Errors), UnusedIgnores: notNil(r.UnusedIgnores),
		Summary: jsonSummary{Findings: len(r.Findings), Certain: sure, Likely: len(r.Findings) - sure, FixableSafe: safe, FixableUnsafe: unsafe, Rules: []jsonRule{}, Summary: r.Summary},
	}
	whole.Summary.Large = notNil(whole.Summary.Large)
	for _, c := range r.Counts() {
		whole.Summary.Rules = append(whole.Summary.Rules, jsonRule(c))
	}
	for _, f := range r.Findings {
		whole.Findings = append(whole.Findings, jsonFinding{
			f.Path, f.Line, f.Column, f.EndLine, f.EndColumn, f.Rule, string(about(f.Rule).Kind), f.Certainty, f.Message, f.Fix, f.Safe, r.edits(f),
		})
	}
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(whole)
}

// edits are a finding's, at places as an editor counts them.
func (r *Report) edits(f finding.Finding) []jsonEdit {
	all := []jsonEdit{}
	s := r.Sources[f.Path]
	if s == nil {
		return all
	}
	for _, e := range f.Edits {
		from, to := s.File.At(e.Start), s.File.At(e.End)
		all = append(all, jsonEdit{from.Line, from.Column, to.Line, to.Column, e.New})
	}
	return all
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
