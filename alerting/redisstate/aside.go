package redisstate

import (
	"context"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
)

// sounds is a function of the scripts that tells whether a key holds a hash, or nothing, in which the fields named are
// numbers as we write them, or not there. What is written by hand, by another program or by a damaged one is not.
const sounds = `
local function sound(name, ...)
  local kind = redis.call('TYPE', name)
  kind = type(kind) == 'table' and kind.ok or kind
  if kind == 'none' then return true end
  if kind ~= 'hash' then return false end
  for _, field in ipairs({...}) do
    local v = redis.call('HGET', name, field)
    if v and not (string.find(v, '^%d+$') and tonumber(v) < 9007199254740992) then return false end
  end
  return true
end
`

// asides are functions of the scripts that move KEYS[1] to a name that ends in the time, in ms. ARGV[2] is what that name
// begins with, KEYS[2] a list of the times of those there are; all have the hash tag of KEYS[1]. The newest three are kept,
// for a week.
const asides = sounds + `
local key = KEYS[1]
local function text(n) return string.format('%.0f', n) end
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function setAside()
  local list, kept, lifetime, at = KEYS[2], 3, 7 * 24 * 3600 * 1000, now()
  while redis.call('EXISTS', ARGV[2] .. text(at)) == 1 do at = at + 1 end
  redis.call('RENAME', key, ARGV[2] .. text(at))
  redis.call('PEXPIRE', ARGV[2] .. text(at), lifetime)
  local kind = redis.call('TYPE', list)
  kind = type(kind) == 'table' and kind.ok or kind
  if kind ~= 'list' then redis.call('UNLINK', list) end
  redis.call('LPUSH', list, text(at))
  for _, before in ipairs(redis.call('LRANGE', list, kept, -1)) do redis.call('UNLINK', ARGV[2] .. before) end
  redis.call('LTRIM', list, 0, kept - 1)
  redis.call('PEXPIRE', list, lifetime)
  return text(at)
end
`

// layoutScript returns the layout and when it was set aside: it is not one whose fields are no numbers.
var layoutScript = redis.NewScript(asides + `
local at = false
if not sound(key, 'count', 'previous') then at = setAside() end
local is = redis.call('HMGET', key, 'count', 'previous')
return {is[1], is[2], at}
`)

// wrongScript sets aside what is no hash, and returns when.
var wrongScript = redis.NewScript(asides + `
if sound(key) then return false end
return setAside()
`)

// adoptScript gives a key that the group does not have what is stored under the name KEYS[2] of versions without groups.
var adoptScript = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 1 or redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('RENAME', KEYS[2], KEYS[1])
return 1
`)

// asided is what the scripts call when they have set something aside: the text of the time, or nil.
func (k key) asided(at any, partition int) alerting.SetAside {
	text, _ := at.(string)
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return alerting.SetAside{}
	}
	return alerting.SetAside{Key: k.asidePrefix() + text, At: ms, Partition: partition}
}

// note keeps for Asides what has been set aside.
func (s *Store) note(a alerting.SetAside) {
	if a.Key == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted = append(s.noted, a)
}

// Asides returns what has been set aside since the last call and is no news to whoever took the partition over: its state
// while it was owned, and what the partitions share, which is told to the first that asks.
func (s *Store) Asides(partition int) (asides []alerting.SetAside) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted = slices.DeleteFunc(s.noted, func(a alerting.SetAside) bool {
		told := a.Partition == partition || a.Partition < 0
		if told {
			asides = append(asides, a)
		}
		return told
	})
	return asides
}

// setWrongAside sets a key aside that is no hash.
func (s *Store) setWrongAside(ctx context.Context, k key) error {
	at, err := wrongScript.Run(ctx, s.client, []string{k.name, k.asidesKey()}, "", k.asidePrefix()).Result()
	if err != nil && err != redis.Nil { //nolint:errorlint // go-redis returns it unwrapped
		return err
	}
	s.note(k.asided(at, -1))
	return nil
}
