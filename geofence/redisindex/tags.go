package redisindex

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// found is what is stored that a write has to know of.
type found struct {
	stored map[string]string // id → newest revision
	tags   map[string]string // tag → the ids of the activations that name it or named it, one a line
	whole  bool              // stored is all there is, and tags have to be listed anew
}

// lookByTag reads the activations that the drafts could overlap, those of the same tags. The lists of each tag's
// activations may name too many, never too few; a store whose lists do not go as far as its register is read whole.
func lookByTag(ctx context.Context, tx *redis.Tx, st standing, w write) (found, error) {
	if !st.state.listed(st.lists) {
		all, err := tx.HGetAll(ctx, register.current()).Result()
		if err != nil {
			return found{}, fmt.Errorf("redisindex: read the register: %w", err)
		}
		return found{stored: all, whole: true}, nil
	}
	tags, err := fields(ctx, tx, tagsKey, w.tags())
	if err != nil {
		return found{}, err
	}
	ids := w.ids()
	for _, list := range tags {
		ids = append(ids, strings.Split(list, "\n")...)
	}
	slices.Sort(ids)
	stored, err := fields(ctx, tx, register.current(), slices.Compact(ids))
	return found{stored: stored, tags: tags}, err
}

func (w write) tags() []string {
	tags := make([]string, len(w.drafts))
	for i, d := range w.drafts {
		tags[i] = d.tag
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// queueTags updates the lists of each tag's activations to a revision of the register.
func (t transaction) queueTags(ctx context.Context, p redis.Pipeliner, revision uint64) {
	count := t.lists
	if t.found.whole {
		p.Del(ctx, tagsKey)
		count = 0
	}
	lists := hash{key: tagsKey}
	for tag, ids := range t.lengthened() {
		if _, listed := t.found.tags[tag]; !listed {
			count++
		}
		lists.add(ctx, p, tag, strings.Join(ids, "\n"))
	}
	lists.flush(ctx, p)
	p.HSet(ctx, storeKey, tagsField, revision, tagCountField, count)
}

// lengthened returns the lists that the write makes longer: all of them when they are made anew.
func (t transaction) lengthened() map[string][]string {
	lists := map[string][]string{}
	if t.found.whole {
		for id, text := range t.found.stored {
			if r, err := decodeRecord(id, []byte(text)); err == nil && !r.deleted() {
				if a, err := r.activation(); err == nil {
					lists[a.Activation.Device] = append(lists[a.Activation.Device], id)
				}
			}
		}
	}
	for _, d := range t.drafts {
		if d.document == nil {
			continue
		}
		list, ok := lists[d.tag]
		if text := t.found.tags[d.tag]; !ok && text != "" {
			list = strings.Split(text, "\n")
		}
		if !slices.Contains(list, d.id) {
			lists[d.tag] = append(list, d.id)
		}
	}
	return lists
}
