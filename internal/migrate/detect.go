package migrate

import (
	"errors"
	"fmt"
	"slices"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/ground"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/report"
	"hoofprint/internal/migrate/rules"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/internal/migrate/variables"
	"hoofprint/internal/parallel"
)

// detector finds what changed in files.
type detector interface {
	// text looks into one file that is not Python; it is called from several goroutines.
	text(f *source.File) []finding.Finding
	// python looks into all Python files. Of those that it fails at it says why: those that do not
	// parse, and those that showed a mistake of its own.
	python(files []*source.File) (found []finding.Finding, unparsed, failed []report.Problem)
}

// detectors are the real ones.
type detectors struct{}

func (detectors) text(f *source.File) []finding.Finding {
	return slices.Concat(variables.Find(f), ground.Find(f), rules.FindText(f))
}

func (detectors) python(files []*source.File) (all []finding.Finding, unparsed, failed []report.Problem) {
	project := names.Load(files, append(rules.Words(), variables.Named(files)...)...)
	modules := project.Modules()
	found := make([][]finding.Finding, len(modules))
	mistakes := make([]*report.Problem, len(modules))
	parallel.Each(len(modules), func(i int) {
		defer recovered(modules[i].File.Path, &mistakes[i])
		found[i] = variables.FindPython(project, modules[i])
		if modules[i].Err == nil {
			found[i] = append(found[i], rules.Find(project, modules[i])...)
			found[i] = append(found[i], ground.FindPython(project, modules[i])...)
		}
	})
	for i, m := range modules {
		if mistakes[i] != nil {
			failed = append(failed, *mistakes[i])
		}
		all = append(all, found[i]...)
		if m.Err != nil {
			unparsed = append(unparsed, syntaxProblem(m.File, m.Err))
		}
	}
	return all, unparsed, failed
}

// recovered turns a panic over one file, which is a mistake of ours, into a problem, so that
// the others are scanned.
func recovered(path string, problem **report.Problem) {
	if cause := recover(); cause != nil {
		*problem = &report.Problem{Path: path, Message: fmt.Sprintf("not scanned to its end, for a mistake in hoofprint that you may want to report: %v", cause)}
	}
}

// syntaxProblem says where a file stops to be Python.
func syntaxProblem(f *source.File, err error) report.Problem {
	p := report.Problem{Path: f.Path, Message: err.Error()}
	var of *syntax.Error
	if errors.As(err, &of) {
		at := f.At(of.Offset)
		p.Line, p.Column = at.Line, at.Column
	}
	return p
}
