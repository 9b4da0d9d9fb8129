package redisindex

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/geofence"
)

// Errors of a Store. What is returned wraps them with the id and the remedy.
var (
	ErrUnknown = errors.New("redisindex: not in the store")
	ErrBusy    = errors.New("redisindex: the store is being changed by others all the time: try again")
	ErrRefused = errors.New("redisindex: restore refused")
)

// DefaultHistory is how long superseded revisions are kept: as long as the ping topic keeps its pings, so that each can be
// decided by the revisions in force when it was appended.
const DefaultHistory = 96 * time.Hour

// Store is the zones and the register in one Redis.
type Store struct {
	client redis.UniversalClient

	// History is how long a superseded revision is kept; pruned by imports. Set it before the first use.
	History time.Duration
	// ReplicaWait is how long a write waits for the connected replicas to confirm it. 0 means that it does not wait.
	ReplicaWait time.Duration
	// ExportDamaged allows exports from a store that has lost objects. By default they fail, so that an incomplete export
	// does not replace a complete one.
	ExportDamaged bool
}

// New returns the store behind client. A Follower's blocked read takes one connection of the client's pool for itself.
// Set ContextTimeoutEnabled on the client: without it a server that hangs holds the Follower for as long as the read
// timeout lasts.
func New(client redis.UniversalClient) *Store { return &Store{client: client, History: DefaultHistory} }

// Identity returns the store's identity, or "" when nothing was ever imported.
func (s *Store) Identity(ctx context.Context) (string, error) {
	st, err := s.state(ctx)
	return st.identity, err
}

// Losses returns what the store has lost, judged by the number of its objects.
func (s *Store) Losses(ctx context.Context) ([]Loss, error) {
	snap, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var all []Loss
	for _, k := range kinds {
		all = append(all, snap.state.losses(k, snap.held[k])...)
	}
	return all, nil
}

// Zones returns the newest revision of every zone that is not withdrawn, by id. Documents that do not validate are
// left out and returned as one joined error beside the rest.
func (s *Store) Zones(ctx context.Context) ([]geofence.ZoneRevision, error) {
	list, err := listed(ctx, s, zoneRevisions())
	return slices.DeleteFunc(list, func(r geofence.ZoneRevision) bool { return r.Zone == nil }), err
}

// Activations returns the newest revision of every activation that is not deleted, as Zones does.
func (s *Store) Activations(ctx context.Context) ([]geofence.ActivationRevision, error) {
	list, err := listed(ctx, s, activationRevisions())
	return slices.DeleteFunc(list, func(r geofence.ActivationRevision) bool { return r.Activation == nil }), err
}

func listed[R any](ctx context.Context, s *Store, c collection[R]) ([]R, error) {
	h, err := newest(ctx, s, c)
	if err != nil {
		return nil, err
	}
	var bad []error
	for _, r := range h.refused {
		bad = append(bad, c.kind.unsound(r))
	}
	return h.sound, errors.Join(bad...)
}

func (k kind) unsound(r refusal) error {
	return fmt.Errorf("%s %q in the store: %w", k.one(), r.id, r.err)
}

// state is the store hash: what the store is and how far it has come.
type state struct {
	identity string
	head     string
	revision uint64
	kinds    map[kind]uint64 // present: ever imported
	sums     map[kind]sums   // those recorded, see counted
	tags     string          // register_revision as of which the lists of tags are complete
	tagged   string          // the recorded number of lists
}

// listed reports whether the lists of tags are complete, given their number.
func (s state) listed(lists int64) bool {
	return s.published(register) && s.tags == strconv.FormatUint(s.kinds[register], 10) &&
		(s.tagged == "" || s.tagged == strconv.FormatInt(lists, 10))
}

func (s state) published(k kind) bool { _, ok := s.kinds[k]; return ok }

func (s state) standing(k kind) Standing {
	return Standing{s.published(k), s.kinds[k], s.sums[k].Accepted}
}

func (s state) same(t state) bool {
	return s.identity == t.identity && s.revision == t.revision && s.head == t.head
}

// accepts reports whether a loss of the kind was accepted after the state t.
func (s state) accepts(k kind, t state) bool { return s.sums[k].Accepted > t.sums[k].Accepted }

func parseState(fields map[string]string) (state, error) {
	s := state{identity: fields["identity"], head: fields["head"], tags: fields[tagsField], tagged: fields[tagCountField],
		kinds: map[kind]uint64{}, sums: map[kind]sums{}}
	if s.identity == "" {
		return s, nil
	}
	var err error
	if s.revision, err = strconv.ParseUint(fields["revision"], 10, 64); err != nil {
		return s, fmt.Errorf("redisindex: revision in %s: %w", storeKey, err)
	}
	for _, k := range kinds {
		if text, ok := fields[k.field()]; ok {
			if s.kinds[k], err = strconv.ParseUint(text, 10, 64); err != nil {
				return s, fmt.Errorf("redisindex: %s in %s: %w", k.field(), storeKey, err)
			}
		}
		if text, ok := fields[k.sums()]; ok {
			if s.sums[k], err = parseSums(text); err != nil {
				return s, fmt.Errorf("redisindex: %s in %s: %w", k.sums(), storeKey, err)
			}
		}
	}
	return s, nil
}

func (s *Store) state(ctx context.Context) (state, error) {
	fields, err := s.client.HGetAll(ctx, storeKey).Result()
	if err != nil {
		return state{}, fmt.Errorf("redisindex: read %s: %w", storeKey, err)
	}
	return parseState(fields)
}
