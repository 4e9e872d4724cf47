/** The demo on the real engine. */

import { capabilities, loadModel } from "unmask";
import { mount } from "./mount.tsx";

mount({ capabilities, loadModel });
