package names

import (
	"os"
	"slices"
	"strings"
	"testing"

	"hoofprint/internal/migrate/syntax"
	"hoofprint/internal/parallel"
)

// What a name is must not depend on what was asked before.
func TestAnswersDoNotDependOnTheOrderOfQuestions(t *testing.T) {
	eachProject(t, func(name, text string) {
		forward, backward := answers(projectOf(text), false), answers(projectOf(text), true)
		slices.Reverse(backward)
		for i := range forward {
			if forward[i] != backward[i] {
				t.Errorf("%s: %s, and asked in the other order %s", name, forward[i], backward[i])
			}
		}
	})
}

func answers(p *Project, backward bool) (all []string) {
	type question struct {
		m *Module
		e syntax.Expr
	}
	var questions []question
	for _, m := range p.Modules() {
		syntax.Walk(m.Tree, func(n syntax.Node) bool {
			if e, ok := n.(syntax.Expr); ok {
				questions = append(questions, question{m, e})
			}
			return true
		})
	}
	if backward {
		slices.Reverse(questions)
	}
	for _, q := range questions {
		start, end := q.e.Range()
		all = append(all, string(q.m.File.Text[start:end])+" is "+shown(q.m.Value(q.e)))
	}
	return all
}

func TestModulesMayBeAskedAtOnce(t *testing.T) {
	text, err := os.ReadFile("testdata/functions.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(text), "=== callers agree\n")
	body, _, _ = strings.Cut(body, "\n=== ")
	p := projectOf(body)
	parallel.Each(4*len(p.Modules()), func(i int) { everyExpression(p.Modules()[i%len(p.Modules())]) })
	checkProject(t, body)
}
