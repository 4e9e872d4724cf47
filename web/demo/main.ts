/** The demo on the real engine. */

import { capabilities, loadModel } from "unmask";
import { mount } from "./mount.tsx";
import { startOffline } from "./offline.ts";

mount({ capabilities, loadModel });
// The worker of the site exists only once it is built.
if (import.meta.env.PROD) void startOffline();
