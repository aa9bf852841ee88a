// The peer: plain node:http with nothing around it. With names as arguments it routes each to a function of its own.
import { createServer, type ServerResponse } from "node:http";

const routes = new Map<string, (res: ServerResponse) => void>();
for (const name of process.argv.slice(2)) {
  const body = `hello from ${name}`;
  routes.set(`/${name}`, (res) => {
    res.setHeader("content-type", "text/plain");
    res.end(body);
  });
}

const hello = createServer((_req, res) => {
  res.setHeader("content-type", "text/plain");
  res.end("hello");
});
const routed = createServer((req, res) => {
  const route = routes.get(req.url ?? "");
  if (route === undefined) {
    res.statusCode = 404;
    res.end();
    return;
  }
  route(res);
});

const server = routes.size === 0 ? hello : routed;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.stdout.write(`${address.port}\n`);
});
