import { mount } from "../../demo/mount.tsx";
import { doubleEngine } from "./engine.ts";

mount(doubleEngine(location.search));
