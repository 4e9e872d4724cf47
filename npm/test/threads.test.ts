/** How many threads a load gets, and what the model says of it. */

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { chooseThreads } from "../src/threads/choice.js";
import { FakeWasm } from "./fake-wasm.js";
import { directBackend, withCode } from "./helpers.js";

/** What a worker of an isolated page has, and this process lacks. */
function become(thread: { cores?: number; isolated?: boolean; page?: boolean }) {
  const { cores = 8, isolated = true, page = false } = thread;
  const globals = {
    Worker: class {},
    WorkerGlobalScope: page ? undefined : class {},
    crossOriginIsolated: isolated,
  };
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, "navigator", {
    value: { hardwareConcurrency: cores },
    configurable: true,
  });
}

const navigatorBefore = Object.getOwnPropertyDescriptor(globalThis, "navigator");
afterEach(() => {
  for (const name of ["Worker", "WorkerGlobalScope", "crossOriginIsolated"])
    delete (globalThis as Record<string, unknown>)[name];
  if (navigatorBefore) Object.defineProperty(globalThis, "navigator", navigatorBefore);
  else delete (globalThis as { navigator?: unknown }).navigator;
});

describe("the choice of threads", () => {
  it("is by the machine, up to four, or what was asked for", () => {
    for (const [cores, expected] of [
      [2, 2],
      [4, 4],
      [16, 4],
    ] as const) {
      become({ cores });
      assert.deepEqual(chooseThreads("auto", "auto"), { count: expected });
    }
    assert.deepEqual(chooseThreads(6, "cpu"), { count: 6 });
    become({ cores: 1 });
    assert.match(chooseThreads("auto", "cpu").whyOne ?? "", /this machine has one/);
  });

  it("is one on a GPU, unless more were asked for", () => {
    become({});
    assert.deepEqual(chooseThreads("auto", "gpu"), { count: 1 });
    assert.deepEqual(chooseThreads(2, "gpu"), { count: 2 });
  });

  it("is one, with a reason, where there can be no more", () => {
    const why = (wanted: number | "auto" = 4) => {
      const { count, whyOne } = chooseThreads(wanted, "cpu");
      assert.equal(count, 1);
      return whyOne ?? "";
    };
    assert.match(why("auto"), /no workers here/);
    become({ isolated: false });
    assert.match(why(), /not cross-origin isolated .*Cross-Origin-Opener-Policy/);
    become({ page: true });
    assert.match(why(), /the page's own thread/);
    become({});
    assert.match(why(1), /as asked/);
  });

  it("refuses what is no number of threads", () => {
    for (const wanted of [0, -1, 1.5, NaN, 65, "two" as never]) {
      assert.throws(() => chooseThreads(wanted, "auto"), withCode("bad_input", "threads"));
    }
  });
});

describe("the device of a model", () => {
  /** A module that was built for threads and gets so many of them. */
  class Threaded extends FakeWasm {
    readonly got: number;
    readonly calls: string[] = [];
    readonly threads = {
      start: async (count: number) => {
        this.calls.push(`start ${count}`);
        return this.got;
      },
      work: () => void this.calls.push("work"),
      rest: () => void this.calls.push("rest"),
    };
    constructor(got: number) {
      super();
      this.got = got;
    }
  }

  it("tells the threads that it got, which work only while there is something to do", async () => {
    become({ cores: 3 });
    const wasm = new Threaded(3);
    const backend = await directBackend(wasm);
    assert.deepEqual([backend.info.device.threads, backend.info.device.reason], [3, "auto"]);
    await backend.tokenize("a");
    const { signal } = new AbortController();
    await backend.generate({ prompt: "x", canvas: [{ mask: 2 }] } as never, () => {}, signal);
    assert.deepEqual(wasm.calls, ["start 3", "work", "rest"]);
    await assert.rejects(
      backend.generate({ prompt: "fail gpu", canvas: [{ mask: 2 }] } as never, () => {}, signal),
    );
    assert.deepEqual(wasm.calls.slice(3), ["work", "rest"]);
  });

  it("tells why it is alone", async () => {
    become({});
    assert.match(
      (await directBackend(new Threaded(1))).info.device.reason,
      /; one thread, because its workers/,
    );
    const plain = Object.assign(new FakeWasm(), { whyOne: "one thread, because of a test" });
    const { device } = (await directBackend(plain)).info;
    assert.deepEqual([device.threads, device.reason], [1, "auto; one thread, because of a test"]);
  });
});
