package main

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestRedisURL_namesAServerAClusterOrThePrimaryOfSentinels(t *testing.T) {
	for name, c := range map[string]struct {
		urls           []string
		seeds          []string
		cluster        bool
		primary        string
		user, password string
		encrypted      bool
		db             int
	}{
		"one server":                        {urls: []string{"redis://h:1/2"}, seeds: []string{"h:1"}, db: 2},
		"the usual port":                    {urls: []string{"redis://h"}, seeds: []string{"h:6379"}},
		"nothing but a scheme":              {urls: []string{"redis://"}, seeds: []string{"localhost:6379"}},
		"an IPv6 address":                   {urls: []string{"redis://[::1]:7000/0"}, seeds: []string{"[::1]:7000"}},
		"with TLS":                          {urls: []string{"rediss://h:1"}, seeds: []string{"h:1"}, encrypted: true},
		"with a password":                   {urls: []string{"redis://:s%40cret@h:1"}, seeds: []string{"h:1"}, password: "s@cret"},
		"with a user":                       {urls: []string{"redis://cordon@h:1"}, seeds: []string{"h:1"}, user: "cordon"},
		"with both":                         {urls: []string{"redis://cordon:a:b@h:1/3?pool_size=4"}, seeds: []string{"h:1"}, user: "cordon", password: "a:b", db: 3},
		"a socket":                          {urls: []string{"unix://u:p@/run/redis.sock?db=1"}, seeds: []string{"/run/redis.sock"}, user: "u", password: "p", db: 1},
		"a list":                            {urls: []string{"redis://h1:1,h2:2"}, seeds: []string{"h1:1", "h2:2"}, cluster: true},
		"a list that says it":               {urls: []string{"redis://u:p@h1:1,h2?cluster=true"}, seeds: []string{"h1:1", "h2:6379"}, cluster: true, user: "u", password: "p"},
		"one node of a cluster":             {urls: []string{"rediss+cluster://h1:1"}, seeds: []string{"h1:1"}, cluster: true, encrypted: true},
		"one that says it":                  {urls: []string{"redis://h1:1?cluster=true"}, seeds: []string{"h1:1"}, cluster: true},
		"several URLs":                      {urls: []string{"redis://:p@h1:1", "redis://:p@h2:2"}, seeds: []string{"h1:1", "h2:2"}, cluster: true, password: "p"},
		"Sentinels":                         {urls: []string{"redis+sentinel://main@h1,h2:7/2"}, seeds: []string{"h1:26379", "h2:7"}, primary: "main", db: 2},
		"Sentinels, several URLs":           {urls: []string{"redis+sentinel://main@h1", "redis+sentinel://main@h2"}, seeds: []string{"h1:26379", "h2:26379"}, primary: "main"},
		"Sentinels and a user":              {urls: []string{"rediss+sentinel://u:p%2F@main@h1"}, seeds: []string{"h1:26379"}, primary: "main", user: "u", password: "p/", encrypted: true},
		"Sentinels, the primary at the end": {urls: []string{"redis+sentinel://u:p@h1,h2?master=main"}, seeds: []string{"h1:26379", "h2:26379"}, primary: "main", user: "u", password: "p"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseRedisURLs(c.urls)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.seeds, c.seeds) || got.cluster != c.cluster || got.primary != c.primary || got.user != c.user ||
				got.password != c.password || got.encrypted != c.encrypted || got.options.DB != c.db {
				t.Errorf("%+v, db %d", got, got.options.DB)
			}
			if len(c.password) > 2 && strings.Contains(got.String(), c.password) {
				t.Errorf("it is called %q", got.String())
			}
		})
	}
}

func TestRedisURL_thatCannotBeReadIsNotRepeated(t *testing.T) {
	for _, url := range []string{
		"", "hunter2", "redis:/hunter2@h", "hunter2://h", "http://u:hunter2@h", "redis://u:hunter2/x@h", "redis://u:hun?ter2@h", "redis://u:%zzhunter2@h",
		"redis://u:p@hunter2@h", "redis://h:hunter2", "redis://h/hunter2?x=%zz", "redis://h1:1,h2:hunter2", "redis+sentinel://h1,h2", "redis+sentinel://u:hunter2@h",
		"rediss://:hunter2@h?skip_verify=true", "redis://:hunter2@h?nonsense=1", "redis://:hunter2@h1,h2/3", "redis://:hunter2@h:1:2",
	} {
		_, err := redisFlags{RedisURL: []string{url}}.target()
		if err == nil {
			t.Errorf("%q was taken", url)
			continue
		}
		if !errors.As(err, &usageError{}) || !strings.HasPrefix(err.Error(), "--redis-url: ") {
			t.Errorf("%q: %v", url, err)
		}
		if strings.Contains(err.Error(), "hunter") && !strings.Contains(url, "/hunter2?") {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := (redisFlags{RedisURL: []string{"redis://:hunter2@h1", "redis://:hunter3@h2"}}).target(); err == nil || strings.Contains(err.Error(), "hunter") {
		t.Error(err)
	}
}

func TestRedisURL_skipVerifyIsRefusedWithWhatToDo(t *testing.T) {
	_, err := parseRedisURLs([]string{"rediss://h?skip_verify=true"})
	if !errors.Is(err, errSkipVerify) || !strings.Contains(err.Error(), "--redis-tls-ca") {
		t.Error(err)
	}
}

func TestRedisPassword_comesFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := redisFlags{RedisURL: []string{"redis://h"}, RedisUser: "cordon", RedisPasswordFile: file}.target()
	if err != nil || got.password != "hunter2" || got.user != "cordon" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, f := range []redisFlags{
		{RedisURL: []string{"redis://:hunter3@h"}, RedisPasswordFile: file},
		{RedisURL: []string{"redis://a@h"}, RedisUser: "b"},
	} {
		if _, err := f.target(); !errors.As(err, &usageError{}) || strings.Contains(err.Error(), "hunter") {
			t.Error(err)
		}
	}
	client, _, err := redisFlags{RedisURL: []string{"redis+sentinel://main@h"}, RedisSentinelUser: "watcher", RedisSentinelPasswordFile: file}.client()
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
}

func TestRedisClient_isOneForWhatTheURLNames(t *testing.T) {
	for url, cluster := range map[string]bool{"redis://h": false, "redis+cluster://h": true, "redis+sentinel://main@h1,h2": false} {
		client, _, err := redisFlags{RedisURL: []string{url}}.client()
		if err != nil {
			t.Fatal(err)
		}
		if _, is := client.(*redis.ClusterClient); is != cluster {
			t.Errorf("%s: %T", url, client)
		}
		client.Close()
	}
}

func FuzzRedisURL(f *testing.F) {
	f.Add("redis://u:p@h1:1,h2/0?cluster=true")
	f.Add("redis+sentinel://u:p@main@h1,[::1]:2")
	f.Fuzz(func(t *testing.T, url string) {
		got, err := parseRedisURLs([]string{url})
		if err == nil && (len(got.seeds) == 0 || got.options == nil) {
			t.Errorf("%q: %+v", url, got)
		}
	})
}
