/** The handlers there are; each is also the last part of its image's repository name. */
export const handlerNames = ["token-broker", "iap-app"] as const;
export type HandlerName = (typeof handlerNames)[number];

/** What a handler's image is made of beside the base. */
export interface HandlerSource {
  /** Relative to the root of the project. */
  readonly entryPoint: string;
  /** Files that a package reads from beside its own code at run time, by package and path in it. */
  readonly dataFiles: readonly { readonly package: string; readonly path: string }[];
}

const pglite = (path: string) => ({ package: "@electric-sql/pglite", path });

export const handlerSources: Readonly<Record<HandlerName, HandlerSource>> = {
  "token-broker": { entryPoint: "handlers/token-broker/main.ts", dataFiles: [] },
  "iap-app": {
    entryPoint: "handlers/iap-app/main.ts",
    // PostgreSQL as WebAssembly: the server, its file system, and the program that initialises it.
    dataFiles: [pglite("dist/initdb.wasm"), pglite("dist/pglite.data"), pglite("dist/pglite.wasm")],
  },
};
