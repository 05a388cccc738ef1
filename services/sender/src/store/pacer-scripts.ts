/**
 * What Redis keeps of the pace of one channel and endpoint: `rate`, calls a second where LINE grants less than we are
 * set to (else 0, since what we are set to may change); `grewAt`, `hold`, `holdMs`, when that may grow again; `from`,
 * `good` and `bad`, the answers of the last second or so; `silent`, until when nobody calls; `counts`, how many calls
 * are to be made in each tick from `first` on, the last second included; `spare`, how many slots were given back until
 * `sparedAt` and are not others' yet, and how many fewer there were for others who had come instead of such, up to the
 * tick `owedTo`; `born`, since when they are counted; `wider`, how many ticks the window is wider,
 * as late as calls may come to their slots, by the mean of what senders asked for in the last second (`meanAsked`), and
 * `widerBefore`, how many it was, which counts until `beforeUntil`, as slots are still ahead that were granted then.
 * Times are microseconds by the clock of Redis, the same for everyone.
 */
const state = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit = tonumber(ARGV[1])
local kept = redis.call('HMGET', KEYS[1],
  'rate', 'grewAt', 'hold', 'holdMs', 'from', 'good', 'bad', 'silent', 'first', 'spare', 'sparedAt', 'born',
  'wider', 'meanAsked', 'widerBefore', 'beforeUntil', 'owedTo')
for place = 1, 17 do kept[place] = tonumber(kept[place] or '0') end
local rate, grewAt, hold, holdMs, from, good, bad, silent, first, spare, sparedAt, born,
  wider, meanAsked, widerBefore, beforeUntil, owedTo = unpack(kept)
if rate == 0 or rate > limit then rate = limit end
local function keep()
  redis.call('HSET', KEYS[1], 'rate', rate < limit and string.format('%.12f', rate) or 0, 'grewAt', string.format('%.0f', grewAt),
    'hold', string.format('%.0f', hold), 'holdMs', holdMs, 'from', string.format('%.0f', from),
    'good', good, 'bad', bad, 'silent', string.format('%.0f', silent), 'first', string.format('%.0f', first),
    'spare', spare, 'sparedAt', string.format('%.0f', sparedAt), 'born', string.format('%.0f', born),
    'wider', wider, 'meanAsked', string.format('%.6f', meanAsked), 'widerBefore', widerBefore, 'beforeUntil', string.format('%.0f', beforeUntil),
    'owedTo', owedTo)
  local isTroubled = rate < limit or good + bad > 0
  redis.call('PEXPIRE', KEYS[1], isTroubled and 120000 or 3000)
end
`;

/** How finely time is counted. */
export const tickUs = 5_000;
/**
 * So many ticks hold no more calls than LINE takes in a second: 20 ms longer, for the second that begins inside of a tick
 * and for what is on its way for longer or shorter than others.
 */
export const windowTicks = 204;
/** Senders that are busy come so late to their slots; the window is as much longer then. */
export const lateTicksMax = 20;
/** What is granted at once. */
const chunkTicks = 20;
/** The longest window and what is ahead of now. */
const ringTicks = 424;

/**
 * Slots for up to so many calls from a time on, at most a chunk's; to a campaign only where a whole chunk is free before
 * the horizon, however few it wants, or those who want few would always be there first. They come as evenly as the
 * window holds them. Whoever has not used theirs says so, and they count no more: then there is room in their window,
 * and as many come up to a quarter faster. A second later these are in the way of as many, who come faster again after
 * them, or each slot that was not used would be lost for all.
 */
export const reserveScript = `${state}
local wanted, afterUs, horizonUs, atOnce = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local seenAt = tonumber(ARGV[6])
local lateAsked = tonumber(ARGV[7])
local tickUs, ring = ${tickUs}, ${ringTicks}
if now >= beforeUntil then widerBefore = 0 end
meanAsked = meanAsked + (lateAsked - meanAsked) * math.min(math.max(now - grewAt, 0) / 1000000, 1)
-- Not for each small change: what was granted before it became less may still come as late, so for a while that costs.
if math.abs(meanAsked - wider) > 0.8 then
  local nearest = math.floor(meanAsked + 0.5)
  if nearest < wider then widerBefore, beforeUntil = math.max(wider, widerBefore), now + ring * tickUs end
  wider = nearest
end
local window = ${windowTicks} + math.max(wider, widerBefore)
if rate < limit and now > hold then
  rate = math.min(limit, rate * (1 + 0.05 * math.min(math.max(now - grewAt, 0) / 1000000, 5)))
end
grewAt = now

