package api

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// together runs questions to the store side by side and waits for all.
func together(questions ...func() error) error {
	problems := make([]error, len(questions))
	var all sync.WaitGroup
	for i, ask := range questions {
		all.Go(func() {
			defer func() { // as net/http does: one bad question must not end the server
				if v := recover(); v != nil {
					problems[i] = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
				}
			}()
			problems[i] = ask()
		})
	}
	all.Wait()
	return errors.Join(problems...)
}
