/** What was measured of devices, kept for the next visit. */

import { nameOf } from "./storage/chunk.js";
import { openStore } from "./storage/open.js";
import type { Store } from "./storage/store.js";
import type { StorageChoice, TileChoice, Tuning } from "./types.js";

/** Apart from the models: these notes are none, and nobody needs the room they take. */
const ROOT = "unmask-tuning";

/** Notes by subject, of one version of the engine: another may have other kernels. Nothing here ever fails a call. */
export class TuningNotes {
  readonly #store: Store | undefined;
  readonly #version: string;

  private constructor(store: Store | undefined, version: string) {
    this.#store = store;
    this.#version = version;
  }

  /** The notes in `storage`. */
  static async open(storage: StorageChoice, version: string): Promise<TuningNotes> {
    return new TuningNotes(await openStore(storage, ROOT), version);
  }

  /** Which tiles are faster on an adapter. */
  async tiles(adapter: string): Promise<TileChoice | undefined> {
    const tiles = (await this.#read(adapter)) as TileChoice | undefined;
    return tiles?.chosen === "staged" || tiles?.chosen === "lanes" ? tiles : undefined;
  }

  /** What was measured with a model; `subject` says on which device and with which. */
  async tuning(subject: string): Promise<Tuning | undefined> {
    const tuning = (await this.#read(subject)) as Tuning | undefined;
    return typeof tuning?.knee === "number" && Array.isArray(tuning.forwards) ? tuning : undefined;
  }

  /** Keeps a note, and drops those of other versions. */
  async write(subject: string, note: TileChoice | Tuning): Promise<void> {
    const store = this.#store;
    try {
      await store?.put(this.#version, await nameOf(subject), new TextEncoder().encode(JSON.stringify(note)));
      const folders = (await store?.folders()) ?? [];
      for (const folder of folders) if (folder !== this.#version) await store?.remove(folder);
    } catch {
      // No room: it is measured again next time.
    }
  }

  async #read(subject: string): Promise<unknown> {
    try {
      const bytes = await this.#store?.get(this.#version, await nameOf(subject));
      return bytes && JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      return undefined;
    }
  }
}
