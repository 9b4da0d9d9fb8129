// Package system holds the tests of the plain binary against real servers: each starts what it needs, takes something
// away, and looks at what comes out on the topics. They are built with the tag system and run by `make test`.
package system
