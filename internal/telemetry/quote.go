package telemetry

import "encoding/json"

// quote gives a value as JSON text, null for none.
func quote(text *string) json.RawMessage {
	b, err := json.Marshal(text)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}
