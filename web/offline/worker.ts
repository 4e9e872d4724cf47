/**
 * The service worker: after a first visit the site works without a network. Pages and model files come from the network
 * while there is one; the built files, whose names change with their content, from the cache.
 */

import { cut } from "./range.ts";

/** Put before this file by the build: what the site is made of, and a name that changes with it. */
declare const PRECACHE: { readonly version: string; readonly files: readonly string[] };
declare const self: ServiceWorkerGlobalScope;

const SITE = `unmask-site-${PRECACHE.version}`;
const MODELS = "unmask-models";
const modelsFolder = new URL("models/", self.registration.scope).href;

self.addEventListener("install", (event) => event.waitUntil(precache()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

/** A page names the files of the model it has loaded: `{ keep: [addresses] }`. */
self.addEventListener("message", (event) => {
  const { keep } = event.data as { keep?: unknown };
  if (Array.isArray(keep))
    event.waitUntil(Promise.all(keep.map((address) => keepModelFile(String(address)))));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope)) return;
  if (request.url.startsWith(modelsFolder)) event.respondWith(modelFile(request));
  else if (request.mode === "navigate") event.respondWith(page(request));
  else event.respondWith(builtFile(request));
});

async function precache(): Promise<void> {
  const cache = await caches.open(SITE);
  await cache.addAll(PRECACHE.files.map((file) => new Request(file, { cache: "no-cache" })));
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

/** A kept folder is complete: without a network, a file that is not in it is answered as one that does not exist. */
async function modelFile(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const cache = await caches.open(MODELS);
    const kept = await cache.match(request.url);
    if (kept !== undefined) return cut(kept, request.headers.get("range"));
    if ((await cache.match(new URL("config.json", request.url))) === undefined) throw error;
    return new Response(null, { status: 404 });
  }
}

/** Keeps a file, unless the same is kept already. Without room, or with the network gone, the page just needs it again. */
async function keepModelFile(address: string): Promise<void> {
  if (!address.startsWith(modelsFolder)) return;
  try {
    const cache = await caches.open(MODELS);
    const kept = await cache.match(address);
    if (kept !== undefined && isSame(kept, await fetch(address, { method: "HEAD" }))) return;
    const fresh = await fetch(address);
    if (fresh.ok) await cache.put(address, fresh);
  } catch (error) {
    console.warn(`${address} is not kept for use without a network:`, error);
  }
}

function isSame(kept: Response, now: Response): boolean {
  const names = ["content-length", "etag", "last-modified"];
  return now.ok && names.every((name) => kept.headers.get(name) === now.headers.get(name));
}
