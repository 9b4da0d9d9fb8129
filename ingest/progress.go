package ingest

// Progress records how far a Worker is, so that a stalled one can be noticed. The goroutine of the Worker calls its methods.
type Progress interface {
	// Fetched records a fetch that succeeded. It is called before the records are decided.
	Fetched(f *Fetched)
	// Failed records a fetch that failed and is tried again.
	Failed(err error)
	// Stepped records that everything below an offset is decided and published.
	Stepped(next int64)
}

// noProgress records nothing.
type noProgress struct{}

func (noProgress) Fetched(*Fetched) {}
func (noProgress) Failed(error)     {}
func (noProgress) Stepped(int64)    {}
