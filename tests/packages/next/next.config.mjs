// A site of files, as the other projects are.
export default { output: "export", distDir: "dist" };
