package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// GitHub writes workflow commands, which GitHub Actions shows beside the lines.
func GitHub(to io.Writer, r *Report) error {
	out := bufio.NewWriter(to)
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range r.Findings {
		fmt.Fprintf(out, "::%s file=%s,line=%d,endLine=%d", level(f), property.Replace(r.Display(f.Path)), f.Line, f.EndLine)
		if f.EndLine == f.Line { // columns are refused for what spans lines
			fmt.Fprintf(out, ",col=%d,endColumn=%d", f.Column, f.EndColumn)
		} else {
			fmt.Fprintf(out, ",col=%d", f.Column)
		}
		fmt.Fprintf(out, ",title=%s::%s\n", property.Replace(f.Rule), data.Replace(clean(message(f))))
	}
	for _, list := range [][]Problem{r.Unparsed, r.Errors} {
		for _, p := range list {
			fmt.Fprintf(out, "::warning file=%s", property.Replace(r.Display(p.Path)))
			if p.Line > 0 {
				fmt.Fprintf(out, ",line=%d,col=%d", p.Line, p.Column)
			}
			fmt.Fprintf(out, ",title=not scanned::%s\n", data.Replace(clean(p.Message)))
		}
	}
	return out.Flush()
}
