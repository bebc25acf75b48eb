package ring

// Description is what the writer says about its process.
type Description struct {
	Service       string `json:"service"`
	Env           string `json:"env"`
	Version       string `json:"version"`
	RuntimeID     string `json:"runtime_id"`
	LangVersion   string `json:"lang_version"`
	Interpreter   string `json:"interpreter"`
	TracerVersion string `json:"tracer_version"`
	Hostname      string `json:"hostname"`
	AgentURL      string `json:"agent_url"`
	APIVersion    string `json:"api_version"`
	ContainerID   string `json:"container_id"`
	Command       string `json:"command"`
}

// Counters are the writer's own counts, and the records that made no sense.
type Counters struct {
	Dropped  uint64 // spans that found the ring full
	Finished uint64 // spans finished in the process, dropped ones included
	Foreign  uint64 // spans of a parent process finished here
	Bad      uint64 // records, or damaged stretches, that were skipped
}
