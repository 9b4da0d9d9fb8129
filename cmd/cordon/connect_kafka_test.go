package main

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"cordon/deploy/local"
)

const secret = "correct-horse-battery"

// secured starts a broker that asks for a password, over TLS where a certificate is given, and obeys ACLs. Its users are
// admin, who may do everything, and cordon, who may do what the ACLs say; both have the secret for a password.
func secured(t *testing.T, certificate *local.Certificate, acls ...kfake.ACL) string {
	t.Helper()
	o := []kfake.Opt{kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(), kfake.SeedTopics(1, "cordon.pings", "cordon.alerts", "cordon.rejects"),
		kfake.Superuser("SCRAM-SHA-512", "admin", secret), kfake.Superuser("PLAIN", "admin", secret), kfake.User("SCRAM-SHA-512", "cordon", secret, acls...)}
	if certificate != nil {
		pair, err := tls.LoadX509KeyPair(certificate.Server, certificate.Server)
		if err != nil {
			t.Fatal(err)
		}
		o = append(o, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}))
	}
	cluster, err := kfake.NewCluster(o...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster.ListenAddrs()[0]
}

func TestKafka_whatIsWrongWithALoginIsSaidInOneLineWithoutThePassword(t *testing.T) {
	s := newShell(t)
	certificate, err := local.NewCertificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	other, err := local.NewCertificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	open, overTLS := secured(t, nil), secured(t, &certificate)
	file := func(name, text string) string { return "--kafka-password-file=" + s.file(name, text) }
	good, admin := file("good", secret+"\r\n"), "--kafka-user=admin"
	ca, plain, scram := "--kafka-tls-ca="+certificate.Authority, "--kafka-sasl-mechanism=plain", "--kafka-sasl-mechanism=scram-sha-512"
	at := func(addr string) string { return "--kafka-brokers=" + addr }
	for name, c := range map[string]struct {
		code int
		args []string
		want string
	}{
		"scram":                        {exitDone, []string{at(open), scram, admin, good}, ""},
		"scram over TLS":               {exitDone, []string{at(overTLS), ca, scram, admin, good}, ""},
		"plain over TLS":               {exitDone, []string{at(overTLS), ca, plain, admin, good}, ""},
		"plain, as was asked for":      {exitDone, []string{at(open), plain, admin, good, "--kafka-allow-plaintext-password"}, ""},
		"plain without TLS":            {exitUsage, []string{at(open), plain, admin, good}, "anyone on the network path can read"},
		"a user without a mechanism":   {exitUsage, []string{at(open), admin}, "need --kafka-sasl-mechanism"},
		"a password alone":             {exitUsage, []string{at(open), good}, "need --kafka-sasl-mechanism"},
		"a mechanism alone":            {exitUsage, []string{at(open), scram}, "needs --kafka-user and --kafka-password-file"},
		"a mechanism nobody knows":     {exitUsage, []string{at(open), "--kafka-sasl-mechanism=gssapi", admin, good}, "--kafka-sasl-mechanism"},
		"an empty file":                {exitFailed, []string{at(open), scram, admin, file("empty", "\n")}, "there is no password in it"},
		"no file":                      {exitUsage, []string{at(open), scram, admin, "--kafka-password-file=" + s.dir + "/none"}, "none"},
		"a folder":                     {exitUsage, []string{at(open), scram, admin, "--kafka-password-file=" + s.dir}, s.dir},
		"a large file":                 {exitFailed, []string{at(open), scram, admin, file("large", strings.Repeat(secret, 1000))}, "is it the right file?"},
		"a password SCRAM cannot take": {exitFailed, []string{at(open), scram, admin, file("control", secret+"\x01")}, "characters that SCRAM does not take"},
		"a password PLAIN cannot send": {exitFailed, []string{at(overTLS), ca, plain, admin, file("nul", secret+"\x00")}, "NUL"},
		"another password":             {exitFailed, []string{at(open), scram, admin, file("wrong", secret+"x")}, "not take the user admin"},
		"another password, plain":      {exitFailed, []string{at(overTLS), ca, plain, admin, file("wrong2", secret+"x")}, "not take the user admin"},
		"another user":                 {exitFailed, []string{at(open), scram, "--kafka-user=eve", good}, "not take the user eve"},
		"no login at all":              {exitFailed, []string{at(open)}, "--kafka-sasl-mechanism"},
		"TLS where there is none":      {exitFailed, []string{at(open), ca, scram, admin, good}, "no TLS"},
		"no TLS where there is":        {exitFailed, []string{at(overTLS), scram, admin, good}, "--kafka-tls-ca"},
		"a certificate of somebody":    {exitFailed, []string{at(overTLS), "--kafka-tls-ca=" + other.Authority, scram, admin, good}, "cannot be trusted"},
		"an authority that is none":    {exitFailed, []string{at(overTLS), "--kafka-tls-ca=" + s.file("good2", secret), scram, admin, good}, "no certificate in"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shell{t: t, url: s.url, dir: s.dir}
			out, errs := s.run(c.code, append([]string{"alerts"}, c.args...)...)
			s.wants(errs, c.want)
			if c.code != exitDone && strings.Count(errs, "\n") != 1 {
				t.Errorf("not one line:\n%s", errs)
			}
			if strings.Contains(out+errs, "horse") {
				t.Errorf("it shows the password: %s%s", out, errs)
			}
		})
	}
}

