/**
 * The service worker: after a first visit the site opens without a network. Pages come from the network while there is
 * one; the built files, whose names change with their content, from the cache. Model files are left to the package,
 * which keeps them itself.
 */

/** Put before this file by the build: what the site is made of, and a name that changes with it. */
declare const PRECACHE: { readonly version: string; readonly files: readonly string[] };
declare const self: ServiceWorkerGlobalScope;

const SITE = `unmask-site-${PRECACHE.version}`;
const modelsFolder = new URL("models/", self.registration.scope).href;

self.addEventListener("install", (event) => event.waitUntil(precache()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) return;
  if (request.url.startsWith(modelsFolder)) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else event.respondWith(builtFile(request));
});

async function precache(): Promise<void> {
  const cache = await caches.open(SITE);
  const add = (files: readonly string[]) =>
    cache.addAll(files.map((file) => new Request(file, { cache: "no-cache" })));
  // The engine is there twice; a page that is not isolated from other origins never asks for its build with threads.
  const isForThreads = (file: string) => file.includes("unmask_threads");
  await add(PRECACHE.files.filter((file) => !isForThreads(file)));
  if (await isIsolated(cache)) await add(PRECACHE.files.filter(isForThreads));
}

/** Whether the site's pages are served as isolated. Not every browser tells a service worker by `crossOriginIsolated`. */
async function isIsolated(cache: Cache): Promise<boolean> {
  const headers = (await cache.match("./"))?.headers;
  return headers?.has("cross-origin-embedder-policy") === true && headers.has("cross-origin-opener-policy");
}

async function takeOver(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("unmask-site-") && name !== SITE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const address = request.url.replace(/[?#].*$/, "").replace(/index\.html$/, "");
    const kept = await caches.match(address, { cacheName: SITE });
    if (kept !== undefined) return kept;
    throw error;
  }
}

async function builtFile(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: SITE })) ?? fetch(request);
}
