package main

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisTarget is what --redis-url names: one server, a Redis Cluster, or the primary that Sentinels watch.
type redisTarget struct {
	seeds          []string // host:port of the server, of some nodes of the cluster, or of the Sentinels; or a socket's path
	cluster        bool
	primary        string // the name that the Sentinels know the primary by; empty: no Sentinels
	user, password string
	encrypted      bool
	options        *redis.Options // the other settings of the URL, as go-redis reads them
}

// Errors about a URL never quote it: any part of a URL that cannot be parsed may be a part of its password.
var (
	errRedisURL = errors.New("not a URL of Redis: redis://[user[:password]@]host[:port][/db], rediss:// with TLS, " +
		"redis+cluster://host,host or redis+sentinel://PRIMARY@host,host")
	errRedisEncoding = errors.New("user or password contains a character that must be percent-encoded (such as @ / ? % #): " +
		"encode it, or use --redis-password-file")
	errSkipVerify = errors.New("skip_verify accepts any server as Redis: leave it out, and give the authority with --redis-tls-ca")
)

// redisSchemes are the schemes of a URL and their meaning.
var redisSchemes = map[string]struct{ encrypted, cluster, sentinel, socket bool }{
	"redis":           {},
	"rediss":          {encrypted: true},
	"redis+cluster":   {cluster: true},
	"rediss+cluster":  {cluster: true, encrypted: true},
	"redis+sentinel":  {sentinel: true},
	"rediss+sentinel": {sentinel: true, encrypted: true},
	"unix":            {socket: true},
}

// parseRedisURLs reads --redis-url. Several URLs name nodes of one cluster, or Sentinels of one primary, and may differ only
// in their hosts.
func parseRedisURLs(urls []string) (redisTarget, error) {
	var all redisTarget
	for i, text := range urls {
		t, err := parseRedisURL(strings.TrimSpace(text))
		if err != nil {
			return redisTarget{}, err
		}
		if i == 0 {
			all = t
			continue
		}
		if t.primary != all.primary || t.user != all.user || t.password != all.password || t.encrypted != all.encrypted || t.options.DB != all.options.DB {
			return redisTarget{}, errors.New("given several times, but the URLs may differ only in their hosts (nodes of one cluster, or Sentinels of one primary)")
		}
		all.seeds = append(all.seeds, t.seeds...)
	}
	if all.options == nil {
		return redisTarget{}, errRedisURL
	}
	all.cluster = all.primary == "" && (all.cluster || len(all.seeds) > 1)
	if all.cluster && all.options.DB != 0 {
		return redisTarget{}, errors.New("a Redis Cluster has only database 0: leave /db out")
	}
	return all, nil
}

func parseRedisURL(text string) (redisTarget, error) {
	name, rest, ok := strings.Cut(text, "://")
	scheme, known := redisSchemes[name]
	if !ok || !known {
		return redisTarget{}, errRedisURL
	}
	authority, path, query := cutAuthority(rest)
	if strings.Contains(path+query, "@") {
		return redisTarget{}, errRedisEncoding
	}
	t := redisTarget{encrypted: scheme.encrypted, cluster: scheme.cluster}
	options, err := url.ParseQuery(query)
	if err != nil {
		return t, errRedisEncoding
	}
	if options.Has("skip_verify") {
		return t, errSkipVerify
	}
	t.cluster = t.cluster || options.Get("cluster") == "true"
	if scheme.sentinel {
		t.primary = options.Get("master")
	}
	options.Del("cluster")
	options.Del("master")
	hosts := authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		var credentials string
		credentials, hosts = authority[:at], authority[at+1:]
		if err := t.identify(credentials, scheme.sentinel); err != nil {
			return t, err
		}
	}
	if scheme.sentinel && t.primary == "" {
		return t, errors.New("redis+sentinel:// must name the primary: redis+sentinel://PRIMARY@host,host")
	}
	if scheme.socket {
		t.seeds, path = []string{path}, ""
	} else if t.seeds, err = hostsOf(hosts, scheme.sentinel); err != nil {
		return t, err
	}
	// What is left holds no secret. go-redis reads the database and the settings of the pool from it.
	t.options, err = redis.ParseURL("redis://localhost" + path + "?" + options.Encode())
	return t, err
}

// cutAuthority splits a URL after its scheme.
func cutAuthority(rest string) (authority, path, query string) {
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ = strings.Cut(rest, "?")
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		return rest[:slash], rest[slash:], query
	}
	return rest, "", query
}

