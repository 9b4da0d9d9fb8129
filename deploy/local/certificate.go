package local

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Certificate holds the PEM files that a server on this machine needs to speak TLS.
type Certificate struct {
	Authority string // what clients trust
	Server    string // its key, then its certificate: a PEM keystore for Kafka, and a key pair for Go
}

// NewCertificate makes an authority and, signed by it, a certificate for 127.0.0.1 and localhost that is valid for a day, as
// files in dir. The authority's key is not kept.
func NewCertificate(dir string) (Certificate, error) {
	c := Certificate{Authority: filepath.Join(dir, "ca.pem"), Server: filepath.Join(dir, "server.pem")}
	authority, authorityKey, err := issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "an authority for tests"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, nil)
	if err != nil {
		return c, err
	}
	server, serverKey, err := issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.ParseIP(loopback)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, authority, authorityKey)
	if err != nil {
		return c, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(serverKey)
	if err != nil {
		return c, fmt.Errorf("local: certificate: %w", err)
	}
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	err = errors.Join(
		os.WriteFile(c.Authority, block("CERTIFICATE", authority.Raw), 0o644),
		os.WriteFile(c.Server, append(block("PRIVATE KEY", key), block("CERTIFICATE", server.Raw)...), 0o600))
	if err != nil {
		return c, fmt.Errorf("local: certificate: %w", err)
	}
	return c, nil
}

// issue makes a certificate with a new key. Without an authority it is self-signed.
func issue(template, by *x509.Certificate, byKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("local: certificate: %w", err)
	}
	now := time.Now()
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(now.UnixNano()), now.Add(-time.Hour), now.Add(24*time.Hour)
	if by == nil {
		by, byKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, key.Public(), byKey)
	if err != nil {
		return nil, nil, fmt.Errorf("local: certificate: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("local: certificate: %w", err)
	}
	return c, key, nil
}
