//go:build system

package system

import (
	"bytes"
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"cordon/benchmarks/harness"
	"cordon/deploy/local"
)

// fortress is a Kafka with passwords and ACLs, and a Redis with users. The tests themselves use the broker's plain listener,
// whose user may do everything.
type fortress struct {
	*site
	kafka     *local.Kafka
	ca        string
	admin     *kafka.Client
	passwords []string
	sayings   bytes.Buffer // what all commands printed
}

// The listeners of a fortress.
const (
	saslOverTLS = "SECURE"
	saslAlone   = "SCRAM"
	tlsAlone    = "TLS"
)

const plainUser, plainPassword = "plain-user", "plain-horse-battery"

func newFortress(t *testing.T) *fortress {
	t.Helper()
	certificate, err := local.NewCertificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	settings := []string{"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer", "super.users=User:ANONYMOUS"}
	set := func(listener string, lines ...string) {
		for _, line := range lines {
			settings = append(settings, "listener.name."+strings.ToLower(listener)+"."+line)
		}
	}
	const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
	for _, name := range []string{saslOverTLS, tlsAlone} {
		set(name, "ssl.keystore.type=PEM", "ssl.keystore.location="+certificate.Server)
	}
	set(saslOverTLS, "sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN", "scram-sha-512.sasl.jaas.config="+scram, "scram-sha-256.sasl.jaas.config="+scram,
		fmt.Sprintf("plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_%s=%q;", plainUser, plainPassword))
	set(saslAlone, "sasl.enabled.mechanisms=SCRAM-SHA-512", "scram-sha-512.sasl.jaas.config="+scram)
	broker, err := local.StartKafka(t.Context(), local.KafkaOptions{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Settings: settings,
		Listeners: []local.Listener{{Name: saslOverTLS, Protocol: "SASL_SSL"}, {Name: saslAlone, Protocol: "SASL_PLAINTEXT"}, {Name: tlsAlone, Protocol: "SSL"}}})
	if errors.Is(err, local.ErrUnavailable) && !local.RequireReal() {
		t.Skip("no embedded broker speaks TLS and SASL on one port and neither on another:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := broker.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	store := local.TestRedis(t)
	f := &fortress{kafka: broker, ca: certificate.Authority, passwords: []string{plainPassword}}
	f.site = &site{t: t, redis: store, broker: harness.Dial(broker.Addr()), Site: &harness.Site{
		Binary: binary(t), Kafka: broker.ListenerAddr(saslOverTLS), Redis: store.URL(), Prefix: "cordon", Dir: t.TempDir()}}
	f.admin = f.broker.Client()
	t.Cleanup(f.hidesPasswords)
	return f
}

// hidesPasswords fails the test if a password was printed or can be read in the list of processes.
func (f *fortress) hidesPasswords() {
	logs, err := filepath.Glob(filepath.Join(f.Dir, "*.log"))
	f.must(err)
	lists, err := filepath.Glob("/proc/[0-9]*/cmdline")
	f.must(err)
	for _, name := range append(logs, lists...) {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // a process that has ended
		}
		for _, p := range f.passwords {
			if bytes.Contains(b, []byte(p)) && !strings.HasPrefix(string(b), os.Args[0]) {
				f.t.Errorf("%s shows a password: %q", name, b)
			}
		}
	}
	for _, p := range f.passwords {
		if strings.Contains(f.sayings.String(), p) {
			f.t.Errorf("a command showed a password:\n%s", &f.sayings)
		}
	}
}

// secret makes a password and returns it with a file that holds it.
func (f *fortress) secret() (password, file string) {
	password = rand.Text()
	f.passwords = append(f.passwords, password)
	file = filepath.Join(f.t.TempDir(), "password")
	f.must(os.WriteFile(file, []byte(password+"\n"), 0o600))
	return password, file
}

// user makes a user of Kafka, who has no rights yet, and returns the flags that log in.
func (f *fortress) user(name string) []string {
	f.t.Helper()
	password, file := f.secret()
	f.credentials(name, password)
	return []string{"--kafka-tls-ca", f.ca, "--kafka-sasl-mechanism", "scram-sha-512", "--kafka-user", name, "--kafka-password-file", file}
}

func (f *fortress) credentials(name, password string) {
	f.t.Helper()
	const rounds = 4096
	salt := []byte("of " + name)
	long, err := pbkdf2.Key(sha512.New, password, salt, rounds, sha512.Size)
	f.must(err)
	short, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	f.must(err)
	for mechanism, salted := range map[kafka.ScramMechanism][]byte{kafka.ScramMechanismSha512: long, kafka.ScramMechanismSha256: short} {
		resp, err := f.admin.AlterUserScramCredentials(f.ctx(), &kafka.AlterUserScramCredentialsRequest{Upsertions: []kafka.UserScramCredentialsUpsertion{
			{Name: name, Mechanism: mechanism, Iterations: rounds, Salt: salt, SaltedPassword: salted}}})
		f.must(err)
		for _, r := range resp.Results {
			f.must(r.Error)
		}
	}
}

// right is one row of the table in deploy/README.md, or one of its rights.
type right struct{ right, kind, name string }

func (r right) String() string { return fmt.Sprintf("%s on %s %s", r.right, r.kind, r.name) }

// rightsOf reads from the table what the user of a command needs.
func rightsOf(t *testing.T, command string) []right {
	t.Helper()
	row := regexp.MustCompile("(?m)^\\| `" + command + "`[^|]* \\| ([A-Za-z, ]+) \\| (topic|group) `([^`]+)` \\|$")
	var all []right
	for _, m := range row.FindAllStringSubmatch(readme(t), -1) {
		for _, r := range strings.Split(m[1], ", ") {
			all = append(all, right{r, m[2], m[3]})
		}
	}
	if len(all) == 0 {
		t.Fatalf("the table has no row for %s", command)
	}
	return all
}

func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../deploy/README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (f *fortress) entries(user string, rights []right) []kafka.ACLEntry {
	var all []kafka.ACLEntry
	for _, r := range rights {
		e := kafka.ACLEntry{ResourceName: r.name, ResourcePatternType: kafka.PatternTypeLiteral, Principal: "User:" + user, Host: "*", PermissionType: kafka.ACLPermissionTypeAllow}
		f.must(errors.Join(e.Operation.UnmarshalText([]byte(r.right)), e.ResourceType.UnmarshalText([]byte(r.kind))))
		all = append(all, e)
	}
	return all
}

func (f *fortress) grant(user string, rights ...right) {
	f.t.Helper()
	resp, err := f.admin.CreateACLs(f.ctx(), &kafka.CreateACLsRequest{ACLs: f.entries(user, rights)})
	f.must(err)
	f.must(errors.Join(resp.Errors...))
}

func (f *fortress) revoke(user string, rights ...right) {
	f.t.Helper()
	var filters []kafka.DeleteACLsFilter
	for _, e := range f.entries(user, rights) {
		filters = append(filters, kafka.DeleteACLsFilter{ResourceTypeFilter: e.ResourceType, ResourceNameFilter: e.ResourceName, ResourcePatternTypeFilter: e.ResourcePatternType,
			PrincipalFilter: e.Principal, HostFilter: e.Host, Operation: e.Operation, PermissionType: e.PermissionType})
	}
	resp, err := f.admin.DeleteACLs(f.ctx(), &kafka.DeleteACLsRequest{Filters: filters})
	f.must(err)
	for i, r := range resp.Results {
		if f.must(r.Error); len(r.MatchingACLs) != 1 {
			f.t.Fatalf("%d ACLs are %v", len(r.MatchingACLs), rights[i])
		}
	}
}

// userOf makes a user with the rights that the table gives to a command, and returns the flags that log in.
func (f *fortress) userOf(command string) []string {
	f.t.Helper()
	name := "user-of-" + strings.ReplaceAll(command, " ", "-")
	login := f.user(name)
	f.grant(name, rightsOf(f.t, command)...)
	return login
}

// storeUser makes a user of Redis as deploy/README.md says, and returns the flags that log in.
func (f *fortress) storeUser(name string) []string {
	f.t.Helper()
	password, file := f.secret()
	f.setUser(name, storeRights(f.t, name, password)...)
	return []string{"--redis-user", name, "--redis-password-file", file}
}

// runs runs a command to its end and returns what it printed. One that should fail must say so in one line.
func (f *fortress) runs(fails bool, stdin string, args ...string) string {
	f.t.Helper()
	cmd := exec.CommandContext(f.ctx(), f.Binary, args...)
	cmd.Env, cmd.Stdin = f.Environment(), strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	f.sayings.Write(out)
	if (err != nil) != fails {
		f.t.Fatalf("cordon %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// starts starts a processor that is ended with the test.
func (f *fortress) starts(args ...string) *harness.Processor {
	f.t.Helper()
	p := f.start(args...)
	f.must(p.Ready(f.ctx()))
	return p
}

func pingLine(device string, at time.Time, lon float64) string {
	return fmt.Sprintf(`{"device_id":%q,"fix_time":%q,"lat":0.005,"lon":%g,"accuracy_m":5}`+"\n", device, at.UTC().Format("2006-01-02T15:04:05.000Z"), lon)
}

func TestRights_everyCommandRunsWithExactlyThoseOfTheTable(t *testing.T) {
	f := newFortress(t)
	importer, reader, processor := f.storeUser("cordon-import"), f.storeUser("cordon-read"), f.storeUser("cordon-process")
	replay, process := f.userOf("replay"), slices.Concat(f.userOf("process"), processor)

	f.runs(false, "", append([]string{"topics", "create", "--partitions", "2"}, f.userOf("topics create")...)...)
	again := f.runs(false, "", append([]string{"topics", "create", "--partitions", "2"}, f.userOf("topics create")...)...)
	if strings.Count(again, "is there, as wanted") != 3 {
		t.Errorf("topics create once more: %s", again)
	}
	f.runs(false, zone("old", 0.05, ""), append([]string{"zones", "import", "-"}, importer...)...)
	f.runs(false, zone("school", 0, ""), append([]string{"zones", "import", "-"}, importer...)...)
	f.runs(false, zone("school", 0, `,"buffer_m":10`), append([]string{"zones", "import", "-"}, importer...)...)
	f.runs(false, register, append([]string{"wearers", "import", "-"}, importer...)...)
	f.runs(false, "", append([]string{"zones", "delete", "old"}, importer...)...)
	for _, kind := range []string{"zones", "wearers"} {
		f.runs(false, "", slices.Concat([]string{kind, "list"}, reader)...)
		history := f.runs(false, "", slices.Concat([]string{kind, "export", "--history"}, reader)...)
		f.runs(false, history, slices.Concat([]string{kind, "import", "--restore", "-"}, importer)...)
	}

	p := f.starts(process...)
	now := time.Now()
	f.runs(false, pingLine("tag-1", now, inSchool)+"noise\n", append([]string{"replay", "-"}, replay...)...)
	f.says("breach inside school ann")
	f.rejects(1)
	f.drained()
	p.Kill()
	p = f.starts(process...) // from its checkpoint
	f.runs(false, zone("park", 0.02, ""), append([]string{"zones", "import", "-"}, importer...)...)
	f.runs(false, pingLine("tag-1", now.Add(time.Second), street), append([]string{"replay", "-"}, replay...)...)
	f.says("breach inside school ann", "breach_ended left school ann")
	f.drained()
	f.must(p.Stop(f.ctx()))
	states, err := f.store().Keys(f.ctx(), "cordon:{*}:state:*").Result()
	f.must(err)
	f.must(f.store().Del(f.ctx(), states...).Err())
	f.starts(process...) // from the topic, and from the alerts
	f.runs(false, pingLine("tag-2", now.Add(time.Second), inPark), append([]string{"replay", "-"}, replay...)...)
	f.alerts(3)

	if out := f.runs(false, "", append([]string{"alerts", "--format", "json"}, f.userOf("alerts")...)...); strings.Count(out, "\n") != 3 {
		t.Errorf("alerts: %s", out)
	}
	if out := f.runs(false, "", slices.Concat([]string{"stats", "--suppress", "0"}, f.userOf("stats"), reader)...); strings.Contains(out, "could not be read") {
		t.Errorf("stats: %s", out)
	}
	f.must(f.store().Del(f.ctx(), zonesKey).Err())
	f.faults("system_fault zones")
	f.runs(false, zone("park", 0.02, ""), append([]string{"zones", "import", "--accept-loss", "-"}, importer...)...)
	f.faults("system_fault zones", "system_restored zones")
	denied, err := f.store().Do(f.ctx(), "ACL", "LOG").Slice()
	f.must(err)
	for _, d := range denied {
		if text := fmt.Sprint(d); !strings.Contains(text, "object:client") { // go-redis tells the server its name, and does without
			t.Errorf("Redis refused %s", text)
		}
	}
}

func TestRights_eachThatIsMissingIsNamed(t *testing.T) {
	f := newFortress(t)
	f.runs(false, "", append([]string{"topics", "create", "--partitions", "1"}, f.userOf("topics create")...)...)
	f.publish()
	replay := f.userOf("replay")
	for _, c := range []struct {
		command string
		args    []string
	}{
		{"process", []string{"process", "--listen", "127.0.0.1:0"}}, {"topics create", []string{"topics", "create"}}, {"replay", []string{"replay", "-"}},
		{"alerts", []string{"alerts"}}, {"stats", []string{"stats"}},
	} {
		all := rightsOf(t, c.command)
		for i, missing := range all {
			name := fmt.Sprintf("%s-without-%d", strings.ReplaceAll(c.command, " ", "-"), i)
			login := f.user(name)
			f.grant(name, slices.Delete(slices.Clone(all), i, i+1)...)
			out := f.runs(true, pingLine("tag-1", time.Now(), street), append(slices.Clone(c.args), login...)...)
			lines := strings.Split(strings.TrimSpace(out), "\n")
			if last := lines[len(lines)-1]; !strings.Contains(last, "lacks the right") || !strings.Contains(last, missing.String()) || strings.Contains(last, "no such topic") {
				t.Errorf("%s without %s says: %s", c.command, missing, last)
			}
		}
		login := f.user(strings.ReplaceAll(c.command, " ", "-") + "-without-any")
		out := f.runs(true, "", append(slices.Clone(c.args), login...)...)
		if c.command == "process" && !strings.Contains(out, "lacks the rights Read on topic cordon.alerts, Write on topic cordon.alerts, Read on topic cordon.pings, Read on topic cordon.rejects, Write on topic cordon.rejects, Read on group cordon: grant them") ||
			!strings.Contains(out, " on topic cordon.") || strings.Contains(out, "no such topic") {
			t.Errorf("%s without any right says: %s", c.command, out)
		}
	}

	// A right that is taken from a running processor is named in its log, and no alert is lost by that.
	p := f.starts(f.userOf("process")...)
	toAlerts, joins := right{"Write", "topic", "cordon.alerts"}, right{"Read", "group", "cordon"}
	f.revoke("user-of-process", toAlerts)
	now := time.Now()
	f.runs(false, pingLine("tag-1", now, inSchool), append([]string{"replay", "-"}, replay...)...)
	f.logs(p, "lacks the right "+toAlerts.String())
	f.problem(p, "not acknowledged")
	f.grant("user-of-process", toAlerts)
	f.says("breach inside school ann")
	f.must(p.Ready(f.ctx()))
	f.revoke("user-of-process", joins)
	f.runs(false, pingLine("tag-1", now.Add(time.Second), street), append([]string{"replay", "-"}, replay...)...)
	f.logs(p, "lacks the right "+joins.String())
	f.problem(p, "lacks the right "+joins.String())
	f.grant("user-of-process", joins)
	f.says("breach inside school ann", "breach_ended left school ann")
	f.must(p.Ready(f.ctx()))
}

// logs waits until the processor's log has the words.
func (f *fortress) logs(p *harness.Processor, words string) {
	f.t.Helper()
	f.must(harness.Until(f.ctx(), "the log says "+words, func() error {
		if text := p.Written(); !strings.Contains(text, words) {
			return fmt.Errorf("it says %s", text[max(0, len(text)-600):])
		}
		return nil
	}))
}

func TestRights_aLoginThatFailsIsExplainedByARealBroker(t *testing.T) {
	f := newFortress(t)
	login := f.user("reader")
	f.grant("reader", right{"Read", "topic", "cordon.alerts"})
	f.grant(plainUser, right{"Read", "topic", "cordon.alerts"})
	f.runs(false, "", "topics", "create", "--kafka-brokers", f.kafka.Addr())
	password := func(text string) string {
		file := filepath.Join(t.TempDir(), "password")
		f.must(os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	wrong := rand.Text()
	f.passwords = append(f.passwords, wrong)
	other, err := local.NewCertificate(t.TempDir())
	f.must(err)
	secure, alone, overTLS := f.kafka.ListenerAddr(saslOverTLS), f.kafka.ListenerAddr(saslAlone), f.kafka.ListenerAddr(tlsAlone)
	with := func(broker string, flags ...string) []string {
		return append([]string{"alerts", "--kafka-brokers", broker}, flags...)
	}
	replaced := func(old, by string) []string {
		l := slices.Clone(login)
		l[slices.Index(l, old)+1] = by
		return l
	}
	withoutTLS := login[2:]
	plain := []string{"--kafka-tls-ca", f.ca, "--kafka-sasl-mechanism", "plain", "--kafka-user", plainUser, "--kafka-password-file", password(plainPassword)}
	for name, c := range map[string]struct {
		args []string
		want string // empty: it works
	}{
		"SCRAM-SHA-512 over TLS":        {with(secure, login...), ""},
		"SCRAM-SHA-256 over TLS":        {with(secure, replaced("--kafka-sasl-mechanism", "scram-sha-256")...), ""},
		"PLAIN over TLS":                {with(secure, plain...), ""},
		"SCRAM without TLS":             {with(alone, withoutTLS...), ""},
		"TLS without a password":        {with(overTLS, "--kafka-tls-ca", f.ca), ""},
		"a name in the certificate":     {with(strings.Replace(secure, "127.0.0.1", "localhost", 1), login...), ""},
		"another password":              {with(secure, replaced("--kafka-password-file", password(wrong))...), "does not take the user reader with this password"},
		"another password, PLAIN":       {with(secure, append(slices.Clone(plain[:6]), "--kafka-password-file", password(wrong))...), "does not take the user " + plainUser},
		"another user":                  {with(secure, replaced("--kafka-user", "eve")...), "does not take the user eve"},
		"a mechanism that is not there": {with(alone, append([]string{"--kafka-sasl-mechanism", "scram-sha-256"}, withoutTLS[2:]...)...), "does not offer --kafka-sasl-mechanism scram-sha-256"},
		"no password where one is due":  {with(secure, "--kafka-tls-ca", f.ca), "--kafka-sasl-mechanism"},
		"a password where none is":      {with(overTLS, login...), "does not offer --kafka-sasl-mechanism"},
		"TLS where there is none":       {with(alone, login...), "no TLS"},
		"no TLS where there is":         {with(secure, withoutTLS...), "--kafka-tls-ca"},
		"another authority":             {with(secure, replaced("--kafka-tls-ca", other.Authority)...), "cannot be trusted"},
	} {
		t.Run(name, func(t *testing.T) {
			out := f.runs(c.want != "", "", c.args...)
			if !strings.Contains(out, c.want) || c.want != "" && strings.Count(out, "\n") != 1 {
				t.Errorf("said %s\nwant one line with %q", out, c.want)
			}
			t.Log(strings.TrimSpace(out))
		})
	}
}