// identify reads the part before the hosts: user and password and, in a Sentinel's URL that names it there, the primary
// after them.
func (t *redisTarget) identify(credentials string, sentinel bool) error {
	if sentinel && t.primary == "" {
		var err error
		at := strings.LastIndexByte(credentials, '@')
		if t.primary, err = url.PathUnescape(credentials[at+1:]); err != nil || strings.Contains(t.primary, ":") {
			return errors.New("redis+sentinel:// must name the primary after user and password: redis+sentinel://user:password@PRIMARY@host,host")
		}
		credentials = credentials[:max(at, 0)]
	}
	if strings.Contains(credentials, "@") {
		return errRedisEncoding
	}
	user, password, _ := strings.Cut(credentials, ":")
	var errUser, errPassword error
	t.user, errUser = url.PathUnescape(user)
	t.password, errPassword = url.PathUnescape(password)
	if errUser != nil || errPassword != nil {
		return errRedisEncoding
	}
	return nil
}

// hostsOf splits a list of hosts, with or without ports.
func hostsOf(list string, sentinel bool) ([]string, error) {
	port := "6379"
	if sentinel {
		port = "26379"
	}
	var hosts []string
	for host := range strings.SplitSeq(list, ",") {
		host = strings.TrimSpace(host)
		if host == "" && list != "" {
			return nil, errRedisURL
		}
		if !strings.Contains(host[strings.LastIndexByte(host, ']')+1:], ":") {
			host += ":" + port
		}
		name, number, err := net.SplitHostPort(host)
		if n, bad := strconv.ParseUint(number, 10, 16); err != nil || bad != nil || n == 0 {
			return nil, errRedisURL
		}
		hosts = append(hosts, net.JoinHostPort(cmp.Or(name, "localhost"), number))
	}
	return hosts, nil
}

// String says where Redis is, without credentials.
func (t *redisTarget) String() string {
	list := strings.Join(t.seeds, ",")
	switch {
	case t.primary != "":
		return fmt.Sprintf("the primary %s of the Sentinels %s", t.primary, list)
	case t.cluster:
		return "the cluster of " + list
	}
	return list
}

// client prepares a client without connecting. Its timeouts bound every call, so that a dead server costs little.
func (t *redisTarget) client(sentinelUser, sentinelPassword string, encryption *tls.Config) redis.UniversalClient {
	o := &redis.UniversalOptions{
		Addrs: t.seeds, MasterName: t.primary, IsClusterMode: t.cluster, DB: t.options.DB, TLSConfig: encryption,
		Username: t.user, Password: t.password, SentinelUsername: sentinelUser, SentinelPassword: sentinelPassword,
		ContextTimeoutEnabled: true,
		DialTimeout:           2 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,

		ClientName: t.options.ClientName, Protocol: t.options.Protocol,
		MinRetryBackoff: t.options.MinRetryBackoff, MaxRetryBackoff: t.options.MaxRetryBackoff,
		PoolFIFO: t.options.PoolFIFO, PoolSize: t.options.PoolSize, PoolTimeout: t.options.PoolTimeout,
		MinIdleConns: t.options.MinIdleConns, MaxIdleConns: t.options.MaxIdleConns, MaxActiveConns: t.options.MaxActiveConns,
		MaxConcurrentDials: t.options.MaxConcurrentDials, ConnMaxIdleTime: t.options.ConnMaxIdleTime,
		ConnMaxLifetime: t.options.ConnMaxLifetime, ConnMaxLifetimeJitter: t.options.ConnMaxLifetimeJitter,
		PipelinePoolSize: t.options.PipelinePoolSize, PipelineReadBufferSize: t.options.PipelineReadBufferSize,
		PipelineWriteBufferSize: t.options.PipelineWriteBufferSize,
	}
	if t.cluster {
		c := o.Cluster()
		// By default a client that meets a dead primary asks for its successor only after a minute.
		c.ClusterStateReloadInterval = 2 * time.Second
		client := redis.NewClusterClient(c)
		client.AddHook(namesMissingRights{})
		client.OnNewNode(func(node *redis.Client) { node.AddHook(namesMissingRights{}) })
		return client
	}
	o.MaxRetries = 1
	client := redis.NewUniversalClient(o)
	client.AddHook(namesMissingRights{})
	return client
}
