// Posts its second argument to its first, a URL, with Node's own fetch.
const [url, body] = process.argv.slice(2);
const headers = { "content-type": "application/json" };
for (let turn = 0; turn < 2; turn++) {
  const answer = await fetch(url, { method: "POST", headers, body });
  console.log(answer.status, await answer.text());
}
