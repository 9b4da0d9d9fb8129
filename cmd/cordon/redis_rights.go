package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/redis/go-redis/v9"
)

// errMissingRight is the error of a command that Redis's access control refuses.
type errMissingRight struct {
	command string
	key     string // pattern
	err     error
}

func (e *errMissingRight) Error() string {
	grant := "+" + e.command
	on := ""
	if e.key != "" {
		grant, on = grant+" ~"+e.key, " on keys "+e.key
	}
	return fmt.Sprintf("missing right: the user of --redis-url may not run %s%s (%s): grant it with ACL SETUSER … %s",
		strings.ToUpper(strings.ReplaceAll(e.command, "|", " ")), on, e.err, grant)
}

func (e *errMissingRight) Unwrap() error { return e.err }

// namesMissingRights is a hook of go-redis that names the missing right. Redis itself names only the command or the key, and
// for a transaction it only says that it was aborted.
type namesMissingRights struct{}

func (namesMissingRights) DialHook(next redis.DialHook) redis.DialHook { return next }

func (namesMissingRights) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error { return missingRight(cmd, next(ctx, cmd)) }
}

func (namesMissingRights) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		if err == nil {
			return nil
		}
		for _, cmd := range cmds {
			if redis.IsPermissionError(cmd.Err()) {
				return missingRight(cmd, cmd.Err())
			}
		}
		return err
	}
}

// refusedCommand matches the name of the refused command in Redis's error, also for a command inside a script.
var refusedCommand = regexp.MustCompile(`'([^']+)' (?:command|subcommand)`)

func missingRight(cmd redis.Cmder, err error) error {
	if err == nil || !redis.IsPermissionError(err) || errors.As(err, new(*errMissingRight)) {
		return err
	}
	e := &errMissingRight{command: cmd.Name(), err: err}
	if named := refusedCommand.FindStringSubmatch(err.Error()); named != nil {
		e.command = named[1]
	}
	for _, arg := range cmd.Args()[1:] {
		key, _ := arg.(string)
		if strings.HasPrefix(key, "{cordon}:") {
			e.key = "{cordon}:*"
		} else if strings.HasPrefix(key, "cordon:{") {
			e.key = "cordon:{*"
		} else {
			continue
		}
		break
	}
	return e
}
