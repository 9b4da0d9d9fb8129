package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
)

// logLines is a log of which each line can be waited for.
type logLines chan string

func (l logLines) Write(b []byte) (int, error) {
	l <- string(bytes.TrimSpace(b))
	return len(b), nil
}

func TestProcess_saysWhichProfilesTheRulesLackAsTheyChange(t *testing.T) {
	s := newShell(t)
	zones := func(rules ...string) {
		var list []string
		for i, rule := range rules {
			list = append(list, feature(string(rune('a'+i)), forEveryone+`,"rule":"`+rule+`"`))
		}
		s.in = collection(list...)
		s.run(exitDone, "zones", "import", "-")
	}
	s.in = oneWearer
	s.run(exitDone, "wearers", "import", "-")
	zones("school", "beside_home", "school", "court", "default")
	options, err := redis.ParseURL(s.url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	log := make(logLines, 1000)
	p := newProcessor(processFlags{rules: alerting.DefaultRules()}, topicFlags{}, nil, client, slog.New(slog.NewTextHandler(log, nil)))
	if err := p.follower.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.watchProfiles(ctx) }()
	followed := make(chan error, 1)
	go func() { followed <- p.follower.Run(ctx) }()
	said := func() string {
		for line := range log {
			if strings.Contains(line, "profile") {
				return line
			}
		}
		return ""
	}
	if got := said(); !strings.Contains(got, "level=WARN") || !strings.Contains(got, `profiles="court: 1 zone, school: 2 zones"`) || strings.Contains(got, "Mrs Example") {
		t.Error(got)
	}
	zones("default") // of zones that ask for school one is left: these are not others
	s.run(exitDone, "zones", "delete", "d")
	if got := said(); !strings.Contains(got, `profiles="school: 1 zone"`) {
		t.Error(got)
	}
	zones("default", "beside_home", "default")
	if got := said(); !strings.Contains(got, "level=INFO") {
		t.Error(got)
	}
	stop()
	<-done
	if err := <-followed; err != nil {
		t.Error(err)
	}
}
