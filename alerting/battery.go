package alerting

import "strconv"

// checkBattery is the alerts battery_low and battery_critical and the ending of both. They are one episode: it opens with
// the first level that is low, becomes worse at most once, and ends when the battery has been charged.
func (w *Watch) checkBattery(t *Tag, wr *Wearing, f *Fix, r *Report) {
	if !r.HasBattery {
		return
	}
	p, pct, tr := &w.rules.Tags, float64(r.BatteryPct), wr.Condition.trouble(OfBattery)
	var a *Alert
	switch critical := pct <= p.CriticalPct; {
	case r.Charging == Yes:
		if tr != nil && !critical {
			a = w.restore(t, wr, tr, OnCharge)
		}
	case tr != nil && pct >= p.RestoredPct:
		a = w.restore(t, wr, tr, Recovered)
	case tr != nil && critical && !tr.Critical:
		tr.Critical = true
		a = w.tell(t, wr, tr, BatteryCritical, Discharging)
	case tr == nil && wr.tells() && (critical || pct <= p.LowPct):
		kind := BatteryLow
		if critical {
			kind = BatteryCritical
		}
		a = w.trouble(t, wr, &Trouble{Cause: OfBattery, Opening: r.opening(f), Critical: critical}, kind, Discharging)
	}
	if a != nil {
		a.by(f, r)
		level := decimal(r.BatteryPct)
		a.BatteryPct = &level
	}
}

// decimal is the number that v was read from: 14.3, and not the float64 nearest to the float32 nearest to that.
func decimal(v float32) float64 {
	d, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
	return d
}
