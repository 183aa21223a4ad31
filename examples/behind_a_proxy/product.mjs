// A product without a line about sign-in: it reads the user of a request from the headers of its proxy.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  const { "remote-user": user, "remote-email": email, "remote-groups": groups, "remote-name": name } = request.headers;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ method: request.method, url: request.url, user, email, groups, name, headers: Object.keys(request.headers) }));
});
// Only the proxy may reach it: other clients can send any user in these headers.
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
