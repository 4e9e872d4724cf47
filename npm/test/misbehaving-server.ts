/** A local server with one file, `/model/weights`, that can be told to misbehave. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the server answers requests; each wish applies to the number of requests it names. */
export interface Mood {
  ignoreRanges?: boolean;
  hideContentRange?: boolean;
  /** Cut this many answers after half of their bytes. */
  cut?: number;
  /** Answer this many requests with `status`. */
  fail?: number;
  status?: number;
  /** Never end an answer. */
  hang?: boolean;
  /** Answer unknown paths with a page, as development servers do. */
  pageForUnknown?: boolean;
}

export class MisbehavingServer {
  readonly #server: Server;
  /** What `/model/weights` holds, and its ETag. */
  bytes: Uint8Array;
  etag: string | undefined;
  mood: Mood = {};
  /** Range headers in order of arrival; "whole" for none. */
  readonly requests: string[] = [];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/model/`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    this.requests.push(request.headers.range ?? "whole");
    const { mood } = this;
    if (mood.fail) {
      mood.fail -= 1;
      response.writeHead(mood.status ?? 500).end();
    } else if (request.url?.split("?")[0] !== "/model/weights") {
      if (mood.pageForUnknown)
        response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html>");
      else response.writeHead(404).end("not here");
    } else if (!range || mood.ignoreRanges) {
      this.#send(response, 200, {}, this.bytes);
    } else {
      this.#sendRange(response, Number(range[1]), Math.min(Number(range[2]) + 1, this.bytes.length));
    }
  }

  #sendRange(response: ServerResponse, start: number, end: number): void {
    const total = this.bytes.length;
    if (start >= total) {
      response.writeHead(416, { "Content-Range": `bytes */${total}` }).end();
      return;
    }
    const headers = this.mood.hideContentRange
      ? {}
      : { "Content-Range": `bytes ${start}-${end - 1}/${total}` };
    this.#send(response, 206, headers, this.bytes.subarray(start, end));
  }

  #send(response: ServerResponse, status: number, headers: Record<string, string>, body: Uint8Array): void {
    const { mood } = this;
    const version = this.etag === undefined ? {} : { ETag: this.etag };
    response.writeHead(status, { ...headers, ...version, "Content-Length": body.length });
    if (mood.cut) {
      mood.cut -= 1;
      response.write(body.subarray(0, body.length / 2), () => setTimeout(() => response.destroy(), 5));
    } else if (mood.hang) {
      response.write(body.subarray(0, body.length / 2));
    } else {
      response.end(body);
    }
  }
}
