import type { SourceConfigOf } from "../config";
import { refusal } from "../upstream/answer";
import type { ExternalTokenSource, SourceTools } from "./external-token-source";
import { subjectTokenTypes } from "./file";
import { readToken } from "./token-text";

/** A token that a service of the configuration gives. */
export function urlSource(
  { url, headers = {}, jsonField, subjectTokenType }: SourceConfigOf<"url">,
  { send }: SourceTools,
): ExternalTokenSource {
  return {
    async fetch(signal) {
      const response = await send({ upstream: "token-url", method: "GET", url, headers }, signal);
      if (response.status !== 200) throw refusal("token-url", response, undefined);
      return readToken("token-url", response.body, { type: subjectTokenTypes[subjectTokenType], jsonField });
    },
  };
}
