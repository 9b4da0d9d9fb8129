package kafkasource

import (
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

func at(offsets ...int64) kafka.RecordReader {
	var records []kafka.Record
	for _, o := range offsets {
		records = append(records, kafka.Record{Offset: o, Value: kafka.NewBytes([]byte("v"))})
	}
	return &protocol.RecordBatch{Records: kafka.NewRecordReader(records...)}
}

func control(offset int64) kafka.RecordReader {
	return &protocol.ControlBatch{Records: kafka.NewRecordReader(kafka.Record{Offset: offset})}
}

func TestTake_goesOnWhateverTheBatchesHold(t *testing.T) {
	for name, c := range map[string]struct {
		batches []kafka.RecordReader
		records []int64
		next    int64
	}{
		"nothing":                          {nil, nil, 10},
		"records":                          {[]kafka.RecordReader{at(10, 11), at(12)}, []int64{10, 11, 12}, 13},
		"a batch that begins before":       {[]kafka.RecordReader{at(8, 9, 10, 11)}, []int64{10, 11}, 12},
		"holes from compaction":            {[]kafka.RecordReader{at(9, 14), at(19)}, []int64{14, 19}, 20},
		"only records before":              {[]kafka.RecordReader{at(8, 9)}, nil, 11},
		"only a control batch":             {[]kafka.RecordReader{control(10)}, nil, 11},
		"a control batch between":          {[]kafka.RecordReader{at(10), control(11), at(12)}, []int64{10, 12}, 13},
		"a control batch at the end":       {[]kafka.RecordReader{at(10), control(11)}, []int64{10}, 12},
		"a batch without records":          {[]kafka.RecordReader{at()}, nil, 11},
		"a batch without records, and one": {[]kafka.RecordReader{at(), at(17)}, []int64{17}, 18},
	} {
		var b batch
		next, err := b.take(&protocol.RecordStream{Records: c.batches}, 0, 10)
		if err != nil || next != c.next || len(b.records) != len(c.records) {
			t.Errorf("%s: %d records, next %d, %v; want %d and %d", name, len(b.records), next, err, len(c.records), c.next)
			continue
		}
		for i, r := range b.records {
			if r.Offset != c.records[i] {
				t.Errorf("%s: record %d is at %d, want %d", name, i, r.Offset, c.records[i])
			}
		}
	}
}
