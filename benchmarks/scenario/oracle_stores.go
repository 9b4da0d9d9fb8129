package scenario

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
)

// ReadHistory reads what `cordon zones export --history` and `cordon wearers export --history` write: a line about the
// store, then a line for each revision with id, revision, updated_time and, unless it is a tombstone, document.
func ReadHistory(export []byte) ([]Revision, error) {
	var list []Revision
	lines := bufio.NewScanner(bytes.NewReader(export))
	lines.Buffer(nil, len(export)+1)
	for n := 1; lines.Scan(); n++ {
		if n == 1 || len(lines.Bytes()) == 0 {
			continue
		}
		var r struct {
			ID       string          `json:"id"`
			Revision uint64          `json:"revision"`
			Updated  string          `json:"updated_time"`
			Document json.RawMessage `json:"document"`
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("scenario: line %d of the history: %w", n, err)
		}
		at, err := parseTime(r.Updated)
		if err != nil || r.ID == "" || r.Revision == 0 {
			return nil, fmt.Errorf("scenario: line %d of the history is no revision: %.80s", n, lines.Bytes())
		}
		list = append(list, Revision{ID: r.ID, Number: r.Revision, Updated: at, Doc: r.Document})
	}
	return list, lines.Err()
}
