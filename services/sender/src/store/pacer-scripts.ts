/**
 * What Redis keeps of the pace of one channel and endpoint: `due`, when the next slot is free; `rate`, calls a second
 * where LINE grants less than we are set to; `grewAt`, `hold`, `holdMs`, when that may grow again; `from`, `good` and
 * `bad`, the answers of the last second or so. Times are microseconds by the clock of Redis, the same for everyone.
 */
const state = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit = tonumber(ARGV[1])
local kept = redis.call('HMGET', KEYS[1], 'due', 'rate', 'grewAt', 'hold', 'holdMs', 'from', 'good', 'bad')
for place = 1, 8 do kept[place] = tonumber(kept[place] or '0') end
local due, rate, grewAt, hold, holdMs, from, good, bad = unpack(kept)
if rate == 0 or rate > limit then rate = limit end
local function keep()
  local ahead = math.max(due - now, 0) / 1000
  if rate < limit or good + bad > 0 then ahead = ahead + 120000 end
  redis.call('HSET', KEYS[1], 'due', string.format('%.0f', due), 'rate', string.format('%.3f', rate),
    'grewAt', string.format('%.0f', grewAt), 'hold', string.format('%.0f', hold), 'holdMs', holdMs,
    'from', string.format('%.0f', from), 'good', good, 'bad', bad)
  redis.call('PEXPIRE', KEYS[1], math.ceil(ahead) + 1000)
end
`;

/**
 * Slots for up to so many calls, one after the other: at most a tenth of a second's at once, and none where the next one
 * is further away than the asker may wait for it.
 */
export const reserveScript = `${state}
local wanted, share = tonumber(ARGV[2]), tonumber(ARGV[3])
local horizon, chunk = tonumber(ARGV[4]), tonumber(ARGV[5])
if rate < limit and now > hold then
  rate = math.min(limit, rate * (1 + 0.05 * math.min(math.max(now - grewAt, 0) / 1000000, 5)))
end
grewAt = now
local interval = 1000000 / (rate * share)
if due < now then due = now end
if due > now + horizon then return { 0, math.ceil((due - horizon - now) / 1000), 0, 0 } end
local granted = math.min(wanted, math.max(1, math.floor(chunk / interval)))
local start = due
due = due + granted * interval
keep()
return { granted, 0, math.floor(start - now), math.ceil(interval) }
`;

/**
 * What LINE answered. A few that were too fast are what LINE says of one person, or chance; where they are surely more
 * than a tenth (by three deviations), the pace is not granted: then nobody calls for a second, and the pace is what LINE took, which is held for twice
 * as long each time that it turns out too much again.
 */
export const answeredScript = `${state}
if now - from > 1000000 and good + bad >= 20 or now - from > 10000000 then
  from, good, bad = now, 0, 0
end
good = good + tonumber(ARGV[2])
bad = bad + tonumber(ARGV[3])
if bad - 3 * math.sqrt(bad) > (good + bad) * 0.1 then
  local seconds = math.max(now - from, 200000) / 1000000
  rate = math.max(1, limit * 0.01, math.min(rate, good / seconds) * 0.95)
  if now - hold < holdMs * 2000 then holdMs = math.min(math.max(holdMs * 2, 2000), 60000) else holdMs = 2000 end
  hold = now + 1000000 + holdMs * 1000
  if due < now + 1000000 then due = now + 1000000 end
  from, good, bad = now + 1000000, 0, 0
end
keep()
return { 0 }
`;

/** All of them at once, and then nobody until their share of the time is over; also when that is. */
export const throttleScript = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local due = tonumber(redis.call('GET', KEYS[1]) or '0')
if due > now then return { math.ceil((due - now) / 1000), '' } end
due = string.format('%.0f', now + tonumber(ARGV[1]) * tonumber(ARGV[2]))
redis.call('SET', KEYS[1], due, 'PX', math.ceil((due - now) / 1000) + 1000)
return { 0, due }
`;

/** Only as long as nobody has gone after them; when the next may then. */
export const giveBackScript = `
local due = ARGV[3]
if redis.call('GET', KEYS[1]) == due then
  due = string.format('%.0f', tonumber(due) - tonumber(ARGV[1]) * tonumber(ARGV[2]))
  redis.call('SET', KEYS[1], due, 'KEEPTTL')
end
return due
`;
