/** Scripts of workers. */

/** A script as a worker may start it: workers start at home only, so one of another origin is imported by a blob. */
export function ownScript(url: string): string {
  const { origin } = new URL(url);
  if (origin === globalThis.location.origin) return url;
  const script = new Blob([`import ${JSON.stringify(url)};`], { type: "text/javascript" });
  return URL.createObjectURL(script);
}
