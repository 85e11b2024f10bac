import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const sourceMap = z.object({ sourcesContent: z.array(z.string()).min(1) });
const mapMarker = "sourceMappingURL=data:application/json;";
const base64Marker = "base64,";

/**
 * The TypeScript that a file of the provider bindings was generated from. The bindings ship compiled, with that text in
 * an inline source map.
 * @throws {Error} where the file carries no such map
 */
export function generatedSource(file: string): string {
  const bytes = readFileSync(file);
  const map = bytes.lastIndexOf(mapMarker);
  const start = bytes.indexOf(base64Marker, map);
  if (map < 0 || start < 0) throw new Error(`${file} carries no inline source map to recover the schema from`);
  const encoded = bytes.toString("latin1", start + base64Marker.length).trimEnd();
  const json: unknown = JSON.parse(Buffer.from(encoded, "base64").toString("utf8"));
  return sourceMap.parse(json).sourcesContent.join("\n");
}

/** The generated text of one folder of `lib/`: its index, and for oversized resources the files beside it. */
export function sourceOfFolder(folder: string): string {
  const parts = [join(folder, "index.js")];
  const structs = join(folder, "index-structs");
  if (existsSync(structs)) {
    const files = readdirSync(structs).filter((file) => /^structs\d+\.js$/.test(file));
    parts.push(...files.sort().map((file) => join(structs, file)));
  }
  return parts.map(generatedSource).join("\n");
}
