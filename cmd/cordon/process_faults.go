package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"cordon/alerting"
	"cordon/alerting/kafkasink"
	"cordon/geofence/redisindex"
	"cordon/ingest/kafkasource"
	"cordon/ingest/pipeline"
)

// watchFaults raises and ends the faults of the system as a whole until ctx ends, whether partitions are owned or not.
func (p *processor) watchFaults(ctx context.Context) {
	pipeline.NewFaultBoard(pipeline.FaultBoardOptions{
		See: p.seeFaults, Changed: p.follower.Changed, Store: faultStore{redisindex.New(p.redis)},
		Alerts: topic{kafkasink.New(p.kafka.client, p.topics.AlertsTopic, kafkasink.Options{})},
		Source: processSource(), Rules: p.flags.rules, Metrics: p.metrics, Log: p.log, Now: time.Now,
		Every: 5 * time.Second, MostBackoff: 30 * time.Second,
	}).Run(ctx)
}

// Parts of the system that faults of the system as a whole are about. The part of a single zone is partOfZones and the
// zone's id.
const (
	partZones    = "zones"
	partRegister = "register"
	partOfZones  = "zones/"
)

// mostZoneFaults is how many zones can have their own fault at once. All others share one.
const mostZoneFaults = 100

// seeFaults returns the faults that the state of the store shows. It returns false while that state is not known.
func (p *processor) seeFaults(ctx context.Context) (pipeline.Faults, bool) {
	s := p.follower.Status()
	if !s.Met || s.Identity != "" && s.StoreIdentity != "" && s.StoreIdentity != s.Identity {
		return pipeline.Faults{}, false
	}
	faults := pipeline.Faults{Lasting: lasting(s, p.flags.AcceptStore != "" && p.flags.AcceptStore == s.StoreIdentity)}
	missing := map[string]bool{}
	for _, l := range s.Losses {
		missing[l.Of] = true
		faults.Seen = append(faults.Seen, faultOfLoss(l))
	}
	for i, u := range s.Unenforced {
		if i == mostZoneFaults {
			faults.Seen = append(faults.Seen, faultOfMany(s.Unenforced[i:]))
			break
		}
		faults.Seen = append(faults.Seen, faultOfZone(u))
	}
	if p.follower.View() != nil || s.Zones.Published && s.Register.Published {
		return faults, true
	}
	emptied, err := p.emptiedSince(ctx)
	if err != nil {
		return pipeline.Faults{}, false
	}
	for _, k := range []struct {
		part      string
		reason    alerting.Reason
		published bool
	}{{partZones, alerting.ZonesMissing, s.Zones.Published}, {partRegister, alerting.RegisterMissing, s.Register.Published}} {
		if emptied != 0 && !k.published && !missing[k.part] {
			faults.Seen = append(faults.Seen, pipeline.SeenFault{Fault: alerting.Fault{
				Part: k.part, Reason: k.reason, Opened: emptied, Unprotected: true, Detail: p.emptied.text(p.flags.Group),
			}})
		}
	}
	return faults, true
}

func faultOfLoss(l redisindex.Loss) pipeline.SeenFault {
	f := alerting.Fault{Part: l.Of, Reason: alerting.ZonesMissing, Detail: l.String(), Opened: l.WholeAt, Seq: l.Revision, Unprotected: !l.Past()}
	if strings.HasPrefix(l.Of, partRegister) {
		f.Reason = alerting.RegisterMissing
	}
	return pipeline.SeenFault{Fault: f, Exact: l.Named()}
}

func faultOfZone(u redisindex.Unenforced) pipeline.SeenFault {
	return pipeline.SeenFault{Fault: alerting.Fault{
		Part: partOfZones + u.ID, Reason: alerting.ZoneUnreadable, Detail: u.String(), Opened: u.Updated, Seq: u.Number, Unprotected: true,
	}}
}

