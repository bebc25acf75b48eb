package migrate

import (
	"errors"
	"runtime"
	"slices"
	"sync"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/ground"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/report"
	"hoofprint/internal/migrate/rules"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/internal/migrate/variables"
)

// detector finds what changed in files.
type detector interface {
	// text looks into one file that is not Python; it is called from several goroutines.
	text(f *source.File) []finding.Finding
	// python looks into all Python files.
	python(files []*source.File) ([]finding.Finding, []report.Problem)
}

// detectors are the real ones.
type detectors struct{}

func (detectors) text(f *source.File) []finding.Finding {
	return slices.Concat(variables.Find(f), ground.Find(f), rules.FindText(f))
}

func (detectors) python(files []*source.File) ([]finding.Finding, []report.Problem) {
	project := names.Load(files, append(rules.Words(), variables.Named(files)...)...)
	modules := project.Modules()
	found := make([][]finding.Finding, len(modules))
	inParallel(len(modules), func(i int) {
		found[i] = variables.FindPython(project, modules[i])
		if modules[i].Err == nil {
			found[i] = append(found[i], rules.Find(project, modules[i])...)
			found[i] = append(found[i], ground.FindPython(project, modules[i])...)
		}
	})
	var all []finding.Finding
	var unparsed []report.Problem
	for i, m := range modules {
		all = append(all, found[i]...)
		if m.Err != nil {
			unparsed = append(unparsed, syntaxProblem(m.File, m.Err))
		}
	}
	return all, unparsed
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

// inParallel calls do for 0 to n-1 on all processors.
func inParallel(n int, do func(int)) {
	var wait sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
}
