"""What runs within Redis, each as one piece: Lua for Redis 7.0 and later, and Valkey.

A script names its keys in KEYS, and all of them carry the same hash tag, so that a cluster keeps them together.
"""

from __future__ import annotations

from typing import Final

COMMIT: Final = """#!lua
local token, made, step = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local held = redis.call('HMGET', KEYS[1], 'owner', 'commits', 'step')
local owner, commits = tonumber(held[1] or -1), tonumber(held[2] or 0)
if owner > token then return 'fenced' end
if owner < token or commits < made then return 'lost' end
if commits == made + 1 and held[3] == step then return 'made' end
if commits > made then return 'doubt' end
local at = 5
for _ = 1, tonumber(ARGV[4]) do
    local id, body, due, tries = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    if redis.call('SISMEMBER', KEYS[5], id) == 0 and redis.call('HSETNX', KEYS[2], id, body) == 1 then
        local number = string.format('%016d', redis.call('HINCRBY', KEYS[1], 'entries', 1))
        redis.call('HSET', KEYS[4], id, due .. ' ' .. tries .. ' ' .. number)
        redis.call('ZADD', KEYS[3], due, number .. ' ' .. id)
    end
    at = at + 4
end
while at <= #ARGV do
    local words = tonumber(ARGV[at])
    redis.call(unpack(ARGV, at + 1, at + words))
    at = at + words + 1
end
redis.call('HSET', KEYS[1], 'commits', made + 1, 'step', step)
return 'made'
"""
"""KEYS: owner, outbox, due, tries, sent, then those of the commands.

ARGV: token, commits so far, the step's own name, messages n, n times (id, body, due, tries), then commands, each after
the number of its words. Answers made, fenced, lost, or doubt: another step was made than this one.
"""

CLAIM: Final = """#!lua
local found, at, limit, size = {}, 0, tonumber(ARGV[2]), string.len(ARGV[4])
while #found < limit do
    local members = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', at, 1000)
    for _, member in ipairs(members) do
        local id = string.sub(member, 18)
        local body = redis.call('HGET', KEYS[1], id)
        if body and string.sub(body, 1, size) == ARGV[4] then
            local aside = redis.call('HGET', KEYS[4], id) or ''
            table.insert(found, {id, body, redis.call('HGET', KEYS[3], id), aside, member})
            if #found == limit then break end
        end
    end
    at = at + #members
    if #members < 1000 then break end
end
for _, each in ipairs(found) do redis.call('ZADD', KEYS[2], ARGV[3], table.remove(each)) end
return found
"""
"""KEYS: outbox, due, tries, aside. ARGV: now, limit, until, how a body for the channel begins.

Answers id, body, "due tries number" and why it was set aside of each.
"""

WAITING: Final = """#!lua
local found, words = {}, redis.call('HGETALL', KEYS[1])
for at = 1, #words, 2 do
    local id = words[at]
    local aside = redis.call('HGET', KEYS[4], id) or ''
    table.insert(found, {id, words[at + 1], redis.call('HGET', KEYS[3], id), aside})
end
return found
"""
"""KEYS: outbox, due, tries, aside. Answers as CLAIM does, in no order."""

SENT: Final = """#!lua
for _, id in ipairs(ARGV) do
    if redis.call('HDEL', KEYS[1], id) == 1 then
        redis.call('ZREM', KEYS[2], string.match(redis.call('HGET', KEYS[3], id), '%d+$') .. ' ' .. id)
        redis.call('HDEL', KEYS[3], id)
        redis.call('HDEL', KEYS[5], id)
        redis.call('SADD', KEYS[4], id)
    end
end
"""
"""KEYS: outbox, due, tries, sent, aside. ARGV: ids."""

NOTE: Final = """#!lua
for at = 1, #ARGV, 4 do
    local held = redis.call('HGET', KEYS[1], ARGV[at])
    if held then
        local number = string.match(held, '%d+$')
        redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1] .. ' ' .. ARGV[at + 2] .. ' ' .. number)
        if ARGV[at + 3] == '' then
            redis.call('HDEL', KEYS[2], ARGV[at])
        else
            redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 3])
        end
    end
end
"""
"""KEYS: tries, aside. ARGV: id, due, tries and aside of each."""

FORGET: Final = """#!lua
local owner, token = tonumber(redis.call('HGET', KEYS[1], 'owner') or 0), tonumber(ARGV[1])
local replied = redis.call('HGET', KEYS[1], 'replied') or 0
if token > 0 and owner > token then return 'fenced' end
redis.call('DEL', unpack(KEYS))
redis.call('HSET', KEYS[1], 'owner', math.max(owner, token) + 1, 'format', ARGV[2], 'commits', 0, 'replied', replied)
return redis.call('HGET', KEYS[1], 'owner')
"""
"""KEYS: owner, then all others. ARGV: token, or 0 where only looked at; format. Answers the new token, or fenced."""

REPLY: Final = """#!lua
local held = redis.call('HMGET', KEYS[1], 'format', 'replied', 'answered')
if held[1] ~= ARGV[1] then return held[1] or 'none' end
local number = math.max(tonumber(held[2] or 0), tonumber(held[3] or 0)) + 1
redis.call('HSET', KEYS[1], 'replied', number)
redis.call('ZADD', KEYS[2], number, string.format('%d ', number) .. ARGV[2])
return 'left'
"""
"""KEYS: owner, replies. ARGV: format, body. Answers left, the format that is held, or none where there is no watch."""

LEASE: Final = """#!lua
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
"""KEYS: lease. ARGV: who asks, for how many ms. Answers 1 where it is theirs now, 0 where another holds it."""

RELEASE: Final = """#!lua
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
"""KEYS: lease. ARGV: who gives it back."""
