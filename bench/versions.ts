import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../twin";

/** Versions of installed packages. */
export function versionsOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const manifest: unknown = JSON.parse(
        readFileSync(join(projectDirectory(), "node_modules", name, "package.json"), "utf8"),
      );
      const version =
        typeof manifest === "object" && manifest !== null && "version" in manifest
          ? String(manifest.version)
          : "unknown";
      return [name, version];
    }),
  );
}
