package names

import (
	"bytes"
	"path"
	"sort"
	"strings"
	"sync"

	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/internal/parallel"
)

// Project is the Python files of a scan.
type Project struct {
	modules     []*Module // worth a look
	all         []*Module
	byPath      map[string]*Module
	byName      map[string][]*Module
	folders     map[string]bool // that hold Python files
	tops        map[string]bool // names of the outermost packages
	folderNames map[string]bool

	mu sync.Mutex // guards the evaluator, and what it reads on its way
	evaluator
	annotations map[*syntax.Constant]syntax.Expr // written as strings
	filters     []wordFilter                     // of all, when callers are asked for
}

// Module is one Python file.
type Module struct {
	File *source.File
	// Tree is nil if Err is set.
	Tree *syntax.Module
	// Name is dotted, from the folder that holds the outermost package: "app.views".
	Name string
	// Err says why the file could not be parsed.
	Err error
	// UsesTracer says that it imports ddtrace, itself or through the project's modules.
	UsesTracer bool

	project            *Project
	once               sync.Once
	scope              *scope
	blocks             []*block // in the order of their starts
	callables          map[syntax.Node]*callable
	classes            map[*syntax.ClassDef]*class
	attributeStores    map[string][]*binding // x.name = value, where x is not self
	importsTracer      bool
	mentionsIsinstance bool
	uses               map[string][]syntax.Expr // names and attributes, when callers are asked for
	usesOnce           sync.Once

	parentsMu sync.Mutex
	parents   map[syntax.Node]syntax.Node
	parented  map[int]bool
}

// Load reads the Python files that are worth it: those that mention ddtrace or one of words,
// names that a rule looks for whatever they are of. Others are read when names lead there.
func Load(files []*source.File, words ...string) *Project {
	p := &Project{
		byPath: make(map[string]*Module, len(files)), byName: map[string][]*Module{},
		folders: map[string]bool{}, folderNames: map[string]bool{}, tops: map[string]bool{}, evaluator: newEvaluator(),
		annotations: map[*syntax.Constant]syntax.Expr{},
	}
	for _, f := range files {
		if p.byPath[f.Path] != nil {
			continue
		}
		m := &Module{File: f, project: p}
		p.all = append(p.all, m)
		p.byPath[f.Path] = m
		folder := path.Dir(f.Path)
		p.folders[folder] = true
		for ; folder != "." && folder != "/" && !p.folderNames[folder]; folder = path.Dir(folder) {
			p.folderNames[folder] = true
			p.folderNames[path.Base(folder)] = true
		}
	}
	sort.Slice(p.all, func(i, j int) bool { return p.all[i].File.Path < p.all[j].File.Path })
	for _, m := range p.all {
		m.Name = p.nameOf(m.File.Path)
		p.byName[m.Name] = append(p.byName[m.Name], m)
		if strings.HasSuffix(m.File.Path, "__init__.py") {
			p.tops[rootName(m.Name)] = true
		}
	}

	wanted := [][]byte{[]byte("ddtrace")}
	for _, w := range words {
		if w != "" {
			wanted = append(wanted, []byte(w))
		}
	}
	worth := make([]bool, len(p.all))
	parallel.Each(len(p.all), func(i int) {
		for _, w := range wanted {
			if bytes.Contains(p.all[i].File.Text, w) {
				worth[i] = true
				p.all[i].read()
				return
			}
		}
	})
	for i, m := range p.all {
		if worth[i] {
			p.modules = append(p.modules, m)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	offered := p.offered()
	for _, m := range p.modules {
		m.UsesTracer = m.importsTracer || m.importsThroughProject(offered)
	}
	return p
}

// read parses a module and finds what it binds, once.
func (m *Module) read() {
	m.once.Do(func() {
		m.Tree, m.Err = syntax.Parse(m.File.Text)
		if m.Err != nil || m.Tree == nil {
			m.Tree = nil
			return
		}
		m.mentionsIsinstance = bytes.Contains(m.File.Text, []byte("isinstance")) || bytes.Contains(m.File.Text, []byte("type("))
		m.callables = map[syntax.Node]*callable{}
		m.classes = map[*syntax.ClassDef]*class{}
		m.bind()
	})
}

// offered are the globals of modules that import ddtrace: what others may have from them.
func (p *Project) offered() map[string]bool {
	names := map[string]bool{}
	for _, m := range p.modules {
		if m.scope == nil || !m.importsTracer {
			continue
		}
		for name := range m.scope.names {
			names[name] = true
		}
	}
	return names
}

// importsThroughProject says that something it imports from the project is ddtrace's.
func (m *Module) importsThroughProject(offered map[string]bool) bool {
	if m.scope == nil {
		return false
	}
	for _, list := range m.scope.names {
		for _, b := range list {
			alias, ok := b.node.(*syntax.Alias)
			if _, from := b.stmt.(*syntax.ImportFrom); !ok || !from || !offered[alias.Name.Name] {
				continue
			}
			m.project.begin()
			if m.binding(b).tracer() {
				return true
			}
		}
	}
	return false
}

// nameOf is the dotted name of a file's module.
func (p *Project) nameOf(file string) string {
	folder, base := path.Dir(file), strings.TrimSuffix(path.Base(file), path.Ext(file))
	name := base
	if base == "__init__" {
		name, folder = path.Base(folder), path.Dir(folder)
	}
	for folder != "." && folder != "/" && p.byPath[path.Join(folder, "__init__.py")] != nil {
		name = path.Base(folder) + "." + name
		folder = path.Dir(folder)
	}
	return name
}

// find is the module of an absolute name as a module sees it: from the folders around it, or
// the nearest of that name anywhere.
func (p *Project) find(from *Module, name string) *Module {
	if standard[rootName(name)] {
		return nil
	}
	file := strings.ReplaceAll(name, ".", "/")
	// import utils is not the utils.py beside it, in a package.
	fits := func(m *Module) bool {
		return m != nil && m != from && (strings.Contains(name, ".") || !strings.Contains(m.Name, "."))
	}
	for folder := path.Dir(from.File.Path); ; folder = path.Dir(folder) {
		for _, under := range []string{"", "src", "lib", "python"} {
			if m := p.byPath[path.Join(folder, under, file)+".py"]; fits(m) {
				return m
			}
			if m := p.byPath[path.Join(folder, under, file, "__init__.py")]; fits(m) {
				return m
			}
		}
		if folder == "." || folder == "/" {
			break
		}
	}
	var best *Module
	length := -1
	for _, m := range p.byName[name] {
		if l := common(m.File.Path, from.File.Path); l > length && m != from {
			best, length = m, l
		}
	}
	if best == nil || !strings.Contains(name, ".") && !strings.HasSuffix(best.File.Path, "__init__.py") {
		return nil
	}
	return best
}

func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// standard are the modules of the standard library that names are followed through, or that
// projects have a file of the same name as.
var standard = setOf(`abc asyncio builtins collections concurrent contextlib contextvars copy dataclasses datetime enum
functools http importlib inspect io itertools json logging multiprocessing os pathlib platform queue random re select
signal socket ssl string subprocess sys tempfile threading time token tokenize traceback types typing unittest urllib
uuid warnings weakref profile statistics`)

// Modules are the files worth a look, those that do not parse too, in the order of their paths.
func (p *Project) Modules() []*Module { return p.modules }

// UsesTracer says that some module does.
func (p *Project) UsesTracer() bool {
	for _, m := range p.modules {
		if m.UsesTracer {
			return true
		}
	}
	return false
}
