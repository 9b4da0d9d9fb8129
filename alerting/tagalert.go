package alerting

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// trouble opens a tag episode and adds the alert that says so.
func (w *Watch) trouble(t *Tag, wr *Wearing, tr *Trouble, kind Kind, reason Reason) *Alert {
	if wr.Assigned {
		tr.Tier = wr.Tier
	}
	wr.Condition.add(tr)
	w.open[t] = struct{}{}
	w.schedule(t)
	return w.tell(t, wr, tr, kind, reason)
}

// restore ends a tag episode and adds the alert that says so.
func (w *Watch) restore(t *Tag, wr *Wearing, tr *Trouble, reason Reason) *Alert {
	a := w.tell(t, wr, tr, endings[tr.Cause], reason)
	wr.Condition.remove(tr)
	w.let(t)
	return a
}

// tell adds an alert about a tag episode, with what every such alert says.
func (w *Watch) tell(t *Tag, wr *Wearing, tr *Trouble, kind Kind, reason Reason) *Alert {
	opening := tr.Opening
	a := &Alert{
		Clock:   w.clock,
		AlertID: AlertID(kind, wr.Subject, "", opening, ""), EpisodeID: EpisodeID(wr.Subject, "", opening), Kind: kind,
		Severity: string(tagSeverity(kind, tr.Tier)), Reason: reason, WearerID: wr.Wearer, DeviceID: t.Device,
		OpenedFixTime: at(opening.FixTime), RuleRevision: w.rules.id, Opening: &opening,
	}
	if wr.Assigned {
		a.ActivationID, a.Tier = wr.Subject, tr.Tier
	}
	w.alerts = append(w.alerts, a)
	return a
}

// by says that a ping decided the alert.
func (a *Alert) by(f *Fix, r *Report) {
	a.FixTime, a.AppendedTime = at(f.Time), at(f.Appended)
	if f.HasReceived {
		a.ReceivedTime = at(f.Received)
	}
	if r.HasPosition {
		p := f.position()
		a.Position = &p
	}
}

// askTroubles asks each tag episode under an activation whether that still holds at the instant.
func (w *Watch) askTroubles(t *Tag, wr *Wearing, instant int64) {
	for _, tr := range slices.Clone(wr.Condition.troubles()) {
		if reason, decided := w.passedOn(t, wr, instant); reason != "" {
			w.restore(t, wr, tr, reason).DecidedTime = at(decided)
			w.Touch(t)
		}
	}
}

// passedOn says why the activation under which a tag was heard no longer holds at the instant, and since when: as of a
// zone's, whose last fix in breach the newest ping takes the place of. So a correction of the fitting ends nothing as long as
// some ping was sent after it.
func (w *Watch) passedOn(t *Tag, wr *Wearing, instant int64) (Reason, int64) {
	_, reason, decided := w.worn(t, wr, wr.Condition.Newest, instant)
	return reason, decided
}

// String writes the opening as the four elements of the ids, with a comma between.
func (o Opening) String() string {
	e := o.elements()
	return strings.Join(e[:], ",")
}

// ParseOpening reads what String wrote.
func ParseOpening(s string) (Opening, error) {
	var o Opening
	e := strings.Split(s, ",")
	if len(e) != 4 {
		return o, fmt.Errorf("alerting: %q is not the opening of an episode: it has %d elements", s, len(e))
	}
	o.HasSeq, o.Blind = e[1] != "", e[2] == ""
	var err error
	number := func(text string) (v int64) {
		if err == nil {
			v, err = strconv.ParseInt(text, 10, 64)
		}
		return v
	}
	o.FixTime = number(e[0])
	if o.HasSeq && err == nil {
		o.Seq, err = strconv.ParseUint(e[1], 10, 64)
	}
	if !o.Blind {
		o.LatE7, o.LonE7 = number(e[2]), number(e[3])
	}
	if err != nil {
		return Opening{}, fmt.Errorf("alerting: %q is not the opening of an episode: %w", s, err)
	}
	return o, nil
}

// elements are the parts of an opening in the lists that ids are the hashes of.
func (o *Opening) elements() [4]string {
	e := [4]string{0: strconv.FormatInt(o.FixTime, 10)}
	if o.HasSeq {
		e[1] = strconv.FormatUint(o.Seq, 10)
	}
	if !o.Blind {
		e[2], e[3] = strconv.FormatInt(o.LatE7, 10), strconv.FormatInt(o.LonE7, 10)
	}
	return e
}
