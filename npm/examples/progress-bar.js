/** Progress bar: one for the weights, and a line for each file with what of it need not be downloaded again. */
import { loadModel } from "unmask";

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Loads a model and shows how far that is in a `<progress>` and a list. */
export function loadWithProgress(source, bar, list, options = {}) {
  const onProgress = ({ stage, loaded, total, files, storage }) => {
    bar.max = total || 1;
    bar.value = loaded;
    bar.title = storage === "full" ? "There is no room to keep the model" : stage;
    list.replaceChildren(
      ...files.map(({ file, loaded, total, kept }) => {
        const line = document.createElement("li");
        line.textContent = `${file}: ${megabytes(loaded)} of ${megabytes(total)}, ${megabytes(kept)} from here`;
        return line;
      }),
    );
  };
  return loadModel(source, { ...options, onProgress });
}
