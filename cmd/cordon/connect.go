package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/segmentio/kafka-go"
)

type logFlags struct {
	LogFormat string `help:"Log format." enum:"text,json" default:"text"`
	LogLevel  string `help:"Least level logged." enum:"debug,info,warn,error" default:"info"`
}

func (f logFlags) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		return nil, usagef("--log-level: %w", err)
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: harmlessAttr}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return slog.New(slog.NewTextHandler(w, options)), nil
}

// kafkaFlags say how Kafka is reached.
type kafkaFlags struct {
	KafkaBrokers       []string `help:"Brokers to start from, host:port." default:"localhost:9092"`
	KafkaTLSCA         string   `help:"PEM file with the authority that signs the brokers' certificates; turns TLS on." type:"existingfile" name:"kafka-tls-ca"`
	KafkaSASLMechanism string   `help:"SASL mechanism." enum:",plain,scram-sha-256,scram-sha-512" default:"" name:"kafka-sasl-mechanism"`
	KafkaUser          string   `help:"SASL user."`
	KafkaPasswordFile  string   `help:"File holding the SASL password." type:"existingfile"`

	KafkaAllowPlaintextPassword bool `help:"Let the mechanism plain send the password without TLS. Anyone on the network path can read it."`
}

// topicFlags name the topics.
type topicFlags struct {
	PingsTopic   string `help:"Topic of the pings." default:"cordon.pings"`
	AlertsTopic  string `help:"Topic of the alerts." default:"cordon.alerts"`
	RejectsTopic string `help:"Topic of the rejected pings." default:"cordon.rejects"`
}

// kafkaConn is everything kafka-go needs to reach the cluster.
type kafkaConn struct {
	brokers   []string
	client    *kafka.Client
	transport *kafka.Transport
	dialer    *kafka.Dialer // for the consumer group
}

// connect prepares the connection and asks the cluster for its metadata, so that an unreachable one is told at once.
func (f kafkaFlags) connect(ctx context.Context) (*kafkaConn, error) {
	tlsConfig, err := tlsFrom(f.KafkaTLSCA)
	if err != nil {
		return nil, fmt.Errorf("--kafka-tls-ca: %w", err)
	}
	mechanism, err := f.mechanism()
	if err != nil {
		return nil, err
	}
	transport := &kafka.Transport{TLS: tlsConfig, SASL: mechanism, DialTimeout: 3 * time.Second, ClientID: "cordon"}
	c := &kafkaConn{
		brokers:   f.KafkaBrokers,
		client:    &kafka.Client{Addr: kafka.TCP(f.KafkaBrokers...), Transport: transport, Timeout: 30 * time.Second},
		transport: transport,
		dialer:    &kafka.Dialer{TLS: tlsConfig, SASLMechanism: mechanism, Timeout: 3 * time.Second, DualStack: true, ClientID: "cordon"},
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := c.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{}}); err != nil {
		c.close()
		return nil, f.unreachable(err)
	}
	return c, nil
}

func (c *kafkaConn) close() { c.transport.CloseIdleConnections() }

func tlsFrom(file string) (*tls.Config, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in " + file)
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

// redisFlags say how Redis is reached.
type redisFlags struct {
	RedisURL                  []string `help:"Redis of zones, register and checkpoints: redis://host:port/db, rediss:// with TLS, redis+cluster://host,host, redis+sentinel://PRIMARY@host,host. Give it several times to name more nodes of one cluster. Default: ${default}." sep:"none" default:"redis://localhost:6379/0" placeholder:"URL"`
	RedisUser                 string   `help:"User in Redis, if the URL names none."`
	RedisPasswordFile         string   `help:"File holding the password of Redis; keeps it out of the URL." type:"existingfile"`
	RedisSentinelUser         string   `help:"User in the Sentinels, if they require one."`
	RedisSentinelPasswordFile string   `help:"File holding the password of the Sentinels." type:"existingfile"`
	RedisTLSCA                string   `help:"PEM file with the authority that signs Redis's certificate; turns TLS on." type:"existingfile" name:"redis-tls-ca"`
}

// target reads the flags and the files that they name.
func (f redisFlags) target() (redisTarget, error) {
	t, err := parseRedisURLs(f.RedisURL)
	if err != nil {
		return t, usagef("--redis-url: %w", err)
	}
	if f.RedisUser != "" {
		if t.user != "" && t.user != f.RedisUser {
			return t, usagef("--redis-user differs from the user in --redis-url: leave one out")
		}
		t.user = f.RedisUser
	}
	if f.RedisPasswordFile != "" {
		if t.password != "" {
			return t, usagef("--redis-password-file, and a password in --redis-url: leave one out")
		}
		if t.password, err = readSecret("--redis-password-file", f.RedisPasswordFile); err != nil {
			return t, err
		}
	}
	return t, nil
}

// client prepares a client without connecting, and says where it will connect.
func (f redisFlags) client() (redis.UniversalClient, string, error) {
	t, err := f.target()
	if err != nil {
		return nil, "", err
	}
	encryption, err := tlsFrom(f.RedisTLSCA)
	if err != nil {
		return nil, "", fmt.Errorf("--redis-tls-ca: %w", err)
	}
	if encryption == nil && t.encrypted {
		encryption = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	var sentinelPassword string
	if f.RedisSentinelPasswordFile != "" {
		if sentinelPassword, err = readSecret("--redis-sentinel-password-file", f.RedisSentinelPasswordFile); err != nil {
			return nil, "", err
		}
	}
	return t.client(f.RedisSentinelUser, sentinelPassword, encryption), t.String(), nil
}

// connect prepares a client and asks the server for a sign of life.
func (f redisFlags) connect(ctx context.Context) (redis.UniversalClient, error) {
	client, where, err := f.client()
	if err != nil {
		return nil, err
	}
	err = client.Ping(ctx).Err()
	switch {
	case err == nil:
		return client, nil
	case redis.IsPermissionError(err), redis.IsAuthError(err):
		err = fmt.Errorf("refused by Redis at %s: %w", where, err)
	default:
		err = fmt.Errorf("no answer from Redis at %s (%w): is it running, and is --redis-url right?", where, err)
	}
	client.Close()
	return nil, err
}
