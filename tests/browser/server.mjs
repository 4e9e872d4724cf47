/**
 * A static file server for tests, with byte ranges, a log of requests and a hook to misbehave.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the repository. */
export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** Headers that isolate pages from other origins, so that there can be threads. */
export const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/**
 * Serves folders on a free port of 127.0.0.1.
 *
 * @param {string | Record<string, string>} root a folder, or folders by URL prefix ("/models/": path);
 *   the longest matching prefix wins. Relative paths start at the repository.
 * @param {{ intercept?: (request: import("node:http").IncomingMessage,
 *   response: import("node:http").ServerResponse) => boolean | Promise<boolean>,
 *   headers?: Record<string, string> }} [options] `headers` go with every answer.
 *   `intercept` sees each request first and returns true when it has answered (or dropped) it
 *   itself: that is how tests play a server that fails, stalls or lies.
 * @returns {Promise<{ url: string, requests: { method: string, path: string, range?: string }[],
 *   close(): Promise<void> }>} `url` has no slash at its end
 */
export async function serve(root, { intercept, headers: always = {} } = {}) {
  const mounts = Object.entries(typeof root === "string" ? { "/": root } : root)
    .map(([prefix, folder]) => ({ prefix, folder: resolve(REPOSITORY, folder) }))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  const requests = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    requests.push({ method, path: url, range: headers.range });
    for (const [name, value] of Object.entries(always)) response.setHeader(name, value);
    try {
      if (await intercept?.(request, response)) return;
      await answer(mounts, request, response);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    close: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}

async function answer(mounts, request, response) {
  const { pathname } = new URL(request.url, "http://localhost");
  // Browsers ask for one unbidden: a 404 would clutter every test's console.
  if (pathname === "/favicon.ico") return void response.writeHead(204).end();
  const path = locate(mounts, pathname);
  const file = path && (await fileAt(path));
  if (!file) return void response.writeHead(404).end("not found");
  const { size } = file;
  const headers = {
    "content-type": TYPES[extname(path)] ?? "application/octet-stream",
    "accept-ranges": "bytes",
    "cache-control": "no-store",
    etag: `"${size}-${file.mtimeMs}"`,
  };
  const range = parseRange(request.headers.range, size);
  if (range === "bad") {
    return void response.writeHead(416, { "content-range": `bytes */${size}` }).end();
  }
  const { start, end } = range ?? { start: 0, end: size };
  if (range) headers["content-range"] = `bytes ${start}-${end - 1}/${size}`;
  response.writeHead(range ? 206 : 200, { ...headers, "content-length": end - start });
  if (request.method === "HEAD" || start === end) return void response.end();
  const stream = createReadStream(path, { start, end: end - 1 });
  response.on("close", () => stream.destroy());
  stream.on("error", () => response.destroy());
  stream.pipe(response);
}

/** File of a URL path, or undefined where no folder holds it. A folder means its index.html. */
function locate(mounts, pathname) {
  const decoded = decodeURIComponent(pathname);
  const mount = mounts.find(({ prefix }) => decoded.startsWith(prefix));
  if (!mount) return undefined;
  const inside = normalize(join("/", decoded.slice(mount.prefix.length)));
  // A mount may also be one file.
  const path = inside === "/" && !mount.prefix.endsWith("/") ? mount.folder : join(mount.folder, inside);
  return path.endsWith("/") ? join(path, "index.html") : path;
}

async function fileAt(path) {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found : undefined;
}

/** `{ start, end }` with an exclusive end, "bad" for what cannot be met, undefined without a range. */
function parseRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!match || (!match[1] && !match[2])) return undefined;
  if (!match[1]) return { start: Math.max(0, size - Number(match[2])), end: size };
  const start = Number(match[1]);
  const end = match[2] ? Math.min(Number(match[2]) + 1, size) : size;
  return start < end ? { start, end } : "bad";
}
