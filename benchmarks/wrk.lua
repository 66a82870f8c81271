-- Posts a fresh notification with each request, to the path of the URL, or to /notifications where it
-- has none; at the end prints what wrk found, as JSON.

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

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      '{"requests":%d,"seconds":%f,"refused":%d,"broken":%d,"p50":%f,"p99":%f}\n',
      summary.requests, summary.duration / 1e6, errors.status,
      errors.connect + errors.read + errors.write + errors.timeout,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
