-- Asks for one path after the other, as a file has them, a line for each.

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "found.lua")

local requests = {}
local number = 0

function init(arguments)
   for path in io.lines(arguments[1]) do
      requests[#requests + 1] = wrk.format("GET", path)
   end
end

function request()
   number = number % #requests + 1
   return requests[number]
end
