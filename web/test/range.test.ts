import { expect, it } from "vitest";
import { cut, endsOf } from "../offline/range.ts";

it("reads ranges as HTTP means them", () => {
  expect(endsOf("bytes=2-4", 10)).toEqual({ start: 2, end: 5 });
  expect(endsOf("bytes=7-", 10)).toEqual({ start: 7, end: 10 });
  expect(endsOf("bytes=-3", 10)).toEqual({ start: 7, end: 10 });
  expect(endsOf("bytes=8-99", 10)).toEqual({ start: 8, end: 10 });
  for (const none of ["bytes=10-", "bytes=-", "bytes=5-4", "bytes=0-1,3-4", "lines=1-2"]) {
    expect(endsOf(none, 10)).toBeNull();
  }
});

it("cuts a part out of a kept file", async () => {
  const whole = () => new Response("0123456789", { headers: { "content-type": "text/plain" } });
  const part = await cut(whole(), "bytes=2-4");
  expect([part.status, await part.text()]).toEqual([206, "234"]);
  expect(part.headers.get("content-range")).toBe("bytes 2-4/10");
  const beyond = await cut(whole(), "bytes=10-");
  expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */10"]);
  expect(await (await cut(whole(), null)).text()).toBe("0123456789");
});
