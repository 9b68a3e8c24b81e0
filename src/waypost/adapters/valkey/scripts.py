"""The two scripts that run at the server: one life sign of a process, one change of a budget."""

BEAT = """
-- KEYS: fleet, present, ready, seen. ARGV: who, the epoch it is ready in, processes declared,
-- now, seconds until a new epoch opens without everybody, ms of a life sign, ms of memory, new id
local t = redis.call('TIME')
local ms = t[1] * 1000 + math.floor(t[2] / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local id = redis.call('HGET', KEYS[1], 'id')
if not id or redis.call('HGET', KEYS[1], 'run') ~= run then
  -- A server that was started anew, or has become the leader, may have forgotten who took what.
  id = ARGV[8]
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
  redis.call('HSET', KEYS[1], 'id', id, 'run', run, 'born', ARGV[4])
end
redis.call('ZADD', KEYS[2], ms, ARGV[1])
redis.call('ZADD', KEYS[4], ms, ARGV[1])
if ARGV[2] == id then redis.call('ZADD', KEYS[3], ms, ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ms - ARGV[6])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ms - ARGV[6])
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', ms - ARGV[7])
local all = math.max(tonumber(ARGV[3]), redis.call('ZCARD', KEYS[4]))
local ready = redis.call('ZRANGE', KEYS[3], 0, -1)
local old = ARGV[4] - redis.call('HGET', KEYS[1], 'born') > tonumber(ARGV[5])
if #ready >= all or old then redis.call('HSET', KEYS[1], 'open', 1) end
local open = redis.call('HGET', KEYS[1], 'open') and 1 or 0
local gathered = (redis.call('ZCARD', KEYS[2]) >= all or open == 1) and 1 or 0
return {id, open, gathered, all, ready}
"""

CHANGE = """
-- KEYS: fleet, account. ARGV: epoch, version read, new state, ms to keep it
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return {-1, ''} end
local version = tonumber(redis.call('HGET', KEYS[2], 'v') or '0')
if version ~= tonumber(ARGV[2]) then return {version, redis.call('HGET', KEYS[2], 's')} end
redis.call('HSET', KEYS[2], 'v', version + 1, 's', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return {version + 1}
"""

LEAVE = """
-- KEYS: present, ready, seen. ARGV: who
for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end
return 1
"""
