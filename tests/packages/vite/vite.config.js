// Vite writes workers as classic scripts unless it is told that they are modules.
export default { base: "./", worker: { format: "es" } };
