-- Sets of keys picked at random, made before the load begins: no watcher of another prefix wants any, and each is as long as those prefixes.
-- With PACE, a connection rests between 0 and that many milliseconds before each: a load that does not grow with the server.
local pace, made = tonumber(os.getenv("PACE")), 10000
local requests = {}

local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("seed", threads)
end

function init()
  math.randomseed(seed)
  local headers = { ["Content-Type"] = "application/json", ["Host"] = "localhost" }
  for i = 1, made do
    local body = string.format('{"key":"busy/%012d","value":"%s"}', math.random(0, 99999), os.getenv("VALUE"))
    requests[i] = wrk.format("POST", "/set", headers, body)
  end
end

function request()
  return requests[math.random(made)]
end

if pace then
  function delay()
    return math.random(0, pace)
  end
end
