-- One request after the other, each for keys picked at random; KIND says which request. What there is: Loader/KeyShape.cs.
-- With PACE, a connection rests between 0 and that many milliseconds before each request: a load that does not grow with the server.
local kind, users, pace = os.getenv("KIND"), tonumber(os.getenv("USERS")), tonumber(os.getenv("PACE"))
local digits = math.min(6, math.floor(math.log10(users) + 0.5))
local apart = math.max(1, math.floor(math.sqrt(users) / 10 + 0.5))

local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("seed", threads)
end

function init()
  math.randomseed(seed)
end

-- Base64 of bytes in threes, so that no padding is needed.
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(text)
  return (text:gsub("...", function(three)
    local a, b, c = three:byte(1, 3)
    local bits, out = a * 65536 + b * 256 + c, ""
    for shift = 18, 0, -6 do
      local at = math.floor(bits / 2 ^ shift) % 64 + 1
      out = out .. alphabet:sub(at, at)
    end
    return out
  end))
end

local function random_user()
  return string.format("%012d", math.random(0, users - 1))
end

-- The last key of a user picked at random.
local function random_key()
  local user = math.random(0, users - 1)
  return string.format("u/%012d/%s", user, user % apart == 0 and "e" or "x")
end

local value = string.rep("0123456789abcdef", 2)

local requests = {
  get = function()
    return wrk.format("GET", "/get/" .. random_key())
  end,
  put = function()
    return wrk.format("PUT", "/kv/" .. random_key(), nil, value)
  end,
  prefix = function()
    return wrk.format("GET", "/search?limit=10&prefix=u/" .. random_user() .. "/")
  end,
  suffix = function()
    return wrk.format("GET", string.format("/search?limit=10&suffix=%0" .. digits .. "d", math.random(0, 10 ^ digits - 1)))
  end,
  -- Keys of ten users that end in a given digit; of a hundred users, in two.
  both = function()
    return wrk.format("GET", string.format("/search?limit=10&prefix=u/%s&suffix=%d", random_user():sub(1, 11), math.random(0, 9)))
  end,
  wide = function()
    return wrk.format("GET", string.format("/search?limit=10&prefix=u/%s&suffix=%02d", random_user():sub(1, 10), math.random(0, 99)))
  end,
  -- What begins with u/user/ is before u/user0: the character after the slash.
  etcd = function()
    local user = "u/" .. random_user()
    return wrk.format("POST", "/v3/kv/range", { ["Content-Type"] = "application/json" }, string.format(
      '{"key":"%s","range_end":"%s","limit":10,"keys_only":true}', base64(user .. "/"), base64(user .. "0")))
  end,
}

request = requests[kind]

if pace then
  function delay()
    return math.random(0, pace)
  end
end

-- Errors are told by wrk itself, above this line.
function done(summary, latency)
  io.write(string.format("RESULT %d %.1f %.0f %d %d\n", summary.requests, summary.requests / (summary.duration / 1e6),
    summary.bytes / summary.requests, latency:percentile(50), latency:percentile(99)))
end