func TestKafka_helpShowsNoPassword(t *testing.T) {
	s := newShell(t)
	t.Setenv("CORDON_KAFKA_PASSWORD_FILE", s.file("password", secret))
	t.Setenv("CORDON_KAFKA_USER", "admin")
	out, errs := s.run(exitDone, "process", "--help")
	if strings.Contains(out+errs, "horse") {
		t.Error(out, errs)
	}
}

func may(op kmsg.ACLOperation, on kmsg.ACLResourceType, name string) kfake.ACL {
	return kfake.ACL{Resource: on, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: op, Allow: true}
}

func TestKafka_aRightThatIsMissingIsNamedAndTheTopicNotCalledMissing(t *testing.T) {
	const topic, group = kmsg.ACLResourceTypeTopic, kmsg.ACLResourceTypeGroup
	pings, alerts := "cordon.pings", "cordon.alerts"
	for name, c := range map[string]struct {
		acls []kfake.ACL
		args string
		want string
	}{
		"alerts, nothing":     {nil, "alerts", "the right Read on topic cordon.alerts"},
		"alerts, only to see": {[]kfake.ACL{may(kmsg.ACLOperationDescribe, topic, alerts)}, "alerts --follow", "the right Read on topic cordon.alerts"},
		"stats":               {nil, "stats", "the right Read on topic cordon.alerts"},
		"replay":              {nil, "replay -", "the right Write on topic cordon.pings"},
		"replay, only to see": {[]kfake.ACL{may(kmsg.ACLOperationDescribe, topic, pings)}, "replay -", "the right Write on topic cordon.pings"},
		"topics": {nil, "topics create", "the rights Describe on topic cordon.alerts, DescribeConfigs on topic cordon.alerts, Describe on topic cordon.pings, " +
			"DescribeConfigs on topic cordon.pings, Describe on topic cordon.rejects, DescribeConfigs on topic cordon.rejects"},
		"topics, none made":    {[]kfake.ACL{may(kmsg.ACLOperationDescribe, topic, "*"), may(kmsg.ACLOperationDescribeConfigs, topic, "*")}, "topics create --pings-topic new", "the right Create on topic new"},
		"topics, not settings": {[]kfake.ACL{may(kmsg.ACLOperationCreate, topic, pings), may(kmsg.ACLOperationDescribe, topic, "*"), may(kmsg.ACLOperationDescribeConfigs, topic, alerts), may(kmsg.ACLOperationDescribeConfigs, topic, "cordon.rejects")}, "topics create", "the right DescribeConfigs on topic cordon.pings"},
		"process": {[]kfake.ACL{may(kmsg.ACLOperationRead, topic, pings), may(kmsg.ACLOperationRead, topic, alerts)}, "process --listen 127.0.0.1:0",
			"the rights Write on topic cordon.alerts, Read on topic cordon.rejects, Write on topic cordon.rejects, Read on group cordon"},
		"process, not the group": {[]kfake.ACL{may(kmsg.ACLOperationAll, topic, "*"), may(kmsg.ACLOperationDescribe, group, "cordon")}, "process --listen 127.0.0.1:0",
			"the right Read on group cordon"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShell(t)
			s.in = collection(feature("z", `"applies_to":"everyone"`))
			s.run(exitDone, "zones", "import", "-")
			s.in = oneWearer
			s.run(exitDone, "wearers", "import", "-")
			s.in = ping("tag-1", 1)
			args := append(strings.Fields(c.args), "--kafka-brokers="+secured(t, nil, c.acls...), "--kafka-sasl-mechanism=scram-sha-512", "--kafka-user=cordon",
				"--kafka-password-file="+s.file("password", secret))
			_, errs := s.run(exitFailed, args...)
			last := errs[strings.LastIndex(strings.TrimSuffix(errs, "\n"), "\n")+1:]
			if !strings.Contains(last, fmt.Sprintf("lacks %s: grant", c.want)) || strings.Contains(last, "no such topic") {
				t.Errorf("said %s\nwant %s", errs, c.want)
			}
		})
	}
}
