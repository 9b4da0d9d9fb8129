package redisstate

import "github.com/redis/go-redis/v9"

// lib are functions that the scripts share. KEYS[1] is the partition's state, ARGV[1] the owner. Epochs are compared as
// numbers: milliseconds since 1970 are far below 2^53.
const lib = luaSetAside + `
local owner = ARGV[1]
local function own(epoch)
  redis.call('HSET', key, 'epoch', text(epoch), 'owner', owner, 'seq', '0')
  return text(epoch)
end
`

// takeScript gives the owner ARGV[1] a new epoch and returns it with the checkpoint without its tags. An owner that already
// has the epoch keeps it. A state that this package did not write is set aside first; the field aside says so until a whole
// checkpoint is written.
//
// KEYS[3] is the state without a group, ARGV[3] the group's offset. The state is renamed to the group's if the group has
// committed an offset, the offset is at or below the state's next, and the group has no checkpoint of its own that reaches
// the offset. A processor commits after it checkpoints. So the group that wrote the state meets these conditions, a new
// group has committed nothing, and any other group has its own checkpoint at or above its offset.
var takeScript = redis.NewScript(lib + `
local committed, floor, old = tonumber(ARGV[3]), 0, ''
local function adoptable()
  if committed < 0 then return false end
  if not sound(KEYS[3], 'epoch', 'next') then return redis.call('EXISTS', key) == 0 end
  local next = redis.call('HGET', KEYS[3], 'next')
  if not next or tonumber(next) < committed or not sound(key, 'epoch', 'next') then return false end
  local is = redis.call('HMGET', key, 'epoch', 'next')
  floor = tonumber(is[1] or 0)
  return not is[2] or tonumber(is[2]) < committed
end
if redis.call('EXISTS', KEYS[3]) == 1 then
  old = 'left'
  if adoptable() then
    redis.call('RENAME', KEYS[3], key)
    old = 'adopted'
  end
end
local at = false
if not sound(key, 'epoch', 'next') then at = setAside() end
local is = redis.call('HMGET', key, 'epoch', 'owner', 'next', 'meta', 'aside')
local epoch = is[1]
if is[2] ~= owner then
  epoch = own(math.max(tonumber(is[1] or 0) + 1, floor + 1, now()))
end
if at then redis.call('HSET', key, 'aside', at) end
return {epoch, is[3], is[4], at or is[5], old}
`)

// asideScript sets the state aside for its owner ARGV[1] with the epoch ARGV[3], who stays the owner. It returns the time.
var asideScript = redis.NewScript(lib + `
if not sound(key, 'epoch') then return 'lost' end
local is = redis.call('HMGET', key, 'epoch', 'owner', 'aside')
local stored, ours = tonumber(is[1] or 0), tonumber(ARGV[3])
if stored < ours then return 'lost' end
if stored > ours or is[2] ~= owner then return 'fenced' end
if is[3] then return is[3] end
local at = setAside()
own(ours)
redis.call('HSET', key, 'aside', at)
return at
`)

// retakeScript gives an owner whose epoch ARGV[3] the store has lost a newer one. It returns the epoch and, if the state had
// to be set aside, the time. It returns nil if another owner has an epoch at least as great: epochs only grow, so that one
// was taken after this owner's was lost.
var retakeScript = redis.NewScript(lib + `
local at = false
if not sound(key, 'epoch') then at = setAside() end
local is = redis.call('HMGET', key, 'epoch', 'owner', 'aside')
local stored, ours = tonumber(is[1] or 0), tonumber(ARGV[3])
if is[2] == owner and stored > ours then return {is[1], is[3]} end
if is[2] ~= owner and stored >= ours then return false end
local epoch = own(math.max(stored + 1, ours + 1, now()))
if at then redis.call('HSET', key, 'aside', at) end
return {epoch, at}
`)

// Answers of saveScript.
const (
	saved  = "saved"
	fenced = "fenced"
	lost   = "lost"
)

// saveScript writes what has changed. A state that this package did not write counts as lost: the owner has all of it in
// memory. ARGV: owner, epoch, number of the write, number of the last one known to be stored, whole or not, next, meta, how
// many tags have changed, for each its field and state, and the fields to delete. Lua passes a few thousand arguments at
// once, so they go in pieces.
var saveScript = redis.NewScript(lib + `
if not sound(key, 'epoch', 'seq') then return 'lost' end
local is = redis.call('HMGET', key, 'epoch', 'owner', 'seq')
local stored, ours = tonumber(is[1] or 0), tonumber(ARGV[2])
if stored < ours then return 'lost' end
if stored > ours or is[2] ~= owner then return 'fenced' end
local seq = tonumber(is[3] or 0)
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
var releaseScript = redis.NewScript(luaSound + `
if not sound(KEYS[1]) then return 0 end
for i = 2, #ARGV do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return 0
`)
