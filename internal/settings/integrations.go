package settings

import (
	"fmt"
	"strings"
)

// Integration is one library that is traced, and whether it is in an environment.
type Integration struct {
	Name   string
	On     bool
	Source string // the variable that says so, or "default"
}

// Integrations resolves which ones would be on: by default, by the switch of
// each, and by DD_PATCH_MODULES over both. unknown are names in DD_PATCH_MODULES
// that no integration has, problems the switches there that are none.
func Integrations(lookup func(string) (string, bool)) (list []Integration, unknown, problems []string) {
	index := map[string]int{}
	for _, s := range table {
		if s.Integration == "" || !s.Implemented || s.Name != "DD_TRACE_"+strings.ToUpper(s.Integration)+"_ENABLED" {
			continue
		}
		value := s.Resolve(lookup)
		index[s.Integration] = len(list)
		list = append(list, Integration{Name: s.Integration, On: Bool(value.Text), Source: value.Source})
	}
	const chosen = "DD_PATCH_MODULES"
	text, _ := lookup(chosen)
	for _, pair := range Pairs(text) {
		name, on := pair.Key, pair.Value
		if name == "" {
			continue
		}
		if i, ok := index[name]; ok {
			list[i].On, list[i].Source = Bool(on), chosen
			if _, problem := (Setting{Type: Boolean}).check(chosen, on); problem != "" {
				problems = append(problems, fmt.Sprintf("%s has %q, which is neither true nor false: false is used", chosen, name+":"+on))
			}
		} else {
			unknown = append(unknown, name)
		}
	}
	return list, unknown, problems
}
