// Generate writes what is generated from migration/changes.json. Run it from the root of the
// repository.
package main

import (
	"fmt"
	"os"
)

func main() {
	files, err := render(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for path, content := range files {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			fmt.Fprintf(os.Stderr, "write %s, run this from the root of the repository: %v\n", path, err)
			os.Exit(1)
		}
	}
}
