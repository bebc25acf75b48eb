package launcher

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"hoofprint/internal/collector"
)

// startTimeout bounds the wait for the stub that puts a collector in the
// background; it takes a few milliseconds, more on a machine under load.
const startTimeout = 5 * time.Second

// ensureCollector starts a collector unless one runs. It waits for the stub
// that puts it in the background, not for the collector: rings hold the spans.
func ensureCollector(env *environment) error {
	// Asked, not only reached: a collector that was just killed still holds its socket.
	if collector.Serving(context.Background(), collector.DefaultRunDir()) {
		return nil
	}
	binary := env.get("HOOFPRINT_BIN")
	stub := exec.Command(binary, "collect", "--daemon")
	stub.Env = env.list()
	var complaint strings.Builder
	stub.Stderr = &complaint
	stub.WaitDelay = time.Second // a daemon that keeps standard error open must not hold us
	if err := stub.Start(); err != nil {
		return fmt.Errorf("start the collector %s: %w", binary, err)
	}
	timer := time.AfterFunc(startTimeout, func() { _ = stub.Process.Kill() })
	defer timer.Stop()
	if err := stub.Wait(); err != nil {
		return fmt.Errorf("start the collector %s collect: %w: %s", binary, err, firstLine(complaint.String()))
	}
	return nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
