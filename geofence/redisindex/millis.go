package redisindex

import (
	"encoding/json"
	"time"
)

// timeLayout is how a time is written: UTC with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// millis is a time in ms since the Unix epoch that JSON holds as text.
type millis int64

func (m millis) String() string { return time.UnixMilli(int64(m)).UTC().Format(timeLayout) }

func (m millis) MarshalJSON() ([]byte, error) { return []byte(`"` + m.String() + `"`), nil }

func (m *millis) UnmarshalJSON(text []byte) error {
	var t time.Time
	if err := json.Unmarshal(text, &t); err != nil {
		return err
	}
	*m = millis(t.UnixMilli())
	return nil
}
