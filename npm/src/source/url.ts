/** Addresses of the files in a folder. */

/** The address of `name` in `folder`; a query of the folder (a signature, say) goes with every file. */
export function fileAddress(folder: string, name: string): string {
  const url = new URL(folder);
  const path = name.split("/").map(encodeURIComponent).join("/");
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path}`;
  return url.href;
}
