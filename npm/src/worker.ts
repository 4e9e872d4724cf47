/** Entry of the worker that `loadModel` starts. */

import { serveHere } from "./serve-here.js";

serveHere();
