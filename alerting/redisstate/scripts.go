package redisstate

import "github.com/redis/go-redis/v9"

// lib are functions that the scripts share. Epochs are compared as numbers: milliseconds since 1970 are far below 2^53.
const lib = `
local key, owner = KEYS[1], ARGV[1]
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function text(n) return string.format('%.0f', n) end
local function own(epoch)
  redis.call('HSET', key, 'epoch', text(epoch), 'owner', owner, 'seq', '0')
  return text(epoch)
end
`

// takeScript gives the owner ARGV[1] a new epoch and returns it with the checkpoint's own part. An owner that has it
// already keeps it.
var takeScript = redis.NewScript(lib + `
local is = redis.call('HMGET', key, 'epoch', 'owner', 'next', 'meta')
local epoch = is[1]
if is[2] ~= owner then
  epoch = own(math.max(tonumber(is[1] or 0) + 1, now()))
end
return {epoch, is[3], is[4]}
`)

// retakeScript gives an owner, whose epoch ARGV[2] the store has lost, a newer one. It returns nil when somebody else
// has one as great: epochs only grow, so it was taken after ours was lost.
var retakeScript = redis.NewScript(lib + `
local is = redis.call('HMGET', key, 'epoch', 'owner')
local stored, ours = tonumber(is[1] or 0), tonumber(ARGV[2])
if is[2] == owner and stored > ours then return is[1] end
if is[2] ~= owner and stored >= ours then return false end
return own(math.max(stored + 1, ours + 1, now()))
`)

// Answers of saveScript.
const (
	saved  = "saved"
	fenced = "fenced"
	lost   = "lost"
)

// saveScript writes what has changed. ARGV: owner, epoch, number of the write, number of the last one known to be
// stored, whole or not, next, meta, how many tags have changed, for each its field and state, and the fields to
// delete. Lua passes a few thousand arguments at once, so they go in pieces.
var saveScript = redis.NewScript(lib + `
local is = redis.call('HMGET', key, 'epoch', 'owner', 'seq')
local stored, ours = tonumber(is[1] or 0), tonumber(ARGV[2])
if stored < ours then return 'lost' end
if stored > ours or is[2] ~= owner then return 'fenced' end
local seq = tonumber(is[3])
if seq < tonumber(ARGV[4]) then return 'lost' end
if seq >= tonumber(ARGV[3]) then return 'saved' end
if ARGV[5] == 'whole' then redis.call('UNLINK', key) end
redis.call('HSET', key, 'epoch', ARGV[2], 'owner', owner, 'seq', ARGV[3], 'next', ARGV[6], 'meta', ARGV[7])
local function pieces(command, from, to)
  for i = from, to, 2000 do
    redis.call(command, key, unpack(ARGV, i, math.min(i + 1999, to)))
  end
end
local last = 8 + 2 * tonumber(ARGV[8])
pieces('HSET', 9, last)
pieces('HDEL', last + 1, #ARGV)
return 'saved'
`)

// releaseScript forgets the devices ARGV[2…] as far as the partition ARGV[1] has them.
var releaseScript = redis.NewScript(`
for i = 2, #ARGV do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return 0
`)