local tick = math.floor(now / tickUs)
local oldest = tick - ${windowTicks + lateTicksMax}
local packed = redis.call('HGET', KEYS[1], 'counts')
local counts = packed and cmsgpack.unpack(packed) or {}
-- Nothing is known where it was forgotten, or is of a clock that was set back; where nobody was here for long, all is over.
if #counts ~= ring or first - oldest >= ring then
  for place = 1, ring do counts[place] = 0 end
  first, born = oldest, now
  if packed then
    -- Times of that clock mean nothing by this one, and neither does which slots somebody still has.
    silent, hold, from, good, bad = now + ring * tickUs, now, now, 0, 0
    beforeUntil, spare, sparedAt, owedTo = now, 0, now, 0
  end
end
-- Somebody was here a moment ago and it was forgotten: what is not known of is over in the time of the whole ring.
if seenAt < born and now - seenAt < 3000000 then silent = math.max(silent, born + ring * tickUs) end
for gone = first, math.min(oldest, first + ring) - 1 do counts[gone % ring + 1] = 0 end
first = math.max(first, oldest)
local last = first + ring - 1
for place = 8, #ARGV, 2 do
  local unused, at = tonumber(ARGV[place]), tonumber(ARGV[place + 1])
  if at >= first and at <= last then
    unused = math.min(unused, counts[at % ring + 1])
    counts[at % ring + 1] = counts[at % ring + 1] - unused
    spare, sparedAt = spare + unused, now
  end
end
if now - sparedAt > window * tickUs then spare = 0 end
local function countAt(at)
  if at < first then return 0 end
  return counts[at % ring + 1]
end

local answer = { 0, now, math.floor(rate * 1000), wider }
if wanted > 0 then
  local chunk = math.max(1, math.floor(rate * ${(chunkTicks * tickUs) / 1_000_000}))
  if atOnce ~= 'all' then wanted = math.min(wanted, chunk) end
  local need = atOnce == 'chunk' and chunk or 1
  local start = math.max(tick + 1 + math.ceil(afterUs / tickUs), math.ceil(silent / tickUs))
  -- Whoever takes long to get ready has a horizon, too.
  local horizon = math.max(tick + math.floor(horizonUs / tickUs), start + ${2 * chunkTicks})
  horizon = math.min(last, horizon)

  local sum = 0
  for at = start - window, start - 1 do sum = sum + countAt(at) end
  local sums, fullest = {}, {}
  for at = start, last do
    sum = sum + countAt(at) - countAt(at - window)
    sums[at] = sum
  end
  local most = 0
  for at = last, start, -1 do
    most = math.max(most, sums[at])
    fullest[at] = most
  end

  local cap = math.ceil(rate)
  local even = rate * tickUs / 1000000 * (1000000 / (window * tickUs))
  -- A few calls fit no finer grid.
  local dense = cap < 50 and even or even * 1.25
  local function roomAt(at, each)
    return math.floor((at + 1) * each) - math.floor(at * each) - countAt(at)
  end
  local found, left, granted, extra, passed, owed, reached = 0, spare, 0, 0, 0, 0, nil
  local grants = {}
  for at = start, last do
    if reached and (granted >= wanted or at > horizon) then break end
    local evenRoom = math.max(0, roomAt(at, even))
    local room = math.max(evenRoom, math.min(roomAt(at, dense), evenRoom + left))
    local free = cap - fullest[at] - found
    if at > owedTo and free >= 0 then passed = passed + math.max(0, evenRoom - free) end
    room = math.min(room, free)
    if room > 0 then
      found = found + room
      left = left - math.max(0, room - evenRoom)
      local given = math.min(room, wanted - granted)
      if given > 0 and at <= horizon then
        granted, owed = granted + given, passed
        extra = extra + math.max(0, given - evenRoom)
        grants[#grants + 1] = given
        grants[#grants + 1] = at
      end
    end
    if found >= need and not reached then reached = at end
  end
  if reached and reached <= horizon then
    -- Who came faster was in the window of these, which came slower for it: as many may come faster again.
    spare, sparedAt = spare - extra + owed, owed > 0 and now or sparedAt
    owedTo = math.max(owedTo, grants[#grants])
    for place = 1, #grants, 2 do
      local index = grants[place + 1] % ring + 1
      counts[index] = counts[index] + grants[place]
      answer[#answer + 1] = grants[place]
      answer[#answer + 1] = grants[place + 1]
    end
  else
    -- Where all is full there is room again in a while.
    local waitUs = reached and tickUs or ${chunkTicks * tickUs}
    answer[1] = math.max(waitUs, ((reached or math.max(start, last)) - horizon) * tickUs)
  end
end
redis.call('HSET', KEYS[1], 'counts', cmsgpack.pack(counts))
keep()
return answer
`;

/**
 * What LINE answered. A few that were too fast are what LINE says of one person, or chance; where they are surely more
 * than a tenth (by three deviations), the pace is not granted: then nobody calls for a second, and the pace is what LINE
 * took, which is held for twice as long each time that it turns out too much again.
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
  silent = now + 1000000
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
