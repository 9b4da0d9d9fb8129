package ingest

// Progress is told how far a Worker comes, so that a partition that stands still can be noticed from outside. Its methods
// are called by the goroutine of the Worker.
type Progress interface {
	// Fetched is told of a fetch that succeeded, before anything is decided about it.
	Fetched(f *Fetched)
	// Failed is told of a fetch that failed and is tried again.
	Failed(err error)
	// Stepped is told that everything below an offset is decided and published.
	Stepped(next int64)
}

// noProgress tells nobody.
type noProgress struct{}

func (noProgress) Fetched(*Fetched) {}
func (noProgress) Failed(error)     {}
func (noProgress) Stepped(int64)    {}
