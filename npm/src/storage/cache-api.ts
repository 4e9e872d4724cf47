/** The Cache API: made for responses, and present where the file system is not. */

import type { Store } from "./store.js";

// Entries need an address. This domain is reserved: nothing is ever fetched from it.
const ORIGIN = "https://unmask.invalid/";

/** One entry of a cache for each name; folders are the first part of its address. */
export class CacheApiStore implements Store {
  readonly kind = "cache-api";
  readonly #cache: Cache;

  private constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** The store of this origin in the cache `name`, or undefined where the browser has none for this page. */
  static async open(name: string): Promise<CacheApiStore | undefined> {
    try {
      return typeof caches === "undefined" ? undefined : new CacheApiStore(await caches.open(name));
    } catch {
      return undefined;
    }
  }

  async folders(): Promise<string[]> {
    return [...new Set((await this.#paths()).map(([folder]) => folder))];
  }

  async names(folder: string): Promise<string[]> {
    const paths = await this.#paths();
    return paths.filter(([found]) => found === folder).map(([, name]) => name);
  }

  async get(folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const response = await this.#cache.match(address(folder, name));
    return response && new Uint8Array(await response.arrayBuffer());
  }

  put(folder: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#cache.put(address(folder, name), new Response(bytes));
  }

  async remove(folder: string, name?: string): Promise<void> {
    const names = name === undefined ? await this.names(folder) : [name];
    await Promise.all(names.map((name) => this.#cache.delete(address(folder, name))));
  }

  async #paths(): Promise<[folder: string, name: string][]> {
    const requests = await this.#cache.keys();
    return requests.map(({ url }) => url.slice(ORIGIN.length).split("/") as [string, string]);
  }
}

function address(folder: string, name: string): string {
  return `${ORIGIN}${folder}/${name}`;
}
