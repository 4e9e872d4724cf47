/** The site without a network: its service worker keeps the built files; models are kept by the package. */

/** Registers the service worker. A page that may not have one works as before, with a network. */
export async function startOffline(): Promise<void> {
  const worker = new URL("../sw.js", document.baseURI);
  await navigator.serviceWorker?.register(worker).catch((error: unknown) => {
    console.warn("The site will need a network:", error);
  });
}
