package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// listenLimits bound what clients of the health and metrics server can use. The server has no log-in: a client must not be
// able to exhaust the processor's memory or file descriptors.
type listenLimits struct {
	connections int           // open at once; the next one waits to be accepted
	header      int           // bytes of a request's header
	readHeader  time.Duration // for all of the header to arrive
	read        time.Duration // for all of the request
	write       time.Duration // for the answer; /debug/pprof adds what it was asked to record
	idle        time.Duration // between two requests of a connection
}

var defaultLimits = listenLimits{
	connections: 256, header: 16 << 10,
	readHeader: 5 * time.Second, read: 10 * time.Second, write: 30 * time.Second, idle: time.Minute,
}

// listen opens the port of health and metrics.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("--listen %s: the port is in use, perhaps by another cordon: stop that one, or give another address such as --listen 127.0.0.1:0", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("--listen %s: permission denied: give a port above 1023", address)
	}
	return nil, fmt.Errorf("--listen %s: %w: give host:port, such as 127.0.0.1:9464, or :9464 for every interface", address, err)
}

// serve answers on the listener until ctx ends.
func serve(ctx context.Context, l net.Listener, h http.Handler, limits listenLimits, log *slog.Logger) error {
	server := &http.Server{
		Handler: h, MaxHeaderBytes: limits.header, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: limits.readHeader, ReadTimeout: limits.read, WriteTimeout: limits.write, IdleTimeout: limits.idle,
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(limited(l, limits.connections)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// limited returns a listener with at most n open connections. Further ones wait in the kernel's queue.
func limited(l net.Listener, n int) net.Listener {
	return &limitedListener{Listener: l, places: make(chan struct{}, n), closed: make(chan struct{})}
}

type limitedListener struct {
	net.Listener
	places chan struct{} // holds a value for each open connection
	once   sync.Once
	closed chan struct{}
}

func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &limitedConn{Conn: conn, free: func() { <-l.places }}, nil
}

func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	once sync.Once
	free func()
}

func (c *limitedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.free)
	return err
}
