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

	KafkaAllowPlaintextPassword bool `help:"Let the mechanism plain send the password without TLS: everybody on the way can read it."`
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
	RedisURL   string `help:"Redis of zones, register and checkpoints." default:"redis://localhost:6379/0"`
	RedisTLSCA string `help:"PEM file with the authority that signs Redis's certificate; use with a rediss:// URL." type:"existingfile" name:"redis-tls-ca"`
}

// client prepares a client without connecting. Its timeouts bound every call, so that a dead server costs little.
func (f redisFlags) client() (*redis.Client, error) {
	options, err := redis.ParseURL(f.RedisURL)
	if err != nil {
		return nil, usagef("--redis-url: %w", err)
	}
	tlsConfig, err := tlsFrom(f.RedisTLSCA)
	if err != nil {
		return nil, fmt.Errorf("--redis-tls-ca: %w", err)
	}
	if tlsConfig != nil {
		options.TLSConfig = tlsConfig
	}
	options.ContextTimeoutEnabled = true
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = 2*time.Second, 10*time.Second, 10*time.Second
	options.MaxRetries = 1
	return redis.NewClient(options), nil
}

// connect prepares a client and asks the server for a sign of life.
func (f redisFlags) connect(ctx context.Context) (*redis.Client, error) {
	client, err := f.client()
	if err != nil {
		return nil, err
	}
	if err := client.Ping(ctx).Err(); err != nil {
		client.Close()
		return nil, fmt.Errorf("no answer from Redis at %s (%w): is it running, and is --redis-url right?", client.Options().Addr, err)
	}
	return client, nil
}
