package report

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/migration"
)

// The parts of SARIF 2.1.0 that a scan has something to say in.
type (
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine,omitempty"`
		StartColumn int `json:"startColumn,omitempty"`
		EndLine     int `json:"endLine,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
	}
	sarifReplacement struct {
		DeletedRegion   sarifRegion `json:"deletedRegion"`
		InsertedContent sarifText   `json:"insertedContent"`
	}
	sarifArtifactChange struct {
		ArtifactLocation sarifArtifact      `json:"artifactLocation"`
		Replacements     []sarifReplacement `json:"replacements"`
	}
	sarifFix struct {
		Description     sarifText             `json:"description"`
		ArtifactChanges []sarifArtifactChange `json:"artifactChanges"`
	}
	sarifResult struct {
		RuleID     string          `json:"ruleId"`
		RuleIndex  int             `json:"ruleIndex"`
		Level      string          `json:"level"`
		Message    sarifText       `json:"message"`
		Locations  []sarifLocation `json:"locations"`
		Fixes      []sarifFix      `json:"fixes,omitempty"`
		Properties map[string]any  `json:"properties"`
	}
	sarifRule struct {
		ID               string         `json:"id"`
		ShortDescription sarifText      `json:"shortDescription"`
		Help             sarifText      `json:"help"`
		Configuration    map[string]any `json:"defaultConfiguration"`
		Properties       map[string]any `json:"properties"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		Notifications       []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifRun struct {
		Tool               map[string]sarifDriver   `json:"tool"`
		ColumnKind         string                   `json:"columnKind"`
		OriginalURIBaseIDs map[string]sarifArtifact `json:"originalUriBaseIds"`
		Invocations        []sarifInvocation        `json:"invocations"`
		Results            []sarifResult            `json:"results"`
	}
)

// SARIF writes the report as a SARIF 2.1.0 log. Paths are relative to the folder the caller is in,
// which in CI is the repository's, or else to the scanned one.
func SARIF(to io.Writer, r *Report) error {
	base := r.Folder
	for _, f := range append(slices.Clone(r.Findings), finding.Finding{}) {
		if filepath.IsAbs(r.Display(f.Path)) {
			base = r.Root
		}
	}
	run := sarifRun{
		ColumnKind:         "unicodeCodePoints",
		OriginalURIBaseIDs: map[string]sarifArtifact{"ROOT": {URI: (&url.URL{Scheme: "file", Path: strings.TrimSuffix(base, "/") + "/"}).String()}},
		Invocations:        []sarifInvocation{{ExecutionSuccessful: true, Notifications: []sarifNotification{}}},
		Results:            []sarifResult{},
	}
	at := func(path string) sarifArtifact {
		if base != r.Root {
			path = r.Display(path)
		}
		return sarifArtifact{(&url.URL{Path: path}).EscapedPath(), "ROOT"}
	}
	driver := sarifDriver{"hoofprint migrate", r.Version, []sarifRule{}}
	index := map[string]int{}
	for _, f := range r.Findings {
		if _, ok := index[f.Rule]; !ok {
			index[f.Rule] = len(driver.Rules)
			driver.Rules = append(driver.Rules, sarifRuleOf(f.Rule))
		}
		one := sarifResult{
			RuleID: f.Rule, RuleIndex: index[f.Rule], Level: level(f), Message: sarifText{Text: message(f)},
			Locations:  []sarifLocation{{sarifPhysical{at(f.Path), &sarifRegion{f.Line, f.Column, f.EndLine, f.EndColumn}}}},
			Properties: map[string]any{"certainty": f.Certainty, "safe": f.Safe},
		}
		if edits := r.edits(f); len(edits) > 0 {
			change := sarifArtifactChange{ArtifactLocation: at(f.Path)}
			for _, e := range edits {
				change.Replacements = append(change.Replacements, sarifReplacement{sarifRegion{e.Line, e.Column, e.EndLine, e.EndColumn}, sarifText{Text: e.New}})
			}
			one.Fixes = []sarifFix{{sarifText{Text: f.Fix}, []sarifArtifactChange{change}}}
		}
		run.Results = append(run.Results, one)
	}
	for _, p := range append(slices.Clone(r.Unparsed), r.Errors...) {
		place := sarifPhysical{ArtifactLocation: at(p.Path)}
		if p.Line > 0 {
			place.Region = &sarifRegion{StartLine: p.Line, StartColumn: p.Column}
		}
		run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, sarifNotification{"warning", sarifText{Text: p.Message}, []sarifLocation{{place}}})
	}
	run.Tool = map[string]sarifDriver{"driver": driver}
	e := json.NewEncoder(to)
	e.SetIndent("", "  ")
	return e.Encode(map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": []sarifRun{run},
	})
}

func sarifRuleOf(id string) sarifRule {
	c := about(id)
	short := c.Why
	if short == "" {
		short = id
	}
	help := short + "."
	if c.Instead != "" {
		help += " Instead: " + c.Instead + "."
	}
	severity := "error"
	if c.What == migration.Deprecated || c.Kind == migration.Behaviour {
		severity = "warning"
	}
	return sarifRule{
		ID: id, ShortDescription: sarifText{Text: short}, Help: sarifText{Text: help, Markdown: help},
		Configuration: map[string]any{"level": severity},
		Properties:    map[string]any{"tags": []string{"ddtrace-4", string(c.Kind)}},
	}
}

// level is how a code host shows a finding.
func level(f finding.Finding) string {
	if f.Certainty == finding.Certain && about(f.Rule).What != migration.Deprecated {
		return "error"
	}
	return "warning"
}

// message is a finding in words, with its fix.
func message(f finding.Finding) string {
	said := strings.TrimSuffix(f.Message, ".") + "."
	if f.Fix != "" {
		said += " Fix: " + strings.TrimSuffix(f.Fix, ".") + "."
	}
	return said
}
