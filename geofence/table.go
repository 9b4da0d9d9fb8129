package geofence

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
)

// table is an immutable map from strings: a hash trie of 32 ways (Bagwell, "Ideal Hash Trees", 2001). A change copies
// the nodes on the way to what it changes, a handful whatever the size, and shares all others with the table it began
// from. The zero value is empty.
type table[V any] struct {
	root *branch[V]
	seed maphash.Seed
	n    int
}

// branch is a node: bit i of leaves or of limbs says that the 5 bits of the hash at its depth being i leads to an entry
// or to a further branch. Below the last bits of the hash a branch is a plain list of entries.
type branch[V any] struct {
	leaves, limbs uint32
	entries       []entry[V]
	branches      []*branch[V]
	made          *edit // by this edit, which may therefore change it in place
}

type entry[V any] struct {
	key   string
	value V
}

// edit is a series of changes of which nobody sees the states between.
type edit struct {
	compiled int  // vertices of shapes
	counted  bool // the View's Profiles are no other's
}

const (
	hashStep = 5
	hashEnd  = 60 // 12 steps; names whose hashes agree in all of them share a list
)

func (t *table[V]) get(key string) (v V, ok bool) {
	b := t.root
	if b == nil {
		return v, false
	}
	hash := maphash.String(t.seed, key)
	for depth := 0; depth < hashEnd; depth += hashStep {
		bit := uint32(1) << (hash >> depth & 31)
		switch {
		case b.leaves&bit != 0:
			if e := &b.entries[bits.OnesCount32(b.leaves&(bit-1))]; e.key == key {
				return e.value, true
			}
			return v, false
		case b.limbs&bit == 0:
			return v, false
		}
		b = b.branches[bits.OnesCount32(b.limbs&(bit-1))]
	}
	if i := b.find(key); i >= 0 {
		return b.entries[i].value, true
	}
	return v, false
}

func (b *branch[V]) find(key string) int {
	return slices.IndexFunc(b.entries, func(e entry[V]) bool { return e.key == key })
}

// set gives the key a value.
func (t *table[V]) set(by *edit, key string, v V) {
	if t.root == nil {
		if t.n == 0 {
			t.seed = maphash.MakeSeed()
		}
		t.root = &branch[V]{made: by}
	}
	var added bool
	t.root, added = t.root.set(by, t.seed, maphash.String(t.seed, key), 0, entry[V]{key, v})
	if added {
		t.n++
	}
}

// own returns the branch, or a copy that the edit may change.
func (b *branch[V]) own(by *edit) *branch[V] {
	if b.made == by {
		return b
	}
	return &branch[V]{b.leaves, b.limbs, slices.Clone(b.entries), slices.Clone(b.branches), by}
}

func (b *branch[V]) set(by *edit, seed maphash.Seed, hash uint64, depth int, e entry[V]) (*branch[V], bool) {
	b = b.own(by)
	if depth >= hashEnd {
		if i := b.find(e.key); i >= 0 {
			b.entries[i] = e
			return b, false
		}
		b.entries = append(b.entries, e)
		return b, true
	}
	bit := uint32(1) << (hash >> depth & 31)
	leaf, limb := bits.OnesCount32(b.leaves&(bit-1)), bits.OnesCount32(b.limbs&(bit-1))
	switch {
	case b.limbs&bit != 0:
		var added bool
		b.branches[limb], added = b.branches[limb].set(by, seed, hash, depth+hashStep, e)
		return b, added
	case b.leaves&bit == 0:
		b.leaves |= bit
		b.entries = slices.Insert(b.entries, leaf, e)
		return b, true
	case b.entries[leaf].key == e.key:
		b.entries[leaf] = e
		return b, false
	}
	old := b.entries[leaf]
	down := &branch[V]{made: by}
	down, _ = down.set(by, seed, maphash.String(seed, old.key), depth+hashStep, old)
	down, _ = down.set(by, seed, hash, depth+hashStep, e)
	b.leaves &^= bit
	b.limbs |= bit
	b.entries = slices.Delete(b.entries, leaf, leaf+1)
	b.branches = slices.Insert(b.branches, limb, down)
	return b, true
}

// drop forgets the key.
func (t *table[V]) drop(by *edit, key string) {
	if _, ok := t.get(key); !ok {
		return
	}
	t.n--
	t.root = t.root.drop(by, maphash.String(t.seed, key), 0, key)
}

// drop returns the branch without a key that it has; nil when nothing is left.
func (b *branch[V]) drop(by *edit, hash uint64, depth int, key string) *branch[V] {
	b = b.own(by)
	bit := uint32(1) << (hash >> depth & 31)
	switch {
	case depth >= hashEnd:
		i := b.find(key)
		b.entries = slices.Delete(b.entries, i, i+1)
	case b.leaves&bit != 0:
		i := bits.OnesCount32(b.leaves & (bit - 1))
		b.leaves &^= bit
		b.entries = slices.Delete(b.entries, i, i+1)
	default:
		i := bits.OnesCount32(b.limbs & (bit - 1))
		if b.branches[i] = b.branches[i].drop(by, hash, depth+hashStep, key); b.branches[i] == nil {
			b.limbs &^= bit
			b.branches = slices.Delete(b.branches, i, i+1)
		}
	}
	if len(b.entries) == 0 && len(b.branches) == 0 {
		return nil
	}
	return b
}

// all yields every key with its value, in no order.
func (t *table[V]) all() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		if t.root != nil {
			t.root.walk(yield)
		}
	}
}

func (b *branch[V]) walk(yield func(string, V) bool) bool {
	for i := range b.entries {
		if !yield(b.entries[i].key, b.entries[i].value) {
			return false
		}
	}
	for _, down := range b.branches {
		if !down.walk(yield) {
			return false
		}
	}
	return true
}
