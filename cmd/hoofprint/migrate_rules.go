package main

import (
	"fmt"
	"io"
	"strings"

	"hoofprint/internal/migrate/walk"
	"hoofprint/migration"
)

// listRules prints a line for each rule.
func listRules(out io.Writer) int {
	longest := 0
	for _, c := range migration.Changes() {
		longest = max(longest, len(c.ID))
	}
	for _, c := range migration.Changes() {
		fix := c.Fix
		if fix == "" {
			fix = "-"
		}
		fmt.Fprintf(out, "%-*s  %-9s  %-10s  %-6s  %-6s  %s\n", longest, c.ID, c.Kind, c.What, c.Since, fix, c.Why)
	}
	return 0
}

// explainRule prints all that is known of a rule.
func explainRule(out io.Writer, id string) (int, error) {
	c, ok := migration.Find(id)
	if !ok {
		var ids []string
		for _, c := range migration.Changes() {
			ids = append(ids, c.ID)
		}
		return 2, fmt.Errorf("there is no rule %q%s; see --list-rules", id, walk.Suggest(id, ids))
	}
	fmt.Fprintf(out, "%s (%s, %s in %s)\n\n%s.\n", c.ID, c.Kind, c.What, c.Since, c.Why)
	if c.Instead != "" {
		fmt.Fprintf(out, "Instead: %s.\n", c.Instead)
	}
	if len(c.Names) > 0 {
		fmt.Fprintf(out, "\nNames:\n  %s\n", strings.Join(c.Names, "\n  "))
	}
	switch c.Fix {
	case "safe":
		fmt.Fprintln(out, "\n--write mends it, where it is certain.")
	case "unsafe":
		fmt.Fprintln(out, "\n--write --unsafe mends it: look at what it changes.")
	default:
		fmt.Fprintln(out, "\nA person has to decide; --todo leaves a comment.")
	}
	if c.Bridge {
		fmt.Fprintln(out, "DD_V3_BRIDGE=true keeps it alive at run time.")
	}
	return 0, nil
}
