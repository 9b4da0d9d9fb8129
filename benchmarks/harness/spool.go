package harness

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cordon/alerting"
	"cordon/ingest"
)

// nowhere is the partition of alerts that do not say from which they come.
const nowhere = -1

// spool holds the alerts of a topic in files, one for each partition of the pings that they come of: together they may
// not fit into memory.
type spool struct {
	dir    string
	system []alerting.Alert // system faults that do not come of pings, and their ends; repeats included
}

// spool reads all alerts, repeats included; of one partition of the topic in order.
func (s *Site) spool(ctx context.Context, b *Broker, partitions int) (*spool, error) {
	dir, err := os.MkdirTemp(s.Dir, "alerts-")
	if err != nil {
		return nil, err
	}
	into := &spool{dir: dir}
	files := map[int]*os.File{}
	writers := map[int]*bufio.Writer{}
	for p := nowhere; p < partitions; p++ {
		if files[p], err = os.Create(into.file(p)); err != nil {
			return nil, err
		}
		writers[p] = bufio.NewWriterSize(files[p], 64<<10)
	}
	err = b.ReadTopic(ctx, s.Alerts(), func(rec *ingest.Record) error {
		if strings.HasPrefix(headerOf(rec, "ce_type"), "cordon.alert.system_") {
			var a alerting.Alert
			if err := json.Unmarshal(rec.Value, &a); err != nil {
				return fmt.Errorf("alert at offset %d: %w", rec.Offset, err)
			}
			if a.Reason != alerting.UnassignedFlood { // which the pings give rise to, and the oracle decides
				into.system = append(into.system, a)
				return nil
			}
		}
		home, of := nowhere, 0
		if n, err := fmt.Sscanf(headerOf(rec, "cordon-partition"), "%d/%d", &home, &of); n != 2 || err != nil || of != partitions || home >= partitions {
			home = nowhere
		}
		_, err := fmt.Fprintf(writers[home], `{"again":%t,"alert":%s}`+"\n", headerOf(rec, "cordon-rebuilt") != "", rec.Value)
		return err
	})
	for p := range files {
		err = errors.Join(err, writers[p].Flush(), files[p].Close())
	}
	if err != nil {
		into.remove()
		return nil, err
	}
	return into, nil
}

func (s *spool) file(partition int) string {
	return filepath.Join(s.dir, fmt.Sprintf("%d.ndjson", partition))
}

// alerts returns those of one partition, and the ids of those that may be late because not all zones were known when they
// were due: they are first said where something is decided again, or during a loss or soon after, by the owner that
// follows one that was killed.
func (s *spool) alerts(partition int, done Done) (all []alerting.Alert, late map[string]bool, err error) {
	f, err := os.Open(s.file(partition))
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	late = map[string]bool{} // of every id that was said
	for d := json.NewDecoder(bufio.NewReaderSize(f, 256<<10)); ; {
		var line struct {
			Again bool
			Alert alerting.Alert
		}
		err := d.Decode(&line)
		if errors.Is(err, io.EOF) {
			maps.DeleteFunc(late, func(_ string, again bool) bool { return !again })
			return all, late, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("alerts of partition %d: %w", partition, err)
		}
		if _, said := late[line.Alert.AlertID]; !said {
			late[line.Alert.AlertID] = line.Again || done.explainsLate(time.UnixMilli(int64(line.Alert.RaisedTime)))
		}
		all = append(all, line.Alert)
	}
}

func (s *spool) remove() { os.RemoveAll(s.dir) }
