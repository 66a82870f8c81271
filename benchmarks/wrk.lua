-- Posts a fresh notification with each request, to the path of the URL, or to /notifications where it
-- has none.

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "found.lua")

local kinds = { "order_placed", "order_shipped", "payment_received", "comment_added" }
local number = 0
local fired_at, path

function init(arguments)
   fired_at = os.date("!%Y-%m-%dT%H:%M:%SZ")
   path = wrk.path == "/" and "/notifications" or wrk.path
   wrk.method = "POST"
   wrk.headers["Content-Type"] = "application/json"
end

function request()
   number = number + 1
   local body = string.format(
      '{"receiver":"user-%d","action_type":"%s","action_data":{"order":%d,"title":"Your order'
         .. ' has changed","items":[%d,%d],"url":"https://shop.example.com/orders/%d"},'
         .. '"actioner":"shop","fired_at":"%s"}',
      number % 9973, kinds[number % 4 + 1], number, number % 31, number % 17, number, fired_at)
   return wrk.format(nil, path, nil, body)
end
