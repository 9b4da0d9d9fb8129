package alerting

import (
	"bytes"
	_ "embed" // the default rule set is part of the program
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Rules is a rule set: the parameters by which decisions are made, under a name and a revision that every alert carries.
type Rules struct {
	Name     string             `json:"name"`
	Revision int                `json:"revision"`
	UsableM  float64            `json:"usable_m"` // a satellite fix is usable up to this radius in metres, brought to 95 %
	GraverS  float64            `json:"graver_s"` // a breach becomes one step graver after so many seconds, and again
	Crossing Crossing           `json:"crossing"`
	Tags     Tags               `json:"tags"`
	Profiles map[string]Profile `json:"profiles"` // by the name that a zone's property rule gives; default must be among them

	Probability Probabilities `json:"probability,omitzero"` // that alerts are true

	plain bool
	id    string
}

const defaultProfile = "default"

// ErrRules is wrapped by the errors of ParseRules.
var ErrRules = errors.New("alerting: not a usable rule set")

//go:embed default.rules.json
var defaultRules []byte

// DefaultRules returns the built-in rule set default: deep or long.
func DefaultRules() *Rules {
	r, err := ParseRules(defaultRules)
	if err != nil {
		panic(err) // it is part of the program and tested
	}
	return r
}

// PlainRules returns the built-in rule set plain: one fix in breach opens a breach, one that is not ends it. It has no
// parameters.
func PlainRules() *Rules { return &Rules{Name: "plain", Revision: 1, plain: true, id: "plain@1"} }

// BuiltInRules are the names that NamedRules knows.
var BuiltInRules = []string{"default", "plain"}

// NamedRules returns a built-in rule set.
func NamedRules(name string) (*Rules, bool) {
	switch name {
	case "default":
		return DefaultRules(), true
	case "plain":
		return PlainRules(), true
	}
	return nil, false
}

// ID is what alerts carry as rule_revision: name@revision.
func (r *Rules) ID() string { return r.id }

// JSON returns the file that ParseRules reads.
func (r *Rules) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}

var ruleParameters = []parameter[Rules]{
	{"usable_m", func(r *Rules) float64 { return r.UsableM }, 1, 1000, "m", "a decision goes by satellite fixes up to this radius, brought to 95 %"},
	{"graver_s", func(r *Rules) float64 { return r.GraverS }, 60, 86_400, "s", "a breach that lasts this long becomes one step graver, and again; of tier 1 half as long"},
}

var ruleName = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

// ParseRules reads a rule set. It refuses what it does not know, for a name misspelt would leave a parameter at 0, and
// names every parameter that is out of its bounds. The error wraps ErrRules.
func ParseRules(data []byte) (*Rules, error) {
	r := &Rules{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRules, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows it: a file holds one", ErrRules)
	}
	if err := r.validate(); err != nil {
		return nil, err
	}
	r.id = fmt.Sprintf("%s@%d", r.Name, r.Revision)
	return r, nil
}

func (r *Rules) validate() error {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if !ruleName.MatchString(r.Name) {
		say("name %q: give 1 to 64 of a-z, 0-9 and _", r.Name)
	}
	if r.Name == "plain" {
		say("name plain is that of the built-in rule set, which has no parameters: give another")
	}
	if r.Revision < 1 {
		say("revision is %d: count from 1, and on with each change", r.Revision)
	}
	wrong = append(wrong, outOfBounds("", r, ruleParameters)...)
	wrong = append(wrong, outOfBounds("crossing: ", &r.Crossing, crossingParameters)...)
	wrong = append(wrong, outOfBounds("tags: ", &r.Tags, tagParameters)...)
	if !r.Tags.inOrder() {
		say("tags: give critical_pct below low_pct and low_pct below restored_pct, or a battery is low and restored at once")
	}
	if _, ok := r.Profiles[defaultProfile]; !ok {
		say("profile %s is missing: it is what zones go by that name no other", defaultProfile)
	}
	for _, name := range r.ProfileNames() {
		p := r.Profiles[name]
		wrong = append(wrong, outOfBounds("profile "+name+": ", &p, profileParameters)...)
	}
	wrong = append(wrong, r.Probability.wrong(r.Profiles)...)
	if len(wrong) > 0 {
		return fmt.Errorf("%w: %s", ErrRules, strings.Join(wrong, "; "))
	}
	return nil
}

// ProfileNames returns the names of the profiles in order.
func (r *Rules) ProfileNames() []string { return slices.Sorted(maps.Keys(r.Profiles)) }

// Lacks reports whether a zone that asks for the profile is judged by default instead. Plain rules have none to lack.
func (r *Rules) Lacks(profile string) bool {
	_, ok := r.Profiles[profile]
	return !ok && !r.plain
}

// Parameter is one number of a rule set.
type Parameter struct {
	Profile string // empty: of every profile
	Name    string
	Value   float64
	Unit    string
	Meaning string
}

// Parameters lists the numbers of the rule set.
func (r *Rules) Parameters() []Parameter {
	if r.plain {
		return []Parameter{
			{"", "open_fixes", 1, "fixes", "in breach, of whatever source: this many open a breach"},
			{"", "close_fixes", 1, "fixes", "not in breach: this many in a row end it"},
		}
	}
	list := slices.Concat(shown("", "", r, ruleParameters), shown("", "crossing.", &r.Crossing, crossingParameters),
		shown("", "tags.", &r.Tags, tagParameters))
	for _, name := range r.ProfileNames() {
		p := r.Profiles[name]
		list = append(list, shown(name, "", &p, profileParameters)...)
	}
	for i := range r.Probability.Classes {
		c := &r.Probability.Classes[i]
		list = append(list, Parameter{c.Profile, c.name(), c.Share, "", fmt.Sprintf("share that was true of %d such alerts", c.N)})
	}
	return list
}

// Faster returns the rule set for a world in which time passes so many times as fast: every span is as much shorter.
func (r *Rules) Faster(times int) *Rules {
	f := *r
	f.Name = fmt.Sprintf("%s_x%d", r.Name, times)
	f.id = fmt.Sprintf("%s@%d", f.Name, r.Revision)
	f.GraverS /= float64(times)
	f.Crossing.MostS /= float64(times)
	f.Tags.faster(float64(times))
	f.Profiles = map[string]Profile{}
	for name, p := range r.Profiles {
		for _, span := range []*float64{&p.DeepS, &p.LongS, &p.ColdAfterS, &p.ColdS, &p.LeftS, &p.LostS, &p.RecentS} {
			*span /= float64(times)
		}
		f.Profiles[name] = p
	}
	return &f
}

// profile returns the named profile, or default, and the name it really has.
func (r *Rules) profile(name string) (*Profile, string) {
	p, ok := r.Profiles[name]
	if !ok {
		name = defaultProfile
		p = r.Profiles[name]
	}
	return &p, name
}
