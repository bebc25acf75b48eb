package oracle

import (
	"errors"
	"fmt"
)

// logger passes on what the Agent logs at warning level or above.
type logger struct{ warn func(string) }

func (l logger) say(text string) error {
	l.warn(text)
	return errors.New(text)
}

func (l logger) Trace(...any)                       {}
func (l logger) Tracef(string, ...any)              {}
func (l logger) Debug(...any)                       {}
func (l logger) Debugf(string, ...any)              {}
func (l logger) Info(...any)                        {}
func (l logger) Infof(string, ...any)               {}
func (l logger) Warn(v ...any) error                { return l.say(fmt.Sprint(v...)) }
func (l logger) Warnf(f string, v ...any) error     { return l.say(fmt.Sprintf(f, v...)) }
func (l logger) Error(v ...any) error               { return l.say(fmt.Sprint(v...)) }
func (l logger) Errorf(f string, v ...any) error    { return l.say(fmt.Sprintf(f, v...)) }
func (l logger) Critical(v ...any) error            { return l.say(fmt.Sprint(v...)) }
func (l logger) Criticalf(f string, v ...any) error { return l.say(fmt.Sprintf(f, v...)) }
func (l logger) Flush()                             {}
