package ingest

// maxNames bounds each of the two maps of names, so that noise can fill no more than some megabytes. A partition with
// more tags than that allocates a name now and then; it is decoded all the same.
const maxNames = 1 << 16

// names keeps one string for each name, so that a tag's next ping needs none of its own. Names are in two generations:
// a full young map becomes the old one, and what was not asked for since is forgotten with the one before.
type names struct {
	most       int
	young, old map[string]string
}

// intern returns the string with these bytes.
func (n *names) intern(b []byte) string {
	if s, ok := n.young[string(b)]; ok {
		return s
	}
	s, ok := n.old[string(b)]
	if !ok {
		s = string(b)
	}
	if n.young == nil || len(n.young) >= n.most {
		n.young, n.old = map[string]string{}, n.young
	}
	n.young[s] = s
	return s
}
