/** Byte ranges as HTTP names them, cut from a file that is here as a whole. */

/** The answer to a request for `range` (the header; `null` asks for all) of a file of which `whole` is the answer. */
export async function cut(whole: Response, range: string | null): Promise<Response> {
  if (range === null) return whole;
  const content = await whole.blob();
  const ends = endsOf(range, content.size);
  if (ends === null) {
    return new Response(null, { status: 416, headers: { "content-range": `bytes */${content.size}` } });
  }
  const { start, end } = ends;
  const headers = new Headers(whole.headers);
  headers.set("content-range", `bytes ${start}-${end - 1}/${content.size}`);
  headers.set("content-length", String(end - start));
  return new Response(content.slice(start, end), { status: 206, headers });
}

/** First byte and the one after the last of a single range; `null` where the file has none of it. */
export function endsOf(range: string, size: number): { start: number; end: number } | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return null;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(Number(last) + 1, size);
  return start < end ? { start, end } : null;
}
