package alerting

// Tags are the parameters of the alerts about tags and about the feed.
type Tags struct {
	StrapClosedS float64 `json:"strap_closed_s"`
	LowPct       float64 `json:"low_pct"`
	CriticalPct  float64 `json:"critical_pct"`
	RestoredPct  float64 `json:"restored_pct"`
	BlindPings   float64 `json:"blind_pings"`
	BlindS       float64 `json:"blind_s"`
	ClearS       float64 `json:"clear_s"`
	TeleportM    float64 `json:"teleport_m"`
	MaxMPS       float64 `json:"max_mps"`
	FrozenFixes  float64 `json:"frozen_fixes"`
	FrozenS      float64 `json:"frozen_s"`
	SilentLeastS float64 `json:"silent_least_s"`
	SilentTimes  float64 `json:"silent_times"`
	SilentNewS   float64 `json:"silent_new_s"`
	FeedLeastS   float64 `json:"feed_least_s"`
	FeedTimes    float64 `json:"feed_times"`
}

var tagParameters = []parameter[Tags]{
	{"strap_closed_s", func(p *Tags) float64 { return p.StrapClosedS }, 1, 86_400, "s", "pings in a row that say closed and span this end strap_tamper"},
	{"low_pct", func(p *Tags) float64 { return p.LowPct }, 1, 99, "%", "a battery that is not charging is low from here down"},
	{"critical_pct", func(p *Tags) float64 { return p.CriticalPct }, 0, 98, "%", "and critical from here down"},
	{"restored_pct", func(p *Tags) float64 { return p.RestoredPct }, 2, 100, "%", "and all right again from here up, or above critical when it is charging"},
	{"blind_pings", func(p *Tags) float64 { return p.BlindPings }, 1, 1000, "pings", "this many in a row without a position"},
	{"blind_s", func(p *Tags) float64 { return p.BlindS }, 60, 86_400, "s", "and this long since the last position: it is lost"},
	{"clear_s", func(p *Tags) float64 { return p.ClearS }, 1, 86_400, "s", "pings in a row that deny jamming and span this end it"},
	{"teleport_m", func(p *Tags) float64 { return p.TeleportM }, 100, 1_000_000, "m", "two usable fixes in a row further apart than this, less their radii"},
	{"max_mps", func(p *Tags) float64 { return p.MaxMPS }, 1, 10_000, "m/s", "and further than this speed gets one: a teleport"},
	{"frozen_fixes", func(p *Tags) float64 { return p.FrozenFixes }, 2, 1000, "fixes", "this many usable fixes in a row at one place though the tag says that it moves"},
	{"frozen_s", func(p *Tags) float64 { return p.FrozenS }, 1, 86_400, "s", "and over this long: they are frozen"},
	{"silent_least_s", func(p *Tags) float64 { return p.SilentLeastS }, 60, 86_400, "s", "no tag is called silent sooner"},
	{"silent_times", func(p *Tags) float64 { return p.SilentTimes }, 1, 100, "intervals", "nor before this many times the second longest interval of two days"},
	{"silent_new_s", func(p *Tags) float64 { return p.SilentNewS }, 60, 604_800, "s", "nor sooner than this while its intervals are not known"},
	{"feed_least_s", func(p *Tags) float64 { return p.FeedLeastS }, 10, 86_400, "s", "no feed is called silent sooner"},
	{"feed_times", func(p *Tags) float64 { return p.FeedTimes }, 1, 10_000, "intervals", "nor before this many times its mean interval"},
}

// inOrder reports whether the levels of the battery leave it a way to become all right, and to stay so.
func (p *Tags) inOrder() bool { return p.CriticalPct < p.LowPct && p.LowPct < p.RestoredPct }

// faster shortens every span.
func (p *Tags) faster(times float64) {
	for _, span := range []*float64{&p.StrapClosedS, &p.BlindS, &p.ClearS, &p.FrozenS, &p.SilentLeastS, &p.SilentNewS, &p.FeedLeastS} {
		*span /= times
	}
	p.MaxMPS *= times
}
