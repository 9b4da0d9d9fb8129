package local

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

const loopback = "127.0.0.1"

// freePort finds a port below the range that outgoing connections take theirs from (32768 and up on Linux): a client
// that keeps dialling a server that is away can be given the server's own port, be connected to itself, and keep the
// server from coming back.
func freePort() (int, error) {
	const first, last, tries = 20000, 32000, 100
	for range tries {
		port := first + rand.IntN(last-first)
		l, err := net.Listen("tcp", address(port))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return 0, fmt.Errorf("local: free port: %w", err)
		}
		return port, nil
	}
	return 0, errors.New("local: no free port between 20000 and 32000")
}

// freePorts are n different ones.
func freePorts(n int) ([]int, error) {
	ports := make([]int, 0, n)
	seen := map[int]bool{}
	for len(ports) < n {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		if !seen[port] {
			seen[port] = true
			ports = append(ports, port)
		}
	}
	return ports, nil
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
