package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// mechanism returns how to log in to Kafka, nil for no log-in. Its errors never contain the password or any other content of
// its file.
func (f kafkaFlags) mechanism() (sasl.Mechanism, error) {
	switch {
	case f.KafkaSASLMechanism == "" && f.KafkaUser == "" && f.KafkaPasswordFile == "":
		return nil, nil
	case f.KafkaSASLMechanism == "":
		return nil, usagef("--kafka-user and --kafka-password-file need --kafka-sasl-mechanism: plain, scram-sha-256 or scram-sha-512")
	case f.KafkaUser == "" || f.KafkaPasswordFile == "":
		return nil, usagef("--kafka-sasl-mechanism needs --kafka-user and --kafka-password-file")
	case f.KafkaSASLMechanism == "plain" && f.KafkaTLSCA == "" && !f.KafkaAllowPlaintextPassword:
		return nil, usagef("--kafka-sasl-mechanism plain without TLS sends a password that anyone on the network path can read: give --kafka-tls-ca, use a scram mechanism, or add --kafka-allow-plaintext-password")
	}
	password, err := readSecret("--kafka-password-file", f.KafkaPasswordFile)
	if err != nil {
		return nil, err
	}
	if f.KafkaSASLMechanism == "plain" {
		if strings.ContainsRune(f.KafkaUser+password, 0) {
			return nil, errors.New("--kafka-user or the password in --kafka-password-file has a NUL, which the mechanism plain cannot send")
		}
		return plain.Mechanism{Username: f.KafkaUser, Password: password}, nil
	}
	algorithm := scram.SHA256
	if f.KafkaSASLMechanism == "scram-sha-512" {
		algorithm = scram.SHA512
	}
	m, err := scram.Mechanism(algorithm, f.KafkaUser, password)
	if err != nil { // err holds the password
		return nil, errors.New("--kafka-user or the password in --kafka-password-file has characters that SCRAM does not take, such as control characters (RFC 4013)")
	}
	return m, nil
}

// mostSecret is the greatest size of a password file, in bytes.
const mostSecret = 4096

// readSecret reads a password from a file, without the line break at its end. Its errors never contain any of it.
func readSecret(flag, name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, mostSecret+1))
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	secret := strings.TrimRight(string(b), "\r\n")
	switch {
	case len(b) > mostSecret:
		return "", fmt.Errorf("%s %s: more than %d bytes: is it the right file?", flag, name, mostSecret)
	case secret == "":
		return "", fmt.Errorf("%s %s: there is no password in it", flag, name)
	}
	return secret, nil
}

// unreachable says what keeps Kafka from answering, and what to look at.
func (f kafkaFlags) unreachable(err error) error {
	at := "Kafka at " + strings.Join(f.KafkaBrokers, ",")
	var untrusted *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	switch {
	case errors.Is(err, kafka.SASLAuthenticationFailed):
		return fmt.Errorf("%s does not take the user %s with this password (%w): check --kafka-user, --kafka-password-file and --kafka-sasl-mechanism", at, f.KafkaUser, err)
	case errors.Is(err, kafka.UnsupportedSASLMechanism) || errors.Is(err, kafka.IllegalSASLState):
		return fmt.Errorf("%s does not offer --kafka-sasl-mechanism %s (%w): give one that it offers, or leave the flag out if it needs no password", at, f.KafkaSASLMechanism, err)
	case errors.As(err, &untrusted):
		return fmt.Errorf("%s shows a certificate that cannot be trusted (%w): give the authority that signed it as --kafka-tls-ca, and the host name that is in it as --kafka-brokers", at, untrusted.Err)
	case errors.As(err, &noTLS):
		return fmt.Errorf("%s has no TLS on that port: give its TLS port in --kafka-brokers, or leave --kafka-tls-ca out", at)
	case connected(err):
		return fmt.Errorf("%s accepts the connection but does not answer (%w): %s", at, err, f.guess())
	}
	return fmt.Errorf("no answer from %s (%w): is the broker running, and is --kafka-brokers right?", at, err)
}

// connected reports an error on a connection that was made.
func connected(err error) bool {
	var at *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &at) && at.Op == "read"
}

// guess says which flags may be wrong when the broker gives no reason.
func (f kafkaFlags) guess() string {
	words := "it may require TLS (--kafka-tls-ca)"
	if f.KafkaTLSCA != "" {
		words = "it may have no TLS on that port (--kafka-tls-ca)"
	}
	if f.KafkaSASLMechanism == "" {
		return words + ", or a password (--kafka-sasl-mechanism, --kafka-user, --kafka-password-file)"
	}
	return words + ", or may not take the user " + f.KafkaUser + " with this password (--kafka-sasl-mechanism, --kafka-user, --kafka-password-file)"
}
