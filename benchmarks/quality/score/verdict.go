package score

// Verdict is what a breach was, by where the wearer really was.
type Verdict uint8

// The verdicts, from the worst.
const (
	False Verdict = iota
	Edge
	Dip
	True
	verdicts
)

// step is how finely the truth is looked at, ms: a walker goes a metre and a half in it, a car fifteen.
const step = 1000

// Verdict judges a breach that was decided at the time.
func (l *Life) Verdict(at int64) Verdict {
	from, to := at-before, at+after
	dip := false
	for i := range l.Stays {
		if s := &l.Stays[i]; s.Entered <= to && s.Left >= from {
			if s.Qualifies() {
				return True
			}
			dip = true
		}
	}
	if dip {
		return Dip
	}
	verdict := False
	for ms := max(from, l.From); ms <= min(to, l.To); ms += step {
		switch d := l.Distance(ms); {
		case d <= 0:
			return Dip
		case d <= edgeM:
			verdict = Edge
		}
	}
	return verdict
}
