import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { HeaderField } from "./request-headers";

type Fields = OutgoingHttpHeaders | readonly OutgoingHttpHeader[] | undefined;

/** Sets headers on a response at the moment its head is written, over whatever the backend said under the same names. */
export function overrideResponseHeaders(response: ServerResponse, overrides: readonly HeaderField[]): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (status: number, reasonOrFields?: string | Fields, moreFields?: Fields) => {
    const reason = typeof reasonOrFields === "string" ? reasonOrFields : undefined;
    setAll(response, typeof reasonOrFields === "string" ? moreFields : (reasonOrFields ?? moreFields));
    for (const { name, value } of overrides) response.setHeader(name, value);
    return reason === undefined ? writeHead(status) : writeHead(status, reason);
  };
}

function setAll(response: ServerResponse, fields: Fields): void {
  if (fields === undefined) return;
  const pairs = isList(fields) ? pairsOf(fields) : Object.entries(fields);
  for (const [name] of pairs) response.removeHeader(name);
  for (const [name, value] of pairs) {
    if (value === undefined) continue;
    response.appendHeader(name, typeof value === "number" ? String(value) : value);
  }
}

const isList = (fields: OutgoingHttpHeaders | readonly OutgoingHttpHeader[]): fields is readonly OutgoingHttpHeader[] =>
  Array.isArray(fields);

function pairsOf(list: readonly OutgoingHttpHeader[]): [string, OutgoingHttpHeader | undefined][] {
  const pairs: [string, OutgoingHttpHeader | undefined][] = [];
  for (let index = 0; index < list.length; index += 2) pairs.push([String(list[index]), list[index + 1]]);
  return pairs;
}
