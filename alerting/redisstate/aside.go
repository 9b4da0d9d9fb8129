package redisstate

import (
	"context"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
)

// luaSound reports whether this package can have written a key: the key is missing, or a hash in which each of the named
// fields is missing or a number below 2^53.
const luaSound = `
local function kindOf(name)
  local kind = redis.call('TYPE', name)
  return type(kind) == 'table' and kind.ok or kind
end
local function isNumber(v) return string.find(v, '^%d+$') and tonumber(v) < 9007199254740992 end
local function sound(name, ...)
  local kind = kindOf(name)
  if kind == 'none' then return true end
  if kind ~= 'hash' then return false end
  for _, field in ipairs({...}) do
    local v = redis.call('HGET', name, field)
    if v and not isNumber(v) then return false end
  end
  return true
end
`

// luaSetAside renames KEYS[1] to ARGV[2] followed by the time in ms, and returns the time. KEYS[2] lists the times of the
// keys set aside before. The newest three are kept for a week. All names have the hash tag of KEYS[1].
const luaSetAside = luaSound + `
local key = KEYS[1]
local function text(n) return string.format('%.0f', n) end
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function setAside()
  local list, kept, lifetime = KEYS[2], 3, 7 * 24 * 3600 * 1000
  local newest = kindOf(list) == 'list' and redis.call('LINDEX', list, 0)
  if not newest or not isNumber(newest) then
    redis.call('UNLINK', list)
    newest = '0'
  end
  local at = math.max(now(), tonumber(newest) + 1)
  redis.call('RENAME', key, ARGV[2] .. text(at))
  redis.call('PEXPIRE', ARGV[2] .. text(at), lifetime)
  redis.call('LPUSH', list, text(at))
  for _, before in ipairs(redis.call('LRANGE', list, kept, -1)) do redis.call('UNLINK', ARGV[2] .. before) end
  redis.call('LTRIM', list, 0, kept - 1)
  redis.call('PEXPIRE', list, lifetime)
  return text(at)
end
`

// layoutScript returns the layout. It sets a layout aside that this package did not write, and then also returns the time of
// that.
var layoutScript = redis.NewScript(luaSetAside + `
local at = false
if not sound(key, 'count', 'previous') then at = setAside() end
local is = redis.call('HMGET', key, 'count', 'previous')
return {is[1], is[2], at}
`)

// wrongTypeScript sets KEYS[1] aside if it is not a hash, and returns the time.
var wrongTypeScript = redis.NewScript(luaSetAside + `
if sound(key) then return false end
return setAside()
`)

// adoptScript renames KEYS[2], a key without a group, to KEYS[1], unless the group has that key already.
var adoptScript = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 1 or redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('RENAME', KEYS[2], KEYS[1])
return 1
`)

// setAsideAt returns where the key was set aside. at is the time that a script answered, nil if the key was not set aside.
func (k key) setAsideAt(at any, partition int) alerting.SetAside {
	text, _ := at.(string)
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return alerting.SetAside{}
	}
	return alerting.SetAside{Key: k.asidePrefix() + text, At: ms, Partition: partition}
}

// note keeps what has been set aside until Asides is called.
func (s *Store) note(a alerting.SetAside) {
	if a.Key == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted = append(s.noted, a)
}

// Asides returns the keys set aside since the last call, except those that Take and SetAside return: the partition's state
// while the caller owned it, and keys that the partitions share. Each is returned once; a shared one is returned to the
// first caller.
func (s *Store) Asides(partition int) (asides []alerting.SetAside) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted = slices.DeleteFunc(s.noted, func(a alerting.SetAside) bool {
		wanted := a.Partition == partition || a.Partition < 0
		if wanted {
			asides = append(asides, a)
		}
		return wanted
	})
	return asides
}

// setWrongTypeAside sets a key aside if it is not a hash.
func (s *Store) setWrongTypeAside(ctx context.Context, k key) error {
	at, err := wrongTypeScript.Run(ctx, s.client, []string{k.name, k.asidesKey()}, "", k.asidePrefix()).Result()
	if err != nil && err != redis.Nil { //nolint:errorlint // go-redis returns it unwrapped
		return err
	}
	s.note(k.setAsideAt(at, -1))
	return nil
}
