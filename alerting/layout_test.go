package alerting

import (
	"testing"
	"unsafe"
)

const cacheLine = 64

func TestTag_keepsWhatMostPingsNeedInTheLinesThatTouchReads(t *testing.T) {
	var tag Tag
	if size := unsafe.Sizeof(tag); size <= 480 || size > 8*cacheLine { // the sizes that the runtime allocates
		t.Errorf("a tag is %d bytes: it does not begin where a line does", size)
	}
	first := unsafe.Offsetof(tag.first)
	condition := first + unsafe.Offsetof(tag.first.Condition)
	touched := map[uintptr]bool{}
	for _, at := range []uintptr{unsafe.Offsetof(tag.LastAppended), first + unsafe.Offsetof(tag.first.LastFix), first + unsafe.Offsetof(tag.first.Cadence),
		first + unsafe.Offsetof(tag.first.Last) + unsafe.Offsetof(tag.first.Last.Seq), condition + unsafe.Offsetof(tag.first.Condition.Newest)} {
		touched[at/cacheLine] = true
	}
	resting := condition + unsafe.Offsetof(tag.first.Condition.Resting)
	from := unsafe.Offsetof(tag.quiet) + unsafe.Offsetof(tag.quiet.place)
	to := resting + unsafe.Offsetof(tag.first.Condition.Resting.Before) // which is read once a day
	for at := from; at < to; at++ {
		if !touched[at/cacheLine] {
			t.Fatalf("byte %d is in a line that is not touched", at)
		}
	}
	if n := uintptr(len(touched)); n*cacheLine-(to-from) >= cacheLine {
		t.Errorf("%d lines for %d bytes", n, to-from)
	}
}
