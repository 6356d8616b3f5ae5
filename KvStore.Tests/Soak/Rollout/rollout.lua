-- Writes, reads and lists, each of which any node answers with 200 or 201 whatever it holds; at most two hundred a second on each connection.
local step = 0

function delay()
  return 5
end

function request()
  step = step + 1
  local key = "rollout:" .. step % 1000
  local kind = step % 4
  if kind == 0 then
    return wrk.format("PUT", "/kv/" .. key, { ["Content-Type"] = "text/plain" }, "value-" .. step)
  elseif kind == 1 then
    return wrk.format("POST", "/set", { ["Content-Type"] = "application/json" }, '{"key":"' .. key .. '","value":"' .. step .. '"}')
  elseif kind == 2 then
    return wrk.format("GET", "/search?prefix=rollout:1&limit=10")
  end
  return wrk.format("GET", "/count")
end

function done(summary)
  local errors = summary.errors
  io.write(string.format("requests=%d connect=%d read=%d write=%d timeout=%d status=%d\n",
    summary.requests, errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
