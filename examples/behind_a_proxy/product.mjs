// A product without a line about sign-in: it reads who sends a request from the headers of its proxy.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  const { "remote-user": user, "remote-email": email, "remote-groups": groups } = request.headers;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ method: request.method, url: request.url, user, email, groups }));
});
// Only the proxy may reach it: whoever else does can claim to be anybody.
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
