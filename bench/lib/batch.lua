-- Batches of 1,000 operations on keys of their own, made before the load begins.
local op, batches, size = os.getenv("OP"), tonumber(os.getenv("BATCHES")), 1000
local requests, next_request = {}, 0

local function operation(number)
  local key = string.format("key:%012d", number)
  if op == "SET" then
    return '{"op":"set","key":"' .. key .. '","value":"' .. os.getenv("VALUE") .. '"}'
  end
  return '{"op":"get","key":"' .. key .. '"}'
end

function init()
  local headers = { ["Content-Type"] = "application/json", ["Host"] = "localhost" }
  local numbers = {}
  for i = 1, batches * size do numbers[i] = i - 1 end
  math.randomseed(1)
  for i = #numbers, 2, -1 do
    local other = math.random(i)
    numbers[i], numbers[other] = numbers[other], numbers[i]
  end
  for i = 1, batches do
    local operations = {}
    for j = 1, size do operations[j] = operation(numbers[(i - 1) * size + j]) end
    requests[i] = wrk.format("POST", "/batch", headers, '{"operations":[' .. table.concat(operations, ",") .. "]}")
  end
end

function request()
  next_request = next_request % batches + 1
  return requests[next_request]
end
