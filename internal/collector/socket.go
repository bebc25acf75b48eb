package collector

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The lines of the collector's socket. "hello", "memfd" and "flush" come from traced
// processes; "ping" from who wants to know whether anybody is there; "yield" from
// a server that collects itself and asks a daemon to leave.
const (
	lineHello = "hello "
	lineMemfd = "memfd "
	lineFlush = "flush "
	linePing  = "ping"
	lineYield = "yield"
)

// listen opens the socket of a run directory whose lock is held.
func listen(dir string) (*net.UnixListener, error) {
	path := filepath.Join(dir, socketName)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("remove old socket: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen for traced processes: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("protect %s: %w", path, err)
	}
	return l, nil
}

// serveSocket answers until the listener is closed.
func (c *Collector) serveSocket(l *net.UnixListener, dir string) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return
		}
		go c.serveConn(conn, dir)
	}
}

func (c *Collector) serveConn(conn *net.UnixConn, dir string) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(lineTimeout))
	buf := make([]byte, 0, maxLine)
	oob := make([]byte, unix.CmsgSpace(4))
	var fds []int
	defer func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
	}()
	for !strings.Contains(string(buf), "\n") && len(buf) < maxLine {
		n, oobn, _, _, err := conn.ReadMsgUnix(buf[len(buf):cap(buf)], oob)
		if n <= 0 || err != nil {
			return
		}
		buf = buf[:len(buf)+n]
		fds = append(fds, parseRights(oob[:oobn])...)
	}
	line, _, _ := strings.Cut(string(buf), "\n")
	if line == lineYield && c.cfg.MayYield {
		defer c.cancel(errYielded)
	}
	switch {
	case strings.HasPrefix(line, lineHello):
		c.hellos.Add(1)
		if name := line[len(lineHello):]; ringName.MatchString(name) {
			c.attach(dir, name)
		}
	case strings.HasPrefix(line, lineMemfd) && len(fds) == 1:
		c.hellos.Add(1)
		if err := c.attachFD(fds[0], dir, line[len(lineMemfd):]); err != nil {
			c.log.Warn("cannot read a ring", "error", err)
			return
		}
	case strings.HasPrefix(line, lineFlush):
		c.hurry(line[len(lineFlush):])
	case line == linePing, line == lineYield && c.cfg.MayYield:
	default:
		_, _ = conn.Write([]byte("no\n"))
		return
	}
	if line != lineYield && c.ending() {
		_, _ = conn.Write([]byte("no\n")) // a ring may have come too late to be read
		return
	}
	_, _ = fmt.Fprintf(conn, "ok %d\n", os.Getpid())
}

// hurry delivers what there is of a ring at once. Its process watches the tail.
func (c *Collector) hurry(name string) {
	c.eachRing(func(t *tracked) {
		if filepath.Base(t.reader.Name()) == name {
			t.hurry.Store(true)
			_ = t.reader.Wake(false)
		}
	})
}

func parseRights(oob []byte) (fds []int) {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for i := range msgs {
		if got, err := unix.ParseUnixRights(&msgs[i]); err == nil {
			fds = append(fds, got...)
			for _, fd := range got {
				unix.CloseOnExec(fd)
			}
		}
	}
	return fds
}

// ask says one line to the collector of dir and returns its answer.
func ask(ctx context.Context, dir, line string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, lineTimeout)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", filepath.Join(dir, socketName))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(lineTimeout))
	if _, err := conn.Write([]byte(line + "\n")); err != nil {
		return "", err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSuffix(answer, "\n"), err
}
