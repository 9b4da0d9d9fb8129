package harness

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
)

// deed is something that is done to the system.
type deed func(context.Context) error

func times(n int, do deed) []deed {
	all := make([]deed, n)
	for i := range all {
		all[i] = do
	}
	return all
}

// The deeds of a lane lie between these shares of the feed.
const firstDeed, lastDeed = 0.03, 0.92

// lane does the deeds in a random order, each when a part of the feed is through: a feed that waits for what is broken
// makes the deeds wait too.
func (c *chaos) lane(ctx context.Context, rng *rand.Rand, deeds []deed) error {
	rng.Shuffle(len(deeds), func(i, j int) { deeds[i], deeds[j] = deeds[j], deeds[i] })
	for i, do := range deeds {
		share := firstDeed + (lastDeed-firstDeed)*(float64(i)+rng.Float64())/float64(len(deeds))
		for c.feed.Sent() < int(share*float64(c.Scenario.Pings())) {
			if !pause(ctx, 20*time.Millisecond) {
				return ctx.Err()
			}
		}
		if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// pick takes a processor out of those that run.
func (c *chaos) pick() *Processor {
	i := c.rng.IntN(len(c.running))
	p := c.running[i]
	c.running = append(c.running[:i:i], c.running[i+1:]...)
	return p
}

func (c *chaos) kill(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.killOne(ctx)
}

func (c *chaos) killOne(ctx context.Context) error {
	c.pick().Kill()
	c.report.Kills++
	c.say("processor killed, number %d", c.report.Kills)
	return c.add(ctx)
}

func (c *chaos) stop(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pick()
	if err := c.add(ctx); err != nil { // joins before the other leaves
		return err
	}
	c.report.Stops++
	c.say("processor stopped, number %d", c.report.Stops)
	return p.Stop(ctx)
}

func (c *chaos) killBroker(ctx context.Context) error {
	b := c.Brokers[c.report.BrokerKills%len(c.Brokers)]
	return c.withoutBroker(ctx, b, "killed", func() error { c.report.BrokerKills++; return b.Kill() })
}

func (c *chaos) stopBroker(ctx context.Context) error {
	b := c.Brokers[c.report.BrokerRestarts%len(c.Brokers)]
	return c.withoutBroker(ctx, b, "stopped", func() error { return b.Stop(ctx) })
}

// withoutBroker ends a broker and starts it again after the outage. The others go on only if they have a copy of
// everything: that is waited for first. While the only broker is away no processor can be started.
func (c *chaos) withoutBroker(ctx context.Context, b Server, how string, end func() error) error {
	if len(c.Brokers) == 1 {
		c.mu.Lock()
		defer c.mu.Unlock()
	}
	if err := Until(ctx, "every replica is in sync", func() error { return c.Broker.InSync(ctx) }); err != nil {
		return err
	}
	c.say("broker %s for %s", how, c.Outage)
	if err := end(); err != nil {
		return err
	}
	if !pause(ctx, c.Outage) {
		return ctx.Err()
	}
	c.report.BrokerRestarts++
	return b.Restart(ctx)
}

// endure waits while the store is not as it should be. Meanwhile a processor is killed, and another starts with what
// there is.
func (c *chaos) endure(ctx context.Context) error {
	first := time.Duration(c.rng.Int64N(int64(c.Hold)/2 + 1))
	if !pause(ctx, first) {
		return ctx.Err()
	}
	if err := c.killOne(ctx); err != nil {
		return err
	}
	if !pause(ctx, c.Hold-first) {
		return ctx.Err()
	}
	return nil
}

// withoutRedis kills Redis and starts it again with its data: nothing can be checkpointed meanwhile.
func (c *chaos) withoutRedis(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.say("redis killed for %s", c.Hold)
	if err := c.Redis.Kill(); err != nil {
		return err
	}
	if err := c.endure(ctx); err != nil {
		return err
	}
	c.report.RedisOutages++
	return c.Redis.Restart(ctx)
}

// wipe empties the store.
func (c *chaos) wipe(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Wipes++
	return c.takeAndRestore(ctx, "redis emptied", func(r *redis.Client) error {
		if c.report.Wipes%2 == 1 {
			return r.FlushAll(ctx).Err()
		}
		return errors.Join(c.Redis.Kill(), c.Redis.Wipe(), c.Redis.Restart(ctx))
	})
}

// The hashes of the store that hold what is in force (package redisindex).
const zonesHash, registerHash = "{cordon}:zones", "{cordon}:register"

// lose deletes a hash of the store, or a third of its fields.
func (c *chaos) lose(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.report.PartialLosses
	c.report.PartialLosses++
	hash, whole := zonesHash, n%2 == 0
	if n%4 >= 2 {
		hash = registerHash
	}
	what := "a third of " + hash + " deleted"
	if whole {
		what = hash + " deleted"
	}
	began := time.Now()
	defer func() { c.incomplete = append(c.incomplete, Span{began, time.Now()}) }()
	return c.takeAndRestore(ctx, what, func(r *redis.Client) error {
		if whole {
			return r.Del(ctx, hash).Err()
		}
		fields, err := r.HKeys(ctx, hash).Result()
		if err != nil {
			return err
		}
		c.rng.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
		return r.HDel(ctx, hash, fields[:len(fields)/3+1]...).Err()
	})
}

// takeAndRestore takes something out of the store, and after a while restores it from exports made before.
func (c *chaos) takeAndRestore(ctx context.Context, what string, take func(*redis.Client) error) error {
	options, err := redis.ParseURL(c.Site.Redis)
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	defer client.Close()
	commands := []string{"zones", "wearers"}
	exports := make([]string, len(commands))
	for i, command := range commands {
		if exports[i], err = c.Site.Cordon(ctx, nil, command, "export", "--history"); err != nil {
			return err
		}
	}
	c.say("%s for %s", what, c.Hold)
	c.readiness.Taken()
	if err := take(client); err != nil {
		return err
	}
	if err := c.endure(ctx); err != nil {
		return err
	}
	c.readiness.Restored() // a processor is right to be ready as soon as the first import has brought back what was lost
	for i, command := range commands {
		if _, err := c.Site.Cordon(ctx, []byte(exports[i]), command, "import", "--restore", "-"); err != nil {
			return err
		}
	}
	c.say("restored")
	return nil
}

// losses are the system faults that what was done to the store explains: one for each partial loss, and perhaps one for
// each time it was emptied.
func (c *chaos) losses() []Fault {
	zones := (c.report.PartialLosses+3)/4 + (c.report.PartialLosses+2)/4
	register := c.report.PartialLosses - zones
	return []Fault{
		{Part: "*", Reason: alerting.ZonesMissing, Least: zones, Most: zones + c.report.Wipes},
		{Part: "*", Reason: alerting.RegisterMissing, Least: register, Most: register + c.report.Wipes},
	}
}
