package harness

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

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
		_, err := writers[home].Write(append(rec.Value, '\n'))
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

// alerts returns those of one partition.
func (s *spool) alerts(partition int) ([]alerting.Alert, error) {
	f, err := os.Open(s.file(partition))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []alerting.Alert
	for d := json.NewDecoder(bufio.NewReaderSize(f, 256<<10)); ; {
		var a alerting.Alert
		err := d.Decode(&a)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("alerts of partition %d: %w", partition, err)
		}
		all = append(all, a)
	}
}

func (s *spool) remove() { os.RemoveAll(s.dir) }