func faultOfMany(more []redisindex.Unenforced) pipeline.SeenFault {
	f := faultOfZone(more[0]).Fault
	f.Part = partOfZones
	f.Detail = fmt.Sprintf("%d more zones in the store cannot be read and have no earlier revision in force: restore them with `cordon zones import --restore FILE`, "+
		"or import them again with `cordon zones import --accept-loss FILE`; /readyz names them", len(more))
	return pipeline.SeenFault{Fault: f}
}

// lasting returns a function that reports whether an open fault goes on although this processor does not see it: another
// processor may know of more, and a later version may know other parts. After a store was accepted, what other processors
// know of another store does not count.
func lasting(s redisindex.Status, accepted bool) func(alerting.Fault) bool {
	unenforced := map[string]bool{"": len(s.Unenforced) > mostZoneFaults}
	for _, u := range s.Unenforced {
		unenforced[u.ID] = true
	}
	missing := func(k redisindex.Standing, f alerting.Fault) bool {
		return !k.Published || !accepted && f.Seq > k.Revision && k.Accepted < f.Opened // the fault was seen at a revision that the store no longer has
	}
	return func(f alerting.Fault) bool {
		id, zone := strings.CutPrefix(f.Part, partOfZones)
		switch {
		case zone:
			return s.Identity == "" || unenforced[id] // before anything is loaded it is not known
		case f.Reason == alerting.ZonesMissing:
			return missing(s.Zones, f)
		case f.Reason == alerting.RegisterMissing:
			return missing(s.Register, f)
		}
		return true
	}
}

// emptied says whether a store without an identity was emptied or is new. It was emptied if the group has committed offsets.
type emptied struct {
	mu    sync.Mutex
	asked bool
	since int64 // appended time of the newest ping decided, ms; 0: no ping was ever decided
	group string
}

// emptiedSince returns the appended time of the newest ping that the group has committed (ms), at least 1. It returns 0 if
// the group has committed none: then the store is new.
func (p *processor) emptiedSince(ctx context.Context) (int64, error) {
	p.emptied.mu.Lock()
	defer p.emptied.mu.Unlock()
	if p.emptied.asked && p.emptied.since != 0 {
		return p.emptied.since, nil
	}
	count, err := kafkasource.Partitions(ctx, p.kafka.client, p.topics.PingsTopic)
	if err != nil {
		return 0, err
	}
	cluster, since := p.cluster(count), int64(0)
	for n := range count {
		at, err := committedTime(ctx, cluster, n)
		if err != nil {
			return 0, err
		}
		since = max(since, at)
	}
	p.emptied.asked, p.emptied.since, p.emptied.group = true, since, p.flags.Group
	return since, nil
}

// committedTime returns the appended time (ms) of the newest ping of a partition that the group has committed: 1 if the log
// no longer has that ping, 0 if the group has committed none.
func committedTime(ctx context.Context, c cluster, partition int) (int64, error) {
	committed, err := c.Committed(ctx, partition)
	if err != nil || committed < 0 {
		return 0, err
	}
	log := c.Pings(partition)
	start, _, err := log.Bounds(ctx)
	if err != nil || committed <= start {
		return 1, err
	}
	f, err := log.Fetch(ctx, committed-1)
	if err != nil || len(f.Records) == 0 {
		return 1, err
	}
	return max(1, f.Records[0].Appended), nil
}

func (e *emptied) text(group string) string {
	return fmt.Sprintf("the store in Redis is empty, though consumer group %s has decided pings before: restore zones and register with "+
		"`cordon zones import --restore FILE` and `cordon wearers import --restore FILE` (files of `export --history`), or import both again", group)
}

// problem says that the store was emptied, for a processor that has loaded nothing; otherwise it is "".
func (e *emptied) problem(s *redisindex.Status) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.since == 0 || s.Identity != "" || s.StoreIdentity != "" || len(s.Losses) > 0 {
		return ""
	}
	return e.text(e.group)
}
